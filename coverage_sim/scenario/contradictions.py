"""What is wrong between the keys of a scenario; single values are checked when they are read."""

from collections.abc import Collection, Iterator, Mapping

from pyproj import CRS
from pyproj.exceptions import CRSError

from coverage_sim.errors import must_be_one_of
from coverage_sim.io.plain_words import IGNORE
from coverage_sim.network.layers import GENERATIONS, Layer
from coverage_sim.network.network_names import ANY, network_key
from coverage_sim.places.commune_lists import COMMUNE_COLUMNS
from coverage_sim.places.crosswalk import CROSSWALK_COLUMNS
from coverage_sim.places.must_cover import MUST_COVER_COLUMNS
from coverage_sim.places.village_quality import PEOPLE_NAMES
from coverage_sim.places.villages import VILLAGE_COLUMNS
from coverage_sim.scenario.schema import Scenario
from coverage_sim.scenario.schema_places import CommunesChoice, PeopleChoice, PlacesChoice
from coverage_sim.scenario.schema_service import Service, Traffic
from coverage_sim.variables import LAND_COVER


def contradictions(scenario: Scenario) -> Iterator[str]:
    """Yield what is wrong between keys, in the order of the file."""
    yield from _of_layers(scenario)
    yield from _of_network(scenario)
    if (scenario.area.bbox_deg is None) == (scenario.area.bounds_m is None):
        yield "area: give bbox_deg or bounds_m, and not both."
    yield from _of_crs(scenario)
    yield from _of_names(scenario)
    if not scenario.layers:
        yield "layers: the scenario has none; add at least one layer."
    if not scenario.network.sites:
        yield "network.sites: the list is empty; name at least one site list."
    for name in scenario.network.no_masts_on:
        yield from _unknown("network.no_masts_on", name, list(LAND_COVER.values()))
    networks = [
        network_key(operator, generation)
        for operator in (ANY, *scenario.operators)
        for generation in GENERATIONS
    ]
    for key in scenario.cures.networks:
        yield from _unknown("cures.networks", key, networks)
    yield from scenario.plan.problems(
        networks=networks, operators=scenario.operators, levels=scenario.service.levels_dbm
    )
    yield from _of_service(scenario.service)
    if scenario.traffic is not None:
        yield from _of_traffic(scenario.traffic, scenario.operators)
    if scenario.places is not None:
        yield from _of_lists(scenario.places)
        yield from _of_communes(scenario.places.communes)
        yield from _of_people(scenario.places.people, scenario)


def _unknown(what: str, given: str, allowed: Collection[str]) -> Iterator[str]:
    """Yield that a word is none of those that it may be, if so."""
    if given not in allowed:
        yield str(must_be_one_of(what=what, given=given, allowed=allowed))


def _of_lists(places: PlacesChoice) -> Iterator[str]:
    """Yield the columns that neither a list of villages nor one of places to cover has."""
    both = tuple(dict.fromkeys((*VILLAGE_COLUMNS, *MUST_COVER_COLUMNS)))
    for what, table, columns in (
        ("values", places.values, both),
        ("constants", places.constants, both),
        ("must_cover_values", places.must_cover_values, MUST_COVER_COLUMNS),
        ("must_cover_constants", places.must_cover_constants, MUST_COVER_COLUMNS),
    ):
        for column in table:
            yield from _unknown(f"a column of places.{what}", column, columns)


def _of_layers(scenario: Scenario) -> Iterator[str]:
    for key in scenario.receiver.layers:
        yield from _unknown("receiver.layers", key, scenario.layers)
    for key, layer in scenario.layers.items():
        yield from layer.problems(key)
        yield from _unknown(f"layers.{key}.antenna", layer.antenna, scenario.antennas)
        for operator in layer.operators:
            yield from _unknown(f"layers.{key}.operators", operator, scenario.operators)


def _of_network(scenario: Scenario) -> Iterator[str]:
    network, layers = scenario.network, scenario.layers
    for number, deployment in enumerate(network.deploy):
        what = f"network.deploy[{number}]"
        yield from _unknown_carrier(what, deployment.operator, deployment.layer, layers)
    for number, change in enumerate(network.change):
        for row, added in enumerate(change.carriers or ()):
            what = f"network.change[{number}].carriers[{row}]"
            for layer in added.layers:
                yield from _unknown_carrier(what, added.operator, layer, layers, layer_key="layers")
    atoll = network.atoll
    for what, meant, keys in (
        ("layers", atoll.layers, list(layers)),
        ("antennas", atoll.antennas, list(scenario.antennas)),
    ):
        for word, key in meant.items():
            yield from _unknown(f"network.atoll.{what}.{word!r}", key, keys)
    if atoll.operator is not None:
        yield from _unknown("network.atoll.operator", atoll.operator, list(scenario.operators))


