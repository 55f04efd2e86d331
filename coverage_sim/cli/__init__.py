"""The command line: parse, call the library, print, exit."""

import sys
import traceback

from coverage_sim.cli.stopping import stopping_promptly
from coverage_sim.errors import EXIT_OUR_FAULT


def main() -> None:
    """Run the command line; what nobody foresaw is told as a fault of the program."""
    try:
        with stopping_promptly():  # which swallows what an interruption turned into
            from coverage_sim.cli.app import run_app  # heavy: a signal ends this import too

            run_app()
    except Exception:  # noqa: BLE001  # the last resort
        traceback.print_exc()
        print("coverage-sim: this is a fault of the program; please report it.", file=sys.stderr)  # noqa: T201
        raise SystemExit(EXIT_OUR_FAULT) from None


__all__ = ["main"]
