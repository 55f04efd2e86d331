"""The command emf: exposure around the sites of a scenario."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from coverage_sim.errors import InputError, Problems, did_you_mean
from coverage_sim.inputs.exposure_sources import emission_and_limit
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.radio.emf import power_density_w_m2, reach_of
from coverage_sim.reporting.emf_picture import save_emf_picture
from coverage_sim.reporting.table_writing import Column, rich_table, write_csv
from coverage_sim.scenario.load import load_scenario

#: Height of people on the ground, and where power density is sought around the mast. [m]
_HEIGHT_M = 1.5
_ALONG_M = np.arange(1.0, 301.0)
_ACROSS_DEG = np.arange(0.0, 360.0, 2.0)


def show_exposure(scenario: Path, sites: Sequence[str], *, out: Path) -> None:
    """Print and write the exposure of the named sites, with pictures; of all, without."""
    prepared = prepare(load_scenario(scenario))
    known = [site.id for site in prepared.radio.sites]
    problems = Problems()
    for name in sites:
        if name not in known:
            problems.add(
                f"--site is {name!r}; no site on air has this id.{did_you_mean(name, known)}"
            )
    problems.raise_if_any()
    chosen = list(sites) or [site.id for site in prepared.radio.sites if not site.in_ring]
    pictures = out if sites else None
    try:
        table = pd.DataFrame([_one_site(prepared, known.index(name), pictures) for name in chosen])
        write_csv(out / "emf.csv", table)
    except OSError as error:
        msg = f"{error.filename}: cannot be written ({error.strerror}). Name another folder."
        raise InputError(msg) from None
    console = Console(highlight=False)
    shown = table.sort_values("worst_case_m", ascending=False).head(20)
    console.print(
        rich_table(
            shown,
            title=f"Exposure around sites: {prepared.loaded.scenario.title}",
            columns=[
                Column(name="site", label="Site", align="left"),
                Column(name="sectors", label="sectors"),
                Column(name="worst_case_m", label="worst case\nm", digits=1),
                Column(name="actual_maximum_m", label="actual\nmaximum, m", digits=1),
                Column(name="below_antenna_m", label="below\nantenna, m", digits=1),
                Column(name="on_ground_percent", label="on the ground\n% of limit", digits=1),
            ],
        )
    )
    if len(table) > len(shown):
        console.print(f"The {len(shown)} largest of {len(table):,}; all are in {out / 'emf.csv'}.")
    else:
        console.print(f"Written: {out}")


def _one_site(prepared: Prepared, row: int, folder: Path | None) -> dict[str, object]:
    radio = prepared.radio
    site = radio.sites[row]
    sectors = [sector for sector in radio.sectors if sector.site == row]
    emission, limit = emission_and_limit(sectors, radio.layers, radio.antennas)
    worst = reach_of(emission.worst_w, limit.power_density_w_m2)
    actual = reach_of(emission.actual_w, limit.power_density_w_m2)
    azimuth = np.radians(_ACROSS_DEG)[:, None]
    on_ground = power_density_w_m2(
        emission.worst_w,
        _ALONG_M * np.sin(azimuth),
        _ALONG_M * np.cos(azimuth),
        max(site.antenna_height_m - _HEIGHT_M, 0.1),
    )
    if folder is not None:
        save_emf_picture(
            folder / f"emf_{_file_name(site.id)}.png",
            emission,
            limit,
            site=f"{site.id} {site.name}",
            place=prepared.loaded.scenario.title,
            antenna_height_m=site.antenna_height_m,
            synthetic=bool(prepared.synthetic),
        )
    return {
        "site": site.id,
        "name": site.name,
        "sectors": len(sectors),
        "antenna_height_m": site.antenna_height_m,
        "worst_case_m": float(worst.horizontal_m.max()),
        "actual_maximum_m": float(actual.horizontal_m.max()),
        "below_antenna_m": worst.below_m,
        "on_ground_percent": 100.0 * float(on_ground.max()) / limit.power_density_w_m2,
        "limit": limit.id,
        "limit_mark": limit.mark,
    }


def _file_name(site: str) -> str:
    """Return a site's id as part of a file's name: letters, digits, hyphens."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in site)
