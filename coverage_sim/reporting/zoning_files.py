"""The files of a zoning map."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from coverage_sim.io.atomic_files import write_json
from coverage_sim.reporting.colors import PATCHWORK, rgb255
from coverage_sim.reporting.geo import write_cog
from coverage_sim.reporting.table_writing import write_csv
from coverage_sim.results.folders import MANIFEST, Saving, Step, file_steps
from coverage_sim.results.manifest import study_manifest
from coverage_sim.results.permits import ZoningMap
from coverage_sim.results.place_tables import site_table
from coverage_sim.zoning.mask import BLOCKED, FREE, REVIEW

_STATE_COLORS = {FREE: "#e8f3e6", REVIEW: "#f3d27a", BLOCKED: "#c2455c"}

_NOTHING = 255


@file_steps.register
def _(found: ZoningMap, saving: Saving) -> list[Step]:
    folder = saving.fresh
    tags = {
        "RULES": found.rules.id,
        "DATE": found.date.isoformat(),
        "SYNTHETIC": "yes: " + ", ".join(found.prepared.synthetic)
        if found.prepared.synthetic
        else "no",
        "ADVISORY": "check with the authority",
    }
    coords = found.prepared.ground.area_coords

    def raster(values: Any, name: str, units: str) -> xr.DataArray:
        return xr.DataArray(values, coords, ("y", "x"), attrs={"long_name": name, "units": units})

    state = np.where(found.land, found.mask.state, _NOTHING).astype(np.uint8)
    rule = np.where(found.land, found.mask.rule, _NOTHING).astype(np.uint8)
    clear = {_NOTHING: (0, 0, 0, 0)}
    state_colors = {code: (*rgb255(color), 255) for code, color in _STATE_COLORS.items()}
    rule_colors = {0: (*rgb255(_STATE_COLORS[FREE]), 255)} | {
        k: (*rgb255(PATCHWORK[(k - 1) % len(PATCHWORK)]), 255)
        for k in range(1, len(found.mask.rules) + 1)
    }
    height = np.where(found.land, found.mask.allowed_height_m, np.nan)
    height[np.isinf(height)] = np.nan
    free = np.where(found.land & np.isfinite(found.mask.free_m), found.mask.free_m, np.nan)
    legend = pd.DataFrame(
        {
            "code": range(1, len(found.mask.rules) + 1),
            "rule": [one.id for one in found.mask.rules],
        }
    )
    return [
        lambda: write_cog(
            folder / "buildable.tif",
            raster(state, "where a mast may stand", "1"),
            nodata=_NOTHING,
            tags=tags,
            colormap=state_colors | clear,
        ),
        lambda: write_cog(
            folder / "blocked_by.tif",
            raster(rule, "rule that decides, by its code", "1"),
            nodata=_NOTHING,
            tags=tags,
            colormap=rule_colors | clear,
        ),
        lambda: write_cog(
            folder / "allowed_height_m.tif",
            raster(height.astype(np.float32), "highest mast allowed", "m"),
            nodata=np.nan,
            tags=tags,
        ),
        lambda: write_cog(
            folder / "free_m.tif",
            raster(free.astype(np.float32), "distance to the nearest free cell", "m"),
            nodata=np.nan,
            tags=tags,
        ),
        partial(write_csv, folder / "blocked_by.csv", legend),
        partial(write_csv, folder / "rules.csv", found.by_rule()),
        partial(_draw_mask, found, folder / "buildable.png"),
        lambda: write_json(
            folder / MANIFEST, study_manifest(found.prepared, "zoning map", found.date)
        ),
        lambda: write_json(
            folder / "zoning.json",
            {
                "rules": found.rules.id,
                "date": found.date.isoformat(),
                "total_height_m": found.mast.total_height_m,
                "mast_class": found.mast.mast_class,
                "land_percent": found.shares_percent(),
                "not_evaluated": list(found.mask.not_evaluated),
                "superseded": list(found.mask.superseded),
                "synthetic": list(found.prepared.synthetic),
            },
        ),
    ]


def _draw_mask(found: ZoningMap, path: Path) -> None:
    from coverage_sim.reporting.quality_maps import ClassColor, class_map  # slow to import

    prepared = found.prepared
    shares = found.shares_percent()
    codes = np.select([found.mask.state == FREE, found.mask.state == REVIEW], [1, 2], 0)
    class_map(
        path,
        codes=xr.DataArray(codes.astype(np.uint8), prepared.ground.area_coords, dims=("y", "x")),
        classes=[
            ClassColor("Free", f"{shares['free']:.1f} % of the land", _STATE_COLORS[FREE]),
            ClassColor("For review", f"{shares['for_review']:.1f} %", _STATE_COLORS[REVIEW]),
            ClassColor("Blocked", f"{shares['blocked']:.1f} %", _STATE_COLORS[BLOCKED]),
        ],
        heading="Where a mast may stand",
        note=f"{found.mast.total_height_m:g} m in all, {found.mast.mast_class}",
        terrain=prepared.ground.area_terrain,
        sites=site_table(prepared).iloc[:0],
        title=f"{found.rules.title_en}, as of {found.date}",
        subtitle=prepared.loaded.scenario.title,
        synthetic=bool(prepared.synthetic),
        footnotes=[
            "Advisory: check with the authority.",
            *(
                f"{words}: {', '.join(names)}."
                for words, names in (
                    ("Not evaluated", found.mask.not_evaluated),
                    ("Superseded, not asked", found.mask.superseded),
                )
                if names
            ),
        ],
        communes=prepared.communes,
    )
