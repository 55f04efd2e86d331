"""Which maps a result has, and what is written on them."""

from functools import cached_property, partial
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from coverage_sim.array_types import Codes
from coverage_sim.network.network_names import ANY
from coverage_sim.places.village_rule import NO_SIGNAL, WEAK
from coverage_sim.reporting.map_content import (
    LEVEL_WORDS,
    MOST_RINGS,
    known_frame,
    over_area,
    result_frame,
    result_words,
    signal_levels,
    transmitting_sites,
)
from coverage_sim.results.folders import PictureFile, Saving, Step
from coverage_sim.results.network_rasters import highest, strongest, strongest_and_server
from coverage_sim.results.result import Result
from coverage_sim.scenario.networks import Network

if TYPE_CHECKING:
    from coverage_sim.reporting.map_frame import MapFrame
    from coverage_sim.reporting.quality_maps import ClassPanel


def of_result(result: Result, saving: Saving) -> list[Step]:
    """Return the drawing of a result's maps: those that a planner looks at first, or all.

    First are, of any operator's networks, who is covered, cell by cell and commune by commune; of
    the first network also how fast it is and which villages it covers.
    """
    maps, first = _Maps(result, saving), result.first_network()
    drawings: list[tuple[bool, Step]] = []
    for network in result.networks:
        is_any = network.operator == ANY
        drawings.append((is_any, partial(maps.coverage, network)))
        drawings.append((False, partial(maps.best_server, network)))
        if is_any:
            drawings.append((network == first, partial(maps.speed, network)))
            drawings.append((False, partial(maps.directions, network)))
            if len(result.communes):
                drawings.append((True, partial(maps.communes, network)))
        else:  # SINR is a matter of one operator's sectors
            drawings.append((False, partial(maps.sinr, network)))
    if len(result.villages):
        drawings.append((True, partial(maps.villages, first)))
    return [draw for is_first, draw in drawings if is_first or saving.maps == "all"]


