"""The files of a zoning map."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from coverage_sim.io.atomic_files import write_json
from coverage_sim.reporting.colors import PATCHWORK, rgb255
from coverage_sim.reporting.geo import write_cog
from coverage_sim.reporting.workbook import table_steps
from coverage_sim.results.check_report import out_of_force_rows
from coverage_sim.results.folders import MANIFEST, PictureFile, Saving, Step, file_steps
from coverage_sim.results.manifest import study_manifest
from coverage_sim.results.permits import ZoningMap
from coverage_sim.results.place_tables import site_table
from coverage_sim.zoning.mask import BLOCKED, FREE, REVIEW
from coverage_sim.zoning.verdicts import not_in_force

_STATE_COLORS = {FREE: "#e8f3e6", REVIEW: "#f3d27a", BLOCKED: "#c2455c"}

_NOTHING = 255


@file_steps.register
def _(found: ZoningMap, saving: Saving) -> list[Step]:
    folder = saving.fresh
    content = {
        "rules": found.question.rules.id,
        "date": found.question.date.isoformat(),
        "total_height_m": found.mast.total_height_m,
        "mast_class": found.mast.mast_class,
        "land_percent": found.shares_percent(),
        "not_evaluated": list(found.mask.not_evaluated),
        "partly_evaluated": list(found.mask.partly_evaluated),
        "rules_asked": found.mask.asked,
        "superseded": list(found.mask.superseded),
        "waived": list(found.mask.waived),
        "out_of_force": out_of_force_rows(not_in_force(found.question.rules, found.question.date)),
        "synthetic": list(found.synthetic),
    }
    codes = {
        "code": range(1, len(found.mask.rules) + 1),
        "rule": [one.id for one in found.mask.rules],
    }
    return [
        *_raster_steps(found, folder),
        *table_steps(folder, {"blocked_by": pd.DataFrame(codes), "rules": found.by_rule()}),
        partial(_draw_mask, found, saving.picture("buildable.png")),
        lambda: write_json(
            folder / MANIFEST,
            study_manifest(found.prepared, "zoning map", found.question.date, found.question.files),
        ),
        partial(write_json, folder / "zoning.json", content),
    ]


def _raster_steps(found: ZoningMap, folder: Path) -> list[Step]:
    """Return the writing of what the mask says of each cell."""
    synthetic, mask = found.synthetic, found.mask
    tags = {
        "RULES": found.question.rules.id,
        "DATE": found.question.date.isoformat(),
        "SYNTHETIC": "yes: " + ", ".join(synthetic) if synthetic else "no",
        "ADVISORY": "check with the authority",
    }

    def classes(name: str, values: Any, colors: Mapping[int, str], what: str) -> Step:
        table = {code: (*rgb255(color), 255) for code, color in colors.items()}
        return partial(
            write_cog,
            folder / name,
            _raster(found, np.where(found.land, values, _NOTHING).astype(np.uint8), what, "1"),
            nodata=_NOTHING,
            tags=tags,
            colormap=table | {_NOTHING: (0, 0, 0, 0)},
        )

    def metres(name: str, values: Any, what: str) -> Step:
        known = np.where(found.land & np.isfinite(values), values, np.nan).astype(np.float32)
        return partial(
            write_cog, folder / name, _raster(found, known, what, "m"), nodata=np.nan, tags=tags
        )

    rule_colors = {0: _STATE_COLORS[FREE]} | {
        k: PATCHWORK[(k - 1) % len(PATCHWORK)] for k in range(1, len(mask.rules) + 1)
    }
    return [
        classes("buildable.tif", mask.state, _STATE_COLORS, "where a mast may stand"),
        classes("blocked_by.tif", mask.rule, rule_colors, "rule that decides, by its code"),
        metres("allowed_height_m.tif", mask.allowed_height_m, "highest mast allowed"),
        metres("free_m.tif", mask.free_m, "distance to the nearest free cell"),
    ]


def _raster(found: ZoningMap, values: Any, name: str, units: str) -> xr.DataArray:
    attrs = {"long_name": name, "units": units}
    return xr.DataArray(values, found.prepared.ground.area_coords, ("y", "x"), attrs=attrs)


def _draw_mask(found: ZoningMap, picture: PictureFile) -> None:
    from coverage_sim.reporting.map_frame import MapFrame  # these draw, and are slow to import
    from coverage_sim.reporting.quality_maps import ClassColor, ClassPanel, class_map
    from coverage_sim.reporting.sheet import Words

    prepared = found.prepared
    shares = found.shares_percent()
    said = {rule.id: rule.short_in("en").rstrip(".") for rule in found.question.rules.rules}
    codes = np.select([found.mask.state == FREE, found.mask.state == REVIEW], [1, 2], 0)
    class_map(
        picture,
        MapFrame(terrain=prepared.ground.area_terrain, communes=prepared.communes),
        Words(
            title=f"{found.question.rules.title_en}, as of {found.question.date}",
            subtitle=prepared.loaded.scenario.title,
            synthetic=bool(found.synthetic),
            footnotes=[
                "Advisory: check with the authority.",
                *(
                    f"{words}: {'; '.join(said[name] for name in names)}."
                    for words, names in (
                        ("Not evaluated", found.mask.not_evaluated),
                        ("In places not evaluated", found.mask.partly_evaluated),
                        ("Superseded, for review at most", found.mask.superseded),
                        ("Waived", found.mask.waived),
                    )
                    if names
                ),
            ],
        ),
        codes=xr.DataArray(codes.astype(np.uint8), prepared.ground.area_coords, dims=("y", "x")),
        panel=ClassPanel(
            heading="Where a mast may stand",
            note=f"{found.mast.total_height_m:g} m in all, {found.mast.mast_class}",
            classes=[
                ClassColor(
                    f"Keeps all {found.mask.asked} rules asked",
                    f"{shares['free']:.1f} % of the land",
                    _STATE_COLORS[FREE],
                ),
                ClassColor("For review", f"{shares['for_review']:.1f} %", _STATE_COLORS[REVIEW]),
                ClassColor("Blocked", f"{shares['blocked']:.1f} %", _STATE_COLORS[BLOCKED]),
            ],
        ),
        sites=site_table(prepared).iloc[:0],
    )
