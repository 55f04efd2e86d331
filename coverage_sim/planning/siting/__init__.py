"""Which sites to build: a plan, its value, and a bound that no plan can exceed."""