def _unknown_carrier(
    what: str, operator: str, layer: str, layers: Mapping[str, Layer], *, layer_key: str = "layer"
) -> Iterator[str]:
    """Yield that there is no such layer, or that the operator holds no carrier of it."""
    if layer in layers:
        yield from _unknown(f"{what}.operator", operator, layers[layer].operators)
    else:
        yield from _unknown(f"{what}.{layer_key}", layer, layers)


def _of_crs(scenario: Scenario) -> Iterator[str]:
    stated: dict[str, str | None] = {"network.sites_crs": scenario.network.sites_crs}
    if scenario.places is not None:
        communes = scenario.places.communes
        stated["places.villages_crs"] = scenario.places.villages_crs
        stated["places.communes.crs"] = communes.crs
        stated["places.communes.report_crs"] = communes.report_crs
    for key, given in stated.items():
        try:
            if given is not None:
                CRS.from_user_input(given)
        except CRSError:
            yield f"{key} is {given!r}; it must be a CRS such as 'EPSG:4326'."


def _of_names(scenario: Scenario) -> Iterator[str]:
    """Yield names that two results would share."""
    named = [
        f"{operator}_{other}"
        for others in (scenario.layers, GENERATIONS)
        for other in others
        for operator in scenario.operators
    ]
    for name in sorted({name for name in named if named.count(name) > 1}):
        yield (
            f"operators and layers: two results would be called {name!r}; give one of the "
            "operators or layers another key."
        )
    for operator in scenario.operators:
        if operator == ANY or operator.startswith(f"{ANY}_"):
            yield f"operators.{operator}: results use this name for any operator; give another key."


def _of_service(service: Service) -> Iterator[str]:
    levels = list(service.levels_dbm.values())
    if not levels:
        yield "service.levels_dbm: the table is empty; name at least one level."
    elif levels[0] > min(levels):
        name, lower = next(iter(service.levels_dbm)), min(levels)
        yield (
            f"service.levels_dbm.{name} is {levels[0]:g} dBm, and another level {lower:g}; the "
            "first level is the one that counts as service, so no other may be lower."
        )
    for name in service.levels_dbm:
        if name in PEOPLE_NAMES:
            yield (
                f"service.levels_dbm.{name}: tables use this name for something else; give the "
                "level another name."
            )


def _of_traffic(traffic: Traffic, operators: Collection[str]) -> Iterator[str]:
    for operator in traffic.operator_share:
        yield from _unknown("traffic.operator_share", operator, operators)
    shared = sum(traffic.operator_share.values())
    if shared > 1.0 + 1e-9:
        yield (
            f"traffic.operator_share adds up to {shared:g}; the shares of all operators are 1 at "
            "most."
        )


def _of_communes(communes: CommunesChoice) -> Iterator[str]:
    what = "places.communes"
    if (communes.province is None) == (communes.file is None):
        yield f"{what}: give province or file, and not both."
    if communes.file and communes.report_as_of is not None and communes.report_file is None:
        yield (
            f"{what}.report_as_of: what became of the communes of a file is not known; give the "
            "units of that date as report_file (and crosswalk), or leave report_as_of out."
        )
    if communes.crosswalk is not None and communes.report_file is None:
        yield f"{what}.crosswalk leads to units that are not listed; list them as report_file."
    for key, file in (("crs", "file"), ("report_crs", "report_file")):
        if getattr(communes, key) is not None and getattr(communes, file) is None:
            yield f"{what}.{key} is the CRS of {file}, which is not given; remove it."
    for header, column in communes.headers.items():
        allowed = [*COMMUNE_COLUMNS, *CROSSWALK_COLUMNS, IGNORE]
        yield from _unknown(f"{what}.headers.{header!r}", column, allowed)


def _of_people(people: PeopleChoice, scenario: Scenario) -> Iterator[str]:
    what = f"places.people.source is {people.source!r}"
    needs_file = people.source in ("raster", "buildings")
    if needs_file and people.file is None:
        yield f"{what}; name its file as places.people.file."
    if not needs_file and people.file is not None:
        yield f"{what}, which reads no file; remove places.people.file or choose another source."
    if people.totals == "source" and people.source != "raster":
        yield f"{what}, which does not say how many people there are; totals must be another."
    if (people.totals == "control") != (people.control is not None):
        yield "places.people: give control (a table of people by commune) with totals = 'control'."
    if people.totals == "control" and scenario.area.outside == "cut":
        yield (
            "places.people.totals is 'control' and area.outside 'cut': the totals are those "
            "of whole communes, and their villages beyond the area would be left out. Use an area "
            "that holds them all, or other totals."
        )
    if people.source == "land_cover" and scenario.terrain.land_cover is None:
        yield f"{what} and the terrain has none; name terrain.land_cover."
    for name in people.weights:
        if name not in LAND_COVER.values():
            yield (
                f"places.people.weights has {name!r}; the classes are "
                f"{', '.join(sorted(LAND_COVER.values()))}."
            )
