"""What people call: labels in, labels out; ranges checked once, at this door."""

import dataclasses
import math
import os
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from pyproj import CRS

from coverage_sim.constants import COASTAL_LAND, INLAND, SEA
from coverage_sim.coordinates import transformer
from coverage_sim.errors import InputError, Problems, RangeWarning, must_be_one_of
from coverage_sim.propagation.drivers import Driver, drive
from coverage_sim.propagation.exact import Fan, Request
from coverage_sim.propagation.model import Model, beyond_distance_range
from coverage_sim.propagation.paths import FEWEST_POINTS
from coverage_sim.propagation.single_paths import loss_over
from coverage_sim.propagation.targets import cells_within
from coverage_sim.terrain.labels import GRID_MAPPING
from coverage_sim.terrain.profile import Profile, Raster, as_raster, ground_at, indices_of
from coverage_sim.units import LARGEST_RADIUS_M
from coverage_sim.variables import stamp

#: Words for the radio-climatic zones, as `profile_path_loss` takes them.
ZONE_WORDS = {"sea": SEA, "coastal_land": COASTAL_LAND, "inland": INLAND}

DEFAULT_PROFILE_STEP_M = 30.0


def profile_path_loss(
    model: Model,
    *,
    distance_m: ArrayLike,
    ground_m: ArrayLike,
    clutter_m: ArrayLike | None = None,
    zone: Sequence[str] | None = None,
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
) -> float:
    """Path loss over one profile.

    Parameters
    ----------
    model : Model
        From `get_model`.
    distance_m : array_like, shape (n,)
        Distance of each point from the transmitter; begins with 0 and ascends, in equal or unequal
        steps; at least five points. [m]
    ground_m : array_like, shape (n,)
        Ground height above mean sea level; NaN where unknown. [m]
    clutter_m : array_like, shape (n,), optional
        Representative clutter height added to the ground between the two ends; 0 if absent. [m]
    zone : sequence of {"sea", "coastal_land", "inland"}, length n, optional
        Radio-climatic zone of each point; inland if absent.
    frequency_mhz : float
        Frequency, within the model's range. [MHz]
    tx_height_m, rx_height_m : float
        Antenna heights above ground. [m]

    Returns
    -------
    float
        Basic transmission loss; NaN if the profile has a void. [dB]

    Raises
    ------
    InputError
        With everything that is wrong with the arguments.

    Warns
    -----
    RangeWarning
        If the path is shorter or longer than the model's source states it for.

    Examples
    --------
    >>> import numpy as np
    >>> from coverage_sim.propagation.registry import get_model
    >>> loss_db = profile_path_loss(
    ...     get_model("free_space"),
    ...     distance_m=np.linspace(0.0, 1000.0, 11),
    ...     ground_m=np.zeros(11),
    ...     frequency_mhz=1800.0,
    ...     tx_height_m=30.0,
    ...     rx_height_m=30.0,
    ... )
    >>> round(loss_db, 2)
    97.51
    """
    problems = Problems()
    with problems.collect():
        model.validity.check(
            model.name,
            frequency_mhz=frequency_mhz,
            tx_height_m=tx_height_m,
            rx_height_m=rx_height_m,
        )
    d_m = np.asarray(distance_m, dtype=np.float64)
    ground = np.asarray(ground_m, dtype=np.float64)
    clutter = np.zeros_like(ground) if clutter_m is None else np.asarray(clutter_m, np.float64)
    if d_m.ndim != 1 or d_m.size < FEWEST_POINTS:
        problems.add(
            f"distance_m has shape {d_m.shape}; a profile needs at least {FEWEST_POINTS} points in "
            "one dimension. Sample the path more densely."
        )
    elif not (d_m[0] == 0.0 and np.isfinite(d_m).all() and (np.diff(d_m) > 0.0).all()):
        problems.add("distance_m must begin with 0 and ascend; sort it and drop repeated points.")
    for name, values in (("ground_m", ground), ("clutter_m", clutter)):
        if values.shape != d_m.shape:
            problems.add(f"{name} has shape {values.shape}; it must be {d_m.shape} as distance_m.")
    if clutter.size and np.nanmin(clutter, initial=0.0) < 0.0:
        problems.add(f"clutter_m is {np.nanmin(clutter):g}; a height above ground is 0 or more.")
    zones = np.full(d_m.shape, INLAND, dtype=np.uint8)
    if zone is not None:
        if len(zone) != d_m.size:
            problems.add(f"zone has {len(zone)} entries; it must have {d_m.size} as distance_m.")
        for word in sorted(set(map(str, zone)) - set(ZONE_WORDS)):
            with problems.collect():
                raise must_be_one_of(what="zone", given=word, allowed=ZONE_WORDS)
    problems.raise_if_any()
    if zone is not None:
        zones = np.array([ZONE_WORDS[str(word)] for word in zone], dtype=np.uint8)
    beyond = beyond_distance_range(model, float(d_m[-1]))
    if beyond:
        warnings.warn(beyond, RangeWarning, stacklevel=2)
    profile = Profile(d_m / 1000.0, ground, clutter, zones)
    return loss_over(
        model,
        profile,
        frequency_mhz=float(frequency_mhz),
        tx_height_m=float(tx_height_m),
        rx_height_m=float(rx_height_m),
    )


