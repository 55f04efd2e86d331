"""Commands of the store: what it holds, make it smaller, look for damage."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from coverage_sim.errors import EXIT_FINDINGS

if TYPE_CHECKING:
    from coverage_sim.engine.folder_store import Kept

_MB = 1e6


def info() -> None:
    """Say where the store is, how large and how old."""
    from rich.console import Console  # heavy: import late

    from coverage_sim.engine.user_store import default_store

    store = default_store()
    kept = store.objects()
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"folder     {store.folder}", markup=False)
    console.print(f"objects    {len(kept):,}")
    console.print(f"size       {_total_mb(kept):,.1f} MB")
    if kept:
        newest, oldest = (dt.datetime.fromtimestamp(one.asked_s) for one in (kept[0], kept[-1]))
        console.print(f"asked for  {oldest:%Y-%m-%d %H:%M} to {newest:%Y-%m-%d %H:%M}")


def prune(
    limit_mb: Annotated[
        float,
        typer.Option("--limit-mb", min=0.0, help="What may stay [MB]."),
    ] = 4000.0,
) -> None:
    """Remove what was asked for longest ago, down to a limit."""
    from rich.console import Console  # heavy: import late

    from coverage_sim.engine.user_store import default_store

    removed = default_store().prune(round(limit_mb * _MB))
    Console(highlight=False).print(
        f"Removed {len(removed):,} objects, {_total_mb(removed):,.1f} MB; they are computed again "
        "when a scenario asks for them."
    )


def verify() -> None:
    """Read every object and remove the damaged ones; exit status 1 if there were any."""
    from rich.console import Console  # heavy: import late

    from coverage_sim.engine.user_store import default_store

    store = default_store()
    count = len(store.objects())
    damaged = store.verify()
    console = Console(highlight=False, soft_wrap=True)
    for one in damaged:
        console.print(f"{one.path}: damaged, removed; it is computed again.", markup=False)
    console.print(f"{count:,} objects read, {len(damaged):,} damaged.")
    raise typer.Exit(EXIT_FINDINGS if damaged else 0)


def _total_mb(kept: Sequence["Kept"]) -> float:
    return sum(one.size_bytes for one in kept) / _MB
