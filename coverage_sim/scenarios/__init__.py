"""Scenario files: read, run, keep and compare."""
