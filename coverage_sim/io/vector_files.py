"""Read the features of vector files: GeoJSON, GeoPackage, Shapefile, FlatGeobuf, KML and KMZ.

Files may be hostile: what points elsewhere is refused by its content (see
`coverage_sim.io.file_kinds`), archives are unpacked by Python and in memory, entities of XML are
refused, and a GeoPackage may hold tables alone.
"""

import glob
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from coverage_sim.errors import InputError
from coverage_sim.io.archives import check_archive, content_of, is_archive, packed
from coverage_sim.io.atomic_files import NO_DATE
from coverage_sim.io.dbf_letters import unstated_encoding
from coverage_sim.io.file_kinds import check_kind
from coverage_sim.io.file_size import LARGEST_BYTES, check_size
from coverage_sim.io.geopackage_check import check_geopackage
from coverage_sim.io.headers import POSITIONS, ColumnNames
from coverage_sim.io.kml_documents import OF_KML, kml_document, without_kmls_own

VECTORS = (".geojson", ".json", ".gpkg", ".shp", ".fgb", ".kml", ".kmz", ".zip")

_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_KML = (".kml", ".kmz")
#: What GDAL calls the number of a feature where nobody named it: no attribute of anything.
_NUMBER = "fid"

#: Attribute of the features' table: the columns that the format gave them and no user.
_OF_THE_FORMAT = "of_the_format"


def parts_of(path: Path) -> list[Path]:
    """Return the files of a vector file: of a Shapefile those beside it too, in order."""
    if path.suffix.lower() != ".shp":
        return [path]
    beside = sorted(path.parent.glob(f"{glob.escape(path.stem)}.*"))
    return [part for part in beside if part.suffix.lower() in _SHAPEFILE_PARTS]


def attribute_table(frame: Any, names: ColumnNames) -> list[tuple[str, list[Any]]]:
    """Return the attributes of features as a table, the header first.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        As `read_features` returns it; attributes that say a position, in whatever word, are left
        out, since the geometry says it, and so are an id and a name that the format gave where
        another attribute says them.
    names : ColumnNames
        What the columns may be called.
    """
    meant = {name: names.column(str(name)) for name in frame.columns}
    own = frame.attrs.get(_OF_THE_FORMAT, ())
    stated = {column for name, column in meant.items() if name not in own}
    attributes = [
        name
        for name, column in meant.items()
        if name != frame.geometry.name
        and column not in POSITIONS
        and not (name in own and column in stated)
    ]
    rows = frame[attributes].itertuples(index=False, name=None)
    return [
        ("attributes", [*map(str, attributes)]),
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
    except UnboundLocalError:  # pyogrio's, where the text of a CRS is no UTF-8
        msg = f"{path}: what names its CRS (a Shapefile's .prj) is no text. Export it again."
        raise InputError(msg) from None
    frame = frames[0]
    if not isinstance(frame, gpd.GeoDataFrame):
        msg = f"{path} has no geometry; export the points again."
        raise InputError(msg)
    if len(frames) > 1:
        frame = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=frame.crs)
    if source.kmls_own is not None:
        frame = without_kmls_own(frame, source.kmls_own)
        stated = {name.lower() for name in source.kmls_own}
        frame.attrs[_OF_THE_FORMAT] = tuple(own for own in OF_KML if own.lower() not in stated)
    return frame


@contextmanager
def without_dates() -> Iterator[None]:
    """Let GDAL write no time of day into a GeoPackage."""
    import pyogrio  # heavy: import late

    option = "OGR_CURRENT_DATE"
    before = pyogrio.get_gdal_config_option(option)
    pyogrio.set_gdal_config_options({option: NO_DATE})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({option: before})


class _Source(NamedTuple):
    """What GDAL is given to read: a file or its content, a KML's own columns, letters unstated."""

    content: Path | bytes
    kmls_own: set[str] | None = None
    encoding: str | None = None


def _frames(path: Path, source: _Source) -> list[Any]:
    """Return the features of each layer that has shapes."""
    import pyogrio  # heavy: import late

    # By number: a layer without a name is called after its source, each time another one.
    layers = {
        number: str(name)
        for number, (name, shape) in enumerate(pyogrio.list_layers(source.content))
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
    found = []
    for layer in layers:
        # A shape that cannot be becomes none, and its feature is told; one would hide the others.
        frame = pyogrio.read_dataframe(
            source.content,
            layer=layer,
            on_invalid="ignore",
            fid_as_index=True,
            encoding=source.encoding,
        )
        # A KML names no such column, and would be parsed once more to say so.
        is_kml = path.suffix.lower() in _KML
        number = "" if is_kml else pyogrio.read_info(source.content, layer=layer)["fid_column"]
        if number not in ("", _NUMBER) and number not in frame.columns:
            frame.insert(0, number, frame.index)
            frame.attrs[_OF_THE_FORMAT] = (number,)
        found.append(frame.reset_index(drop=True))
    return found


def _source(path: Path, largest_bytes: int) -> _Source:
    """Return what GDAL is given to read, once it is known to mean no harm."""
    check_size(path, largest_bytes)
    kind = path.suffix.lower()
    if kind == ".zip":
        return _zipped_shapefile(path)
    if kind in _KML:
        return _Source(*kml_document(path))
    check_kind(path)
    if kind == ".gpkg":
        check_geopackage(path)
    absolute = path.resolve()
    parts = [absolute]
    encoding = None
    if kind == ".shp":
        parts = parts_of(absolute)
        encoding = unstated_encoding(path, {one.suffix.lower(): one.read_bytes for one in parts})
    if "!" in str(absolute):  # taken for the name of an archive and of a file within
        files = {f"features{part.suffix.lower()}": part.read_bytes() for part in parts}
        return _Source(_handed_on(files), encoding=encoding)
    return _Source(absolute, encoding=encoding)


def _zipped_shapefile(path: Path) -> _Source:
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
    files = {name.rsplit("/", 1)[-1]: content_of(path, name) for name in parts}
    read = {name[-4:].lower(): partial(files.__getitem__, name) for name in files}
    return _Source(_handed_on(files), encoding=unstated_encoding(path, read))


def _handed_on(files: Mapping[str, bytes]) -> bytes:
    """Return an archive that GDAL unpacks at once: nothing in it is worth compressing."""
    return packed(files, compression=zipfile.ZIP_STORED)
