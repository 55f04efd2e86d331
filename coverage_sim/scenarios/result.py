"""The outcome of a run, and the folder it becomes."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

from coverage_sim.errors import InputError
from coverage_sim.files import folder_written_atomically, write_json, write_text
from coverage_sim.places.demand import Demand
from coverage_sim.places.villages import covered_percent
from coverage_sim.reporting.geo import write_cog, write_geopackage, write_netcdf
from coverage_sim.reporting.qgis_styles import styles_of
from coverage_sim.reporting.tables import write_csv
from coverage_sim.scenarios import pictures
from coverage_sim.scenarios.costs import Equipped
from coverage_sim.scenarios.ledger import Ledger
from coverage_sim.scenarios.networks import ANY, Network
from coverage_sim.scenarios.schema import Scenario
from coverage_sim.schema import VARIABLES

MANIFEST = "manifest.json"

#: Called with the steps done and their number while a folder is written.
Writing = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Show nothing."""


#: Rasters of each carrier that become files of their own, and what these are called; the NetCDF
#: file has all.
_CARRIER_FILES = {
    "rsrp_dbm": "rsrp",
    "best_server": "best_server",
    "sinr_db": "sinr",
    "user_rate_mbps": "user_rate",
    "service": "service",
}


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run found.

    Parameters
    ----------
    scenario : Scenario
        What was run.
    rasters : xr.Dataset
        ``rsrp_dbm`` and ``best_server`` over ``(carrier, y, x)``; ``network_rsrp_dbm`` and
        ``network_best_server`` over ``(network, y, x)`` for any operator's 4G and 5G.
    terrain : xr.Dataset
        Ground and clutter of the area.
    networks : tuple of Network
        Carriers taken together; their keys begin the columns of the tables.
    demand : Demand
        Where the people of the villages live.
    villages : GeoDataFrame
        One row a village: people, and for each network the median RSRP, covered people and area
        at each level.
    communes : GeoDataFrame
        The same summed by commune.
    weak_spots : GeoDataFrame
        Connected patches of people below the least level of any operator's 4G.
    must_cover : GeoDataFrame
        Places that must have service, and what each has; empty where none are listed.
    sites : GeoDataFrame
        Every site of the lists and whether it is on air.
    sectors : DataFrame
        Every sector on air; ``best_server`` holds its row.
    equipment : mapping of str to Equipped
        Each site on air with its sectors, by id.
    manifest : dict
        The scenario, a hash of each input, versions, references, assumptions.
    summary : dict
        Key figures.
    ledger : Ledger or None
        What is known of each village in each network and why it is not covered, where asked.
    cures : DataFrame or None
        What would cure the worst villages and what it costs, where the ledger was asked.
    sensitivity : DataFrame or None
        What becomes of covered people when every site is turned, tilted or raised, where asked.
    seconds : dict of str to float
        Wall time of each stage; kept apart from everything that must be reproducible. [s]
    """

    scenario: Scenario
    rasters: xr.Dataset
    terrain: xr.Dataset
    networks: tuple[Network, ...]
    demand: Demand
    villages: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame
    weak_spots: gpd.GeoDataFrame
    must_cover: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    sectors: pd.DataFrame
    equipment: Mapping[str, Equipped]
    manifest: dict[str, Any]
    summary: dict[str, Any]
    ledger: Ledger | None = None
    cures: pd.DataFrame | None = None
    sensitivity: pd.DataFrame | None = None
    seconds: dict[str, float] = field(default_factory=dict)

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

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        InputError
            If the folder exists and is no result of this program: nothing is overwritten.
        """

        def steps(fresh: Path) -> list[Callable[[], None]]:
            drawings = pictures.of_result(self, fresh / "maps") if maps else []
            return [*self._steps(fresh), *drawings]

        return write_folder(Path(folder), steps, progress)

    def _steps(self, folder: Path) -> list[Callable[[], None]]:
        tags = {
            "SCENARIO": self.scenario.name,
            "SYNTHETIC": "yes: " + ", ".join(self.manifest["synthetic"])
            if self.synthetic
            else "no",
            "MODEL": self.manifest["model"]["reference"],
        }
        rasters = folder / "rasters"

        def cog(name: str, array: xr.DataArray, variable: str) -> Callable[[], None]:
            fill = VARIABLES[variable].fill
            return lambda: write_cog(rasters / f"{name}.tif", array, nodata=fill, tags=tags)

        steps: list[Callable[[], None]] = []
        for carrier in self.rasters["carrier"].to_numpy():
            name = str(carrier).replace("/", "_")
            for variable, short in _CARRIER_FILES.items():
                array = self.rasters[variable].sel(carrier=carrier, drop=True)
                steps.append(cog(f"{short}_{name}", array, variable))
        for network in self.rasters["network"].to_numpy():
            array = self.rasters["network_rsrp_dbm"].sel(network=network, drop=True)
            steps.append(cog(f"rsrp_{network}", array, "network_rsrp_dbm"))
            server = self.rasters["network_best_server"].sel(network=network, drop=True)
            steps.append(cog(f"best_server_{network}", server, "network_best_server"))
            steps.append(pictures.class_raster(self, rasters / f"class_{network}.tif", array, tags))
        steps.append(lambda: write_netcdf(folder / "coverage.nc", self.rasters))
        places = self.layers_with_shares()
        styles = styles_of(places, measured=self.first_network().label)
        steps.append(lambda: write_geopackage(folder / "coverage.gpkg", places, styles=styles))
        steps.append(lambda: pictures.google_earth(self, folder / "coverage.kmz"))
        tables = {**self._layers(), "sectors": self.sectors}
        if self.ledger is not None:
            tables |= {"ledger": self.ledger.villages, "ledger_totals": self.ledger.totals}
        if self.cures is not None:
            tables["cures"] = self.cures
        if self.sensitivity is not None:
            tables["sensitivity"] = self.sensitivity
        for name, table in tables.items():
            steps.append(partial(write_csv, folder / f"{name}.csv", table))
        steps.append(lambda: write_json(folder / "summary.json", self.summary))
        steps.append(lambda: write_json(folder / MANIFEST, self.manifest))
        steps.append(lambda: write_text(folder / "timing.txt", self._timing()))
        return steps

    def _layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Return the sites, and the places of every kind of which there are any."""
        places = {
            "villages": self.villages,
            "communes": self.communes,
            "weak_spots": self.weak_spots,
            "must_cover": self.must_cover,
        }
        return {"sites": self.sites, **{key: one for key, one in places.items() if len(one)}}

    def layers_with_shares(self) -> dict[str, gpd.GeoDataFrame]:
        """Return sites and places; villages and communes with ``covered_percent``.

        The share is that of `covered_villages` in the first network, by which other programs
        colour them.
        """
        layers = self._layers()
        if "villages" in layers:
            layers["villages"] = self.covered_villages()
        if "communes" in layers:
            layers["communes"] = self.covered_communes()
        return layers

    def _timing(self) -> str:
        lines = [f"{stage}: {seconds:.1f} s" for stage, seconds in self.seconds.items()]
        return "\n".join(["Wall time of this run; every other file is reproducible.", *lines, ""])

    def covered_villages(self, network: Network | None = None) -> gpd.GeoDataFrame:
        """Return the villages with ``covered_percent``, ``uncovered_people``, ``median_rsrp_dbm``.

        Parameters
        ----------
        network : Network, optional
            Any operator's 4G (or the first network) by default; at the least level.
        """
        chosen = network or self.first_network()
        covered = self.villages[f"{chosen.key}_{self._least()}_people"]
        return self.villages.assign(
            covered_percent=covered_percent(self.villages, covered),
            uncovered_people=(
                self.villages["people"] - self.villages["unknown_people"] - covered
            ).clip(lower=0.0),
            median_rsrp_dbm=self.villages[f"{chosen.key}_rsrp_median_dbm"],
        )

    def covered_communes(self, network: Network | None = None) -> gpd.GeoDataFrame:
        """Return the communes with ``covered_percent``; see `covered_villages`."""
        covered = self.communes[f"{(network or self.first_network()).key}_{self._least()}_people"]
        return self.communes.assign(covered_percent=covered_percent(self.communes, covered))

    def _least(self) -> str:
        return next(iter(self.scenario.service.levels_dbm))

    def first_network(self) -> Network:
        """Return any operator's 4G, or the first network there is."""
        return next((n for n in self.networks if n.operator == ANY), self.networks[0])


