"""The outcome of a run."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from coverage_sim.array_types import Flags
from coverage_sim.errors import InputError
from coverage_sim.io.validation import GivenPath, checks_arguments, validate
from coverage_sim.results.counted import Counted, Ledger
from coverage_sim.results.folders import CHECKSUMS, FILES, Savable
from coverage_sim.results.kept_inputs import (
    AREA_FILE,
    INPUTS_FILE,
    KeptInputs,
    as_made,
    in_order,
    unpack_area,
)
from coverage_sim.results.network_rasters import carriers_in
from coverage_sim.results.saved import PLACES, read_rasters, read_result
from coverage_sim.results.saved_files import read_json, readable
from coverage_sim.scenario.networks import make_networks

#: Tables of a ledger, and those that have no places.
_LEDGER: Final = ("ledger", "ledger_totals")
_PLAIN: Final = ("sectors", *_LEDGER, "cures", "sensitivity")


@dataclass(frozen=True, kw_only=True)
class Result(Counted, Savable):
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
    centre_cell : ndarray of int64, shape (villages,)
        Flat index of the cell of each village's centre.
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

    terrain: xr.Dataset
    manifest: dict[str, Any]
    cures: pd.DataFrame | None = None
    sensitivity: pd.DataFrame | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @classmethod
    @checks_arguments
    def load(cls, folder: GivenPath) -> "Result":
        """Return a result that was saved.

        Places and rasters have the bits that were saved; sectors, ledger, cures and sensitivity
        the decimals of their CSV files. Saved again it is the same folder, to the byte, but for
        how long the run took.

        Parameters
        ----------
        folder : str or Path
            As `save` wrote it.

        Raises
        ------
        InputError
            If it is no result, is one of version 0.1, or a file is missing or damaged.

        Examples
        --------
        >>> import coverage_sim
        >>> folder = coverage_sim.run("today.toml").save("out/today", maps=False)
        >>> Result.load(folder).summary["people"]
        1100
        >>> Result.load("no_such_folder")
        Traceback (most recent call last):
        coverage_sim.errors.InputError: no_such_folder is no result folder ...
        """
        saved = read_result(Path(folder))
        file = saved.folder / INPUTS_FILE
        if saved.is_of_0_1 and not file.exists():
            msg = (
                f"{folder} is of version 0.1, whose results have no {INPUTS_FILE} and {AREA_FILE} "
                "to be loaded from; run the scenario again. A report of it can still be made."
            )
            raise InputError(msg)
        stated = read_json(file)
        inputs: KeptInputs = validate(KeptInputs, stated, where=str(file))
        scenario = inputs.scenario
        rasters = read_rasters(saved.folder / "coverage.nc")
        area_file = saved.folder / AREA_FILE
        with readable(area_file):
            area = unpack_area(read_rasters(area_file))
        read = {**saved.places(), **saved.plain_tables(_PLAIN)}
        of_files = (FILES, CHECKSUMS)
        manifest = {name: part for name, part in saved.manifest.items() if name not in of_files}
        with readable(file):  # which says what must be in the others
            rasters = in_order(rasters, inputs.variables["rasters"])
            terrain = in_order(area.terrain, inputs.variables["terrain"])
            tables = {name: as_made(table, inputs.tables[name]) for name, table in read.items()}
        ledger = [tables[name] for name in _LEDGER if name in tables]
        return cls(
            **area._replace(terrain=terrain)._asdict(),
            **{name: tables[name] for name in PLACES},
            scenario=scenario,
            rasters=rasters,
            networks=make_networks(carriers_in(rasters), scenario),
            sectors=tables["sectors"],
            equipment={one.site.id: one for one in inputs.on_air},
            manifest={**manifest, "scenario": stated["scenario"]},
            summary=saved.summary,
            ledger=Ledger(*ledger) if ledger else None,
            cures=tables.get("cures"),
            sensitivity=tables.get("sensitivity"),
        )

    @property
    def ground_known(self) -> Flags:
        """Cells whose ground is known, shape (rows, cols)."""
        return np.asarray(np.isfinite(self.terrain["ground_m"].to_numpy()))

    @property
    def synthetic(self) -> bool:
        """Whether any input is synthetic."""
        return bool(self.manifest["synthetic"])

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Return the sites, and the places of every kind of which there are any."""
        layers = {name: getattr(self, name) for name in PLACES}
        return {name: one for name, one in layers.items() if name == "sites" or len(one)}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by the name of its file: places, sectors, and what was asked for."""
        villages, totals = self.ledger or (None, None)
        tables = {
            **{name: getattr(self, name) for name in PLACES},
            "sectors": self.sectors,
            "ledger": villages,
            "ledger_totals": totals,
            "cures": self.cures,
            "sensitivity": self.sensitivity,
        }
        return {name: table for name, table in tables.items() if table is not None}

    def layers_with_shares(self) -> dict[str, gpd.GeoDataFrame]:
        """Return sites and places; villages and communes with ``covered_percent``.

        The share is that of `covered_villages` in the first network, by which other programs
        colour them.
        """
        layers = self.layers()
        if "villages" in layers:
            layers["villages"] = self.covered_villages()
        if "communes" in layers:
            layers["communes"] = self.covered_communes()
        return layers
