"""What a path's loss was computed from, term by term, for any model.

P.1812 and ITM give every term of their own; another model gives free space, what it adds to it,
and their sum.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from coverage_sim.constants import EARTH_RADIUS_KM
from coverage_sim.propagation import _p1812_terms
from coverage_sim.propagation._decibels import free_space_loss_db
from coverage_sim.propagation._itm_loss import ERRORS, PROPAGATION, WARNINGS, profile_loss
from coverage_sim.propagation._itm_terrain import MOST_SAMPLES
from coverage_sim.propagation.model import Model, takes_paths
from coverage_sim.propagation.models.itm import Itm
from coverage_sim.propagation.models.p526_delta_bullington import DeltaBullington
from coverage_sim.propagation.models.p526_knife_edge import KnifeEdge
from coverage_sim.propagation.models.p1812_8 import P1812
from coverage_sim.propagation.paths import (
    FEWEST_POINTS,
    NEAREST_KM,
    Geometry,
    analyse_path,
    empty_paths,
    empty_workspace,
)
from coverage_sim.propagation.single_paths import loss_over
from coverage_sim.terrain.profile import Profile

#: Of a model that does not say: that of the standard atmosphere [km].
_USUAL_EARTH_RADIUS_KM: Final = 4.0 / 3.0 * EARTH_RADIUS_KM

#: Unit for people by the end of a term's name.
_UNITS: Final = {"_db": "dB", "_km": "km", "_m": "m", "_mrad": "mrad", "_percent": "%"}


class Term(NamedTuple):
    """One number on the way to the loss.

    ``name`` ends in its unit; ``label`` is for people; ``reference`` is an equation or a symbol of
    the model's own text, or empty.
    """

    name: str
    label: str
    value: float
    reference: str = ""

    @property
    def unit(self) -> str:
        """The unit for people.

        Examples
        --------
        >>> Term("free_space_db", "free space", 97.5).unit
        'dB'
        """
        return next((unit for end, unit in _UNITS.items() if self.name.endswith(end)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LossTerms:
    """Everything a loss over one path was computed from.

    Parameters
    ----------
    geometry : tuple of Term
        What the model found of the path.
    losses : tuple of Term
        In the order in which they are computed; the last one is the path loss. [dB]
    earth_radius_km : float
        Effective Earth radius over which the model sees the path. [km]
    notes : tuple of str
        What is no number: the mode of propagation, the model's own warnings.
    """

    geometry: tuple[Term, ...]
    losses: tuple[Term, ...]
    earth_radius_km: float
    notes: tuple[str, ...] = ()

    @property
    def path_loss_db(self) -> float:
        """The result; NaN where the model has none. [dB]"""
        return self.losses[-1].value

    def value(self, name: str) -> float:
        """Return the number called ``name``.

        Raises
        ------
        KeyError
            If the model has no such term.
        """
        return {term.name: term.value for term in (*self.geometry, *self.losses)}[name]


def loss_terms(
    model: Model,
    profile: Profile,
    *,
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
) -> LossTerms:
    """Return every term of the loss over one profile, all of its points.

    Parameters
    ----------
    model : Model
        From `coverage_sim.get_model`; one for a raster already `at_mast`.
    profile : Profile
        Without a void.
    frequency_mhz : float
        Frequency. [MHz]
    tx_height_m, rx_height_m : float
        Antenna heights above ground. [m]

    Returns
    -------
    LossTerms
        Over fewer than five points, free space and nothing else.

    Examples
    --------
    >>> from coverage_sim.propagation.registry import get_model
    >>> profile = Profile(
    ...     np.linspace(0.0, 5.0, 101), np.zeros(101), np.zeros(101), np.full(101, 4, np.uint8)
    ... )
    >>> terms = loss_terms(
    ...     get_model("p1812_8"), profile, frequency_mhz=1800.0, tx_height_m=30.0, rx_height_m=1.5
    ... )
    >>> round(terms.value("free_space_db"), 1), round(terms.value("spherical_earth_db"), 1)
    (111.5, 3.4)
    """
    heights = (float(tx_height_m), float(rx_height_m))
    if profile.distance_km.size >= FEWEST_POINTS:
        if isinstance(model, P1812):
            return _of_p1812(model, profile, float(frequency_mhz), *heights)
        if isinstance(model, Itm):
            return _of_itm(model, profile, float(frequency_mhz), *heights)
    return _of_any(model, profile, float(frequency_mhz), *heights)


def free_space_over(
    profile: Profile, *, frequency_mhz: float, tx_height_m: float, rx_height_m: float
) -> float:
    """Return the loss of free space between the two antennas. [dB]"""
    rise_m = profile.ground_m[0] + tx_height_m - (profile.ground_m[-1] + rx_height_m)
    between_km = math.hypot(float(profile.distance_km[-1]), 0.001 * float(rise_m))
    return float(free_space_loss_db(max(between_km, NEAREST_KM), float(frequency_mhz)))


def _of_p1812(
    model: P1812, profile: Profile, frequency_mhz: float, tx_height_m: float, rx_height_m: float
) -> LossTerms:
    points = profile.distance_km.size
    paths = empty_paths(1)
    geometry = Geometry(tx_height_m, rx_height_m, model.effective_earth_radius_km(), with_beta=True)
    analyse_path(profile, points - 1, geometry, empty_workspace(points), paths[0])
    found = _p1812_terms.p1812_terms(paths[0], model.params(frequency_mhz))
    terms = [
        Term(name, _p1812_terms.WORDS[name][0], float(value), _p1812_terms.WORDS[name][1])
        for name, value in found._asdict().items()
    ]
    return LossTerms(
        geometry=tuple(term for term in terms if term.unit != "dB"),
        losses=tuple(term for term in terms if term.unit == "dB"),
        earth_radius_km=model.effective_earth_radius_km(),
    )


def _of_itm(
    model: Itm, profile: Profile, frequency_mhz: float, tx_height_m: float, rx_height_m: float
) -> LossTerms:
    setup = model.setup(
        frequency_mhz=frequency_mhz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
    )
    points = profile.distance_km.size
    found = profile_loss(
        profile.distance_km, profile.ground_m, setup, np.empty(points), np.empty(MOST_SAMPLES)
    )
    path = found.path
    variability_db = found.path_loss_db - found.free_space_db - found.reference_attenuation_db
    mode = PROPAGATION[found.mode]
    notes = [f"mode by ITM's own rule, the distance over a smooth Earth: {mode}"]
    notes += [words for bit, words in WARNINGS.items() if found.warnings & bit]
    if found.return_code in ERRORS:
        notes.append(ERRORS[found.return_code])
    return LossTerms(
        geometry=(
            Term("distance_km", "length of the path", 0.001 * path.distance_m, "d"),
            Term("earth_radius_km", "effective Earth radius", 0.001 * path.earth_radius_m, "a_e"),
            Term("surface_refractivity", "surface refractivity", path.surface_refractivity, "N_s"),
            Term("irregularity_m", "terrain irregularity", path.delta_h_m, "delta h"),
            Term("tx_effective_m", "transmitter, effective height", path.tx_effective_m, "h_e1"),
            Term("rx_effective_m", "receiver, effective height", path.rx_effective_m, "h_e2"),
            Term("tx_horizon_km", "horizon from the transmitter", path.tx_horizon_m / 1e3, "d_L1"),
            Term("rx_horizon_km", "horizon from the receiver", path.rx_horizon_m / 1e3, "d_L2"),
            Term(
                "tx_horizon_mrad", "horizon angle, transmitter", 1e3 * path.tx_horizon_rad, "th_e1"
            ),
            Term("rx_horizon_mrad", "horizon angle, receiver", 1e3 * path.rx_horizon_rad, "th_e2"),
        ),
        losses=(
            Term("free_space_db", "free space", found.free_space_db, "A_fs"),
            Term("reference_db", "reference attenuation", found.reference_attenuation_db, "A_ref"),
            Term("variability_db", "time, locations and situation", variability_db),
            Term("path_loss_db", "basic transmission loss", found.path_loss_db, "A"),
        ),
        earth_radius_km=0.001 * path.earth_radius_m,
        notes=tuple(notes),
    )


def _of_any(
    model: Model, profile: Profile, frequency_mhz: float, tx_height_m: float, rx_height_m: float
) -> LossTerms:
    given = {
        "frequency_mhz": frequency_mhz,
        "tx_height_m": tx_height_m,
        "rx_height_m": rx_height_m,
    }
    loss_db = loss_over(model, profile, **given)
    free_space_db = free_space_over(profile, **given)
    radius_km = _USUAL_EARTH_RADIUS_KM
    if takes_paths(model):
        radius_km = model.effective_earth_radius_km()
    notes: tuple[str, ...] = ()
    sight_km = sum(
        math.sqrt(0.002 * radius_km * height_m) for height_m in (tx_height_m, rx_height_m)
    )
    if profile.distance_km.size < FEWEST_POINTS:
        notes = (f"fewer than {FEWEST_POINTS} profile points: free space and nothing else",)
    elif (
        isinstance(model, DeltaBullington | KnifeEdge) and float(profile.distance_km[-1]) > sight_km
    ):
        left_out = (
            f"beyond the horizon ({sight_km:.1f} km over a smooth Earth) {model.name} has "
            "diffraction alone; it leaves out scatter by the troposphere and ducts, which carry "
            "more there"
        )
        notes = (left_out,)
    return LossTerms(
        geometry=(
            Term("distance_km", "length of the path", float(profile.distance_km[-1])),
            Term("earth_radius_km", "effective Earth radius", radius_km),
        ),
        losses=(
            Term("free_space_db", "free space", free_space_db),
            Term("excess_db", "what the model adds", loss_db - free_space_db),
            Term("path_loss_db", "basic transmission loss", loss_db),
        ),
        earth_radius_km=radius_km,
        notes=notes,
    )
