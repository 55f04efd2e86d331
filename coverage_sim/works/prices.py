"""What work one network is away from another, and what that costs."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import pandas as pd

from coverage_sim.network.sites import Sector, Site
from coverage_sim.scenario.schema_costs import Costs

Work = Literal["mast", "power_fibre", "marking", "layer", "share", "raise", "visit"]

#: Statuses of masts that stand.
STANDING: Final = ("existing", "approved_built")

#: A site that is put elsewhere by less than this stays where it is. [m]
_SAME_PLACE_M = 1.0


class Task(NamedTuple):
    """Work of one kind on one site.

    Parameters
    ----------
    site : str
        Id.
    work : str
        ``"mast"`` built, ``"power_fibre"`` brought to it, aviation ``"marking"``, ``"layer"`` put
        up, operator who comes to ``"share"``, antennas brought higher (``"raise"``), crew's
        ``"visit"``.
    quantity : int
        How often: layers, operators; 1 for a mast.
    cost_vnd : float
        Of all of it. [VND]
    """

    site: str
    work: Work
    quantity: int
    cost_vnd: float


class Equipped(NamedTuple):
    """A site on air and its sectors.

    Parameters
    ----------
    site : Site
        Where and on what.
    sectors : tuple of Sector
        All of the site's.
    """

    site: Site
    sectors: tuple[Sector, ...]


def equip(sites: Sequence[Site], sectors: Iterable[Sector]) -> dict[str, Equipped]:
    """Return each site that has sectors, by id."""
    by_site: dict[int, list[Sector]] = {}
    for sector in sectors:
        by_site.setdefault(sector.site, []).append(sector)
    return {sites[row].id: Equipped(sites[row], tuple(own)) for row, own in sorted(by_site.items())}


def tasks_between(
    before: Equipped | None, after: Equipped | None, costs: Costs, *, stands: bool = False
) -> list[Task]:
    """Return the work that makes a site of one network that of another.

    Taking down and switching off costs nothing here.

    Parameters
    ----------
    before, after : Equipped or None
        The site in both; None where it is not on air.
    costs : Costs
        What each piece of work costs.
    stands : bool
        Whether the mast stands already though nothing transmits from it.
    """
    return [task for task in _tasks(before, after, costs, stands) if task.quantity]


def _tasks(
    before: Equipped | None, after: Equipped | None, costs: Costs, stands: bool
) -> Iterator[Task]:
    if after is None or after == before:
        return
    site = after.site
    now = _by_carrier(after)
    if before is None:
        if not stands:
            yield from _build(after, costs)
        yield Task(site.id, "layer", len(now), len(now) * costs.layer_vnd)
        return
    moved = math.hypot(site.x - before.site.x, site.y - before.site.y) >= _SAME_PLACE_M
    if moved:
        yield from _build(after, costs)
    elif _is_marked(after, costs) and not _is_marked(before, costs):
        yield Task(site.id, "marking", 1, costs.marking_vnd)
    was = _by_carrier(before)
    new = [carrier for carrier in now if carrier not in was]
    yield Task(site.id, "layer", len(new), len(new) * costs.layer_vnd)
    operators = {operator for operator, _ in now} - {operator for operator, _ in was}
    yield Task(site.id, "share", len(operators), len(operators) * costs.share_vnd)
    kept = [carrier for carrier in now if carrier in was]
    raised_m = max((_highest_m(now[c]) - _highest_m(was[c]) for c in kept), default=0.0)
    if raised_m > 0.0 and not moved:
        cost_vnd = costs.raise_vnd + raised_m * costs.raise_per_m_vnd
        yield Task(site.id, "raise", 1, cost_vnd)  # the crew is there: it turns and tilts too
        return
    # What is moved to a new mast is put up there by a crew, however high.
    visited = {carrier[0] for carrier in kept if moved or now[carrier] != was[carrier]}
    yield Task(site.id, "visit", len(visited), len(visited) * costs.visit_vnd)


def _build(new: Equipped, costs: Costs) -> Iterator[Task]:
    """Yield what a new mast takes; what costs nothing is no work to be told."""
    name, on_roof = new.site.id, new.site.structure == "roof"
    yield Task(name, "mast", 1, costs.roof_mast_vnd if on_roof else _mast_vnd(new, costs))
    if costs.power_fibre_vnd:
        yield Task(name, "power_fibre", 1, costs.power_fibre_vnd)
    if _is_marked(new, costs):
        yield Task(name, "marking", 1, costs.marking_vnd)


def _mast_vnd(one: Equipped, costs: Costs) -> float:
    """Return what a mast on the ground costs by its height. [VND]"""
    above_m = _height_m(one) - costs.mast_height_m
    return max(costs.mast_vnd + above_m * costs.mast_per_m_vnd, 0.0)


def _is_marked(one: Equipped, costs: Costs) -> bool:
    """Say whether aviation must see a mast, and whether that costs anything."""
    return costs.marking_vnd > 0.0 and _height_m(one) >= costs.marking_from_m


def _height_m(one: Equipped) -> float:
    """Return a mast's height: its list's total height, else that of its highest antenna. [m]"""
    highest_m = max(sector.antenna_height_m for sector in one.sectors)
    return max(one.site.total_height_m or 0.0, highest_m)


_Antenna = tuple[float, float, float]


def _by_carrier(one: Equipped) -> dict[tuple[str, str], tuple[_Antenna, ...]]:
    """Return height, azimuth and tilt of the antennas of each operator and layer."""
    found: dict[tuple[str, str], list[_Antenna]] = {}
    for sector in one.sectors:
        tilt_deg = sector.electrical_downtilt_deg + sector.mechanical_downtilt_deg
        found.setdefault((sector.operator, sector.layer), []).append(
            (sector.antenna_height_m, sector.azimuth_deg, tilt_deg)
        )
    return {carrier: tuple(sorted(antennas)) for carrier, antennas in found.items()}


def _highest_m(antennas: Iterable[_Antenna]) -> float:
    return max(height_m for height_m, _, _ in antennas)


def cost_table(
    before: Mapping[str, Equipped],
    after: Mapping[str, Equipped],
    costs: Costs,
    *,
    standing: Collection[str] = (),
) -> pd.DataFrame:
    """Return the work between two networks, a row a site and kind of work.

    Parameters
    ----------
    before, after : mapping of str to Equipped
        The sites on air, by id.
    costs : Costs
        What each piece of work costs.
    standing : collection of str
        Ids of the masts that stand before, on air or not.

    Returns
    -------
    DataFrame
        ``site``, ``work``, ``quantity``, ``cost_vnd``, in the order of the sites' ids.
    """
    tasks = [
        task
        for name in sorted({*before, *after})
        for task in tasks_between(before.get(name), after.get(name), costs, stands=name in standing)
    ]
    return pd.DataFrame(tasks, columns=list(Task._fields))
