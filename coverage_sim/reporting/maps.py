"""Maps of cells: how strong the signal is, and what a scenario changes.

Each map is a function of arrays and tables. ``coverage_figure(...)`` returns the figure,
``coverage_map(path, ...)`` takes the same and writes a PNG, equal to the byte for equal input.
The other maps of this package are here by name too.
"""

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from coverage_sim.reporting import legend
from coverage_sim.reporting.basemap import Overlay, legend_color, on_grid
from coverage_sim.reporting.colors import (
    GAINED,
    INK,
    KEPT,
    LOST,
    NO_SERVICE,
    PAPER,
    STILL_WITHOUT,
    Level,
    signal_classes,
    strongest_first,
)
from coverage_sim.reporting.map_frame import MapFrame
from coverage_sim.reporting.map_layers import (
    area_entries,
    draw_place_names,
    inside,
    land_entries,
    signal_entries,
    site_entries,
)
from coverage_sim.reporting.place_maps import (
    commune_figure,
    commune_map,
    villages_figure,
    villages_map,
)
from coverage_sim.reporting.server_maps import best_server_figure, best_server_map
from coverage_sim.reporting.sheet import Words, saving


def coverage_figure(
    frame: MapFrame,
    words: Words,
    *,
    rsrp_dbm: xr.DataArray,
    levels: Sequence[Level | tuple[str, float, str]],
    sites: gpd.GeoDataFrame,
    villages: gpd.GeoDataFrame | None = None,
) -> Figure:
    """Draw how strong the signal is on the ground.

    Parameters
    ----------
    frame : MapFrame
        Where the map lies.
    words : Words
        What is written round it.
    rsrp_dbm : xarray.DataArray
        Received power of the best server, ``(y, x)``; NaN where no site reaches. [dBm]
    levels : sequence of (label, threshold_dbm, color)
        Classes of signal, in any order.
    sites : GeoDataFrame
        Points with ``status``; may be empty.
    villages : GeoDataFrame, optional
        Points of villages that are not covered, to be ringed.
    """
    base = frame.base
    order = strongest_first(levels)
    classes = base.thin(signal_classes(on_grid(rsrp_dbm, frame.terrain), order))
    classes[classes == 255] = 0  # no site in range and too weak are the same to a reader
    # Nobody misses a signal on the sea: only land without service is red.
    classes[base.is_water & (classes == 0)] = len(order) + 1
    by_class = (NO_SERVICE, *(level.color for level in order[::-1]), "")
    overlay = Overlay(codes=classes, colors=by_class)
    entries: list[legend.Entry] = [
        legend.Heading("Signal outdoors", "received power of the reference signal (RSRP), in dBm"),
        *signal_entries(order, [legend_color(overlay, code) for code in range(len(order) + 1)]),
        *land_entries(base),
        *site_entries(sites, base),
        *_weak_village_entries(villages),
        *area_entries(frame.area),
    ]
    sheet = frame.sheet(base, words, entries, overlay=overlay, sites=sites)
    if villages is not None and len(villages):
        weak = inside(villages, base)
        sheet.map.scatter(
            weak.geometry.x,
            weak.geometry.y,
            s=46.0,
            facecolors="none",
            edgecolors=INK,
            linewidths=1.1,
            zorder=5,
        )
    draw_place_names(sheet, frame.communes, base)
    return sheet.figure


def _weak_village_entries(villages: gpd.GeoDataFrame | None) -> list[legend.Entry]:
    if villages is None or not len(villages):
        return []
    return [
        legend.Sign(
            label=f"Village not covered ({len(villages):,})",
            detail="its centre or too many of its people lack service",
            marker="o",
            face="none",
            edge=INK,
            size=70.0,
            edge_width=1.2,
        )
    ]


class _Mark(NamedTuple):
    """How a village that a scenario changes is marked."""

    change: str
    color: str
    marker: str
    label: str


_MARKS = (_Mark("gained", GAINED, "P", "Village gained"), _Mark("lost", LOST, "X", "Village lost"))


def difference_figure(
    frame: MapFrame,
    words: Words,
    *,
    covered_before: xr.DataArray,
    covered_after: xr.DataArray,
    sites: gpd.GeoDataFrame,
    villages: gpd.GeoDataFrame | None = None,
) -> Figure:
    """Draw what a scenario gains and loses against another.

    Parameters
    ----------
    frame, words
        As in `coverage_figure`.
    covered_before, covered_after : xarray.DataArray of bool
        Whether each cell has service, ``(y, x)``.
    sites : GeoDataFrame
        Those that tell the difference, with ``status``.
    villages : GeoDataFrame, optional
        Points with a column ``change``: "gained" and "lost" are marked, others are not.
    """
    base = frame.base
    before = base.thin(on_grid(covered_before, frame.terrain)).astype(bool)
    after = base.thin(on_grid(covered_after, frame.terrain)).astype(bool)
    codes = (before * np.uint8(1) + after * np.uint8(2)).astype(np.uint8)
    codes[base.is_water & (codes == 0)] = 4
    overlay = Overlay(codes=codes, colors=(STILL_WITHOUT, LOST, GAINED, KEPT, ""), land_alpha=0.75)
    changed = {
        mark: inside(villages[(villages["change"] == mark.change).to_numpy()], base)
        for mark in _MARKS
        if villages is not None
    }
    signs: list[legend.Entry] = [
        legend.Sign(
            label=f"{mark.label} ({len(own):,})",
            marker=mark.marker,
            face=mark.color,
            edge=PAPER,
            size=110.0,
        )
        for mark, own in changed.items()
    ]
    entries: list[legend.Entry] = [
        legend.Heading("Service, before and after"),
        legend.Swatch(label="Gained", color=legend_color(overlay, 2)),
        legend.Swatch(label="Lost", color=legend_color(overlay, 1)),
        legend.Swatch(label="Served before and after", color=legend_color(overlay, 3)),
        legend.Swatch(label="Served neither before nor after", color=legend_color(overlay, 0)),
        *land_entries(base),
        *(legend.Heading("Villages") for _ in signs[:1]),
        *signs,
        *site_entries(sites, base),
        *area_entries(frame.area),
    ]
    sheet = frame.sheet(base, words, entries, overlay=overlay, sites=sites)
    for mark, own in changed.items():
        sheet.map.scatter(
            own.geometry.x,
            own.geometry.y,
            s=70.0,
            marker=mark.marker,
            facecolors=mark.color,
            edgecolors=PAPER,
            linewidths=0.8,
            zorder=5,
        )
    draw_place_names(sheet, frame.communes, base)
    return sheet.figure


coverage_map = saving(coverage_figure)
difference_map = saving(difference_figure)

__all__ = [
    "best_server_figure",
    "best_server_map",
    "commune_figure",
    "commune_map",
    "coverage_figure",
    "coverage_map",
    "difference_figure",
    "difference_map",
    "villages_figure",
    "villages_map",
]
