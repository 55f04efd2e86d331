r"""Okumura-Hata: median path loss of macrocells, 150 to 1500 MHz.

An empirical formula of distance, frequency and antenna heights, fitted to the curves that Okumura
drew from measurements round Tokyo over nearly flat ground. It knows neither the terrain nor the
clutter of a path. The height of the base antenna is that above the ground at the mast, and not
over the average ground of the far path that Okumura called effective.

Nearer than the kilometre where Hata's fit begins the formula falls below free space, in open land
first; the loss of free space is taken then, as [2]_ does.

References
----------
.. [1] M. Hata, "Empirical formula for propagation loss in land mobile radio services", IEEE
   Transactions on Vehicular Technology, vol. VT-29, no. 3, August 1980, pp. 317-325.
.. [2] Report ITU-R SM.2028-2 (06/2017), "Monte Carlo simulation methodology for the use in
   sharing and compatibility studies between different radio services or systems", section 6.1.
"""

from dataclasses import dataclass
from typing import ClassVar

from coverage_sim.propagation._hata import HataConstants, HataModel
from coverage_sim.propagation.model import Validity, register_model


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class OkumuraHata(HataModel):
    """Okumura-Hata, no less than free space.

    Parameters
    ----------
    environment : {"large_city", "medium_city", "suburban", "open"}
        What surrounds the phone; small cities count as medium ones, rural land as open.

    Raises
    ------
    InputError
        For another environment.

    Examples
    --------
    >>> from coverage_sim.propagation._hata import LARGE_CITY, hata_loss_db
    >>> round(hata_loss_db(2.0, 869.0, 30.0, 1.0, LARGE_CITY, OkumuraHata.constants), 2)
    137.93
    """

    name: ClassVar[str] = "okumura_hata"
    title: ClassVar[str] = "Okumura-Hata"
    reference: ClassVar[str] = "Hata, IEEE Trans. Veh. Technol. VT-29 (1980), pp. 317-325"
    constants: ClassVar[HataConstants] = HataConstants(69.55, 26.16, 0.0, large_city_formula=True)
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(150.0, 1_500.0),
        distance_m=(1_000.0, 20_000.0),
        tx_height_m=(30.0, 200.0),
        rx_height_m=(1.0, 10.0),
    )
