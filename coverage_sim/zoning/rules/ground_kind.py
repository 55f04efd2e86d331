"""What the ground must be like: not too steep, no water."""

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt, Lt
from odc.geo.geobox import GeoBox
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Flags, Floats
from coverage_sim.terrain.ground import Ground
from coverage_sim.units import STRICT, Finite
from coverage_sim.variables import LAND_COVER
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.rules.base import Rule, Surroundings
from coverage_sim.zoning.rules.margin import Measure

#: Cells around a mast in which forbidden land cover is looked for.
_AROUND = 20


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

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:
        """Return the margin of the rise over 100 m; None on unknown ground."""
        ground = around.ground
        if ground is None:
            return [None] * len(cases)
        step_m = ground.raster.cell_m
        x, y = np.array([case.x for case in cases]), np.array([case.y for case in cases])
        rise = _rise_m(ground, x, y) / (2.0 * step_m)
        return [
            None if math.isnan(one) else Measure(100.0 * (self._limit() - one), 1.0)
            for one in rise.tolist()
        ]

    def broken_cells(
        self,
        mast: Case,  # noqa: ARG002  # its height does not matter
        around: Surroundings,
        area: GeoBox,  # noqa: ARG002  # that of the terrain
    ) -> Flags | None:
        """Return the cells of the area that are too steep."""
        ground = around.ground
        if ground is None:
            return None
        x, y = ground.axes
        step_m = ground.raster.cell_m
        rows = []
        for at_y in y.tolist():
            rise_m = _rise_m(ground, x, np.full(x.size, at_y))
            rows.append(rise_m > 2.0 * step_m * self._limit())
        return np.array(rows)

    def _limit(self) -> float:
        return math.tan(math.radians(self.most_deg))


def _rise_m(ground: Ground, x: Floats, y: Floats) -> Floats:
    """Return how much the ground rises over two cells around each place, the steepest way. [m]"""
    step_m = ground.raster.cell_m
    across = ground.heights_at(x + step_m, y) - ground.heights_at(x - step_m, y)
    along = ground.heights_at(x, y + step_m) - ground.heights_at(x, y - step_m)
    return np.asarray(np.hypot(across, along))


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

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:
        """Return how far each mast is from the nearest such cell; negative inside one."""
        ground = around.ground
        if ground is None:
            return [None] * len(cases)
        cover = ground.area_terrain["clutter_class"].to_numpy()
        wanted = [code for code, name in LAND_COVER.items() if name in self.classes]
        rows, columns = cover.shape
        found: list[Measure | None] = []
        for case in cases:
            col, row = ground.on_area(case.x, case.y)
            if not (-0.5 <= col < columns - 0.5 and -0.5 <= row < rows - 0.5):
                found.append(None)
                continue
            i, j = max(round(row) - _AROUND, 0), max(round(col) - _AROUND, 0)
            part = cover[i : round(row) + _AROUND + 1, j : round(col) + _AROUND + 1]
            bad = np.isin(part, wanted)
            here = bool(bad[round(row) - i, round(col) - j])
            at = np.argwhere(~bad if here else bad)
            # From the mast to the nearest cell's edge: cells are squares around their centres.
            beyond = np.maximum(np.abs(at - (row - i, col - j)) - 0.5, 0.0)
            away_m = ground.cell_m * float(np.hypot(*beyond.T).min(initial=_AROUND))
            found.append(
                Measure(-away_m if here else away_m, case.position_accuracy_m + ground.cell_m)
            )
        return found

    def broken_cells(
        self,
        mast: Case,  # noqa: ARG002  # its height does not matter
        around: Surroundings,
        area: GeoBox,  # noqa: ARG002  # that of the terrain
    ) -> Flags | None:
        """Return the cells of the area of these classes."""
        if around.ground is None:
            return None
        cover = around.ground.area_terrain["clutter_class"].to_numpy()
        return np.isin(cover, [code for code, name in LAND_COVER.items() if name in self.classes])
