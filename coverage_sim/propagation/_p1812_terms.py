"""Every term of P.1812-8 over one path, in the order of the Recommendation.

The model itself leaves out what cannot change its result; here everything is computed, from the
same formulas where they are shared and by the Recommendation's own equations where the model has
them rearranged. The last term is the model's result; tests hold the two together.
"""

import math
from typing import Any, Final, NamedTuple

from coverage_sim._numba import kernel
from coverage_sim.constants import SEA
from coverage_sim.propagation._decibels import DB_PER_NEPER, add_exponentials_db, to_db
from coverage_sim.propagation._delta_bullington import (
    bullington_loss_db,
    delta_bullington_loss_db,
)
from coverage_sim.propagation._spherical_earth import spherical_earth_loss_db
from coverage_sim.propagation.models.p1812_8 import (
    _falling,
    beta0_percent,
    ducting_loss_db,
    inverse_normal,
    troposcatter_loss_db,
)
from coverage_sim.propagation.paths import BETA_EARTH_RADIUS_KM, NEAREST_KM, Path


class P1812Loss(NamedTuple):
    """What the loss over one path was computed from, and the loss."""

    distance_km: float
    earth_radius_km: float
    beta0_percent: float
    beta0_earth_radius_km: float
    tx_horizon_mrad: float
    rx_horizon_mrad: float
    tx_horizon_km: float
    rx_horizon_km: float
    angular_distance_mrad: float
    tx_smooth_m: float
    rx_smooth_m: float
    tx_effective_m: float
    rx_effective_m: float
    roughness_m: float
    sea_percent: float
    rx_clutter_m: float
    free_space_db: float
    line_of_sight_db: float
    line_of_sight_beta0_db: float
    bullington_actual_db: float
    bullington_smooth_db: float
    spherical_earth_db: float
    diffraction_median_db: float
    diffraction_beta0_db: float
    diffraction_db: float
    with_diffraction_median_db: float
    with_diffraction_db: float
    troposcatter_db: float
    ducting_db: float
    least_line_of_sight_db: float
    least_ducting_db: float
    diffraction_and_ducting_db: float
    by_angle_db: float
    combined_db: float
    locations_db: float
    path_loss_db: float


#: Of each term: words for people, and its equation.
WORDS: Final[dict[str, tuple[str, str]]] = {
    "distance_km": ("length of the path", ""),
    "earth_radius_km": ("effective Earth radius, median", "(7a)"),
    "beta0_percent": ("time with anomalous layers near the ground, beta0", "(5)"),
    "beta0_earth_radius_km": ("effective Earth radius for the time beta0", "(7b)"),
    "tx_horizon_mrad": ("horizon angle at the transmitter", "(79)"),
    "rx_horizon_mrad": ("horizon angle at the receiver", "(81), (82)"),
    "tx_horizon_km": ("distance of the horizon from the transmitter", "(80)"),
    "rx_horizon_km": ("distance of the horizon from the receiver", "(83)"),
    "angular_distance_mrad": ("angular distance of the path", "(84)"),
    "tx_smooth_m": ("transmitter above the smooth surface, diffraction", "(37a)"),
    "rx_smooth_m": ("receiver above the smooth surface, diffraction", "(37b)"),
    "tx_effective_m": ("transmitter above the smooth surface, ducting", "(94a)"),
    "rx_effective_m": ("receiver above the smooth surface, ducting", "(94b)"),
    "roughness_m": ("terrain roughness", "(95)"),
    "sea_percent": ("share of the path over sea", "Table 5"),
    "rx_clutter_m": ("clutter at the receiver", "section 3.2"),
    "free_space_db": ("free space", "(8)"),
    "line_of_sight_db": ("line of sight with focusing, Lb0p", "(10)"),
    "line_of_sight_beta0_db": ("line of sight for the time beta0, Lb0beta", "(11)"),
    "bullington_actual_db": ("diffraction, Bullington over the profile", "(21)"),
    "bullington_smooth_db": ("diffraction, Bullington over the smooth profile", "(21)"),
    "spherical_earth_db": ("diffraction over the spherical Earth", "(27)"),
    "diffraction_median_db": ("delta-Bullington diffraction, median, Ld50", "(39)"),
    "diffraction_beta0_db": ("delta-Bullington diffraction for beta0, Ldbeta", "(39)"),
    "diffraction_db": ("diffraction not exceeded for the time p, Ldp", "(41)"),
    "with_diffraction_median_db": ("free space and median diffraction, Lbd50", "(42)"),
    "with_diffraction_db": ("line of sight and diffraction, Lbd", "(43)"),
    "troposcatter_db": ("troposcatter, Lbs", "(44)"),
    "ducting_db": ("ducting and layer reflection, Lba", "(46)"),
    "least_line_of_sight_db": ("least of line of sight and diffraction, Lminb0p", "(59)"),
    "least_ducting_db": ("least of ducting and line of sight, Lminbap", "(60)"),
    "diffraction_and_ducting_db": ("diffraction and ducting by distance, Lbda", "(61)"),
    "by_angle_db": ("the same by the angle of the path, Lbam", "(62)"),
    "combined_db": ("with troposcatter: median of locations, Lbc", "(63)"),
    "locations_db": ("variation among locations, subtracted", "(64) to (68)"),
    "path_loss_db": ("basic transmission loss, Lb", "(69)"),
}


