"""What is found about permits: sites checked, assessed, placed otherwise; where masts may stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from coverage_sim.inputs.prepare import Prepared, synthetic_files
from coverage_sim.network.site_lint import Finding as DataFinding
from coverage_sim.network.sites import Site
from coverage_sim.results.folders import Savable
from coverage_sim.results.papers import Papers
from coverage_sim.results.result import Result
from coverage_sim.scenario.networks import Network
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.mask import BLOCKED, FREE, REVIEW, Mask
from coverage_sim.zoning.question import ZoningQuestion
from coverage_sim.zoning.verdicts import DECISIONS, Check, Decision

#: Names of what a cell of a mask is.
STATES: Final = {FREE: "free", REVIEW: "for_review", BLOCKED: "blocked"}


def of_proposals(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return tables of proposals together, each row with its ``proposal``.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By proposal, at least one; those without rows may lack columns.
    """
    parts = []
    for name, table in tables.items():
        part = table.copy()
        part.insert(0, "proposal", name)
        parts.append(part)
    filled = [part for part in parts if len(part)] or parts[:1]
    together: pd.DataFrame = pd.concat(filled, ignore_index=True)
    return together


@dataclass(frozen=True, kw_only=True, eq=False)
class SiteCheck(Savable):
    """Sites that were checked against zoning rules.

    Parameters
    ----------
    check : Check
        What the rules say.
    question : ZoningQuestion
        By what they were asked; the sites themselves are among its surroundings.
    sites : tuple of Site
        As the list has them.
    assumed : dict of str to tuple of str
        By site: what the list did not say and was assumed.
    papers : Papers
        What else sheets and letter say of them.
    files : mapping of str to Path
        What was read beside the scenario's own inputs, by the name that manifests use.
    prepared : Prepared
        The scenario around them.
    """

    check: Check
    question: ZoningQuestion
    sites: tuple[Site, ...]
    assumed: dict[str, tuple[str, ...]]
    papers: Papers
    files: Mapping[str, Path]
    prepared: Prepared

    @property
    def synthetic(self) -> tuple[str, ...]:
        """Names of the inputs that are synthetic, those of the check too."""
        return (*self.prepared.synthetic, *synthetic_files(self.files))


@dataclass(frozen=True, kw_only=True, eq=False)
class Assessment:
    """What is found of one proposed site.

    Parameters
    ----------
    site : Site
        The proposal.
    base : Result
        Of the scenario as it is.
    run_after : callable
        Returns the result with the proposal: it is found anew each time, for those of many
        proposals do not go into memory together.
    changed : tuple of Network
        The networks that it changes, of its operators and of any.
    reach_m : float
        How far its antennas usually reach. [m]
    checked : SiteCheck
        What zoning says of it and of those proposed with it.
    gains : DataFrame
        One row a network of its operators and of any: people, villages, communes and must-cover
        places gained and lost at the least level; of its operators also ``served_people``, whom
        the site serves best.
    neighbours : DataFrame
        The nearest masts: ``site, away_m``, people that each serves best of any operator's network
        before and after, and the median change of SINR for the people it served.
    sharing : DataFrame
        The nearest masts that its operators are not on and that have room: ``site, away_m,
        operators``, the ``antenna_height_m`` at which theirs would hang, ``free_slots`` and
        ``load_percent`` as the list has them, people gained by each network if they came onto
        that mast instead, whom it would serve best of theirs, ``cost_vnd``.
    cost_vnd : float
        Of the proposal; NaN without prices. [VND]
    """

    site: Site
    base: Result
    run_after: Callable[[], Result]
    changed: tuple[Network, ...]
    reach_m: float
    checked: SiteCheck
    gains: pd.DataFrame
    neighbours: pd.DataFrame
    sharing: pd.DataFrame
    cost_vnd: float

    @property
    def decision(self) -> Decision:
        """What zoning answers."""
        return self.checked.check.decision(self.site.id)


@dataclass(frozen=True, kw_only=True, eq=False)
class Assessments(Savable):
    """Proposed sites, each assessed by itself.

    Parameters
    ----------
    sites : tuple of Assessment
        One a proposal, at least one.
    doubtful : tuple of Finding
        What is doubtful in their data, as ``site lint`` finds it.
    prepared : Prepared
        The scenario as it is.
    """

    sites: tuple[Assessment, ...]
    doubtful: tuple[DataFinding, ...]
    prepared: Prepared

    def worst(self) -> Decision:
        """Return what zoning answers of the worst of them."""
        return min((one.decision for one in self.sites), key=DECISIONS.index)


