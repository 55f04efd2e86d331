"""What the network model says at the places where somebody measured.

The steps and their rounding are those of the evaluation of a raster with the exact driver, so at
the centre of a cell the two agree to the bit.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from coverage_sim.array_types import Floats, Ints, Ints32
from coverage_sim.engine.masts import place_masts
from coverage_sim.engine.phones import Arriving, compete
from coverage_sim.engine.radio import Radio, window_source
from coverage_sim.engine.run_context import Progress, no_progress
from coverage_sim.engine.windows import Mast, Source
from coverage_sim.propagation.encoded_loss import add_losses, encode_loss
from coverage_sim.propagation.exact import Fan, Request
from coverage_sim.propagation.points import loss_between, receiver_indices
from coverage_sim.propagation.targets import Target
from coverage_sim.propagation.terminal import added_loss_db, path_height_m
from coverage_sim.radio.best_server import Directions, directions_to_points
from coverage_sim.radio.offsets import NO_OFFSETS, Offsets
from coverage_sim.radio.tallies import UNKNOWN_GROUP, Tally, empty_tally, put_part, tally_part
from coverage_sim.terrain.ground import Ground
from coverage_sim.terrain.profile import ground_at

#: Some rows, and what arrives there from a source of a mast.
Reached = tuple[Ints, Arriving]


def predict(
    rows: pd.DataFrame,
    ground: Ground,
    radio: Radio,
    *,
    offsets: Offsets = NO_OFFSETS,
    threads: int | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """RSRP of the best server, or of the named site's best sector, at each measurement.

    Parameters
    ----------
    rows : DataFrame
        ``x``, ``y``, ``height_m``, ``operator``, ``layer``, ``site``, as
        `coverage_sim.measurements.drive_test.DriveTest` has them. [m]
    ground : Ground
        Terrain and area.
    radio : Radio
        What is on air. Path loss is computed over each measurement's own profile, whatever the
        driver of rasters is.
    offsets : Offsets
        Added to path loss.
    threads : int, optional
        Threads to use, all of the machine's by default; the result does not depend on it.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    DataFrame
        Of the same index: ``predicted_dbm`` (NaN where no sector reaches or the path crosses a
        void), ``server`` (row of the sector, -1 there), ``distance_m`` to it, and
        ``clutter_code`` at the receiver.
    """
    places = _Places(rows, ground, radio)
    masts = place_masts(ground, radio)
    tally = empty_tally((1, len(rows)))
    by_mast = radio.sectors_by_site()
    with ThreadPoolExecutor(threads) as pool:
        jobs = pool.map(lambda mast: places.reached_from(mast, offsets), masts)
        # Sectors compete in their order whoever is ready first, as over a raster.
        for done, (mast, reached) in enumerate(zip(masts, jobs, strict=True), start=1):
            for number in by_mast[mast.site]:
                _compete(number, mast, reached, places, radio, tally)
            progress("prediction", done, len(masts))
    found = tally.best_server[0]
    return pd.DataFrame(
        {
            "predicted_dbm": tally.best_dbm[0].astype(np.float64),
            "server": found,
            "distance_m": _distance_m(rows, radio, found),
            "clutter_code": places.clutter_class,
        },
        index=rows.index,
    )


class _Places:
    """The measurements as the kernels read them."""

    def __init__(self, rows: pd.DataFrame, ground: Ground, radio: Radio) -> None:
        self._ground, self._radio = ground, radio
        x, y = rows["x"].to_numpy(dtype=float), rows["y"].to_numpy(dtype=float)
        self._target = receiver_indices(ground.raster, x, y)
        self._col, self._row = ground.on_area(x, y)
        self._height_m = rows["height_m"].to_numpy(dtype=float)
        self._ground_m = np.array(
            [
                ground_at(ground.raster, col, row)
                for col, row in zip(self._target.col, self._target.row, strict=True)
            ],
            dtype=np.float32,
        )
        at = np.rint(self._target.row).astype(int), np.rint(self._target.col).astype(int)
        self.clutter_class = ground.terrain["clutter_class"].to_numpy()[at].astype(np.uint8)
        self.operator = rows["operator"].to_numpy()
        self._layer = rows["layer"].to_numpy()
        self._site = rows["site"].to_numpy()

    def reached_from(self, mast: Mast, offsets: Offsets) -> dict[Source, Reached]:
        """Return, for each layer and height of a mast, the measurements that it reaches."""
        radio = self._radio
        site = radio.sites[mast.site]
        reached = {}
        for source in mast.windows:
            key, height_m = source
            layer = radio.layers[key]
            meant = (self._layer == key) & ((self._site == "") | (self._site == site.id))
            asked = np.flatnonzero(meant)
            if not asked.size:
                continue
            path_heights_m = _each_once(
                lambda height_m: path_height_m(radio.terminals, height_m), self._height_m[asked]
            )
            fan = Fan(
                raster=self._ground.raster,
                tx_col=mast.tx_col,
                tx_row=mast.tx_row,
                target=Target(self._target.col[asked], self._target.row[asked]),
                rx_height_m=math.nan,
                step_m=radio.profile_step_m,
            )
            request = Request(
                model=mast.model,
                frequency_mhz=layer.frequency_mhz,
                tx_height_m=height_m,
                receivers=asked.size,
            )
            radius_m = mast.windows[source].radius_m
            loss_db = loss_between(fan, request, path_heights_m, radius_m=radius_m)
            known = np.isfinite(loss_db)
            asked = asked[known]
            directions = self._directions(mast, height_m, asked)
            loss = encode_loss(loss_db[known])
            if radio.terminals:
                loss = add_losses(
                    loss, self._at_phone_db(mast, asked, directions, layer.frequency_mhz)
                )
            loss = offsets.added_to(loss, key, self.clutter_class[asked])
            reached[source] = (asked, Arriving(loss, directions))
        return reached

    def _directions(self, mast: Mast, antenna_height_m: float, asked: Ints) -> Directions:
        found = Directions(np.empty(asked.size, np.float32), np.empty(asked.size, np.float32))
        directions_to_points(
            self._ground_m[asked],
            self._col[asked],
            self._row[asked],
            mast.col,
            mast.row,
            self._ground.cell_m,
            mast.ground_m + antenna_height_m,
            self._height_m[asked],
            *found,
        )
        return found

    def _at_phone_db(
        self, mast: Mast, asked: Ints, directions: Directions, frequency_mhz: float
    ) -> Floats:
        """Return the losses at the phone; they are asked of all phones of one height at once."""
        across, down = self._col[asked] - mast.col, self._row[asked] - mast.row
        distance_m = self._ground.cell_m * np.hypot(across, down)
        elevation_deg = -directions.elevation_deg.astype(np.float64)
        added_db = np.empty(asked.size)
        for height_m in np.unique(self._height_m[asked]):
            of_height = self._height_m[asked] == height_m
            added_db[of_height] = added_loss_db(
                self._radio.terminals,
                frequency_mhz=frequency_mhz,
                distance_m=distance_m[of_height],
                elevation_deg=elevation_deg[of_height],
                rx_height_m=float(height_m),
            )
        return added_db


def _each_once(function: Callable[[float], float], values: Floats) -> Floats:
    """Apply a function to an array of few different values."""
    different, at = np.unique(values, return_inverse=True)
    return np.array([function(float(value)) for value in different])[at]


def _compete(
    number: int,
    mast: Mast,
    reached: Mapping[Source, Reached],
    places: _Places,
    radio: Radio,
    tally: Tally,
) -> None:
    """Let one sector compete for the measurements of its operator and layer."""
    sector = radio.sectors[number]
    source = window_source(sector)
    if source not in reached:
        return
    asked, arriving = reached[source]
    own = places.operator[asked] == sector.operator
    rows = asked[own]
    # A list of places is a window of one row.
    cells = (slice(None), rows)
    competing = tally_part(tally, cells)
    there = Arriving(arriving.loss[own], Directions(*(angle[own] for angle in arriving.directions)))
    compete(number, mast, there, radio, UNKNOWN_GROUP, competing)  # nobody asks for interference
    put_part(tally, cells, competing)


def _distance_m(rows: pd.DataFrame, radio: Radio, server: Ints32) -> Floats:
    """Return the distance to the server's mast, NaN where there is none. [m]"""
    masts: Sequence[tuple[float, float]] = [
        (radio.sites[sector.site].x, radio.sites[sector.site].y) for sector in radio.sectors
    ]
    x, y = np.array([*masts, (math.nan, math.nan)])[server].T  # -1 is the last
    return np.asarray(np.hypot(rows["x"].to_numpy(dtype=float) - x, rows["y"].to_numpy() - y))
