"""What may be built in a scenario, and whom it would serve."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from coverage_sim.engine.run_context import Progress, RunContext, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.engine.user_store import open_context
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.io.validation import GivenPath, Threads, checks_arguments
from coverage_sim.scenario.load import LoadedScenario, load_scenario
from coverage_sim.studies.plan import plan_files  # noqa: F401  # what they are saved as
from coverage_sim.studies.plan.backhaul import with_routes
from coverage_sim.studies.plan.hops import Route
from coverage_sim.studies.plan.needs import goal_needs, places_today
from coverage_sim.studies.plan.options import Options
from coverage_sim.studies.plan.positions import new_positions
from coverage_sim.studies.plan.reach import Finder, find_reaches
from coverage_sim.studies.plan.records import Candidates
from coverage_sim.studies.run.run import run_loaded
from coverage_sim.zoning.verdicts import today


@checks_arguments
def candidates(
    scenario: GivenPath,
    *,
    date: dt.date | None = None,
    store: Store | None = None,
    threads: Threads | None = None,
    progress: Progress = no_progress,
) -> Candidates:
    """List what may be built: approved positions, standing masts, new ones; whom each serves.

    Parameters
    ----------
    scenario : str or Path
        The scenario file; its ``[plan]`` says what is wanted.
    date : date, optional
        Day of the zoning check, today by default.
    store : Store, optional
        Where path loss is kept between runs; the user's cache folder by default.
    threads, progress
        As in `coverage_sim.run`.

    Raises
    ------
    InputError
        If the scenario has no prices or no villages, and with everything that is wrong with it
        and the files it names.

    Examples
    --------
    >>> import datetime
    >>> import coverage_sim
    >>> found = coverage_sim.candidates("today.toml", date=datetime.date(2026, 11, 1))
    >>> sorted({option.action.kind for option in found.reaches.options})
    ['build_approved', 'new_mast']
    """
    context = open_context(store, threads, progress)
    return find_candidates(load_scenario(Path(scenario)), date or today(), context)


def find_candidates(loaded: LoadedScenario, date: dt.date, context: RunContext) -> Candidates:
    """Return what may be built in a scenario, and whom it would serve.

    Parameters
    ----------
    loaded : LoadedScenario
        With ``[plan]`` and ``[costs]``.
    date : date
        Day of the zoning check.
    context : RunContext
        How the network is run, and the options are evaluated.

    Raises
    ------
    InputError
        If the scenario has no prices or no villages, and with everything that is wrong with it.
    """
    scenario = loaded.scenario
    missing = [
        message
        for absent, message in (
            (scenario.costs is None, "the scenario has no [costs]; a plan needs prices."),
            (scenario.places is None, "the scenario has no [places]; a plan is for people."),
        )
        if absent
    ]
    if missing:
        raise InputError(*(f"{loaded.path.name}: {one}" for one in missing))
    prepared = prepare(loaded, store=context.store, progress=context.progress)
    base = run_loaded(loaded, context, prepared=prepared)
    choice = scenario.plan
    places = places_today(prepared, base)
    needs = goal_needs(prepared, choice.goals, choice.location_percent)
    lacking = np.zeros(prepared.ground.area.shape)
    for need in needs:
        without = need.lacks(places, choice.margin_db)
        lacking.ravel()[places.cell[without]] += need.goal.weight * places.people_in_place[without]
    positions = new_positions(prepared, lacking, choice.candidates, date=date)
    options = Options(prepared, choice.goals).make_options(positions.allowed)
    routes: Mapping[str, Route] = {}
    every = len(options)
    if choice.backhaul is not None:
        options, routes = with_routes(options, prepared, choice.backhaul)
    margin_db = max(choice.margin_db, *choice.margins_db, 0.0)
    finder = Finder(prepared, places, needs, margin_db, context.store)
    reaches = find_reaches(options, finder, context)
    return Candidates(
        prepared=prepared,
        base=base,
        reaches=reaches,
        positions=positions,
        finder=finder,
        routes=routes,
        without_route=every - len(options),
        date=date,
    )
