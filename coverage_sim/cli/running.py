"""Commands that compute: run and compare."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from coverage_sim._numba import kernels_are_cached
from coverage_sim.errors import InputError, Problems
from coverage_sim.evaluate import Progress as Callback
from coverage_sim.places.villages import covered_percent
from coverage_sim.reporting.tables import (
    Column,
    commune_table,
    rich_table,
    worst_villages_table,
)
from coverage_sim.scenarios.compare import Comparison
from coverage_sim.scenarios.compare import compare as compare_scenario_files
from coverage_sim.scenarios.load import load_scenario
from coverage_sim.scenarios.networks import ANY
from coverage_sim.scenarios.result import Result, check_output
from coverage_sim.scenarios.run import run

#: Width of tables where the output is no terminal.
_WIDTH = 130

_VILLAGE_COLUMNS = (
    Column(name="name", label="Village", align="left"),
    Column(name="people", label="People"),
    Column(name="uncovered_people", label="Without service"),
    Column(name="covered_percent", label="Covered, %", digits=1),
)
_MEDIAN = Column(name="median_rsrp_dbm", label="Median RSRP, dBm", digits=1)

#: Beside them, where the ledger is made.
_CAUSE_COLUMNS = (
    Column(name="cause", label="Why", align="left"),
    Column(name="missing_db", label="Missing, dB", digits=1),
    Column(name="approved_site", label="Approved mast", align="left"),
)

_COMPILING = "compiling the kernels for this machine: once, under a minute"


def run_scenarios(
    paths: Sequence[Path],
    *,
    out: Path | None,
    threads: int | None,
    maps: bool,
    sensitivity: bool = False,
    as_of: str | None = None,
) -> None:
    """Run scenarios one after the other; check all of them and their folders before the first."""
    problems = Problems()
    names: list[str] = []
    for path in paths:
        with problems.collect():
            names.append(load_scenario(path, as_of=as_of).scenario.name)
    problems.raise_if_any()
    if len(set(names)) < len(names):
        msg = f"the scenarios are called {names}; give each its own name."
        raise InputError(msg)
    parent = out or Path("out")
    folders = [out] if out is not None and len(paths) == 1 else [parent / name for name in names]
    for folder in folders:
        with problems.collect():
            check_output(folder)
    problems.raise_if_any()
    console = wide_console()
    for path, folder in zip(paths, folders, strict=True):
        with progress_on(console) as callback:
            result = run(
                path,
                threads=threads,
                ledger=True,
                sensitivity=sensitivity,
                as_of=as_of,
                progress=callback,
            )
            result.save(folder, maps=maps, progress=partial(callback, "writing"))
        _print_result(console, result)
        console.print(
            f"Result: [bold]{folder}[/bold]" + (f"  (maps: {folder / 'maps'})" if maps else "")
        )


def compare_scenarios(
    paths: Sequence[Path],
    *,
    out: Path,
    threads: int | None,
    maps: bool,
    as_of: str | None = None,
) -> None:
    """Run scenarios and compare each with the first."""
    check_output(out)
    console = wide_console()
    with progress_on(console) as callback:
        comparison = compare_scenario_files(paths, threads=threads, as_of=as_of, progress=callback)
        comparison.save(out, maps=maps, progress=partial(callback, "writing"))
    _print_comparison(console, comparison)
    console.print(f"Comparison: [bold]{out}[/bold]")


def wide_console() -> Console:
    """Return the console, wide enough for the tables where it is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDTH)


@contextmanager
def progress_on(console: Console) -> Iterator[Callback]:
    """Show a bar a stage; where the output is no terminal, a line a stage."""
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    compiled = kernels_are_cached()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, int] = {}
        finished: set[str] = set()

        def callback(stage: str, done: int, total: int) -> None:
            nonlocal compiled
            if stage in finished and done < total:  # the next scenario begins
                finished.discard(stage)
                tasks.pop(stage, None)
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
                if not console.is_terminal:
                    console.print(f"{stage} ...")
                if stage == "path loss" and not compiled:
                    console.print(_COMPILING)
                    compiled = True
            bars.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]
            if done == total:
                finished.add(stage)

        yield callback


def _by_radius(result: Result) -> str:
    """Word how many weak spots there are of which radius."""
    parts = [
        f"{entry['spots']:,} of {entry['from_m']:g} "
        + (f"to {entry['to_m']:g} m" if entry["to_m"] is not None else "m and more")
        for entry in result.summary["weak_spots_by_radius"]
        if entry["spots"]
    ]
    return f"; by radius: {', '.join(parts)}" if parts else ""