def path_loss(
    terrain: xr.Dataset,
    model: Model,
    *,
    tx_x: float,
    tx_y: float,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    radius_m: float,
    driver: Driver | Literal["sweep", "exact"] = "sweep",
    profile_step_m: float = DEFAULT_PROFILE_STEP_M,
    threads: int | None = None,
) -> xr.DataArray:
    """Path loss from one mast to every cell around it.

    Parameters
    ----------
    terrain : xr.Dataset
        ``ground_m`` over ``(y, x)`` and, where there are any, ``clutter_m`` and ``zone``; see
        `coverage_sim.variables`. If it carries a CRS, the mast's latitude is computed from it for
        models that need one.
    model : Model
        From `get_model`.
    tx_x, tx_y : float
        Position of the mast in the terrain's CRS. [m]
    tx_height_m, rx_height_m : float
        Antenna heights above ground. [m]
    frequency_mhz : float
        Frequency, within the model's range. [MHz]
    radius_m : float
        Cells whose centre is farther from the mast stay NaN. [m]
    driver : Driver or {"sweep", "exact"}
        How, see `coverage_sim.propagation.drivers.Driver`; a name takes its other defaults.
    profile_step_m : float
        Distance between profile points; independent of the cell size. [m]
    threads : int, optional
        Threads to use, all of the machine's by default; the result does not depend on it.

    Returns
    -------
    xr.DataArray
        ``path_loss_db`` over ``(y, x)``, float32; NaN beyond the radius and where the path
        crosses a void. Cells reached over fewer than five profile points have free space. [dB]

    Raises
    ------
    InputError
        With everything that is wrong: the mast outside the terrain or on a void, a frequency or
        height out of range, an unknown driver.

    Examples
    --------
    >>> import numpy as np
    >>> import coverage_sim
    >>> flat = coverage_sim.terrain_from_arrays(
    ...     np.zeros((3, 50)), x=30.0 * np.arange(50), y=[60.0, 30.0, 0.0]
    ... )
    >>> loss = coverage_sim.path_loss(
    ...     flat,
    ...     coverage_sim.get_model("free_space"),
    ...     tx_x=0.0,
    ...     tx_y=30.0,
    ...     tx_height_m=30.0,
    ...     rx_height_m=30.0,
    ...     frequency_mhz=1800.0,
    ...     radius_m=1500.0,
    ... )
    >>> round(float(loss.sel(x=990.0, y=30.0)), 2)
    97.42
    """
    problems = Problems()
    if not isinstance(driver, Driver):
        with problems.collect():
            driver = Driver(name=driver)
    with problems.collect():
        check_work(radius_m, profile_step_m, threads)
    with problems.collect():
        model.validity.check(
            model.name,
            frequency_mhz=frequency_mhz,
            tx_height_m=tx_height_m,
            rx_height_m=rx_height_m,
        )
    with problems.collect():
        raster = as_raster(terrain)
        tx_col, tx_row = mast_indices(raster, tx_x, tx_y)
    problems.raise_if_any()
    target, cells, _ = cells_within(
        raster.cells.shape[:2], raster.cell_m, tx_col, tx_row, [radius_m]
    )
    (latitude_deg,) = latitudes_deg(terrain, [tx_x], [tx_y])
    request = Request(
        model=model.at_mast(latitude_deg),
        frequency_mhz=float(frequency_mhz),
        tx_height_m=float(tx_height_m),
        receivers=cells.size,
    )
    assert isinstance(driver, Driver)  # noqa: S101  # for the type checker: raised above
    loss_db = np.full(raster.cells.shape[:2], np.nan, dtype=np.float32)
    (found,) = drive(
        driver,
        Fan(
            raster=raster,
            tx_col=tx_col,
            tx_row=tx_row,
            target=target,
            rx_height_m=rx_height_m,
            step_m=profile_step_m,
        ),
        [request],
        threads=threads or os.cpu_count() or 1,
    )
    loss_db.ravel()[cells] = found
    attributes: dict[str, Any] = {
        "model": model.name,
        "reference": model.reference,
        **{f"driver_{key}": value for key, value in dataclasses.asdict(driver).items()},
        "frequency_mhz": float(frequency_mhz),
        "tx_height_m": float(tx_height_m),
        "rx_height_m": float(rx_height_m),
        "profile_step_m": float(profile_step_m),
    }
    result = xr.DataArray(
        loss_db, coords=terrain["ground_m"].coords, dims=("y", "x"), attrs=attributes
    )
    return stamp(result, "path_loss_db")


