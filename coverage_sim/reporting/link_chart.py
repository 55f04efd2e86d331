"""The chart of one path: ground, clutter and the straight ray, over the curved Earth."""

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from coverage_sim.array_types import Floats
from coverage_sim.links.analyse import Link
from coverage_sim.links.obstacles import Obstacle, Ray
from coverage_sim.reporting.colors import FRAME, INK, PAPER, QUIET_INK, WARNING
from coverage_sim.reporting.text import FONT, write

GROUND: Final = "#ddd2bd"
CLUTTER: Final = "#5f7f45"
FRESNEL: Final = "#86b6d9"
#: Share of the first Fresnel zone's radius that should be free.
FREE_SHARE: Final = 0.6

#: Room below and above what is shown, in shares of its height.
_BELOW, _ABOVE = 0.10, 0.20

Range = tuple[float, float]


def clutter_between(link: Link) -> Floats:
    """Return the clutter as the models see it: none at the two ends. [m]"""
    clutter_m = link.path.profile.clutter_m.copy()
    clutter_m[[0, -1]] = 0.0
    return clutter_m


def height_limits_m(link: Link, ray: Ray, range_km: Range) -> tuple[float, float]:
    """Return the lowest and the highest that a chart of a part of the path shows. [m]"""
    profile = link.path.profile
    x = profile.distance_km
    # A point on each side: what leads out of the part belongs to it.
    first = max(int(np.searchsorted(x, range_km[0])) - 1, 0)
    part = slice(first, int(np.searchsorted(x, range_km[1])) + 1)
    ground_m = (profile.ground_m + ray.bulge_m)[part]
    free_m = FREE_SHARE * ray.fresnel_m[part]
    low_m = float(min(ground_m.min(), (ray.height_m[part] - free_m).min()))
    high_m = float(
        max((ground_m + clutter_between(link)[part]).max(), (ray.height_m[part] + free_m).max())
    )
    room_m = max(high_m - low_m, 1.0)
    return low_m - _BELOW * room_m, high_m + _ABOVE * room_m


def shows_sea_level(link: Link, ray: Ray) -> bool:
    """Say whether the sea level lies within the chart of the whole path."""
    low_m, high_m = height_limits_m(link, ray, (0.0, link.path.length_m / 1000.0))
    return bool(low_m < ray.bulge_m.max() < high_m)


def draw_path(axes: Axes, link: Link, ray: Ray, range_km: Range) -> None:
    """Draw the part of the path between two distances.

    Parameters
    ----------
    axes : Axes
        Empty; gets its limits here.
    link : Link
        The link.
    ray : Ray
        Its straight ray.
    range_km : tuple of float
        First and last distance from the transmitter. [km]
    """
    profile = link.path.profile
    x = profile.distance_km
    ground_m = profile.ground_m + ray.bulge_m
    free_m = FREE_SHARE * ray.fresnel_m
    floor_m, ceiling_m = height_limits_m(link, ray, range_km)
    axes.set_ylim(floor_m, ceiling_m)
    axes.set_xlim(*range_km)
    clutter_m = clutter_between(link)
    edges = np.concatenate([x[:1], 0.5 * (x[1:] + x[:-1]), x[-1:]])
    top_m = np.where(clutter_m > 0.0, ground_m + clutter_m, floor_m)
    # From below, and covered by the ground: on a slope no gap shows between the two.
    axes.stairs(top_m, edges, baseline=floor_m, fill=True, color=CLUTTER, lw=0, zorder=2)
    axes.fill_between(x, floor_m, ground_m, color=GROUND, lw=0, zorder=3)
    axes.plot(x, ground_m, color=FRAME, lw=1.1, zorder=4)
    axes.plot(x, ray.bulge_m, color=QUIET_INK, lw=1.0, dashes=(5.0, 3.0), zorder=4)
    axes.fill_between(
        x, ray.height_m - free_m, ray.height_m + free_m, color=FRESNEL, alpha=0.42, lw=0, zorder=5
    )
    axes.plot(x, ray.height_m, color=INK, lw=1.6, zorder=6)
    _draw_ends(axes, link, ray, range_km)
    for number, obstacle in enumerate(link.reason.obstacles, start=1):
        _draw_obstacle(axes, obstacle, number, ray, range_km)
    _dress(axes)


