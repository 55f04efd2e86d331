"""A site's transmitters: those that say what its list says, and those that are put beside them."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

from coverage_sim.network.carriers import Carrier
from coverage_sim.network.sites import Site, Transmitter


def transmitters_of(site: Site) -> tuple[Transmitter, ...]:
    """Return the transmitters of a site; of one that lists none, those that say the same.

    `coverage_sim.network.sites.make_sectors` makes the same sectors of both, with the same names.
    """
    if site.transmitters:
        return site.transmitters
    assumed = tuple(name for name in ("antenna_height_m", "downtilt_deg") if name in site.assumed)
    return tuple(
        Transmitter(
            name=f"{Carrier(operator, layer)}/{number}",
            operator=operator,
            layer=layer,
            azimuth_deg=azimuth_deg,
            antenna_height_m=site.antenna_height_m,
            downtilt_deg=site.downtilt_deg,
            assumed=assumed,
        )
        for operator in site.operators
        for layer in site.layers
        for number, azimuth_deg in enumerate(site.azimuths_deg, start=1)
    )


def with_transmitters(site: Site, transmitters: Sequence[Transmitter]) -> Site:
    """Return a site with these transmitters, and what they make of it as a whole."""
    assumed = [name for one in transmitters for name in one.assumed]
    if "azimuths_deg" in site.assumed:  # no list of transmitters assumes them
        assumed.append("azimuths_deg")
    return dataclasses.replace(
        site,
        antenna_height_m=min(one.antenna_height_m for one in transmitters),
        operators=tuple(dict.fromkeys(one.operator for one in transmitters)),
        layers=tuple(dict.fromkeys(one.layer for one in transmitters)),
        azimuths_deg=tuple(sorted({one.azimuth_deg for one in transmitters})),
        transmitters=tuple(transmitters),
        assumed=tuple(dict.fromkeys(assumed)),
    )


def heights_by_azimuth_m(transmitters: Iterable[Transmitter]) -> dict[float, float]:
    """Return how high antennas hang in each direction, sorted; of several the first counts. [m]"""
    found: dict[float, float] = {}
    for one in transmitters:
        found.setdefault(one.azimuth_deg, one.antenna_height_m)
    return dict(sorted(found.items()))


def hung_up(
    carrier: Carrier, heights_m: Mapping[float, float], downtilt_deg: float | None = None
) -> Iterator[Transmitter]:
    """Yield the transmitters of a carrier that is put on a site.

    Parameters
    ----------
    carrier : Carrier
        Whose sectors they are.
    heights_m : mapping of float to float
        By azimuth, how high they hang above ground. [deg, m]
    downtilt_deg : float, optional
        Total downtilt; the site's where None. [deg]
    """
    for number, (azimuth_deg, height_m) in enumerate(heights_m.items(), start=1):
        yield Transmitter(
            name=f"{carrier}/{number}",
            operator=carrier.operator,
            layer=carrier.layer,
            azimuth_deg=azimuth_deg,
            antenna_height_m=height_m,
            downtilt_deg=downtilt_deg,
        )
