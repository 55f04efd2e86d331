"""What a rule finds of one mast, and what that says of the rule."""

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from coverage_sim.array_types import Floats
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import VectorLayer

#: Why something could not be measured, or what to do: a key of the words of sheets.
Reason = Literal[
    "",
    "missing_layer",
    "layer_not_valid",
    "beyond_layer",
    "outside_province",
    "unreadable",
    "unknown_ground",
    "no_data",
    "no_exposure",
    "replaced",
    "waived",
    "share",
]

#: Whether a mast keeps a rule, as well as that is known.
Standing = Literal["kept", "broken", "unsure", "unknown"]


class Measure(NamedTuple):
    """What a rule finds of one mast.

    Parameters
    ----------
    margin_m : float
        By how much the mast keeps the rule, negative where it breaks it; where something is not
        known that matters, on the strict side of it. NaN where nothing can be said. [m]
    accuracy_m : float
        What this margin may be off by. [m]
    feature : str
        The nearest feature, or the one that binds.
    allowed_height_m : float
        The highest mast that would keep the rule here; infinite where height does not matter. [m]
    reason : str
        What a number does not say.
    note : str
        More about the reason: the value that cannot be read.
    lenient_m : float or None
        The margin with what is not known in the mast's favour; as strict as ``margin_m`` where
        None. [m]
    """

    margin_m: float
    accuracy_m: float
    feature: str = ""
    allowed_height_m: float = math.inf
    reason: Reason = ""
    note: str = ""
    lenient_m: float | None = None

    @property
    def standing(self) -> Standing:
        """Whether the rule is kept: only a margin beyond what it may be off by says so."""
        lenient_m = self.margin_m if self.lenient_m is None else self.lenient_m
        if self.margin_m >= self.accuracy_m:
            return "kept"
        if lenient_m < -self.accuracy_m:
            return "broken"
        return "unknown" if math.isnan(self.margin_m) else "unsure"


def unknown(reason: Reason, *, feature: str = "", note: str = "") -> Measure:
    """Return what a rule finds where nothing can be said."""
    return Measure(math.nan, math.nan, feature, reason=reason, note=note)


def unreadable(layer: VectorLayer, column: str, row: int) -> Measure:
    """Return what a rule finds where a feature says what it cannot read."""
    value = layer.attributes[column][row]
    nothing = value is None or value != value  # NaN is no number
    words = "–" if nothing else repr(value)
    return unknown("unreadable", feature=layer.labels[row], note=f"{column} = {words}")


def mast_feet(cases: Sequence[Case]) -> NDArray[Any]:
    """Return the masts' feet as shapely points."""
    return np.asarray(shapely.points([(case.x, case.y) for case in cases]), dtype=object)


def around_places(x: Floats, y: Floats, radius_m: Floats) -> tuple[Floats, Floats]:
    """Return eight places on a circle around each, by direction; and last the places. [m]"""
    turns = np.arange(8) * math.pi / 4.0
    return (
        np.vstack([x + np.outer(np.cos(turns), radius_m), x]),
        np.vstack([y + np.outer(np.sin(turns), radius_m), y]),
    )


def off_by_m(cases: Sequence[Case], accuracy_m: float) -> Floats:
    """Return what the positions of masts and the lines of a layer may be off by together. [m]"""
    return np.array([case.position_accuracy_m for case in cases]) + accuracy_m
