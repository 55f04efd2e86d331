"""How far covered people hang on what nobody has said: azimuths, tilts, heights, open land."""

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
from coverage_sim.terrain.clutter import open_land_classes
from coverage_sim.terrain.ground import Ground

#: What is changed of every site at once. [deg, deg, m]
TURN_DEG, TILT_DEG, RAISE_M = 60.0, 2.0, 6.0

#: Effective heights of open land that are tried. [m]
OPEN_LAND_M = (1.0, 3.0)

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


def _with_open_land(ground: Ground, height_m: float) -> Ground:
    """Give open land another effective height."""
    terrain = ground.terrain
    is_open = np.isin(terrain["clutter_class"].to_numpy(), open_land_classes(terrain))
    heights_m = np.where(is_open, np.float32(height_m), terrain["clutter_m"].to_numpy())
    changed = terrain["clutter_m"].copy(data=heights_m)
    return dataclasses.replace(ground, terrain=terrain.assign(clutter_m=changed))


#: What is changed of the network, by what the variant is called.
VARIANTS: dict[str, Callable[[Radio], Radio]] = {
    "as listed": lambda radio: radio,
    f"azimuths turned {TURN_DEG:g} degrees": _turn,
    f"tilt {TILT_DEG:g} degrees more": lambda radio: _tilt(radio, TILT_DEG),
    f"tilt {TILT_DEG:g} degrees less": lambda radio: _tilt(radio, -TILT_DEG),
    f"antennas {RAISE_M:g} m higher": lambda radio: _raise(radio, RAISE_M),
    f"antennas {RAISE_M:g} m lower": lambda radio: _raise(radio, -RAISE_M),
}


#: What is changed of the terrain, where it has open land.
OPEN_LAND_VARIANTS = {f"open land {height_m:g} m high": height_m for height_m in OPEN_LAND_M}


def find_sensitivity(prepared: Prepared, context: RunContext) -> pd.DataFrame:
    """Return covered people of every network when all sites, or all open land, are changed at once.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    context : RunContext
        Its store is asked for path loss and tiles; the variants with other heights, of antennas or
        of open land, ask for all path loss anew.

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
    variants = [*VARIANTS, *(OPEN_LAND_VARIANTS if open_land_classes(ground.terrain) else ())]
    for number, variant in enumerate(variants):
        context.progress("sensitivity", number, len(variants))
        radio, there = prepared.radio, ground
        if variant in VARIANTS:
            radio = VARIANTS[variant](radio)
        else:
            there = _with_open_land(ground, OPEN_LAND_VARIANTS[variant])
        rasters = evaluate_network(there, radio, quiet)
        for network in make_networks(carriers_in(rasters), scenario):
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
    context.progress("sensitivity", len(variants), len(variants))
    return pd.DataFrame(rows)
