"""Whether a CRS measures true where it is used, and which one would."""

from collections.abc import Iterable, Iterator

import numpy as np
from pyproj import CRS, Proj
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType

from coverage_sim.coordinates import Bounds, transformer

#: A metre of the CRS may be off by this share: distance, area and slope are counted in it.
LARGEST_SCALE_ERROR = 0.002

#: Names of the CRSs that are proposed, the best first: zones made for mapping.
_PROPOSED = ("VN-2000 / TM-3", "VN-2000 / UTM", "WGS 84 / UTM zone")


def scale_error(projected: CRS, places_deg: Iterable[tuple[float, float]]) -> float:
    """Return by which share distances are off at the worst of some places.

    Parameters
    ----------
    projected : pyproj.CRS
        In metres.
    places_deg : iterable of (float, float)
        Longitude and latitude in WGS 84. [deg]

    Returns
    -------
    float
        Positive where a metre on the ground is more than one of the CRS; NaN where it is defined
        at none of them. [unitless]

    Examples
    --------
    >>> round(scale_error(CRS("EPSG:3857"), [(106.3, 20.2)]), 3)
    0.066
    >>> abs(scale_error(CRS("EPSG:9209"), [(106.3, 20.2)])) < 2e-4
    True
    """
    longitude, latitude = np.array(list(places_deg)).T
    # Factors are asked in the degrees of the CRS's own datum.
    of_datum = transformer("EPSG:4326", projected.geodetic_crs or "EPSG:4326")
    factors = Proj(projected).get_factors(*of_datum.transform(longitude, latitude))
    errors = np.concatenate(
        [np.asarray(factors.tissot_semimajor) - 1.0, np.asarray(factors.tissot_semiminor) - 1.0]
    )
    errors = errors[np.isfinite(errors)]
    return float(errors[np.argmax(np.abs(errors))]) if errors.size else float("nan")


def fitting_crs(box_deg: Bounds) -> str:
    """Return the zone of VN-2000 or UTM that is made for a box, with its name.

    Parameters
    ----------
    box_deg : tuple of float
        West, south, east, north in WGS 84. [deg]

    Examples
    --------
    >>> fitting_crs((105.9, 19.85, 106.65, 20.55))
    'EPSG:9211 (VN-2000 / TM-3 106-00)'
    """
    zone = fitting_zone(box_deg)
    return f"EPSG:{zone.to_epsg()} ({zone.name})" if zone else "one made for that place"


def fitting_zone(box_deg: Bounds) -> CRS | None:
    """Return the zone of VN-2000 or UTM that is made for a box; None where there is none.

    Parameters
    ----------
    box_deg : tuple of float
        West, south, east, north in WGS 84. [deg]
    """
    middle = 0.5 * (box_deg[0] + box_deg[2])
    found = query_crs_info(
        auth_name="EPSG",
        pj_types=[PJType.PROJECTED_CRS],
        area_of_interest=AreaOfInterest(*box_deg),
        contains=False,
    )
    for name in _PROPOSED:
        zones = [CRS.from_epsg(int(one.code)) for one in found if one.name.startswith(name)]
        if zones:
            return min(zones, key=lambda zone: (abs(_meridian_deg(zone) - middle), zone.name))
    return None


def _meridian_deg(zone: CRS) -> float:
    operation = zone.coordinate_operation
    parameters = operation.params if operation is not None else ()
    found = (float(p.value) for p in parameters if p.name == "Longitude of natural origin")
    return next(found, 0.0)


def questions_of_use(projected: CRS, box_deg: Bounds) -> Iterator[str]:
    """Yield a sentence where a box lies partly outside what a CRS is made for, or too far from it.

    Parameters
    ----------
    projected : pyproj.CRS
        In metres.
    box_deg : tuple of float
        West, south, east, north in WGS 84. [deg]
    """
    west, south, east, north = box_deg
    error = scale_error(projected, [(x, y) for x in (west, east) for y in (south, north)])
    if not abs(error) <= LARGEST_SCALE_ERROR:
        yield (
            f"area.crs {projected.srs} ({projected.name}): at a corner of the area its metres are "
            f"off by {100.0 * error:+.2f} %; the area is too wide for one zone"
        )
    use = projected.area_of_use
    if use is None or use.west > use.east:
        return
    if use.west <= west and east <= use.east and use.south <= south and north <= use.north:
        return
    yield (
        f"area.crs {projected.srs} ({projected.name}) is made for {use.west:g} to {use.east:g} E, "
        f"{use.south:g} to {use.north:g} N, and the area reaches from {west:.2f} to {east:.2f} E, "
        f"{south:.2f} to {north:.2f} N. Is it the right one, and not {fitting_crs(box_deg)}"
    )
