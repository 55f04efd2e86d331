"""What a file is by its content, since a name is only what somebody calls it.

The library that reads vector and raster files tries each of its drivers on whatever it is given.
Some of them follow what the content names, to other files and to servers, so a list with such a
content would read any file of the machine. What is opened here begins as its ending says.
"""

from pathlib import Path

from coverage_sim.errors import InputError

#: By ending: how such a file begins. [B]
_BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    ".gpkg": (b"SQLite format 3\0",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".fgb": (b"fgb",),
    ".geojson": (b"{",),
    ".json": (b"{",),
    ".tif": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    ".tiff": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
}

#: Words by which drivers recognise a content that only names what is to be read elsewhere.
_POINTERS: tuple[tuple[bytes, str], ...] = (
    (b"OGRVRTDataSource", "an OGR VRT"),
    (b"<VRTDataset", "a GDAL VRT"),
    (b"OGRWFSDataSource", "a WFS description"),
    (b"<GDAL_WMS", "a WMS description"),
    (b"<GDAL_WMTS", "a WMTS description"),
    (b"<WCS_GDAL", "a WCS description"),
    (b"gdal_streamed_alg", "a GDALG pipeline"),
    (b"WMS_Capabilities", "a WMS description"),
    (b"WFS_Capabilities", "a WFS description"),
    (b"<Capabilities", "a WMTS description"),
    (b"<TileMapService", "a TMS description"),
)
_TEXTS = (".geojson", ".json", ".kml")

#: Drivers look at the first kilobytes of a text; other files begin with their kind. [B]
_OF_TEXT_BYTES = 1024 * 1024
_OF_OTHERS_BYTES = 16 * 1024
_BLANK = b" \t\r\n"


def check_kind(path: Path, *, ending: str | None = None) -> None:
    """Refuse a file whose content is not what its ending says, and name what it is.

    Parameters
    ----------
    path : Path
        A file; endings that are not known here pass.
    ending : str, optional
        What its ending would be, were it called after its kind.

    Raises
    ------
    InputError
        Where it begins otherwise, or is a text that points to other files or services.
    """
    ending = ending or path.suffix.lower()
    try:
        with path.open("rb") as file:
            begin = file.read(_OF_TEXT_BYTES if ending in _TEXTS else _OF_OTHERS_BYTES)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}."
        raise InputError(msg) from None
    expected = _BEGINNINGS.get(ending)
    start = begin.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK) if ending in _TEXTS else begin
    if ending in _TEXTS or (expected and not start.startswith(expected)):
        check_text(path, begin)
    if expected and not start.startswith(expected):
        what = "is empty" if not begin else f"begins with {begin[:12]!r}"
        msg = f"{path} {what}, which is no {ending} file; export it again, or give it its own name."
        raise InputError(msg)


def check_text(path: Path, content: bytes) -> None:
    """Refuse a text, taken from a file, that points to other files or services.

    Raises
    ------
    InputError
        Naming what it is.
    """
    for word, kind in _POINTERS:
        if word in content:
            msg = (
                f"{path} is {kind}, which only points to other files or services; it is refused. "
                "Save the data themselves."
            )
            raise InputError(msg)
