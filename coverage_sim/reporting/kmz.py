"""A result for Google Earth: places, sites and classes of signal in one KMZ.

`coverage_sim.reporting.kml` writes its elements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import geopandas as gpd
import shapely
import xarray as xr

from coverage_sim.io.kml_elements import add, add_folder, kml_root
from coverage_sim.reporting import legend
from coverage_sim.reporting.colors import (
    FRAME,
    MUST_COVER_STYLES,
    PAPER,
    SHARE_COLORS,
    SITE_STYLES,
    UNKNOWN,
    WEAK_SPOT_STYLE,
    Level,
    PointStyle,
    share_codes,
    share_labels,
    signal_colormap,
    strongest_first,
)
from coverage_sim.reporting.kml import (
    add_shape,
    add_style,
    html_text,
    kml_color,
    write_archive,
)
from coverage_sim.reporting.kml_pictures import ground_picture, icon_png, legend_png
from coverage_sim.reporting.map_layers import signal_entries, status_entries
from coverage_sim.reporting.place_maps import share_entries
from coverage_sim.reporting.sheet import SYNTHETIC_MARK, Words
from coverage_sim.reporting.table_writing import VILLAGE_COLUMNS, Column, value_text

_LEGEND: Final = "files/legend.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassOverlay:
    """Classes of signal laid over the ground.

    Parameters
    ----------
    key, label : str
        Of the network, for the file and for people.
    classes : xarray.DataArray of uint8
        As `coverage_sim.reporting.colors.signal_classes` returns them; 255 is clear.
    """

    key: str
    label: str
    classes: xr.DataArray


_SITE_COLUMNS: Final = (
    Column(name="id", label="Site"),
    Column(name="status", label="Status"),
    Column(name="on_air", label="On air"),
    Column(name="operators", label="Operators"),
    Column(name="layers", label="Layers"),
    Column(name="antenna_height_m", label="Antenna height, m", digits=1),
    Column(name="azimuths_deg", label="Azimuths, degrees"),
)
_COMMUNE_COLUMNS: Final = (
    Column(name="code", label="Code"),
    Column(name="district", label="District"),
    Column(name="villages", label="Villages"),
    Column(name="people", label="People"),
    Column(name="covered_percent", label="Covered, % of people", digits=1),
)
_SPOT_COLUMNS: Final = (
    Column(name="people", label="People without service"),
    Column(name="area_km2", label="Area, km2", digits=2),
    Column(name="radius_m", label="Radius of a circle of that area, m"),
    Column(name="village", label="Village"),
    Column(name="commune", label="Commune"),
)
_MUST_COVER_COLUMNS: Final = (
    Column(name="kind", label="Kind"),
    Column(name="generation", label="Needs"),
    Column(name="level", label="Service level"),
    Column(name="covered", label="Has it"),
    Column(name="covered_by", label="From"),
    Column(name="rsrp_dbm", label="RSRP, dBm", digits=1),
    Column(name="missing_db", label="Missing, dB", digits=1),
)


def write_kmz(
    path: Path,
    words: Words,
    *,
    measured: str,
    levels: Sequence[Level],
    overlays: Sequence[ClassOverlay],
    tables: Mapping[str, gpd.GeoDataFrame],
) -> None:
    """Write a KMZ for Google Earth; equal input gives equal bytes.

    Parameters
    ----------
    path : Path
        File to write; it appears complete or not at all.
    words : Words
        Title and footnotes. If anything is synthetic its name, its notes, the overlays and the
        legend say so.
    measured : str
        Of which network the tables' ``covered_percent`` is.
    levels : sequence of Level
        Classes of signal, in any order.
    overlays : sequence of ClassOverlay
        The first is visible at once.
    tables : mapping of str to GeoDataFrame
        Any of ``sites``, ``villages``, ``communes``, ``weak_spots`` and ``must_cover``, as a
        result has them; villages and communes with ``covered_percent``. Each has a CRS.
    """
    tables = {key: table for key, table in tables.items() if len(table)}
    synthetic, notes = words.synthetic, words.footnotes
    root = kml_root()
    document = add(root, "Document")
    add(document, "name", _mark(words.title, synthetic=synthetic))
    add(document, "open", "1")
    said = [SYNTHETIC_MARK, *notes] if synthetic else notes
    add(document, "description", _paragraphs(said))
    icons = _add_styles(document)
    entries = _legend_entries(tables, overlays, strongest_first(levels), measured, synthetic)
    files = {_LEGEND: legend_png(entries), **icons}
    _add_legend(document)
    if overlays:
        files |= _add_overlays(document, overlays, levels, said, synthetic=synthetic)
    if "weak_spots" in tables:
        _add_weak_spots(document, tables["weak_spots"])
    if "must_cover" in tables:
        _add_must_cover(document, tables["must_cover"])
    for key, label, columns in (
        ("villages", "Villages", VILLAGE_COLUMNS[1:]),
        ("communes", "Communes", _COMMUNE_COLUMNS),
    ):
        if key in tables:
            _add_shares(
                document, tables[key], key, f"{label} by people covered: {measured}", columns
            )
    if "sites" in tables:
        _add_sites(document, tables["sites"])
    write_archive(path, root, files)


def _mark(name: str, *, synthetic: bool) -> str:
    return f"{name} ({SYNTHETIC_MARK})" if synthetic else name


def _share_styles(marker: str, size: float) -> list[PointStyle]:
    """Return the styles of the classes of covered share, worst first, then the unknown."""
    named = zip((*share_labels(), "Not known"), (*SHARE_COLORS, UNKNOWN), strict=True)
    return [
        PointStyle(label=label, marker=marker, face=color, edge=FRAME, size=size)
        for label, color in named
    ]


def _styles() -> dict[str, PointStyle]:
    """Return every style of the document by its id."""
    villages, communes = _share_styles("o", 13.0), _share_styles("s", 11.0)
    return {
        **{f"site_{status}": style for status, style in SITE_STYLES.items()},
        **{f"villages_{code}": style for code, style in enumerate(villages)},
        **{f"communes_{code}": style for code, style in enumerate(communes)},
        **{f"must_cover_{int(has)}": style for has, style in MUST_COVER_STYLES.items()},
        "weak_spot": WEAK_SPOT_STYLE,
    }


def _add_styles(document: ET.Element) -> dict[str, bytes]:
    """Add every style and return the icons that they name."""
    icons: dict[str, bytes] = {}
    for key, style in _styles().items():
        file = f"files/{key}.png"
        icons[file] = icon_png(style)
        # Communes' names are those by which readers find their way.
        add_style(document, key, style, file, named=key.startswith("communes"))
    return icons


def _legend_entries(
    tables: Mapping[str, gpd.GeoDataFrame],
    overlays: Sequence[ClassOverlay],
    levels: Sequence[Level],
    measured: str,
    synthetic: bool,
) -> list[legend.Entry]:
    entries: list[legend.Entry] = [legend.Heading(SYNTHETIC_MARK)] if synthetic else []
    if overlays:
        painted = signal_colormap(levels)
        colors = ["#{:02x}{:02x}{:02x}".format(*painted[code]) for code in sorted(painted)]
        entries += [
            legend.Heading("Signal outdoors", "reference signal (RSRP), in dBm"),
            *signal_entries(levels, colors[: len(levels) + 1]),
        ]
    if "villages" in tables:
        percent = tables["villages"]["covered_percent"].to_numpy(dtype=float)
        entries += [legend.Heading(f"Villages: {measured}", "share of the people with service")]
        entries += share_entries(percent)
    signs = []
    if "weak_spots" in tables:
        signs.append((WEAK_SPOT_STYLE, len(tables["weak_spots"])))
    if "must_cover" in tables:
        covered = tables["must_cover"]["covered"].to_numpy(dtype=bool)
        signs += [(MUST_COVER_STYLES[has], int((covered == has).sum())) for has in (False, True)]
    if signs:
        entries.append(legend.Heading("Places"))
    entries += [
        legend.Sign(
            label=f"{style.label} ({count:,})",
            marker=style.marker,
            face=style.face,
            edge=style.edge,
            size=2.0 * style.size,
        )
        for style, count in signs
    ]
    return [*entries, *(status_entries(tables["sites"]["status"]) if "sites" in tables else [])]


def _add_legend(document: ET.Element) -> None:
    overlay = add(document, "ScreenOverlay")
    add(overlay, "name", "Legend")
    add(add(overlay, "Icon"), "href", _LEGEND)
    for tag, x, y in (("overlayXY", "0", "1"), ("screenXY", "0.01", "0.98")):
        add(overlay, tag, x=x, y=y, xunits="fraction", yunits="fraction")
    add(overlay, "size", x="0", y="0", xunits="pixels", yunits="pixels")


def _add_overlays(
    document: ET.Element,
    overlays: Sequence[ClassOverlay],
    levels: Sequence[Level],
    notes: Sequence[str],
    *,
    synthetic: bool,
) -> dict[str, bytes]:
    """Add the classes of signal and return their pictures."""
    files: dict[str, bytes] = {}
    signal = add_folder(document, "Signal")
    for number, overlay in enumerate(overlays):
        picture = ground_picture(overlay.classes, signal_colormap(levels))
        file = f"files/class_{overlay.key}.png"
        files[file] = picture.png
        ground = add(signal, "GroundOverlay")
        add(ground, "name", _mark(overlay.label, synthetic=synthetic))
        add(ground, "visibility", "0" if number else "1")
        add(ground, "description", _paragraphs(notes))
        add(ground, "color", kml_color(PAPER, alpha=0xA6))  # the ground shows through
        add(add(ground, "Icon"), "href", file)
        box = add(ground, "LatLonBox")
        # In the schema's order.
        for side, at in (("north", 3), ("south", 2), ("east", 1), ("west", 0)):
            add(box, side, f"{picture.extent[at]:.9f}")
    return files


def _paragraphs(notes: Sequence[str]) -> str:
    return "".join(f"<p>{html_text(note)}</p>" for note in notes)


def _add_sites(document: ET.Element, sites: gpd.GeoDataFrame) -> None:
    parent = add_folder(document, f"Sites ({len(sites):,})")
    for status, style in SITE_STYLES.items():
        chosen = sites[(sites["status"] == status).to_numpy()]
        _add_group(parent, chosen, style.label, f"site_{status}", _SITE_COLUMNS)


def _add_shares(
    document: ET.Element,
    places: gpd.GeoDataFrame,
    key: str,
    label: str,
    columns: Sequence[Column],
) -> None:
    parent = add_folder(document, label)
    codes = share_codes(places["covered_percent"].to_numpy(dtype=float))
    for code, name in enumerate((*share_labels(), "Not known")):
        _add_group(parent, places[codes == code], name, f"{key}_{code}", columns)


def _add_must_cover(document: ET.Element, places: gpd.GeoDataFrame) -> None:
    parent = add_folder(document, f"Places that must have service ({len(places):,})")
    covered = places["covered"].to_numpy(dtype=bool)
    for has, style in MUST_COVER_STYLES.items():
        chosen = places[covered == has]
        _add_group(parent, chosen, style.label, f"must_cover_{int(has)}", _MUST_COVER_COLUMNS)


def _add_weak_spots(document: ET.Element, spots: gpd.GeoDataFrame) -> None:
    """Add each weak spot as a point and the circle of its area."""
    flat = spots if spots.crs.is_projected else spots.to_crs(spots.estimate_utm_crs())
    circles = shapely.buffer(
        flat.geometry.to_numpy(), flat["radius_m"].to_numpy(float), quad_segs=8
    )
    shapes = [
        shapely.GeometryCollection([point, circle])
        for point, circle in zip(flat.geometry, circles, strict=True)
    ]
    named = flat.set_geometry(gpd.GeoSeries(shapes, index=flat.index, crs=flat.crs)).assign(
        name=[f"Weak spot {number}" for number in range(1, len(flat) + 1)]
    )
    _add_group(document, named, WEAK_SPOT_STYLE.label + "s", "weak_spot", _SPOT_COLUMNS)


def _add_group(
    parent: ET.Element,
    places: gpd.GeoDataFrame,
    label: str,
    style: str,
    columns: Sequence[Column],
) -> None:
    """Add a folder of places of one style; none where there are no places."""
    if not len(places):
        return
    folder = add_folder(parent, f"{label} ({len(places):,})")
    present = [column for column in columns if column.name in places]
    values = [places[column.name].tolist() for column in present]
    rows = zip(*values, strict=True) if present else ((),) * len(places)
    shapes = places.geometry.to_crs("EPSG:4326")
    for name, shape, row in zip(places["name"].tolist(), shapes, rows, strict=True):
        mark = add(folder, "Placemark")
        add(mark, "name", str(name))
        add(mark, "Snippet", maxLines="0")
        add(mark, "description", _balloon(str(name), present, row))
        add(mark, "styleUrl", f"#{style}")
        add_shape(mark, shape)


def _balloon(name: str, columns: Sequence[Column], row: Sequence[Any]) -> str:
    """Return what is known of a place, as HTML."""
    cells = "".join(
        f"<tr><td>{html_text(column.label)}</td>"
        f"<td>{html_text(value_text(value, column))}</td></tr>"
        for column, value in zip(columns, row, strict=True)
    )
    return f"<h3>{html_text(name)}</h3><table>{cells}</table>"
