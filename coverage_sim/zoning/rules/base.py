"""What every rule says of itself, whatever it asks for."""

import datetime as dt
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass as plain
from dataclasses import field
from typing import ClassVar, Final, Literal

import numpy as np
import shapely
from odc.geo.geobox import GeoBox
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Codes, Floats
from coverage_sim.network.sites import MastClass
from coverage_sim.terrain.ground import Ground
from coverage_sim.units import STRICT, Key, Name
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import Layers, VectorLayer
from coverage_sim.zoning.margin import Measure, around_places
from coverage_sim.zoning.pieces import simple_parts
from coverage_sim.zoning.raster_layers import RasterLayer

Severity = Literal["block", "warn", "ask"]
Mark = Literal["verified", "unverified"]


@plain(frozen=True, kw_only=True)
class Surroundings:
    """What rules are checked against.

    Parameters
    ----------
    layers : mapping of str to layer
        Those that the user has, by name.
    ground : Ground or None
        Terrain of the scenario; None where rules are checked without one.
    province : VectorLayer or None
        For which the rules are made; its ``accuracy_m`` is how far outside still counts as inside.
        None where that is not told.
    proposed : VectorLayer or None
        The masts that are asked about together, labelled by their ids, each with its
        ``accuracy_m``.
    out_of_date : dict of str to str
        Layers that are not valid on the day asked about, and when they are.
    """

    layers: Layers
    ground: Ground | None = None
    province: VectorLayer | None = None
    proposed: VectorLayer | None = None
    out_of_date: Mapping[str, str] = field(default_factory=dict)

    def vector(self, name: str) -> VectorLayer:
        """Return a layer of shapes.

        Raises
        ------
        TypeError
            If it is a raster: `Rule.problems` told that before.
        """
        layer = self.layers[name]
        if not isinstance(layer, VectorLayer):
            msg = f"layer {name} is a raster"
            raise TypeError(msg)
        return layer

    def raster(self, name: str) -> RasterLayer:
        """Return a layer that is a raster; errors as of `vector`."""
        layer = self.layers[name]
        if not isinstance(layer, RasterLayer):
            msg = f"layer {name} is no raster"
            raise TypeError(msg)
        return layer

    def ground_range_m(self, cases: Sequence[Case], off_by_m: Floats) -> tuple[Floats, Floats]:
        """Return the lowest and the highest ground at the masts' feet, wherever they are. [m]

        Asked at the foot and in eight directions as far as it may be off; NaN where the ground at
        the foot is not known.
        """
        if self.ground is None:
            nowhere = np.full(len(cases), np.nan)
            return nowhere, nowhere
        x, y = (np.array([getattr(case, axis) for case in cases]) for axis in ("x", "y"))
        around_x, around_y = around_places(x, y, off_by_m)
        heights_m = self.ground.heights_at(around_x.ravel(), around_y.ravel())
        heights_m = heights_m.reshape(around_x.shape)
        own_m = heights_m[-1]
        low_m, high_m = np.fmin.reduce(heights_m), np.fmax.reduce(heights_m)
        return np.where(np.isnan(own_m), np.nan, low_m), np.where(np.isnan(own_m), np.nan, high_m)


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Rule(ABC):
    """A rule of a rule file.

    Parameters
    ----------
    id : str
        Unique in the file.
    severity : "block", "warn" or "ask"
        What it means to break it: no; look again; an authority must be asked.
    document : str
        Key of the file's documents.
    article : str
        Where it stands there.
    mark : "verified" or "unverified"
        Whether the words were read at a source.
    text_vi, text_en : str
        What it says, for sheets.
    kept_vi, kept_en : str
        What a sheet says of a mast that keeps it; what it says else where empty.
    valid_from, valid_to : date, optional
        First and last day on which it holds; its document's where absent.
    mast_classes : list of str
        Which masts it is about; all where empty.
    successor : str, optional
        Id of the rule that stands in its place once its days are over. Without it that is one of
        the same kind, layers and masts that begins when this one ends.
    """

    #: Whether it says how high a mast may be; the zoning map then shows the allowed height.
    limits_height: ClassVar[bool] = False

    id: Key
    severity: Severity
    document: Key
    article: Name
    mark: Mark
    text_vi: Name
    text_en: Name
    kept_vi: str = ""
    kept_en: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    mast_classes: tuple[MastClass, ...] = ()
    successor: Key | None = None

    def short_in(self, code: str) -> str:
        """Return what it says in a language, ``"vi"`` or ``"en"``, up to the first colon."""
        return (self.text_vi if code == "vi" else self.text_en).partition(":")[0]

    @abstractmethod
    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""

    def area_layers(self) -> tuple[str, ...]:
        """Return those of the layers whose features must be areas."""
        return ()

    def reach_m(self, case: Case) -> float:  # noqa: ARG002  # areas reach no farther than they are
        """Return from how far away a feature may bind a mast. [m]"""
        return 0.0

    def kept_by_absence(self) -> bool:
        """Say whether a layer that holds nothing keeps the rule."""
        return True

    def measure_nothing(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:  # noqa: ARG002
        """Return what is found of each mast where the layer is known to hold nothing."""
        margin_m = math.inf if self.kept_by_absence() else -math.inf
        return [Measure(margin_m, 0.0)] * len(cases)

    @abstractmethod
    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return by how much each mast keeps the rule.

        Parameters
        ----------
        cases : sequence of Case
            Masts that the rule is about.
        around : Surroundings
            With every layer that it needs.
        """

    def problems(self, layers: Layers) -> list[str]:
        """Return what is wrong with the layers there are: not what the rule asks about."""
        rasters = [
            f"rule {self.id}: layer {name!r} is a raster; it must hold shapes."
            for name in self.needed_layers()
            if isinstance(layers.get(name), RasterLayer)
        ]
        return [*rasters, *not_areas(self, layers)]

    @abstractmethod
    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:
        """Return what the rule says of a mast that stands anywhere in each cell.

        Parameters
        ----------
        mast : Case
            Any place of it; its height and class matter.
        around : Surroundings
            As in `measure`.
        area : GeoBox
            The cells; where there is terrain, those of its area.

        Returns
        -------
        ndarray of uint8, shape (rows, cols)
            ``KEPT``, ``UNSURE``, ``UNKNOWN`` or ``BROKEN`` of `coverage_sim.zoning.near_cells`:
            what `measure` says of the cell's middle, with half the cell's diagonal for the
            accuracy of the mast's position.
        """

    def allowed_height_cells(
        self,
        tallest_m: float,  # noqa: ARG002  # most kinds do not limit heights
        around: Surroundings,  # noqa: ARG002
        area: GeoBox,
    ) -> Floats:
        """Return the highest mast that keeps the rule anywhere in each cell. [m]

        Infinite where one of ``tallest_m`` keeps it.
        """
        return np.full(area.shape, np.inf)

    def concerns(self, case: Case) -> bool:
        """Say whether the rule is about a mast of this class."""
        return not self.mast_classes or case.mast_class in self.mast_classes


#: What shapes of so many dimensions are called.
_SHAPES: Final = {0: "points", 1: "lines"}


def not_areas(rule: Rule, layers: Layers) -> list[str]:
    """Return the problem of shapes that are no areas, in layers that must hold areas."""
    found = []
    for name in rule.area_layers():
        layer = layers.get(name)
        if not isinstance(layer, VectorLayer):
            continue
        parts, shape = simple_parts(layer.shapes)
        for dimensions, kind in _SHAPES.items():
            rows = shape[shapely.get_dimensions(parts) == dimensions]
            if rows.size:
                found.append(
                    f"rule {rule.id}: layer {name!r} holds {kind} in {np.unique(rows).size:,} of "
                    f"its features ({layer.labels[rows[0]]} is the first), which have no inside; "
                    "it must hold areas. Close them to polygons in a GIS, or ask for them with a "
                    'rule of kind = "distance".'
                )
    return found


def missing_column(rule: Rule, layers: Layers, name: str, column: str | None) -> list[str]:
    """Return the problem of a column that a layer lacks, if it does; an empty one may."""
    layer = layers.get(name)
    if column is None or not isinstance(layer, VectorLayer) or column in layer.attributes:
        return []
    if not len(layer.shapes):
        return []
    there = ", ".join(layer.attributes) or "none"
    return [f"rule {rule.id}: layer {name!r} has no column {column!r}; it has {there}."]
