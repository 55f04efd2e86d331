"""One link: the loss between two places, what it is made of, and what limits it."""