def _draw_ends(axes: Axes, link: Link, ray: Ray, range_km: Range) -> None:
    """Draw the antennas within the chart and name them in its upper corners."""
    for at, name, height_m, corner, side in (
        (0, "Transmitter", link.tx_height_m, 0.012, "left"),
        (-1, "Receiver", link.rx_height_m, 0.988, "right"),
    ):
        x_km, top_m = ray.distance_m[at] / 1000.0, ray.height_m[at]
        if not range_km[0] <= x_km <= range_km[1]:
            continue
        axes.plot([x_km] * 2, [top_m - height_m, top_m], color=INK, lw=4.0, zorder=7, clip_on=False)
        axes.plot([x_km], [top_m], marker="o", ms=6, color=INK, zorder=8, clip_on=False)
        if range_km[1] - range_km[0] < 0.999 * link.path.length_m / 1000.0:
            continue  # a chart of one end says so in its title
        words: dict[str, Any] = {"ha": side, "va": "top", "transform": axes.transAxes, "zorder": 9}
        text = f"{name}, {height_m:g} m above ground"
        write(axes, corner, 0.96, text, size_px=16.0, halo_px=3.0, **words)


def _draw_obstacle(axes: Axes, obstacle: Obstacle, number: int, ray: Ray, range_km: Range) -> None:
    """Mark an obstacle, its height over the ray, and the line to the antenna it hides."""
    at_km = obstacle.distance_m / 1000.0
    ray_m = float(np.interp(obstacle.distance_m, ray.distance_m, ray.height_m))
    top_m = ray_m + obstacle.above_ray_m
    for end, whose in ((0, "transmitter"), (-1, "receiver")):
        if obstacle.horizon_of in (whose, "both"):
            far_km, far_m = ray.distance_m[end] / 1000.0, ray.height_m[end]
            axes.plot([far_km, at_km], [far_m, top_m], color=WARNING, lw=1.1, zorder=6)
    if not range_km[0] <= at_km <= range_km[1]:
        return
    axes.plot([at_km] * 2, [ray_m, top_m], color=WARNING, lw=1.8, zorder=8)
    blocks = obstacle.above_ray_m >= 0.0
    marker = "v" if blocks else "^"
    axes.plot([at_km], [top_m], marker=marker, ms=10, color=WARNING, mec=PAPER, mew=0.8, zorder=9)
    # Two horizons side by side keep their numbers apart.
    side_px = {"transmitter": -8.0, "receiver": 8.0}.get(obstacle.horizon_of, 0.0)
    axes.annotate(
        f"{number}",
        (at_km, top_m),
        xytext=(side_px, 11.0 if blocks else -11.0),
        textcoords="offset pixels",
        ha="center",
        va="bottom" if blocks else "top",
        fontfamily=FONT,
        fontsize=12.0,
        fontweight="bold",
        color=WARNING,
        zorder=9,
    )


def _dress(axes: Axes) -> None:
    words: dict[str, Any] = {"fontfamily": FONT, "fontsize": 11.0, "color": INK}
    axes.set_xlabel("Distance from the transmitter, km", **words)
    axes.set_ylabel("Height above the sea at the ends, m", **words)
    axes.tick_params(length=5.0, width=0.8, color=FRAME, labelcolor=QUIET_INK, pad=3.0)
    for tick in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        tick.set_fontfamily(FONT)
        tick.set_fontsize(10.0)
    axes.grid(visible=True, color=FRAME, lw=0.5, alpha=0.18)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_edgecolor(FRAME)
        spine.set_linewidth(1.0)
