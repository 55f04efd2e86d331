"""The terrain of a scenario, kept between runs under a key of everything it is made of."""

from dataclasses import asdict
from importlib import metadata

import xarray as xr
from odc.geo.geobox import GeoBox

from coverage_sim.caches import sources_hash
from coverage_sim.engine.store import Store, make_key
from coverage_sim.errors import InputError
from coverage_sim.io.atomic_files import sha256_of
from coverage_sim.scenario.schema import TerrainChoice
from coverage_sim.terrain.assemble import assemble_terrain
from coverage_sim.terrain.catalog import Builtins, Catalog, layer_hash
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
