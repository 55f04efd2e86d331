"""The files of a run's result."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr
from pydantic import TypeAdapter

from coverage_sim.io.atomic_files import write_json, write_text
from coverage_sim.io.shared_steps import Apart
from coverage_sim.network.network_names import ANY
from coverage_sim.reporting import result_maps
from coverage_sim.reporting.colors import WATER_CLASSES, signal_classes, signal_colormap
from coverage_sim.reporting.geo import write_cog, write_geopackage, write_netcdf
from coverage_sim.reporting.georef import outside_of
from coverage_sim.reporting.map_content import counted_area, result_words, signal_levels
from coverage_sim.reporting.qgis_styles import make_styles
from coverage_sim.reporting.workbook import WORKBOOK, csv_steps, write_workbook
from coverage_sim.results.folders import MANIFEST, Saving, Step, file_steps
from coverage_sim.results.kept_inputs import (
    AREA_FILE,
    INPUTS_FILE,
    Area,
    column_kinds,
    pack_area,
)
from coverage_sim.results.network_rasters import carriers_in
from coverage_sim.results.result import Result as Result  # with it comes what it is saved as
from coverage_sim.results.saved import PLACES
from coverage_sim.results.stage_times import timing_text
from coverage_sim.variables import VARIABLES
from coverage_sim.works.prices import Equipped

_ON_AIR = TypeAdapter(tuple[Equipped, ...])

#: Rasters of each carrier that become files of their own, and what these are called; the NetCDF
#: file has all.
_CARRIER_FILES = {
    "rsrp_dbm": "rsrp",
    "best_server": "best_server",
    "sinr_db": "sinr",
    "user_rate_mbps": "user_rate",
    "service": "service",
}


@file_steps.register
def _(result: Result, saving: Saving) -> list[Step]:
    folder = saving.fresh
    # The workbook and coverage.nc take longest, and begin first in a process beside this one.
    steps = [*_table_steps(result, folder), *_raster_steps(result, folder)]
    maps = result_maps.of_result(result, saving) if saving.maps else []
    return [*steps, *map(Apart, maps)]


def _raster_steps(result: Result, folder: Path) -> list[Step]:
    synthetic = ", ".join(result.manifest["synthetic"])
    tags = {
        "SCENARIO": result.scenario.name,
        "SYNTHETIC": f"yes: {synthetic}" if result.synthetic else "no",
        "MODEL": result.manifest["model"]["reference"],
    }
    rasters = folder / "rasters"

    def cog(name: str, array: xr.DataArray, variable: str) -> Step:
        fill = VARIABLES[variable].fill
        return lambda: write_cog(rasters / f"{name}.tif", array, nodata=fill, tags=tags)

    steps: list[Step] = []
    for carrier in carriers_in(result.rasters):
        for variable, short in _CARRIER_FILES.items():
            array = result.rasters[variable].sel(carrier=str(carrier), drop=True)
            steps.append(cog(f"{short}_{carrier.key}", array, variable))
    for network in (one for one in result.networks if one.operator == ANY):
        array = result.rasters["network_rsrp_dbm"].sel(network=network.key, drop=True)
        steps.append(cog(f"rsrp_{network.key}", array, "network_rsrp_dbm"))
        server = result.rasters["network_best_server"].sel(network=network.key, drop=True)
        steps.append(cog(f"best_server_{network.key}", server, "network_best_server"))
        classes = array.where(result.known_cells(network))
        steps.append(_class_raster(result, rasters / f"class_{network.key}.tif", classes, tags))
    area = Area(result.terrain, result.demand, result.centre_cell)
    steps += [
        Apart(lambda: write_netcdf(folder / "coverage.nc", result.rasters)),
        Apart(lambda: write_netcdf(folder / AREA_FILE, pack_area(area))),
    ]
    return steps


def _table_steps(result: Result, folder: Path) -> list[Step]:
    places = result.layers_with_shares()
    styles = make_styles(places, measured=result.first_network().label)
    absent = set(PLACES) - set(places)
    tables = {name: table for name, table in result.tables().items() if name not in absent}
    return [
        lambda: write_geopackage(folder / "coverage.gpkg", places, styles=styles),
        lambda: _google_earth(result, folder / "coverage.kmz"),
        *csv_steps(folder, tables),
        Apart(partial(write_workbook, folder / WORKBOOK, tables)),
        lambda: write_json(folder / "summary.json", result.summary),
        lambda: write_text(folder / INPUTS_FILE, _inputs_text(result)),
        lambda: write_json(folder / MANIFEST, result.manifest),
        lambda: write_text(folder / "timing.txt", timing_text("run", result.seconds)),
    ]


def _inputs_text(result: Result) -> str:
    """Return what the result was made of as JSON, its keys in the scenario's order."""
    content = {
        "scenario": result.manifest["scenario"],  # with paths relative to its file
        "on_air": _ON_AIR.dump_python(tuple(result.equipment.values()), mode="json"),
        "tables": {name: column_kinds(table) for name, table in result.tables().items()},
        "variables": {
            "rasters": [str(name) for name in result.rasters.variables],
            "terrain": [str(name) for name in result.terrain.variables],
        },
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"


def _class_raster(
    result: Result, path: Path, rsrp_dbm: xr.DataArray, tags: Mapping[str, str]
) -> Callable[[], None]:
    """Return the writing of a raster of signal classes with its colours."""
    levels = signal_levels(result)
    return lambda: write_cog(
        path,
        signal_classes(rsrp_dbm, levels),
        nodata=255,
        tags=tags,
        colormap=signal_colormap(levels),
    )


def _google_earth(result: Result, path: Path) -> None:
    """Write what a result found for Google Earth, over any operator's networks."""
    from coverage_sim.reporting.kmz import ClassOverlay, write_kmz  # draws, so it is slow to import

    levels = signal_levels(result)
    # Nobody misses a signal on the sea; beyond the counted area, and where ground on the way is
    # unknown, nobody can say that there is none.
    silent = np.isin(result.terrain["clutter_class"].to_numpy(), WATER_CLASSES)
    if (area := counted_area(result)) is not None:
        silent |= outside_of(area, result.terrain)
    overlays = []
    for network in result.networks:
        if network.operator != ANY:
            continue
        rsrp = result.rasters["network_rsrp_dbm"].sel(network=network.key, drop=True)
        classes = signal_classes(rsrp.fillna(-np.inf), levels)
        classes.data[(silent | ~result.known_cells(network)) & (classes.data == 0)] = 255
        overlays.append(ClassOverlay(key=network.key, label=network.label, classes=classes))
    network = result.first_network()
    write_kmz(
        path,
        result_words(result, result.scenario.title),
        measured=network.label,
        levels=levels,
        overlays=overlays,
        tables=result.layers_with_shares(),
    )
