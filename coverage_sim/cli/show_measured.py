"""Tables of a comparison with measurements in the terminal."""

import pandas as pd
from rich.console import Console
from rich.table import Table

from coverage_sim.measurements.offset_fit import SHRINK_CELLS
from coverage_sim.reporting.table_writing import Column, rich_table
from coverage_sim.results.measured import Measured

_BY_WORDS = {
    "all": "all",
    "part": "part",
    "carrier": "carrier",
    "clutter_class": "phone on",
    "distance": "distance",
}


def print_measured(console: Console, measured: Measured) -> None:
    """Print the errors of the prediction, and the proposed offsets with their proof."""
    if measured.synthetic:
        console.print(
            f"[bold red]Synthetic data[/bold red]: {', '.join(measured.manifest['synthetic'])}"
        )
    drive = measured.manifest["measurements"]
    for what, count in (
        ("without RSRP", drive["without_rsrp"]),
        ("outside the area", drive["outside_area"]),
    ):
        if count:
            console.print(f"{count:,} lines {what} are left out.")
    if drive["ignored_columns"]:
        console.print("Columns not read: " + ", ".join(drive["ignored_columns"]), markup=False)
    console.print(_statistics_table(measured))
    if measured.fit is not None and measured.proof is not None:
        console.print(_offsets_table(measured.fit))
        console.print(_proof_table(measured, measured.proof))


def _figures(measured: Measured, table: pd.DataFrame) -> list[Column]:
    """Return the columns of figures that every table of errors has."""
    missing = [Column(name="unpredicted", label="Not\npredicted")]
    return [
        Column(name="count", label="Count"),
        *(missing if table["unpredicted"].any() else []),
        Column(name="mean_error_db", label="Mean", digits=1),
        Column(name="sd_error_db", label="SD", digits=1),
        Column(name="rmse_db", label="RMSE", digits=1),
        *(
            Column(name=f"{level}_hit_percent", label=f"{level},\n%", digits=1)
            for level in measured.scenario.service.levels_dbm
        ),
    ]


def _statistics_table(measured: Measured) -> Table:
    table = measured.statistics.assign(
        group=[
            group if by == group else f"{_BY_WORDS[by]}: {group}"
            for by, group in measured.statistics[["by", "group"]].itertuples(index=False)
        ]
    )
    levels = ", ".join(
        f"{level} {threshold_dbm:g} dBm"
        for level, threshold_dbm in measured.scenario.service.levels_dbm.items()
    )
    return rich_table(
        table,
        title=f"{measured.scenario.title}: predicted less measured RSRP, dB",
        columns=[
            Column(name="group", label="Measurements", align="left"),
            *_figures(measured, table),
        ],
        caption=f"%: how often both or neither reach the level ({levels})",
    )


def _offsets_table(fit: pd.DataFrame) -> Table:
    return rich_table(
        fit,
        title="Proposed offsets of path loss, dB",
        columns=[
            Column(name="layer", label="Layer", align="left"),
            Column(name="clutter_class", label="Phone stands on", align="left"),
            Column(name="points", label="Measurements"),
            Column(name="cells", label="Cells"),
            Column(name="mean_error_db", label="Mean error", digits=1),
            Column(name="standard_error_db", label="+-", digits=1),
            Column(name="before_db", label="Before", digits=1),
            Column(name="offset_db", label="Offset", digits=1),
        ],
        caption=f"mean over n cells, times n / (n + {SHRINK_CELLS:g})",
    )


def _proof_table(measured: Measured, proof: pd.DataFrame) -> Table:
    return rich_table(
        proof,
        title="Before and after the offsets, dB; the part held out is the proof",
        columns=[
            Column(name="part", label="Part", align="left"),
            Column(name="offsets", label="Offsets", align="left"),
            *_figures(measured, proof),
        ],
        caption=str(measured.manifest["measurements"]["hold_out"]),
    )
