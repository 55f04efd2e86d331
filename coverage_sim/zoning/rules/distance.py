"""At least so far from features: corridors of dykes, power lines, railways, roads, the coast."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import shapely
from annotated_types import Ge
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pydantic import Field
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Codes, Flags, Floats
from coverage_sim.units import STRICT, Finite, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import Layers, VectorLayer
from coverage_sim.zoning.line_sides import BOTH, DOUBTFUL, LEFT, near_sides
from coverage_sim.zoning.margin import Measure, mast_feet, off_by_m, unreadable
from coverage_sim.zoning.meanings import meaning_of, read_number, read_quantity
from coverage_sim.zoning.near_cells import Widths, states_of_cells
from coverage_sim.zoning.near_features import (
    Rows,
    in_towns_or_not,
    may_be_inside,
    near_pairs,
    nearest_in,
)
from coverage_sim.zoning.rules.base import Rule, Surroundings, missing_column

Width = Annotated[float, Ge(0.0), Finite]


class Pairs(NamedTuple):
    """Masts and features of which one may bind.

    Parameters
    ----------
    asked, shape : ndarray of int, shape (n,)
        Which mast and which feature.
    away_m : ndarray, shape (n,)
        How far it is; negative inside an area. [m]
    strict_m, lenient_m : ndarray, shape (n,)
        The distance that must be kept, and the least that it may be: they differ where it is not
        known on which side of a line or of a settlement's edge the mast stands, or whether that
        point of a line is asked at all. NaN for features that nothing can be said of. [m]
    """

    asked: Rows
    shape: Rows
    away_m: Floats
    strict_m: Floats
    lenient_m: Floats


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Distance(Rule):
    """A mast stands at least so far from every feature of a layer.

    The distance is one number, or differs by what a column says of the feature, by the side of a
    line on which the mast stands, and inside settlements. A feature whose column cannot be read is
    not evaluated where it may bind.

    Parameters
    ----------
    layer : str
        Of points, lines or areas.
    distance_m : float
        Where no column tells features apart. [m]
    column : str, optional
        That tells features apart.
    distances_m : table of float
        By what the column says. Words are compared by their meaning: ``"III"``, 3 and "cấp III"
        are one. [m]
    reads : "word" or "up_to"
        Whether the column says a word, or a number that a line of the table is about if it is the
        least that is as large: with lines for 22 and 35, 10 is of the first.
    unit : str
        That may stand behind such a number: ``"kV"``.
    left_m, right_m : float, optional
        On the left and right of a line, as it was drawn; both or none. [m]
    settlement_layer : str, optional
        Areas in which another distance holds.
    settlement_m : float
        That distance. [m]
    """

    kind: Literal["distance"]
    layer: Key
    distance_m: Width = 0.0
    column: str | None = None
    distances_m: dict[str, Width] = Field(default_factory=dict)
    reads: Literal["word", "up_to"] = "word"
    unit: str = ""
    left_m: Width | None = None
    right_m: Width | None = None
    settlement_layer: Key | None = None
    settlement_m: Width = 0.0

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (
            (self.layer,) if self.settlement_layer is None else (self.layer, self.settlement_layer)
        )

    def area_layers(self) -> tuple[str, ...]:
        """Return the layers that must hold areas."""
        return () if self.settlement_layer is None else (self.settlement_layer,)

    def problems(self, layers: Layers) -> list[str]:
        """Return what is wrong with the layers, and with what the rule says of itself."""
        return [
            *Rule.problems(self, layers),
            *missing_column(self, layers, self.layer, self.column),
            *self._contradictions(),
            *self._sideless(layers.get(self.layer)),
        ]

    def _contradictions(self) -> list[str]:
        found = []
        if (self.left_m is None) != (self.right_m is None):
            found.append(f"rule {self.id}: give left_m and right_m, or neither.")
        if self.left_m is not None and self.column is not None:
            found.append(
                f"rule {self.id}: column and left_m stand together; make a rule of each line of "
                "the table, with a layer of its own."
            )
        if (self.column is None) != (not self.distances_m):
            found.append(f"rule {self.id}: give column and distances_m, or neither.")
        keys: dict[str | float | None, str] = {}
        for word in self.distances_m:
            key = read_number(word) if self.reads == "up_to" else meaning_of(word)
            if key is None:
                must = "a number" if self.reads == "up_to" else "a word"
                found.append(f"rule {self.id}: distances_m has {word!r}; it must be {must}.")
            elif key in keys:
                found.append(
                    f"rule {self.id}: distances_m has {keys[key]!r} and {word!r}, which mean the "
                    "same; remove one."
                )
            else:
                keys[key] = word
        return found

    def _sideless(self, layer: object) -> list[str]:
        if self.left_m is None or not isinstance(layer, VectorLayer):
            return []
        sideless = shapely.get_dimensions(layer.shapes) != 1
        if not sideless.any():
            return []
        first = layer.labels[int(np.argmax(sideless))]
        msg = (
            f"rule {self.id}: {int(sideless.sum()):,} features of layer {self.layer!r} "
            f"({first} is the first) are no lines; left_m and right_m need lines."
        )
        return [msg]

    def reach_m(self, case: Case) -> float:  # noqa: ARG002
        """Return from how far away a feature may bind a mast. [m]"""
        return self._widest_m()

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return by how much each mast is farther than it must be from the feature that binds."""
        layer, points = around.vector(self.layer), mast_feet(cases)
        accuracy_m = off_by_m(cases, layer.accuracy_m)
        pairs = self._pairs(layer, points, accuracy_m)
        if self.settlement_layer is not None:
            towns = around.vector(self.settlement_layer)
            may_be, is_in = may_be_inside(towns, points, off_by_m(cases, towns.accuracy_m))
            pairs = self._in_settlements(pairs, may_be[pairs.asked], is_in[pairs.asked])
        return self._binding(pairs, accuracy_m, layer)

    def _pairs(self, layer: VectorLayer, points: NDArray[Any], accuracy_m: Floats) -> Pairs:
        """Return every pair of mast and feature of which one may bind; by mast."""
        _, nearest_m = nearest_in(layer, points)
        reach_m = nearest_m + self._widest_m() + 0.01  # corners are put on a grid
        if self.left_m is None or self.right_m is None:
            asked, shape, away_m = near_pairs(layer, points, reach_m)
            width_m = self._widths_m(layer)[shape]
            return Pairs(asked, shape, away_m, width_m, width_m)
        near = near_sides(layer.sides, layer.side_trees, points, reach_m, accuracy_m)
        order = np.lexsort((near.shape, near.asked))
        asked, side, away_m = near.asked[order], near.side[order], near.away_m[order]
        wide_m, narrow_m = max(self.left_m, self.right_m), min(self.left_m, self.right_m)
        one = side & BOTH
        own_m = np.where(one == LEFT, self.left_m, self.right_m)
        # Nearer than the position is known, the mast may as well stand on the other side.
        unsure = (one == BOTH) | (away_m < accuracy_m[asked])
        least_m = np.where(unsure, narrow_m, own_m)
        return Pairs(
            asked,
            near.shape[order],
            away_m,
            np.where(one == BOTH, wide_m, own_m),
            np.where((side & DOUBTFUL) > 0, -np.inf, least_m),
        )

    def _in_settlements(self, pairs: Pairs, may_be: Flags, is_in: Flags) -> Pairs:
        """Return the pairs with the distance that holds in settlements, by where masts stand."""
        inside_m = np.full(pairs.asked.size, self.settlement_m)
        # What is not surely asked is not surely asked in a settlement either.
        least_m = np.where(np.isneginf(pairs.lenient_m), -np.inf, inside_m)
        strict_m, lenient_m = in_towns_or_not(
            (pairs.strict_m, pairs.lenient_m), (inside_m, least_m), may_be, is_in
        )
        return pairs._replace(strict_m=strict_m, lenient_m=lenient_m)

    def _binding(self, pairs: Pairs, accuracy_m: Floats, layer: VectorLayer) -> list[Measure]:
        """Return what the features near each mast, of which there is one at least, say together."""
        begins = np.searchsorted(pairs.asked, np.arange(accuracy_m.size))
        own_m = accuracy_m[pairs.asked]
        readable = np.isfinite(pairs.strict_m)
        widths_m = np.where(readable, pairs.strict_m, self._widest_m())
        strict_m = pairs.away_m - widths_m
        lenient_m = np.where(readable, pairs.away_m - pairs.lenient_m, np.inf)
        broken = np.logical_or.reduceat(lenient_m < -own_m, begins)
        doubtful = ~readable & (strict_m < own_m)
        has_doubtful = np.logical_or.reduceat(doubtful, begins)
        nobody_knows = has_doubtful & ~broken
        # Of a mast that a feature surely refuses those that cannot be read say nothing more.
        counting = np.where(nobody_knows[pairs.asked], doubtful, readable)
        counting |= ~has_doubtful[pairs.asked]
        binding = _first_least(np.where(counting, strict_m, np.inf), begins, pairs.asked)
        least_m = np.minimum.reduceat(lenient_m, begins)
        return [
            unreadable(layer, str(self.column), row)
            if unread
            else Measure(margin_m, off_by_m, layer.labels[row], lenient_m=lenient)
            for unread, row, margin_m, off_by_m, lenient in zip(
                nobody_knows.tolist(),
                pairs.shape[binding].tolist(),
                strict_m[binding].tolist(),
                accuracy_m.tolist(),
                least_m.tolist(),
                strict=True,
            )
        ]

    def _widest_m(self) -> float:
        return max(
            self.distance_m,
            self.settlement_m,
            self.left_m or 0.0,
            self.right_m or 0.0,
            *self.distances_m.values(),
        )

    def _widths_m(self, layer: VectorLayer) -> Floats:
        """Return the distance of each feature, whatever the side; NaN where it cannot be read."""
        if self.column is None:
            return np.full(len(layer.shapes), self.distance_m)
        said = layer.attributes[self.column]
        if self.reads == "word":
            by_meaning = {meaning_of(word): width for word, width in self.distances_m.items()}
            return np.array([by_meaning.get(meaning_of(value), np.nan) for value in said])
        lines = sorted(
            (read_number(word) or 0.0, width) for word, width in self.distances_m.items()
        )
        return np.array([_up_to(lines, read_quantity(value, self.unit)) for value in said])

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:  # noqa: ARG002
        """Return what the rule says of a mast in each cell."""
        layer = around.vector(self.layer)
        towns = None
        if self.settlement_layer is not None:
            towns = around.vector(self.settlement_layer)
        widths = Widths(
            self._widths_m(layer), self._widest_m(), self.left_m, self.right_m, towns,
            self.settlement_m,
        )  # fmt: skip
        return states_of_cells(area, layer, widths)


def _up_to(lines: Sequence[tuple[float, float]], number: float | None) -> float:
    """Return the width of the first line that is as large as a number; NaN where there is none."""
    if number is None or number <= 0.0:
        return math.nan
    return next((width for largest, width in lines if number <= largest), math.nan)


def _first_least(values: Floats, begins: Rows, group: Rows) -> Rows:
    """Return where the first of the least values of each group stands; groups lie together."""
    least = np.minimum.reduceat(values, begins)
    places = np.where(values == least[group], np.arange(values.size), values.size)
    return np.minimum.reduceat(places, begins)
