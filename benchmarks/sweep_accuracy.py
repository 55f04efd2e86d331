"""How far the sweep is from the exact driver: error in dB, on real and on synthetic terrain.

    python -m benchmarks.sweep_accuracy [--quick] [--output FOLDER]

ITU-R P.1812-8 at 1800 MHz, mast 38 m, receiver 1.5 m, cells of 30 m within 12 km. The sweep
computes every cell; the exact driver a seeded random sample of them. An error is sweep minus exact.
Then what more radials and more own steps buy, and two maps of the error with all cells.
"""

import argparse
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LightSource, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from benchmarks.machine import machine_line
from benchmarks.terrains import RX_HEIGHT_M, Place, fan, places, without_clutter
from coverage_sim.array_types import Floats, Floats32, Ints
from coverage_sim.propagation.drivers import Driver, drive
from coverage_sim.propagation.exact import Request, path_loss_to
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.registry import get_model
from coverage_sim.propagation.targets import Target, cells_within
from coverage_sim.terrain.profile import GROUND, Raster

RADIUS_M = 12_000.0
MAP_RADIUS_M = 8_000.0
MAP_RANGE_DB = 3.0
FREQUENCY_MHZ = 1800.0
TX_HEIGHT_M = 38.0
SEED = 1
DENSITIES = (0.5, 1.0, 2.0)
OWN_STEPS = (0, 4, 8, 16, 32)
DEFAULT = Driver(name="sweep")

#: Sweep less exact, from too little loss (blue) to too much (red).
_COLORS = ("#08306b", "#3a8bc8", "#f7f5ef", "#ef8a4a", "#7f1d0c")


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """Cells of one mast, and what the exact driver says of some of them."""

    raster: Raster
    model: Model
    mast: tuple[float, float]
    target: Target
    chosen: Ints
    exact_db: Floats32


@dataclass(frozen=True, kw_only=True)
class Errors:
    """Sweep less exact over the cells that both know [dB], and how many only one knows."""

    error_db: Floats
    known_to_one: int


def model_at(place: Place) -> Model:
    """Return the model of all these comparisons."""
    return get_model("p1812_8", delta_n=50.5, n0=374.6).at_mast(place.latitude_deg)


def exact_loss(
    raster: Raster, model: Model, mast: tuple[float, float], target: Target, threads: int = 2
) -> Floats32:
    """Return the loss to the receivers over their own profiles. [dB]"""
    request = Request(
        model=model, frequency_mhz=FREQUENCY_MHZ, tx_height_m=TX_HEIGHT_M, receivers=target.col.size
    )
    (loss_db,) = path_loss_to(
        fan(raster, mast, target),
        [request],
        threads=threads,
    )
    return loss_db


def swept_loss(
    driver: Driver,
    raster: Raster,
    model: Model,
    mast: tuple[float, float],
    target: Target,
    threads: int = 2,
) -> Floats32:
    """Return the loss to the receivers as the driver finds it. [dB]"""
    request = Request(
        model=model, frequency_mhz=FREQUENCY_MHZ, tx_height_m=TX_HEIGHT_M, receivers=target.col.size
    )
    (loss_db,) = drive(
        driver,
        fan(raster, mast, target),
        [request],
        threads=threads,
    )
    return loss_db


def sampled(place: Place, raster: Raster, cells: int) -> list[Sampled]:
    """Let the exact driver answer for a random sample of the cells of every mast."""
    model, found = model_at(place), []
    for number, mast in enumerate(place.masts):
        target, _, _ = cells_within(raster.cells.shape[:2], raster.cell_m, *mast, [RADIUS_M])
        rng = np.random.default_rng((SEED, number))
        count = min(cells, target.col.size)
        chosen = np.sort(rng.choice(target.col.size, count, replace=False))
        part = Target(target.col[chosen], target.row[chosen])
        exact_db = exact_loss(raster, model, mast, part)
        found.append(
            Sampled(
                raster=raster,
                model=model,
                mast=mast,
                target=target,
                chosen=chosen,
                exact_db=exact_db,
            )
        )
    return found


