"""What a result came from: the scenario, hashes of its inputs, versions, assumptions."""

import dataclasses
import datetime as dt
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from coverage_sim.caches import sources_hash
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.inputs.remarks import remarks
from coverage_sim.inputs.terrain_reading import builtin_sources
from coverage_sim.io.atomic_files import sha256_of
from coverage_sim.io.vector_files import parts_of
from coverage_sim.results.stated_radii import remarks_on_radii
from coverage_sim.terrain.catalog import layer_hash
from coverage_sim.terrain.voids import METHOD

_LIBRARIES = ("numpy", "numba", "scipy", "rasterio", "pyproj", "xarray")


def make_manifest(
    prepared: Prepared, ends: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Return the manifest of a run: plain tables, no dates, no paths of the machine.

    Parameters
    ----------
    prepared : Prepared
        What the run read.
    ends : mapping, optional
        Where stated radii end sectors, as `coverage_sim.results.stated_radii.ends_of_radii`
        returns it, where the network was evaluated.
    """
    ends = {} if ends is None else ends
    loaded = prepared.loaded
    return {
        "scenario": loaded.as_written(),
        "scenario_sha256": sha256_of(loaded.path),
        "inputs": hashes_of(prepared.files),
        "terrain": _terrain(prepared),
        "people": prepared.people.method,
        "communes": prepared.communes_method,
        "grid": {
            "crs": loaded.scenario.area.crs,
            "rows": int(prepared.ground.area.shape[0]),
            "columns": int(prepared.ground.area.shape[1]),
            "cell_m": float(prepared.ground.cell_m),
            "terrain_cell_m": float(prepared.ground.raster.cell_m),
            "north_west": [prepared.ground.area.affine.c, prepared.ground.area.affine.f],
        },
        "model": _model(prepared),
        "stated_radii": dict(ends),
        "remarks": [*remarks(prepared), *remarks_on_radii(ends)],
        "synthetic": list(prepared.synthetic),
        "ring": (
            "masts beyond the area serve and are not counted"
            if any(site.in_ring for site in prepared.radio.sites)
            else "no masts beyond the area: coverage near its edge is understated"
        ),
        "unverified": list(loaded.scenario.unverified),
        "versions": {
            "coverage_sim": metadata.version("coverage-sim"),
            "kernels": sources_hash("coverage_sim.engine.evaluate"),
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _LIBRARIES},
        },
    }


def _terrain(prepared: Prepared) -> dict[str, Any]:
    """Return which layers the terrain is made of, and what is not known of it."""
    layers: dict[str, Any] = {}
    for name in prepared.loaded.scenario.terrain.layers:
        layer = prepared.catalog[name]
        files = layer_hash(name, layer, prepared.catalog.folder, builtins=builtin_sources())
        if layer.clutter_table is not None:
            table = prepared.catalog.folder / layer.clutter_table
            files[table.name] = sha256_of(table)
        layers[name] = {
            "product": layer.product,
            "licence": layer.licence,
            "source": layer.source,
            "synthetic": layer.synthetic,
            "files": files,
        }
    terrain = prepared.ground.terrain.attrs
    return {
        "layers": layers,
        "void_cells": int(terrain.get("void_cells", 0)),
        "filled_cells": int(terrain.get("filled_cells", 0)),
        "other_ground_cells": int(terrain.get("other_ground_cells", 0)),
        "voids_filled_by": METHOD,
        "unknown_land_cover_cells": int(terrain.get("unknown_land_cover_cells", 0)),
        "vertical_reference": str(terrain.get("vertical_reference", "")),
        "surface": str(terrain.get("surface", "")),
    }


def _model(prepared: Prepared) -> dict[str, Any]:
    """Return by which formulas path loss was computed, and how."""
    loaded = prepared.loaded
    return {
        "name": loaded.model.name,
        "reference": loaded.model.reference,
        "parameters": dataclasses.asdict(loaded.model),  # type: ignore[call-overload]
        "per_mast": (
            "latitude and coast distances come from the mast and the zones"
            if loaded.model.at_mast(None) != loaded.model
            else "the same at every mast"
        ),
        "driver": dataclasses.asdict(prepared.radio.driver),
        "terminals": {
            terminal.name: {
                "reference": terminal.reference,
                "parameters": dataclasses.asdict(terminal),  # type: ignore[call-overload]
            }
            for terminal in loaded.terminals
        },
        "profile_step_m": loaded.scenario.propagation.profile_step_m,
        "cells_below_distance_range": _cells_too_near(prepared),
        "distance_range_m": list(loaded.model.validity.distance_m),
    }


def hashes_of(files: Mapping[str, Path]) -> dict[str, dict[str, str]]:
    """Return name and SHA-256 of files; of a Shapefile each of its files has a line.

    Parameters
    ----------
    files : mapping of str to Path
        By the name that a manifest uses.
    """
    return {
        name if part == path else f"{name} ({part.suffix})": {
            "file": part.name,
            "sha256": sha256_of(part),
        }
        for name, path in sorted(files.items())
        for part in parts_of(path)
    }


def study_manifest(
    prepared: Prepared, study: str, date: dt.date, files: Mapping[str, Path]
) -> dict[str, Any]:
    """Return the manifest of what was studied beside a run: its inputs, and the day asked about.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    study : str
        What was asked, as the command is called.
    date : date
        Day of the zoning check.
    files : mapping of str to Path
        What was read beside the scenario's own inputs.
    """
    manifest = make_manifest(prepared)
    inputs = {**manifest["inputs"], **hashes_of(files)}
    return {**manifest, "inputs": inputs, "study": study, "date": date.isoformat()}


def _cells_too_near(prepared: Prepared) -> int:
    """Count the cells of all masts that lie nearer than the model's stated range.

    They are computed all the same; over fewer than five profile points as free space.
    """
    nearest_m = prepared.loaded.model.validity.distance_m[0]
    ground = prepared.ground
    cell_m = ground.cell_m
    rows, cols = prepared.ground.area.shape
    reach = int(nearest_m / cell_m) + 1
    i, j = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    count = 0
    for site in prepared.radio.sites:
        col, row = ground.on_area(site.x, site.y)
        near_col, near_row = j + round(col), i + round(row)
        inside = (near_col >= 0) & (near_col < cols) & (near_row >= 0) & (near_row < rows)
        near = np.hypot(near_col - col, near_row - row) * cell_m < nearest_m
        count += int((inside & near).sum())
    return count
