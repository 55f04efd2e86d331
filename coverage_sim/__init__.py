"""Plan mobile coverage over terrain: ITU-R P.1812, 4G and 5G, village by village.

Everything an outside script needs has a name here; it is imported when it is first used, so that
``import coverage_sim`` and ``coverage-sim --help`` cost nothing.

Examples
--------
>>> import coverage_sim
>>> coverage_sim.get_model("free_space").name
'free_space'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coverage_sim.engine.folder_store import FolderStore
    from coverage_sim.engine.store import MemoryStore
    from coverage_sim.errors import CoverageSimError, InputError
    from coverage_sim.links.analyse import analyse_link
    from coverage_sim.links.path import Position, terrain_path
    from coverage_sim.links.profile_file import profile_path
    from coverage_sim.network.antennas import gain_table_dbi
    from coverage_sim.network.layers import epre_dbm
    from coverage_sim.places.communes import load_communes
    from coverage_sim.propagation.drivers import Driver
    from coverage_sim.propagation.model import register_model
    from coverage_sim.propagation.points import path_loss_points
    from coverage_sim.propagation.predict import path_loss, profile_path_loss
    from coverage_sim.propagation.registry import get_model, registered_models
    from coverage_sim.results.comparison import Comparison
    from coverage_sim.results.measured import Measured
    from coverage_sim.results.result import Result
    from coverage_sim.scenario.load import load_scenario
    from coverage_sim.studies.compare.compare import compare
    from coverage_sim.studies.measure.measure import measure
    from coverage_sim.studies.run.run import run
    from coverage_sim.terrain.assemble import assemble_terrain, terrain_from_arrays
    from coverage_sim.terrain.catalog import load_catalog
    from coverage_sim.terrain.grid import make_grid

_HOME = {
    "Comparison": "results.comparison",
    "CoverageSimError": "errors",
    "Driver": "propagation.drivers",
    "FolderStore": "engine.folder_store",
    "InputError": "errors",
    "Measured": "results.measured",
    "MemoryStore": "engine.store",
    "Position": "links.path",
    "Result": "results.result",
    "analyse_link": "links.analyse",
    "assemble_terrain": "terrain.assemble",
    "compare": "studies.compare.compare",
    "epre_dbm": "network.layers",
    "gain_table_dbi": "network.antennas",
    "get_model": "propagation.registry",
    "load_catalog": "terrain.catalog",
    "load_communes": "places.communes",
    "load_scenario": "scenario.load",
    "make_grid": "terrain.grid",
    "measure": "studies.measure.measure",
    "path_loss": "propagation.predict",
    "path_loss_points": "propagation.points",
    "profile_path": "links.profile_file",
    "profile_path_loss": "propagation.predict",
    "register_model": "propagation.model",
    "registered_models": "propagation.registry",
    "run": "studies.run.run",
    "terrain_from_arrays": "terrain.assemble",
    "terrain_path": "links.path",
}

__all__ = [
    "Comparison",
    "CoverageSimError",
    "Driver",
    "FolderStore",
    "InputError",
    "Measured",
    "MemoryStore",
    "Position",
    "Result",
    "analyse_link",
    "assemble_terrain",
    "compare",
    "epre_dbm",
    "gain_table_dbi",
    "get_model",
    "load_catalog",
    "load_communes",
    "load_scenario",
    "make_grid",
    "measure",
    "path_loss",
    "path_loss_points",
    "profile_path",
    "profile_path_loss",
    "register_model",
    "registered_models",
    "run",
    "terrain_from_arrays",
    "terrain_path",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
