"""What the ground must be like: not too steep, no water."""

import math
from collections.abc import Sequence
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
from coverage_sim.zoning.margin import Measure, unknown
from coverage_sim.zoning.near_cells import BROKEN, KEPT, UNKNOWN, UNSURE, state_of
from coverage_sim.zoning.rules.base import Rule, Surroundings

#: Cells around a mast in which forbidden land cover is looked for.
_AROUND: Final = 20

#: What the rise over 100 m may be off by. [m]
_RISE_ACCURACY_M: Final = 1.0

#: The eight cells around one.
_BESIDE: Final = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Slope(Rule):
    """The ground under a mast is no steeper than a limit.

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
        x, y = np.array([case.x for case in cases]), np.array([case.y for case in cases])
        rise = np.hypot(*_rises(ground, x, y))
        return [
            unknown("unknown_ground")
            if math.isnan(one)
            else Measure(100.0 * (self._limit() - one), _RISE_ACCURACY_M)
            for one in rise.tolist()
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
        step_m = ground.cell_m
        for dx, dy in _BESIDE:
            beside = self._rises_of_rows(ground, dx * step_m, dy * step_m)
            largest = np.fmax(largest, np.hypot(*beside))
            apart = np.fmax(apart, np.hypot(*(beside - rises)))
        strict_m, lenient_m = (100.0 * (self._limit() - rise) for rise in (largest, own - apart))
        strict_m[np.isnan(own)] = np.nan
        return state_of(strict_m, lenient_m, _RISE_ACCURACY_M)

    def _rises_of_rows(self, ground: Ground, dx: float = 0.0, dy: float = 0.0) -> Floats:
        """Return the rises at the middles of cells, or so far beside them."""
        x, y = ground.axes
        rows = [_rises(ground, x + dx, np.full(x.size, at_y)) for at_y in (y + dy).tolist()]
        return np.stack(rows, axis=1)

    def _limit(self) -> float:
        return math.tan(math.radians(self.most_deg))


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
        bad = self._bad(ground)
        return [self._beside(case, ground, bad) for case in cases]

    def _beside(self, case: Case, ground: Ground, bad: Flags) -> Measure:
        rows, columns = bad.shape
        col, row = ground.on_area(case.x, case.y)
        if not (-0.5 <= col < columns - 0.5 and -0.5 <= row < rows - 0.5):
            return unknown("unknown_ground")
        i, j = max(round(row) - _AROUND, 0), max(round(col) - _AROUND, 0)
        part = bad[i : round(row) + _AROUND + 1, j : round(col) + _AROUND + 1]
        here = bool(bad[round(row), round(col)])
        at = np.argwhere(~part if here else part)
        if not len(at):
            return Measure(-math.inf if here else math.inf, 0.0)
        # From the mast to the nearest cell's edge: cells are squares around their middles.
        beyond = np.maximum(np.abs(at - (row - i, col - j)) - 0.5, 0.0)
        away_m = ground.cell_m * float(np.hypot(*beyond.T).min())
        off_by = case.position_accuracy_m + 0.5 * ground.cell_m
        return Measure(-away_m if here else away_m, off_by)

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:  # noqa: ARG002
        """Return what the rule says of each cell.

        Half a diagonal and half a cell reach into the eight cells around, and no farther.
        """
        ground = around.ground
        if ground is None:
            return np.full(area.shape, UNKNOWN, dtype=np.uint8)
        bad = self._bad(ground)
        square = np.ones((3, 3), dtype=bool)
        state = np.full(area.shape, KEPT, dtype=np.uint8)
        state[ndimage.binary_dilation(bad, square)] = UNSURE
        state[ndimage.binary_erosion(bad, square, border_value=1)] = BROKEN
        return state

    def _bad(self, ground: Ground) -> Flags:
        cover = ground.area_terrain["clutter_class"].to_numpy()
        return np.isin(cover, [code for code, name in LAND_COVER.items() if name in self.classes])
