"""The terrain of a scenario: ground, clutter and zones on one grid, with their provenance."""

import json
import math
from collections.abc import Collection, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from odc.geo.geobox import GeoBox
from pyproj import CRS
from pyproj.exceptions import CRSError

from coverage_sim.array_types import Flags, Floats32
from coverage_sim.constants import INLAND
from coverage_sim.errors import InputError, Problems
from coverage_sim.terrain.catalog import Builtins, Catalog, Layer
from coverage_sim.terrain.clutter import UNKNOWN, ClutterTable, clutter_heights, load_clutter_table
from coverage_sim.terrain.dem import read_layer
from coverage_sim.terrain.grid import cell_size_m, grid_under, require_memory
from coverage_sim.terrain.labels import GRID_MAPPING, cell_centres, coordinates
from coverage_sim.terrain.voids import (
    AROUND_M,
    FADES_OVER_M,
    FILLED_UP_TO_M,
    fill_narrow_holes,
    put_under,
    reach_of_filling_m,
)
from coverage_sim.terrain.zones import COASTAL_WITHIN_M, near_sea, radio_zones
from coverage_sim.variables import VARIABLES, ZONES, check, stamp

#: Variables of a terrain.
TERRAIN_VARIABLES = ("ground_m", "clutter_m", "clutter_class", "zone")
#: Cells in which the sea is sought beyond the grid: coarse, for the shore may be 50 km away. [m]
_SEA_CELL_M = 100.0
_NO_BUILTINS: Builtins = MappingProxyType({})


def assemble_terrain(
    *,
    catalog: Catalog,
    grid: GeoBox,
    ground: str | Sequence[str],
    land_cover: str | None,
    builtins: Builtins = _NO_BUILTINS,
    fill_voids_m: float = FILLED_UP_TO_M,
) -> xr.Dataset:
    """Read the layers of a scenario onto its grid.

    Parameters
    ----------
    catalog : Catalog
        Where the layers stand.
    grid : GeoBox
        The grid.
    ground : str or sequence of str
        Name of the ground layer, or of several: where the first is void the next one speaks,
        shifted so that both meet at the rim.
    land_cover : str or None
        Name of the land-cover layer; without one there is no clutter and all zones are inland.
    builtins : mapping of str to callable
        What makes each builtin source.
    fill_voids_m : float
        Voids up to this wide are filled from around; 0 fills none. [m]

    Returns
    -------
    Dataset
        ``ground_m``, ``clutter_m`` (float32, NaN where unknown) [m], ``clutter_class`` and
        ``zone`` (uint8), dims ``(y, x)``. Attributes: ``synthetic`` (1 if any layer is),
        ``sources`` (names, as JSON), ``void_cells``, ``filled_cells`` (voids filled from around),
        ``other_ground_cells`` (from a further ground layer) and ``unknown_land_cover_cells``
        (counts), ``open_land`` and ``open_land_m`` (codes whose height is an effective one, as
        JSON, and that height), ``vertical_reference``, ``surface``.

    Raises
    ------
    InputError
        If the grid does not fit in memory (found before anything is read), a layer is unknown,
        the ground layers differ in vertical reference or surface, clutter would be added to a
        surface model, or a file is not what it should be. Problems are told together.

    Examples
    --------
    >>> from pathlib import Path
    >>> import coverage_sim
    >>> terrain = coverage_sim.assemble_terrain(
    ...     catalog=coverage_sim.load_catalog(Path("catalog.toml")),
    ...     grid=coverage_sim.make_grid(
    ...         crs="EPSG:9209", cell_m=30.0, bounds_m=(569_220, 2_258_040, 569_820, 2_258_640)
    ...     ),
    ...     ground="ground_synthetic",
    ...     land_cover="cover_synthetic",
    ... )
    >>> dict(terrain.sizes), bool(terrain.attrs["synthetic"])
    ({'y': 20, 'x': 20}, True)
    """
    require_memory(grid)
    names = [ground] if isinstance(ground, str) else list(ground)
    grounds, cover, table = _checked_layers(catalog, names, land_cover)
    problems = Problems()
    with problems.collect():
        heights, filled, others = _ground(catalog, grounds, grid, builtins, fill_voids_m)
    classes = np.full(tuple(grid.shape), UNKNOWN, dtype=np.uint8)
    clutter_m = np.zeros(tuple(grid.shape), dtype=np.float32)
    is_near_sea = np.zeros(tuple(grid.shape), dtype=np.bool_)
    if land_cover is not None and cover is not None and table is not None:
        with problems.collect():
            classes = read_layer(
                land_cover, cover, catalog.folder, grid, builtins=builtins
            ).to_numpy()
            clutter_m = clutter_heights(classes, table)
            is_near_sea = _near_sea(land_cover, cover, catalog, grid, builtins)
    problems.raise_if_any()

    x, y = cell_centres(grid)
    layers = [*grounds.values(), *([cover] if cover is not None else [])]
    first = next(iter(grounds.values()))
    unknown = 0 if land_cover is None else int(np.count_nonzero(classes == UNKNOWN))
    return labelled_terrain(
        {
            "ground_m": heights,
            "clutter_m": clutter_m,
            "clutter_class": classes,
            "zone": radio_zones(heights, classes, is_near_sea),
        },
        x=x,
        y=y,
        crs=CRS.from_user_input(str(grid.crs)),
        attributes={
            "synthetic": int(any(layer.synthetic for layer in layers)),
            "sources": json.dumps([*grounds, *([land_cover] if land_cover else [])]),
            "unknown_land_cover_cells": unknown,
            "open_land": json.dumps(table.open_land if table else []),
            "open_land_m": table.open_land_m if table else 0.0,
            "filled_cells": filled,
            "other_ground_cells": others,
            "vertical_reference": str(first.vertical_reference),
            "surface": str(first.surface),
        },
    )


