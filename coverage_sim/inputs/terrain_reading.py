"""The terrain of a scenario, and nothing else of it."""

from functools import partial
from pathlib import Path
from typing import Final

import xarray as xr

from coverage_sim.caches import user_cache_folder
from coverage_sim.engine.store import Store
from coverage_sim.inputs.kept_terrain import stored_terrain
from coverage_sim.inputs.reading import Reading, start_reading
from coverage_sim.scenario.load import LoadedScenario
from coverage_sim.terrain.assemble import without_void_rim
from coverage_sim.terrain.catalog import Builtins
from coverage_sim.terrain.grid import cell_size_m
from coverage_sim.terrain.ground import Ground
from coverage_sim.terrain.jacksboro import JACKSBORO, jacksboro_geotiff

#: Rasters of the sample province, as `coverage_sim.sample.build` names them.
SAMPLE_RASTERS: Final = ("nam_dinh_synthetic_ground", "nam_dinh_synthetic_land_cover")


def builtin_sources() -> Builtins:
    """Return the makers of the terrain that needs no file, by the name a catalogue uses."""
    return {
        **{name: partial(_draw, name) for name in SAMPLE_RASTERS},
        JACKSBORO: lambda: jacksboro_geotiff(user_cache_folder() / "terrain"),
    }


def _draw(name: str) -> Path:
    from coverage_sim.sample.build import nam_dinh_builtins  # by whoever asks for the sample

    return nam_dinh_builtins()[name]()


def read_terrain(reading: Reading, store: Store | None) -> xr.Dataset | None:
    """Read the terrain that a scenario chooses; None without a catalogue.

    Parameters
    ----------
    reading : Reading
        The scenario.
    store : Store or None
        Keeps the assembled terrain; without one it is assembled anew.

    Raises
    ------
    InputError
        With every problem of its layers.
    """
    if reading.catalog is None:
        return None
    around = reading.grids.around
    terrain = stored_terrain(
        reading.scenario.terrain, reading.catalog, around, builtins=builtin_sources(), store=store
    )
    reaches_beyond = reading.scenario.area.margin_m < cell_size_m(around)
    return without_void_rim(terrain) if reaches_beyond else terrain


def read_ground(loaded: LoadedScenario) -> Ground:
    """Read the terrain of a scenario, and nothing else of it.

    Raises
    ------
    InputError
        With every problem of the area and the terrain.
    """
    reading = start_reading(loaded)
    terrain = read_terrain(reading, None)
    reading.problems.raise_if_any()
    assert terrain is not None  # noqa: S101  # for the type checker: there is a catalogue
    return Ground(terrain=terrain, area=reading.grids.area)
