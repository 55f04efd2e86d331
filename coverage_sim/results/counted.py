"""A network counted: who and what has it, in which villages, communes and places."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import xarray as xr

from coverage_sim.array_types import Flags, Ints
from coverage_sim.network.network_names import ANY, network_column, people_column
from coverage_sim.places.demand import Demand
from coverage_sim.places.village_coverage import covered_percent, unknown_people
from coverage_sim.places.village_rule import COVERED, UNKNOWN
from coverage_sim.results.network_rasters import answered, strongest
from coverage_sim.scenario.networks import Network
from coverage_sim.scenario.schema import Scenario
from coverage_sim.works.prices import Equipped


class Ledger(NamedTuple):
    """What is known of each village in each network.

    Parameters
    ----------
    villages : DataFrame
        One row a village and network: who it is, what `ledger_of_network` says of it with the
        servers by name, why it is not covered (`coverage_sim.results.causes`), what limits those
        who have signal (`coverage_sim.results.limits`), who covers it and whether that is one
        operator only, and ``mean_``, ``low_`` and ``high_covered_people`` over the draws.
    totals : DataFrame
        One row a network: ``covered_people`` of all villages, with the same of their sum.
    """

    villages: pd.DataFrame
    totals: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Counted(ABC):
    """What a network gives villages, communes and places.

    Parameters
    ----------
    scenario, networks, villages, communes, weak_spots, must_cover, sites, sectors, equipment
        As `coverage_sim.Result` has them.
    summary, ledger
        As `coverage_sim.Result` has them.
    rasters : xr.Dataset
        Over ``(carrier, y, x)``, of all cells in which anything is counted.
    demand, centre_cell
        By the flat index of the cell in these rasters.
    """

    scenario: Scenario
    rasters: xr.Dataset
    networks: tuple[Network, ...]
    demand: Demand
    centre_cell: Ints
    villages: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame
    weak_spots: gpd.GeoDataFrame
    must_cover: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    sectors: pd.DataFrame
    equipment: Mapping[str, Equipped]
    summary: dict[str, Any]
    ledger: Ledger | None = None

    @property
    @abstractmethod
    def ground_known(self) -> Flags:
        """Cells whose ground is known, of the shape of the rasters."""

    def covered_villages(self, network: Network | None = None) -> gpd.GeoDataFrame:
        """Return the villages with ``covered_percent``, ``uncovered_people``, ``median_rsrp_dbm``.

        Parameters
        ----------
        network : Network, optional
            Any operator's 4G (or the first network) by default; at the least level.
        """
        chosen = network or self.first_network()
        covered = self.villages[people_column(chosen.key, self._least())]
        people, unknown = self.villages["people"], unknown_people(self.villages, chosen.key)
        return self.villages.assign(
            covered_percent=covered_percent(people, covered, unknown),
            uncovered_people=(people - unknown - covered).clip(lower=0.0),
            median_rsrp_dbm=self.villages[network_column(chosen.key, "rsrp_median_dbm")],
        )

    def covered_communes(self, network: Network | None = None) -> gpd.GeoDataFrame:
        """Return the communes with ``covered_percent``; see `covered_villages`."""
        return self.communes.assign(
            covered_percent=self.commune_percent(network or self.first_network())
        )

    def commune_percent(self, network: Network, level: str | None = None) -> pd.Series:
        """Return the covered share of each commune's people; NaN where it is known of nobody. [%]

        Parameters
        ----------
        network : Network
            Of this result or another one.
        level : str, optional
            Service level; the least by default.
        """
        own, communes = self.own_network(network), self.communes
        covered = communes.get(
            people_column(own.key, level or self._least()), 0.0 * communes["people"]
        )
        return covered_percent(communes["people"], covered, unknown_people(communes, own.key))

    def known_cells(self, network: Network, level: str | None = None) -> Flags:
        """Return the cells of which it is known whether a network has a level, the least if none.

        Returns
        -------
        ndarray of bool, shape (rows, cols)
        """
        threshold_dbm = self.scenario.service.levels_dbm[level or self._least()]
        return answered(self.rasters, self.ground_known, network, threshold_dbm)

    def covered_people(self, network: Network, level: str | None, where: Flags) -> pd.Series:
        """Return the people of each village who have a level in some cells, by id.

        Parameters
        ----------
        network : Network
            Of this result or another one.
        level : str or None
            Service level; the least if None.
        where : ndarray of bool, shape (rows, cols)
            Which cells count.
        """
        threshold_dbm = self.scenario.service.levels_dbm[level or self._least()]
        has = strongest(self.rasters, self.own_network(network)) >= threshold_dbm
        counted = (has & where).ravel()[self.demand.cell]
        people = self.demand.sum_by_village(self.demand.people, counted)
        return pd.Series(people, index=pd.Index(self.villages["id"]), name="people")

    def own_network(self, network: Network) -> Network:
        """Return a network of another result as this one has it.

        Where an operator has one layer of a generation only, that layer has no key of its own. A
        network that this result does not have has no carriers.
        """
        own = [one for one in self.networks if one.key == network.key]
        own += [one for one in self.networks if one.carriers == network.carriers]
        return own[0] if own else replace(network, carriers=())

    def covers_villages(self, network: Network, level: str | None = None) -> pd.Series:
        """Return which villages are covered by a network of this result or another one, by id."""
        return self.village_status(self.own_network(network), level) == COVERED

    def village_status(self, network: Network, level: str | None = None) -> pd.Series:
        """Return what each village is to a network, by the scenario's rule.

        Parameters
        ----------
        network : Network
            Carriers whose strongest counts; without any, no village has signal.
        level : str, optional
            Service level; the least by default.

        Returns
        -------
        Series
            ``"covered"``, ``"lom_song"``, ``"trang_song"``, or ``"unknown"`` where it hangs on
            places of which nobody can say; by id, in the order of the villages.
        """
        service = self.scenario.service
        status = service.village_rule.statuses(
            self.demand,
            self.centre_cell,
            strongest(self.rasters, network),
            self.known_cells(network, level),
            service.levels_dbm[level or self._least()],
        )
        return pd.Series(status, index=pd.Index(self.villages["id"]), name="status")

    def deciding_cells(self, network: Network) -> Ints:
        """Return the cell on which it hangs whether a network covers each village; -1 for none."""
        return self.scenario.service.village_rule.deciding_cells(
            self.demand,
            self.centre_cell,
            strongest(self.rasters, network),
            self.known_cells(network),
        )

    def _least(self) -> str:
        return self.scenario.service.least_level

    def first_network(self) -> Network:
        """Return any operator's 4G, or the first network there is."""
        return next((n for n in self.networks if n.operator == ANY), self.networks[0])


def turned_covered(was: pd.Series, now: pd.Series) -> pd.Series:
    """Say which of some villages, communes or places are covered now, and were known not to be.

    Parameters
    ----------
    was, now : Series of str
        Their statuses, as `Counted.village_status` has them.
    """
    found: pd.Series = (now == COVERED) & ~was.isin([COVERED, UNKNOWN])
    return found


def all_networks(before: Counted, after: Counted) -> list[Network]:
    """Return the networks of both results, those of the first before."""
    by_key = {network.key: network for network in (*before.networks, *after.networks)}
    return list(by_key.values())
