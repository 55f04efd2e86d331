"""Path loss: the geometry of a path once, then a formula of that geometry."""
