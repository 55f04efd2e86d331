"""Colours of classes, chosen so that colour-blind readers and grey prints keep them apart.

The signal classes differ in lightness as well as in hue; a test holds them apart for the three
kinds of colour blindness.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb

from coverage_sim.array_types import Floats, Ints

INK: Final = "#1f2933"
QUIET_INK: Final = "#52606d"
PAPER: Final = "#ffffff"
WARNING: Final = "#a61b1b"
FRAME: Final = "#3e4c59"

#: Signal classes from strongest to weakest, and land without service.
SIGNAL_COLORS: Final = ("#2a6f97", "#5cb89a", "#eed96c")
#: A signal that can be received and is no service.
BELOW_SERVICE: Final = "#d98a5b"
NO_SERVICE: Final = "#b8203f"
UNKNOWN: Final = "#9aa5b1"

#: What the land looks like under everything else, by ESA WorldCover class (1, 51: ours).
LAND_COLORS: Final[dict[int, str]] = {
    0: "#f2f0ea",
    1: "#c9dcea",
    10: "#cddcb6",
    20: "#dbe3c1",
    30: "#e6ebcf",
    40: "#f3f0df",
    50: "#d9d2cb",
    51: "#bfb5ad",
    60: "#ebe3d3",
    70: "#fafcff",
    80: "#b5d0e2",
    90: "#d3e4da",
    95: "#b7d3b4",
    100: "#dfe3d0",
}
WATER_CLASSES: Final = (1, 80)

#: Covered share of people, from worst to best: the darker, the worse, so that the few places
#: that matter stand out of the many that are well served.
SHARE_COLORS: Final = ("#7a0f2b", "#d6483a", "#f39a4d", "#f9dc8f", "#86b6d9")
SHARE_EDGES_PERCENT: Final = (50.0, 80.0, 90.0, 99.0)


#: Predicted less measured signal, from promised too little (blue) to too much (red).
ERROR_COLORS: Final = ("#0b3f78", "#4f9fd6", "#f7f5ef", "#f2a35e", "#9c2a10")
ERROR_EDGES_DB: Final = (-12.0, -6.0, 6.0, 12.0)

GAINED: Final = "#0b5fa5"
LOST: Final = "#d55e00"
KEPT: Final = "#b9d3c8"
STILL_WITHOUT: Final = "#8d8794"

#: Neighbouring areas that mean nothing by their colour (after Okabe and Ito, and Tol).
PATCHWORK: Final = (
    "#4477aa",
    "#ee9944",
    "#66bb99",
    "#cc6677",
    "#ddcc77",
    "#88ccee",
    "#aa66aa",
    "#999933",
    "#bbbbbb",
    "#7a5c99",
)
#: Networks and other few named classes.
CATEGORIES: Final = ("#c2455c", "#12507b", "#e3a72f", "#2a9d8f", "#7a5c99", "#6b7280")


class Level(NamedTuple):
    """One class of received signal.

    Parameters
    ----------
    label : str
        What it means to a reader, e.g. ``"Good outdoors"``.
    threshold_dbm : float
        The class begins here and ends at the next stronger one. [dBm]
    color : str
        As ``"#rrggbb"``.
    """

    label: str
    threshold_dbm: float
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointStyle:
    """How the points of one kind are drawn.

    Parameters
    ----------
    label : str
        What the legend says.
    marker : str
        As matplotlib names it.
    face, edge : str
        Colours as ``"#rrggbb"``; a face of ``"none"`` is clear.
    size : float
        Area of the square round the marker, in printer's points squared, as matplotlib has it.
    above : int
        Of two on one place the higher one is on top.
    """

    label: str
    marker: str
    face: str
    edge: str
    size: float
    above: int = 0


#: By status of the site, in the order of the legend.
SITE_STYLES: Final[dict[str, PointStyle]] = {
    "existing": PointStyle(label="Site, existing", marker="^", face=INK, edge=PAPER, size=26),
    "approved_built": PointStyle(
        label="Site, approved and built", marker="^", face="#5b3a8c", edge=PAPER, size=30, above=1
    ),
    "approved_unbuilt": PointStyle(
        label="Site, approved, not built", marker="^", face=PAPER, edge="#b0006d", size=34, above=2
    ),
    "candidate": PointStyle(
        label="Candidate position", marker="D", face="#ffd23f", edge=INK, size=24, above=3
    ),
    "rejected": PointStyle(
        label="Position refused", marker="X", face="#8b95a1", edge=PAPER, size=26, above=0
    ),
}

#: By whether the place has what it must have.
MUST_COVER_STYLES: Final[dict[bool, PointStyle]] = {
    False: PointStyle(
        label="Must have service, has none", marker="s", face=NO_SERVICE, edge=INK, size=34, above=1
    ),
    True: PointStyle(
        label="Must have service, has it", marker="s", face=SIGNAL_COLORS[1], edge=INK, size=26
    ),
}

WEAK_SPOT_STYLE: Final = PointStyle(
    label="Weak spot", marker="o", face="none", edge=NO_SERVICE, size=60
)


def share_labels() -> tuple[str, ...]:
    """Return what the classes of covered share are called, worst first, as `SHARE_COLORS`.

    Examples
    --------
    >>> share_labels()[0], share_labels()[-1]
    ('Under 50 %', '99 % and more')
    """
    edges = SHARE_EDGES_PERCENT
    return (
        f"Under {edges[0]:g} %",
        *(f"{low:g} to under {high:g} %" for low, high in itertools.pairwise(edges)),
        f"{edges[-1]:g} % and more",
    )


def share_codes(percent: Floats) -> Ints:
    """Return the class of each covered share, worst first; one more than the last if unknown."""
    codes = np.digitize(percent, SHARE_EDGES_PERCENT)
    return np.where(np.isnan(percent), len(SHARE_COLORS), codes)


def strongest_first(levels: Sequence[Level | tuple[str, float, str]]) -> list[Level]:
    """Return the levels from the strongest to the weakest.

    Examples
    --------
    >>> strongest_first([("basic", -110.0, "#fff"), ("good", -100.0, "#000")])[0].label
    'good'
    """
    named = [Level(*level) for level in levels]
    return sorted(named, key=lambda level: -level.threshold_dbm)


def service_colors(count: int) -> list[str]:
    """Return as many colours as there are service levels, strongest first.

    Examples
    --------
    >>> service_colors(2) == list(SIGNAL_COLORS[:2])
    True
    >>> len(set(service_colors(5)))
    5
    """
    if count <= len(SIGNAL_COLORS):
        return list(SIGNAL_COLORS[:count])
    blend = LinearSegmentedColormap.from_list("signal", SIGNAL_COLORS)
    return [to_hex(blend(i / (count - 1))) for i in range(count)]


def signal_classes(rsrp_dbm: xr.DataArray, levels: Sequence[Level]) -> xr.DataArray:
    """Sort cells into classes: 1 the weakest level, counting up; 0 below all; 255 no data.

    Parameters
    ----------
    rsrp_dbm : xarray.DataArray
        Received power, any shape. [dBm]
    levels : sequence of Level
        In any order.

    Returns
    -------
    xarray.DataArray
        ``uint8``, with CF flags; ready for `coverage_sim.reporting.geo.write_cog` with
        `signal_colormap`.
    """
    weakest_first = strongest_first(levels)[::-1]
    thresholds_dbm = np.array([level.threshold_dbm for level in weakest_first])
    values = rsrp_dbm.to_numpy()
    classes = np.digitize(values, thresholds_dbm.astype(values.dtype)).astype(np.uint8)
    classes[np.isnan(values)] = 255
    meanings = ["below_all_levels", *(_flag(level.label) for level in weakest_first)]
    return rsrp_dbm.copy(data=classes).assign_attrs(
        long_name="class of reference signal received power",
        units="1",
        flag_values=np.arange(len(meanings), dtype=np.uint8),
        flag_meanings=" ".join(meanings),
    )


def _flag(label: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in label.lower()).split())


def signal_colormap(levels: Sequence[Level]) -> dict[int, tuple[int, int, int, int]]:
    """Return the colour table of a `signal_classes` raster.

    Examples
    --------
    >>> signal_colormap([Level("basic", -110.0, "#ff0000")])
    {0: (184, 32, 63, 255), 1: (255, 0, 0, 255), 255: (0, 0, 0, 0)}
    """
    colors = [NO_SERVICE, *(level.color for level in strongest_first(levels)[::-1])]
    table = {i: (*rgb255(color), 255) for i, color in enumerate(colors)}
    return {**table, 255: (0, 0, 0, 0)}


def land_colormap() -> dict[int, tuple[int, int, int, int]]:
    """Return the colour table of a land-cover raster."""
    return {code: (*rgb255(color), 255) for code, color in LAND_COLORS.items()}


def rgb255(color: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0-255.

    Examples
    --------
    >>> rgb255("#ff8000")
    (255, 128, 0)
    """
    red, green, blue = (round(255 * part) for part in to_rgb(color))
    return red, green, blue
