"""Maps of places: which villages have service, and how the communes compare."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.collections import PatchCollection
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from coverage_sim.array_types import Floats
from coverage_sim.reporting import legend
from coverage_sim.reporting.colors import (
    FRAME,
    INK,
    PAPER,
    SHARE_COLORS,
    UNKNOWN,
    share_codes,
    share_labels,
)
from coverage_sim.reporting.map_frame import MapFrame
from coverage_sim.reporting.map_layers import (
    area_entries,
    draw_place_names,
    inside,
    land_entries,
    outline,
    settled_area,
    site_entries,
)
from coverage_sim.reporting.sheet import Sheet, Words, new_sheet, saving
from coverage_sim.reporting.table_writing import whole
from coverage_sim.reporting.text import Label, write

_DISC_PX: Final = 13.5
#: So many villages with the most people left out are numbered and listed.
_LISTED: Final = 12
_NEAREST_NOTE: Final = "Areas are the land nearest to each commune's position, not its boundary."
_SHARE_DETAIL: Final = "share of the people with service (how many)"


def villages_figure(
    frame: MapFrame, words: Words, *, villages: gpd.GeoDataFrame, sites: gpd.GeoDataFrame
) -> Figure:
    """Draw the villages: a circle as large as its people, coloured by how many have service.

    Parameters
    ----------
    frame, words, sites
        As in `coverage_sim.reporting.maps.coverage_figure`.
    villages : GeoDataFrame
        Points with ``name``, ``people`` and ``covered_percent``; a missing share is grey. Those
        with the most people left out are numbered and listed.
    """
    base = frame.base
    shown = inside(villages, base)
    people = shown["people"].to_numpy(dtype=float)
    percent = shown["covered_percent"].to_numpy(dtype=float)
    left_out = np.nan_to_num(people * (1.0 - percent / 100.0))
    order = np.argsort(-left_out, kind="stable")
    listed = order[: min(_LISTED, int(np.count_nonzero(left_out >= 0.5)))]
    px_per_root = _px_per_root_of_people(people)
    entries: list[legend.Entry] = [
        legend.Heading("Villages", _SHARE_DETAIL),
        *share_entries(percent),
        *land_entries(base),
        *_people_entries(people, px_per_root),
        *site_entries(sites, base),
        *area_entries(frame.area),
        *_worst_entries(shown.iloc[listed], left_out[listed]),
    ]
    sheet = frame.sheet(base, words, entries, sites=sites)
    # The worst on top: they are what the map is for, and they are few.
    drawn = order[::-1]
    points = shown.geometry.iloc[drawn]
    sheet.map.scatter(
        points.x,
        points.y,
        s=_points2(px_per_root * np.sqrt(people[drawn])),
        c=share_codes(percent[drawn]),
        cmap=ListedColormap([*SHARE_COLORS, UNKNOWN]),
        vmin=-0.5,
        vmax=len(SHARE_COLORS) + 0.5,
        edgecolors=FRAME,
        linewidths=0.35,
        zorder=5,
    )
    _draw_numbers(sheet, shown.iloc[listed])
    draw_place_names(sheet, frame.communes, base)
    return sheet.figure


def _worst_entries(villages: gpd.GeoDataFrame, left_out: Floats) -> Iterator[legend.Entry]:
    """Yield the entries of the villages with the most people left out, the worst first."""
    if len(villages):
        yield legend.Heading("Most people without service")
    for number, (village, people) in enumerate(
        zip(villages.to_dict("records"), left_out.tolist(), strict=True), start=1
    ):
        place = f"{village['commune']}: " if "commune" in village else ""
        yield legend.Numbered(
            number=number,
            label=str(village["name"]),
            detail=f"{place}{whole(people)} of {whole(village['people'])} people",
        )


def _px_per_root_of_people(people: Floats) -> float:
    """Return the scale of the circles: area follows people, 3,000 of them do not touch."""
    if not people.size:
        return 0.2
    middle_px = float(np.clip(260.0 / np.sqrt(people.size), 4.2, 11.0))
    return middle_px / float(np.sqrt(max(np.median(people), 1.0)))


def _points2(radius_px: Floats) -> Floats:
    points = 2.0 * np.maximum(radius_px, 1.6) * 72.0 / 100.0
    return points**2


def _people_entries(people: Floats, px_per_root: float) -> list[legend.Entry]:
    if not people.size:
        return []
    top = float(people.max())
    sizes = [n for n in (50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000) if n <= top][-3:]
    if not sizes:
        return []
    return [
        legend.Heading("People of the village"),
        legend.Circles(
            radii_px=tuple(max(1.6, px_per_root * float(np.sqrt(n))) for n in sizes),
            labels=tuple(f"{n:,}" for n in sizes),
        ),
    ]


def _draw_numbers(sheet: Sheet, listed: gpd.GeoDataFrame) -> None:
    for number, point in enumerate(listed.geometry, start=1):
        at_x, at_y = sheet.pixel(point.x, point.y)
        label = Label(text=f"{number}", x_px=at_x, y_px=at_y, size_px=22.0, gap_px=9.0)
        spot = sheet.labels.place(label, always=True) or (at_x, at_y)
        x, y = sheet.metres(*spot)
        sheet.map.plot([point.x, x], [point.y, y], color=INK, linewidth=0.9, zorder=8.5)
        sheet.map.scatter(
            [x],
            [y],
            s=float(_points2(np.array([_DISC_PX]))[0]),
            facecolors=INK,
            edgecolors=PAPER,
            linewidths=1.2,
            zorder=9,
        )
        write(
            sheet.map,
            x,
            y,
            f"{number}",
            size_px=15.0,
            weight="bold",
            color=PAPER,
            ha="center",
            va="center_baseline",
            zorder=9.1,
        )


def commune_figure(frame: MapFrame, words: Words, *, communes: gpd.GeoDataFrame) -> Figure:
    """Draw the communes shaded by the share of their people with service.

    Parameters
    ----------
    frame, words
        As in `coverage_sim.reporting.maps.coverage_figure`. Nearest-commune areas end where the
        counted area does, or with the land near the communes if there is none.
    communes : GeoDataFrame
        Polygons, or points where no boundaries are at hand: then each stands for the land
        nearest to it, and the map says so. With ``name``, ``district``, ``unit_type`` and
        ``covered_percent``; a missing share is grey.
    """
    base = frame.base
    shown = inside(communes, base)
    has_boundaries = bool(shown.geom_type.isin(["Polygon", "MultiPolygon"]).all())
    if has_boundaries:
        shapes = shown.geometry.to_numpy()
    else:
        edge = settled_area(shown, crs=base.crs) if frame.area is None else frame.area
        shapes = nearest_areas(shown.geometry, edge)
        words = replace(words, footnotes=(*words.footnotes, _NEAREST_NOTE))
    percent = shown["covered_percent"].to_numpy(dtype=float)
    colors = np.array([*SHARE_COLORS, UNKNOWN])[share_codes(percent)]
    entries: list[legend.Entry] = [
        legend.Heading("Communes", _SHARE_DETAIL),
        *share_entries(percent),
        *land_entries(base),
    ]
    sheet = new_sheet(base, base.paint(), entries, words)
    collection = PatchCollection(
        [PathPatch(outline(shape)) for shape in shapes],
        facecolors=colors.tolist(),
        edgecolors=PAPER,
        linewidths=0.9,
        zorder=3,
        alpha=0.86,
    )
    sheet.map.add_collection(collection, autolim=False)
    # Water over the shading: nobody lives there, and it is how readers find their way.
    sheet.map.imshow(
        base.water_picture(), extent=base.extent, aspect="auto", interpolation="auto", zorder=3.5
    )
    draw_place_names(sheet, shown, base)
    return sheet.figure


def share_entries(percent: Floats) -> list[legend.Entry]:
    """Return the entries of the classes of covered share, best first, with their counts."""
    names = (*share_labels(), "Not known")
    count = np.bincount(share_codes(percent), minlength=len(names))
    swatches = [
        legend.Swatch(label=f"{name} ({number:,})", color=color)
        for name, number, color in zip(names, count, (*SHARE_COLORS, UNKNOWN), strict=True)
    ]
    known, unknown = swatches[:-1], swatches[-1:]
    return [*reversed(known), *(unknown if count[-1] else [])]


def nearest_areas(points: gpd.GeoSeries, area: BaseGeometry) -> NDArray[np.object_]:
    """Return, for each point, the part of ``area`` that is nearest to it (Voronoi).

    Parameters
    ----------
    points : GeoSeries
        In the CRS of the area; equal points share a part.
    area : shapely geometry
        What is divided.
    """
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(points.to_numpy()), extend_to=area)
    )
    tree = shapely.STRtree(cells)
    owner = tree.query_nearest(points.to_numpy(), all_matches=False)[1]
    divided = shapely.intersection(cells[owner], area)
    return np.asarray(divided, dtype=object)


villages_map = saving(villages_figure)
commune_map = saving(commune_figure)
