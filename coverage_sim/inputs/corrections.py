"""A scenario's offsets, with the names of its own land cover."""

from coverage_sim.radio.offsets import Offsets, offsets_of
from coverage_sim.scenario.schema import Scenario
from coverage_sim.terrain.catalog import Catalog
from coverage_sim.terrain.clutter import class_names, load_clutter_table


def clutter_names(scenario: Scenario, catalog: Catalog) -> dict[int, str]:
    """Return what the codes of the scenario's land cover are called.

    Raises
    ------
    InputError
        If the catalogue or its clutter table is not what it should be.
    """
    if scenario.terrain.land_cover is None:
        return class_names(None)
    layer = catalog.find(scenario.terrain.land_cover, "land_cover")
    if layer.clutter_table is None:
        return class_names(None)
    return class_names(load_clutter_table(catalog.folder / layer.clutter_table))


def offsets_in(scenario: Scenario, catalog: Catalog) -> Offsets:
    """Return the offsets of a scenario, as the evaluation reads them.

    Raises
    ------
    InputError
        With every layer and clutter class that there is not, and every pair that stands twice.
    """
    return offsets_of(
        scenario.propagation.offsets,
        class_names=clutter_names(scenario, catalog),
        layers=scenario.layers,
    )
