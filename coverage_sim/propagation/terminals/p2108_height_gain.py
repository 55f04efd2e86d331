r"""Clutter loss of a phone below the roofs or trees around it, ITU-R P.2108-1, section 3.1.

The loss is median. It is added to the loss of a path that ends at the top of the clutter, not at
the phone: the model must be asked for the height that `HeightGain.path_height_m` returns.

References
----------
.. [1] Recommendation ITU-R P.2108-1 (09/2021), "Prediction of clutter loss", Annex 1, section 3.1.
"""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from coverage_sim.array_types import Floats
from coverage_sim.errors import Problems, must_be_one_of
from coverage_sim.propagation._knife_edge import knife_edge_loss_db
from coverage_sim.propagation._ranges import check_cells, check_frequency, check_parameter
from coverage_sim.propagation.model import Validity
from coverage_sim.propagation.terminal import Kind, over_paths, register_terminal

Surroundings = Literal["water_sea", "open_rural", "suburban", "urban_trees_forest", "dense_urban"]

#: Representative clutter height of the surroundings, table 3. [m]
CLUTTER_HEIGHT_M = MappingProxyType(
    {
        "water_sea": 10.0,
        "open_rural": 10.0,
        "suburban": 10.0,
        "urban_trees_forest": 15.0,
        "dense_urban": 20.0,
    }
)
#: Where nothing blocks the view, and the phone is merely low.
_OPEN = frozenset({"water_sea", "open_rural"})

#: Range of the model. [MHz]
FREQUENCY_MHZ = (30.0, 3_000.0)
STREET_WIDTH_M = 27.0

_NAME = "p2108_height_gain"
_LOWEST_M = 0.01
_LARGEST_M = 1_000.0
_knife_edges_db = np.vectorize(knife_edge_loss_db, otypes=[np.float64])


def height_gain_loss_db(
    *,
    frequency_mhz: ArrayLike,
    height_m: ArrayLike,
    surroundings: Surroundings,
    clutter_height_m: ArrayLike | None = None,
    street_width_m: ArrayLike = STREET_WIDTH_M,
) -> Floats:
    """Median loss between the top of the clutter and the phone, ITU-R P.2108-1 eq. (2).

    Parameters
    ----------
    frequency_mhz : array_like
        30 to 3000. [MHz]
    height_m : array_like
        Height of the phone above ground; NaN where unknown. [m]
    surroundings : {"water_sea", "open_rural", "suburban", "urban_trees_forest", "dense_urban"}
        What the phone stands in.
    clutter_height_m : array_like, optional
        Representative clutter height, that of table 3 by default. [m]
    street_width_m : array_like
        Width of the street, or of the clearing, in front of the phone. [m]

    Returns
    -------
    ndarray of float
        Loss to be added; 0 for a phone that is not below the clutter. [dB]

    Raises
    ------
    InputError
        With everything that is out of range.

    Examples
    --------
    >>> float(
    ...     height_gain_loss_db(
    ...         frequency_mhz=900.0, height_m=1.5, surroundings="suburban"
    ...     ).round(2)
    ... )
    18.75
    """
    problems = Problems()
    _check_surroundings(problems, surroundings)
    check_frequency(
        problems,
        _NAME,
        frequency_mhz,
        FREQUENCY_MHZ,
        "Above it p2108_statistical goes on; else leave the clutter loss out.",
    )
    check_cells(problems, _NAME, "height_m", height_m, _LOWEST_M, math.inf, "m")
    for what, lengths_m in (
        ("clutter_height_m", clutter_height_m),
        ("street_width_m", street_width_m),
    ):
        if lengths_m is not None:
            check_cells(problems, _NAME, what, lengths_m, _LOWEST_M, _LARGEST_M, "m")
    problems.raise_if_any()
    f = np.asarray(frequency_mhz, dtype=np.float64) / 1000.0
    h = np.asarray(height_m, dtype=np.float64)
    R = np.asarray(
        CLUTTER_HEIGHT_M[surroundings] if clutter_height_m is None else clutter_height_m,
        dtype=np.float64,
    )
    if surroundings in _OPEN:
        k_h2 = 21.8 + 6.2 * np.log10(f)  # [1] eq. (2f)
        loss_db = -k_h2 * np.log10(h / R)  # [1] eq. (2b)
    else:
        h_dif = R - h  # [1] eq. (2d)
        theta = np.degrees(np.arctan(h_dif / np.asarray(street_width_m)))  # [1] eq. (2e)
        k_nu = 0.342 * np.sqrt(f)  # [1] eq. (2g)
        nu = k_nu * np.sqrt(h_dif * theta)  # [1] eq. (2c)
        loss_db = _knife_edges_db(nu) - 6.03  # [1] eq. (2a)
    return np.where(h >= R, 0.0, loss_db)


