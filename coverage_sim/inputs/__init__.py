"""From the files that a scenario names to everything a run reads, checked."""