def errors(driver: Driver, samples: Sequence[Sampled]) -> Errors:
    """Return the errors of a driver over the samples of all masts."""
    found, known_to_one = [], 0
    for one in samples:
        swept_db = swept_loss(driver, one.raster, one.model, one.mast, one.target)[one.chosen]
        known, other = np.isfinite(swept_db), np.isfinite(one.exact_db)
        known_to_one += int(np.count_nonzero(known != other))
        both = known & other
        found.append(swept_db[both].astype(np.float64) - one.exact_db[both])
    return Errors(error_db=np.concatenate(found), known_to_one=known_to_one)


def numbers(of: Errors) -> str:
    """Return the columns of a table: median, 95 %, 99 %, largest, bias."""
    size = np.abs(of.error_db)
    median, most, nearly_all = np.percentile(size, (50.0, 95.0, 99.0))
    return (
        f"{median:.2f} | {most:.2f} | {nearly_all:.2f} | {size.max():.1f} | "
        f"{of.error_db.mean():+.3f}"
    )


def show_map(place: Place, raster: Raster, what: str, path: Path) -> None:
    """Draw the exact loss and the error of the sweep round the first mast, all cells."""
    mast, model = place.masts[0], model_at(place)
    target, cells, _ = cells_within(raster.cells.shape[:2], raster.cell_m, *mast, [MAP_RADIUS_M])
    exact_db = np.full(raster.cells.shape[:2], np.nan)
    error_db = exact_db.copy()
    loss_db = exact_loss(raster, model, mast, target)
    # as many radials as a mast of the table has, so that the picture shows the table's errors
    swept_db = swept_loss(DEFAULT, raster, model, mast, target)
    exact_db.ravel()[cells] = loss_db
    error_db.ravel()[cells] = swept_db - loss_db
    reach = int(MAP_RADIUS_M / raster.cell_m) + 1
    rows, cols, _ = raster.cells.shape
    top, left = max(round(mast[1]) - reach, 0), max(round(mast[0]) - reach, 0)
    bottom, right = min(round(mast[1]) + reach + 1, rows), min(round(mast[0]) + reach + 1, cols)
    window = np.s_[top:bottom, left:right]
    scale = raster.cell_m / 1000.0
    extent = (
        (left - 0.5 - mast[0]) * scale,
        (right - 0.5 - mast[0]) * scale,
        (mast[1] - bottom + 0.5) * scale,
        (mast[1] - top + 0.5) * scale,
    )
    shade = _shade(raster.cells[window][..., GROUND], raster.cell_m)
    low_db, high_db = np.nanpercentile(exact_db[window], (1.0, 99.0))
    size = np.abs(error_db[np.isfinite(error_db)])

    figure = Figure(figsize=(15.0, 8.4), dpi=110, facecolor="white")
    FigureCanvasAgg(figure)
    left_axes, right_axes = figure.subplots(1, 2)
    figure.subplots_adjust(left=0.05, right=0.985, top=0.885, bottom=0.07, wspace=0.12)
    heading = f"Sweep against exact driver: {place.name}, {what}"
    figure.suptitle(heading, x=0.05, ha="left", fontsize=16, fontweight="bold")
    given = (
        f"P.1812-8, {FREQUENCY_MHZ:g} MHz, mast {TX_HEIGHT_M:g} m, receiver {RX_HEIGHT_M:g} m, "
        f"cells {raster.cell_m:g} m, {size.size:,} cells. Error, absolute: median "
        f"{np.median(size):.2f} dB, 95 % {np.percentile(size, 95):.2f} dB, largest "
        f"{size.max():.1f} dB."
    )
    figure.text(0.05, 0.918, given, fontsize=11, color="#52606d")
    loss = ScalarMappable(Normalize(low_db, high_db), "viridis_r")
    _panel(figure, left_axes, exact_db[window], shade, extent, loss, "path loss, exact driver [dB]")
    diverging = LinearSegmentedColormap.from_list("error", _COLORS)
    error = ScalarMappable(Normalize(-MAP_RANGE_DB, MAP_RANGE_DB), diverging)
    label = f"sweep minus exact [dB]; range ±{MAP_RANGE_DB:g} dB, beyond it the end colours"
    _panel(figure, right_axes, error_db[window], shade, extent, error, label)
    if place.synthetic or "synthetic" in what:
        for axes in (left_axes, right_axes):
            axes.text(
                0.985,
                0.015,
                "SYNTHETIC SAMPLE DATA",
                transform=axes.transAxes,
                ha="right",
                fontsize=13,
                fontweight="bold",
                color="#a61b1b",
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})


