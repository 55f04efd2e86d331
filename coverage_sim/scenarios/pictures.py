"""Which maps a result and a comparison have, and what is written on them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import geopandas as gpd
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from coverage_sim.places.villages import covered_percent
from coverage_sim.reporting.colors import (
    BELOW_SERVICE,
    WATER_CLASSES,
    Level,
    service_colors,
    signal_classes,
    signal_colormap,
)
from coverage_sim.reporting.geo import write_cog
from coverage_sim.reporting.georef import outside_of
from coverage_sim.scenarios.networks import ANY, Network, strongest, strongest_and_server
from coverage_sim.scenarios.quality import highest
from coverage_sim.scenarios.schema import Scenario

if TYPE_CHECKING:
    from coverage_sim.reporting.quality_maps import ClassColor
    from coverage_sim.scenarios.result import Result

_LEVEL_WORDS = {
    "basic": "basic service outdoors",
    "good": "good outdoors",
    "indoor": "indoors, ordinary house",
}

#: More rings than this would hide the coverage they speak of.
_MOST_RINGS = 600

_INPUT_WORDS = {
    "terrain": "ground and land cover",
    "network.sites": "masts",
    "network.ring_sites": "masts beyond the area",
    "places.villages": "villages and their people",
    "places.communes": "communes",
    "places.communes.report_file": "communes of the report",
    "places.communes.crosswalk": "what became of the communes",
    "measurements": "measurements",
}


class Described(Protocol):
    """What a map's footnotes are taken from: a result, or a comparison with measurements."""

    @property
    def scenario(self) -> Scenario:
        """What was run."""

    @property
    def manifest(self) -> dict[str, Any]:
        """What it came from."""

    @property
    def synthetic(self) -> bool:
        """Whether any input is synthetic."""


def levels_of(result: "Result") -> list[Level]:
    """Return the classes of signal that the scenario's service levels make, strongest first."""
    service = result.scenario.service
    ordered = sorted(service.levels_dbm.items(), key=lambda item: -item[1])
    levels = [
        Level(_LEVEL_WORDS.get(name, name), threshold_dbm, color)
        for (name, threshold_dbm), color in zip(ordered, service_colors(len(ordered)), strict=True)
    ]
    if service.display_limit_dbm < ordered[-1][1]:
        levels.append(Level("too weak for service", service.display_limit_dbm, BELOW_SERVICE))
    return levels


def class_raster(
    result: "Result", path: Path, rsrp_dbm: xr.DataArray, tags: Mapping[str, str]
) -> Callable[[], None]:
    """Return the writing of a raster of signal classes with its colours."""
    levels = levels_of(result)
    return lambda: write_cog(
        path,
        signal_classes(rsrp_dbm, levels),
        nodata=255,
        tags=tags,
        colormap=signal_colormap(levels),
    )


def google_earth(result: "Result", path: Path) -> None:
    """Write what a result found for Google Earth, over any operator's networks."""
    from coverage_sim.reporting.kmz import ClassOverlay, write_kmz  # draws, so it is slow to import

    levels = levels_of(result)
    # Nobody misses a signal on the sea; beyond the counted area, and where the ground is unknown,
    # nobody can say that there is none.
    silent = np.isin(result.terrain["clutter_class"].to_numpy(), WATER_CLASSES)
    silent |= np.isnan(result.terrain["ground_m"].to_numpy())
    if (area := _counted_area(result)) is not None:
        silent |= outside_of(area, result.terrain)
    overlays = []
    for network in result.networks:
        if network.operator != ANY:
            continue
        rsrp = result.rasters["network_rsrp_dbm"].sel(network=network.key, drop=True)
        classes = signal_classes(rsrp.fillna(-np.inf), levels)
        classes.data[silent & (classes.data == 0)] = 255
        overlays.append(ClassOverlay(key=network.key, label=network.label, classes=classes))
    network = result.first_network()
    write_kmz(
        path,
        title=result.scenario.title,
        notes=footnotes_of(result),
        synthetic=result.synthetic,
        measured=network.label,
        levels=levels,
        overlays=overlays,
        tables=result.layers_with_shares(),
    )


