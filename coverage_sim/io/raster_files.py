"""Open raster files with the driver of their ending alone, and nothing that lies elsewhere.

The library that reads rasters tries every driver on whatever it is given, follows what virtual
rasters name, and opens overviews and masks beside a file in the same way.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rasterio
from affine import Affine
from rasterio.io import DatasetReader

from coverage_sim.errors import InputError, must_be_one_of
from coverage_sim.io.file_kinds import check_kind
from coverage_sim.io.file_size import is_file

_DRIVERS = {
    ".tif": "GTiff",
    ".tiff": "GTiff",
    ".hgt": "SRTMHGT",
    ".img": "HFA",
    ".asc": "AAIGrid",
    ".bil": "EHdr",
    ".flt": "EHdr",
    ".dt0": "DTED",
    ".dt1": "DTED",
    ".dt2": "DTED",
}
VIRTUAL = ".vrt"

#: Endings of files that are read beside a raster as rasters of their own.
_BESIDE = (".ovr", ".msk")

#: What a mosaic that gdalbuildvrt writes is made of; names in small letters.
_PARTS_OF_A_MOSAIC = frozenset(
    {
        *("vrtdataset", "srs", "geotransform", "metadata", "mdi", "vrtrasterband", "overviewlist"),
        *("nodatavalue", "hidenodatavalue", "unittype", "offset", "scale", "description"),
        *("colorinterp", "colortable", "entry", "categorynames", "category", "maskband"),
        *("simplesource", "complexsource", "sourcefilename", "sourceband", "sourceproperties"),
        *("srcrect", "dstrect", "nodata", "scaleoffset", "scaleratio", "usemaskband"),
    }
)
_LARGEST_MOSAIC_BYTES = 16 * 1024 * 1024


@contextmanager
def raster_file(path: Path, *, mosaics_of: Path | None = None) -> Iterator[DatasetReader]:
    """Open a raster.

    Parameters
    ----------
    path : Path
        GeoTIFF, ``.hgt``, Erdas ``.img``, ESRI ``.asc``, ``.bil`` and ``.flt``, DTED; a virtual
        raster (``.vrt``) only with the next.
    mosaics_of : Path, optional
        Folder below which the files lie that a virtual raster may join.

    Yields
    ------
    rasterio.io.DatasetReader
        Open until the block ends.

    Raises
    ------
    InputError
        If the file is not what its ending says, or leads elsewhere: to a server, to files that are
        not below that folder, to overviews or masks of another kind.
    rasterio.errors.RasterioError
        If it cannot be opened as what it is.
    """
    ending = path.suffix.lower()
    if ending == VIRTUAL and mosaics_of is not None:
        _check_mosaic(path, mosaics_of)
        driver = "VRT"
    else:
        driver = _driver(path)
        _check_beside(path)
    try:
        opened = rasterio.open(path.resolve(), driver=driver)
    except UnicodeDecodeError:  # a damaged text in it, while its fault is told
        msg = f"{path} cannot be read as a raster; it is damaged. Fetch it again."
        raise InputError(msg) from None
    with opened as dataset:
        if dataset.tags(ns="OVERVIEWS").get("OVERVIEW_FILE"):
            msg = f"{path} names overviews in another file; write it anew without them."
            raise InputError(msg)
        if not _has_size_and_place(dataset.transform):
            msg = f"{path} has cells without a size or place (its geotransform); write it anew."
            raise InputError(msg)
        if dataset.crs and not (dataset.crs.is_geographic or dataset.crs.is_projected):
            msg = f"{path} is in a CRS that is not of the Earth ({dataset.crs}); write it anew."
            raise InputError(msg)
        yield dataset


def _has_size_and_place(transform: Affine) -> bool:
    """Say whether cells have a size and a place that any CRS has, in degrees or millimetres."""
    smallest, largest = 1e-12, 1e12
    return (
        smallest**2 <= abs(transform.determinant) <= largest**2
        and all(map(math.isfinite, transform))
        and max(map(abs, transform)) <= largest
    )


def _driver(path: Path) -> str:
    ending = path.suffix.lower()
    driver = _DRIVERS.get(ending)
    if driver is None:
        raise must_be_one_of(
            what=f"the ending of the raster {path.name}", given=ending, allowed=_DRIVERS
        )
    check_kind(path)
    return driver


def _check_beside(path: Path) -> None:
    """Refuse overviews and masks that are no GeoTIFF: they are opened without being asked for."""
    for ending in _BESIDE:
        beside = path.with_name(path.name + ending)
        if is_file(beside):
            check_kind(beside, ending=".tif")


def _check_mosaic(path: Path, folder: Path) -> None:
    """Refuse a virtual raster that is more than a mosaic of plain files below a folder."""
    from defusedxml import ElementTree  # heavy: import late
    from defusedxml.common import DefusedXmlException

    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_MOSAIC_BYTES + 1)
        root = ElementTree.fromstring(content, forbid_dtd=True)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}."
        raise InputError(msg) from None
    except (ElementTree.ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        msg = f"{path} is no virtual raster ({error}); build it again with gdalbuildvrt."
        raise InputError(msg) from None
    if root.tag.lower() != "vrtdataset" or len(content) > _LARGEST_MOSAIC_BYTES:
        msg = f"{path} is no virtual raster of at most 16 MiB; build it again with gdalbuildvrt."
        raise InputError(msg)
    for element in root.iter():
        name = str(element.tag).lower()
        if name not in _PARTS_OF_A_MOSAIC or "subclass" in map(str.lower, element.attrib):
            kind = element.attrib.get("subClass", element.tag)
            msg = (
                f"{path} holds {str(kind)[:40]!r}; a virtual raster may join files as gdalbuildvrt "
                "does, and no more. Write what it makes as a GeoTIFF."
            )
            raise InputError(msg)
        if name == "sourcefilename":
            _check_source(path, folder, element)


def _check_source(path: Path, folder: Path, element: Any) -> None:
    given = element.text or ""
    relative = element.attrib.get("relativeToVRT", "0") == "1"
    source = (path.resolve().parent / given if relative else Path(given)).resolve()
    is_plain = "\0" not in given and not given.startswith(("/vsi", "\\vsi")) and "://" not in given
    if not (is_plain and source.is_relative_to(folder.resolve()) and is_file(source)):
        msg = (
            f"{path} names {given[:80]!r}; a virtual raster may join files that lie below "
            f"{folder}, the catalogue's folder."
        )
        raise InputError(msg)
    _driver(source)
    _check_beside(source)
