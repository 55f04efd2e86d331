"""What every map of a result says: its land, classes of signal, marks, footnotes, masts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import geopandas as gpd
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from coverage_sim.errors import as_sentence
from coverage_sim.network.carriers import Carrier
from coverage_sim.reporting.colors import BELOW_SERVICE, Level, service_colors
from coverage_sim.results.result import Result
from coverage_sim.scenario.networks import Network
from coverage_sim.scenario.schema import Scenario

if TYPE_CHECKING:
    from coverage_sim.reporting.map_frame import MapFrame
    from coverage_sim.reporting.sheet import Words

LEVEL_WORDS = {
    "basic": "basic service outdoors",
    "volte": "voice over LTE outdoors",
    "good": "good outdoors",
    "indoor": "indoors, ordinary house",
}

#: More rings than this would hide the coverage they speak of.
MOST_RINGS = 600

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


def signal_levels(result: Result) -> list[Level]:
    """Return the classes of signal that the scenario's service levels make, strongest first."""
    service = result.scenario.service
    ordered = sorted(service.levels_dbm.items(), key=lambda item: -item[1])
    levels = [
        Level(LEVEL_WORDS.get(name, name), threshold_dbm, color)
        for (name, threshold_dbm), color in zip(ordered, service_colors(len(ordered)), strict=True)
    ]
    if service.display_limit_dbm < ordered[-1][1]:
        levels.append(Level("too weak for service", service.display_limit_dbm, BELOW_SERVICE))
    return levels


def assumption_notes(result: Described) -> list[str]:
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
        *map(as_sentence, (result.manifest["ring"], *result.manifest.get("remarks", ()))),
    ]
    if result.manifest["communes"]:
        notes.append(f"Communes as of: {result.manifest['communes']['as_of']}.")
    if result.synthetic:
        words = dict.fromkeys(
            _INPUT_WORDS.get(name.partition("[")[0], name) for name in result.manifest["synthetic"]
        )
        notes.insert(0, "Synthetic, not measured: " + ", ".join(words) + ".")
    return notes


def result_frame(result: Result) -> "MapFrame":
    """Return where the maps of a result lie: its land, the names, the counted area."""
    from coverage_sim.reporting.map_frame import MapFrame  # draws, so it is slow to import

    communes = result.communes if len(result.communes) else None
    return MapFrame(terrain=result.terrain, communes=communes, area=counted_area(result))


def known_frame(frame: "MapFrame", result: Result, network: Network) -> "MapFrame":
    """Return the frame with unknown ground where nobody knows whether a network has service."""
    known, ground = result.known_cells(network), result.terrain["ground_m"]
    if (known | np.isnan(ground.to_numpy())).all():
        return frame
    terrain = result.terrain.assign(ground_m=ground.where(over_area(result, known)))
    return replace(frame, terrain=terrain)


def result_words(result: Result, title: str, facts: Sequence[tuple[str, str]] = ()) -> "Words":
    """Return what is written round a map of a result."""
    from coverage_sim.reporting.sheet import Words  # draws, so it is slow to import

    return Words(
        title=title,
        subtitle=result.scenario.title,
        synthetic=result.synthetic,
        footnotes=assumption_notes(result),
        facts=facts,
    )


def counted_area(result: Result) -> BaseGeometry | None:
    """Return the land round the villages, which is what the tables count; None without any."""
    if not len(result.villages):
        return None
    from coverage_sim.reporting.map_layers import settled_area

    return settled_area(result.villages, crs=result.villages.crs)


def over_area(result: Result, values: NDArray[Any]) -> xr.DataArray:
    """Return values of the area's cells with their coordinates."""
    return xr.DataArray(values, coords=result.terrain["ground_m"].coords, dims=("y", "x"))


def transmitting_sites(result: Result, network: Network) -> gpd.GeoDataFrame:
    """Return the sites that transmit a carrier of a network."""
    sectors = zip(*(result.sectors[name] for name in ("site", "operator", "layer")), strict=True)
    on_air = {site for site, *carrier in sectors if Carrier(*carrier) in network.carriers}
    return result.sites[result.sites["id"].isin(on_air)]
