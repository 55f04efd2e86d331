"""Maps of places: which villages have service, and how the communes compare."""

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr
from matplotlib.collections import PatchCollection
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from coverage_sim.reporting import legend
from coverage_sim.reporting.basemap import base_map
from coverage_sim.reporting.colors import (
    FRAME,
    INK,
    PAPER,
    SHARE_COLORS,
    UNKNOWN,
    share_codes,
    share_labels,
)
from coverage_sim.reporting.map_layers import (
    area_entries,
    draw_area,
    draw_place_names,
    draw_sites,
    inside,
    land_entries,
    outline,
    settled_area,
    site_entries,
)
from coverage_sim.reporting.sheet import Sheet, Words, new_sheet, saving
from coverage_sim.reporting.text import Label, write

_DISC_PX: Final = 13.5
_SHARE_DETAIL: Final = "share of the people with service (how many)"


def villages_figure(
    *,
    villages: gpd.GeoDataFrame,
    terrain: xr.Dataset,
    sites: gpd.GeoDataFrame | None = None,
    communes: gpd.GeoDataFrame | None = None,
    share_column: str = "covered_percent",
    worst: int = 12,
    title: str,
    subtitle: str,
    synthetic: bool,
    footnotes: Sequence[str],
    facts: Sequence[tuple[str, str]] = (),
    area: BaseGeometry | None = None,
) -> Figure:
    """Draw the villages: a circle as large as its people, coloured by how many have service.

    Parameters
    ----------
    villages : GeoDataFrame
        Points with ``name``, ``people`` and the share column; a missing share is grey.
    terrain, sites, communes, title, subtitle, synthetic, footnotes, facts, area
        As in `coverage_sim.reporting.maps.coverage_figure`.
    share_column : str
        People with service, of the village's people. [percent]
    worst : int
        How many villages with the most people left out are numbered and listed.
    """
    base = base_map(terrain)
    shown = inside(villages, base)
    people = shown["people"].to_numpy(dtype=float)
    percent = shown[share_column].to_numpy(dtype=float)
    left_out = np.nan_to_num(people * (1.0 - percent / 100.0))
    order = np.argsort(-left_out, kind="stable")
    listed = order[: min(worst, int(np.count_nonzero(left_out >= 0.5)))]
    sites_shown = (
        gpd.GeoDataFrame({"status": []}, geometry=[], crs=4326) if sites is None else sites
    )
    px_per_root = _px_per_root_of_people(people)
    entries: list[legend.Entry] = [
        legend.Heading("Villages", _SHARE_DETAIL),
        *share_entries(percent),
        *land_entries(base),
        *_people_entries(people, px_per_root),
        *site_entries(sites_shown, base),
        *area_entries(area),
    ]
    if listed.size:
        entries += [legend.Heading("Most people without service")]
        for number, row in enumerate(listed.tolist(), start=1):
            village = shown.iloc[row]
            place = f"{village['commune']}: " if "commune" in shown else ""
            entries.append(
                legend.Numbered(
                    number=number,
                    label=str(village["name"]),
                    detail=f"{place}{left_out[row]:,.0f} of {people[row]:,.0f} people",
                )
            )
    words = Words(
        title=title, subtitle=subtitle, synthetic=synthetic, footnotes=footnotes, facts=facts
    )
    sheet = new_sheet(base, base.paint(), entries, words)
    draw_area(sheet, area, base)
    draw_sites(sheet, sites_shown, base)
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
    draw_place_names(sheet, communes, base)
    return sheet.figure


def _px_per_root_of_people(people: NDArray[np.float64]) -> float:
    """Return the scale of the circles: area follows people, 3,000 of them do not touch."""
    if not people.size:
        return 0.2
    middle_px = float(np.clip(260.0 / np.sqrt(people.size), 4.2, 11.0))
    return middle_px / float(np.sqrt(max(np.median(people), 1.0)))


def _points2(radius_px: NDArray[np.float64]) -> NDArray[np.float64]:
    points = 2.0 * np.maximum(radius_px, 1.6) * 72.0 / 100.0
    return points**2


def _people_entries(people: NDArray[np.float64], px_per_root: float) -> list[legend.Entry]:
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


def commune_figure(
    *,
    communes: gpd.GeoDataFrame,
    terrain: xr.Dataset,
    share_column: str = "covered_percent",
    title: str,
    subtitle: str,
    synthetic: bool,
    footnotes: Sequence[str],
    facts: Sequence[tuple[str, str]] = (),
    area: BaseGeometry | None = None,
) -> Figure:
    """Draw the communes shaded by the share of their people with service.

    Parameters
    ----------
    communes : GeoDataFrame
        Polygons, or points where no boundaries are at hand: then each stands for the land
        nearest to it, and the map says so. With ``name``, ``district``, ``unit_type``.
    terrain, title, subtitle, synthetic, footnotes, facts
        As in `coverage_sim.reporting.maps.coverage_figure`.
    share_column : str
        People with service, of the commune's people; missing is grey. [percent]
    area : shapely geometry, optional
        Where nearest-commune areas end, in the map's projection; the land near the communes
        if not given.
    """
    base = base_map(terrain)
    shown = inside(communes, base)
    has_boundaries = bool(shown.geom_type.isin(["Polygon", "MultiPolygon"]).all())
    edge = area
    if has_boundaries:
        shapes = shown.geometry.to_numpy()
        notes = tuple(footnotes)
    else:
        edge = settled_area(shown, crs=base.crs) if area is None else area
        shapes = nearest_areas(shown.geometry, edge)
        notes = (
            *footnotes,
            "Areas are the land nearest to each commune's position, not its boundary.",
        )
    percent = shown[share_column].to_numpy(dtype=float)
    colors = np.array([*SHARE_COLORS, UNKNOWN])[share_codes(percent)]
    entries: list[legend.Entry] = [
        legend.Heading("Communes", _SHARE_DETAIL),
        *share_entries(percent),
        *land_entries(base),
    ]
    words = Words(title=title, subtitle=subtitle, synthetic=synthetic, footnotes=notes, facts=facts)
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


def share_entries(percent: NDArray[np.float64]) -> list[legend.Entry]:
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
