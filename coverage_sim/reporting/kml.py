"""How places look in KML, and the archive that carries it with its pictures.

Names come from lists of any origin. They are text: XML escapes them, and in the balloons, which
are HTML, they are escaped once more.
"""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import shapely
from shapely.geometry.base import BaseGeometry

from coverage_sim.io.archives import packed
from coverage_sim.io.atomic_files import write_bytes
from coverage_sim.io.kml_elements import add, kml_bytes
from coverage_sim.reporting.colors import PointStyle, rgb255

_DEGREE_DIGITS: Final = 6  # a decimetre
_ROOT: Final = "doc.kml"


def write_archive(path: Path, root: ET.Element, files: Mapping[str, bytes]) -> None:
    """Write a KMZ: the document, then its files; equal input gives equal bytes."""
    ET.indent(root, " ")
    write_bytes(path, packed({_ROOT: kml_bytes(root), **files}))


def html_text(text: str) -> str:
    """Return text as HTML shows it, in one line."""
    return escape(" ".join(text.split()))


def kml_color(color: str, *, alpha: int = 255) -> str:
    """Return a colour as KML writes it: alpha, blue, green, red."""
    red, green, blue = rgb255(color)
    return f"{alpha:02x}{blue:02x}{green:02x}{red:02x}"


def add_style(document: ET.Element, key: str, style: PointStyle, icon: str, *, named: bool) -> None:
    """Add how points, and the areas round them, of one kind look.

    Parameters
    ----------
    document : Element
        Where.
    key : str
        What placemarks name it by.
    style : PointStyle
        Size and colours.
    icon : str
        File of its icon in the archive.
    named : bool
        Whether names stand beside the icons always, and not only under the mouse.
    """
    for state, label_scale in (("normal", 0.8 if named else 0.0), ("highlight", 0.9)):
        look = add(document, "Style", id=f"{key}_{state}")
        icon_style = add(look, "IconStyle")
        add(icon_style, "scale", f"{(style.size / 45.0) ** 0.5:.2f}")
        add(add(icon_style, "Icon"), "href", icon)
        add(icon_style, "hotSpot", x="0.5", y="0.5", xunits="fraction", yunits="fraction")
        add(add(look, "LabelStyle"), "scale", f"{label_scale:g}")
        line = add(look, "LineStyle")
        add(line, "color", kml_color(style.edge))
        add(line, "width", "1.5")
        clear = style.face == "none"
        area = kml_color(style.edge, alpha=0x30) if clear else kml_color(style.face, alpha=0x80)
        add(add(look, "PolyStyle"), "color", area)
        # Without this Google Earth would set the name into the balloon as HTML.
        add(add(look, "BalloonStyle"), "text", "$[description]")
    both = add(document, "StyleMap", id=key)
    for state in ("normal", "highlight"):
        pair = add(both, "Pair")
        add(pair, "key", state)
        add(pair, "styleUrl", f"#{key}_{state}")


def add_shape(mark: ET.Element, shape: BaseGeometry) -> None:
    """Add a geometry; areas get a point too, where their icon and name stand."""
    parts = list(shapely.get_parts(shape))
    if not any(part.geom_type == "Point" for part in parts):
        parts.insert(0, shape.representative_point())
    parent = add(mark, "MultiGeometry") if len(parts) > 1 else mark
    for part in parts:
        if part.geom_type == "Point":
            add(add(parent, "Point"), "coordinates", _coordinates(part))
        elif part.geom_type == "Polygon":
            polygon = add(parent, "Polygon")
            rings = [
                ("outerBoundaryIs", part.exterior),
                *(("innerBoundaryIs", r) for r in part.interiors),
            ]
            for tag, ring in rings:
                line = add(add(polygon, tag), "LinearRing")
                add(line, "coordinates", _coordinates(ring))


def _coordinates(shape: BaseGeometry) -> str:
    digits = _DEGREE_DIGITS
    points = shapely.get_coordinates(shape).tolist()
    return " ".join(
        f"{longitude:.{digits}f},{latitude:.{digits}f}" for longitude, latitude in points
    )
