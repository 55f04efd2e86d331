"""Questions that people ask, a folder each: what is computed, and what is written of it."""
