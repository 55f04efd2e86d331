"""What several maps share over the land: sites, place names, the counted area.

Each `draw_...` has a partner that returns its entries of the panel, because the panel is
measured before the sheet exists.
"""

from collections.abc import Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from shapely.geometry.base import BaseGeometry

from coverage_sim.reporting import legend
from coverage_sim.reporting.basemap import BaseMap
from coverage_sim.reporting.colors import INK, LAND_COLORS, PAPER, SITE_STYLES, UNKNOWN, Level
from coverage_sim.reporting.sheet import Sheet
from coverage_sim.reporting.text import Label, write

#: Unit types that are towns: they get a sign, and larger letters.
_TOWN_TYPES: Final = ("thị trấn", "phường", "town", "ward")
_MOST_TOWN_NAMES: Final = 18
#: On a map the type of a unit stands in short, and not at all where it is what most are.
_SHORT_TYPES: Final = (
    ("Xã ", ""),
    ("Thị trấn ", "TT. "),
    ("Phường ", "P. "),
    ("Huyện ", ""),
    ("Thị xã ", "TX. "),
    ("Thành phố ", "TP. "),
)
#: Letters of communes' names, from what reads well to what can be read in print. [px]
_COMMUNE_SIZES_PX: Final = (12.0, 11.0, 10.0, 9.0)
#: How far from its place a name may stand, with a line to it. [px]
_ASIDE_PX: Final = 90.0


def inside(places: gpd.GeoDataFrame, base: BaseMap) -> gpd.GeoDataFrame:
    """Return the places on the map, in its projection."""
    west, east, south, north = base.extent
    projected = places.to_crs(base.crs)
    points = projected.geometry.representative_point()
    on_map = points.x.between(west, east) & points.y.between(south, north)
    return projected[on_map.to_numpy()]


def signal_entries(levels: Sequence[Level], colors: Sequence[legend.Color]) -> list[legend.Entry]:
    """Return the panel's entries on classes of signal, strongest first.

    Parameters
    ----------
    levels : sequence of Level
        Strongest first.
    colors : sequence of color
        Of each class as it looks on the map, as `signal_classes` numbers them: none, the
        weakest, and so on.
    """
    return [
        *(
            legend.Swatch(label=level.label, detail=_range_text(levels, i), color=colors[-1 - i])
            for i, level in enumerate(levels)
        ),
        legend.Swatch(
            label="No service",
            detail=f"weaker than {_dbm(levels[-1].threshold_dbm)}, or no site in range",
            color=colors[0],
        ),
    ]


def _dbm(value: float) -> str:
    return f"{value:g} dBm".replace("-", "\N{MINUS SIGN}")


def _range_text(order: Sequence[Level], i: int) -> str:
    if i == 0:
        return f"{_dbm(order[0].threshold_dbm)} or stronger"
    low = f"{order[i].threshold_dbm:g}".replace("-", "\N{MINUS SIGN}")
    return f"{low} to {_dbm(order[i - 1].threshold_dbm)}"


def site_entries(sites: gpd.GeoDataFrame, base: BaseMap) -> list[legend.Entry]:
    """Return the panel's entries on sites, one a status that is on the map."""
    return status_entries(inside(sites, base)["status"]) if len(sites) else []


def status_entries(status: pd.Series) -> list[legend.Entry]:
    """Return the panel's entries on sites of these statuses, each with its count."""
    count = status.value_counts()
    entries: list[legend.Entry] = []
    for key, style in SITE_STYLES.items():
        if count.get(key, 0):
            entries.append(
                legend.Sign(
                    label=f"{style.label} ({count[key]:,})",
                    marker=style.marker,
                    face=style.face,
                    edge=style.edge,
                    size=2.2 * style.size,
                )
            )
    return [legend.Heading("Sites"), *entries] if entries else []


