"""Speed of the sweep: along a radial, over a whole raster, and beside other loops and SPLAT! HD.

    python -m benchmarks.sweep_speed [--quick] [--output FOLDER]

ITU-R P.1812-8 at 1800 MHz over cells of 30 m. Everything runs on one thread unless a column says
two. Times are medians after a warm-up that compiles. Beside it, in the same run: free space over
the same cells in a bare compiled loop, the exact driver over a sample of them, and, where it is
installed, SPLAT! HD (Longley-Rice) over the same tile of heights.
"""

import argparse
import math
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from odc.geo.geobox import GeoBox
from pyproj import Transformer

from benchmarks import splat
from benchmarks.exact_paths import terrain
from benchmarks.machine import machine_line
from benchmarks.terrains import CELL_M, RX_HEIGHT_M, fan, heights, raster_of
from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats, Floats32
from coverage_sim.constants import P1812_LIGHT_M_GHZ
from coverage_sim.propagation._radial import Radial, Sight, empty_radials, empty_sights
from coverage_sim.propagation._receiver import LEAST_NU, sweep_profile
from coverage_sim.propagation.drivers import Driver, drive
from coverage_sim.propagation.exact import Request, path_loss_to
from coverage_sim.propagation.model import Model, takes_paths
from coverage_sim.propagation.paths import Geometry, Paths, empty_paths
from coverage_sim.propagation.registry import get_model
from coverage_sim.propagation.targets import Target, cells_within
from coverage_sim.terrain.grid import make_grid
from coverage_sim.terrain.profile import (
    Places,
    Profile,
    Raster,
    empty_places,
    empty_profile,
    sample_radial,
)

FREQUENCY_MHZ = 1800.0
TX_HEIGHT_M = 38.0
RELIEF_M = {"flat": 3.0, "mountain": 900.0}
LENGTHS = (100, 450, 1000, 2000, 4000)
RADII_KM = (2.0, 5.0, 10.0, 14.0, 20.0, 40.0, 60.0)
#: Points of all radials of one measurement together.
RADIAL_POINTS = 200_000
SAMPLE = 4096
SEED = 1
#: A run of SPLAT! that would take longer is not begun. [s]
SPLAT_LIMIT_S = 60.0
DRIVER = Driver(name="sweep")


@dataclass(frozen=True, kw_only=True)
class Raced:
    """Times of one mast over one terrain within one radius. [s]"""

    radius_km: float
    cells: int
    sweep_s: float
    two_threads_s: float
    free_space_s: float
    exact_s: float  # of a sample, scaled to all cells


@dataclass(frozen=True, kw_only=True)
class Beside:
    """SPLAT! HD within one radius: points, and processor time without what every run costs. [s]"""

    radius_km: float
    points: float
    splat_s: float
    wall_s: float  # of the whole run
    runs: int
    cells: int
    sweep_s: float  # processor time of the sweep over the same heights


def median_of(
    rounds: int, work: Callable[[], object], clock: Callable[[], float] = time.perf_counter
) -> float:
    """Return the median time of some work after a warm-up. [s]"""
    work()
    times = []
    for _ in range(rounds):
        begin = clock()
        work()
        times.append(clock() - begin)
    return statistics.median(times)


# --- along a radial ---


def _sample_all(
    raster: Raster,
    starts: Floats,
    angles: Floats,
    points: int,
    places: Places,
    profile: Profile,
) -> None:
    for k in range(angles.size):
        across, down = math.cos(angles[k]), math.sin(angles[k])
        sample_radial(
            raster, starts[k, 0], starts[k, 1], across, down, raster.cell_m, points, places, profile
        )


def _sweep_all(
    profiles: Profile,
    points: int,
    geometry: Geometry,
    least_u: float,
    radial: Radial,
    sight: Sight,
    paths: Paths,
) -> None:
    for k in range(profiles.distance_km.shape[0]):
        profile = Profile(
            profiles.distance_km[k], profiles.ground_m[k], profiles.clutter_m[k], profiles.zone[k]
        )
        # receiver n of a radial writes entry n: the last of one radial is entry 0 of the next
        begin = k * points
        radial_paths = paths[begin : begin + points + 1]
        sweep_profile(profile, points, geometry, least_u, False, radial, sight, radial_paths)


