"""The outcome of a comparison of scenarios."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from coverage_sim.results.folders import Savable
from coverage_sim.results.result import Result


@dataclass(frozen=True, kw_only=True)
class Comparison(Savable):
    """Scenarios against a baseline.

    Parameters
    ----------
    results : tuple of Result
        The first is the baseline.
    networks : DataFrame
        One row a scenario, network and level: people before, after, gained, lost; villages,
        communes and places that must be covered gained and lost.
    communes : GeoDataFrame
        One row a commune: change of covered people for each scenario and network.
    villages : GeoDataFrame
        Villages whose people gain or lose, those that lose first.
    places : DataFrame
        Places that must be covered and gain or lose that, those that lose it first.
    matrix : DataFrame
        Communes by scenarios, the baseline too: the covered share of people.
    costs : DataFrame
        Work on each site that makes the baseline the scenario, and its cost.
    inputs : DataFrame
        Every input that differs: scenario, key, before, after.
    """

    results: tuple[Result, ...]
    networks: pd.DataFrame
    communes: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    places: pd.DataFrame
    matrix: pd.DataFrame
    costs: pd.DataFrame
    inputs: pd.DataFrame