def _with_causes(villages: pd.DataFrame, result: Result) -> pd.DataFrame:
    """Add why each village lacks the first network, in words, and who would cure it."""
    assert result.ledger is not None  # noqa: S101  # for the type checker: asked before
    rows = result.ledger.villages
    rows = rows[rows["network"] == result.first_network().key].reset_index(drop=True)
    names = [column.name for column in _CAUSE_COLUMNS]
    causes = rows[names].assign(cause=rows["cause"].str.replace("_", " "))
    return pd.concat([pd.DataFrame(villages).reset_index(drop=True), causes], axis=1)


def _print_result(console: Console, result: Result) -> None:
    if result.synthetic:
        console.print(
            f"[bold red]Synthetic sample data[/bold red]: {', '.join(result.manifest['synthetic'])}"
        )
    console.print(_network_table(result))
    if result.sensitivity is not None:
        console.print(_sensitivity_table(result.sensitivity))
    near = result.manifest["model"]["cells_below_distance_range"]
    if near:
        nearest_m = result.manifest["model"]["distance_range_m"][0]
        console.print(
            f"{near:,} cells are nearer to a mast than the {nearest_m:g} m that the model is "
            "stated for; they are computed all the same."
        )
    if "overloaded_sectors" in result.summary:
        over = result.sectors[result.sectors["overloaded"]]
        busiest = over.nlargest(5, "busy_hour_load_percent")
        names = ", ".join(
            f"{name} {load:.0f} %"
            for name, load in zip(busiest["name"], busiest["busy_hour_load_percent"], strict=True)
        )
        console.print(
            f"Overloaded in the busy hour: {len(over):,} of {len(result.sectors):,} sectors"
            + (f"; the busiest: {names}." if names else ".")
        )
    assumed = [f"{name} of {n:,}" for name, n in result.summary["assumed_at_sites"].items() if n]
    if assumed:
        on_air = result.summary["sites_on_air"] + result.summary["ring_sites_on_air"]
        console.print(f"Assumed, not listed: {', '.join(assumed)} of {on_air:,} sites on air.")
    ring = result.manifest["ring"]
    console.print(f"{ring[0].upper()}{ring[1:]}.")
    if len(result.communes):
        console.print(_commune_table(result))
        for sentence in result.manifest["communes"]["said"]:
            console.print(f"{sentence}.", markup=False)
    if len(result.villages):
        caption = f"at {_least(result)}, {result.first_network().label}"
        villages: pd.DataFrame = result.covered_villages()
        columns: tuple[Column, ...] = (*_VILLAGE_COLUMNS, _MEDIAN)
        if result.ledger is not None:
            villages = _with_causes(villages, result)
            columns = (*_VILLAGE_COLUMNS, *_CAUSE_COLUMNS)
        console.print(worst_villages_table(villages, columns=columns, worst=15, caption=caption))
        console.print(
            f"Weak spots ({result.first_network().label}; patches of at least 0.07 km2 and 20 "
            f"people): {len(result.weak_spots):,}, {result.summary['weak_spot_people']:,} people"
            + _by_radius(result)
        )


#: Figures of `Result.summary` beside coverage, and what stands over them.
_QUALITY = {
    "served_people_percent": "both ways\n%",
    "expected_people_percent": "expected\n%",
    "fast_people_percent": ">= {speeds}\nMb/s, %",
}


def _least(result: Result) -> str:
    level, threshold_dbm = next(iter(result.scenario.service.levels_dbm.items()))
    return f"{level} service (RSRP >= {threshold_dbm:g} dBm)"


def _network_table(result: Result) -> Table:
    rows = []
    for network in result.networks:
        entry = result.summary["networks"][network.key]
        row: dict[str, object] = {"network": network.label}
        for level, figures in entry["levels"].items():
            row[level] = figures.get("people_percent", figures["land_percent"])
        row["villages"] = entry["villages_not_covered"]
        row |= {name: entry[name] for name in _QUALITY if name in entry}
        rows.append(row)
    levels = result.scenario.service.levels_dbm
    of = "people" if len(result.villages) else "land"
    service = result.scenario.service
    speeds = f"{service.fast_4g_mbps:g}/{service.fast_5g_mbps:g}"
    quality = {name: label.format(speeds=speeds) for name, label in _QUALITY.items()}
    return rich_table(
        pd.DataFrame(rows),
        title=f"{result.scenario.title}: % of {of} covered",
        columns=[
            Column(name="network", label="Network", align="left"),
            *(
                Column(name=level, label=f"{level}\n>= {threshold:g} dBm", digits=1)
                for level, threshold in levels.items()
            ),
            *(
                [
                    Column(name="villages", label="villages\nnot covered"),
                    *(Column(name=name, label=label, digits=1) for name, label in quality.items()),
                ]
                if len(result.villages)
                else []
            ),
        ],
    )


