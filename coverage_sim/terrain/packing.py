"""An assembled terrain as bytes, so that it need not be warped and zoned again."""

import json
import struct
from typing import Any

import numpy as np
import xarray as xr
from numcodecs.shuffle import Shuffle
from numcodecs.zstd import Zstd
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import CRS

from coverage_sim.terrain.assemble import TERRAIN_VARIABLES, labelled_terrain
from coverage_sim.terrain.labels import cell_centres
from coverage_sim.variables import VARIABLES

_LENGTHS = struct.Struct(f"{1 + len(TERRAIN_VARIABLES)}q")


def pack_terrain(terrain: xr.Dataset) -> bytes:
    """Return a terrain's arrays and attributes as bytes, its coordinates left out.

    Parameters
    ----------
    terrain : Dataset
        As `coverage_sim.terrain.assemble.assemble_terrain` returns it.
    """
    pieces = [json.dumps(terrain.attrs).encode()]
    for name in TERRAIN_VARIABLES:
        array = np.ascontiguousarray(terrain[name].to_numpy())
        pieces.append(bytes(Zstd(level=1).encode(Shuffle(array.itemsize).encode(array))))
    return _LENGTHS.pack(*map(len, pieces)) + b"".join(pieces)


def unpack_terrain(content: bytes, grid: GeoBox) -> xr.Dataset | None:
    """Return the terrain that `pack_terrain` packed; None if the bytes are not one.

    Parameters
    ----------
    content : bytes
        What was packed.
    grid : GeoBox
        The grid on which it was assembled.
    """
    arrays: dict[str, NDArray[Any]] = {}
    try:
        lengths = _LENGTHS.unpack(content[: _LENGTHS.size])
        at = _LENGTHS.size + lengths[0]
        attributes = json.loads(content[_LENGTHS.size : at])
        for name, length in zip(TERRAIN_VARIABLES, lengths[1:], strict=True):
            dtype = np.dtype(VARIABLES[name].dtype)
            plain = Shuffle(dtype.itemsize).decode(Zstd().decode(content[at : at + length]))
            arrays[name] = np.frombuffer(plain, dtype=dtype).reshape(tuple(grid.shape))
            at += length
    except (struct.error, RuntimeError, ValueError):  # of which JSONDecodeError is one
        return None
    x, y = cell_centres(grid)
    crs = CRS.from_user_input(str(grid.crs))
    return labelled_terrain(arrays, x=x, y=y, crs=crs, attributes=attributes)