@dataclass(frozen=True, kw_only=True, eq=False)
class SiteAlternatives:
    """Positions and heights around one proposed site, the best first.

    Parameters
    ----------
    site : Site
        The proposal.
    case : Case
        The proposal as rules ask about it.
    table : DataFrame
        One row a position and height: ``rank``, ``longitude``, ``latitude``, ``easting_m``,
        ``northing_m``, ``away_m`` from the proposal, ``antenna_height_m``, ``refused`` (a rule
        blocks it, whatever its mark), ``worst`` (the worst verdict of any rule), ``decision`` of
        zoning and ``zoning`` (rules that are broken, ask, or are unsure), ``gained_people`` by
        network (who have it then and have it not today), ``cost_vnd``,
        ``people_per_billion_vnd`` of the first network. Ordered by the worst verdict, people of
        the first network for the money (people alone without prices), cost, distance.
    networks : tuple of Network
        Those that gain; the first ranks.
    """

    site: Site
    case: Case
    table: pd.DataFrame
    networks: tuple[Network, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Alternatives(Savable):
    """Positions and heights around proposed sites.

    Parameters
    ----------
    sites : tuple of SiteAlternatives
        One a proposal, at least one.
    question : ZoningQuestion
        By what zoning was asked.
    radius_m, step_m : float
        How far around, and how far apart the positions are. [m]
    files : mapping of str to Path
        What was read beside the scenario's own inputs, by the name that manifests use.
    prepared : Prepared
        The scenario.
    """

    sites: tuple[SiteAlternatives, ...]
    question: ZoningQuestion
    radius_m: float
    step_m: float
    files: Mapping[str, Path]
    prepared: Prepared

    def table(self) -> pd.DataFrame:
        """Return the tables of all proposals together, each row with its ``proposal``."""
        return of_proposals({one.site.id: one.table for one in self.sites})

    @property
    def synthetic(self) -> tuple[str, ...]:
        """Names of the inputs that are synthetic, those of zoning too."""
        return (*self.prepared.synthetic, *synthetic_files(self.files))


@dataclass(frozen=True, kw_only=True, eq=False)
class ZoningMap(Savable):
    """A mask and what it was asked of.

    Parameters
    ----------
    mask : Mask
        Where the mast may stand.
    mast : Case
        The mast.
    question : ZoningQuestion
        By what it was asked, without the rules that were left out.
    prepared : Prepared
        The scenario.
    land : ndarray of bool, shape (rows, cols)
        Known ground that is not the sea.
    """

    mask: Mask
    mast: Case
    question: ZoningQuestion
    prepared: Prepared
    land: np.ndarray[Any, np.dtype[np.bool_]]

    @property
    def synthetic(self) -> tuple[str, ...]:
        """Names of the inputs that are synthetic, those of zoning too."""
        return (*self.prepared.synthetic, *synthetic_files(self.question.files))

    def by_rule(self) -> pd.DataFrame:
        """Return how much land each rule decides.

        Returns
        -------
        DataFrame
            ``rule, severity, mark, document, article, land_km2, land_percent``; rules that could
            not be asked at all have NaN.
        """
        cell_km2 = (self.prepared.ground.cell_m / 1000.0) ** 2
        total = max(int(self.land.sum()), 1)
        counts = np.bincount(self.mask.rule[self.land], minlength=len(self.mask.rules) + 1)
        by_id = {rule.id: int(counts[k]) for k, rule in enumerate(self.mask.rules, start=1)}
        rows = []
        for rule in self.question.rules.rules:
            if rule.id not in by_id and rule.id not in self.mask.not_evaluated:
                continue
            cells = by_id.get(rule.id, np.nan)
            rows.append(
                {
                    "rule": rule.id,
                    "severity": rule.severity,
                    "mark": rule.mark,
                    "document": self.question.rules.documents[rule.document].number,
                    "article": rule.article,
                    "land_km2": cells * cell_km2,
                    "land_percent": 100.0 * cells / total,
                }
            )
        return pd.DataFrame(rows)

    def shares_percent(self) -> dict[str, float]:
        """Return how much of the land is free, for review and blocked. [%]"""
        counts = np.bincount(self.mask.state[self.land], minlength=len(STATES))
        total = max(int(self.land.sum()), 1)
        return {name: 100.0 * float(counts[state]) / total for state, name in STATES.items()}