def draw_sites(sheet: Sheet, sites: gpd.GeoDataFrame, base: BaseMap) -> None:
    """Draw the sites of the map by status."""
    if not len(sites):
        return
    shown = inside(sites, base)
    # Three thousand sites at the size of thirty would be a carpet.
    shrink = float(np.clip(np.sqrt(260.0 / max(len(shown), 1)), 0.62, 1.5))
    for status, style in SITE_STYLES.items():
        points = shown[(shown["status"] == status).to_numpy()].geometry
        sheet.map.scatter(
            points.x,
            points.y,
            s=style.size * shrink,
            marker=style.marker,
            facecolors=style.face,
            edgecolors=style.edge,
            linewidths=0.5 if style.edge == PAPER else 0.9,
            zorder=4 + 0.1 * style.above,
        )


def draw_place_names(sheet: Sheet, communes: gpd.GeoDataFrame | None, base: BaseMap) -> None:
    """Write the names of districts, towns and communes, none over another."""
    if communes is None or not len(communes):
        return
    shown = inside(communes, base)
    shown = shown.set_geometry(shown.geometry.representative_point())
    if "district" in shown:
        # Communes of 2025 have none.
        in_district = shown[shown["district"].astype(bool).to_numpy()]
        for name, members in in_district.groupby("district", sort=True):
            at_x, at_y = sheet.pixel(
                float(members.geometry.x.median()), float(members.geometry.y.median())
            )
            _write_name(
                sheet,
                Label(
                    text=short_name(str(name)).upper(),
                    x_px=at_x,
                    y_px=at_y,
                    size_px=16.0,
                    weight="bold",
                ),
            )
    named = _draw_towns(sheet, shown) if "unit_type" in shown else set()
    for place in shown.sort_values("name").itertuples():
        if place.Index not in named:
            _write_commune(sheet, str(place.name), *sheet.pixel(place.geometry.x, place.geometry.y))


def _draw_towns(sheet: Sheet, shown: gpd.GeoDataFrame) -> set[Any]:
    """Write the names of some towns beside their signs; return the rows of those written."""
    town = shown["unit_type"].astype(str).str.lower().str.startswith(_TOWN_TYPES)
    named: set[Any] = set()
    for place in shown[town.to_numpy()].sort_values("name").itertuples():
        at_x, at_y = sheet.pixel(place.geometry.x, place.geometry.y)
        label = Label(
            text=short_name(str(place.name)), x_px=at_x, y_px=at_y, size_px=13.0, gap_px=5.0
        )
        if len(named) < _MOST_TOWN_NAMES and _write_name(sheet, label):
            named.add(place.Index)
            sheet.map.scatter(
                [place.geometry.x],
                [place.geometry.y],
                s=13.0,
                marker="s",
                facecolors=PAPER,
                edgecolors=INK,
                linewidths=0.9,
                zorder=7,
            )
    return named


def _write_commune(sheet: Sheet, name: str, x_px: float, y_px: float) -> bool:
    """Write a commune's name as large as it fits, in one line or in two, if need be aside."""
    short = short_name(name)
    texts = tuple(dict.fromkeys((short, _in_two_lines(short))))
    least_px = _COMMUNE_SIZES_PX[-1]
    return any(
        _write_name(sheet, Label(text=text, x_px=x_px, y_px=y_px, size_px=size_px))
        for size_px in _COMMUNE_SIZES_PX
        for text in texts
    ) or any(
        _write_name(
            sheet, Label(text=text, x_px=x_px, y_px=y_px, size_px=least_px, reach_px=_ASIDE_PX)
        )
        for text in texts
    )


def short_name(name: str) -> str:
    """Return the name of a unit as a map has room for it.

    Examples
    --------
    >>> short_name("Xã Hải Tây"), short_name("Thị trấn Gôi"), short_name("Xuân Trường")
    ('Hải Tây', 'TT. Gôi', 'Xuân Trường')
    """
    return next(
        (short + name.removeprefix(word) for word, short in _SHORT_TYPES if name.startswith(word)),
        name,
    )


