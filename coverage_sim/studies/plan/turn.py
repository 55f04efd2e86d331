"""Turn and tilt the chosen antennas for more people: one site after the other, while it helps."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from coverage_sim.array_types import Ints
from coverage_sim.engine.run_context import Progress, no_progress
from coverage_sim.network.carriers import Carrier
from coverage_sim.scenario.schema_network import NewSite, SiteChange
from coverage_sim.studies.plan.options import Option
from coverage_sim.studies.plan.reach import Finder
from coverage_sim.studies.plan.rows import Reach, Rows

#: All directions of a site together are turned by these. [deg]
_TURNS_DEG: Final = (20.0, 40.0, 60.0, 80.0, 100.0)

#: And tilted by these. [deg]
_TILTS_DEG: Final = (-4.0, -2.0, 2.0, 4.0)

#: So often at most each site is asked.
_ROUNDS: Final = 2

#: Less weight than this is no gain.
_LEAST: Final = 0.5


class Turned(NamedTuple):
    """The chosen options, turned.

    Parameters
    ----------
    options : tuple of Option
        In the order they were given.
    rows : tuple of ndarray of int64
        What each serves then.
    gained : float
        Weight that turning brought.
    """

    options: tuple[Option, ...]
    rows: tuple[Ints, ...]
    gained: float


def turn_antennas(
    options: Sequence[Option],
    served: Sequence[Ints],
    rows: Rows,
    finder: Finder,
    usual_tilt_deg: Mapping[str, float],
    *,
    progress: Progress = no_progress,
) -> Turned:
    """Turn and tilt the antennas of new sites until nothing helps any more.

    Antennas that hang already are left as they are: others have them as their server.

    Parameters
    ----------
    options : sequence of Option
        What was chosen.
    served : sequence of ndarray of int64
        Rows that each serves.
    rows : Rows
        The problem.
    finder : Finder
        Evaluates sites by themselves.
    usual_tilt_deg : mapping of str to float
        Total downtilt by setting, where a site gives none. [deg]
    progress : Progress
        Called as sites are done.
    """
    now, own = list(options), list(served)
    count = np.zeros(rows.people.size, dtype=np.int64)
    for serves in own:
        count[serves] += 1
    before = float(rows.weights[count > 0].sum())
    asked = [k for k, option in enumerate(now) if _may_turn(option)]
    steps = 0
    for _ in range(_ROUNDS):
        changed = False
        for k in asked:
            count[own[k]] -= 1
            best, serves, most = now[k], own[k], _new(rows, own[k], count)
            for variant in _variants(now[k], usual_tilt_deg):
                reach: Mapping[Carrier, Reach] = finder.of_group([variant])
                found = rows.index.carrier_rows(reach)
                value = _new(rows, found, count)
                if value > most + _LEAST:
                    best, serves, most = variant, found, value
            changed |= best is not now[k]
            now[k], own[k] = best, serves
            count[serves] += 1
            steps += 1
            progress("turning", steps, _ROUNDS * len(asked))
        if not changed:
            break
    if asked:
        progress("turning", _ROUNDS * len(asked), _ROUNDS * len(asked))
    gained = float(rows.weights[count > 0].sum()) - before
    return Turned(tuple(now), tuple(own), gained)


def _new(rows: Rows, serves: Ints, count: Ints) -> float:
    """Return the weight that nobody else serves."""
    return float(rows.weights[serves[count[serves] == 0]].sum())


def _may_turn(option: Option) -> bool:
    return option.builds and not option.site.transmitters


def _variants(option: Option, usual_tilt_deg: Mapping[str, float]) -> list[Option]:
    site = option.site
    tilt_deg = usual_tilt_deg[site.setting] if site.downtilt_deg is None else site.downtilt_deg
    turns = [
        option_with(option, azimuths_deg=tuple((a + turn) % 360.0 for a in site.azimuths_deg))
        for turn in _TURNS_DEG
        # Three directions alike apart are the same again after 120 degrees.
        if not math.isclose(turn % (360.0 / len(site.azimuths_deg)), 0.0)
    ]
    tilts = [
        option_with(option, downtilt_deg=tilt_deg + change)
        for change in _TILTS_DEG
        if tilt_deg + change >= 0.0
    ]
    return [*turns, *tilts]


def option_with(
    option: Option,
    *,
    azimuths_deg: tuple[float, ...] | None = None,
    downtilt_deg: float | None = None,
) -> Option:
    """Return an option with other directions or another downtilt."""
    given: dict[str, object] = {}
    if azimuths_deg is not None:
        given["azimuths_deg"] = azimuths_deg
    if downtilt_deg is not None:
        given["downtilt_deg"] = downtilt_deg
    change: SiteChange | NewSite = dataclasses.replace(
        option.action.change,
        **given,  # type: ignore[arg-type]
    )
    return dataclasses.replace(
        option,
        action=option.action._replace(change=change),
        site=dataclasses.replace(option.site, **given),  # type: ignore[arg-type]
    )
