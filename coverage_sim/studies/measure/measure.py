"""Compare a scenario with a drive test: how far the prediction is off, and how to correct it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage_sim.coordinates import transformer
from coverage_sim.engine.run_context import Progress, no_progress
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.inputs.radio_network import clutter_names, offsets_in
from coverage_sim.io.atomic_files import sha256_of
from coverage_sim.io.validation import GivenPath, Threads, checks_arguments
from coverage_sim.measurements.drive_test import AS_USUAL, DriveTest, Reading, read_drive_test
from coverage_sim.measurements.error_parts import error_parts
from coverage_sim.measurements.offset_fit import (
    SHRINK_CELLS,
    fit_offsets,
    with_fit,
)
from coverage_sim.measurements.prediction import predict
from coverage_sim.measurements.statistics import (
    FITTING,
    HELD_OUT,
    block_part,
    error_statistics,
    error_table,
)
from coverage_sim.network.carriers import Carrier
from coverage_sim.reporting import measured_files  # noqa: F401  # what it is saved as
from coverage_sim.results.manifest import make_manifest
from coverage_sim.results.measured import Measured
from coverage_sim.scenario.load import load_scenario
from coverage_sim.scenario.schema import Scenario
from coverage_sim.units import LengthM

#: Side of the squares of the chessboard that separates fitting from proof. [m]
DEFAULT_BLOCK_M = 1000.0


@checks_arguments
def measure(
    path: GivenPath,
    drive_test: GivenPath,
    *,
    fit: bool = False,
    reading: Reading = AS_USUAL,
    block_m: LengthM = DEFAULT_BLOCK_M,
    threads: Threads | None = None,
    progress: Progress = no_progress,
) -> Measured:
    """Compare a scenario with a drive test.

    Parameters
    ----------
    path : str or Path
        The scenario file.
    drive_test : str or Path
        CSV of measurements, as `coverage_sim.measurements.drive_test.read_drive_test` reads it.
    fit : bool
        Whether to propose offsets by layer and clutter class.
    reading : Reading
        How the file is to be read.
    block_m : float
        Side of the chessboard's squares: half of them are fitted, the others prove it. [m]
    threads : int, optional
        Threads to use, all of the machine's by default; the result does not depend on it.
    progress : Progress, optional
        Called with the stage, the steps done and their number.

    Returns
    -------
    Measured
        Every measurement with its prediction, statistics, and the fit if asked for.

    Raises
    ------
    InputError
        With everything that is wrong with the scenario, or with the drive test.

    Examples
    --------
    >>> import coverage_sim
    >>> found = coverage_sim.measure("today.toml", "drive_test.csv")
    >>> table = found.statistics[["by", "group", "count", "mean_error_db"]].round(1)
    >>> print(table.head(3).to_string(index=False))
      by    group  count  mean_error_db
     all      all      3            3.7
    part  fitting      1            9.1
    part held_out      2            1.0
    """
    if not 0.0 < block_m < float("inf"):
        msg = f"block_m is {block_m:g}; it must be a positive length in metres."
        raise InputError(msg)
    prepared = prepare(load_scenario(Path(path)), progress=progress)
    scenario, ground, radio = prepared.loaded.scenario, prepared.ground, prepared.radio
    offsets = offsets_in(scenario, prepared.catalog)
    progress("measurements", 0, 1)
    drive = read_drive_test(
        Path(drive_test),
        ground=ground,
        radio=radio,
        operators={key: operator.name for key, operator in scenario.operators.items()},
        reading=reading,
    )
    progress("measurements", 1, 1)
    found = predict(drive.rows, ground, radio, offsets=offsets, threads=threads, progress=progress)
    points = _points(drive.rows, found, prepared, block_m)
    table = proof = parts = None
    if fit:
        table = fit_offsets(
            points,
            cell_m=ground.cell_m,
            before=scenario.propagation.offsets,
            uncalibrated_db=scenario.service.prediction_error.common_sigma_db,
        )
        points["fitted_dbm"] = with_fit(points, table)
        parts = error_parts(points, cell_m=ground.cell_m)
        proof = _proof(points, scenario)
    statistics = error_table(points, scenario.service.levels_dbm)
    return Measured(
        scenario=scenario,
        points=points,
        statistics=statistics,
        fit=table,
        parts=parts,
        proof=proof,
        sites=_sites(prepared),
        terrain=ground.area_terrain,
        communes=prepared.communes,
        manifest=_manifest(prepared, Path(drive_test), drive, reading, block_m),
        summary=_summary(scenario, statistics, proof),
    )


def _sites(prepared: Prepared) -> gpd.GeoDataFrame:
    """Return the sites on air with the carriers that each transmits."""
    radio = prepared.radio
    carriers: dict[int, dict[Carrier, None]] = {}
    for sector in radio.sectors:
        carriers.setdefault(sector.site, {})[sector.carrier] = None
    table = {
        "id": [site.id for site in radio.sites],
        "status": [site.status for site in radio.sites],
        "carriers": [tuple(carriers.get(row, ())) for row in range(len(radio.sites))],
    }
    x, y = [site.x for site in radio.sites], [site.y for site in radio.sites]
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y, crs=prepared.ground.crs))


def _points(
    rows: pd.DataFrame, found: pd.DataFrame, prepared: Prepared, block_m: float
) -> gpd.GeoDataFrame:
    """Put together what was measured and what is predicted, a row a measurement."""
    crs, radio = prepared.ground.crs, prepared.radio
    names = clutter_names(prepared.loaded.scenario, prepared.catalog)
    servers = np.array([*(sector.name for sector in radio.sectors), ""], dtype=object)
    sites = np.array([*(radio.sites[one.site].id for one in radio.sectors), ""], dtype=object)
    longitude, latitude = transformer(crs, "EPSG:4326").transform(
        rows["x"].to_numpy(dtype=float), rows["y"].to_numpy(dtype=float)
    )
    table = rows.assign(
        longitude=longitude,
        latitude=latitude,
        predicted_dbm=found["predicted_dbm"],
        error_db=found["predicted_dbm"] - rows["rsrp_dbm"],
        server=servers[found["server"].to_numpy()],  # -1 is the last
        site=sites[found["server"].to_numpy()],
        distance_m=found["distance_m"],
        clutter_class=found["clutter_code"].map(names).fillna("unknown"),
        part=block_part(rows["x"], rows["y"], block_m),
    )
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(rows["x"], rows["y"], crs=crs))


def _proof(points: gpd.GeoDataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the figures of both parts before and after the fit."""
    return pd.DataFrame(
        [
            {
                "part": part,
                "offsets": when,
                **error_statistics(
                    points[(points["part"] == part).to_numpy()],
                    scenario.service.levels_dbm,
                    predicted=column,
                ),
            }
            for part in (FITTING, HELD_OUT)
            for when, column in (("before", "predicted_dbm"), ("after", "fitted_dbm"))
        ]
    ).astype({"count": int, "unpredicted": int})


