"""What may be built or put up: every site with its configurations, what each costs whom."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from coverage_sim.engine.radio import Radio
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.carriers import Carrier, layers_of, operators_of
from coverage_sim.network.layers import GENERATION
from coverage_sim.network.network_names import ANY, split_network_key
from coverage_sim.network.sites import Site, carriers_listed, has_room
from coverage_sim.scenario.changes import changed_site, put_up
from coverage_sim.scenario.schema_costs import Costs
from coverage_sim.scenario.schema_network import NewSite, SiteChange
from coverage_sim.scenario.schema_plan import Goal
from coverage_sim.studies.plan.positions import Position
from coverage_sim.works.actions import Action, with_carriers
from coverage_sim.works.kinds import WORK_KINDS, WorkKind
from coverage_sim.works.prices import STANDING, Equipped, Task, equip, tasks_between
from coverage_sim.works.proposed_masts import listed_position, new_mast_id, raised_heights_m

#: Of more carriers than this not every choice is offered, but each, those of a generation, of an
#: operator, and all.
_EVERY_CHOICE = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Option:
    """One way to build or change one site.

    Parameters
    ----------
    action : Action
        What is done, as a scenario writes it.
    site : Site
        As it is then.
    carriers : tuple of Carrier
        ``"operator/layer"`` that are on air there then and were not.
    raised : tuple of str
        Those that hang higher then.
    cost_vnd : float
        Of it. [VND]
    cost_by_operator_vnd : mapping of str to float
        The same by who pays: an operator its equipment, and an equal part of what all need.
    source : str
        ``"approved"``, ``"listed"``, ``"standing"``, or of a new position why it is one.
    zoning : str
        Decision about its position; "" where it was not asked.
    """

    action: Action
    site: Site
    carriers: tuple[Carrier, ...]
    raised: tuple[Carrier, ...] = ()
    cost_vnd: float
    cost_by_operator_vnd: Mapping[str, float]
    source: str
    zoning: str = ""

    @property
    def kind(self) -> WorkKind:
        """What kind of work it is."""
        return WORK_KINDS[self.action.kind]

    @property
    def builds(self) -> bool:
        """Whether a mast is built."""
        return self.kind.builds

    @property
    def shared(self) -> bool:
        """Whether it brings operators together on one mast who are not there already."""
        if self.builds:
            return len(operators_of(self.carriers)) > 1
        return self.action.kind == "share_mast"


class Options:
    """Makes the options of sites.

    Parameters
    ----------
    prepared : Prepared
        The scenario; it has prices.
    goals : sequence of Goal
        What is wanted.
    """

    def __init__(self, prepared: Prepared, goals: Sequence[Goal]) -> None:
        self._prepared = prepared
        self._scenario = prepared.loaded.scenario
        self._choice = self._scenario.plan.candidates
        self._listed = {site.id: site for site in prepared.sites}
        self._equipment = equip(prepared.radio.sites, prepared.radio.sectors)
        self._wanted = _carriers_by_goal(goals, self._prepared)
        assert self._scenario.costs is not None  # noqa: S101  # for the type checker
        self._costs: Costs = self._scenario.costs

    def make_options(self, positions: Sequence[Position]) -> list[Option]:
        """Return the options of every site, approved positions first, then standing masts."""
        found = itertools.chain(
            self._build_approved(),
            self._standing(),
            *(self._new(number, position) for number, position in enumerate(positions, start=1)),
        )
        # What a site lists may already bring what would be added: then the first one stays.
        distinct: dict[tuple[object, ...], Option] = {}
        for one in found:
            site = one.site
            antennas = (site.antenna_height_m, site.azimuths_deg, site.downtilt_deg)
            distinct.setdefault((site.id, one.carriers, one.raised, *antennas), one)
        return list(distinct.values())

    def _build_approved(self) -> Iterator[Option]:
        """Build what is listed and not built: as it is approved, or with more on it."""
        if not self._choice.approved:
            return
        for site in self._prepared.sites:
            if site.status not in ("approved_unbuilt", "candidate") or site.id in self._equipment:
                continue
            source = "approved" if site.status == "approved_unbuilt" else "listed"
            listed = frozenset(carriers_listed(site, self._scenario.layers))
            choices = [(), *_choices(self._carriers_for(site, listed), self._generations())]
            for added in choices if not site.transmitters else choices[:1]:
                if not has_room(site, operators_of(added)):
                    continue
                change = self._built_with(site, added)
                yield from self._option("build_approved", site, change, source)

    def _standing(self) -> Iterator[Option]:
        """Put more onto masts that stand, or bring their antennas higher."""
        if not self._choice.standing:
            return
        for deployed in self._prepared.radio.sites:
            if deployed.in_ring:
                continue
            site = self._listed[deployed.id]
            there = frozenset(carriers_listed(deployed, self._scenario.layers))
            for added in _choices(self._carriers_for(deployed, there), self._generations()):
                if not has_room(site, operators_of(added)):
                    continue
                change = with_carriers(site.id, added)
                kind = (
                    "share_mast"
                    if {operator for operator, _ in added} - set(deployed.operators)
                    else "add_layer"
                )
                yield from self._option(kind, site, change, "standing")
            raise_m, highest_m = self._choice.raise_m, self._choice.highest_antenna_m
            for height_m in raised_heights_m(site, raise_m, highest_m, self._prepared):
                change = SiteChange(site=site.id, antenna_height_m=height_m)
                yield from self._option("raise", site, change, "standing")

    def _new(self, number: int, position: Position) -> Iterator[Option]:
        """Put up a mast where no list has one."""
        at = listed_position(position.x, position.y, self._prepared)
        choice = self._choice
        offered = self._carriers_for(None, frozenset())
        for carriers, height_m, azimuths_deg, tilt_deg in itertools.product(
            _choices(offered, self._generations()),
            choice.heights_m,
            choice.azimuths_deg,
            choice.downtilts_deg or (None,),
        ):
            operators = operators_of(carriers)
            # Where nothing is shared each operator may put up a mast of its own there.
            own = "" if self._scenario.plan.sharing else "".join(f"-{name}" for name in operators)
            new = NewSite(
                id=new_mast_id(f"{number:04d}{own}", self._listed),
                position=at,
                setting=position.setting,
                antenna_height_m=height_m,
                operators=operators,
                layers=layers_of(carriers),
                azimuths_deg=azimuths_deg,
                downtilt_deg=tilt_deg,
            )
            yield from self._option("new_mast", None, new, position.source, position.decision)

    def _option(
        self,
        kind: str,
        listed: Site | None,
        change: SiteChange | NewSite,
        source: str,
        zoning: str = "",
    ) -> Iterator[Option]:
        """Price a change and say what it puts on air; nothing where it brings nothing."""
        prepared, scenario = self._prepared, self._scenario
        crs = prepared.ground.crs
        if isinstance(change, NewSite):
            site = put_up(change, scenario.network, crs)
        else:
            assert listed is not None  # noqa: S101  # for the type checker
            site = changed_site(listed, change, scenario.network, crs)
        radio = prepared.alone([site])
        after = equip(radio.sites, radio.sectors).get(site.id)
        if after is None:
            return
        before = self._equipment.get(site.id)
        had = _heights_m(before)
        has = _heights_m(after)
        added = tuple(carrier for carrier in has if carrier not in had)
        raised = tuple(carrier for carrier in has if has[carrier] > had.get(carrier, math.inf))
        limit = self._choice.carriers_by_class.get(
            site.mast_class or "A2b", self._choice.carriers_on_mast
        )
        if not (added or raised) or (added and len(has) > limit):
            return
        stands = listed is not None and listed.status in STANDING
        tasks = tasks_between(before, after, self._costs, stands=stands)
        new = added or raised
        yield Option(
            action=Action(
                kind,
                site.id,
                operators_of(new),
                layers_of(new),
                listed.antenna_height_m if kind == "raise" and listed is not None else math.nan,
                site.antenna_height_m,
                change,
            ),
            site=site,
            carriers=added,
            raised=raised,
            cost_vnd=sum(task.cost_vnd for task in tasks),
            cost_by_operator_vnd=_paid(tasks, added, has, self._costs),
            source=source,
            zoning=zoning,
        )

    def _generations(self) -> Mapping[str, str]:
        layers = self._scenario.layers
        return {key: GENERATION[layer.technology] for key, layer in layers.items()}

    def _built_with(self, site: Site, added: Iterable[Carrier]) -> SiteChange:
        """Return the change that builds a listed site, with more on it than is listed."""
        carriers = tuple(added)
        operators = tuple(dict.fromkeys((*site.operators, *operators_of(carriers))))
        layers = tuple(dict.fromkeys((*site.layers, *layers_of(carriers))))
        return SiteChange(
            site=site.id,
            status=self._scenario.network.status_when_built,
            operators=operators if operators != site.operators else None,
            layers=layers if layers != site.layers else None,
        )

    def _carriers_for(self, site: Site | None, there: frozenset[Carrier]) -> list[Carrier]:
        """Return the carriers that would serve a goal from a site.

        Of any operator's network those of the operators who are there, or who come for another
        goal; where none of them holds a layer of it, one of each layer.
        """
        own = set() if site is None else set(site.operators)
        offered: dict[Carrier, None] = {}
        named = [pairs for operator, pairs in self._wanted if operator != ANY]
        anyone = [pairs for operator, pairs in self._wanted if operator == ANY]
        for pairs in named:
            offered |= dict.fromkeys(pairs)
        for pairs in anyone:
            come = own | set(operators_of(offered))
            theirs = [carrier for carrier in pairs if carrier.operator in come]
            first_of_layer = {carrier.layer: carrier for carrier in reversed(pairs)}
            offered |= dict.fromkeys(theirs or first_of_layer.values())
        return [carrier for carrier in offered if carrier not in there]


def _carriers_by_goal(goals: Sequence[Goal], prepared: Prepared) -> list[tuple[str, list[Carrier]]]:
    """Return by goal its operator and the carriers that would belong to it.

    Only layers that are on air somewhere, listed of a site or deployed are offered: the table of
    layers may hold bands that no one has a licence for here.
    """
    scenario = prepared.loaded.scenario
    known = {layer for site in prepared.sites for layer in site.layers}
    known |= {sector.layer for sector in prepared.radio.sectors}
    known |= {one.layer for one in scenario.network.deploy}
    found = []
    for goal in goals:
        operator, generation = split_network_key(goal.network)
        found.append(
            (
                operator,
                [
                    Carrier(holder, key)
                    for key, layer in scenario.layers.items()
                    if key in known
                    and GENERATION[layer.technology] == generation
                    and not prepared.loaded.problems_of_layer(key)
                    for holder in layer.operators
                    if operator in (ANY, holder)
                ],
            )
        )
    return found


def _choices(
    carriers: Sequence[Carrier], generations: Mapping[str, str]
) -> list[tuple[Carrier, ...]]:
    """Return which carriers are offered together.

    Examples
    --------
    >>> both = [Carrier("a", "l"), Carrier("a", "n")]
    >>> [[*map(str, one)] for one in _choices(both, {"l": "4g", "n": "5g"})]
    [['a/l'], ['a/n'], ['a/l', 'a/n']]
    """
    if len(carriers) <= _EVERY_CHOICE:
        sizes = range(1, len(carriers) + 1)
        return [one for size in sizes for one in itertools.combinations(carriers, size)]
    together: list[tuple[Carrier, ...]] = [(carrier,) for carrier in carriers]
    for key in (lambda one: generations[one.layer], lambda one: one.operator, lambda _: ""):
        groups: dict[str, list[Carrier]] = {}
        for carrier in carriers:
            groups.setdefault(key(carrier), []).append(carrier)
        together += [tuple(group) for group in groups.values()]
    return list(dict.fromkeys(together))


def _heights_m(one: Equipped | None) -> dict[Carrier, float]:
    """Return the height of the highest antenna of each carrier. [m]"""
    found: dict[Carrier, float] = {}
    for sector in () if one is None else one.sectors:
        found[sector.carrier] = max(found.get(sector.carrier, 0.0), sector.antenna_height_m)
    return found


def _paid(
    tasks: Sequence[Task], added: Sequence[Carrier], has: Mapping[Carrier, float], costs: Costs
) -> dict[str, float]:
    """Return what each operator pays: its own layers and coming, an equal part of the rest."""
    payers = operators_of(added or has)
    paid = dict.fromkeys(payers, 0.0)
    for task in tasks:
        if task.work == "layer":
            for carrier in added:
                paid[carrier.operator] += costs.layer_vnd
        else:
            for operator in payers:
                paid[operator] += task.cost_vnd / len(payers)
    return paid


def option_radio(option: Option, prepared: Prepared, carriers: Iterable[Carrier]) -> Radio:
    """Return the network of an option's site alone, and of it only some carriers."""
    radio = prepared.alone([option.site])
    wanted = set(carriers)
    sectors = tuple(one for one in radio.sectors if one.carrier in wanted)
    return replace(radio, sectors=sectors)