def _check_surroundings(problems: Problems, surroundings: str) -> None:
    if surroundings not in CLUTTER_HEIGHT_M:
        with problems.collect():
            raise must_be_one_of(
                what=f"{_NAME}: surroundings", given=str(surroundings), allowed=CLUTTER_HEIGHT_M
            )


@register_terminal
@dataclass(frozen=True, slots=True, kw_only=True)
class HeightGain:
    """ITU-R P.2108-1, section 3.1: the phone is below the clutter around it.

    Parameters
    ----------
    surroundings : {"water_sea", "open_rural", "suburban", "urban_trees_forest", "dense_urban"}
        What the phone stands in.
    clutter_height_m : float, optional
        Representative clutter height, that of table 3 for the surroundings by default. [m]
    street_width_m : float
        Width of the street, or of the clearing, in front of the phone. [m]

    Raises
    ------
    InputError
        With every parameter that is out of range.
    """

    surroundings: Surroundings
    clutter_height_m: float | None = None
    street_width_m: float = STREET_WIDTH_M

    name: ClassVar[str] = _NAME
    title: ClassVar[str] = "clutter loss by height gain"
    reference: ClassVar[str] = "Recommendation ITU-R P.2108-1 (09/2021), section 3.1"
    good_for: ClassVar[str] = (
        "the median below known roofs or trees, up to 3 GHz, over a path computed to their top"
    )
    kind: ClassVar[Kind] = "clutter"
    # The Recommendation bounds no distance; the heights are those of every model.
    validity: ClassVar[Validity] = Validity(frequency_mhz=FREQUENCY_MHZ, distance_m=(0.0, math.inf))

    def __post_init__(self) -> None:
        problems = Problems()
        _check_surroundings(problems, self.surroundings)
        for what, length_m in (
            ("clutter_height_m", self.clutter_height_m),
            ("street_width_m", self.street_width_m),
        ):
            if length_m is not None:
                check_parameter(problems, self.name, what, length_m, _LOWEST_M, _LARGEST_M, "m")
        problems.raise_if_any()

    def path_height_m(self, rx_height_m: float) -> float:
        """Return the height of the clutter, or of the phone where it is higher. [m]"""
        if self.clutter_height_m is None:
            return max(CLUTTER_HEIGHT_M[self.surroundings], rx_height_m)
        return max(self.clutter_height_m, rx_height_m)

    def loss_db(
        self,
        *,
        frequency_mhz: float,
        distance_m: Floats,
        elevation_deg: Floats,  # noqa: ARG002  # the same for every path
        rx_height_m: float,
    ) -> Floats:
        """Return the loss between the top of the clutter and the phone, one for all paths. [dB]"""
        loss_db = height_gain_loss_db(
            frequency_mhz=frequency_mhz,
            height_m=rx_height_m,
            surroundings=self.surroundings,
            clutter_height_m=self.clutter_height_m,
            street_width_m=self.street_width_m,
        )
        return over_paths(loss_db, distance_m)
