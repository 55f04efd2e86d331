"""The outcome of a comparison with measurements."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

from coverage_sim.measurements.error_parts import ErrorParts
from coverage_sim.results.folders import Savable
from coverage_sim.scenario.schema import Scenario

#: The file that a scenario takes proposed offsets in with.
OFFSETS_FILE = "offsets.toml"


@dataclass(frozen=True, kw_only=True)
class Measured(Savable):
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
    parts : ErrorParts or None
        Of the error that the fit leaves; None without a fit, or where too little was measured.
    proof : DataFrame or None
        Figures of both parts before and after the fit; those held out are what counts.
    sites : GeoDataFrame
        On air; ``carriers`` that each transmits.
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
    parts: ErrorParts | None
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
