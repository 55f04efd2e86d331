"""Which masts to build: candidates, choice, outcome, routes, neighbours."""
