"""Sites of a list checked against a province's rules, in the surroundings of a scenario."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import shapely

from coverage_sim.engine.run_context import Progress, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.engine.user_store import default_store
from coverage_sim.errors import InputError
from coverage_sim.inputs.network_lists import files_of_list
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.io.headers import NO_ALIASES
from coverage_sim.io.validation import GivenPath, checks_arguments
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.sites import Site, highest_antenna_m
from coverage_sim.places.boundaries import TOLERANCE_M
from coverage_sim.reporting import permit_files  # noqa: F401  # what it is saved as
from coverage_sim.results.permits import SiteCheck
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.permits.mast_emission import MastEmissions
from coverage_sim.studies.permits.proposals import proposal_layout
from coverage_sim.studies.permits.site_papers import papers_of
from coverage_sim.works.prices import STANDING
from coverage_sim.zoning.case import POSITION_ACCURACY_M, Case
from coverage_sim.zoning.feature_layers import Layer, VectorLayer, layer_of
from coverage_sim.zoning.layer_files import areas_of_file, read_layers
from coverage_sim.zoning.question import ZoningQuestion
from coverage_sim.zoning.rule_files import LoadedRules, load_rules, without_rules
from coverage_sim.zoning.rules.base import Surroundings
from coverage_sim.zoning.verdicts import today

#: Layers that the site lists make, by the statuses of their sites.
_OF_LISTS: Final[dict[str, tuple[str, ...]]] = {
    "masts": STANDING,
    "approved_positions": ("approved_built", "approved_unbuilt"),
}


@checks_arguments
def check_sites(
    sites: GivenPath,
    scenario: GivenPath,
    *,
    rules: GivenPath | None = None,
    date: dt.date | None = None,
    without: Sequence[str] = (),
    sites_crs: str | None = None,
    headers: Mapping[str, str] = NO_ALIASES,
    constants: Mapping[str, str] = NO_ALIASES,
    store: Store | None = None,
    progress: Progress = no_progress,
) -> SiteCheck:
    """Ask every zoning rule about every site of a list.

    Parameters
    ----------
    sites : str or Path
        A list of sites, as the scenario's lists are.
    scenario : str or Path
        The scenario file around them: terrain, layers, other masts.
    rules : str or Path, optional
        Rule file, or ``"builtin:nam_dinh"``; the scenario's where None.
    date : date, optional
        On which day, today by default.
    without : sequence of str
        Ids of rules to leave out.
    sites_crs : str, optional
        CRS of the positions; the scenario's ``network.sites_crs`` where None.
    headers, constants : mapping of str to str
        What headers of the list mean, and what columns say that it lacks, beside the scenario's.
    store : Store, optional
        Keeps the terrain; the user's cache folder by default.
    progress : Progress, optional
        Called with the stage, the steps done and their number.

    Raises
    ------
    InputError
        If there are no rules, and with everything that is wrong with the list, the rules, the
        scenario and its layers.

    Examples
    --------
    >>> import datetime
    >>> import coverage_sim
    >>> day = datetime.date(2026, 11, 1)
    >>> checked = coverage_sim.check_sites("sites_synthetic.csv", "today.toml", date=day)
    >>> len(checked.sites), checked.check.findings[0].verdict
    (2, 'not_evaluated')
    """
    loaded = load_scenario(Path(scenario))
    prepared = prepare(loaded, store=store or default_store(), progress=progress)
    layout = proposal_layout(prepared, sites_crs, headers, constants)
    listed = read_sites(Path(sites), layout)
    question = zoning_question(prepared, rules, date, without)
    return check_given(listed, prepared, question, Path(sites))


def zoning_question(
    prepared: Prepared,
    rules: str | Path | None,
    date: dt.date | None,
    without: Sequence[str] = (),
) -> ZoningQuestion:
    """Return by what zoning is asked in a scenario: today and by its own rules, unless told.

    Raises
    ------
    InputError
        If neither says which rules, and with everything that is wrong with them and the layers.
    """
    day = date or today()
    given = asked_rules(prepared, rules)
    ids = [rule.id for rule in given.rules.rules]
    return ZoningQuestion(
        rules=without_rules(given.rules, without),
        date=day,
        around=read_surroundings(prepared, day),
        waived={
            name: waiver
            for name, waiver in prepared.loaded.scenario.zoning.waived.items()
            # Of another rule file than the scenario's a waiver says nothing.
            if name not in without and (rules is None or name in ids)
        },
        files=_files(prepared, given, day),
    )


def asked_rules(prepared: Prepared, given: str | Path | None) -> LoadedRules:
    """Return the rules that are given, or else the scenario's.

    Raises
    ------
    InputError
        If neither says which, or with everything that is wrong with the file.
    """
    chosen = given or prepared.loaded.scenario.zoning.rules
    if chosen is None:
        msg = "there are no rules: give --rules, or name zoning.rules in the scenario."
        raise InputError(msg)
    return load_rules(chosen)


def zoning_files(prepared: Prepared, date: dt.date) -> dict[str, Path]:
    """Return what a scenario's own zoning reads on a day, by the names that manifests use."""
    if prepared.loaded.scenario.zoning.rules is None:
        return {}
    return _files(prepared, asked_rules(prepared, None), date)


