"""What one network gives more or less than another one, by network, commune, village and place."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a scenario gives beside a baseline.

    Parameters
    ----------
    networks : DataFrame
        One row a network and level: people before, after, gained, lost; villages, communes and
        places that must be covered gained and lost.
    communes : DataFrame
        One column a network, one row a commune of the baseline, in its order: change of covered
        people at the least level; without columns where either has no communes.
    villages : GeoDataFrame
        Villages whose people gain or lose, those that lose first.
    places : DataFrame
        Places that must be covered and gain or lose that, those that lose it first.
    costs : DataFrame
        Work on each site that makes the baseline the scenario, and its cost; empty without
        prices.
    """

    networks: pd.DataFrame
    communes: pd.DataFrame
    villages: gpd.GeoDataFrame
    places: pd.DataFrame
    costs: pd.DataFrame
