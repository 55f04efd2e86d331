"""KML documents as programs write them: packed or not, in any encoding, with fields of their own.

A document is known to be harmless XML, and written anew, before GDAL's LIBKML reads it.
"""

import io
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.archives import check_archive, content_of, is_archive
from coverage_sim.io.file_kinds import check_text
from coverage_sim.io.kml_elements import kml_bytes

#: Columns that LIBKML gives any document, beside those of its data; people see the first three.
OF_KML = ("id", "Name", "description")
_TECHNICAL = (
    *("timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility"),
    *("drawOrder", "icon"),
)

#: What LIBKML calls a column of the data that is called like one of its own.
_SECOND = "2"

#: Elements by which a document names a column of its data.
_NAMING = ("SimpleField", "SimpleData", "Data")

#: Prefixes that programs use without a word of what they are; readers of KML know them.
_PREFIXES = {
    "gx": "http://www.google.com/kml/ext/2.2",
    "atom": "http://www.w3.org/2005/Atom",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}

#: Longitude, latitude and perhaps height of a point.
_ONE = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_COORDINATES = re.compile(rf"{_ONE}\s*,\s*{_ONE}(?:\s*,\s*{_ONE})?")

#: How the names of KML's own elements begin, in each of its editions.
_KMLS = ("http://www.opengis.net/kml/", "http://earth.google.com/kml/")


def kml_document(path: Path) -> tuple[bytes, set[str]]:
    """Return the KML of a file, or the first one in a KMZ, once it is known to be harmless.

    It is written anew, since LIBKML knows few encodings, and takes a document for one without data
    where its first line is written otherwise than most.

    Returns
    -------
    document : bytes
        In UTF-8, without elements of other namespaces than KML's.
    columns : set of str
        What the document calls the columns of its data.

    Raises
    ------
    InputError
        If it is no KML, is damaged, or means harm.
    """
    root = _harmless(path, _content(path))
    _keep_kml(root)
    _check_coordinates(path, root)
    columns = {one.get("name", "") for one in root.iter() if one.tag in _NAMING}
    return kml_bytes(root), columns


def _check_coordinates(path: Path, root: Any) -> None:
    """Refuse points of which LIBKML would make the corner of equator and Greenwich."""
    problems = Problems()
    for number, placemark in enumerate(root.iter("Placemark"), start=1):
        for point in placemark.iter("Point"):
            given = (point.findtext("coordinates") or "").strip()
            if not _COORDINATES.fullmatch(given):
                problems.add(
                    f"{path.name}, placemark {number}: its coordinates are {given[:60]!r}; they "
                    "must be longitude,latitude with decimal points, such as 106.1683,20.4203."
                )
    problems.raise_if_any()


def _keep_kml(element: Any) -> None:
    """Leave only elements of KML in a tree, under their plain names."""
    for one in [*element.iter()]:
        one.tag = one.tag.rpartition("}")[2]
        for child in [*one]:
            if not _is_kml(child):
                one.remove(child)


def _is_kml(element: Any) -> bool:
    if not isinstance(element.tag, str):  # a comment
        return False
    space, brace, _ = element.tag.rpartition("}")
    return not brace or space[1:].startswith(_KMLS)


def without_kmls_own(frame: Any, named: set[str]) -> Any:
    """Return features with the columns that their document has, and a name for those it lacks.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        As LIBKML reads it: with columns that no document names, and ``id2`` or ``Name2`` for a
        column of the data that is called like one of them.
    named : set of str
        As `kml_document` returns it.
    """
    frame = frame.drop(columns=[name for name in _TECHNICAL if name in frame and name not in named])
    lower = {name.lower() for name in named}
    for own in (*OF_KML, *_TECHNICAL):
        seconds = [
            name
            for name in frame.columns
            if name not in named and name.lower() == f"{own}{_SECOND}".lower()
        ]
        if own.lower() not in lower:
            continue
        for second in seconds:  # what the data say wins over what KML says of the feature
            frame[own] = frame[second].where(frame[second].notna(), frame.get(own))
        frame = frame.drop(columns=seconds)
    return frame.drop(
        columns=[name for name in OF_KML if name in frame and frame[name].isna().all()]
    )


def _content(path: Path) -> bytes:
    if not is_archive(path):
        return path.read_bytes()
    documents = [name for name in check_archive(path) if name.lower().endswith(".kml")]
    if not documents:
        msg = f"{path} holds no .kml document; export it again."
        raise InputError(msg)
    return content_of(path, "doc.kml" if "doc.kml" in documents else documents[0])


def _harmless(path: Path, content: bytes) -> Any:
    """Return the root of a document that holds no entities and points to nothing."""
    from defusedxml import ElementTree as Guarded
    from defusedxml.common import DefusedXmlException

    check_text(path, content)
    try:
        root = Guarded.parse(io.BytesIO(_declared(content)), forbid_dtd=True).getroot()
    except DefusedXmlException as error:
        msg = f"{path} holds XML entities or a document type ({error}); it is refused as hostile."
        raise InputError(msg) from None
    except (ET.ParseError, ValueError, LookupError, RecursionError) as error:
        msg = f"{path} is no XML ({error}); export it again."
        raise InputError(msg) from None
    name = root.tag.rpartition("}")[2]
    if name.lower() != "kml" or not _is_kml(root):
        msg = f"{path} is XML of another kind ({root.tag[:60]}), no KML; export it again."
        raise InputError(msg)
    return root


def _declared(content: bytes) -> bytes:
    """Return a document with the well-known prefixes declared that it uses and does not."""
    for prefix, meaning in _PREFIXES.items():
        if f"{prefix}:".encode() in content and f"xmlns:{prefix}".encode() not in content:
            declared = rf'\1 xmlns:{prefix}="{meaning}"'.encode()
            content = re.sub(rb"(<(?:\w+:)?kml)(?=[\s>])", declared, content, count=1)
    return content