def check_work(radius_m: float | None, profile_step_m: float, threads: int | None) -> None:
    """Check how far and how finely path loss is asked for, and with how many threads.

    Raises
    ------
    InputError
        With every value that is out of range.
    """
    problems = Problems()
    for what, value in (("radius_m", radius_m), ("profile_step_m", profile_step_m)):
        if value is not None and not (value > 0.0 and math.isfinite(value)):
            problems.add(f"{what} is {value:g}; it must be a positive length in metres.")
    if radius_m is not None and radius_m > LARGEST_RADIUS_M:
        problems.add(f"radius_m is {radius_m:g}; it must be at most {LARGEST_RADIUS_M:g} m.")
    if threads is not None and threads < 1:
        problems.add(f"threads is {threads}; at least one is needed.")
    problems.raise_if_any()


def mast_indices(raster: Raster, tx_x: float, tx_y: float) -> tuple[float, float]:
    """Return the fractional column and row of a mast.

    Raises
    ------
    InputError
        If the mast stands outside the raster or its ground is unknown.
    """
    rows, cols, _ = raster.cells.shape
    col, row = indices_of(raster, tx_x, tx_y)
    if not (-0.5 <= col <= cols - 0.5 and -0.5 <= row <= rows - 0.5):
        half = 0.5 * raster.cell_m
        east = raster.x0_m + (cols - 1) * raster.cell_m + half
        south = raster.y0_m - (rows - 1) * raster.cell_m - half
        msg = (
            f"the mast is at x={tx_x:.0f}, y={tx_y:.0f}; the terrain covers "
            f"x {raster.x0_m - half:.0f} to {east:.0f}, y {south:.0f} to {raster.y0_m + half:.0f}."
            " Move the mast or give terrain that reaches it."
        )
        raise InputError(msg)
    if math.isnan(ground_at(raster, col, row)):
        msg = (
            f"the mast at x={tx_x:.0f}, y={tx_y:.0f} stands on a void of the terrain; its height "
            "above sea level is unknown. Fill the void or move the mast."
        )
        raise InputError(msg)
    return col, row


def latitudes_deg(terrain: xr.Dataset, x: ArrayLike, y: ArrayLike) -> list[float | None]:
    """Return the latitude of each place, or None where the terrain carries no CRS. [deg]

    Parameters
    ----------
    terrain : xr.Dataset
        With its CRS in the coordinate ``spatial_ref`` or without one.
    x, y : array_like, shape (n,)
        Places in that CRS. [m]
    """
    # Read here and not by odc-geo: its xarray part needs dask, which nothing else does.
    wkt = terrain[GRID_MAPPING].attrs.get("crs_wkt") if GRID_MAPPING in terrain.coords else None
    if wkt is None:
        return [None] * np.size(x)
    to_degrees = transformer(CRS.from_wkt(wkt), "EPSG:4326")
    _, latitude = to_degrees.transform(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    return [float(degrees) for degrees in latitude]
