"""The terrain of a scenario, kept between runs under a key of everything it is made of."""

from dataclasses import asdict
from importlib import metadata

import numpy as np
import xarray as xr
from odc.geo.geobox import GeoBox
from pyproj import CRS

from coverage_sim.caches import sources_hash
from coverage_sim.engine.store import Store, make_key
from coverage_sim.errors import InputError
from coverage_sim.io.atomic_files import sha256_of
from coverage_sim.scenario.schema import TerrainChoice
from coverage_sim.terrain.assemble import TERRAIN_VARIABLES, assemble_terrain, labelled_terrain
from coverage_sim.terrain.catalog import Builtins, Catalog, layer_hash
from coverage_sim.terrain.labels import GRID_MAPPING
from coverage_sim.terrain.packing import pack_terrain, unpack_terrain

#: What puts a terrain together, and what packs it.
_SOURCES = ("coverage_sim.terrain.assemble", "coverage_sim.terrain.packing")


def stored_terrain(
    chosen: TerrainChoice,
    catalog: Catalog,
    grid: GeoBox,
    *,
    builtins: Builtins,
    store: Store | None,
) -> xr.Dataset:
    """Return the terrain that a scenario chooses, from the store where that has it.

    Parameters
    ----------
    chosen : TerrainChoice
        Names of its layers.
    catalog : Catalog
        Where they stand.
    grid : GeoBox
        The grid.
    builtins : mapping of str to callable
        What makes each builtin source.
    store : Store or None
        Keeps it; None assembles it anew.

    Raises
    ------
    InputError
        As `coverage_sim.terrain.assemble.assemble_terrain`.
    """
    return without_void_rim(_assembled(chosen, catalog, grid, builtins, store))


def without_void_rim(terrain: xr.Dataset) -> xr.Dataset:
    """Return a terrain without a first or last row or column of which no height is known.

    A grid reaches a cell beyond its area, where a file that was cut to the area has nothing; paths
    along the edge then read the border, and not a void beside it.

    Parameters
    ----------
    terrain : Dataset
        As `coverage_sim.terrain.assemble.assemble_terrain` returns it.
    """
    void = np.isnan(terrain["ground_m"].to_numpy())
    inner = {
        dim: slice(int(lines[0]), lines.size - int(lines[-1]))
        for dim, lines in (("y", void.all(axis=1)), ("x", void.all(axis=0)))
    }
    left = terrain.isel(inner)
    if left.sizes == terrain.sizes or min(left.sizes.values()) < 2:
        return terrain
    return labelled_terrain(
        {name: left[name].to_numpy() for name in TERRAIN_VARIABLES},
        x=left["x"].to_numpy(),
        y=left["y"].to_numpy(),
        crs=CRS.from_wkt(terrain[GRID_MAPPING].attrs["crs_wkt"]),
        attributes=terrain.attrs,
    )


def _assembled(
    chosen: TerrainChoice,
    catalog: Catalog,
    grid: GeoBox,
    builtins: Builtins,
    store: Store | None,
) -> xr.Dataset:
    key = None if store is None else _key(chosen, catalog, grid, builtins)
    if store is not None and key is not None:
        content = store.get(key)
        kept = None if content is None else unpack_terrain(content, grid)
        if kept is not None:
            return kept
    terrain = assemble_terrain(
        catalog=catalog,
        grid=grid,
        ground=chosen.ground,
        land_cover=chosen.land_cover,
        builtins=builtins,
        fill_voids_m=chosen.fill_voids_m,
    )
    if store is not None and key is not None:
        store.put(key, pack_terrain(terrain))
    return terrain


def _key(chosen: TerrainChoice, catalog: Catalog, grid: GeoBox, builtins: Builtins) -> str | None:
    """Return the key of a terrain; None where a layer is not what it should be."""
    layers = []
    try:
        for name in chosen.layers:
            layer = catalog[name]
            files = layer_hash(name, layer, catalog.folder, builtins=builtins)
            table = layer.clutter_table
            heights = "" if table is None else sha256_of(catalog.folder / table)
            layers.append([name, asdict(layer), list(files.items()), heights])
    except (InputError, KeyError, OSError):  # assembling says what is wrong, all at once
        return None
    return make_key(
        {
            "what": "terrain",
            "sources": sources_hash(*_SOURCES),
            "libraries": [metadata.version(name) for name in ("rasterio", "scipy", "pyproj")],
            "layers": layers,
            "fill_voids_m": chosen.fill_voids_m,
            "grid": [*grid.shape, *grid.affine[:6], str(grid.crs)],
        }
    )
