"""What radiates: bands, antennas, sites and their sectors."""
