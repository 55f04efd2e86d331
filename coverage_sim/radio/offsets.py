"""Corrections of path loss by layer and clutter class, learned from measurements.

What a model misses over one kind of land is much the same everywhere on it, so a table of a few
numbers carries most of what a drive test can teach. An offset is added to path loss where the phone
stands; stored windows stay bare, so a new table costs no new path loss.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass as plain_dataclass
from dataclasses import field
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Codes, Floats
from coverage_sim.errors import Problems, must_be_one_of
from coverage_sim.propagation.encoded_loss import add_losses
from coverage_sim.units import STRICT, Finite, Key

_CODES = 256


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Offset:
    """A correction of path loss.

    Parameters
    ----------
    layer : str
        On this layer.
    clutter_class : str
        Where the phone stands on this class of land cover.
    offset_db : float
        Added to path loss: positive weakens the signal. [dB]
    common_sigma_db : float, optional
        How far the offset may be off: of this layer on this class it replaces that of
        ``service.prediction_error``. [dB]
    """

    layer: Key
    clutter_class: Key
    offset_db: Annotated[float, Ge(-60.0), Le(60.0), Finite]
    common_sigma_db: Annotated[float, Ge(0.0), Le(30.0), Finite] | None = None


@plain_dataclass(frozen=True, eq=False)
class Offsets:
    """Offsets as the evaluation reads them.

    Parameters
    ----------
    by_layer : mapping of str to ndarray, shape (256,)
        Offset by code of the clutter class; layers without any are absent. [dB]
    sigma_by_layer : mapping of str to ndarray, shape (256,)
        How far it may be off; NaN where nothing says so. [dB]
    """

    by_layer: Mapping[str, Floats]
    sigma_by_layer: Mapping[str, Floats] = field(default_factory=dict)

    def at(self, layer: str, clutter_class: Codes) -> Floats:
        """Return the offset of a layer at each place, of the shape of the classes. [dB]"""
        if layer not in self.by_layer:
            return np.zeros(clutter_class.shape)
        return self.by_layer[layer][clutter_class]

    def most_gained_db(self, layer: str) -> float:
        """Return by how much an offset of a layer raises the level at most, anywhere. [dB]"""
        return max(0.0, -float(self.by_layer[layer].min())) if layer in self.by_layer else 0.0

    def common_sigma_db(self, layer: str, clutter_class: Codes, uncalibrated_db: float) -> Floats:
        """Return how far a layer's predictions may be off together at each place.

        Parameters
        ----------
        layer : str
            Key of the layer.
        clutter_class : ndarray of uint8
            Class at each receiver.
        uncalibrated_db : float
            Where no offset says so. [dB]

        Returns
        -------
        ndarray of float64
            Of the shape of the classes. [dB]
        """
        if layer not in self.sigma_by_layer:
            return np.full(clutter_class.shape, uncalibrated_db)
        sigma_db = self.sigma_by_layer[layer][clutter_class]
        return np.where(np.isnan(sigma_db), uncalibrated_db, sigma_db)

    def added_to(
        self, loss: NDArray[np.uint16], layer: str, clutter_class: Codes
    ) -> NDArray[np.uint16]:
        """Return encoded path loss of a layer with its offsets.

        Parameters
        ----------
        loss : ndarray of uint16
            As `coverage_sim.propagation.encoded_loss.encode_loss` keeps it.
        layer : str
            Key of the layer.
        clutter_class : ndarray of uint8
            Class at each receiver, of the same shape.
        """
        if layer not in self.by_layer:
            return loss
        return add_losses(loss, self.at(layer, clutter_class))


#: Path loss as the model has it.
NO_OFFSETS = Offsets({})


def offset_table(
    table: Iterable[Offset], *, class_names: Mapping[int, str], layers: Iterable[str]
) -> Offsets:
    """Return a table of offsets as the evaluation reads it.

    Parameters
    ----------
    table : iterable of Offset
        What the scenario lists.
    class_names : mapping of int to str
        What the codes of the land cover are called.
    layers : iterable of str
        Keys of the scenario's layers.

    Raises
    ------
    InputError
        With every layer and class that there is not, and every pair that stands twice.

    Examples
    --------
    >>> paddy = Offset(layer="lte_b3", clutter_class="cropland", offset_db=-2.5)
    >>> offsets = offset_table([paddy], class_names={40: "cropland"}, layers=["lte_b3"])
    >>> offsets.at("lte_b3", np.array([40, 50], dtype=np.uint8))
    array([-2.5,  0. ])
    """
    problems = Problems()
    codes = {name: code for code, name in class_names.items()}
    known = list(layers)
    by_layer: dict[str, Floats] = {}
    sigma_by_layer: dict[str, Floats] = {}
    seen: set[tuple[str, str]] = set()
    for number, entry in enumerate(table):
        what = f"propagation.offsets[{number}]"
        for key, given, allowed in (
            ("layer", entry.layer, known),
            ("clutter_class", entry.clutter_class, list(codes)),
        ):
            if given not in allowed:
                with problems.collect():
                    raise must_be_one_of(what=f"{what}.{key}", given=given, allowed=allowed)
        pair = (entry.layer, entry.clutter_class)
        if pair in seen:
            problems.add(
                f"{what}: layer {entry.layer!r} on {entry.clutter_class!r} stands twice; "
                "keep one of the two."
            )
        seen.add(pair)
        if entry.clutter_class in codes:
            values = by_layer.setdefault(entry.layer, np.zeros(_CODES))
            values[codes[entry.clutter_class]] = entry.offset_db
            if entry.common_sigma_db is not None:
                sigmas = sigma_by_layer.setdefault(entry.layer, np.full(_CODES, np.nan))
                sigmas[codes[entry.clutter_class]] = entry.common_sigma_db
    problems.raise_if_any()
    return Offsets(by_layer, sigma_by_layer)
