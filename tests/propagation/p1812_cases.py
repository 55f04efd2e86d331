"""Read the official validation files of P.1812, and bring a case to this package."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coverage_sim.propagation._delta_bullington import (
    bullington_loss_db,
    delta_bullington_loss_db,
)
from coverage_sim.propagation._spherical_earth import spherical_earth_loss_db
from coverage_sim.propagation.models import p1812_8
from coverage_sim.propagation.paths import (
    BETA_EARTH_RADIUS_KM,
    Geometry,
    analyse_path,
    empty_paths,
    empty_workspace,
)
from coverage_sim.propagation.predict import profile_path_loss
from coverage_sim.propagation.registry import get_model
from coverage_sim.terrain.profile import Profile

DATA = Path(__file__).parents[1] / "data" / "p1812"
ZONE_WORDS = {1: "sea", 3: "coastal_land", 4: "inland"}
POLARIZATIONS = {1: "horizontal", 2: "vertical"}


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str  # file and row, as the reference logs number them
    points: np.ndarray  # columns: distance km, ground m, clutter m, zone
    frequency_mhz: float
    tx_height_m: float
    rx_height_m: float
    parameters: dict
    expected_db: float

    def loss_db(self) -> float:
        distance_km, ground_m, clutter_m, zone = self.points.T
        return profile_path_loss(
            get_model("p1812_8", **self.parameters),
            distance_m=distance_km * 1000.0,
            ground_m=ground_m,
            clutter_m=clutter_m,
            zone=[ZONE_WORDS[int(z)] for z in zone],
            frequency_mhz=self.frequency_mhz,
            tx_height_m=self.tx_height_m,
            rx_height_m=self.rx_height_m,
        )


def path_centre_latitude_deg(tx_lat, tx_lon, rx_lat, rx_lon, length_km):
    """Great circle from the transmitter, half of the profile's length along it."""
    pt, pr = math.radians(tx_lat), math.radians(rx_lat)
    dl = math.radians(rx_lon - tx_lon)
    r = math.sin(pt) * math.sin(pr) + math.cos(pt) * math.cos(pr) * math.cos(dl)
    x, y = math.sin(pr) - r * math.sin(pt), math.cos(pt) * math.cos(pr) * math.sin(dl)
    together = abs(x) < 1e-9 and abs(y) < 1e-9
    azimuth = math.radians(rx_lon) if together else math.atan2(y, x)
    half = 0.5 * length_km / 6371.0
    return math.degrees(
        math.asin(math.sin(pt) * math.cos(half) + math.cos(pt) * math.sin(half) * math.cos(azimuth))
    )


