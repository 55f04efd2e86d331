"""Every raster variable once: name, dimensions, dtype, unit, long name, flags.

Two functions stand at the doors: `stamp` puts the metadata on a fresh array, `check` refuses a
dataset that is not what the next step reads.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from coverage_sim.constants import COASTAL_LAND, INLAND, SEA, SEA_CLASS
from coverage_sim.errors import Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What a raster variable must look like.

    Parameters
    ----------
    name : str
        Name in every Dataset, NetCDF and GeoTIFF; it ends in its unit.
    dims : tuple of str
        Dimensions in order; ``y`` runs from north to south.
    dtype : str
        NumPy dtype.
    units : str
        As CF and UDUNITS know it; ``"1"`` for classes.
    long_name : str
        What a legend says.
    fill : float or int
        The value that means "no data".
    flags : dict of int to str
        Meaning of each value of a class variable.
    valid_range : tuple of float, optional
        Smallest and largest value that can be true.
    """

    name: str
    dims: tuple[str, ...]
    dtype: str
    units: str
    long_name: str
    fill: float | int = float("nan")
    flags: dict[int, str] = field(default_factory=dict)
    valid_range: tuple[float, float] | None = None

    def attributes(self) -> dict[str, Any]:
        """Return the CF attributes."""
        attributes: dict[str, Any] = {"long_name": self.long_name, "units": self.units}
        if self.flags:
            attributes["flag_values"] = np.array(list(self.flags), dtype=self.dtype)
            attributes["flag_meanings"] = " ".join(self.flags.values())
        return attributes


#: P.1812 radio-climatic zones (clause 3.2 of its Annex 1), as its reference data number them.
ZONES: dict[int, str] = {0: "unknown", SEA: "sea", COASTAL_LAND: "coastal_land", INLAND: "inland"}

#: ESA WorldCover classes, as the product numbers them; 0 is its "no data", 1 is our open sea.
LAND_COVER: dict[int, str] = {
    0: "unknown",
    SEA_CLASS: "sea",
    10: "tree_cover",
    20: "shrubland",
    30: "grassland",
    40: "cropland",
    50: "built_up",
    51: "built_up_town",
    60: "bare_or_sparse",
    70: "snow_and_ice",
    80: "permanent_water",
    90: "herbaceous_wetland",
    95: "mangroves",
    100: "moss_and_lichen",
}

#: Service of a carrier in a cell, as `coverage_sim.radio.layer_quality` numbers it.
SERVICE: dict[int, str] = {
    0: "no_server",
    1: "no_direction_reaches",
    2: "downlink_missing",
    3: "uplink_missing",
    4: "served_downlink_binds",
    5: "served_uplink_binds",
}

_YX = ("y", "x")
_CARRIER = ("carrier", "y", "x")
_NETWORK = ("network", "y", "x")

