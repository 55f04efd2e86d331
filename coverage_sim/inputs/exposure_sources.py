"""What a site radiates, and the limit of exposure that holds for it."""

from collections.abc import Mapping, Sequence

from coverage_sim.network.antennas import Pattern
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import Sector
from coverage_sim.radio.emf import Emission, Limit, emission_of, limit_for


def emission_and_limit(
    sectors: Sequence[Sector], layers: Mapping[str, Layer], antennas: Mapping[str, Pattern]
) -> tuple[Emission, Limit]:
    """Return what the sectors of one site radiate together, and the limit that holds.

    Parameters
    ----------
    sectors : sequence of Sector
        At least one.
    layers, antennas : mapping
        By key, those that the sectors name.
    """
    own = [layers[sector.layer] for sector in sectors]
    emission = emission_of(
        (sector, layer, antennas[sector.antenna])
        for sector, layer in zip(sectors, own, strict=True)
    )
    return emission, limit_for([layer.frequency_mhz for layer in own])
