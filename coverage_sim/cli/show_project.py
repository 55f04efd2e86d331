"""A project made from lists, in the terminal: what was guessed, and what comes next."""

from rich.console import Console

from coverage_sim.cli.show_models import print_inputs
from coverage_sim.studies.start.own_project import OwnProject


def print_project(console: Console, made: OwnProject) -> None:
    """Print what a project holds, what was guessed, and the next command."""
    path = made.scenario
    console.print(f"Made {path.parent}", markup=False)
    if made.suggestions:
        console.print(
            f"{len(made.suggestions)} guesses stand in {path.name}: look through them.",
            markup=False,
        )
        for one in made.suggestions:
            console.print(f"    [{one.table}] {one.line}", markup=False)
    if made.prepared is not None:
        print_inputs(console, made.prepared)
        console.print(f"Next: coverage-sim run {path}", markup=False)
    else:
        console.print(
            f"Next: mend what is told below, then coverage-sim validate {path}", markup=False
        )
