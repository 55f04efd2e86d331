"""Villages and communes: where people are and who of them is covered."""