def _manifest(
    prepared: Prepared, path: Path, drive: DriveTest, reading: Reading, block_m: float
) -> dict[str, Any]:
    manifest = make_manifest(prepared)
    if "synthetic" in path.name.lower():
        manifest["synthetic"] = [*manifest["synthetic"], "measurements"]
    manifest["measurements"] = {
        "file": path.name,
        "scenario_file": prepared.loaded.path.name,
        "sha256": sha256_of(path),
        "crs": reading.crs,
        "headers": dict(reading.headers),
        "rows": len(drive.rows),
        "without_rsrp": drive.without_rsrp,
        "outside_area": drive.outside_area,
        "ignored_columns": list(drive.ignored),
        "path_loss": "over each measurement's own profile, to its own place",
        "hold_out": f"the {HELD_OUT} squares of a chessboard of {block_m:g} m on the CRS's origin "
        "were not fitted",
        "shrinkage": f"Mean error of the n cells of the {FITTING} squares, times "
        f"n / (n + {SHRINK_CELLS:g}).",
    }
    return manifest


def _summary(
    scenario: Scenario, statistics: pd.DataFrame, proof: pd.DataFrame | None
) -> dict[str, Any]:
    """Return the key figures, rounded to what they are good for; None where there is none."""

    def plain(row: Mapping[Any, Any]) -> dict[str, Any]:
        return {
            str(key): None
            if isinstance(value, float) and np.isnan(value)
            else round(value, 2)
            if isinstance(value, float)
            else value
            for key, value in row.items()
        }

    whole = statistics[(statistics["by"] == "all").to_numpy()].drop(columns=["by", "group"])
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "levels_dbm": dict(scenario.service.levels_dbm),
        **plain(whole.to_dict("records")[0]),
        **(
            {"proof": [plain(row) for row in proof.to_dict("records")]} if proof is not None else {}
        ),
    }
