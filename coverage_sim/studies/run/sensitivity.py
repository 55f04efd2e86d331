"""How far covered people hang on what lists of sites seldom say: azimuths, tilts, heights."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd

from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.run_context import RunContext, no_progress
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.sites import Sector
from coverage_sim.places.village_coverage import covered_by_village
from coverage_sim.results.network_rasters import carriers_in, strongest
from coverage_sim.scenario.networks import make_networks

#: What is changed of every site at once. [deg, deg, m]
TURN_DEG, TILT_DEG, RAISE_M = 60.0, 2.0, 6.0

#: No antenna is brought below this by the change. [m]
_LOWEST_M = 3.0


def _turn(radio: Radio) -> Radio:
    return _with_sectors(
        radio,
        lambda sector: dataclasses.replace(
            sector, azimuth_deg=(sector.azimuth_deg + TURN_DEG) % 360.0
        ),
    )


def _tilt(radio: Radio, by_deg: float) -> Radio:
    """Tilt electrically where the pattern takes any tilt, else the whole antenna."""

    def tilt(sector: Sector) -> Sector:
        antenna = radio.antennas[sector.antenna]
        field = "electrical" if antenna.own_downtilt_deg is None else "mechanical"
        name = f"{field}_downtilt_deg"
        return dataclasses.replace(sector, **{name: getattr(sector, name) + by_deg})

    return _with_sectors(radio, tilt)


def _raise(radio: Radio, by_m: float) -> Radio:
    lowest_m = max(_LOWEST_M, radio.model.validity.tx_height_m[0])
    highest_m = radio.model.validity.tx_height_m[1]

    def raised(sector: Sector) -> Sector:
        height_m = min(max(sector.antenna_height_m + by_m, lowest_m), highest_m)
        return dataclasses.replace(sector, antenna_height_m=height_m)

    return _with_sectors(radio, raised)


def _with_sectors(radio: Radio, change: Callable[[Sector], Sector]) -> Radio:
    return dataclasses.replace(radio, sectors=tuple(map(change, radio.sectors)))


VARIANTS: dict[str, Callable[[Radio], Radio]] = {
    "as listed": lambda radio: radio,
    f"azimuths turned {TURN_DEG:g} degrees": _turn,
    f"tilt {TILT_DEG:g} degrees more": lambda radio: _tilt(radio, TILT_DEG),
    f"tilt {TILT_DEG:g} degrees less": lambda radio: _tilt(radio, -TILT_DEG),
    f"antennas {RAISE_M:g} m higher": lambda radio: _raise(radio, RAISE_M),
    f"antennas {RAISE_M:g} m lower": lambda radio: _raise(radio, -RAISE_M),
}


def find_sensitivity(prepared: Prepared, context: RunContext) -> pd.DataFrame:
    """Return covered people of every network when all sites are changed at once.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    context : RunContext
        Its store is asked for path loss and tiles; the variants with other heights ask for all
        path loss anew.

    Returns
    -------
    DataFrame
        A row a variant and network: ``variant``, ``network``, ``covered_people`` at the least
        service level, ``change_people`` and ``change_percent`` of all people against the list.
    """
    scenario, ground = prepared.loaded.scenario, prepared.ground
    demand = prepared.people.demand
    known = np.isfinite(ground.area_ground_m)
    people = sum(village.people for village in prepared.villages)
    least, threshold_dbm = scenario.service.least_level, scenario.service.least_dbm
    quiet = dataclasses.replace(context, progress=no_progress)
    rows = []
    listed: dict[str, float] = {}
    for number, (variant, change) in enumerate(VARIANTS.items()):
        context.progress("sensitivity", number, len(VARIANTS))
        rasters = evaluate_network(ground, change(prepared.radio), quiet)
        for network in make_networks(carriers_in(rasters), scenario.layers, scenario.operators):
            table = covered_by_village(
                demand, strongest(rasters, network), known, {least: threshold_dbm}
            )
            covered = float(table[f"{least}_people"].sum())
            before = listed.setdefault(network.key, covered)
            rows.append(
                {
                    "variant": variant,
                    "network": network.label,
                    "covered_people": covered,
                    "change_people": covered - before,
                    "change_percent": 100.0 * (covered - before) / people if people else 0.0,
                }
            )
    context.progress("sensitivity", len(VARIANTS), len(VARIANTS))
    return pd.DataFrame(rows)