@kernel
def p1812_terms(path: Path, c: Any) -> P1812Loss:
    """Return every term of one path of `FEWEST_POINTS` or more without a void.

    Parameters
    ----------
    path : Path
        Its record, with what the Earth radius of the time beta0 gives.
    c : tuple
        What `P1812.params` returns.
    """
    D, omega = path.distance_km, path.sea_fraction
    A, B = path.tx_smooth_m, path.rx_smooth_m
    theta = 1000.0 * D / c.ae + path.tx_horizon_mrad + path.rx_horizon_mrad  # eq. (84)
    beta0, tau = beta0_percent(path.land_km, path.inland_km, c.latitude)

    # Line of sight, section 4.2
    rise = 0.001 * (path.tx_amsl_m - path.rx_amsl_m)
    lbfs = c.free_space + to_db(max(D * D + rise * rise, NEAREST_KM * NEAREST_KM))  # eq. (8)
    focusing = 2.6 * (1.0 - math.exp(-0.1 * (path.tx_horizon_km + path.rx_horizon_km)))
    lb0p = lbfs + focusing * 0.1 * to_db(c.p / 50.0)  # eq. (9a), (10)
    lb0beta = lbfs + focusing * 0.1 * to_db(beta0 / 50.0)  # eq. (9b), (11)

    # Diffraction, section 4.3
    bulla = bullington_loss_db(path.edge_u, D, c.wave)
    bulls = bullington_loss_db(path.smooth_u, D, c.wave)
    sphere = spherical_earth_loss_db(D, A, B, c.ae, path.clearance, omega, c.wave)
    ld50 = delta_bullington_loss_db(
        D, A, B, path.edge_u, path.smooth_u, path.clearance, c.ae, omega, c.wave
    )
    ldb = delta_bullington_loss_db(
        D,
        A,
        B,
        path.edge_u_beta,
        path.smooth_u_beta,
        path.clearance_beta,
        BETA_EARTH_RADIUS_KM,
        omega,
        c.wave,
    )
    fi = 1.0
    if c.p > beta0:
        fi = inverse_normal(0.01 * c.p) / inverse_normal(0.01 * beta0)  # eq. (40a)
    ldp = ld50 if c.p == 50.0 else ld50 + fi * (ldb - ld50)  # eq. (41)
    lbd50 = lbfs + ld50  # eq. (42)
    lbd = lb0p + ldp  # eq. (43)

    # Troposcatter, ducting and the combination, sections 4.4 to 4.7
    lbs = troposcatter_loss_db(to_db(D), theta, c)
    lba = ducting_loss_db(path, beta0, tau, c)
    if c.p < beta0:
        lminb0p = lb0p + (1.0 - omega) * ldp  # eq. (59)
    else:
        lminb0p = lbd50 + (lb0beta + (1.0 - omega) * ldp - lbd50) * fi  # eq. (59)
    lminbap = add_exponentials_db(lba, lb0p, 2.5)  # eq. (60)
    lbda = lbd
    if lminbap <= lbd:
        lbda = lminbap + (lbd - lminbap) * _falling(1.5 * (D - 20.0) / 20.0)  # eq. (58), (61)
    lbam = lbda + (lminb0p - lbda) * _falling(2.4 * (theta - 0.3) / 0.3)  # eq. (57), (62)
    lbc = -add_exponentials_db(-lbs, -lbam, 0.5 * DB_PER_NEPER)  # eq. (63)
    location = 0.0
    if path.rx_zone != SEA:
        clearance = 0.1 * (path.rx_height_m - path.rx_clutter_m)
        location = c.location * min(max(1.0 - clearance, 0.0), 1.0)  # eq. (64) to (68)
    return P1812Loss(
        D,
        c.ae,
        beta0,
        BETA_EARTH_RADIUS_KM,
        path.tx_horizon_mrad,
        path.rx_horizon_mrad,
        path.tx_horizon_km,
        path.rx_horizon_km,
        theta,
        A,
        B,
        path.tx_effective_m,
        path.rx_effective_m,
        path.roughness_m,
        100.0 * omega,
        path.rx_clutter_m,
        lbfs,
        lb0p,
        lb0beta,
        bulla,
        bulls,
        sphere,
        ld50,
        ldb,
        ldp,
        lbd50,
        lbd,
        lbs,
        lba,
        lminb0p,
        lminbap,
        lbda,
        lbam,
        lbc,
        location,
        max(lb0p, lbc - location),  # eq. (69)
    )
