"""Run the command line as ``python -m coverage_sim``."""

from coverage_sim.cli import main

if __name__ == "__main__":
    main()
