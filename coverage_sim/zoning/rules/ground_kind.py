"""What the ground must be like: not too steep, no water."""

import math
from collections.abc import Sequence
from itertools import product
from typing import Annotated, Final, Literal

import numpy as np
from annotated_types import Gt, Lt
from odc.geo.geobox import GeoBox
from pydantic.dataclasses import dataclass
from scipy import ndimage

from coverage_sim.array_types import Codes, Flags, Floats
from coverage_sim.terrain.ground import Ground
from coverage_sim.units import STRICT, Finite
from coverage_sim.variables import LAND_COVER
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.margin import Measure, around_places, unknown
from coverage_sim.zoning.near_cells import BROKEN, KEPT, UNKNOWN, UNSURE, state_of
from coverage_sim.zoning.rules.base import Rule, Surroundings

#: So many cells around a mast at least forbidden land cover is looked for.
_AROUND: Final = 20

#: Land cover that no file says.
_UNKNOWN: Final = 0

#: What a cell is to a rule about land cover.
_GOOD, _BAD, _UNREAD = 0, 1, 2

#: What the rise over 100 m may be off by. [m]
_RISE_ACCURACY_M: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Slope(Rule):
    """The ground under a mast is no steeper than a limit, wherever in its accuracy it stands.

    The margin is how much lower the ground's rise over 100 m is than the limit's. [m]

    Parameters
    ----------
    most_deg : float
        The limit. [deg]
    """

    kind: Literal["slope"]
    most_deg: Annotated[float, Gt(0.0), Lt(90.0), Finite]

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return ()

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return the margin of the rise over 100 m."""
        ground = around.ground
        if ground is None:
            return [unknown("unknown_ground")] * len(cases)
        places = [_standing_at(case, ground.raster.cell_m) for case in cases]
        x, y = np.concatenate(places, axis=1)
        rise = np.hypot(*_rises(ground, x, y))
        ends = np.cumsum([one.shape[1] for one in places])
        begins = np.append(0, ends[:-1])
        steepest, flattest = np.fmax.reduceat(rise, begins), np.fmin.reduceat(rise, begins)
        strict_m, lenient_m = (100.0 * (self._limit() - one) for one in (steepest, flattest))
        in_part = np.logical_or.reduceat(np.isnan(rise), begins)
        # Where the foot is not known nothing is; else what is known may be too steep all the same.
        not_known = np.isnan(rise[ends - 1]) | (in_part & (lenient_m >= -_RISE_ACCURACY_M))
        return [
            unknown("unknown_ground")
            if nothing
            else Measure(strict, _RISE_ACCURACY_M, lenient_m=lenient)
            for nothing, strict, lenient in zip(
                not_known.tolist(), strict_m.tolist(), lenient_m.tolist(), strict=True
            )
        ]

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:  # noqa: ARG002
        """Return what the rule says of each cell.

        Heights between cells are linear, so the rise anywhere in a cell is a mean of those at the
        middles of the cells around it: no larger than the largest, and no smaller than that of its
        own middle less what the others differ from it.
        """
        ground = around.ground
        if ground is None:
            return np.full(area.shape, UNKNOWN, dtype=np.uint8)
        rises = self._rises_of_rows(ground)
        own = np.hypot(*rises)
        largest, apart = own.copy(), np.zeros_like(own)
        step_m = ground.raster.cell_m
        reach = math.ceil(0.5 * ground.cell_m / step_m)
        for dx, dy in product(range(-reach, reach + 1), repeat=2):
            beside = self._rises_of_rows(ground, dx * step_m, dy * step_m)
            # Beside what is not known nothing is: a NaN stays.
            largest = np.maximum(largest, np.hypot(*beside))
            apart = np.maximum(apart, np.hypot(*(beside - rises)))
        strict_m, lenient_m = (100.0 * (self._limit() - rise) for rise in (largest, own - apart))
        return state_of(strict_m, lenient_m, _RISE_ACCURACY_M)

    def _rises_of_rows(self, ground: Ground, dx: float = 0.0, dy: float = 0.0) -> Floats:
        """Return the rises at the middles of cells, or so far beside them."""
        x, y = ground.axes
        rows = [_rises(ground, x + dx, np.full(x.size, at_y)) for at_y in (y + dy).tolist()]
        return np.stack(rows, axis=1)

    def _limit(self) -> float:
        return math.tan(math.radians(self.most_deg))


def _standing_at(case: Case, step_m: float) -> Floats:
    """Return where a mast may stand within its accuracy, its own place last. [m]

    Returns
    -------
    ndarray of float64, shape (2, n)
        Easting and northing.
    """
    off_by = case.position_accuracy_m
    rings = np.append(np.arange(1, math.ceil(off_by / step_m)) * step_m, off_by)
    x, y = around_places(np.full(rings.size, case.x), np.full(rings.size, case.y), rings)
    return np.stack([x.ravel(), y.ravel()])


def _rises(ground: Ground, x: Floats, y: Floats) -> Floats:
    """Return how much the ground rises eastwards and northwards around each place. [m/m]"""
    step_m = ground.raster.cell_m
    across = ground.heights_at(x + step_m, y) - ground.heights_at(x - step_m, y)
    along = ground.heights_at(x, y + step_m) - ground.heights_at(x, y - step_m)
    return np.stack([across, along]) / (2.0 * step_m)


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class LandCover(Rule):
    """A mast stands on none of some classes of land cover.

    Parameters
    ----------
    classes : list of str
        Names of the classes: ``"permanent_water"``.
    """

    kind: Literal["land_cover"]
    classes: tuple[str, ...]

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return ()

    def problems(self, layers: object) -> list[str]:  # noqa: ARG002
        """Return the classes that there are not."""
        known = sorted(LAND_COVER.values())
        return [
            f"rule {self.id}: there is no land cover {name!r}; the classes are {', '.join(known)}."
            for name in self.classes
            if name not in known
        ]

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return how far each mast is from the nearest such cell; how deep inside one, negative."""
        ground = around.ground
        if ground is None:
            return [unknown("unknown_ground")] * len(cases)
        cover = ground.area_terrain["clutter_class"].to_numpy()
        kinds = np.where(self._is_bad(cover), _BAD, np.where(cover == _UNKNOWN, _UNREAD, _GOOD))
        return [self._beside(case, ground, kinds.astype(np.uint8)) for case in cases]

    def _beside(self, case: Case, ground: Ground, kinds: Codes) -> Measure:
        """Return the measure of a mast over the kinds of cells."""
        rows, columns = kinds.shape
        col, row = ground.on_area(case.x, case.y)
        off_by = case.position_accuracy_m + 0.5 * ground.cell_m
        around = max(_AROUND, math.ceil(off_by / ground.cell_m) + 1)
        own_row, own_col = round(row), round(col)
        top, left = own_row - around, own_col - around
        bottom, right = own_row + around + 1, own_col + around + 1
        part = np.full((bottom - top, right - left), _UNREAD, dtype=kinds.dtype)  # beyond the area
        inside = (
            slice(max(top, 0) - top, min(bottom, rows) - top),
            slice(max(left, 0) - left, min(right, columns) - left),
        )
        if inside[0].stop <= inside[0].start or inside[1].stop <= inside[1].start:
            return unknown("unknown_ground")
        part[inside] = kinds[max(top, 0) : min(bottom, rows), max(left, 0) : min(right, columns)]
        away = _away_cells(part.shape, row - top, col - left) * ground.cell_m
        bad, unread = part == _BAD, part == _UNREAD
        nearest_m = float(away[bad].min(initial=np.inf))
        depth_m = float(away[~bad].min(initial=np.inf))
        margin_m = nearest_m if nearest_m > 0.0 else -depth_m
        if margin_m >= -off_by and float(away[unread].min(initial=np.inf)) < off_by:
            return unknown("unknown_ground")
        return Measure(margin_m, off_by if math.isfinite(margin_m) else 0.0)

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:  # noqa: ARG002
        """Return what the rule says of each cell.

        Half a diagonal and half a cell reach into the eight cells around, and no farther.
        """
        ground = around.ground
        if ground is None:
            return np.full(area.shape, UNKNOWN, dtype=np.uint8)
        cover = ground.area_terrain["clutter_class"].to_numpy()
        bad = self._is_bad(cover)
        square = np.ones((3, 3), dtype=bool)
        state = np.full(area.shape, KEPT, dtype=np.uint8)
        state[ndimage.binary_dilation(bad, square)] = UNSURE
        # What lies beyond the area is not known.
        state[ndimage.binary_dilation(cover == _UNKNOWN, square, border_value=1)] = UNKNOWN
        state[ndimage.binary_erosion(bad, square, border_value=0)] = BROKEN
        return state

    def _is_bad(self, cover: Codes) -> Flags:
        return np.isin(cover, [code for code, name in LAND_COVER.items() if name in self.classes])


def _away_cells(shape: tuple[int, ...], row: float, col: float) -> Floats:
    """Return how far each cell's nearest edge is from a place, in cells; 0 in the cell itself."""
    down = np.maximum(np.abs(np.arange(shape[0]) - row) - 0.5, 0.0)
    across = np.maximum(np.abs(np.arange(shape[1]) - col) - 0.5, 0.0)
    return np.asarray(np.hypot(down[:, None], across[None, :]))
