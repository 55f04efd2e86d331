"""How far the limit of exposure reaches around the sites of a scenario."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from coverage_sim.engine.run_context import Progress, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.engine.user_store import default_store
from coverage_sim.errors import Problems, did_you_mean
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.io.atomic_files import write_json
from coverage_sim.io.file_names import file_names
from coverage_sim.io.validation import GivenPath, checks_arguments
from coverage_sim.radio.emf import power_density_w_m2, reach_of
from coverage_sim.reporting.emf_picture import save_emf_picture
from coverage_sim.reporting.workbook import table_steps
from coverage_sim.results.folders import MANIFEST, PictureFile, Savable, Saving, Step, file_steps
from coverage_sim.results.manifest import make_manifest
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.permits.mast_emission import MastEmissions

#: Height of people on the ground, and where power density is sought around the mast. [m]
_HEIGHT_M = 1.5
_ALONG_M = np.arange(1.0, 301.0)
_ACROSS_DEG = np.arange(0.0, 360.0, 2.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Exposure(Savable):
    """How far the limit of exposure reaches around sites.

    Parameters
    ----------
    table : DataFrame
        One row a site: how many sectors its mast has, the other sites on it, how far the limit
        reaches at worst, in the actual maximum and below the antennas [m], the share of the limit
        on the ground [%], and which limit holds.
    drawn : tuple of str
        Ids of the sites that are drawn.
    prepared : Prepared
        The scenario.
    """

    table: pd.DataFrame
    drawn: tuple[str, ...]
    prepared: Prepared


@checks_arguments
def exposure(
    scenario: GivenPath,
    sites: Sequence[str] = (),
    *,
    store: Store | None = None,
    progress: Progress = no_progress,
) -> Exposure:
    """Return how far the limit of exposure reaches around sites on air.

    Parameters
    ----------
    scenario : str or Path
        The scenario file.
    sites : sequence of str
        Ids of the sites that are asked, and drawn; all in the area, none of them drawn, if empty.
    store : Store, optional
        Keeps the terrain; the user's cache folder by default.
    progress : Progress, optional
        Called with the stage, the steps done and their number.

    Raises
    ------
    InputError
        With every id that there is not, and everything that is wrong with the scenario.

    Examples
    --------
    >>> import coverage_sim
    >>> site = coverage_sim.exposure("today.toml", ["A"]).table.iloc[0]
    >>> float(round(site["worst_case_m"], 1)), site["limit"]
    (42.5, 'qcvn_8_2022')
    """
    loaded = load_scenario(Path(scenario))
    prepared = prepare(loaded, store=store or default_store(), progress=progress)
    emissions = MastEmissions(prepared)
    rows = {site.id: row for row, site in enumerate(prepared.radio.sites)}
    problems = Problems()
    for name in sites:
        if name not in rows:
            hint = did_you_mean(name, rows)
            problems.add(f"--site is {name!r}; no site on air has this id.{hint}")
    problems.raise_if_any()
    chosen = list(sites) or [site.id for site in prepared.radio.sites if not site.in_ring]
    table = pd.DataFrame([_row_of_site(prepared, emissions, rows[name]) for name in chosen])
    return Exposure(table=table, drawn=tuple(sites), prepared=prepared)


def _row_of_site(prepared: Prepared, emissions: MastEmissions, row: int) -> dict[str, object]:
    """Return what the antennas on a site's mast radiate, and how far the limit reaches."""
    sites = prepared.radio.sites
    site = sites[row]
    sectors = emissions.standing_at(site.x, site.y)
    emission, limit = emissions.emission(sectors)
    worst = reach_of(emission.worst_w, limit.power_density_w_m2)
    actual = reach_of(emission.actual_w, limit.power_density_w_m2)
    azimuth = np.radians(_ACROSS_DEG)[:, None]
    on_ground = power_density_w_m2(
        emission.worst_w,
        _ALONG_M * np.sin(azimuth),
        _ALONG_M * np.cos(azimuth),
        max(site.antenna_height_m - _HEIGHT_M, 0.1),
    )
    return {
        "site": site.id,
        "name": site.name,
        "sectors": len(sectors),
        "shared_with": ";".join(
            sites[other].id for other in emissions.rows_at(site.x, site.y) if other != row
        ),
        "antenna_height_m": site.antenna_height_m,
        "worst_case_m": float(worst.horizontal_m.max()),
        "actual_maximum_m": float(actual.horizontal_m.max()),
        "below_antenna_m": worst.below_m,
        "on_ground_percent": 100.0 * float(on_ground.max()) / limit.power_density_w_m2,
        "limit": limit.id,
        "limit_mark": limit.mark,
    }


@file_steps.register
def _(found: Exposure, saving: Saving) -> list[Step]:
    folder = saving.fresh
    manifest = {**make_manifest(found.prepared), "study": "emf"}
    steps: list[Step] = [
        *table_steps(folder, {"emf": found.table}),
        partial(write_json, folder / MANIFEST, manifest),
    ]
    sites = found.prepared.radio.sites
    names = file_names(site.id for site in sites)
    emissions = MastEmissions(found.prepared)
    for row, site in enumerate(sites):
        if saving.maps and site.id in found.drawn:
            picture = saving.picture(f"emf_{names[site.id]}.png")
            steps.append(partial(_draw, found.prepared, emissions, row, picture))
    return steps


def _draw(prepared: Prepared, emissions: MastEmissions, row: int, picture: PictureFile) -> None:
    site = prepared.radio.sites[row]
    emission, limit = emissions.emission(emissions.standing_at(site.x, site.y))
    save_emf_picture(
        picture,
        emission,
        limit,
        site=f"{site.id} {site.name}",
        place=prepared.loaded.scenario.title,
        antenna_height_m=site.antenna_height_m,
        synthetic=bool(prepared.synthetic),
    )
