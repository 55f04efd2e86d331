"""The command line: parse, call the library, print, exit."""

from coverage_sim.cli.main import main

__all__ = ["main"]
