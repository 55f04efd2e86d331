"""Result folders read back: tables, figures, manifest, and where the rasters are."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import xarray as xr
from pyproj import CRS

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.atomic_files import sha256_of
from coverage_sim.io.folder_swap import recover
from coverage_sim.network.network_names import is_of_any_operator
from coverage_sim.results.folders import CHECKSUMS, FILES, MANIFEST
from coverage_sim.results.saved_files import read_json, read_table, readable
from coverage_sim.results.saved_shape import shape_problems
from coverage_sim.terrain.labels import GRID_MAPPING, coordinates
from coverage_sim.variables import VARIABLES, stamp

#: What a report needs of each table; the others may be absent as a whole.
_NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "villages": ("id", "name", "longitude", "latitude", "people"),
    "communes": ("code", "name", "people"),
    "sites": ("id", "name", "longitude", "latitude", "status", "on_air", "operators"),
    "sectors": ("name", "site", "operator", "layer", "azimuth_deg"),
    "ledger": ("id", "network", "status", "covered_percent", "cause"),
    "ledger_totals": ("network", "people", "low_covered_people", "high_covered_people"),
    "cures": ("id", "network", "rank", "kind", "cost_vnd"),
    "weak_spots": ("longitude", "latitude", "radius_m", "people"),
    "must_cover": ("id", "name", "longitude", "latitude", "covered"),
}

#: Layers that a result's GeoPackage may have; the first one it has.
PLACES: Final = ("sites", "villages", "communes", "weak_spots", "must_cover")

#: Attributes that only files have.
_OF_FILES: Final = ("source", "history", "Conventions")

#: Tables that every result has.
_ALWAYS: Final = ("sites", "sectors")


@dataclass(frozen=True, kw_only=True)
class SavedResult:
    """What a result folder holds.

    Parameters
    ----------
    folder : Path
        Where it is.
    manifest, summary : dict
        As `coverage_sim.Result` has them.
    tables : dict of str to DataFrame
        By file name without ``.csv``; empty ones where the folder has none.
    communes : GeoDataFrame or None
        Outlines of the communes in EPSG:4326, where they are known.
    """

    folder: Path
    manifest: dict[str, Any]
    summary: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    communes: gpd.GeoDataFrame | None

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return str(self.manifest["scenario"]["name"])

    @property
    def synthetic(self) -> bool:
        """Whether any input is synthetic."""
        return bool(self.manifest["synthetic"])

    @property
    def is_of_0_1(self) -> bool:
        """Whether version 0.1 of this program wrote it."""
        versions = self.manifest["versions"]
        return isinstance(versions, dict) and str(versions.get("coverage_sim")).startswith("0.1.")

    @property
    def networks(self) -> dict[str, str]:
        """Labels of the networks by key, any operator's first of each generation."""
        return {key: str(entry["label"]) for key, entry in self.summary["networks"].items()}

    @property
    def as_of(self) -> str:
        """Date of the communes, "" where it is not known."""
        date = str(self.summary.get("communes_as_of", ""))
        return date if date[:1].isdigit() else ""

    def of_any_operator(self) -> list[str]:
        """Return the keys of any operator's networks, 4G before 5G."""
        return sorted(filter(is_of_any_operator, self.summary["networks"]))

    def operator_names(self, keys: object) -> str:
        """Return operators as people call them, from keys joined by ``;``."""
        operators = self.manifest["scenario"]["operators"]
        return ", ".join(str(operators.get(key, {}).get("name", key)) for key in _keys(keys))

    def layer_names(self, keys: object) -> str:
        """Return layers as people call them (``"4G B28"``), from keys joined by ``;``."""
        layers = self.manifest["scenario"]["layers"]
        named = []
        for key in _keys(keys):
            layer = layers.get(key, {})
            generation = {"lte": "4G ", "nr": "5G "}.get(layer.get("technology"), "")
            named.append(f"{generation}{layer.get('band', key)}".upper() if layer else key)
        return ", ".join(named)

    def levels_dbm(self) -> dict[str, float]:
        """Return the service levels, the least first. [dBm]"""
        levels = self.manifest["scenario"]["service"]["levels_dbm"]
        return dict(sorted(levels.items(), key=lambda pair: float(pair[1])))

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a table that not every result has; None where there is no such.

        Raises
        ------
        InputError
            If it is damaged.
        """
        path = self.folder / f"{name}.csv"
        if not _is_of_the_result(path, self.folder, self.manifest):
            return None
        return self.tables[name] if name in self.tables else read_table(path)

    def plain_tables(self, names: Collection[str]) -> dict[str, pd.DataFrame]:
        """Return those of some tables that the folder has; see `table`."""
        there = {name: self.table(name) for name in names}
        return {name: table for name, table in there.items() if table is not None}

    def places(self) -> dict[str, gpd.GeoDataFrame]:
        """Return sites and places of every kind, in the CRS of the scenario.

        Raises
        ------
        InputError
            If the GeoPackage is missing or damaged.
        """
        path = self.folder / "coverage.gpkg"
        with readable(path):
            there = {
                name: _read_layer(path, name)
                for name, _ in pyogrio.list_layers(path)
                if name in PLACES
            }
            return {name: there.get(name, there["sites"].iloc[:0]) for name in PLACES}

    @property
    def least_level(self) -> str:
        """Name of the least service level."""
        return next(iter(self.levels_dbm()))

    def raster(self, name: str) -> Path | None:
        """Return the path of a raster, None where there is no such."""
        path = self.folder / "rasters" / f"{name}.tif"
        return path if _is_of_the_result(path, self.folder, self.manifest) else None


def _is_of_the_result(path: Path, folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Say whether a file is there and is of the result, not one that somebody put beside it."""
    listed = manifest.get(FILES)  # versions up to 0.2 kept no list
    return path.is_file() and (
        not isinstance(listed, list) or path.relative_to(folder).as_posix() in listed
    )


