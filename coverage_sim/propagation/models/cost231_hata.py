r"""COST 231-Hata: Hata's formula carried on from 1500 to 2000 MHz.

As [1]_ has it for cities, large (metropolitan) and medium. It has no formula for suburbs and open
land; there Hata's corrections [2]_ are subtracted from the medium city, as [3]_ does up to
2000 MHz. (The 0 dB that [1]_ gives for the centres of suburbs is the environment
``"medium_city"``.)

The height of the base antenna is that above the ground at the mast. Where the formula falls below
free space, nearer than the kilometre where it begins, the loss of free space is taken [3]_.

References
----------
.. [1] COST Action 231, "Digital mobile radio towards future generation systems", final report,
   EUR 18957, European Commission, 1999, section 4.4.1.
.. [2] M. Hata, "Empirical formula for propagation loss in land mobile radio services", IEEE
   Transactions on Vehicular Technology, vol. VT-29, no. 3, August 1980, pp. 317-325.
.. [3] Report ITU-R SM.2028-2 (06/2017), "Monte Carlo simulation methodology for the use in
   sharing and compatibility studies between different radio services or systems", section 6.1.
"""

from dataclasses import dataclass
from typing import ClassVar

from coverage_sim.propagation._hata import HataConstants, HataModel
from coverage_sim.propagation.model import Validity, register_model


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class Cost231Hata(HataModel):
    """COST 231-Hata, no less than free space.

    Parameters
    ----------
    environment : {"large_city", "medium_city", "suburban", "open"}
        What surrounds the phone; small cities and centres of suburbs count as medium cities,
        rural land as open.

    Raises
    ------
    InputError
        For another environment.

    Examples
    --------
    >>> from coverage_sim.propagation._hata import LARGE_CITY, hata_loss_db
    >>> round(hata_loss_db(1.0, 1800.0, 30.0, 1.5, LARGE_CITY, Cost231Hata.constants), 2)
    139.2
    """

    name: ClassVar[str] = "cost231_hata"
    title: ClassVar[str] = "COST 231-Hata"
    reference: ClassVar[str] = "COST Action 231, final report (1999), section 4.4.1"
    constants: ClassVar[HataConstants] = HataConstants(46.3, 33.9, 3.0, large_city_formula=False)
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(1_500.0, 2_000.0),
        distance_m=(1_000.0, 20_000.0),
        tx_height_m=(30.0, 200.0),
        rx_height_m=(1.0, 10.0),
    )
