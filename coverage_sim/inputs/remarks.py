"""What a planner must know of how a scenario was read: nothing is refused, and nothing unsaid."""

from collections.abc import Iterator

import numpy as np

from coverage_sim.errors import first_of
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.beams import has_beams
from coverage_sim.network.sites import antenna_heights_m, highest_antenna_m
from coverage_sim.scenario.changes import CHANGED_KEYS
from coverage_sim.terrain.clutter import open_land_height_m

#: Profile steps for which the effective height of open land holds. [m]
_OPEN_LAND_STEPS_M = (20.0, 45.0)


def remarks(prepared: Prepared) -> tuple[str, ...]:
    """Return the sentences that a run, its result and `validate` say, without a full stop.

    Parameters
    ----------
    prepared : Prepared
        The scenario with all its inputs.
    """
    return (
        *prepared.loaded.remarks,
        *prepared.said,
        *prepared.said_of_network,
        *_voids(prepared),
        *_heights_beyond(prepared),
        *_above_the_top(prepared),
        *_without_effect(prepared),
        *_overruled(prepared),
        *_beams_stated_twice(prepared),
        *_steps_of_open_land(prepared),
    )


def _voids(prepared: Prepared) -> Iterator[str]:
    """Yield how many cells of the ground were void, and what became of them."""
    terrain, choice = prepared.ground.terrain.attrs, prepared.loaded.scenario.terrain
    filled, others = (int(terrain.get(f"{what}_cells", 0)) for what in ("filled", "other_ground"))
    # Beyond the area the files may end; in it, what is unknown matters.
    left = int(np.count_nonzero(np.isnan(prepared.ground.area_ground_m)))
    if filled:
        width = f"{choice.fill_voids_m:g} m"
        yield f"{filled:,} cells of the ground in holes up to {width} wide are filled from around"
    if others:
        yield f"{others:,} cells of the ground have the heights of a further layer"
    if left:
        yield f"the ground of {left:,} cells of the area is unknown"


def _heights_beyond(prepared: Prepared) -> Iterator[str]:
    """Yield how many antennas stand higher or lower than the model's source states it for."""
    model = prepared.loaded.model
    stated = model.validity.stated_tx_height_m
    if stated is None:
        return
    low_m, high_m = stated
    heights_m = [height_m for site in prepared.radio.sites for height_m in antenna_heights_m(site)]
    beyond = [height_m for height_m in heights_m if not low_m <= height_m <= high_m]
    if beyond:
        span = f"{low_m:g} m" if low_m == high_m else f"{low_m:g} to {high_m:g} m"
        yield (
            f"{len(beyond):,} of {len(heights_m):,} antenna heights lie outside the {span} that "
            f"{model.name} is stated for ({min(beyond):g} to {max(beyond):g} m); they enter its "
            "formula all the same"
        )


def _above_the_top(prepared: Prepared) -> Iterator[str]:
    """Yield the sites whose antennas hang higher than the top of all that stands there."""
    found = [
        f"{site.id} ({highest_antenna_m(site):g} m, top {site.total_height_m:g} m)"
        for site in prepared.sites
        if site.total_height_m is not None and highest_antenna_m(site) > site.total_height_m
    ]
    if found:
        yield (
            f"antennas hang higher than the top of the works that the list states: "
            f"{first_of(found)}; correct antenna_height_m or total_height_m"
        )


def _without_effect(prepared: Prepared) -> Iterator[str]:
    """Yield the sites that a scenario changes and leaves off air."""
    on_air = {site.id for site in prepared.radio.sites}
    status = {site.id: site.status for site in prepared.sites}
    silent = dict.fromkeys(
        f"{change.site} ({status[change.site]})"
        for change in prepared.loaded.scenario.network.change
        if change.site in status and change.site not in on_air
    )
    if silent:
        yield (
            "sites that are not on air are changed by network.change, which changes nothing of the "
            f"coverage: {first_of(list(silent))}; a status of network.on_air puts them on air"
        )


def _overruled(prepared: Prepared) -> Iterator[str]:
    """Yield what a change of a site says again that an earlier one said otherwise."""
    said: dict[tuple[str, str | None, str], tuple[int, object]] = {}
    for number, change in enumerate(prepared.loaded.scenario.network.change):
        for name in ("position", *CHANGED_KEYS):
            value = getattr(change, name)
            if value is None:
                continue
            earlier = said.get((change.site, change.transmitter, name))
            if earlier is not None and earlier[1] != value:
                yield (
                    f"{name} of {change.site} is that of network.change[{number}], which overrules "
                    f"network.change[{earlier[0]}]"
                )
            said[change.site, change.transmitter, name] = number, value


def _beams_stated_twice(prepared: Prepared) -> Iterator[str]:
    """Yield the layers whose stated traffic gain is without effect."""
    layers, antennas = prepared.loaded.scenario.layers, prepared.radio.antennas
    used = sorted({(sector.layer, sector.antenna) for sector in prepared.radio.sectors})
    for key, antenna in used:
        layer = layers[key]
        if layer.traffic_gain_db and has_beams(layer, antennas[antenna]):
            yield (
                f"layers.{key}.traffic_gain_db = {layer.traffic_gain_db:g} is without effect on "
                f"{antenna}: an array steers its own traffic beams; leave it out, and "
                "state the panel's rows, columns and element gain under [antennas]"
            )


def _steps_of_open_land(prepared: Prepared) -> Iterator[str]:
    """Yield that the profile's points lie otherwise than open land's height was tuned for."""
    step_m, (shortest_m, longest_m) = prepared.radio.profile_step_m, _OPEN_LAND_STEPS_M
    if open_land_height_m(prepared.ground.terrain) and not shortest_m <= step_m <= longest_m:
        yield (
            f"propagation.profile_step_m is {step_m:g}, and the height of open land in the clutter "
            "table is an effective one, tuned to steps of 30 m; let `run --sensitivity` say what "
            "hangs on it"
        )