def _ground(
    catalog: Catalog,
    grounds: dict[str, Layer],
    grid: GeoBox,
    builtins: Builtins,
    fill_voids_m: float,
) -> tuple[Floats32, int, int]:
    """Return heights, and how many cells were filled from around and by a further layer. [m]"""
    cell_m = cell_size_m(grid)
    # What lies around decides how a void is filled, and it must not hang on the grid's edge.
    reach_m = reach_of_filling_m(cell_m, fill_voids_m) + (AROUND_M + FADES_OVER_M) * (
        len(grounds) > 1
    )
    beyond = math.ceil(reach_m / cell_m)
    rows, columns = grid.shape
    wider = grid.pad(beyond)
    inner = np.s_[beyond : beyond + rows, beyond : beyond + columns]
    heights = np.full(tuple(wider.shape), np.nan, dtype=np.float32)
    filled = np.zeros(heights.shape, dtype=np.bool_)
    others = filled.copy()
    problems = Problems()
    for name, layer in grounds.items():
        with problems.collect():
            part = read_layer(name, layer, catalog.folder, wider, builtins=builtins).to_numpy()
            heights, under = put_under(heights, part, cell_m)
            others |= under & (name != next(iter(grounds)))
            heights, holes = fill_narrow_holes(heights, cell_m, fill_voids_m)
            filled |= holes
    problems.raise_if_any()
    if not np.isfinite(heights[inner]).any():
        msg = (
            f"layer {', '.join(grounds)}: every height in the area is void. "
            "Is the no-data value right, and does the layer cover the area?"
        )
        raise InputError(msg)
    from_others = int(np.count_nonzero((others & ~filled)[inner]))
    return np.ascontiguousarray(heights[inner]), int(np.count_nonzero(filled[inner])), from_others


def _near_sea(name: str, cover: Layer, catalog: Catalog, grid: GeoBox, builtins: Builtins) -> Flags:
    """Say which cells lie near the sea, be it on the grid or beyond.

    Were only the sea on the grid seen, a cell's zone would hang on how far the grid reaches.
    """
    around = grid_under(grid, cell_m=_SEA_CELL_M, margin_m=COASTAL_WITHIN_M)
    classes = read_layer(
        name, cover, catalog.folder, around, builtins=builtins, at_centres=True
    ).to_numpy()
    near = near_sea(classes, cell_size_m(around))
    (x, y), (sea_x, sea_y) = cell_centres(grid), cell_centres(around)
    cols = np.rint((x - sea_x[0]) / _SEA_CELL_M).astype(int)
    rows = np.rint((sea_y[0] - y) / _SEA_CELL_M).astype(int)
    return near[np.ix_(rows, cols)]


def _checked_layers(
    catalog: Catalog, names: Sequence[str], land_cover: str | None
) -> tuple[dict[str, Layer], Layer | None, ClutterTable | None]:
    """Return the layers of ground and land cover, and the heights of its classes."""
    problems = Problems()
    if not names:
        problems.add(f"{catalog.path}: no ground layer is named; at least one is needed.")
    grounds: dict[str, Layer] = {}
    for name in names:
        with problems.collect():
            grounds[name] = catalog.find(name, "ground")
    cover, table = None, None
    if land_cover is not None:
        with problems.collect():
            cover = catalog.find(land_cover, "land_cover")
            table = load_clutter_table(catalog.folder / str(cover.clutter_table))
    _check_agreement(grounds, problems)
    if table is not None and table.adds_height:
        for name, layer in grounds.items():
            if layer.surface == "dsm":
                problems.add(
                    f"ground layer {name!r} is a surface model (dsm) and land cover "
                    f"{land_cover!r} adds clutter heights to it, which counts trees and roofs "
                    "twice. Take a bare-earth model (dtm), or leave the land cover out."
                )
    problems.raise_if_any()
    return grounds, cover, table