def _in_two_lines(name: str) -> str:
    r"""Return a name broken where its lines come out shortest.

    Examples
    --------
    >>> _in_two_lines("Nghĩa Thắng")
    'Nghĩa\nThắng'
    """
    words = name.split()
    breaks = ((" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words)))
    return "\n".join(min(breaks, key=lambda lines: max(map(len, lines)), default=(name,)))


def _write_name(sheet: Sheet, label: Label) -> bool:
    spot = sheet.labels.place(label)
    if spot is None:
        return False
    if label.reach_px:
        (x, y), (to_x, to_y) = sheet.metres(label.x_px, label.y_px), sheet.metres(*spot)
        sheet.map.plot([x, to_x], [y, to_y], color=INK, linewidth=0.5, zorder=7.5)
    write(
        sheet.map,
        *sheet.metres(*spot),
        label.text,
        size_px=label.size_px,
        weight=label.weight,
        style=label.style,
        color=label.color,
        halo_px=2.2,
        ha="center",
        va="center" if "\n" in label.text else "center_baseline",
        zorder=8,
    )
    return True


def area_entries(area: BaseGeometry | None) -> list[legend.Entry]:
    """Return the panel's entry on the counted area."""
    if area is None:
        return []
    return [
        legend.LineSign(
            label="Edge of the counted area",
            detail="beyond it the map is pale and nothing is counted",
            color=INK,
            dashes=(4.0, 2.0),
        )
    ]


def draw_area(sheet: Sheet, area: BaseGeometry | None, base: BaseMap) -> None:
    """Make the land outside the counted area pale; ``area`` is in the map's projection."""
    if area is None:
        return
    west, east, south, north = base.extent
    outside = shapely.box(west, south, east, north).difference(area)
    if not outside.is_empty:
        sheet.map.add_patch(
            PathPatch(outline(outside), facecolor=PAPER, edgecolor="none", alpha=0.66, zorder=3)
        )
    sheet.map.add_patch(
        PathPatch(
            outline(area),
            facecolor="none",
            edgecolor=INK,
            linewidth=1.0,
            linestyle=(0, (4.0, 2.0)),
            zorder=3.1,
        )
    )


def outline(shape: BaseGeometry) -> Outline:
    """Return polygons, holes and all, as one matplotlib path."""
    vertices, codes = [], []
    for part in shapely.get_parts(shape):
        if part.geom_type != "Polygon":
            continue
        for ring in (part.exterior, *part.interiors):
            points = shapely.get_coordinates(ring)
            vertices.append(points)
            codes += [Outline.MOVETO, *([Outline.LINETO] * (len(points) - 2)), Outline.CLOSEPOLY]
    if not vertices:
        return Outline(np.empty((0, 2)))
    return Outline(np.concatenate(vertices), codes)


def land_entries(base: BaseMap) -> list[legend.Entry]:
    """Return the panel's entries on the land where no class covers it."""
    entries: list[legend.Entry] = []
    if base.is_water.any():
        entries.append(legend.Swatch(label="Sea and rivers", color=LAND_COLORS[1]))
    if base.is_unknown:
        entries.append(
            legend.Swatch(
                label="Not known", detail="no ground height here or on the way", color=UNKNOWN
            )
        )
    return entries


def settled_area(
    places: gpd.GeoDataFrame, *, crs: Any, reach_m: float | None = None
) -> BaseGeometry:
    """Return the land near places, where no boundary is at hand.

    Parameters
    ----------
    places : GeoDataFrame
        Points of communes, or of villages.
    crs : object
        A projected CRS in metres, as pyproj takes it.
    reach_m : float, optional
        How far the area reaches beyond a place; twice the median distance to the nearest
        neighbour if not given. [m]

    Returns
    -------
    shapely geometry
        In ``crs``, with smooth edges and without small holes.
    """
    points = places.to_crs(crs).geometry.representative_point()
    reach = reach_m if reach_m is not None else 2.0 * _median_spacing_m(points)
    joined = shapely.union_all(shapely.buffer(points.to_numpy(), reach))
    closed = joined.buffer(reach).buffer(-1.5 * reach).buffer(0.5 * reach)
    solid = [shapely.Polygon(part.exterior) for part in shapely.get_parts(closed)]
    return shapely.union_all(solid).simplify(reach / 50.0)


def _median_spacing_m(points: gpd.GeoSeries) -> float:
    tree = shapely.STRtree(points.to_numpy())
    pairs, distance_m = tree.query_nearest(
        points.to_numpy(), return_distance=True, exclusive=True, all_matches=False
    )
    return float(np.median(distance_m)) if pairs.size else 2000.0
