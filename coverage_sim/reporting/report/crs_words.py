"""A CRS as an office names it: VN-2000 by its central meridian and the width of its zones."""

from typing import Final

from pyproj import CRS

from coverage_sim.reporting.report.language import Language

#: Width of a zone by the scale on its meridian: those that Vietnam uses. [deg]
_ZONE_DEG: Final = {0.9999: 3, 0.9996: 6}


def crs_in_words(crs: str | CRS, t: Language) -> str:
    """Return what a CRS is called in a language.

    Parameters
    ----------
    crs : str or pyproj.CRS
        As `pyproj.CRS.from_user_input` takes it.
    t : Language
        The language.
    """
    known = CRS.from_user_input(crs)
    operation = known.coordinate_operation
    stated = {} if operation is None else {one.name: float(one.value) for one in operation.params}
    meridian = stated.get("Longitude of natural origin")
    zone_deg = _ZONE_DEG.get(stated.get("Scale factor at natural origin", 0.0))
    if not known.name.startswith("VN-2000") or meridian is None or zone_deg is None:
        return known.name
    whole, minutes = divmod(round(meridian * 60.0), 60)
    return t("sheet.vn2000", meridian=f"{whole}°{minutes:02d}'", zone=zone_deg)
