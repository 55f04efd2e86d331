"""Works on masts: what can be done, and what it costs."""
