"""Runs of sea, coastal land and inland along a path, ITU-R P.1812-8 section 3.6 and Table 2.

The runs are kept as a state that goes on from point to point, so that the exact analysis and the
radial sweep share it: a sweep keeps the state after each of its points.
"""

import math
from typing import Any

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.constants import INLAND, SEA

#: Distance to the coast where there is none on the path (P.1812-8 section 4.5) [km].
NO_COAST_KM = 500.0

# Entries of the state, all in km: sums of closed and open runs, each point standing for the half
# intervals to its neighbours.
_SEA_KM, _LAND_KM, _INLAND_KM, _LONGEST_LAND_KM, _LONGEST_INLAND_KM, _FIRST_SEA, _LAST_SEA = range(
    7
)
STATE = 7


@kernel
def start_runs(state: Floats, zone: int) -> None:
    """Begin at the transmitter."""
    for entry in range(STATE):
        state[entry] = 0.0
    state[_FIRST_SEA] = state[_LAST_SEA] = 0.0 if zone == SEA else math.nan


@kernel
def copy_runs(state: Floats, into: Floats) -> None:
    """Copy a state."""
    for entry in range(STATE):
        into[entry] = state[entry]


@kernel
def advance_runs(state: Floats, before_km: float, after_km: float, before: int, after: int) -> None:
    """Go on to the next point: its distance and zone, after those of the point before."""
    half = 0.5 * (after_km - before_km)
    if before == SEA:
        state[_SEA_KM] += half
    else:
        state[_LAND_KM] += half
        if before == INLAND:
            state[_INLAND_KM] += half
        _note_longest(state)
    if after == SEA:
        state[_SEA_KM] += half
        state[_LAND_KM] = state[_INLAND_KM] = 0.0
        if math.isnan(state[_FIRST_SEA]):
            state[_FIRST_SEA] = before_km + half
        state[_LAST_SEA] = after_km
        return
    if before == SEA:
        state[_LAST_SEA] = before_km + half
    state[_LAND_KM] += half
    state[_INLAND_KM] = state[_INLAND_KM] + half if after == INLAND else 0.0
    _note_longest(state)


@kernel
def _note_longest(state: Floats) -> None:
    state[_LONGEST_LAND_KM] = max(state[_LONGEST_LAND_KM], state[_LAND_KM])
    state[_LONGEST_INLAND_KM] = max(state[_LONGEST_INLAND_KM], state[_INLAND_KM])


@kernel
def note_runs(state: Floats, D: float, path: Any) -> None:
    """Write the shares and runs of a path of length ``D`` that ends where the state is."""
    land_km = state[_LONGEST_LAND_KM]
    has_sea = not math.isnan(state[_FIRST_SEA])
    # eq. (1); a path all over sea is free of rounding
    path.sea_fraction = 1.0 if has_sea and land_km == 0.0 else state[_SEA_KM] / D
    path.land_km, path.inland_km = land_km, state[_LONGEST_INLAND_KM]
    path.tx_coast_km = state[_FIRST_SEA] if has_sea else NO_COAST_KM
    path.rx_coast_km = D - state[_LAST_SEA] if has_sea else NO_COAST_KM


@kernel(inline=True)
def note_one_zone(zone: int, D: float, path: Any) -> None:
    """Write the same for a path all of whose points lie in one zone: by far the most frequent."""
    path.sea_fraction = 1.0 if zone == SEA else 0.0
    path.land_km = 0.0 if zone == SEA else D
    path.inland_km = D if zone == INLAND else 0.0
    path.tx_coast_km = path.rx_coast_km = 0.0 if zone == SEA else NO_COAST_KM