class _Maps:
    """Draws the maps of one result; where they lie is the same for all of them."""

    def __init__(self, result: Result, saving: Saving) -> None:
        self._result, self._saving = result, saving

    @cached_property
    def _frame(self) -> "MapFrame":
        return result_frame(self._result)

    def coverage(self, network: Network) -> None:
        from coverage_sim.reporting import maps  # draws, so it is slow to import

        maps.coverage_map(
            self._saving.picture(f"maps/coverage_{network.key}.png"),
            known_frame(self._frame, self._result, network),
            result_words(self._result, f"{network.label}: coverage", _facts(self._result, network)),
            rsrp_dbm=over_area(self._result, strongest(self._result.rasters, network)),
            levels=signal_levels(self._result),
            sites=transmitting_sites(self._result, network),
            villages=_weak_villages(self._result, network),
        )

    def best_server(self, network: Network) -> None:
        """Draw the sectors' areas; of any operator, whose signal is strongest."""
        from coverage_sim.reporting import maps  # draws, so it is slow to import

        _, server = strongest_and_server(self._result.rasters, network)
        names = None
        title = f"{network.label}: which sector serves where"
        if network.operator == ANY:
            operators = self._result.scenario.operators
            keys = list(operators)
            of_sector = np.array(
                [keys.index(operator) for operator in self._result.sectors["operator"]]
            )
            server = np.where(server >= 0, of_sector[server], -1)
            names = {number: operators[key].name for number, key in enumerate(keys)}
            title = f"{network.label}: whose signal is strongest"
        maps.best_server_map(
            self._saving.picture(f"maps/best_server_{network.key}.png"),
            known_frame(self._frame, self._result, network),
            result_words(self._result, title),
            server=over_area(self._result, server),
            sites=transmitting_sites(self._result, network),
            names=names,
        )

    def speed(self, network: Network) -> None:
        """Draw the rate that the load leaves to one user."""
        from coverage_sim.reporting import quality_maps as maps  # draws, so it is slow to import

        fast = self._result.scenario.service.fast_mbps(network.generation)
        edges = (fast, fast / 4.0, fast / 20.0, fast / 100.0)
        words = (f"Fast: {fast:g} Mb/s", "Moderate", "Slow", "Very slow")
        self._classes(
            network,
            self._saving.picture(f"maps/speed_{network.key}.png"),
            shows="download speed",
            codes=maps.class_numbers(
                highest(self._result.rasters, "user_rate_mbps", network), edges
            ),
            panel=maps.ClassPanel(
                heading="Download speed",
                note="what the load of the cell leaves to one user",
                classes=maps.step_classes(edges, "Mb/s", words, "No service"),
            ),
        )

    def sinr(self, network: Network) -> None:
        """Draw the SINR of the reference signals."""
        from coverage_sim.reporting import quality_maps as maps  # draws, so it is slow to import

        edges = maps.SINR_EDGES_DB
        self._classes(
            network,
            self._saving.picture(f"maps/sinr_{network.key}.png"),
            shows="interference",
            codes=maps.class_numbers(highest(self._result.rasters, "sinr_db", network), edges),
            panel=maps.ClassPanel(
                heading="Signal over interference and noise",
                note="SINR of the reference signals, in dB",
                classes=maps.step_classes(
                    edges, "dB", ("Excellent", "Good", "Fair", "Poor"), "Unusable"
                ),
            ),
        )

    def directions(self, network: Network) -> None:
        """Draw where both directions reach, and which has less to spare."""
        from coverage_sim.reporting import quality_maps as maps  # draws, so it is slow to import

        service = highest(self._result.rasters, "service", network)
        self._classes(
            network,
            self._saving.picture(f"maps/directions_{network.key}.png"),
            shows="which direction binds",
            codes=maps.direction_codes(service),
            panel=maps.ClassPanel(
                heading="Both directions",
                note="downlink to the phone, uplink from it",
                classes=[look for _, look in maps.DIRECTIONS],
            ),
        )

    def _classes(
        self,
        network: Network,
        picture: PictureFile,
        *,
        shows: str,
        codes: Codes,
        panel: "ClassPanel",
    ) -> None:
        """Draw one raster of classes of a network's quality."""
        from coverage_sim.reporting import quality_maps as maps  # draws, so it is slow to import

        maps.class_map(
            picture,
            known_frame(self._frame, self._result, network),
            result_words(
                self._result, f"{network.label}: {shows}", _quality_facts(self._result, network)
            ),
            codes=over_area(self._result, codes),
            panel=panel,
            sites=transmitting_sites(self._result, network),
        )

    def communes(self, network: Network) -> None:
        from coverage_sim.reporting import maps  # draws, so it is slow to import

        maps.commune_map(
            self._saving.picture(f"maps/communes_{network.key}.png"),
            self._frame,
            result_words(
                self._result,
                f"Communes by share of people covered: {network.label}",
                _facts(self._result, network),
            ),
            communes=self._result.covered_communes(network),
        )

    def villages(self, network: Network) -> None:
        from coverage_sim.reporting import maps  # draws, so it is slow to import

        maps.villages_map(
            self._saving.picture(f"maps/villages_{network.key}.png"),
            self._frame,
            result_words(
                self._result,
                f"Villages by share of people covered: {network.label}",
                _facts(self._result, network),
            ),
            villages=self._result.covered_villages(network),
            sites=transmitting_sites(self._result, network),
        )


def _weak_villages(result: Result, network: Network) -> gpd.GeoDataFrame | None:
    """Return the villages to ring; None where they would hide the map."""
    if not len(result.villages):
        return None
    weak = result.village_status(network).isin([WEAK, NO_SIGNAL]).to_numpy()
    return result.villages[weak] if 0 < weak.sum() <= MOST_RINGS else None


def _quality_facts(result: Result, network: Network) -> list[tuple[str, str]]:
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


def _facts(result: Result, network: Network) -> list[tuple[str, str]]:
    entry = result.summary["networks"][network.key]
    facts = []
    if "expected_people_percent" in entry:
        least = next(iter(entry["levels"]))
        low, high = (entry[f"{end}_people_percent"] for end in ("low", "high"))
        facts += [
            (
                f"People expected, {LEVEL_WORDS.get(least, least)}",
                f"{entry['expected_people_percent']:.1f} %",
            ),
            ("in most draws", f"{low:.1f} to {high:.1f} %"),
        ]
    for level, figures in entry["levels"].items():
        words = LEVEL_WORDS.get(level, level)
        if "people_percent" in figures:
            facts.append((f"On the map, {words}", f"{figures['people_percent']:.1f} %"))
        else:
            facts.append((f"Land, {words}", f"{figures['land_percent']:.1f} %"))
    if result.summary["villages"]:
        facts.append(("Villages not covered", f"{entry['villages_not_covered']:,}"))
    return facts
