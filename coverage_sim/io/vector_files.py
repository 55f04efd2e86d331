"""Read the features of vector files: GeoJSON, GeoPackage, Shapefile, FlatGeobuf, KML and KMZ.

Files may be hostile: what points elsewhere is refused by its content (see
`coverage_sim.io.file_kinds`), archives are unpacked by Python and in memory, entities of XML are
refused, and a GeoPackage may hold tables alone.
"""

import glob
import io
from pathlib import Path
from typing import Any

from coverage_sim.errors import InputError
from coverage_sim.io.archives import check_archive, content_of, is_archive, packed
from coverage_sim.io.file_kinds import check_kind, check_text
from coverage_sim.io.file_size import LARGEST_BYTES, check_size
from coverage_sim.io.geopackage_check import check_geopackage
from coverage_sim.io.headers import ColumnNames

VECTORS = (".geojson", ".json", ".gpkg", ".shp", ".fgb", ".kml", ".kmz", ".zip")

_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_POSITIONS = ("longitude", "latitude", "x", "y")


def attribute_table(frame: Any, names: ColumnNames) -> list[tuple[str, list[Any]]]:
    """Return the attributes of features as a table, the header first.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        As `read_features` returns it; attributes that say a position, in whatever word, are left
        out, since the geometry says it.
    names : ColumnNames
        What the columns may be called.
    """
    attributes = [
        name
        for name in frame.columns
        if name != frame.geometry.name and names.column(str(name)) not in _POSITIONS
    ]
    rows = frame[attributes].itertuples(index=False, name=None)
    return [
        ("header", [*map(str, attributes)]),
        *((f"feature {number}", [*row]) for number, row in enumerate(rows, start=1)),
    ]


def read_features(path: Path, *, largest_bytes: int = LARGEST_BYTES) -> Any:
    """Return all features of a vector file, of whatever shape they are.

    Parameters
    ----------
    path : Path
        Ends in one of `VECTORS`; a ``.zip`` holds one Shapefile.
    largest_bytes : int
        A larger file is refused.

    Returns
    -------
    geopandas.GeoDataFrame
        With the attributes that the file has.

    Raises
    ------
    InputError
        If it cannot be read, is hostile, holds a shape that cannot be, or has no layer of features
        or several.
    """
    import geopandas as gpd  # heavy: import late
    import pandas as pd

    source = _source(path, largest_bytes)
    try:
        frames = _frames(path, source)
    except (RuntimeError, ValueError, OverflowError, UnicodeError) as error:
        # What GDAL says is a RuntimeError of some kind; the others come with what it returned.
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        msg = f"{path} cannot be read ({reason}). Export it again, or as CSV."
        raise InputError(msg) from None
    frame = frames[0]
    if not isinstance(frame, gpd.GeoDataFrame):
        msg = f"{path} has no geometry; export the points again."
        raise InputError(msg)
    if len(frames) > 1:
        frame = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=frame.crs)
    if "site_id" in frame.columns:  # KML numbers its features in an id of its own
        frame = frame.drop(columns="id", errors="ignore")
    return frame


def _frames(path: Path, source: Path | bytes) -> list[Any]:
    """Return the features of each layer that has shapes."""
    import pyogrio  # heavy: import late

    # By number: a layer without a name is called after its source, each time another one.
    layers = {
        number: str(name)
        for number, (name, shape) in enumerate(pyogrio.list_layers(source))
        if shape is not None
    }
    if not layers:
        msg = f"{path} has no layer with geometry; export the points again."
        raise InputError(msg)
    if len(layers) > 1 and path.suffix.lower() == ".gpkg":
        msg = (
            f"{path} has the layers {', '.join(layers.values())}; a list needs one. Save the "
            "points as a file of their own."
        )
        raise InputError(msg)
    # A shape that cannot be becomes none, and its feature is told; one would hide the others.
    return [pyogrio.read_dataframe(source, layer=layer, on_invalid="ignore") for layer in layers]


def _source(path: Path, largest_bytes: int) -> Path | bytes:
    """Return what GDAL is given to read: the file, or its content once it was unpacked."""
    check_size(path, largest_bytes)
    kind = path.suffix.lower()
    if kind == ".zip":
        return _zipped_shapefile(path)
    if kind == ".kmz" or (kind == ".kml" and is_archive(path)):
        return _checked_kml(path, _kml_in(path))
    check_kind(path)
    if kind == ".kml":
        return _checked_kml(path, path.read_bytes())
    if kind == ".gpkg":
        check_geopackage(path)
    absolute = path.resolve()
    if "!" in str(absolute):  # taken for the name of an archive and of a file within
        return _content_alone(absolute)
    return absolute


def _content_alone(path: Path) -> bytes:
    """Return an archive with a file, and with those beside it that a Shapefile has."""
    parts = [path]
    if path.suffix.lower() == ".shp":
        beside = sorted(path.parent.glob(f"{glob.escape(path.stem)}.*"))
        parts = [part for part in beside if part.suffix.lower() in _SHAPEFILE_PARTS]
    return packed({f"features{part.suffix.lower()}": part.read_bytes() for part in parts})


def _zipped_shapefile(path: Path) -> bytes:
    if not is_archive(path):
        msg = f"{path} is no zip archive; export it again."
        raise InputError(msg)
    names = check_archive(path)
    shapes = [name for name in names if name.lower().endswith(".shp")]
    if len(shapes) != 1:
        held = ", ".join(shapes) if shapes else "no Shapefile"
        msg = f"{path} holds {held}; a list is one Shapefile. Name the file itself, unpacked."
        raise InputError(msg)
    stem = shapes[0][: -len(".shp")]
    parts = [n for n in names if n[: -len(".shp")] == stem and n[-4:].lower() in _SHAPEFILE_PARTS]
    return packed({name.rsplit("/", 1)[-1]: content_of(path, name) for name in parts})


def _kml_in(path: Path) -> bytes:
    """Return the document of a KMZ: doc.kml, or the first one that it holds."""
    if not is_archive(path):
        return path.read_bytes()  # a KML that is called so
    documents = [name for name in check_archive(path) if name.lower().endswith(".kml")]
    if not documents:
        msg = f"{path} holds no .kml document; export it again."
        raise InputError(msg)
    return content_of(path, "doc.kml" if "doc.kml" in documents else documents[0])


def _checked_kml(path: Path, content: bytes) -> bytes:
    """Return a KML document once its XML is known to be harmless."""
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    check_text(path, content)
    try:
        tree = ElementTree.parse(io.BytesIO(content), forbid_dtd=True)
    except DefusedXmlException as error:
        msg = f"{path} holds XML entities or a document type ({error}); it is refused as hostile."
        raise InputError(msg) from None
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:
        msg = f"{path} is no XML ({error}); export it again."
        raise InputError(msg) from None
    root = tree.getroot().tag.rpartition("}")[2]
    if root.lower() != "kml":
        msg = f"{path} is XML of another kind ({root[:40]}), no KML; export it again."
        raise InputError(msg)
    return content