# Compiled afresh: a cached caller would keep yesterday's `sweep_profile` in it.
_sampled_all: Any = numba.njit(error_model="numpy")(_sample_all)
_swept_all: Any = numba.njit(error_model="numpy")(_sweep_all)


def radial_row(
    raster: Raster, model: Model, points: int, rounds: int
) -> tuple[float, float, float]:
    """Return ns a point of analysis and formula, of sampling, and the share left open."""
    assert takes_paths(model)
    count = max(RADIAL_POINTS // points, 16)
    rng = np.random.default_rng(SEED)
    side = raster.cells.shape[0]
    starts = rng.uniform(0.0, side - 1.0 - points, (count, 2))
    angles = rng.uniform(0.0, 0.5 * math.pi, count)
    places, profile = empty_places(points + 1), empty_profile(points + 1)

    distance_km, ground_m, clutter_m = np.empty((3, count, points + 1))
    profiles = Profile(distance_km, ground_m, clutter_m, np.empty(distance_km.shape, np.uint8))
    for k in range(count):
        _sampled_all(raster, starts[k : k + 1], angles[k : k + 1], points, places, profile)
        profiles.distance_km[k], profiles.ground_m[k] = profile.distance_km, profile.ground_m
        profiles.clutter_m[k], profiles.zone[k] = profile.clutter_m, profile.zone
    sampling_s = median_of(
        rounds, lambda: _sampled_all(raster, starts, angles, points, places, profile)
    )
    geometry = Geometry(
        TX_HEIGHT_M, RX_HEIGHT_M, model.effective_earth_radius_km(), model.needs_beta()
    )
    least_u = LEAST_NU * math.sqrt(1000.0 * P1812_LIGHT_M_GHZ / FREQUENCY_MHZ)
    radial = Radial(*(array[0] for array in empty_radials(1, points + 1)))
    sight = Sight(*(array[0, 0] for array in empty_sights(1, 1, points + 1)))
    # As many radials together as the driver takes, so that their paths stay in the core's cache.
    together = max(4096 // points, 1)
    paths, out = empty_paths(together * points + 1), np.empty(together * points)
    open_ = 0

    def sweep() -> None:
        nonlocal open_
        open_ = 0
        for first in range(0, count, together):
            several = slice(first, first + together)
            part = Profile(
                profiles.distance_km[several],
                profiles.ground_m[several],
                profiles.clutter_m[several],
                profiles.zone[several],
            )
            _swept_all(part, points, geometry, least_u, radial, sight, paths)
            receivers = part.distance_km.shape[0] * points
            model.fill(paths[1 : receivers + 1], frequency_mhz=FREQUENCY_MHZ, out=out[:receivers])
            open_ += int(np.count_nonzero(np.isinf(out[:receivers])))

    total = count * points
    return 1e9 * median_of(rounds, sweep) / total, 1e9 * sampling_s / total, open_ / total


def radials(rasters: dict[str, Raster], lengths: Sequence[int], rounds: int) -> None:
    """Print what a receiver at a radial's own point costs."""
    print("\n### Receivers at a radial's own points\n")
    print(
        "Analysis of every point of a radial as a receiver (`complete=False`) and the formula; "
        "sampling the raster is a column of its own. "
        f'Medians of {rounds}. "Left open": receivers whose formula asks for more, '
        "which a finished raster then completes. Synthetic terrain.\n"
    )
    print(
        "| terrain | time % | points | million points/s | ns a point | sampling, ns a point | "
        "left open |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    growth = []
    for name, raster in rasters.items():
        for percent in (50.0, 10.0):
            model = get_model("p1812_8", time_percent=percent, delta_n=50.5, n0=374.6)
            found = []
            for points in lengths:
                cost, sampling, left_open = radial_row(raster, model.at_mast(20.3), points, rounds)
                found.append(cost)
                print(
                    f"| {name} | {percent:.0f} | {points:,} | {1e3 / cost:.2f} | {cost:.0f} | "
                    f"{sampling:.1f} | {100 * left_open:.1f} % |",
                    flush=True,
                )
            growth.append(f"{name} {percent:.0f} %: {found[-1] / found[0]:.2f}")
    print(
        f"\nGrowth of the cost of a point from {lengths[0]:,} to {lengths[-1]:,} points: "
        f"{'; '.join(growth)}."
    )


# --- a finished raster ---


@kernel
def _free_space(
    col: Floats,
    row: Floats,
    tx_col: float,
    tx_row: float,
    cell_km: float,
    frequency_mhz: float,
    out: Floats32,
) -> None:
    constant_db = 32.45 + 20.0 * math.log10(frequency_mhz * cell_km)
    for k in range(col.size):
        across, down = col[k] - tx_col, row[k] - tx_row
        square = max(across * across + down * down, 1e-9)
        out[k] = constant_db + 10.0 * math.log10(square)


def whole_raster(
    raster: Raster, model: Model, mast: tuple[float, float], radius_m: float, threads: int = 1
) -> Floats32:
    """Path loss on the raster's own cells, NaN beyond the radius: all that a mast costs. [dB]"""
    shape = raster.cells.shape[:2]
    target, cells, _ = cells_within(shape, raster.cell_m, *mast, [radius_m])
    request = Request(
        model=model, frequency_mhz=FREQUENCY_MHZ, tx_height_m=TX_HEIGHT_M, receivers=cells.size
    )
    (found,) = drive(
        DRIVER,
        fan(raster, mast, target),
        [request],
        threads=threads,
    )
    loss_db = np.full(shape, np.nan, dtype=np.float32)
    loss_db.ravel()[cells] = found
    return loss_db


def window_of(raster: Raster, radius_m: float) -> tuple[Raster, tuple[float, float]]:
    """Cut the square round a mast in the middle out of a raster; return the mast in it too."""
    reach = math.ceil(radius_m / raster.cell_m) + 1
    middle = raster.cells.shape[0] // 2
    cells = raster.cells[middle - reach : middle + reach + 1, middle - reach : middle + reach + 1]
    # Where a mast stands in its cell is chance; nothing shall hang on the middle of one.
    return raster._replace(cells=np.ascontiguousarray(cells)), (reach + 0.3, reach - 0.2)


def race(raster: Raster, model: Model, radius_km: float, rounds: int) -> Raced:
    """Time a finished raster, and the loops beside it, over the same cells."""
    window, mast = window_of(raster, 1000.0 * radius_km)
    radius_m = 1000.0 * radius_km
    target, cells, _ = cells_within(window.cells.shape[:2], CELL_M, *mast, [radius_m])
    out = np.empty(cells.size, dtype=np.float32)
    rng = np.random.default_rng(SEED)
    chosen = np.sort(rng.choice(cells.size, min(SAMPLE, cells.size), replace=False))
    part = Target(target.col[chosen], target.row[chosen])
    request = Request(
        model=model, frequency_mhz=FREQUENCY_MHZ, tx_height_m=TX_HEIGHT_M, receivers=chosen.size
    )
    exact_s = median_of(
        rounds,
        lambda: path_loss_to(
            fan(window, mast, part),
            [request],
        ),
    )
    return Raced(
        radius_km=radius_km,
        cells=cells.size,
        sweep_s=median_of(rounds, lambda: whole_raster(window, model, mast, radius_m)),
        two_threads_s=median_of(rounds, lambda: whole_raster(window, model, mast, radius_m, 2)),
        free_space_s=median_of(
            rounds,
            lambda: _free_space(target.col, target.row, *mast, CELL_M / 1000.0, FREQUENCY_MHZ, out),
        ),
        exact_s=exact_s * cells.size / chosen.size,
    )


def _grown(path: Path, model: Model, mast: tuple[float, float], radius_m: float) -> float:
    """Return by how much the memory of this process grows while a mast is computed. [B]"""
    cells = np.load(path)
    raster = Raster(cells, 0.0, 0.0, CELL_M)
    cells.sum()  # all of it is in memory now
    whole_raster(raster, model, mast, 1000.0)  # loads the kernels
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = _peak_memory()
    whole_raster(raster, model, mast, radius_m)
    return _peak_memory() - before


def _peak_memory() -> float:
    """Return the largest resident memory of this process so far. [B]"""
    status = Path("/proc/self/status").read_text()
    return 1024.0 * float(status.split("VmHWM:")[1].split()[0])


def memory_of(raster: Raster, model: Model, radius_km: float) -> float | None:
    """Return the peak memory of a mast in bytes a cell within the radius, ground not counted."""
    if not Path("/proc/self/clear_refs").is_file():
        return None
    window, mast = window_of(raster, 1000.0 * radius_km)
    _, cells, _ = cells_within(window.cells.shape[:2], CELL_M, *mast, [1000.0 * radius_km])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.npy"
        np.save(path, window.cells)
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            grown = pool.submit(_grown, path, model, mast, 1000.0 * radius_km).result()
    return grown / cells.size


def rasters_table(
    rasters: dict[str, Raster], model: Model, radii_km: Sequence[float], quick: bool
) -> dict[str, list[Raced]]:
    """Print and return what a finished raster costs."""
    print("\n### A finished raster\n")
    print(
        "`drive` with the sweep, cells sought and written, 50 % of time, one frequency; synthetic "
        "terrain. Medians of 5, of 3 beyond 20 km. The exact driver: "
        f"{SAMPLE:,} cells at random, scaled. Free space: a bare compiled loop over the "
        "same cells. Memory: growth of the peak resident memory of a process of its own, one "
        "thread, a cell within the radius, the ground not counted.\n"
    )
    print(
        "| terrain | radius, km | cells | s a mast | million cells/s | ns a cell | 2 threads, "
        "times as fast | memory, B a cell | times free space | exact, s a mast | "
        "exact / sweep |"
    )
    print("| --- " * 11 + "|")
    found: dict[str, list[Raced]] = {}
    for name, raster in rasters.items():
        for radius_km in radii_km:
            rounds = 2 if quick else (5 if radius_km <= 20.0 else 3)
            one = race(raster, model, radius_km, rounds)
            memory = memory_of(raster, model, radius_km) if radius_km >= 10.0 else None
            found.setdefault(name, []).append(one)
            print(
                f"| {name} | {radius_km:g} | {one.cells:,} | {one.sweep_s:.3g} | "
                f"{1e-6 * one.cells / one.sweep_s:.2f} | {1e9 * one.sweep_s / one.cells:.0f} | "
                f"{one.sweep_s / one.two_threads_s:.2f} | "
                f"{'' if memory is None else f'{memory:.0f}'} | "
                f"{one.sweep_s / one.free_space_s:.1f} | {one.exact_s:.3g} | "
                f"{one.exact_s / one.sweep_s:.1f} |",
                flush=True,
            )
    return found


# --- SPLAT! HD ---


def beside_splat(model: Model, radii_km: Sequence[float], quick: bool) -> list[Beside]:
    """Print and return what SPLAT! HD costs over a tile, and the sweep over the same heights."""
    print("\n### SPLAT! HD, over the same tile of heights\n")
    if not splat.is_installed():
        print(f"Left out: {splat.PROGRAM} and {splat.CONVERTER} are not installed (package splat).")
        return []
    found: list[Beside] = []
    with tempfile.TemporaryDirectory() as folder:
        tile = splat.make_tile(Path(folder))
        splat.prepare(tile, TX_HEIGHT_M)
        repeats = 1 if quick else 3
        loads = [splat.load_run(tile, RX_HEIGHT_M) for _ in range(repeats)]
        load_s = statistics.median(one.processor_s for one in loads)
        checked_km = radii_km[1]
        listed = splat.points_listed(tile, checked_km, RX_HEIGHT_M)
        expected = splat.points_expected(tile, checked_km)
        raster, mast = tile_raster(tile, max(radii_km))
        print(
            f"Tile {tile.name}, 1 arc-second interpolated from 3, mast in its middle at "
            f"{tile.latitude_deg:g} N {tile.longitude_deg:g} E, {TX_HEIGHT_M:g} m; receiver "
            f"{RX_HEIGHT_M:g} m, {FREQUENCY_MHZ:g} MHz, Longley-Rice (`-olditm`), its picture of "
            "the path loss written. SPLAT! uses one core. Times are processor times, for both; "
            f"from each the {load_s:.1f} s are taken off that a run of 0.1 km takes (reading "
            "the tile, walking to its edges, writing the picture). Points: pixels of 1 arc-second "
            f"within the radius; at {checked_km:g} km SPLAT! lists {listed:,} "
            f"(`-ano`), the area gives {expected:,.0f}. The sweep: P.1812-8, 30 m cells made of "
            "the same tile, bare ground, cells sought and written.\n"
        )
        print(
            "| radius, km | points of SPLAT! | runs | s a mast, load off | wall of the whole run, "
            "s | points/s | cells of the sweep | s a mast | cells/s | times as fast |"
        )
        print("| --- " * 10 + "|")
        for radius_km in radii_km:
            if not splat.fits(tile, radius_km):
                print(f"| {radius_km:g} | left out: reaches beyond the tile |" + " |" * 8)
                continue
            if found:
                last = found[-1]
                if last.splat_s * (radius_km / last.radius_km) ** 2.5 > SPLAT_LIMIT_S:
                    print(f"| {radius_km:g} | left out: over {SPLAT_LIMIT_S:g} s |" + " |" * 8)
                    continue
            runs = [
                splat.run(tile, radius_km, RX_HEIGHT_M)
                for _ in range(repeats if radius_km <= 10.0 else 1)
            ]
            radius_m = 1000.0 * radius_km
            _, cells, _ = cells_within(raster.cells.shape[:2], CELL_M, *mast, [radius_m])
            sweep_s = median_of(
                repeats,
                lambda radius_m=radius_m: whole_raster(raster, model, mast, radius_m),  # type: ignore[misc]
                time.process_time,
            )
            splat_s = statistics.median(one.processor_s for one in runs) - load_s
            one = Beside(
                radius_km=radius_km,
                points=splat.points_expected(tile, radius_km),
                splat_s=max(splat_s, math.nan if splat_s <= 0.0 else splat_s),
                wall_s=statistics.median(one.wall_s for one in runs),
                runs=len(runs),
                cells=cells.size,
                sweep_s=sweep_s,
            )
            found.append(one)
            splat_rate, sweep_rate = one.points / one.splat_s, one.cells / one.sweep_s
            print(
                f"| {radius_km:g} | {one.points:,.0f} | {one.runs} | {one.splat_s:.2f} | "
                f"{one.wall_s:.1f} | {splat_rate:,.0f} | {one.cells:,} | {one.sweep_s:.3g} | "
                f"{sweep_rate:,.0f} | {sweep_rate / splat_rate:.1f} |",
                flush=True,
            )
    return found


def tile_raster(tile: splat.Tile, radius_km: float) -> tuple[Raster, tuple[float, float]]:
    """Return the tile's heights on cells of 30 m, sea level beyond it, and the mast."""
    to_plane = Transformer.from_crs("EPSG:4326", tile.crs, always_xy=True)
    x, y = to_plane.transform(tile.longitude_deg, tile.latitude_deg)
    reach = 1000.0 * radius_km + 2.0 * CELL_M
    grid: GeoBox = make_grid(
        crs=tile.crs, cell_m=CELL_M, bounds_m=(x - reach, y - reach, x + reach, y + reach)
    )
    ground = heights(tile.path, grid).fillna(0.0)
    raster = raster_of(ground)
    return raster, ((x - raster.x0_m) / CELL_M, (raster.y0_m - y) / CELL_M)


# --- the picture ---


def plot(raced: dict[str, list[Raced]], beside: Sequence[Beside], path: Path) -> None:
    """Draw cost against radius: seconds a mast, and nanoseconds a cell."""
    figure = Figure(figsize=(13.0, 6.2), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    mast_axes, cell_axes = figure.subplots(1, 2)
    figure.subplots_adjust(left=0.065, right=0.985, top=0.87, bottom=0.22, wspace=0.2)
    colors = {"flat": "#2a6f97", "mountain": "#b8203f"}
    lines: list[tuple[str, list[float], list[float], list[float], dict[str, Any]]] = []
    for name, rows in raced.items():
        radii, counts = [one.radius_km for one in rows], [float(one.cells) for one in rows]
        solid = {"color": colors[name], "marker": "o"}
        dashed = {"color": colors[name], "marker": "s", "linestyle": "--", "markerfacecolor": "w"}
        lines.append((f"sweep, {name}", radii, [one.sweep_s for one in rows], counts, solid))
        exact = f"exact, {name} (sampled and scaled)"
        lines.append((exact, radii, [one.exact_s for one in rows], counts, dashed))
    if beside:
        lines.append(
            (
                "SPLAT! HD, Longley-Rice, real tile, load off",
                [one.radius_km for one in beside],
                [one.splat_s for one in beside],
                [one.points for one in beside],
                {"color": "#6b7280", "marker": "^", "linestyle": ":"},
            )
        )
    for label, radii, seconds, counts, style in lines:
        mast_axes.plot(radii, seconds, label=label, **style)
        each_ns = [1e9 * s / n for s, n in zip(seconds, counts, strict=True)]
        cell_axes.plot(radii, each_ns, **style)
    ticks = [radius for radius in RADII_KM if radius != 14.0]
    for axes, label in ((mast_axes, "seconds a mast"), (cell_axes, "nanoseconds a cell (point)")):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("radius [km]")
        axes.set_ylabel(label)
        axes.set_xticks(ticks, [f"{radius:g}" for radius in ticks])
        axes.set_xticks([], minor=True)
        axes.grid(True, which="both", alpha=0.25)
    figure.suptitle(
        "Cost of one mast against its radius, one thread",
        x=0.065,
        ha="left",
        fontsize=15,
        fontweight="bold",
    )
    figure.text(
        0.065,
        0.9,
        "P.1812-8 over cells of 30 m, synthetic terrain; SPLAT! HD over pixels of 1 arc-second",
        fontsize=10.5,
        color="#52606d",
    )
    figure.legend(loc="lower center", ncols=3, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})
    print(f"\n{path}")


def main() -> None:
    """Print the tables and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--output", type=Path, default=Path("out/benchmarks"))
    parser.add_argument("--quick", action="store_true", help="short radii, for a trial")
    given = parser.parse_args()
    lengths = LENGTHS[:3] if given.quick else LENGTHS
    radii_km = RADII_KM[:3] if given.quick else RADII_KM
    reach = max(math.ceil(2000.0 * radii_km[-1] / CELL_M) + 8, lengths[-1] + 100)
    print(machine_line())
    rasters = {name: terrain(relief_m, SEED, reach) for name, relief_m in RELIEF_M.items()}
    model = get_model("p1812_8", delta_n=50.5, n0=374.6).at_mast(20.3)
    radials(rasters, lengths, 2 if given.quick else 5)
    raced = rasters_table(rasters, model, radii_km, given.quick)
    beside = beside_splat(model, radii_km, given.quick)
    plot(raced, beside, given.output / "sweep_speed.png")


if __name__ == "__main__":
    main()
