"""Path loss from many masts to many places: drive tests, links, the search for sites.

Every pair is reached over its own profile, as the exact raster driver reaches a cell; at a cell's
centre the two agree to the bit.
"""

import math
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from coverage_sim.array_types import Floats, Floats32
from coverage_sim.errors import InputError, Problems
from coverage_sim.propagation.exact import Fan, Request, path_loss_to
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.predict import (
    DEFAULT_PROFILE_STEP_M,
    check_work,
    latitudes_deg,
    mast_indices,
)
from coverage_sim.propagation.targets import Target
from coverage_sim.terrain.profile import Raster, as_raster, indices_of
from coverage_sim.variables import stamp

#: Of many places with the same fault so many are named, then their number.
_NAMED = 5


class Table(Protocol):
    """Columns by name: a pandas DataFrame, a mapping of arrays, an xarray Dataset."""

    def __getitem__(self, name: str, /) -> Any:
        """Return a column."""

    def __contains__(self, name: object, /) -> bool:
        """Say whether there is such a column."""


class _Points(NamedTuple):
    """Places with heights above ground, and what they are called."""

    x: Floats
    y: Floats
    height_m: Floats
    id: NDArray[Any]


def path_loss_points(
    terrain: xr.Dataset,
    model: Model,
    transmitters: Table | Mapping[str, ArrayLike] | Floats,
    receivers: Table | Mapping[str, ArrayLike] | Floats,
    *,
    frequency_mhz: float,
    radius_m: float | None = None,
    profile_step_m: float = DEFAULT_PROFILE_STEP_M,
    threads: int | None = None,
) -> xr.DataArray:
    """Path loss from every transmitter to every receiver, each over its own profile.

    Parameters
    ----------
    terrain : xr.Dataset
        As `coverage_sim.path_loss` takes it.
    model : Model
        From `get_model`; placed at the latitude of each transmitter where the terrain has a CRS.
    transmitters, receivers : DataFrame, mapping of arrays, or ndarray of shape (n, 3)
        Columns ``x`` and ``y`` in the terrain's CRS and ``height_m``, the antenna's height above
        ground, which may be one number for all; in this order where the columns have no names. A
        column ``id`` names them in the result. [m]
    frequency_mhz : float
        Frequency, within the model's range. [MHz]
    radius_m : float, optional
        Pairs farther apart are not computed. [m]
    profile_step_m : float
        Distance between profile points; independent of the cell size. [m]
    threads : int, optional
        Threads to use, all of the machine's by default; the result does not depend on it.

    Returns
    -------
    xr.DataArray
        ``path_loss_db`` over ``(transmitter, receiver)``, float32; NaN beyond the radius and
        where the path crosses a void or ends on one. Receivers in the outer half of the
        terrain's border cells are taken at those cells' centre line. [dB]

    Raises
    ------
    InputError
        With everything that is wrong: columns missing or of different lengths, a frequency or
        height out of range, receivers outside the terrain, transmitters outside it or on a void.

    Examples
    --------
    >>> from coverage_sim.propagation.registry import get_model
    >>> from coverage_sim.terrain.assemble import terrain_from_arrays
    >>> flat = terrain_from_arrays(
    ...     np.zeros((3, 50)), x=30.0 * np.arange(50), y=[60.0, 30.0, 0.0]
    ... )
    >>> loss = path_loss_points(
    ...     flat,
    ...     get_model("free_space"),
    ...     {"x": [0.0], "y": [30.0], "height_m": [30.0]},
    ...     {"x": [500.0, 1000.0], "y": [30.0, 30.0], "height_m": 30.0},
    ...     frequency_mhz=1800.0,
    ... )
    >>> loss.round(2).values
    array([[91.48, 97.51]], dtype=float32)
    """
    problems = Problems()
    with problems.collect():
        check_work(radius_m, profile_step_m, threads)
    with problems.collect():
        raster = as_raster(terrain)
    with problems.collect():
        masts = _points("transmitters", transmitters)
    with problems.collect():
        phones = _points("receivers", receivers)
    problems.raise_if_any()
    heights_m = zip(
        _ends(masts, model.validity.tx_height_m),
        _ends(phones, model.validity.rx_height_m),
        strict=True,
    )
    for tx_height_m, rx_height_m in heights_m:
        with problems.collect():
            model.validity.check(
                model.name,
                frequency_mhz=frequency_mhz,
                tx_height_m=tx_height_m,
                rx_height_m=rx_height_m,
            )
    with problems.collect():
        indices = _each("transmitter", masts, lambda x, y: mast_indices(raster, x, y))
    with problems.collect():
        target = receiver_indices(raster, phones.x, phones.y)
    problems.raise_if_any()
    workers = threads or os.cpu_count() or 1
    loss_db = np.empty((masts.x.size, phones.x.size), dtype=np.float32)
    latitudes = latitudes_deg(terrain, masts.x, masts.y)

    def one_mast(i: int) -> None:
        fan = Fan(
            raster=raster,
            tx_col=indices[i][0],
            tx_row=indices[i][1],
            target=target,
            rx_height_m=math.nan,
            step_m=float(profile_step_m),
        )
        request = Request(
            model=model.at_mast(latitudes[i]),
            frequency_mhz=float(frequency_mhz),
            tx_height_m=float(masts.height_m[i]),
            receivers=phones.x.size,
        )
        loss_db[i] = loss_between(
            fan,
            request,
            phones.height_m,
            radius_m=math.inf if radius_m is None else float(radius_m),
            threads=max(workers // max(masts.x.size, 1), 1),
        )

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one_mast, range(masts.x.size)))
    result = xr.DataArray(
        loss_db,
        dims=("transmitter", "receiver"),
        coords={
            "transmitter": masts.id,
            "receiver": phones.id,
            **{f"tx_{key}": ("transmitter", getattr(masts, key)) for key in _NUMBERS},
            **{f"rx_{key}": ("receiver", getattr(phones, key)) for key in _NUMBERS},
        },
        attrs={
            "model": model.name,
            "reference": model.reference,
            "frequency_mhz": float(frequency_mhz),
            "profile_step_m": float(profile_step_m),
        },
    )
    return stamp(result, "path_loss_db")