def _sensitivity_table(sensitivity: pd.DataFrame) -> Table:
    """Return change of covered people in per cent, a row a variant, a column a network."""
    wide = sensitivity.pivot_table(
        index="variant", columns="network", values="change_percent", sort=False
    ).reset_index()
    return rich_table(
        wide,
        title="What covered people hang on: change in % of all people",
        columns=[
            Column(name="variant", label="All sites", align="left"),
            *(
                Column(name=name, label=name.replace(", ", "\n"), digits=2)
                for name in wide.columns
                if name != "variant"
            ),
        ],
    )


def _communes_as_of(result: Result) -> str:
    return str(result.manifest["communes"]["as_of"])


def _commune_table(result: Result) -> Table:
    level = next(iter(result.scenario.service.levels_dbm))
    communes = result.communes
    table = pd.DataFrame(communes[["code", "name", "district", "people"]])
    shown = [network for network in result.networks if network.operator == ANY]
    for network in shown:
        table[network.key] = covered_percent(communes, communes[f"{network.key}_{level}_people"])
    table = table[table["people"] > 0].sort_values([shown[0].key, "code"])
    return commune_table(
        table,
        title=f"People covered, by commune as of {_communes_as_of(result)}, worst first",
        caption=f"at {_least(result)}",
        columns=[
            Column(name="code", label="Code", align="left"),
            Column(name="name", label="Commune", align="left"),
            Column(name="district", label="District", align="left"),
            Column(name="people", label="People"),
            *(Column(name=n.key, label=f"{n.label}, %", digits=1) for n in shown),
        ],
    )


def _print_comparison(console: Console, comparison: Comparison) -> None:
    baseline = comparison.results[0]
    after = "; ".join(result.scenario.title for result in comparison.results[1:])
    least = next(iter(baseline.scenario.service.levels_dbm))
    table = comparison.networks
    table = table[table["level"] == least]
    if "gained_people" in table:  # what stays as it was stands in networks.csv
        table = table[(table["gained_people"] >= 1.0) | (table["lost_people"] >= 1.0)]
    one = len(comparison.results) == 2
    columns = [
        *([] if one else [Column(name="scenario", label="Scenario", align="left")]),
        Column(name="network", label="Network", align="left"),
        Column(name="before_people", label="Before"),
        Column(name="after_people", label="After"),
        Column(name="gained_people", label="People gained"),
        Column(name="lost_people", label="People lost"),
        Column(name="gained_villages", label="Villages gained"),
        Column(name="lost_villages", label="Villages lost"),
    ]
    shown = [column for column in columns if column.name in table]
    console.print(
        rich_table(
            table,
            title=f"{after}\nagainst {baseline.scenario.title}, at {_least(baseline)}",
            columns=shown,
        )
    )
    if len(comparison.communes):
        changes = [c for c in comparison.communes.columns if c.endswith("_change_people")]
        for column in (c for c in changes if f"_{ANY}_" in c):
            by_code = comparison.communes[comparison.communes[column].abs() >= 1.0].sort_values(
                "code"
            )
            # Losses count as much as gains.
            most = by_code[column].abs().sort_values(ascending=False, kind="stable").index[:10]
            top = by_code.loc[most]
            if len(top):
                console.print(
                    rich_table(
                        pd.DataFrame(top),
                        title=f"Communes (as of {_communes_as_of(baseline)}) that change most: "
                        + column.removesuffix("_change_people"),
                        columns=[
                            Column(name="name", label="Commune", align="left"),
                            Column(name="district", label="District", align="left"),
                            Column(name="people", label="People"),
                            Column(name=column, label="Change, people"),
                        ],
                    )
                )
    console.print(
        rich_table(
            comparison.inputs,
            title="What differs in the inputs",
            columns=[
                Column(name="scenario", label="Scenario", align="left"),
                Column(name="key", label="Key", align="left"),
                Column(name="before", label="Before", align="left"),
                Column(name="after", label="After", align="left"),
            ],
        )
    )
