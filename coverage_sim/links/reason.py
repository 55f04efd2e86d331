"""Why a link's loss is what it is: one thing after the other is taken away, and each by itself.

In this order, each time with the same model: percentages other than the median; trees and houses;
the ground between the ends where it is higher than the lower end; what stands about on open land,
where the clutter table has an effective height of it; and what is left over free space.
What each step spares is the cost of that thing, and the costs add up to the loss over free space.

What a link would gain if one thing alone were not there is another figure, asked of the same model
with everything else in its place: behind a hill that is gone the bush still stands. That is what is
said to people. The largest cost limits the link, if its absence spares at least `NOTICEABLE_DB`;
clutter and ground, of which one may hide behind the other, limit it together where neither does so
by itself; and where they do not either, its length does.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from coverage_sim.links.obstacles import Obstacle, obstacles_on, ray_over
from coverage_sim.links.path import LinkPath, cleared, without_open_land
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.single_paths import loss_over
from coverage_sim.propagation.terms import free_space_over
from coverage_sim.terrain.profile import Profile, Profiles

#: What costs less than half the field strength limits nothing [dB].
NOTICEABLE_DB: Final = 6.0

Limit = Literal[
    "distance",
    "percentages",
    "clutter",
    "terrain",
    "obstacles",
    "open_land",
    "horizon",
    "surroundings",
]

_PERCENTAGES: Final = ("time_percent", "location_percent", "situation_percent")
_MEDIAN: Final = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What limits a link.

    Parameters
    ----------
    limited_by : str
        ``"distance"``, ``"percentages"``, ``"clutter"``, ``"terrain"``, ``"obstacles"`` (clutter
        and terrain together, neither by itself), ``"open_land"`` (what stands about on it),
        ``"horizon"`` (the curved Earth) or ``"surroundings"`` (what the statistics of the model
        hold).
    free_space_db : float
        Loss of free space, which distance and frequency alone make. [dB]
    costs_db : dict of str to float
        What each thing adds to it, in the order in which they are taken away. [dB]
    spared_db : dict of str to float
        How much less the loss would be without one thing alone; ``"obstacles"`` is without clutter
        and terrain. [dB]
    obstacles : tuple of Obstacle
        What stands in the way, the one that matters first.
    sentence : str
        All of it for people.
    """

    limited_by: Limit
    free_space_db: float
    costs_db: dict[Limit, float]
    spared_db: dict[Limit, float]
    obstacles: tuple[Obstacle, ...]
    sentence: str


def explain(
    model: Model,
    path: LinkPath,
    *,
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
    earth_radius_km: float,
) -> Reason:
    """Say what limits a link.

    Parameters
    ----------
    model : Model
        As it computed the link.
    path : LinkPath
        Without a void.
    frequency_mhz : float
        Frequency. [MHz]
    tx_height_m, rx_height_m : float
        Antenna heights above ground. [m]
    earth_radius_km : float
        Effective Earth radius of the model. [km]
    """
    given = {
        "frequency_mhz": frequency_mhz,
        "tx_height_m": tx_height_m,
        "rx_height_m": rx_height_m,
    }
    median = _at_the_median(model)
    opened = cleared(path.profile, path.open_land_m)
    free_space_db = free_space_over(path.profile, **given)
    rest: Limit = "surroundings" if model.includes_clutter else "horizon"
    loss_db = loss_over(model, path.profile, **given)
    median_db = loss_over(median, path.profile, **given)
    opened_db = loss_over(median, opened, **given)
    level_db = loss_over(median, level_ground(opened), **given)
    bare_db = loss_over(median, level_ground(cleared(path.profile, 0.0)), **given)
    costs_db: dict[Limit, float] = {
        "percentages": loss_db - median_db,
        "clutter": median_db - opened_db,
        "terrain": opened_db - level_db,
        "open_land": level_db - bare_db,
        rest: bare_db - free_space_db,
    }
    open_land_bare = without_open_land(path.profile, path.open_land_m)
    spared_db: dict[Limit, float] = {
        "percentages": costs_db["percentages"],
        "clutter": loss_db - loss_over(model, opened, **given),
        "terrain": loss_db - loss_over(model, level_ground(path.profile), **given),
        "obstacles": loss_db - loss_over(model, level_ground(opened), **given),
        "open_land": loss_db - loss_over(model, open_land_bare, **given),
        rest: costs_db[rest],
    }
    limit = _limit(costs_db, spared_db)
    ray = ray_over(path.profile, earth_radius_km=earth_radius_km, **given)
    # Where the ground limits, the ground's own obstacle is named, not the bush before the phone.
    with_clutter = model.uses_clutter_profile and limit != "terrain"
    obstacles = obstacles_on(path, ray, with_clutter=with_clutter)
    reason = Reason(
        limited_by=limit,
        free_space_db=free_space_db,
        costs_db=costs_db,
        spared_db=spared_db,
        obstacles=obstacles,
        sentence="",
    )
    sight_m = sum(
        math.sqrt(2000.0 * earth_radius_km * height_m) for height_m in (tx_height_m, rx_height_m)
    )
    return dataclasses.replace(reason, sentence=_sentence(reason, model, path.length_m, sight_m))


def _limit(costs_db: dict[Limit, float], spared_db: dict[Limit, float]) -> Limit:
    """Return what limits a link: the largest cost, if its absence would be noticed."""
    hidden: dict[Limit, Limit] = {"clutter": "terrain", "terrain": "clutter"}
    largest = max(costs_db, key=lambda what: costs_db[what])
    if costs_db[largest] >= NOTICEABLE_DB:
        # One of the two may hide behind the other; then that one counts, or both.
        for what in (largest, hidden.get(largest, largest)):
            if spared_db[what] >= NOTICEABLE_DB:
                return what
    return "obstacles" if spared_db["obstacles"] >= NOTICEABLE_DB else "distance"