def loss_between(
    fan: Fan, request: Request, rx_heights_m: Floats, *, radius_m: float, threads: int = 1
) -> Floats32:
    """Path loss from one mast to receivers of any heights.

    Parameters
    ----------
    fan : Fan
        Mast and receivers; its own height of receivers does not matter.
    request : Request
        Model, frequency and antenna, for all of the receivers.
    rx_heights_m : ndarray, shape (n,)
        Heights of the receivers above ground. [m]
    radius_m : float
        Those beyond are not computed. [m]
    threads : int
        Threads that share the receivers.

    Returns
    -------
    ndarray of float32, shape (n,)
        NaN beyond the radius. [dB]
    """
    target = fan.target
    loss_db = np.full(target.col.size, np.nan, dtype=np.float32)
    across, down = target.col - fan.tx_col, target.row - fan.tx_row
    near = np.sqrt(across * across + down * down) <= radius_m / fan.raster.cell_m
    for height_m in np.unique(rx_heights_m[near]):
        asked = np.flatnonzero(near & (rx_heights_m == height_m))
        some = Target(target.col[asked], target.row[asked])
        (loss_db[asked],) = path_loss_to(
            replace(fan, target=some, rx_height_m=float(height_m)),
            [replace(request, receivers=asked.size)],
            threads=threads,
        )
    return loss_db


def receiver_indices(raster: Raster, x: ArrayLike, y: ArrayLike) -> Target:
    """Return the fractional indices of receivers; those in a border's outer half stand on it.

    Parameters
    ----------
    raster : Raster
        The terrain.
    x, y : array_like, shape (n,)
        Places in its CRS. [m]

    Raises
    ------
    InputError
        If any is outside the terrain: the first few, and how many.
    """
    rows, cols, _ = raster.cells.shape
    x_m, y_m = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    col, row = indices_of(raster, x_m, y_m)
    within = (col >= -0.5) & (col <= cols - 0.5) & (row >= -0.5) & (row <= rows - 0.5)
    outside = np.flatnonzero(~within)  # a place that is no number is outside
    if outside.size:
        named = ", ".join(f"{i} (x={x_m[i]:.0f}, y={y_m[i]:.0f})" for i in outside[:_NAMED])
        more = f" and {outside.size - _NAMED:,} more" if outside.size > _NAMED else ""
        half = 0.5 * raster.cell_m
        east = raster.x0_m + (cols - 1) * raster.cell_m + half
        south = raster.y0_m - (rows - 1) * raster.cell_m - half
        msg = (
            f"{outside.size:,} of {x_m.size:,} receivers are outside the terrain, which covers x "
            f"{raster.x0_m - half:.0f} to {east:.0f}, y {south:.0f} to {raster.y0_m + half:.0f}: "
            f"rows {named}{more}. Leave them out or give terrain that reaches them."
        )
        raise InputError(msg)
    return Target(np.clip(col, 0.0, cols - 1.0), np.clip(row, 0.0, rows - 1.0))


_NUMBERS = ("x", "y", "height_m")


def _points(what: str, given: Table | Mapping[str, ArrayLike] | Floats) -> _Points:
    """Read places from columns by name or by order."""
    if isinstance(given, np.ndarray):
        if given.ndim != 2 or given.shape[1] != len(_NUMBERS):
            msg = f"{what} has shape {given.shape}; without names it must be (n, 3): x, y, height."
            raise InputError(msg)
        given = dict(zip(_NUMBERS, given.T, strict=True))
    missing = [name for name in _NUMBERS if name not in given]
    if missing:
        msg = f"{what}: column(s) {', '.join(missing)} missing; x, y and height_m are needed."
        raise InputError(msg)
    problems = Problems()
    columns: dict[str, Floats] = {}
    for name in _NUMBERS:
        try:
            columns[name] = np.asarray(given[name], dtype=np.float64)
        except (TypeError, ValueError):
            problems.add(f"{what}: {name} holds something that is no number; correct it.")
    problems.raise_if_any()
    count = columns["x"].size
    if columns["height_m"].ndim == 0:
        columns["height_m"] = np.full(count, columns["height_m"])
    ids = np.asarray(given["id"]) if "id" in given else np.arange(count)
    for name, column in (*columns.items(), ("id", ids)):
        if column.shape != (count,):
            problems.add(f"{what}: {name} has shape {column.shape}; it must be ({count},) as x.")
    problems.raise_if_any()
    return _Points(**columns, id=ids)


def _ends(points: _Points, default: tuple[float, float]) -> tuple[float, float]:
    """Return the least and the greatest height; NaN where one is NaN."""
    if not points.height_m.size:
        return default
    return float(points.height_m.min()), float(points.height_m.max())


def _each(
    what: str, points: _Points, find: Callable[[float, float], tuple[float, float]]
) -> list[tuple[float, float]]:
    """Return what is found of each place, or the problems of the first few that fail."""
    found, problems, failed = [], Problems(), 0
    for name, x, y in zip(points.id, points.x, points.y, strict=True):
        try:
            found.append(find(float(x), float(y)))
        except InputError as error:
            failed += 1
            if failed <= _NAMED:
                problems.add(f"{what} {name}: {error}")
    if failed > _NAMED:
        problems.add(f"{failed - _NAMED:,} more {what}s are outside the terrain or on a void.")
    problems.raise_if_any()
    return found