VARIABLES: dict[str, Variable] = {
    variable.name: variable
    for variable in (
        Variable(
            name="ground_m",
            dims=_YX,
            dtype="float32",
            units="m",
            long_name="ground height above mean sea level",
            valid_range=(-500.0, 9000.0),
        ),
        Variable(
            name="clutter_m",
            dims=_YX,
            dtype="float32",
            units="m",
            long_name="representative clutter height above the ground",
            valid_range=(0.0, 300.0),
        ),
        Variable(
            name="clutter_class",
            dims=_YX,
            dtype="uint8",
            units="1",
            long_name="land cover class",
            fill=0,
            flags=LAND_COVER,
        ),
        Variable(
            name="zone",
            dims=_YX,
            dtype="uint8",
            units="1",
            long_name="radio-climatic zone of ITU-R P.1812",
            fill=0,
            flags=ZONES,
        ),
        Variable(
            name="path_loss_db",
            dims=_YX,
            dtype="float32",
            units="dB",
            long_name="basic transmission loss",
        ),
        Variable(
            name="rsrp_dbm",
            dims=_CARRIER,
            dtype="float32",
            units="dBm",
            long_name="reference signal received power of the best server",
        ),
        Variable(
            name="best_server",
            dims=_CARRIER,
            dtype="int32",
            units="1",
            long_name="row of the best server in the sector table",
            fill=-1,
        ),
        Variable(
            name="second_dbm",
            dims=_CARRIER,
            dtype="float32",
            units="dBm",
            long_name="reference signal received power of the second best server",
        ),
        Variable(
            name="interference_dbm",
            dims=_CARRIER,
            dtype="float32",
            units="dBm",
            long_name="reference power of other sectors that meets the best server's",
        ),
        Variable(
            name="data_dbm",
            dims=_CARRIER,
            dtype="float32",
            units="dBm",
            long_name="power of a data element of the best server, all ports together",
        ),
        Variable(
            name="data_interference_dbm",
            dims=_CARRIER,
            dtype="float32",
            units="dBm",
            long_name="power of a data element of all sectors but the best server, all sending",
        ),
        Variable(
            name="servers",
            dims=_CARRIER,
            dtype="uint8",
            units="1",
            long_name="number of sectors above the least service level",
            fill=0,
        ),
        Variable(
            name="sinr_db",
            dims=_CARRIER,
            dtype="float32",
            units="dB",
            long_name="signal to interference and noise ratio of the reference signals",
        ),
        Variable(
            name="rsrq_db",
            dims=_CARRIER,
            dtype="float32",
            units="dB",
            long_name="reference signal received quality",
        ),
        Variable(
            name="user_rate_mbps",
            dims=_CARRIER,
            dtype="float32",
            units="Mbit s-1",
            long_name="downlink rate that the load of the cell leaves to one user",
        ),
        Variable(
            name="peak_mbps",
            dims=_CARRIER,
            dtype="float32",
            units="Mbit s-1",
            long_name="downlink rate of a user alone in the cell",
        ),
        Variable(
            name="service",
            dims=_CARRIER,
            dtype="uint8",
            units="1",
            long_name="which directions reach, and which has less to spare",
            fill=0,
            flags=SERVICE,
        ),
        Variable(
            name="coverage_probability",
            dims=_CARRIER,
            dtype="float32",
            units="1",
            long_name="probability that RSRP reaches the least service level",
            valid_range=(0.0, 1.0),
        ),
        Variable(
            name="possible_rsrp_dbm",
            dims=_CARRIER,
            dtype="float32",
            units="dBm",
            long_name="RSRP if all unknown ground were as high as the nearest known one",
        ),
        Variable(
            name="network_rsrp_dbm",
            dims=_NETWORK,
            dtype="float32",
            units="dBm",
            long_name="highest reference signal received power of any carrier of the network",
        ),
        Variable(
            name="network_best_server",
            dims=_NETWORK,
            dtype="int32",
            units="1",
            long_name="row of the network's best server in the sector table",
            fill=-1,
        ),
    )
}


def stamp(array: xr.DataArray, name: str) -> xr.DataArray:
    """Return ``array`` with the name, dtype and attributes that the table gives ``name``."""
    variable = VARIABLES[name]
    stamped = array.astype(variable.dtype, copy=False).rename(name)
    stamped.attrs = {**array.attrs, **variable.attributes()}
    return stamped


def check(dataset: xr.Dataset, *names: str) -> None:
    """Refuse a dataset that lacks a variable or carries it in another shape or range.

    Raises
    ------
    InputError
        Naming every variable that is missing, has other dimensions, another dtype, values
        outside the range, or coordinates that are not evenly spaced cell centres, north up.
    """
    problems = Problems()
    for name in names:
        variable = VARIABLES[name]
        if name not in dataset:
            problems.add(
                f"terrain has no variable {name!r}; it has {sorted(map(str, dataset.data_vars))}."
            )
            continue
        array = dataset[name]
        if array.dims != variable.dims:
            problems.add(f"{name} has dimensions {array.dims}; they must be {variable.dims}.")
            continue
        if variable.valid_range is not None:
            low, high = variable.valid_range
            values = array.to_numpy()
            least = np.fmin.reduce(values, axis=None)  # NaN only where all are unknown
            most = np.fmax.reduce(values, axis=None)
            if least < low or most > high:
                problems.add(
                    f"{name} runs from {least:g} to {most:g} {variable.units}; "
                    f"it must stay within {low:g} to {high:g}. Is a no-data value not declared?"
                )
    for axis, sign in (("x", 1.0), ("y", -1.0)):
        if axis not in dataset.coords:
            problems.add(f"terrain has no coordinate {axis!r}; cell centres in metres are needed.")
            continue
        steps = np.diff(dataset[axis].to_numpy().astype(float)) * sign
        if steps.size == 0 or not (
            (steps > 0).all() and np.allclose(steps, steps[0], rtol=1e-6, atol=1e-9)
        ):
            direction = "east" if axis == "x" else "south"
            problems.add(
                f"terrain coordinate {axis!r} must run evenly towards the {direction}, "
                "with at least two cells; reproject the raster onto a north-up grid."
            )
    problems.raise_if_any()
