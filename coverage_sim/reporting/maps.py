"""Maps of cells: how strong the signal is, and what a scenario changes.

Each map is a function of arrays and tables. ``coverage_figure(...)`` returns the figure,
``coverage_map(path, ...)`` takes the same and writes a PNG, equal to the byte for equal input.
The other maps of this package are here by name too.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from shapely.geometry.base import BaseGeometry

from coverage_sim.reporting import legend
from coverage_sim.reporting.basemap import Overlay, base_map, legend_color, on_grid
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
from coverage_sim.reporting.map_layers import (
    area_entries,
    draw_area,
    draw_place_names,
    draw_sites,
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
from coverage_sim.reporting.sheet import Words, new_sheet, saving


def coverage_figure(
    *,
    rsrp_dbm: xr.DataArray,
    terrain: xr.Dataset,
    sites: gpd.GeoDataFrame,
    communes: gpd.GeoDataFrame | None = None,
    villages: gpd.GeoDataFrame | None = None,
    levels: Sequence[Level | tuple[str, float, str]],
    title: str,
    subtitle: str,
    synthetic: bool,
    footnotes: Sequence[str],
    facts: Sequence[tuple[str, str]] = (),
    area: BaseGeometry | None = None,
    measure: str = "Signal outdoors",
) -> Figure:
    """Draw how strong the signal is on the ground.

    Parameters
    ----------
    rsrp_dbm : xarray.DataArray
        Received power of the best server, ``(y, x)``; NaN where no site reaches. [dBm]
    terrain : xarray.Dataset
        ``ground_m`` and ``clutter_class`` on the same grid, with CRS.
    sites : GeoDataFrame
        Points with ``status``; may be empty.
    communes : GeoDataFrame, optional
        Points with ``name``, ``district``, ``unit_type``: the names on the map.
    villages : GeoDataFrame, optional
        Points of villages that are not covered, to be ringed.
    levels : sequence of (label, threshold_dbm, color)
        Classes of signal, in any order.
    title, subtitle : str
        What the map shows, in plain words; where and for whom.
    synthetic : bool
        Whether anything shown is made up.
    footnotes : sequence of str
        What was assumed.
    facts : sequence of (str, str)
        Key figures, ready to print: what, how much.
    area : shapely geometry, optional
        The counted area in the map's projection; the rest is made pale.
    measure : str
        Heading of the classes.
    """
    base = base_map(terrain)
    order = strongest_first(levels)
    classes = base.drawn(signal_classes(on_grid(rsrp_dbm, terrain), order))
    classes[classes == 255] = 0  # no site in range and too weak are the same to a reader
    # Nobody misses a signal on the sea: only land without service is red.
    classes[base.is_water & (classes == 0)] = len(order) + 1
    by_class = (NO_SERVICE, *(level.color for level in order[::-1]), "")
    overlay = Overlay(codes=classes, colors=by_class)
    entries: list[legend.Entry] = [
        legend.Heading(measure, "received power of the reference signal (RSRP), in dBm"),
        *signal_entries(order, [legend_color(overlay, code) for code in range(len(order) + 1)]),
        *land_entries(base),
        *site_entries(sites, base),
        *_weak_village_entries(villages),
        *area_entries(area),
    ]
    words = Words(
        title=title, subtitle=subtitle, synthetic=synthetic, footnotes=footnotes, facts=facts
    )
    sheet = new_sheet(base, base.paint(overlay), entries, words)
    draw_area(sheet, area, base)
    draw_sites(sheet, sites, base)
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
    draw_place_names(sheet, communes, base)
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


def difference_figure(
    *,
    covered_before: xr.DataArray,
    covered_after: xr.DataArray,
    terrain: xr.Dataset,
    sites: gpd.GeoDataFrame,
    communes: gpd.GeoDataFrame | None = None,
    villages: gpd.GeoDataFrame | None = None,
    title: str,
    subtitle: str,
    synthetic: bool,
    footnotes: Sequence[str],
    facts: Sequence[tuple[str, str]] = (),
    area: BaseGeometry | None = None,
) -> Figure:
    """Draw what a scenario gains and loses against another.

    Parameters
    ----------
    covered_before, covered_after : xarray.DataArray of bool
        Whether each cell has service, ``(y, x)``.
    terrain, sites, communes, title, subtitle, synthetic, footnotes, facts, area
        As in `coverage_figure`; give only the sites that tell the difference.
    villages : GeoDataFrame, optional
        Points with a column ``change``: "gained" and "lost" are marked, others are not.
    """
    base = base_map(terrain)
    before = base.drawn(on_grid(covered_before, terrain)).astype(bool)
    after = base.drawn(on_grid(covered_after, terrain)).astype(bool)
    codes = (before * np.uint8(1) + after * np.uint8(2)).astype(np.uint8)
    codes[base.is_water & (codes == 0)] = 4
    overlay = Overlay(codes=codes, colors=(STILL_WITHOUT, LOST, GAINED, KEPT, ""), land_alpha=0.75)
    marks = (("gained", GAINED, "P", "Village gained"), ("lost", LOST, "X", "Village lost"))
    chosen = {
        change: inside(villages[(villages["change"] == change).to_numpy()], base)
        for change, *_ in marks
        if villages is not None
    }
    signs: list[legend.Entry] = [
        legend.Sign(
            label=f"{label} ({len(chosen[change]):,})",
            marker=marker,
            face=color,
            edge=PAPER,
            size=110.0,
        )
        for change, color, marker, label in marks
        if change in chosen
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
        *area_entries(area),
    ]
    words = Words(
        title=title, subtitle=subtitle, synthetic=synthetic, footnotes=footnotes, facts=facts
    )
    sheet = new_sheet(base, base.paint(overlay), entries, words)
    draw_area(sheet, area, base)
    draw_sites(sheet, sites, base)
    for change, color, marker, _ in marks:
        if change in chosen:
            points = chosen[change].geometry
            sheet.map.scatter(
                points.x,
                points.y,
                s=70.0,
                marker=marker,
                facecolors=color,
                edgecolors=PAPER,
                linewidths=0.8,
                zorder=5,
            )
    draw_place_names(sheet, communes, base)
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