def _shade(ground_m: Floats32, cell_m: float) -> Floats:
    """Return the brightness of the relief, about 1 on flat ground."""
    known = np.nan_to_num(ground_m.astype(np.float64), nan=0.0)
    steep = float(np.percentile(np.hypot(*np.gradient(known, cell_m)), 99.0))
    light = LightSource(azdeg=315.0, altdeg=50.0)
    exaggeration = float(np.clip(0.4 / max(steep, 1e-6), 1.0, 12.0))
    bright = light.hillshade(known, vert_exag=exaggeration, dx=cell_m, dy=cell_m)
    shade: Floats = np.clip(1.0 + 0.5 * (bright - np.median(bright)), 0.75, 1.05)
    return shade


def _panel(
    figure: Figure,
    axes: Axes,
    values: Floats,
    shade: Floats,
    extent: tuple[float, float, float, float],
    colors: ScalarMappable,
    label: str,
) -> None:
    picture = colors.to_rgba(values)
    picture[..., :3] = np.clip(picture[..., :3] * shade[..., None], 0.0, 1.0)
    picture[np.isnan(values)] = (0.93, 0.93, 0.92, 1.0)
    axes.imshow(picture, extent=extent, interpolation="nearest")
    axes.plot(0.0, 0.0, marker="^", markersize=9, color="#1f2933", markeredgecolor="white")
    axes.set_xlabel("km east of the mast")
    axes.set_ylabel("km north")
    bar = figure.colorbar(colors, ax=axes, orientation="horizontal", pad=0.09, fraction=0.045)
    if "minus" in label:
        bar.ax.set_xticks(np.arange(-MAP_RANGE_DB, MAP_RANGE_DB + 1.0))
    bar.set_label(label)


def main() -> None:
    """Print the tables and write the maps."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--output", type=Path, default=Path("out/benchmarks"))
    parser.add_argument("--quick", action="store_true", help="few masts and cells, for a trial")
    given = parser.parse_args()
    masts, cells = (2, 2_000) if given.quick else (12, 20_000)

    print(machine_line())
    found = places(masts=masts, radius_m=RADIUS_M, seed=SEED)
    print(
        f"\nP.1812-8, {FREQUENCY_MHZ:g} MHz, 50 % of time, delta_n 50.5, n0 374.6, mast "
        f"{TX_HEIGHT_M:g} m, receiver {RX_HEIGHT_M:g} m, cells 30 m, radius 12 km; {masts} masts a "
        f"terrain, {cells:,} cells a mast at random, seed {SEED}. Sweep minus exact, dB.\n"
    )
    print(
        "| terrain | clutter | median | 95 % | 99 % | largest | bias | known to one only, cells |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    kept: dict[tuple[str, str], list[Sampled]] = {}
    for place in found:
        for what, raster in (
            ("none", without_clutter(place.raster)),
            (place.clutter, place.raster),
        ):
            samples = sampled(place, raster, cells)
            of = errors(DEFAULT, samples)
            print(f"| {place.name} | {what} | {numbers(of)} | {of.known_to_one} |", flush=True)
            if "mountains" not in place.name or place is found[0]:
                kept[place.name, what] = samples

    print("\n| terrain | clutter | radials a rim cell | own steps |", end="")
    print(" median | 95 % | 99 % | largest | bias |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for (name, what), samples in kept.items():
        for density in DENSITIES:
            for own_steps in OWN_STEPS:
                driver = dataclasses.replace(
                    DEFAULT, radials_per_rim_cell=density, own_steps=own_steps
                )
                of = errors(driver, samples)
                print(
                    f"| {name} | {what} | {density:g} | {own_steps} | {numbers(of)} |", flush=True
                )

    first, last = found[0], found[-1]
    for place, raster, what in (
        (first, without_clutter(first.raster), "bare ground"),
        (last, last.raster, "clutter as drawn"),
    ):
        path = given.output / f"sweep_error_{place.key}.png"
        show_map(place, raster, what, path)
        print(f"\n{path}", end="")
    print()


if __name__ == "__main__":
    main()
