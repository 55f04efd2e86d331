"""The outcome of a comparison with measurements, and the folder it becomes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

from coverage_sim.files import write_json, write_text
from coverage_sim.measurements.offset_fit import offsets_toml
from coverage_sim.reporting.tables import write_csv
from coverage_sim.scenarios import measured_pictures
from coverage_sim.scenarios.result import MANIFEST, Writing, silent, write_folder
from coverage_sim.scenarios.schema import Scenario

OFFSETS_FILE = "offsets.toml"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a comparison with measurements found.

    Parameters
    ----------
    scenario : Scenario
        What was compared.
    points : GeoDataFrame
        One row a measurement: measured and predicted RSRP, their difference ``error_db``, the
        server, its distance, the clutter class, the part; with a fit also ``fitted_dbm``.
    statistics : DataFrame
        Figures of all measurements and by part, carrier, clutter class and distance.
    fit : DataFrame or None
        Proposed offsets by layer and clutter class.
    proof : DataFrame or None
        Figures of both parts before and after the fit; those held out are what counts.
    sites : GeoDataFrame
        On air; ``carriers`` as ``"operator/layer"``.
    terrain : xr.Dataset
        Ground and clutter of the area.
    communes : GeoDataFrame or None
        For the names on the maps.
    manifest, summary : dict
        What it came from; key figures.
    """

    scenario: Scenario
    points: gpd.GeoDataFrame
    statistics: pd.DataFrame
    fit: pd.DataFrame | None
    proof: pd.DataFrame | None
    sites: gpd.GeoDataFrame
    terrain: xr.Dataset
    communes: gpd.GeoDataFrame | None
    manifest: dict[str, Any]
    summary: dict[str, Any]

    @property
    def synthetic(self) -> bool:
        """Whether any input is synthetic."""
        return bool(self.manifest["synthetic"])

    def save(self, folder: str | Path, *, maps: bool = True, progress: Writing = silent) -> Path:
        """Write the result folder; an earlier result there is replaced when all is written.

        Parameters
        ----------
        folder : str or Path
            Where.
        maps : bool
            Whether to draw the PNG maps too.
        progress : callable, optional
            Called with the files done and their number.

        Raises
        ------
        InputError
            If the folder exists and is no result of this program: nothing is overwritten.
        """

        def steps(fresh: Path) -> list[Callable[[], None]]:
            drawings = measured_pictures.of_measured(self, fresh / "maps") if maps else []
            return [*self._steps(fresh), *drawings]

        return write_folder(Path(folder), steps, progress)

    def _steps(self, folder: Path) -> list[Callable[[], None]]:
        tables = {
            "points": self.points,
            "statistics": self.statistics,
            **({"offsets": self.fit} if self.fit is not None else {}),
            **({"proof": self.proof} if self.proof is not None else {}),
        }
        steps: list[Callable[[], None]] = [
            partial(write_csv, folder / f"{name}.csv", table) for name, table in tables.items()
        ]
        if self.fit is not None:
            text = offsets_toml(self.fit, heading=self._heading())
            steps.append(lambda: write_text(folder / OFFSETS_FILE, text))
        steps.append(lambda: write_json(folder / "summary.json", self.summary))
        steps.append(lambda: write_json(folder / MANIFEST, self.manifest))
        return steps

    def _heading(self) -> str:
        """Return what the offsets' own file says of them."""
        drive = self.manifest["measurements"]
        base = drive["scenario_file"]
        lines = [
            f"Offsets of path loss that {drive['file']} proposes for {self.scenario.name}.",
            drive["shrinkage"],
            f'A scenario takes them in with: extends = ["{base}", "{OFFSETS_FILE}"]',
        ]
        if self.synthetic:
            lines.insert(1, f"SYNTHETIC: {', '.join(self.manifest['synthetic'])}.")
        return "\n".join(lines)