def footnotes_of(result: Described) -> list[str]:
    """Return what was assumed, in sentences."""
    scenario, model = result.scenario, result.manifest["model"]
    parameters = model["parameters"]
    percentages = (
        f", {parameters['time_percent']:g} % of time, {parameters['location_percent']:g} % of "
        "locations"
        if "time_percent" in parameters
        else ""
    )
    notes = [
        (
            f"{model['reference']}{percentages}; profile points every "
            f"{model['profile_step_m']:g} m; cells of {scenario.area.cell_m:g} m."
        ),
        (
            f"Receiver {scenario.receiver.height_m:g} m above ground. Powers, tilts, antennas and "
            "thresholds are assumptions (see 'unverified' in manifest.json)."
        ),
        result.manifest["ring"][0].upper() + result.manifest["ring"][1:] + ".",
    ]
    if result.manifest["communes"]:
        notes.append(f"Communes as of: {result.manifest['communes']['as_of']}.")
    if result.synthetic:
        words = dict.fromkeys(
            _INPUT_WORDS.get(name.partition("[")[0], name) for name in result.manifest["synthetic"]
        )
        notes.insert(0, "Synthetic, not measured: " + ", ".join(words) + ".")
    return notes


def of_result(result: "Result", folder: Path) -> list[Callable[[], None]]:
    """Return the drawing of every map of a result, each a function without arguments."""
    drawings: list[Callable[[], None]] = []
    for network in result.networks:
        drawings.append(partial(_draw_coverage, result, network, folder))
        drawings.append(partial(_draw_best_server, result, network, folder))
        if network.operator == ANY:
            drawings.append(partial(_draw_speed, result, network, folder))
            drawings.append(partial(_draw_directions, result, network, folder))
            if len(result.communes):
                drawings.append(partial(_draw_communes, result, network, folder))
        else:  # SINR is a matter of one operator's sectors
            drawings.append(partial(_draw_sinr, result, network, folder))
    if len(result.villages):
        drawings.append(partial(_draw_villages, result, result.first_network(), folder))
    return drawings


def of_difference(
    before: "Result", after: "Result", network: Network, folder: Path
) -> list[Callable[[], None]]:
    """Return the drawing of where a network gains and loses against a baseline."""
    path = folder / f"difference_{after.scenario.name}_{network.key}.png"
    title = f"{network.label}: gained and lost against {before.scenario.name}"
    return [partial(draw_difference, before, after, network, path, title=title)]


def _draw_coverage(result: "Result", network: Network, folder: Path) -> None:
    from coverage_sim.reporting import maps  # draws, so it is slow to import

    maps.coverage_map(
        folder / f"coverage_{network.key}.png",
        rsrp_dbm=_over_area(result, strongest(result.rasters, network)),
        levels=levels_of(result),
        sites=_transmitting(result, network),
        villages=_weak_villages(result, network),
        title=f"{network.label}: coverage",
        facts=_facts(result, network),
        communes=_names(result),
        **common_of(result),
    )


def _draw_best_server(result: "Result", network: Network, folder: Path) -> None:
    """Draw the sectors' areas; of any operator, whose signal is strongest."""
    from coverage_sim.reporting import maps  # draws, so it is slow to import

    _, server = strongest_and_server(result.rasters, network)
    names = None
    title = f"{network.label}: which sector serves where"
    if network.operator == ANY:
        operators = result.scenario.operators
        keys = list(operators)
        of_sector = np.array([keys.index(operator) for operator in result.sectors["operator"]])
        server = np.where(server >= 0, of_sector[server], -1)
        names = {number: operators[key].name for number, key in enumerate(keys)}
        title = f"{network.label}: whose signal is strongest"
    maps.best_server_map(
        folder / f"best_server_{network.key}.png",
        server=_over_area(result, server),
        sites=_transmitting(result, network),
        names=names,
        title=title,
        communes=_names(result),
        **common_of(result),
    )


def _draw_speed(result: "Result", network: Network, folder: Path) -> None:
    """Draw the rate that the load leaves to one user."""
    from coverage_sim.reporting import quality_maps as maps  # draws, so it is slow to import

    fast = result.scenario.service.fast_mbps(network.generation)
    edges = (fast, fast / 4.0, fast / 20.0, fast / 100.0)
    words = (f"Fast: {fast:g} Mb/s", "Moderate", "Slow", "Very slow")
    _draw_classes(
        result,
        network,
        folder / f"speed_{network.key}.png",
        shows="download speed",
        codes=maps.steps_of(highest(result.rasters, "user_rate_mbps", network), edges),
        classes=maps.step_classes(edges, "Mb/s", words, "No service"),
        heading="Download speed",
        note="what the load of the cell leaves to one user",
    )