def _files(prepared: Prepared, rules: LoadedRules, date: dt.date) -> dict[str, Path]:
    """Return the files of rules, of layers that are valid on a day, and of where rules hold."""
    zoning = prepared.loaded.scenario.zoning
    files = {"zoning.rules": rules.path}
    for name, choice in zoning.layers.items():
        if choice.is_valid_on(date):
            files[f"zoning.layers.{name}.file"] = choice.file
            if choice.extent is not None:
                files[f"zoning.layers.{name}.extent"] = choice.extent
    if zoning.boundary is not None:
        files["zoning.boundary"] = zoning.boundary
    return files


def check_given(
    sites: Sequence[Site], prepared: Prepared, question: ZoningQuestion, path: Path
) -> SiteCheck:
    """Check sites that a file lists, in a scenario; errors as in `check_sites`."""
    cases, assumed = [], {}
    emissions = MastEmissions(prepared, sites)
    for site in sites:
        case, missing = zoning_case(site, prepared, emissions)
        cases.append(case)
        assumed[site.id] = missing
    around = replace(question.around, proposed=_proposed(sites))
    together = replace(question, around=around)
    return SiteCheck(
        check=together.of(cases),
        question=together,
        sites=tuple(sites),
        assumed=assumed,
        papers=papers_of(sites, path, prepared, question),
        files={**files_of_list("sites", path), **question.files},
        prepared=prepared,
    )


def read_surroundings(prepared: Prepared, date: dt.date) -> Surroundings:
    """Return the layers of a scenario, those that its site lists make, and its terrain.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    date : date
        Layers that are not valid on this day are left out, and told.

    Raises
    ------
    InputError
        With everything that is wrong with the layers.
    """
    scenario = prepared.loaded.scenario
    layers: dict[str, Layer] = {}
    for name, statuses in _OF_LISTS.items():
        made = _of_sites(name, prepared.sites, statuses)
        if made is not None:
            layers[name] = made
    choices = scenario.zoning.layers
    valid = {name: choice for name, choice in choices.items() if choice.is_valid_on(date)}
    layers = {name: layer for name, layer in layers.items() if name not in choices}
    layers |= read_layers(valid, prepared.ground.crs)
    return Surroundings(
        layers=layers,
        ground=prepared.ground,
        province=_province(prepared),
        out_of_date={
            name: choice.validity() for name, choice in choices.items() if name not in valid
        },
    )


def _province(prepared: Prepared) -> VectorLayer | None:
    """Return where the rules hold; None where neither a boundary nor communes say it."""
    boundary, crs = prepared.loaded.scenario.zoning.boundary, prepared.ground.crs
    if boundary is not None:
        return areas_of_file(boundary, crs)
    if prepared.communes is None:
        return None
    shapes = prepared.communes.geometry.to_crs(crs).to_numpy().astype(object)
    areal = shapely.get_dimensions(shapes) == 2
    if not areal.all():
        return None
    return layer_of("communes", shapes, accuracy_m=TOLERANCE_M)


def _of_sites(name: str, sites: Sequence[Site], statuses: Collection[str]) -> VectorLayer | None:
    own = [site for site in sites if site.status in statuses]
    if not own:
        return None
    shapes = np.asarray(shapely.points([(site.x, site.y) for site in own]), dtype=object)
    return layer_of(
        name,
        shapes,
        attributes={"operators": np.array([";".join(site.operators) for site in own], object)},
        labels=tuple(site.id for site in own),
        accuracy_m=POSITION_ACCURACY_M,
    )


def _proposed(sites: Sequence[Site]) -> VectorLayer:
    """Return the sites of a list as a layer: they must stand apart from each other too."""
    places = np.asarray(shapely.points([(site.x, site.y) for site in sites]), dtype=object)
    accuracy_m = [site.position_accuracy_m or POSITION_ACCURACY_M for site in sites]
    return layer_of(
        "proposed",
        places,
        attributes={"accuracy_m": np.array(accuracy_m, dtype=object)},
        labels=[site.id for site in sites],
        accuracy_m=0.0,
    )


def zoning_case(
    site: Site, prepared: Prepared, emissions: MastEmissions
) -> tuple[Case, tuple[str, ...]]:
    """Return a site as rules ask about it, and what its list did not say of it."""
    above_m = prepared.loaded.scenario.zoning.above_antenna_m
    highest_m = highest_antenna_m(site)
    # What is lower than its own antennas is a mistake, and says nothing.
    stated_m = site.total_height_m or 0.0
    missing = tuple(
        name
        for name, said in (
            ("total_height_m", stated_m >= highest_m),
            ("mast_class", site.mast_class is not None),
            ("position_accuracy_m", site.position_accuracy_m is not None),
        )
        if not said
    )
    case = Case(
        id=site.id,
        name=site.name,
        x=site.x,
        y=site.y,
        total_height_m=stated_m if stated_m >= highest_m else highest_m + above_m,
        # Most masts on the ground are A2b, those on roofs A2a.
        mast_class=site.mast_class or ("A2a" if site.structure == "roof" else "A2b"),
        position_accuracy_m=site.position_accuracy_m or POSITION_ACCURACY_M,
        exposure_m=emissions.reach_m(site),
    )
    return case, missing
