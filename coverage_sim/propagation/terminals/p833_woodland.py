r"""Loss of a phone inside a wood, ITU-R P.833-9, section 2.1.

The wood costs so much a metre at its edge and no more than a maximum far inside. Both are
published at five frequencies, from one campaign in mixed forest (table 1: trees of 12 to 16 m,
receiver at 1.5 m). Between them each is interpolated along a straight line of its logarithm over
the logarithm of the frequency: the Recommendation draws the first so (figure 2) and makes the
second a power of the frequency (eq. (2)). Nothing is said beyond the first and last frequency.

References
----------
.. [1] Recommendation ITU-R P.833-9 (09/2016), "Attenuation in vegetation", Annex 1, section 2.1.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from coverage_sim.array_types import Floats
from coverage_sim.errors import Problems
from coverage_sim.propagation._ranges import check_cells, check_frequency, check_parameter
from coverage_sim.propagation.model import Validity
from coverage_sim.propagation.terminal import Kind, over_paths, register_terminal

#: Table 1: frequency [MHz], specific attenuation [dB/m], maximum attenuation [dB].
_TABLE = np.array(
    [
        [105.9, 0.04, 9.4],
        [466.475, 0.12, 18.0],
        [949.0, 0.17, 26.5],
        [1852.2, 0.30, 29.0],
        [2117.5, 0.34, 34.1],
    ]
)

#: Range of the table. [MHz]
FREQUENCY_MHZ = (float(_TABLE[0, 0]), float(_TABLE[-1, 0]))

_NAME = "p833_woodland"
_LARGEST_M = 100_000.0


def woodland_loss_db(*, frequency_mhz: ArrayLike, depth_m: ArrayLike) -> Floats:
    r"""Loss of a path that ends inside a wood, ITU-R P.833-9 eq. (1).

    .. math:: A = A_m \left(1 - e^{-d \gamma / A_m}\right)

    Parameters
    ----------
    frequency_mhz : array_like
        105.9 to 2117.5. [MHz]
    depth_m : array_like
        Length of the path inside the wood; NaN where unknown. [m]

    Returns
    -------
    ndarray of float
        Loss to be added. [dB]

    Raises
    ------
    InputError
        With everything that is out of range.

    Examples
    --------
    >>> woodland_loss_db(frequency_mhz=1852.2, depth_m=[0.0, 50.0, 10_000.0]).round(1)
    array([ 0. , 11.7, 29. ])
    """
    problems = Problems()
    check_frequency(problems, _NAME, frequency_mhz, FREQUENCY_MHZ, "Leave the woodland loss out.")
    check_cells(problems, _NAME, "depth_m", depth_m, 0.0, math.inf, "m")
    problems.raise_if_any()
    gamma, Am = _parameters(np.asarray(frequency_mhz, dtype=np.float64))
    d = np.asarray(depth_m, dtype=np.float64)
    return np.asarray(-Am * np.expm1(-d * gamma / Am))  # [1] eq. (1)


def _parameters(frequency_mhz: Floats) -> tuple[Floats, Floats]:
    """Return specific and maximum attenuation, straight between the published values in logs."""
    logs = np.log(_TABLE)
    log_f = np.log(frequency_mhz)
    gamma = np.exp(np.interp(log_f, logs[:, 0], logs[:, 1]))  # [1] table 1
    Am = np.exp(np.interp(log_f, logs[:, 0], logs[:, 2]))  # [1] table 1
    return gamma, Am


@register_terminal
@dataclass(frozen=True, slots=True, kw_only=True)
class Woodland:
    """ITU-R P.833-9, section 2.1: the phone is inside a wood, the mast outside.

    Parameters
    ----------
    depth_m : float
        Length of the path inside the wood. [m]

    Raises
    ------
    InputError
        If the depth is out of range.
    """

    depth_m: float

    name: ClassVar[str] = _NAME
    title: ClassVar[str] = "one terminal in woodland"
    reference: ClassVar[str] = "Recommendation ITU-R P.833-9 (09/2016), section 2.1"
    good_for: ClassVar[str] = (
        "phones under trees, up to 2.1 GHz, over a path that does not know of the trees"
    )
    kind: ClassVar[Kind] = "clutter"
    # The Recommendation bounds no distance; the heights are those of every model.
    validity: ClassVar[Validity] = Validity(frequency_mhz=FREQUENCY_MHZ, distance_m=(0.0, math.inf))

    def __post_init__(self) -> None:
        problems = Problems()
        check_parameter(problems, self.name, "depth_m", self.depth_m, 0.0, _LARGEST_M, "m")
        problems.raise_if_any()

    def path_height_m(self, rx_height_m: float) -> float:
        """Return the height of the phone. [m]"""
        return rx_height_m

    def loss_db(
        self,
        *,
        frequency_mhz: float,
        distance_m: Floats,
        elevation_deg: Floats,  # noqa: ARG002  # the depth is given, not found
        rx_height_m: float,  # noqa: ARG002
    ) -> Floats:
        """Return the loss of the wood, one for all paths. [dB]"""
        loss_db = woodland_loss_db(frequency_mhz=frequency_mhz, depth_m=self.depth_m)
        return over_paths(loss_db, distance_m)