def _keys(joined: object) -> list[str]:
    return [key for key in joined.split(";") if key] if isinstance(joined, str) else []


def read_result(folder: Path) -> SavedResult:
    """Read a result folder.

    Parameters
    ----------
    folder : Path
        As `coverage_sim.Result.save` writes it.

    Returns
    -------
    SavedResult
        Everything but the rasters themselves.

    Raises
    ------
    InputError
        With everything that is missing, damaged or not what a result has.
    """
    if not folder.exists():
        recover(folder)  # as a killed run may have left it
    if not (folder / MANIFEST).is_file():
        msg = (
            f"{folder} is no result folder (it has no {MANIFEST}). Run 'coverage-sim run "
            "SCENARIO' first, and name the folder that it says."
        )
        raise InputError(msg)
    problems = Problems()
    #: As far as they can be read: their shape is told where it is not what it should be.
    read: dict[str, dict[str, Any]] = {}
    with problems.collect():
        read[MANIFEST] = read_json(folder / MANIFEST)
    manifest = read.get(MANIFEST, {})
    if "baseline" in manifest:
        msg = f"{folder} is a comparison; a report is made of the results themselves."
        raise InputError(msg)
    with problems.collect():
        read["summary.json"] = read_json(folder / "summary.json")
    tables = {}
    for name, columns in _NEEDED.items():
        tables[name] = pd.DataFrame(columns=list(columns))
        path = folder / f"{name}.csv"
        if name in _ALWAYS or _is_of_the_result(path, folder, manifest):
            with problems.collect():
                tables[name] = read_table(path, columns)
    for message in _changed(folder, manifest):
        problems.add(message)
    for what, content in read.items():
        for message in shape_problems(folder / what, content):
            problems.add(message)
    communes = None
    with problems.collect():
        communes = _read_outlines(folder / "coverage.gpkg")
    problems.raise_if_any()
    return SavedResult(
        folder=folder,
        manifest=manifest,
        summary=read["summary.json"],
        tables=tables,
        communes=communes,
    )


def _changed(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the tables that are gone, and those that are not as they were written."""
    sums = manifest.get(CHECKSUMS)  # versions up to 0.2 kept none
    for name in (*(f"{table}.csv" for table in _NEEDED), "summary.json"):
        was, path = sums.get(name) if isinstance(sums, dict) else None, folder / name
        if was is None:
            continue
        if not path.is_file():
            yield f"{path} is missing; run the scenario again."
        elif sha256_of(path) != was:
            yield (
                f"{path} is not as it was written: it was edited or cut, and its figures would "
                "contradict the others. Run the scenario again."
            )


def _read_layer(path: Path, name: str, **given: Any) -> gpd.GeoDataFrame:
    """Return a layer of a GeoPackage of ours.

    Raises
    ------
    ValueError
        If it has lost its places, or what they are in.
    """
    layer = gpd.read_file(path, layer=name, **given)
    if not isinstance(layer, gpd.GeoDataFrame) or layer.crs is None:
        msg = f"layer {name} has no places with a CRS"
        raise ValueError(msg)
    return layer


def _read_outlines(path: Path) -> gpd.GeoDataFrame | None:
    """Return the communes as areas; None where only their places are known."""
    if not path.is_file():
        return None
    with readable(path):
        if "communes" not in {name for name, _ in pyogrio.list_layers(path)}:
            return None
        communes = _read_layer(path, "communes", columns=["code", "name"])
    areas = communes[communes.geom_type.isin(["Polygon", "MultiPolygon"])]
    return areas.to_crs("EPSG:4326") if len(areas) else None


def read_rasters(path: Path) -> xr.Dataset:
    """Return what a NetCDF file of a result holds, with texts as coordinates again.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    with readable(path):
        rasters = xr.load_dataset(path, engine="h5netcdf", decode_coords="all")
        labels = [name for name in map(str, rasters.dims) if f"{name}_name" in rasters.coords]
        named = rasters.set_index({name: f"{name}_name" for name in labels})
        crs = CRS.from_wkt(rasters[GRID_MAPPING].attrs["crs_wkt"])
        return _as_made(named).assign_coords(
            {name: named[name].astype(object) for name in labels}
            | coordinates(named["x"].to_numpy(), named["y"].to_numpy(), crs)
        )


def _as_made(rasters: xr.Dataset) -> xr.Dataset:
    """Return rasters with the attributes that they had before they became a file."""
    plain = rasters.drop_attrs()
    attributes = {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in rasters.attrs.items()
        if name not in _OF_FILES
    }
    stamped = {name: stamp(plain[name], str(name)) for name in plain.data_vars if name in VARIABLES}
    return plain.assign(stamped).assign_attrs(attributes)