def write_folder(
    folder: Path, steps: Callable[[Path], Sequence[Callable[[], None]]], progress: Writing
) -> Path:
    """Write a folder of results by steps; an earlier one is replaced when all is written.

    Parameters
    ----------
    folder : Path
        Where.
    steps : callable
        Given the fresh folder to fill, returns what writes into it, a function a file.
    progress : callable
        Called with the files done and their number.

    Raises
    ------
    InputError
        As `check_output`.
    """
    check_output(folder)
    with folder_written_atomically(folder) as fresh:
        todo = steps(fresh)
        for done, step in enumerate(todo):
            progress(done, len(todo))
            step()
        progress(len(todo), len(todo))
    return folder


def check_output(folder: Path) -> None:
    """Refuse a folder that holds anything but a result of this program.

    Raises
    ------
    InputError
        Naming the folder and the cure.
    """
    if folder.is_file() or (
        folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file()
    ):
        msg = (
            f"{folder} exists and is no earlier result (it has no {MANIFEST}); nothing is "
            "overwritten. Name another folder with -o."
        )
        raise InputError(msg)
    if (folder / MANIFEST).is_file():
        try:
            content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except ValueError:
            msg = f"{folder / MANIFEST} is damaged; remove the folder or name another with -o."
            raise InputError(msg) from None
        # Other programs write files of that name too; a comparison keeps its baseline's manifest.
        own = content.get("baseline", content) if isinstance(content, dict) else None
        if not (isinstance(own, dict) and "coverage_sim" in own.get("versions", ())):
            msg = (
                f"{folder / MANIFEST} was not written by this program; nothing is overwritten. "
                "Name another folder with -o."
            )
            raise InputError(msg)
