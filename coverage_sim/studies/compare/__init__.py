"""Several scenarios beside a baseline."""
