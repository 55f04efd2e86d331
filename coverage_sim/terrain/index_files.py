"""Rasters of Planet and Atoll: a text ``index.txt`` that places raw tiles, read as one mosaic.

A line a tile: ``file west east south north cell``, in metres of the CRS that the catalogue states.
A tile holds 16-bit signed whole numbers, the most significant byte first, rows from north to south.
"""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.file_size import is_file

INDEX_NAME = "index.txt"

#: What a cell has that no tile covers, and what tiles usually say where they know nothing.
INDEX_NODATA = -9999

_FIELDS = ("file", "west", "east", "south", "north", "cell")
_BYTES = 2

#: What a mosaic may take, and the text that places its tiles. [B]
_LARGEST_BYTES = 512 * 1024**2
_LARGEST_INDEX_BYTES = 1024**2

#: How far an edge may lie beside a whole number of cells. [cell]
_EVEN = 1e-6


class IndexTile(NamedTuple):
    """A tile of an index: its file and where it lies, in the metres of the index."""

    path: Path
    west_m: float
    east_m: float
    south_m: float
    north_m: float
    cell_m: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return (
            round((self.north_m - self.south_m) / self.cell_m),
            round((self.east_m - self.west_m) / self.cell_m),
        )


def is_index(path: Path) -> bool:
    """Say whether a file is an index of tiles, by its name."""
    return path.name.lower() == INDEX_NAME


def read_index(path: Path) -> list[IndexTile]:
    """Read an index, and check that its tiles are there and fit onto one grid.

    Parameters
    ----------
    path : Path
        The ``index.txt``.

    Raises
    ------
    InputError
        With everything that is wrong, by line: fields missing or no numbers, edges exchanged or not
        a whole number of cells apart, tiles of different cells, a file that is missing, elsewhere
        than beside the index, or of another size than its line says.
    """
    try:
        with path.open("rb") as file:
            given = file.read(_LARGEST_INDEX_BYTES + 1)
        lines = given.decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read as text: {error}. Export the raster again."
        raise InputError(msg) from None
    if len(given) > _LARGEST_INDEX_BYTES:
        msg = f"{path}: larger than {_LARGEST_INDEX_BYTES // 1024**2} MiB; no index of tiles is."
        raise InputError(msg)
    problems = Problems()
    tiles: list[IndexTile] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            with problems.collect():
                tiles.append(_tile(path, f"{path}, line {number}", line, tiles))
    if not tiles and not problems.messages:
        problems.add(f"{path} lists no tile; a line is: {' '.join(_FIELDS)}.")
    problems.raise_if_any()
    return tiles


def _tile(path: Path, where: str, line: str, before: list[IndexTile]) -> IndexTile:
    fields = line.split()
    if len(fields) < len(_FIELDS):
        msg = f"{where}: {len(fields)} fields; a line is: {' '.join(_FIELDS)}."
        raise InputError(msg)
    # A file's name may hold blanks; the five numbers stand last.
    name = line.strip().rsplit(maxsplit=len(_FIELDS) - 1)[0].strip('"')
    try:
        west, east, south, north, cell = map(float, fields[-5:])
    except ValueError:
        msg = f"{where}: {' '.join(fields[-5:])!r}; five numbers must follow the file's name."
        raise InputError(msg) from None
    if not all(map(math.isfinite, (west, east, south, north, cell))) or cell <= 0.0:
        msg = f"{where}: edges must be finite and the cell positive."
        raise InputError(msg)
    if not all(map(math.isfinite, ((east - west) / cell, (north - south) / cell))):
        msg = f"{where}: edges lie {east - west:g} and {north - south:g} m apart; correct them."
        raise InputError(msg)
    if not (west < east and south < north):
        msg = (
            f"{where}: west {west:g}, east {east:g}, south {south:g}, north {north:g}; west must "
            "be less than east and south less than north. Are they exchanged?"
        )
        raise InputError(msg)
    tile = IndexTile(path.parent / name, west, east, south, north, cell)
    first = before[0] if before else tile
    if cell != first.cell_m:
        msg = f"{where}: cells of {cell:g} m; the first tile has {first.cell_m:g} m."
        raise InputError(msg)
    for edge in (east - west, north - south, west - first.west_m, north - first.north_m):
        if not math.isfinite(edge / cell) or abs(edge / cell - round(edge / cell)) > _EVEN:
            msg = f"{where}: edges are not a whole number of cells of {cell:g} m apart."
            raise InputError(msg)
    if Path(name).name != name or name in {".", ".."}:
        msg = f"{where}: {name!r} names a folder; tiles lie beside the index."
        raise InputError(msg)
    if not is_file(tile.path):
        msg = f"{where}: there is no file {name[:60]!r} beside the index; copy it there."
        raise InputError(msg)
    rows, columns = tile.shape
    expected, size = rows * columns * _BYTES, tile.path.stat().st_size
    if size != expected:
        msg = (
            f"{where}: {name} has {size:,} bytes; {rows} x {columns} cells of 16 bits are "
            f"{expected:,}. It is truncated, or of another kind."
        )
        raise InputError(msg)
    return tile


def index_geotiff(path: Path, nodata: float | None) -> MemoryFile:
    """Return the mosaic of an index as a GeoTIFF in memory, without a CRS.

    Parameters
    ----------
    path : Path
        The ``index.txt``.
    nodata : float, optional
        What tiles say where they know nothing, `INDEX_NODATA` by default. Of tiles that overlap the
        first that knows a cell gives it.

    Raises
    ------
    InputError
        As `read_index`; or if the mosaic would be larger than 512 MiB.
    """
    tiles = read_index(path)
    cell_m = tiles[0].cell_m
    west, north = min(tile.west_m for tile in tiles), max(tile.north_m for tile in tiles)
    east, south = max(tile.east_m for tile in tiles), min(tile.south_m for tile in tiles)
    rows, columns = round((north - south) / cell_m), round((east - west) / cell_m)
    if rows * columns * _BYTES > _LARGEST_BYTES:
        msg = (
            f"{path}: its tiles span {rows:,} x {columns:,} cells, more than 512 MiB. Is an edge "
            "mistyped? Else give each part an index of its own, or make GeoTIFFs of them."
        )
        raise InputError(msg)
    void = INDEX_NODATA if nodata is None else int(nodata)
    mosaic: NDArray[np.int16] = np.full((rows, columns), void, dtype=np.int16)
    for tile in tiles:
        values = np.fromfile(tile.path, dtype=">i2").reshape(tile.shape)
        row, column = round((north - tile.north_m) / cell_m), round((tile.west_m - west) / cell_m)
        part = mosaic[row : row + values.shape[0], column : column + values.shape[1]]
        np.copyto(part, values, where=part == void)
    memory = MemoryFile()
    with memory.open(
        driver="GTiff",
        width=columns,
        height=rows,
        count=1,
        dtype="int16",
        nodata=void,
        transform=from_origin(west, north, cell_m, cell_m),
    ) as file:
        file.write(mosaic, 1)
    return memory