def _draw_sinr(result: "Result", network: Network, folder: Path) -> None:
    """Draw the SINR of the reference signals."""
    from coverage_sim.reporting import quality_maps as maps  # draws, so it is slow to import

    edges = maps.SINR_EDGES_DB
    _draw_classes(
        result,
        network,
        folder / f"sinr_{network.key}.png",
        shows="interference",
        codes=maps.steps_of(highest(result.rasters, "sinr_db", network), edges),
        classes=maps.step_classes(edges, "dB", ("Excellent", "Good", "Fair", "Poor"), "Unusable"),
        heading="Signal over interference and noise",
        note="SINR of the reference signals, in dB",
    )


def _draw_directions(result: "Result", network: Network, folder: Path) -> None:
    """Draw where both directions reach, and which has less to spare."""
    from coverage_sim.reporting import quality_maps as maps  # draws, so it is slow to import

    service = highest(result.rasters, "service", network)
    _draw_classes(
        result,
        network,
        folder / f"directions_{network.key}.png",
        shows="which direction binds",
        codes=maps.direction_codes(service),
        classes=[look for _, look in maps.DIRECTIONS],
        heading="Both directions",
        note="downlink to the phone, uplink from it",
    )


def _draw_classes(
    result: "Result",
    network: Network,
    path: Path,
    *,
    shows: str,
    codes: NDArray[np.uint8],
    classes: Sequence["ClassColor"],
    heading: str,
    note: str,
) -> None:
    """Draw one raster of classes of a network's quality."""
    from coverage_sim.reporting import quality_maps as maps  # draws, so it is slow to import

    maps.class_map(
        path,
        codes=_over_area(result, codes),
        classes=classes,
        heading=heading,
        note=note,
        sites=_transmitting(result, network),
        title=f"{network.label}: {shows}",
        facts=_quality_facts(result, network),
        communes=_names(result),
        **common_of(result),
    )


def _draw_communes(result: "Result", network: Network, folder: Path) -> None:
    from coverage_sim.reporting import maps  # draws, so it is slow to import

    maps.commune_map(
        folder / f"communes_{network.key}.png",
        communes=result.covered_communes(network),
        title=f"Communes by share of people covered: {network.label}",
        facts=_facts(result, network),
        **common_of(result),
    )


def _draw_villages(result: "Result", network: Network, folder: Path) -> None:
    from coverage_sim.reporting import maps  # draws, so it is slow to import

    maps.villages_map(
        folder / f"villages_{network.key}.png",
        villages=result.covered_villages(network),
        sites=_transmitting(result, network),
        title=f"Villages by share of people covered: {network.label}",
        facts=_facts(result, network),
        communes=_names(result),
        **common_of(result),
    )


def draw_difference(
    before: "Result",
    after: "Result",
    network: Network,
    path: Path,
    *,
    title: str,
    around: tuple[float, float, float] | None = None,
) -> None:
    """Draw where a network gains and loses.

    Parameters
    ----------
    before, after : Result
        Of the same area.
    network : Network
        Of either.
    path : Path
        PNG to write.
    title : str
        Of the map.
    around : (float, float, float), optional
        Easting and northing of a place, and how far around it the map reaches; all of the area
        else. [m]
    """
    from coverage_sim.reporting import maps  # draws, so it is slow to import

    threshold_dbm = next(iter(before.scenario.service.levels_dbm.values()))
    # A network that one of them lacks has no carriers there, and covers nothing.
    of_each = (
        next((n for n in result.networks if n.key == network.key), replace(network, carriers=()))
        for result in (before, after)
    )
    covered = [
        _over_area(result, strongest(result.rasters, own) >= threshold_dbm)
        for result, own in zip((before, after), of_each, strict=True)
    ]
    villages = _changed_villages(before, after, network)
    common = common_of(after)
    if around is not None:
        common["terrain"] = _cropped(after.terrain, *around)
    maps.difference_map(
        path,
        covered_before=covered[0],
        covered_after=covered[1],
        sites=_transmitting(after, network),
        villages=villages if 0 < len(villages) <= _MOST_RINGS else None,
        facts=[
            (f"Villages {change}", f"{int((villages['change'] == change).sum()):,}")
            for change in ("gained", "lost")
            if len(after.villages)
        ],
        communes=_names(after),
        title=title,
        **common,
    )


