"""Diffraction over one edge, shared by every model that has one."""

import math

from coverage_sim._numba import kernel
from coverage_sim.propagation._decibels import to_db


@kernel(inline=True)
def knife_edge_loss_db(nu: float) -> float:
    r"""Diffraction loss over one knife edge, ITU-R P.526-15 eq. (31); P.1812-8 eq. (12).

    .. math:: J(\nu) = 6.9 + 20 \log_{10}\left(\sqrt{(\nu-0.1)^2+1} + \nu - 0.1\right)

    Parameters
    ----------
    nu : float
        Fresnel-Kirchhoff parameter. [unitless]

    Returns
    -------
    float
        Loss relative to free space; 0 for ``nu <= -0.78``. [dB]

    Examples
    --------
    >>> round(knife_edge_loss_db(0.0), 2)  # grazing incidence: half the field
    6.03
    >>> knife_edge_loss_db(-1.0)
    0.0
    """
    if nu <= -0.78:
        return 0.0
    shifted = nu - 0.1
    return 6.9 + 2.0 * to_db(math.sqrt(shifted * shifted + 1.0) + shifted)
