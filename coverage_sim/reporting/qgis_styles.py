"""How QGIS shows the layers of a GeoPackage at once: its table ``layer_styles``.

QGIS takes from it, when a layer is opened, the style that is marked as the default. A style is a
QML document; what is written here every QGIS 3 reads. Colours and signs are those of the maps.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from xml.etree import ElementTree as ET

import geopandas as gpd

from coverage_sim.io.atomic_files import NO_DATE
from coverage_sim.reporting.colors import (
    FRAME,
    INK,
    MUST_COVER_STYLES,
    PAPER,
    SHARE_COLORS,
    SHARE_EDGES_PERCENT,
    SITE_STYLES,
    WEAK_SPOT_STYLE,
    PointStyle,
    rgb255,
    share_labels,
)

_DOCTYPE: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_VERSION: Final = "3.28.0"
_MM_PER_POINT: Final = 25.4 / 72.0
_SHAPES: Final = {"^": "triangle", "D": "diamond", "X": "cross_fill", "s": "square", "o": "circle"}
#: QGIS numbers geometries: 0 points, 2 areas.
_GEOMETRY_TYPES: Final = {"marker": 0, "fill": 2}
Kind = Literal["marker", "fill"]

# As QGIS itself makes it in a GeoPackage.
_TABLE: Final = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256),
    f_table_schema TEXT(256),
    f_table_name TEXT(256),
    f_geometry_column TEXT(256),
    styleName TEXT(30),
    styleQML TEXT,
    styleSLD TEXT,
    useAsDefault BOOLEAN,
    description TEXT,
    owner TEXT(30),
    ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)
"""
_CONTENTS: Final = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)
VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)
"""
_ROW: Final = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
    styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)
SELECT '', '', table_name, column_name, ?, ?, '', 1, ?, '', NULL, ?
FROM gpkg_geometry_columns WHERE table_name = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerStyle:
    """How one layer is shown.

    Parameters
    ----------
    name : str
        What QGIS lists it under, at most 30 letters.
    qml : str
        The QML document.
    description : str
        What the colours say.
    """

    name: str
    qml: str
    description: str = ""


def make_styles(tables: Mapping[str, gpd.GeoDataFrame], *, measured: str) -> dict[str, LayerStyle]:
    """Return a style for each layer that has one.

    Parameters
    ----------
    tables : mapping of str to GeoDataFrame
        The layers, as a result has them; villages and communes with ``covered_percent``.
    measured : str
        Of which network the covered share is.
    """
    by_share = f"Share of the people covered: {measured}"
    makers: dict[str, Callable[[Kind], LayerStyle]] = {
        "sites": lambda _: LayerStyle(
            name="Status",
            qml=_qml("marker", _categories("status", "string", SITE_STYLES)),
            description="Sites by status",
        ),
        "villages": lambda kind: LayerStyle(
            name="Covered percent",
            qml=_qml(kind, _shares(kind, size=12.0)),
            description=by_share,
        ),
        "communes": lambda kind: LayerStyle(
            name="Covered percent",
            qml=_qml(kind, _shares(kind, size=30.0), label_field="name"),
            description=by_share,
        ),
        "weak_spots": lambda _: LayerStyle(
            name="Weak spots",
            qml=_qml("marker", _single(WEAK_SPOT_STYLE)),
            description="Patches of people without service",
        ),
        "must_cover": lambda _: LayerStyle(
            name="Covered or not",
            qml=_qml(
                "marker",
                _categories(
                    "covered",
                    "bool",
                    {str(has).lower(): style for has, style in MUST_COVER_STYLES.items()},
                ),
            ),
            description="Places that must have service",
        ),
    }
    return {
        layer: makers[layer](_kind(table)) for layer, table in tables.items() if layer in makers
    }


def _kind(table: gpd.GeoDataFrame) -> Kind:
    areas = table.geom_type.isin(["Polygon", "MultiPolygon"])
    return "fill" if len(table) and bool(areas.all()) else "marker"


def add_layer_styles(path: Path, styles: Mapping[str, LayerStyle]) -> None:
    """Add the table of styles to a GeoPackage; QGIS takes each as its layer's default.

    Parameters
    ----------
    path : Path
        A GeoPackage without such a table.
    styles : mapping of str to LayerStyle
        By layer; those of layers that the file lacks are left out.
    """
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_TABLE)
        database.execute(_CONTENTS, (NO_DATE,))
        for layer, style in styles.items():
            database.execute(_ROW, (style.name, style.qml, style.description, NO_DATE, layer))


def _qml(kind: Kind, renderer: ET.Element, *, label_field: str = "") -> str:
    root = ET.Element(
        "qgis",
        version=_VERSION,
        styleCategories="Symbology|Labeling",
        labelsEnabled="1" if label_field else "0",
    )
    root.append(renderer)
    if label_field:
        root.append(_labels(label_field))
    # Without it QGIS would lay a style of points over areas.
    ET.SubElement(root, "layerGeometryType").text = str(_GEOMETRY_TYPES[kind])
    ET.indent(root, " ")
    return _DOCTYPE + ET.tostring(root, encoding="unicode")


def _renderer(kind: str, **attributes: str) -> ET.Element:
    plain = {"symbollevels": "0", "enableorderby": "0", "forceraster": "0"}
    return ET.Element("renderer-v2", {"type": kind, **attributes, **plain})


def _single(style: PointStyle) -> ET.Element:
    renderer = _renderer("singleSymbol")
    ET.SubElement(renderer, "symbols").append(_marker("0", style))
    return renderer


def _categories(field: str, kind: str, styles: Mapping[str, PointStyle]) -> ET.Element:
    """Return a renderer with one sign for each value of a field."""
    renderer = _renderer("categorizedSymbol", attr=field)
    categories = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for number, (value, style) in enumerate(styles.items()):
        ET.SubElement(
            categories,
            "category",
            value=value,
            type=kind,
            symbol=str(number),
            label=style.label,
            render="true",
        )
        symbols.append(_marker(str(number), style))
    return renderer


def _shares(kind: Kind, *, size: float) -> ET.Element:
    """Return a renderer of covered share by the classes of the maps."""
    renderer = _renderer(
        "graduatedSymbol", attr="covered_percent", graduatedMethod="GraduatedColor"
    )
    ranges = ET.SubElement(renderer, "ranges")
    symbols = ET.SubElement(renderer, "symbols")
    edges = (0.0, *SHARE_EDGES_PERCENT, 100.0)
    classes = zip(edges, edges[1:], share_labels(), SHARE_COLORS, strict=False)
    # QGIS takes the first range that holds a value, both ends included: the best comes first, so
    # that an edge belongs to the better class, as on the maps.
    for number, (lower, upper, label, color) in enumerate(reversed(list(classes))):
        ET.SubElement(
            ranges,
            "range",
            lower=f"{lower:.15f}",
            upper=f"{upper:.15f}",
            symbol=str(number),
            label=label,
            render="true",
        )
        style = PointStyle(label=label, marker="o", face=color, edge=FRAME, size=size)
        symbols.append(
            _marker(str(number), style) if kind == "marker" else _fill(str(number), color)
        )
    return renderer


def _marker(name: str, style: PointStyle) -> ET.Element:
    properties = {
        "name": _SHAPES[style.marker],
        # QGIS draws the cross upright.
        "angle": "45" if style.marker == "X" else "0",
        "color": _rgba(style.face),
        "outline_color": _rgba(style.edge),
        "outline_style": "solid",
        "outline_width": "0.3",
        "outline_width_unit": "MM",
        "size": f"{style.size**0.5 * _MM_PER_POINT:.2f}",
        "size_unit": "MM",
    }
    return _symbol(name, "marker", "SimpleMarker", properties)


def _fill(name: str, color: str) -> ET.Element:
    properties = {
        "color": _rgba(color, alpha=190),
        "style": "solid",
        "outline_color": _rgba(FRAME),
        "outline_style": "solid",
        "outline_width": "0.26",
        "outline_width_unit": "MM",
    }
    return _symbol(name, "fill", "SimpleFill", properties)


def _symbol(name: str, kind: Kind, layer: str, properties: Mapping[str, str]) -> ET.Element:
    symbol = ET.Element("symbol", name=name, type=kind, alpha="1", clip_to_extent="1")
    drawn = ET.SubElement(
        symbol, "layer", {"class": layer, "enabled": "1", "locked": "0", "pass": "0"}
    )
    options = ET.SubElement(drawn, "Option", type="Map")
    for key, value in properties.items():
        ET.SubElement(options, "Option", type="QString", name=key, value=value)
    for key, value in properties.items():  # the same for QGIS before 3.18
        ET.SubElement(drawn, "prop", k=key, v=value)
    return symbol


def _labels(field: str) -> ET.Element:
    labeling = ET.Element("labeling", type="simple")
    settings = ET.SubElement(labeling, "settings")
    text = ET.SubElement(
        settings,
        "text-style",
        fieldName=field,
        isExpression="0",
        fontSize="9",
        fontSizeUnit="Point",
        textColor=_rgba(INK),
        textOpacity="1",
    )
    ET.SubElement(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor=_rgba(PAPER),
        bufferOpacity="0.85",
    )
    return labeling


def _rgba(color: str, *, alpha: int = 255) -> str:
    """Return a colour as QGIS writes it; ``"none"`` is clear.

    Examples
    --------
    >>> _rgba("#ff8000"), _rgba("none")
    ('255,128,0,255', '255,255,255,0')
    """
    if color == "none":
        return "255,255,255,0"
    return ",".join(str(part) for part in (*rgb255(color), alpha))
