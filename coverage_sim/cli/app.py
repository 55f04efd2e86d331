"""The program's commands and its exit status."""

import errno
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from coverage_sim.cli import (
    link_commands,
    measure_commands,
    plan_commands,
    run_commands,
    site_commands,
    store_commands,
    zoning_commands,
)
from coverage_sim.errors import EXIT_BAD_INPUT, CoverageSimError, InputError, OlderVersionWarning


def _group(words: str) -> typer.Typer:
    return typer.Typer(
        help=words,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # brackets in help texts are TOML, and no markup
        pretty_exceptions_enable=False,
    )


app = _group("Plan mobile coverage over terrain: path loss, 4G and 5G, village by village.")
site_app = _group("Lists of sites.")
zoning_app = _group("Where masts may stand.")
store_app = _group("The store of path loss and tiles that runs share.")

app.command()(run_commands.run)
app.command()(run_commands.compare)
app.command("what-if")(run_commands.what_if)
app.command()(run_commands.report)
app.command()(measure_commands.measure)
app.command()(run_commands.validate)
app.command()(run_commands.schema)
app.command()(run_commands.models)
app.command()(link_commands.link)
app.command()(link_commands.antenna)
app.command()(link_commands.emf)
app.command()(plan_commands.candidates)
app.command()(plan_commands.optimize)
app.command()(run_commands.new)
app.command()(run_commands.demo)
app.add_typer(site_app, name="site")
site_app.command()(site_commands.lint)
site_app.command()(site_commands.check)
site_app.command()(site_commands.assess)
site_app.command()(site_commands.alternatives)
site_app.command()(site_commands.convert)
app.add_typer(zoning_app, name="zoning")
zoning_app.command("map")(zoning_commands.draw_map)
app.add_typer(store_app, name="store")
store_app.command()(store_commands.info)
store_app.command()(store_commands.prune)
store_app.command()(store_commands.verify)


def _print_version(asked: bool) -> None:  # typer calls it so
    if asked:
        import coverage_sim

        print(f"coverage-sim {coverage_sim.__version__}")  # noqa: T201
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    _version: Annotated[  # acts before any command
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
    problems: Annotated[
        Path | None,
        typer.Option(
            "--problems",
            help="CSV file for what is wrong with an input, each cell of each list in a line.",
        ),
    ] = None,
) -> None:
    """Read the options that stand before a command."""
    if problems is not None:
        from coverage_sim.reporting.problem_files import check_table_of_problems  # heavy

        check_table_of_problems(problems)
        context.ensure_object(dict)[_PROBLEMS] = problems


#: What a disk says that is full, has no room for this user, or cannot be written.
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)

#: So many problems are told in the terminal.
_MOST_SHOWN = 40

#: What the object that the commands share calls the file of `_options`.
_PROBLEMS = "problems"


def _tell_plainly(message: Warning | str, *_: object) -> None:
    """Tell a warning without the line of the program that found it."""
    print(f"coverage-sim: {message}", file=sys.stderr)  # noqa: T201


def run_app() -> None:
    """Run the command; a user's mistake is told without a trace and ends with status 2."""
    asked: dict[str, Path] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", OlderVersionWarning)
            # What GDAL warns of is found again in what it returns, or of no matter to a list.
            warnings.filterwarnings("ignore", category=RuntimeWarning, module="pyogrio")
            warnings.filterwarnings("ignore", message="Could not parse column")  # as JSON: a text
            warnings.showwarning = _tell_plainly  # type: ignore[assignment]
            app(obj=asked)
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        where = f"{error.filename}: " if error.filename else ""
        said = f"{where}cannot be written: {error.strerror}. Make room, or give another place."
        _tell_plainly(f"{said} Earlier results are as they were.")
        raise SystemExit(EXIT_BAD_INPUT) from None
    except CoverageSimError as error:
        problems = error.problems if isinstance(error, InputError) else (str(error),)
        for line in "\n".join(problems[:_MOST_SHOWN]).split("\n"):
            # What is offered to be put into a file stands alone, to be copied.
            print(line if line[:1] == " " else f"coverage-sim: {line}", file=sys.stderr)  # noqa: T201
        if isinstance(error, InputError):
            _keep_problems(error, asked.get(_PROBLEMS))
        raise SystemExit(error.exit_status) from None


def _keep_problems(error: InputError, path: Path | None) -> None:
    """Write what is wrong as a table where one is asked for, or say how to get it."""
    from coverage_sim.io.cell_problems import GroupedProblem  # heavy: import late

    if path is not None:
        from coverage_sim.reporting.problem_files import write_problems

        write_problems(path, error.problems)
        print(f"coverage-sim: Written: {path}", file=sys.stderr)  # noqa: T201
        return
    more = len(error.problems) - _MOST_SHOWN
    said = "for each cell in a table put --problems FILE.csv before the command."
    if more > 0:
        print(f"coverage-sim: and {more:,} more; {said}", file=sys.stderr)  # noqa: T201
    elif any(isinstance(problem, GroupedProblem) for problem in error.problems):
        print(f"coverage-sim: {said}", file=sys.stderr)  # noqa: T201
