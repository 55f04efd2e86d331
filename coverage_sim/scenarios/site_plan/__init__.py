"""The site plan of a scenario: candidates, whom each serves, the plan, its reasons, its outcome."""