def terrain_from_arrays(
    ground_m: ArrayLike,
    *,
    x: ArrayLike,
    y: ArrayLike,
    crs: str | None = None,
    clutter_m: ArrayLike | None = None,
    clutter_class: ArrayLike | None = None,
    zone: ArrayLike | None = None,
) -> xr.Dataset:
    """Make a terrain of arrays, for scripts and tests.

    Parameters
    ----------
    ground_m : array_like
        Ground heights, rows from north to south, NaN where void. [m]
    x, y : array_like
        Cell centres: ``x`` evenly eastward, ``y`` evenly southward. [m]
    crs : str, optional
        Their CRS.
    clutter_m : array_like, optional
        Clutter heights, by default 0. [m]
    clutter_class : array_like, optional
        Land-cover classes, by default 0 (unknown).
    zone : array_like, optional
        P.1812 zones, by default 4 (inland).

    Returns
    -------
    Dataset
        As `assemble_terrain` returns it.

    Raises
    ------
    InputError
        If shapes differ, coordinates are not even and north up, heights are impossible, a code
        means nothing, or the CRS is none.

    Examples
    --------
    >>> terrain = terrain_from_arrays([[10.0, 12.0], [9.0, 11.0]], x=[15, 45], y=[45, 15])
    >>> float(terrain["ground_m"].sel(x=45, y=15)), terrain.attrs["void_cells"]
    (11.0, 0)
    """
    shape = np.shape(ground_m)
    given: dict[str, ArrayLike] = {
        "ground_m": ground_m,
        "clutter_m": np.zeros(shape) if clutter_m is None else clutter_m,
        "clutter_class": np.zeros(shape) if clutter_class is None else clutter_class,
        "zone": np.full(shape, INLAND) if zone is None else zone,
    }
    expected = (np.size(y), np.size(x))
    problems = Problems()
    for name, values in given.items():
        if np.shape(values) != expected:
            problems.add(f"{name} has the shape {np.shape(values)}; y and x have {expected} cells.")
    problems.raise_if_any()
    arrays = {name: np.asarray(values) for name, values in given.items()}
    attributes = {
        "synthetic": 0,
        "sources": json.dumps([]),
        "unknown_land_cover_cells": 0,
        "filled_cells": 0,
        "other_ground_cells": 0,
        "vertical_reference": "not stated",
        "surface": "dtm",
    }
    for name, known in (("clutter_class", range(256)), ("zone", ZONES)):
        if not np.isin(arrays[name], list(known)).all():
            problems.add(f"{name} holds codes that there are not; they are {_span(known)}.")
    parsed = None
    try:
        parsed = None if crs is None else CRS.from_user_input(crs)
    except CRSError:
        problems.add(f"crs is {crs!r}; it must be a coordinate system that PROJ knows.")
    problems.raise_if_any()
    return labelled_terrain(arrays, x=x, y=y, crs=parsed, attributes=attributes)


def without_void_rim(terrain: xr.Dataset) -> xr.Dataset:
    """Return a terrain without a first or last row or column of which no height is known.

    A grid reaches a cell beyond its area, where a file that was cut to the area has nothing; paths
    along the edge then read the border, and not a void beside it.

    Parameters
    ----------
    terrain : Dataset
        As `assemble_terrain` returns it.
    """
    ground_m = terrain["ground_m"].to_numpy()
    north, south, west, east = (
        bool(np.isnan(line).all()) for line in (ground_m[0], ground_m[-1], *ground_m.T[[0, -1]])
    )
    rows, columns = ground_m.shape
    left = terrain.isel(y=slice(north, rows - south), x=slice(west, columns - east))
    if left.sizes == terrain.sizes or min(left.sizes.values()) < 2:
        return terrain
    return labelled_terrain(
        {name: left[name].to_numpy() for name in TERRAIN_VARIABLES},
        x=left["x"].to_numpy(),
        y=left["y"].to_numpy(),
        crs=CRS.from_wkt(terrain[GRID_MAPPING].attrs["crs_wkt"]),
        attributes=terrain.attrs,
    )


def _span(codes: Collection[int]) -> str:
    return f"{min(codes)} to {max(codes)}"


def labelled_terrain(
    arrays: dict[str, NDArray[Any]],
    *,
    x: ArrayLike,
    y: ArrayLike,
    crs: CRS | None,
    attributes: dict[str, Any],
) -> xr.Dataset:
    """Label and stamp the arrays, contiguous and in the dtypes of the schema, and check them."""
    labels = coordinates(x, y, crs)
    dataset = xr.Dataset(coords=labels)
    for name in TERRAIN_VARIABLES:
        values = np.ascontiguousarray(arrays[name], dtype=VARIABLES[name].dtype)
        dataset[name] = stamp(xr.DataArray(values, dims=("y", "x")), name)
        if crs is not None:
            dataset[name].encoding["grid_mapping"] = GRID_MAPPING
    voids = int(np.count_nonzero(np.isnan(dataset["ground_m"].to_numpy())))
    dataset.attrs = {**attributes, "void_cells": voids}
    check(dataset, *TERRAIN_VARIABLES)
    return dataset


def _check_agreement(grounds: dict[str, Layer], problems: Problems) -> None:
    """Note ground layers whose heights do not mean the same."""
    for what in ("vertical_reference", "surface"):
        by_value = {name: str(getattr(layer, what)) for name, layer in grounds.items()}
        if len(set(by_value.values())) > 1:
            shown = ", ".join(f"{name!r} is {value}" for name, value in by_value.items())
            problems.add(
                f"the ground layers differ in {what}: {shown}. Heights of different kinds are "
                "never mixed; choose layers of one kind, or convert one."
            )
