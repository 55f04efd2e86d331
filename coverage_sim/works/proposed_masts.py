"""What every study proposes of masts alike: how high antennas go, where a new mast stands."""

from collections.abc import Collection, Sequence

from coverage_sim.coordinates import transformer
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.sites import Site, antenna_heights_m
from coverage_sim.scenario.schema_network import Position


def raised_heights_m(
    site: Site, raise_m: Sequence[float], highest_antenna_m: float, prepared: Prepared
) -> list[float]:
    """Return how high the antennas of a mast may be brought, where all hang at one height. [m]

    Parameters
    ----------
    site : Site
        One on a roof is not raised.
    raise_m : sequence of float
        By how much. [m]
    highest_antenna_m : float
        No antenna hangs higher, nor higher than the model is stated for. [m]
    prepared : Prepared
        The scenario.
    """
    if site.structure != "ground" or len(antenna_heights_m(site)) > 1:
        return []
    limit_m = min(highest_antenna_m, prepared.radio.model.validity.tx_height_m[1])
    heights_m = [site.antenna_height_m + by_m for by_m in raise_m]
    return [height_m for height_m in heights_m if height_m <= limit_m]


def new_mast_id(name: str, taken: Collection[str]) -> str:
    """Return the id of a new mast that no site has.

    Examples
    --------
    >>> new_mast_id("0001", {"NEW-0001"})
    'NEW-0001-2'
    """
    free = f"NEW-{name}"
    while free in taken:
        free += "-2"
    return free


def listed_position(x: float, y: float, prepared: Prepared) -> Position:
    """Return a place of the scenario in the CRS of its lists, to a decimetre. [deg or m]"""
    to_lists = transformer(prepared.ground.crs, prepared.loaded.scenario.network.sites_crs)
    across, up = to_lists.transform(x, y)
    digits = 6 if abs(across) <= 360.0 else 1
    return round(across, digits), round(up, digits)
