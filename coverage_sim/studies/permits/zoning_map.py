"""Where a mast may stand in the area of a scenario: rasters, a table of rules, a picture."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from coverage_sim.constants import SEA_CLASS
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.io.atomic_files import write_json
from coverage_sim.network.sites import MastClass
from coverage_sim.reporting.colors import PATCHWORK, rgb255
from coverage_sim.reporting.geo import write_cog
from coverage_sim.reporting.table_writing import write_csv
from coverage_sim.results.place_tables import site_table
from coverage_sim.studies.permits.check import surroundings_of
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.mask import BLOCKED, FREE, REVIEW, Mask, buildable
from coverage_sim.zoning.rule_files import RuleFile

#: Beside what a mast of this kind is: how far its limit of exposure reaches where none is given.
_STATES = {FREE: "free", REVIEW: "for_review", BLOCKED: "blocked"}
_STATE_COLORS = {FREE: "#e8f3e6", REVIEW: "#f3d27a", BLOCKED: "#c2455c"}

_NOTHING = 255


@dataclass(frozen=True, kw_only=True)
class ZoningMap:
    """A mask and what it was asked of.

    Parameters
    ----------
    mask : Mask
        Where the mast may stand.
    mast : Case
        The mast.
    rules : RuleFile
        The rules.
    date : date
        On which day.
    prepared : Prepared
        The scenario.
    land : ndarray of bool, shape (rows, cols)
        Known ground that is not the sea.
    """

    mask: Mask
    mast: Case
    rules: RuleFile
    date: dt.date
    prepared: Prepared
    land: np.ndarray[Any, np.dtype[np.bool_]]

    def by_rule(self) -> pd.DataFrame:
        """Return how much land each rule decides.

        Returns
        -------
        DataFrame
            ``rule, severity, mark, document, article, land_km2, land_percent``; rules that were
            not evaluated or are superseded have NaN.
        """
        cell_km2 = (self.prepared.ground.cell_m / 1000.0) ** 2
        total = max(int(self.land.sum()), 1)
        counts = np.bincount(self.mask.rule[self.land], minlength=len(self.mask.rules) + 1)
        by_id = {rule.id: int(counts[k]) for k, rule in enumerate(self.mask.rules, start=1)}
        rows = []
        for rule in self.rules.rules:
            unasked = rule.id in (*self.mask.not_evaluated, *self.mask.superseded)
            if rule.id not in by_id and not unasked:
                continue
            cells = np.nan if unasked else by_id[rule.id]
            rows.append(
                {
                    "rule": rule.id,
                    "severity": rule.severity,
                    "mark": rule.mark,
                    "document": self.rules.documents[rule.document].number,
                    "article": rule.article,
                    "land_km2": cells * cell_km2,
                    "land_percent": 100.0 * cells / total,
                }
            )
        return pd.DataFrame(rows)

    def shares_percent(self) -> dict[str, float]:
        """Return how much of the land is free, for review and blocked. [%]"""
        counts = np.bincount(self.mask.state[self.land], minlength=len(_STATES))
        total = max(int(self.land.sum()), 1)
        return {name: 100.0 * float(counts[state]) / total for state, name in _STATES.items()}

    def steps(self, folder: Path) -> list[Callable[[], None]]:
        """Return what writes the files of the map, a function a file."""
        tags = {
            "RULES": self.rules.id,
            "DATE": self.date.isoformat(),
            "SYNTHETIC": "yes: " + ", ".join(self.prepared.synthetic)
            if self.prepared.synthetic
            else "no",
            "ADVISORY": "check with the authority",
        }
        coords = self.prepared.ground.area_coords

        def raster(values: Any, name: str, units: str) -> xr.DataArray:
            return xr.DataArray(
                values, coords, ("y", "x"), attrs={"long_name": name, "units": units}
            )

        state = np.where(self.land, self.mask.state, _NOTHING).astype(np.uint8)
        rule = np.where(self.land, self.mask.rule, _NOTHING).astype(np.uint8)
        clear = {_NOTHING: (0, 0, 0, 0)}
        state_colors = {code: (*rgb255(color), 255) for code, color in _STATE_COLORS.items()}
        rule_colors = {0: (*rgb255(_STATE_COLORS[FREE]), 255)} | {
            k: (*rgb255(PATCHWORK[(k - 1) % len(PATCHWORK)]), 255)
            for k in range(1, len(self.mask.rules) + 1)
        }
        height = np.where(self.land, self.mask.allowed_height_m, np.nan)
        height[np.isinf(height)] = np.nan
        free = np.where(self.land & np.isfinite(self.mask.free_m), self.mask.free_m, np.nan)
        legend = pd.DataFrame(
            {
                "code": range(1, len(self.mask.rules) + 1),
                "rule": [one.id for one in self.mask.rules],
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
            partial(write_csv, folder / "rules.csv", self.by_rule()),
            partial(self._draw, folder / "buildable.png"),
            lambda: write_json(
                folder / "zoning.json",
                {
                    "rules": self.rules.id,
                    "date": self.date.isoformat(),
                    "total_height_m": self.mast.total_height_m,
                    "mast_class": self.mast.mast_class,
                    "land_percent": self.shares_percent(),
                    "not_evaluated": list(self.mask.not_evaluated),
                    "superseded": list(self.mask.superseded),
                    "synthetic": list(self.prepared.synthetic),
                },
            ),
        ]

    def _draw(self, path: Path) -> None:
        from coverage_sim.reporting.quality_maps import ClassColor, class_map  # slow to import

        prepared = self.prepared
        shares = self.shares_percent()
        codes = np.select([self.mask.state == FREE, self.mask.state == REVIEW], [1, 2], 0)
        class_map(
            path,
            codes=xr.DataArray(
                codes.astype(np.uint8), prepared.ground.area_coords, dims=("y", "x")
            ),
            classes=[
                ClassColor("Free", f"{shares['free']:.1f} % of the land", _STATE_COLORS[FREE]),
                ClassColor("For review", f"{shares['for_review']:.1f} %", _STATE_COLORS[REVIEW]),
                ClassColor("Blocked", f"{shares['blocked']:.1f} %", _STATE_COLORS[BLOCKED]),
            ],
            heading="Where a mast may stand",
            note=f"{self.mast.total_height_m:g} m in all, {self.mast.mast_class}",
            terrain=prepared.ground.area_terrain,
            sites=site_table(prepared).iloc[:0],
            title=f"{self.rules.title_en}, as of {self.date}",
            subtitle=prepared.loaded.scenario.title,
            synthetic=bool(prepared.synthetic),
            footnotes=[
                "Advisory: check with the authority.",
                *(
                    f"{words}: {', '.join(names)}."
                    for words, names in (
                        ("Not evaluated", self.mask.not_evaluated),
                        ("Superseded, not asked", self.mask.superseded),
                    )
                    if names
                ),
            ],
            communes=prepared.communes,
        )


def zoning_map_of(
    prepared: Prepared,
    *,
    rules: RuleFile,
    date: dt.date,
    total_height_m: float,
    mast_class: MastClass,
    exposure_m: float | None = None,
) -> ZoningMap:
    """Return where a mast may stand in a scenario's area.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    rules : RuleFile
        The rules.
    date : date
        On which day.
    total_height_m : float
        Of the mast, from the ground to its top. [m]
    mast_class : str
        As `coverage_sim.network.sites.MastClass` has them.
    exposure_m : float, optional
        How far its limit of exposure reaches; rules of exposure are not evaluated without. [m]

    Raises
    ------
    InputError
        With everything that is wrong with the layers.
    """
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
    mask = buildable(ground.area, mast, rules, surroundings_of(prepared), date=date, known=land)
    return ZoningMap(mask=mask, mast=mast, rules=rules, date=date, prepared=prepared, land=land)
