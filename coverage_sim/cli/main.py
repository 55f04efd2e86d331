"""The program's commands and its exit status."""

import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from coverage_sim.errors import EXIT_OUR_FAULT, CoverageSimError

app = typer.Typer(
    help="Plan mobile coverage over terrain: path loss, 4G and 5G, village by village.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, help="Threads to use; the result does not depend on it."),
]
Maps = Annotated[bool, typer.Option("--maps/--no-maps", help="Draw the PNG maps too.")]


@app.command()
def run(
    scenarios: Annotated[list[Path], typer.Argument(help="Scenario files (TOML).")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Result folder; of several scenarios, their parent."),
    ] = None,
    threads: Threads = None,
    maps: Maps = True,
) -> None:
    """Compute coverage of each scenario: tables here, maps and data in the result folder."""
    from coverage_sim.cli import running  # heavy: import late

    running.run_scenarios(scenarios, out=out, threads=threads, maps=maps)


@app.command()
def compare(
    baseline: Annotated[Path, typer.Argument(help="Scenario to compare against.")],
    scenarios: Annotated[list[Path], typer.Argument(help="Scenarios to compare.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the comparison.")] = Path(
        "out/comparison"
    ),
    threads: Threads = None,
    maps: Maps = True,
) -> None:
    """Say what each scenario changes for people, villages and communes."""
    from coverage_sim.cli import running  # heavy: import late

    running.compare_scenarios([baseline, *scenarios], out=out, threads=threads, maps=maps)


@app.command()
def validate(
    scenario: Annotated[Path, typer.Argument(help="Scenario file (TOML).")],
) -> None:
    """Check a scenario and every file it names, without computing; list all that is wrong."""
    from coverage_sim.cli import describing  # heavy: import late

    describing.validate_scenario(scenario)


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from coverage_sim.cli import describing  # heavy: import late

    describing.print_schema()


@app.command()
def models() -> None:
    """List the propagation models: reference, range, what each is good for."""
    from coverage_sim.cli import describing  # heavy: import late

    describing.list_models()


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must not exist.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Draws another synthetic area.")] = 1,
) -> None:
    """Make a commented starter project with a small synthetic area of its own."""
    from coverage_sim.cli import starting  # heavy: import late

    starting.new_project(folder, seed=seed)


def main() -> None:
    """Run the command; a user's mistake is told without a trace and ends with status 2."""
    try:
        app()
    except CoverageSimError as error:
        for line in str(error).splitlines():
            print(f"coverage-sim: {line}", file=sys.stderr)  # noqa: T201
        raise SystemExit(error.exit_status) from None
    except Exception:  # noqa: BLE001  # the last resort: say that it is our fault
        traceback.print_exc()
        print("coverage-sim: this is a fault of the program; please report it.", file=sys.stderr)  # noqa: T201
        raise SystemExit(EXIT_OUR_FAULT) from None
