"""Physical constants, each as its Recommendation fixes it."""

from typing import Final

#: Earth radius of the ITU-R P-series [km].
EARTH_RADIUS_KM: Final = 6371.0
#: Speed of light as ITU-R P.1812 rounds it, for its official results [m GHz].
P1812_LIGHT_M_GHZ: Final = 0.2998
#: Path loss is kept in steps of this size [dB]; see `coverage_sim.propagation.encoded_loss`.
PATH_LOSS_STEP_DB: Final = 1.0 / 128.0
#: Radio-climatic zones, as the reference data of ITU-R P.1812 number them.
SEA: Final = 1
COASTAL_LAND: Final = 3
INLAND: Final = 4
#: Class of the open sea beside those of ESA WorldCover, which has none.
SEA_CLASS: Final = 1
#: Subcarriers of one resource block, LTE and NR (3GPP TS 36.211, TS 38.211).
SUBCARRIERS_PER_RB: Final = 12