def read_cases(path):
    """Return every case of one official profile file."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]

    def between(begin, end):
        first = next(i for i, line in enumerate(lines) if line.startswith(begin)) + 1
        last = next(i for i, line in enumerate(lines) if line.startswith(end))
        return [line.split(",") for line in lines[first:last]]

    header = dict(line.split(",")[:2] for line in lines if "," in line)

    def value(key):
        return float(next(v for k, v in header.items() if key in k))

    rows = between("Number of Points", "{End of Profile}")
    points = np.array([[float(v) for v in row] for row in rows])[:, [0, 1, 3, 4]]
    latitude_deg = path_centre_latitude_deg(
        value("Tx LAT"), value("Tx LON"), value("Rx LAT"), value("Rx LON"), points[-1, 0]
    )
    return [
        Case(
            name=f"{path.stem}_{number}",
            points=points,
            frequency_mhz=float(row[0]),
            tx_height_m=float(row[1]),
            rx_height_m=float(row[3]),
            parameters={
                "time_percent": float(row[14]),
                "polarization": POLARIZATIONS[int(row[4])],
                "delta_n": value("dN"),
                "n0": value("refractivity No"),
                "path_latitude_deg": latitude_deg,
            },
            expected_db=float(row[17]),
        )
        for number, row in enumerate(
            between("{Begin of Measurements}", "{End of Measurements}"), start=1
        )
    ]


def all_cases(folder):
    return [case for path in sorted(folder.glob("[br]*.csv")) for case in read_cases(path)]


def analyse(points, *, tx_height_m, rx_height_m, earth_radius_km, with_beta=True):
    """Return the PATH record of a profile given as columns distance, ground, clutter, zone."""
    distance_km, ground_m, clutter_m, zone = np.asarray(points, dtype=np.float64).T
    paths = empty_paths(1)
    profile = Profile(
        np.ascontiguousarray(distance_km),
        np.ascontiguousarray(ground_m),
        np.ascontiguousarray(clutter_m),
        zone.astype(np.uint8),
    )
    count = distance_km.size
    geometry = Geometry(float(tx_height_m), float(rx_height_m), float(earth_radius_km), with_beta)
    analyse_path(profile, count - 1, geometry, empty_workspace(count), paths[0])
    return paths


def intermediates(case):
    """Return what the reference logs print, from the record and the formulas of this package."""
    model = get_model("p1812_8", **case.parameters)
    ae, ab = model.effective_earth_radius_km(), BETA_EARTH_RADIUS_KM
    paths = analyse(
        case.points,
        tx_height_m=case.tx_height_m,
        rx_height_m=case.rx_height_m,
        earth_radius_km=ae,
    )
    path = paths[0]
    c = model.params(case.frequency_mhz)
    out = np.empty(1)
    model.fill(paths, frequency_mhz=case.frequency_mhz, out=out)
    D, A, B = path["distance_km"], path["tx_smooth_m"], path["rx_smooth_m"]
    omega = path["sea_fraction"]
    theta = 1000.0 * D / ae + path["tx_horizon_mrad"] + path["rx_horizon_mrad"]
    beta0, tau = p1812_8.beta0_percent(path["land_km"], path["inland_km"], c.latitude)
    found = {
        "phi": c.latitude,
        "d": D,
        "omega": omega,
        "dtm": path["land_km"],
        "dlm": path["inland_km"],
        "tau": tau,
        "b0": beta0,
        "ae": ae,
        "hts": path["tx_amsl_m"],
        "hrs": path["rx_amsl_m"],
        "hstd": path["tx_amsl_m"] - A,
        "hsrd": path["rx_amsl_m"] - B,
        "A": A,
        "B": B,
        "dlt": path["tx_horizon_km"],
        "dlr": path["rx_horizon_km"],
        "theta_t": path["tx_horizon_mrad"],
        "theta_r": path["rx_horizon_mrad"],
        "theta": theta,
        "hst": path["tx_amsl_m"] - path["tx_effective_m"],
        "hsr": path["rx_amsl_m"] - path["rx_effective_m"],
        "hte": path["tx_effective_m"],
        "hre": path["rx_effective_m"],
        "hm": path["roughness_m"],
        "nu_50": path["edge_u"] / math.sqrt(0.2998 / c.f),
        "nu_b": path["edge_u_beta"] / math.sqrt(0.2998 / c.f),
        "Lba": p1812_8.ducting_loss_db(path, beta0, tau, c),
        "Lbs": p1812_8.troposcatter_loss_db(10.0 * math.log10(D), theta, c),
        "Lb": float(out[0]),
    }
    for mark, field, a in (("50", "", ae), ("b", "_beta", ab)):
        edge_u, smooth_u = path[f"edge_u{field}"], path[f"smooth_u{field}"]
        found[f"Lbulla_{mark}"] = bullington_loss_db(edge_u, D, c.wave)
        found[f"Lbulls_{mark}"] = bullington_loss_db(smooth_u, D, c.wave)
        found[f"Ldsph_{mark}"] = spherical_earth_loss_db(
            D, A, B, a, path[f"clearance{field}"], omega, c.wave
        )
        found[f"Ld{mark}"] = delta_bullington_loss_db(
            D, A, B, edge_u, smooth_u, path[f"clearance{field}"], a, omega, c.wave
        )
    return found


def commented_csv(path):
    """Rows of a CSV file, as dictionaries, without its comment lines."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))
