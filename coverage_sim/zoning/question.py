"""By what zoning is asked: rules, layers and terrain, a day, and what somebody answers for."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coverage_sim.zoning.case import Case
from coverage_sim.zoning.rule_files import RuleFile
from coverage_sim.zoning.rules.base import Surroundings
from coverage_sim.zoning.verdicts import Check, Waivers, check


@dataclass(frozen=True, kw_only=True, eq=False)
class ZoningQuestion:
    """What zoning is asked by.

    Parameters
    ----------
    rules : RuleFile
        The rules.
    date : date
        On which day.
    around : Surroundings
        Layers and terrain.
    waived : mapping of str to Waiver
        Rules that somebody answers for, by id.
    files : mapping of str to Path
        What was read of rules and layers, by the name that manifests use.
    """

    rules: RuleFile
    date: dt.date
    around: Surroundings
    waived: Waivers
    files: Mapping[str, Path] = field(default_factory=dict)

    def of(self, cases: Sequence[Case]) -> Check:
        """Return what zoning says of masts; errors as of `coverage_sim.zoning.verdicts.check`."""
        return check(cases, self.rules, self.around, date=self.date, waived=self.waived)
