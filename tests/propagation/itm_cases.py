"""Read the reference program's cases of ITM, and bring them to this package."""

import csv
import gzip
from pathlib import Path

import numpy as np

from coverage_sim.propagation import (
    _itm_attenuation,
    _itm_diffraction,
    _itm_loss,
    _itm_profile,
    _itm_terminals,
    _itm_terrain,
    _itm_troposcatter,
    _itm_variability,
)
from coverage_sim.propagation._itm_diffraction import diffraction_line, horizon_of
from coverage_sim.propagation._itm_profile import system_height_m
from coverage_sim.propagation._itm_troposcatter import troposcatter_db
from coverage_sim.propagation.models.itm import Itm
from tests.propagation import itm_one_path

DATA = Path(__file__).parents[1] / "data" / "itm"
KERNEL_MODULES = (
    _itm_attenuation,
    _itm_diffraction,
    _itm_loss,
    _itm_profile,
    _itm_terminals,
    _itm_terrain,
    _itm_troposcatter,
    _itm_variability,
    itm_one_path,
)
CLIMATES = (
    "equatorial",
    "continental_subtropical",
    "maritime_subtropical",
    "desert",
    "continental_temperate",
    "maritime_temperate_over_land",
    "maritime_temperate_over_sea",
)
MODES_OF_VARIABILITY = ("single_message", "accidental", "mobile", "broadcast")
SITINGS = ("random", "careful", "very_careful")


def model_of(*, climate, n0, pol, epsilon, sigma, mdvar, time, location, situation):
    """Return the model from the numbers of the reference program."""
    left_out, mode = divmod(int(mdvar), 10)
    return Itm(
        climate=CLIMATES[int(climate) - 1],
        n0=float(n0),
        polarization=("horizontal", "vertical")[int(pol)],
        permittivity=float(epsilon),
        conductivity_s_per_m=float(sigma),
        mode_of_variability=MODES_OF_VARIABILITY[mode],
        location_varies=left_out not in (1, 3),
        situation_varies=left_out not in (2, 3),
        time_percent=float(time),
        location_percent=float(location),
        situation_percent=float(situation),
    )


def _model_of_official(row):
    names = ("climate", "pol", "epsilon", "sigma", "mdvar", "time", "location", "situation")
    return model_of(n0=row["N_0"], **{name: row[name] for name in names})


def _antennas_of_official(row):
    return {
        "frequency_mhz": float(row["f__mhz"]),
        "tx_height_m": float(row["h_tx__meter"]),
        "rx_height_m": float(row["h_rx__meter"]),
    }


def read_profiles():
    """Return distance and ground of every official profile. [m]"""
    profiles = []
    for line in (DATA / "pfls.csv").read_text().splitlines():
        count, step_m, *ground_m = (float(text) for text in line.split(","))
        assert len(ground_m) == count + 1
        profiles.append((step_m * np.arange(count + 1), np.array(ground_m)))
    return profiles


def rows_of(name):
    lines = (DATA / name).read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def profile_cases():
    """Return model, arguments of `point_to_point_loss` and loss of every official profile case."""
    return [
        (
            _model_of_official(row),
            {"distance_m": distance_m, "ground_m": ground_m} | _antennas_of_official(row),
            float(row["A__db"]),
        )
        for row, (distance_m, ground_m) in zip(rows_of("p2p.csv"), read_profiles(), strict=True)
    ]


def area_cases():
    """Return model, arguments of `area_loss` and loss of every official area case."""
    return [
        (
            _model_of_official(row),
            {
                "distance_m": 1000.0 * float(row["d__km"]),
                "delta_h_m": float(row["delta_h__meter"]),
                "tx_siting": SITINGS[int(row["tx_siting_criteria"])],
                "rx_siting": SITINGS[int(row["rx_siting_criteria"])],
            }
            | _antennas_of_official(row),
            float(row["A__db"]),
        )
        for row in rows_of("area.csv")
    ]


def intermediates(model, arguments):
    """Return what the worked examples print, by the functions of this package."""
    loss = itm_one_path.point_to_point_loss(model, **arguments)
    path = loss.path
    antennas = {name: arguments[name] for name in ("frequency_mhz", "tx_height_m", "rx_height_m")}
    radio = model.setup(**antennas).radio
    horizon = horizon_of(path, radio)
    line = diffraction_line(path, horizon, radio)
    far_m = horizon.actual_m + 400e3
    far_db, memory = troposcatter_db(far_m, path, horizon, radio, -1.0)
    near_db, _ = troposcatter_db(far_m - 200e3, path, horizon, radio, memory)
    return (
        path._asdict()
        | loss._asdict()
        | {
            "system_height_m": system_height_m(arguments["ground_m"]),
            "impedance_real": radio.impedance.real,
            "impedance_imag": radio.impedance.imag,
            "theta_los_rad": horizon.theta_los_rad,
            "smooth_m": horizon.smooth_m,
            "slope_db_per_km": 1000.0 * line.slope,
            "start_db": line.start_db,
            "troposcatter_near_db": near_db,
            "troposcatter_far_db": far_db,
        }
    )


def crosscheck(folder):
    """Yield model, arguments and expected values of every row of the crosscheck."""
    ground_m = {}
    with gzip.open(folder / "p1812" / "crosscheck_jacksboro_profiles.csv.gz", "rt") as stream:
        for row in csv.DictReader(stream):
            ground_m.setdefault(row["radial"], []).append(float(row["h_m"]))
    with gzip.open(folder / "itm" / "crosscheck_jacksboro_itm.csv.gz", "rt") as stream:
        for row in csv.DictReader(stream):
            count = int(row["n"]) + 1
            names = ("climate", "pol", "epsilon", "sigma", "mdvar")
            shares = {name: row[f"{name}_pct"] for name in ("time", "location", "situation")}
            model = model_of(n0=row["N_0"], **{name: row[name] for name in names}, **shares)
            arguments = {
                "distance_m": float(row["step_m"]) * np.arange(count),
                "ground_m": np.array(ground_m[row["radial"]][:count]),
                "frequency_mhz": float(row["f_mhz"]),
                "tx_height_m": float(row["h_tx_m"]),
                "rx_height_m": float(row["h_rx_m"]),
            }
            yield model, arguments, {key: float(text) for key, text in row.items()}


def report_rows(path, width):
    """Return the lines of a report that are nothing but so many numbers."""
    lines = [line.split() for line in path.read_text().splitlines()]
    return [
        [float(word) for word in words]
        for words in lines
        if len(words) == width and all(word.replace(".", "").isdigit() for word in words)
    ]


def loss_over(ground_m, *, step_m=100.0, model=None, **given_):
    arguments = {
        "distance_m": step_m * np.arange(len(ground_m)),
        "ground_m": ground_m,
        "frequency_mhz": 900.0,
        "tx_height_m": 30.0,
        "rx_height_m": 1.5,
    } | given_
    return itm_one_path.point_to_point_loss(model or Itm(), **arguments)


def loss_in_area(*, model=None, **given_):
    arguments = {
        "distance_m": 20_000.0,
        "delta_h_m": 90.0,
        "frequency_mhz": 900.0,
        "tx_height_m": 30.0,
        "rx_height_m": 1.5,
    } | given_
    return itm_one_path.area_loss(model or Itm(), **arguments)


def report_model(*, mdvar, confidence, reliability):
    """Return the model of the program's example reports, which all share one ground and climate."""
    return model_of(
        climate=5,
        n0=301.0,
        pol=1,
        epsilon=15.0,
        sigma=0.005,
        mdvar=mdvar,
        time=reliability,
        location=50.0,
        situation=confidence,
    )