def level_ground(profile: Profile) -> Profile:
    """Return a profile whose ground between the ends is nowhere higher than the lower end.

    Examples
    --------
    >>> ground_m, zone = np.array([5.0, 90.0, 2.0, 8.0]), np.zeros(4, np.uint8)
    >>> hill = Profile(np.arange(4.0), ground_m, np.zeros(4), zone)
    >>> level_ground(hill).ground_m.tolist()
    [5.0, 5.0, 2.0, 8.0]
    """
    alone = Profiles(np.array([0, profile.ground_m.size]), *profile)
    return profile._replace(ground_m=level_grounds(alone).ground_m)


def level_grounds(profiles: Profiles) -> Profiles:
    """Return profiles each of whose ground is as `level_ground` makes it."""
    first, last = profiles.start[:-1], profiles.start[1:] - 1
    ends_m = profiles.ground_m[first], profiles.ground_m[last]
    ground_m = np.minimum(
        profiles.ground_m, np.repeat(np.minimum(*ends_m), np.diff(profiles.start))
    )
    ground_m[first], ground_m[last] = ends_m
    return profiles._replace(ground_m=ground_m)


def _at_the_median(model: Model) -> Model:
    asked: Any = model
    fields = {field.name for field in dataclasses.fields(asked)}
    changed = {name: _MEDIAN for name in _PERCENTAGES if name in fields}
    median: Model = dataclasses.replace(asked, **changed)
    return median


def _sentence(reason: Reason, model: Model, length_m: float, sight_m: float) -> str:
    cost_db = reason.spared_db.get(reason.limited_by, math.nan)
    together_db = reason.spared_db["obstacles"]
    # Said where it is more than what is said already.
    also = ""
    if together_db - cost_db >= NOTICEABLE_DB:
        other = "the clutter" if reason.limited_by == "terrain" else "the ground that stands higher"
        also = f" Without {other} too, it would be {together_db:.1f} dB less."
    named = f" {_describe(reason.obstacles[0])}" if reason.obstacles else ""
    match reason.limited_by:
        case "clutter":
            said = f"Limited by clutter: without it the loss would be {cost_db:.1f} dB less."
            return f"{said}{also}{named}"
        case "terrain":
            return (
                "Limited by terrain: were the ground between the ends not higher than the lower "
                f"of them, the loss would be {cost_db:.1f} dB less.{also}{named}"
            )
        case "obstacles":
            return (
                f"Limited by what stands in the way: without clutter and ground that is higher "
                f"than the lower end the loss would be {cost_db:.1f} dB less; neither spares "
                f"{NOTICEABLE_DB:g} dB by itself.{named}"
            )
        case "open_land":
            return (
                "Limited by open land: hedges, dykes, sheds and single trees between the ends, an "
                f"effective height in the clutter table, cost {cost_db:.1f} dB.{also}"
            )
        case "horizon":
            near = "the ray passes low over it"
            if length_m > sight_m:
                near = (
                    f"over level ground these antennas see each other up to "
                    f"{sight_m / 1000.0:.1f} km, and the path has {length_m / 1000.0:.1f} km"
                )
            return (
                "Limited by the horizon: even over low bare ground the curved Earth costs "
                f"{cost_db:.1f} dB; {near}."
            )
        case "surroundings":
            return (
                f"Limited by the surroundings: the statistics of {model.name} add {cost_db:.1f} dB "
                "to free space, whatever the profile of this path."
            )
        case "percentages":
            return (
                f"Limited by the percentages asked for: the median would be {cost_db:.1f} dB less."
            )
        case "distance":
            total_db = reason.free_space_db + sum(reason.costs_db.values())
            return (
                f"Limited by distance: free space alone takes {reason.free_space_db:.1f} of "
                f"{total_db:.1f} dB, and nothing on the path costs {NOTICEABLE_DB:g} dB.{named}"
            )


def _describe(obstacle: Obstacle) -> str:
    """Name an obstacle: what it is, where, how high, and how far in the way."""
    where = f"{obstacle.distance_m / 1000.0:.2f} km from the transmitter"
    if obstacle.to_receiver_m < obstacle.distance_m:
        where += f", {obstacle.to_receiver_m:,.0f} m before the receiver"
    if obstacle.position is not None:
        where += f" ({obstacle.position})"
    if obstacle.clutter_m > 0.0:
        what = (
            f"{obstacle.clutter_m:g} m of clutter on ground {obstacle.ground_m:.1f} m above sea "
            "level"
        )
    else:
        what = f"the ground, {obstacle.ground_m:.1f} m above sea level"
    if obstacle.above_ray_m >= 0.0:
        whose = {
            "both": "the horizon of both antennas",
            "transmitter": "the transmitter's horizon",
            "receiver": "the receiver's horizon",
        }[obstacle.horizon_of]
        return (
            f"In the way stands {what}, {where}: {obstacle.above_ray_m:.1f} m above the line of "
            f"sight, {whose}."
        )
    free_percent = -100.0 * obstacle.above_ray_m / obstacle.fresnel_radius_m
    return (
        f"Nearest to the ray comes {what}, {where}: {-obstacle.above_ray_m:.1f} m below the line "
        f"of sight, {free_percent:.0f} % of the first Fresnel zone's radius."
    )