def _cropped(terrain: xr.Dataset, x: float, y: float, half_m: float) -> xr.Dataset:
    return terrain.isel(
        x=np.flatnonzero(np.abs(terrain["x"].to_numpy() - x) <= half_m),
        y=np.flatnonzero(np.abs(terrain["y"].to_numpy() - y) <= half_m),
    )


def _weak_villages(result: "Result", network: Network) -> gpd.GeoDataFrame | None:
    """Return the villages to ring; None where they would hide the map."""
    entry = result.summary["networks"][network.key]
    if not 0 < entry["villages_not_covered"] <= _MOST_RINGS:
        return None
    return result.covered_villages(network)


def _over_area(result: "Result", values: NDArray[Any]) -> xr.DataArray:
    return xr.DataArray(values, coords=result.terrain["ground_m"].coords, dims=("y", "x"))


def _changed_villages(before: "Result", after: "Result", network: Network) -> gpd.GeoDataFrame:
    if not len(after.villages) or not len(before.villages):
        return after.villages.iloc[:0].assign(change="")
    level = next(iter(after.scenario.service.levels_dbm))
    needed = after.scenario.service.village_covered_percent - 1e-6
    column = f"{network.key}_{level}_people"

    def covered(result: "Result") -> Any:
        table = result.villages.set_index("id")
        people = table[column] if column in table else 0.0 * table["people"]
        return covered_percent(table, people) >= needed

    was = covered(before).reindex(after.villages["id"]).fillna(False).to_numpy(dtype=bool)
    now = covered(after).to_numpy(dtype=bool)
    change = np.where(now & ~was, "gained", np.where(was & ~now, "lost", ""))
    table = after.villages.assign(change=change)
    return table[table["change"] != ""]


def common_of(result: "Result") -> dict[str, Any]:
    """Return what every map of a result says: its land, title, marks, footnotes, area."""
    return {
        "terrain": result.terrain,
        "subtitle": result.scenario.title,
        "synthetic": result.synthetic,
        "footnotes": footnotes_of(result),
        "area": _counted_area(result),
    }


def _counted_area(result: "Result") -> BaseGeometry | None:
    """Return the land round the villages, which is what the tables count; None without any."""
    if not len(result.villages):
        return None
    from coverage_sim.reporting.layers import settled_area

    return settled_area(result.villages, crs=result.villages.crs)


def _names(result: "Result") -> gpd.GeoDataFrame | None:
    return result.communes if len(result.communes) else None


def _transmitting(result: "Result", network: Network) -> gpd.GeoDataFrame:
    carriers = result.sectors["operator"] + "/" + result.sectors["layer"]
    on_air = set(result.sectors.loc[carriers.isin(network.carriers), "site"])
    return result.sites[result.sites["id"].isin(on_air)]


def _quality_facts(result: "Result", network: Network) -> list[tuple[str, str]]:
    entry = result.summary["networks"][network.key]
    fast = result.scenario.service.fast_mbps(network.generation)
    return [
        (words, f"{entry[key]:.1f} %")
        for key, words in (
            ("served_people_percent", "People, both directions"),
            ("fast_people_percent", f"People, {fast:g} Mb/s and more"),
            ("uplink_people_percent", "People, uplink binds"),
        )
        if key in entry
    ]


def _facts(result: "Result", network: Network) -> list[tuple[str, str]]:
    entry = result.summary["networks"][network.key]
    facts = []
    for level, figures in entry["levels"].items():
        words = _LEVEL_WORDS.get(level, level)
        if "people_percent" in figures:
            facts.append((f"People, {words}", f"{figures['people_percent']:.1f} %"))
        else:
            facts.append((f"Land, {words}", f"{figures['land_percent']:.1f} %"))
    if result.summary["villages"]:
        facts.append(("Villages not covered", f"{entry['villages_not_covered']:,}"))
    return facts
