"""What is known while the files of a scenario are read: its grids, the files, all that is wrong."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from odc.geo.geobox import GeoBox
from pyproj import CRS

from coverage_sim.errors import Problems
from coverage_sim.scenario.load import LoadedScenario
from coverage_sim.scenario.schema import Scenario
from coverage_sim.terrain.catalog import Catalog, load_catalog
from coverage_sim.terrain.fitting_crs import questions_of_use
from coverage_sim.terrain.grid import box_in_degrees, grid_under, make_grid, require_memory

#: Peak memory of one carrier's arrays, in bytes a cell of the area.
_CARRIER_BYTES = 24


class Grids(NamedTuple):
    """The grid of the area that is evaluated, and the larger one of the terrain."""

    area: GeoBox
    around: GeoBox


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """A scenario whose files are being read.

    Parameters
    ----------
    loaded : LoadedScenario
        The scenario.
    crs : pyproj.CRS
        Of its area.
    grids : Grids
        Of its area and terrain.
    catalog : Catalog or None
        Of the terrain; None where it cannot be read, which is among the problems.
    files : dict of str to Path
        Gets every file that is read, by the name the manifest uses.
    problems : Problems
        Gets all that is wrong; they are told at once.
    said : list of str
        Gets what a planner must know and is no problem.
    """

    loaded: LoadedScenario
    crs: CRS
    grids: Grids
    catalog: Catalog | None
    files: dict[str, Path] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)
    said: list[str] = field(default_factory=list)

    @property
    def scenario(self) -> Scenario:
        """What the scenario says."""
        return self.loaded.scenario


def start_reading(loaded: LoadedScenario) -> Reading:
    """Lay out the grids of a scenario and read its catalogue of terrain.

    Raises
    ------
    InputError
        If the area is not one, for nothing can be placed then; with what is wrong with the
        catalogue.
    """
    problems = Problems()
    grids: list[Grids] = []
    catalog: Catalog | None = None
    with problems.collect():
        grids.append(make_grids(loaded.scenario))
    with problems.collect():
        catalog = load_catalog(loaded.scenario.terrain.catalog)
    if not grids:
        problems.raise_if_any()
    (found,) = grids
    crs = CRS.from_user_input(str(found.area.crs))
    return Reading(
        loaded=loaded,
        crs=crs,
        grids=found,
        catalog=catalog,
        problems=problems,
        said=list(questions_of_use(crs, box_in_degrees(found.area))),
    )


def make_grids(scenario: Scenario) -> Grids:
    """Return the grid of the area and the larger one of the terrain.

    Raises
    ------
    InputError
        If the area is not one, or would need more memory than there is.
    """
    area = make_grid(
        crs=scenario.area.crs,
        cell_m=scenario.area.cell_m,
        bbox_deg=scenario.area.bbox_deg,
        bounds_m=scenario.area.bounds_m,
    )
    around = grid_under(
        area,
        cell_m=scenario.terrain.cell_m or scenario.area.cell_m,
        margin_m=scenario.area.margin_m,
    )
    carriers = sum(len(layer.operators) for layer in scenario.layers.values())
    require_memory(around)
    require_memory(area, bytes_per_cell=_CARRIER_BYTES * carriers)
    return Grids(area, around)
