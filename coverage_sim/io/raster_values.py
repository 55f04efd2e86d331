"""What the numbers in a raster file mean: scale, offset, unit; and which part of it is asked."""

import math

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.io import DatasetReader
from rasterio.windows import Window

from coverage_sim.array_types import Floats
from coverage_sim.errors import InputError

#: How programs write the unit of heights, and how many metres it is.
_METRES = {
    "": 1.0, "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0,
    "cm": 0.01, "centimetre": 0.01, "centimeter": 0.01,
    "dm": 0.1, "decimetre": 0.1, "decimeter": 0.1,
    "km": 1000.0, "kilometre": 1000.0, "kilometer": 1000.0,
    "ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "international foot": 0.3048,
    "us survey foot": 1200.0 / 3937.0, "us survey feet": 1200.0 / 3937.0,
    "ftus": 1200.0 / 3937.0, "us-ft": 1200.0 / 3937.0, "sft": 1200.0 / 3937.0,
    "foot_us": 1200.0 / 3937.0,
}  # fmt: skip


def scale_and_offset(dataset: DatasetReader, what: str) -> tuple[float, float]:
    """Return what turns a stored number into a value: times the first, plus the second.

    Parameters
    ----------
    dataset : rasterio.io.DatasetReader
        Open, of one band.
    what : str
        How messages begin.

    Raises
    ------
    InputError
        If the scale is zero or either is no number.
    """
    scale, offset = float(dataset.scales[0]), float(dataset.offsets[0])
    if scale == 0.0 or not (math.isfinite(scale) and math.isfinite(offset)):
        msg = (
            f"{what} states a scale of {scale:g} and an offset of {offset:g}, which turn no "
            "number into a value; write the file anew."
        )
        raise InputError(msg)
    return scale, offset


def true_values(stored: NDArray[np.generic], scale: float, offset: float) -> Floats:
    """Return the values that stored numbers mean."""
    values = stored.astype(np.float64)
    return values if (scale, offset) == (1.0, 0.0) else values * scale + offset


def metres_per_unit(dataset: DatasetReader, what: str) -> float | None:
    """Return how many metres the unit is that a band of heights states; None if it states none.

    Parameters
    ----------
    dataset : rasterio.io.DatasetReader
        Open, of one band.
    what : str
        How messages begin.

    Raises
    ------
    InputError
        If the unit is none that is known.
    """
    stated = (dataset.units[0] or "").strip()
    found = _METRES.get(stated.casefold())
    if found is None:
        msg = (
            f"{what} has heights in {stated!r}; they must be in metres, centimetres, decimetres, "
            "kilometres, feet or US survey feet. State the band's unit in the file."
        )
        raise InputError(msg)
    return found if stated else None


def has_mask(dataset: DatasetReader) -> bool:
    """Say whether a mask beside the band tells which pixels are known."""
    return MaskFlags.per_dataset in dataset.mask_flag_enums[0]


def pixels_within(
    dataset: DatasetReader, bounds: tuple[float, float, float, float], *, margin: int = 0
) -> Window | None:
    """Return the part of a raster that a box touches; None if they do not meet.

    Parameters
    ----------
    dataset : rasterio.io.DatasetReader
        Open; rows may run northward and the raster may be turned.
    bounds : tuple of float
        Left, bottom, right, top in its CRS.
    margin : int
        Pixels more on each side.
    """
    left, bottom, right, top = bounds
    if not all(math.isfinite(value) for value in bounds):
        return None
    inverse = ~dataset.transform
    corners = [inverse * (x, y) for x in (left, right) for y in (bottom, top)]
    columns, rows = zip(*corners, strict=True)
    first_column = max(math.floor(min(columns)) - margin, 0)
    first_row = max(math.floor(min(rows)) - margin, 0)
    width = min(math.ceil(max(columns)) + margin, dataset.width) - first_column
    height = min(math.ceil(max(rows)) + margin, dataset.height) - first_row
    if width <= 0 or height <= 0:
        return None
    return Window(first_column, first_row, width, height)
