"""Backhaul: how sites reach fibre over line-of-sight hops with a free Fresnel zone."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from coverage_sim.links.obstacles import ray_over
from coverage_sim.terrain.ground import Ground
from coverage_sim.terrain.profile import (
    Profile,
    empty_places,
    empty_profile,
    indices_of,
    profile_room,
    sample_profile,
)

#: Effective Earth radius at the median refractivity gradient, k = 4/3. [km]
_EARTH_KM: Final = 8500.0

#: Distance between the points of a hop's profile. [m]
_STEP_M: Final = 30.0

#: So many of the nearest places of each number of hops are tried.
_TRIED: Final = 12


class Node(NamedTuple):
    """A place with a dish.

    Parameters
    ----------
    id : str
        Unique.
    x, y : float
        In the terrain's CRS. [m]
    height_m : float
        Of the dish above ground. [m]
    """

    id: str
    x: float
    y: float
    height_m: float


class Route(NamedTuple):
    """How a node reaches a hub.

    Parameters
    ----------
    hops : int
        How many; 0 of a hub.
    via : tuple of str
        Ids from the next node on, the hub the last.
    clearance_m : float
        The least distance from the obstacles to what must be free, over its own first hop;
        infinite of a hub. [m]
    hop_m : float
        Length of its first hop. [m]
    """

    hops: int
    via: tuple[str, ...]
    clearance_m: float
    hop_m: float


class Hops:
    """Finds out which hops are free.

    Parameters
    ----------
    ground : Ground
        Terrain and what stands on it.
    frequency_mhz : float
        Of the hops. [MHz]
    clear_fraction : float
        Share of the first Fresnel zone's radius that must be free.
    longest_m : float
        No hop is longer. [m]
    """

    def __init__(
        self, ground: Ground, *, frequency_mhz: float, clear_fraction: float, longest_m: float
    ) -> None:
        self._ground, self._frequency_mhz = ground, frequency_mhz
        self._clear, self.longest_m = clear_fraction, longest_m
        room = profile_room(longest_m, _STEP_M)
        self._profile, self._places = empty_profile(room), empty_places(room)

    def clearance_m(self, one: Node, other: Node) -> float:
        """Return by how much what must be free of a hop is free; NaN over a void. [m]

        Clutter counts with its full height between the ends.
        """
        raster = self._ground.raster
        ends = [indices_of(raster, node.x, node.y) for node in (one, other)]
        last = sample_profile(raster, *ends[0], *ends[1], _STEP_M, 0, self._places, self._profile)
        long = slice(last + 1)
        cut = Profile(
            self._profile.distance_km[long],
            self._profile.ground_m[long],
            self._profile.clutter_m[long],
            self._profile.zone[long],
        )
        if last < 2:  # no point between the ends
            return np.inf
        ray = ray_over(
            cut,
            frequency_mhz=self._frequency_mhz,
            tx_height_m=one.height_m,
            rx_height_m=other.height_m,
            earth_radius_km=_EARTH_KM,
        )
        top_m = cut.ground_m + cut.clutter_m + ray.bulge_m
        free_m = ray.height_m - top_m - self._clear * ray.fresnel_m
        return float(free_m[1:-1].min())


def routes(
    nodes: Sequence[Node],
    hubs: Sequence[Node],
    relays: Sequence[Node],
    hops: Hops,
    *,
    most_hops: int,
) -> dict[str, Route]:
    """Return how nodes reach a hub, over relays where they must.

    Parameters
    ----------
    nodes : sequence of Node
        That ask; they do not relay.
    hubs, relays : sequence of Node
        Where fibre is, and what may stand between. Hubs relay too.
    hops : Hops
        Finds out which hops are free.
    most_hops : int
        Between a node and its hub.

    Returns
    -------
    dict of str to Route
        Of the nodes that reach one, by fewest hops, then the nearest free one.
    """
    reached = [[(hub, Route(0, (), np.inf, 0.0)) for hub in hubs]]
    left = list(relays)
    for _ in range(1, most_hops):
        found = [(node, route) for node in left if (route := _next(node, reached[-1:], hops))]
        if not found:
            break
        done = {node.id for node, _ in found}
        left = [node for node in left if node.id not in done]
        reached.append(found)
    answer = {}
    for node in nodes:
        route = _next(node, reached, hops)
        if route is not None:
            answer[node.id] = route
    return answer


def _next(node: Node, reached: Sequence[Sequence[tuple[Node, Route]]], hops: Hops) -> Route | None:
    """Return the route over the nearest place with a free hop, fewest hops first."""
    for places in reached:
        xy = np.array([(place.x, place.y) for place, _ in places]).reshape(-1, 2)
        if not len(xy):
            continue
        away_m, order = cKDTree(xy).query(
            (node.x, node.y), k=min(_TRIED, len(xy)), distance_upper_bound=hops.longest_m
        )
        for distance_m, k in zip(np.atleast_1d(away_m), np.atleast_1d(order), strict=True):
            if not np.isfinite(distance_m):
                break
            place, route = places[int(k)]
            if place.id == node.id:
                continue
            free_m = hops.clearance_m(node, place)
            if free_m >= 0.0:
                via = (place.id, *route.via)
                return Route(route.hops + 1, via, free_m, float(distance_m))
    return None
