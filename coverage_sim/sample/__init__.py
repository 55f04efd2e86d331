"""The sample province: synthetic ground, settlements and network, said to be synthetic."""
