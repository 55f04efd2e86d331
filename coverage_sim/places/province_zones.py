"""Which province a place lies in, and in which zone of VN-2000 that province keeps its maps."""

import functools
import re
from typing import NamedTuple

import numpy as np

from coverage_sim.errors import InputError
from coverage_sim.io.list_positions import vietnamese_zones
from coverage_sim.io.plain_words import plain_letters
from coverage_sim.places.communes import packaged_table, units_2024
from coverage_sim.terrain.fitting_crs import fitting_zone

#: No commune's centre is farther from any place in it. [deg]
_FARTHEST_DEG = 0.3

#: Names of provinces that the EPSG database has otherwise, as `plain_letters` returns them.
_CALLED = {"hue": "thua_thien_hue"}

#: Around Vietnam. [deg]
_VIETNAM_DEG = (102.0, 8.0, 110.0, 24.0)


class Province(NamedTuple):
    """A province as it was from 2008 to June 2025.

    Parameters
    ----------
    code, name : str
        As in ``vietnam/provinces_2024.csv``.
    """

    code: str
    name: str


@functools.cache
def province_at(longitude: float, latitude: float) -> Province | None:
    """Return the province whose commune is nearest by its centre; None outside Vietnam.

    Examples
    --------
    >>> province_at(106.168, 20.42)
    Province(code='36', name='Nam Định')
    >>> province_at(2.35, 48.85) is None
    True
    """
    units = units_2024()
    east = (units["longitude"] - longitude) * np.cos(np.radians(latitude))
    away_deg = np.hypot(east, units["latitude"] - latitude).to_numpy()
    nearest = int(np.nanargmin(away_deg))
    if away_deg[nearest] > _FARTHEST_DEG:
        return None
    districts = packaged_table("districts_2024").set_index("code")["province_code"]
    code = str(districts[units["district_code"].iloc[nearest]])
    names = packaged_table("provinces_2024").set_index("code")["short_name"]
    return Province(code, str(names[code]))


def plane_crs_at(longitude: float, latitude: float) -> tuple[str, str]:
    """Return the projected CRS in which maps of a place are kept.

    In Vietnam that is the zone of VN-2000 with the province's central meridian, which the EPSG
    database names in the zone's area of use; elsewhere the zone of UTM.

    Returns
    -------
    crs : str
        For example ``"EPSG:9209"``.
    name : str
        Its name.

    Raises
    ------
    InputError
        Near the poles, where there is none.

    Examples
    --------
    >>> plane_crs_at(106.168, 20.42)
    ('EPSG:9209', 'VN-2000 / TM-3 105-30')
    >>> plane_crs_at(105.4, 21.2)
    ('EPSG:5897', 'VN-2000 / TM-3 zone 482')
    """
    province = province_at(longitude, latitude)
    if province is not None:
        plain = plain_letters(province.name)
        for code, zone in vietnamese_zones(_VIETNAM_DEG).items():
            if _CALLED.get(plain, plain) in _provinces(zone.used):
                return code, zone.name
    fitting = fitting_zone((longitude - 0.1, latitude - 0.1, longitude + 0.1, latitude + 0.1))
    if fitting is None:
        msg = f"there is no zone of UTM at {longitude:g} E, {latitude:g} N."
        raise InputError(msg)
    return f"EPSG:{fitting.to_epsg()}", fitting.name


def _provinces(used: str) -> set[str]:
    """Return the provinces that the area of use of a zone names, in plain letters."""
    named = used.removeprefix("Vietnam - ").rstrip(".")
    words = re.sub(r"\b(city|cities|provinces?|municipality)\b", "", named)
    return {plain_letters(word) for word in re.split(r"[,;]| and ", words)}
