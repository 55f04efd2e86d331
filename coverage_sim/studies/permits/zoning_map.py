"""Where a mast may stand in the area of a scenario."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import Ge

from coverage_sim.constants import SEA_CLASS
from coverage_sim.engine.run_context import Progress, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.engine.user_store import default_store
from coverage_sim.inputs.prepare import prepare
from coverage_sim.io.validation import GivenPath, checks_arguments
from coverage_sim.network.sites import MastClass
from coverage_sim.reporting import zoning_files  # noqa: F401  # what it is saved as
from coverage_sim.results.permits import ZoningMap
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.permits.check import zoning_question
from coverage_sim.units import Finite, HeightM
from coverage_sim.zoning.asking import cells_in_province
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.mask import buildable


@checks_arguments
def zoning_map(
    scenario: GivenPath,
    *,
    rules: GivenPath | None = None,
    date: dt.date | None = None,
    total_height_m: HeightM = 44.0,
    mast_class: MastClass = "A2b",
    exposure_m: Annotated[float, Ge(0.0), Finite] | None = None,
    without: Sequence[str] = (),
    store: Store | None = None,
    progress: Progress = no_progress,
) -> ZoningMap:
    """Ask every zoning rule of every cell of a scenario's area.

    Parameters
    ----------
    scenario : str or Path
        The scenario file whose area is asked.
    rules : str or Path, optional
        Rule file, or ``"builtin:nam_dinh"``; the scenario's where None.
    date : date, optional
        On which day, today by default.
    total_height_m : float
        Of the mast, from the ground to its top. [m]
    mast_class : str
        As `coverage_sim.network.sites.MastClass` has them.
    exposure_m : float, optional
        How far its limit of exposure reaches; rules of exposure are not evaluated without. [m]
    without : sequence of str
        Ids of rules to leave out.
    store : Store, optional
        Keeps the terrain; the user's cache folder by default.
    progress : Progress, optional
        Called with the stage, the steps done and their number.

    Raises
    ------
    InputError
        If there are no rules or none of such an id, and with everything that is wrong with the
        rules, the scenario and its layers.

    Examples
    --------
    >>> import datetime
    >>> import coverage_sim
    >>> found = coverage_sim.zoning_map("today.toml", date=datetime.date(2026, 11, 1))
    >>> {name: round(percent, 1) for name, percent in found.shares_percent().items()}
    {'free': 0.0, 'for_review': 100.0, 'blocked': 0.0}
    """
    loaded = load_scenario(Path(scenario))
    prepared = prepare(loaded, store=store or default_store(), progress=progress)
    question = zoning_question(prepared, rules, date, without)
    mast = Case(
        id="mast",
        name="",
        x=0.0,
        y=0.0,
        total_height_m=total_height_m,
        mast_class=mast_class,
        exposure_m=exposure_m,
    )
    ground = prepared.ground
    cover = ground.area_terrain["clutter_class"].to_numpy()
    land = np.isfinite(ground.area_ground_m) & (cover != SEA_CLASS)
    land &= cells_in_province(ground.area, question.around)
    progress("zoning", 0, 1)
    mask = buildable(ground.area, mast, question, known=land)
    progress("zoning", 1, 1)
    return ZoningMap(mask=mask, mast=mast, question=question, prepared=prepared, land=land)
