"""Analyse one link: its loss, every term of it, and what limits it."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from coverage_sim.errors import InputError, Problems
from coverage_sim.links.obstacles import Obstacle, Ray, ray_over
from coverage_sim.links.path import LinkPath, voids_of
from coverage_sim.links.reason import Reason, explain
from coverage_sim.propagation.model import Model, beyond_distance_range
from coverage_sim.propagation.single_paths import loss_over
from coverage_sim.propagation.terms import LossTerms, Term, loss_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link and everything that is known of it.

    Parameters
    ----------
    model : Model
        As it computed the loss: at the transmitter's latitude where that is known.
    path : LinkPath
        Profile and positions.
    frequency_mhz : float
        Frequency. [MHz]
    tx_height_m, rx_height_m : float
        Antenna heights above ground. [m]
    path_loss_db : float
        Basic transmission loss. [dB]
    terms : LossTerms
        What it was computed from.
    reason : Reason
        What limits it.
    notes : tuple of str
        What a reader should know besides, a sentence each.
    """

    model: Model
    path: LinkPath
    frequency_mhz: float
    tx_height_m: float
    rx_height_m: float
    path_loss_db: float
    terms: LossTerms
    reason: Reason
    notes: tuple[str, ...]

    def ray(self) -> Ray:
        """Return the straight ray over the path, for pictures."""
        return ray_over(
            self.path.profile,
            frequency_mhz=self.frequency_mhz,
            tx_height_m=self.tx_height_m,
            rx_height_m=self.rx_height_m,
            earth_radius_km=self.terms.earth_radius_km,
        )

    def as_record(self) -> dict[str, Any]:
        """Return everything but the profile as plain tables of finite numbers, for JSON."""
        asked: Any = self.model
        ends = [
            {
                "height_m": height_m,
                "ground_m": float(self.path.profile.ground_m[at]),
                **(dataclasses.asdict(self.path.positions[at]) if self.path.positions else {}),
            }
            for height_m, at in ((self.tx_height_m, 0), (self.rx_height_m, -1))
        ]
        return {
            "model": self.model.name,
            "reference": self.model.reference,
            "parameters": dataclasses.asdict(asked),
            "frequency_mhz": self.frequency_mhz,
            "transmitter": ends[0],
            "receiver": ends[1],
            "length_m": self.path.length_m,
            "profile": self.path.source,
            "profile_points": int(self.path.profile.distance_km.size),
            "synthetic": self.path.synthetic,
            "path_loss_db": self.path_loss_db,
            "limited_by": self.reason.limited_by,
            "why": self.reason.sentence,
            "free_space_db": self.reason.free_space_db,
            "costs_db": dict(self.reason.costs_db),
            "obstacles": [_obstacle_record(obstacle) for obstacle in self.reason.obstacles],
            "earth_radius_km": self.terms.earth_radius_km,
            "geometry": [_term_record(term) for term in self.terms.geometry],
            "losses": [_term_record(term) for term in self.terms.losses],
            "notes": list(self.notes),
        }


def _term_record(term: Term) -> dict[str, Any]:
    return {
        "name": term.name,
        "label": term.label,
        "value": term.value if math.isfinite(term.value) else None,
        "unit": term.unit,
        "reference": term.reference,
    }


def _obstacle_record(obstacle: Obstacle) -> dict[str, Any]:
    record = dataclasses.asdict(obstacle)
    return {**record, **(record.pop("position") or {})}


def analyse_link(
    model: Model,
    path: LinkPath,
    *,
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
) -> Link:
    """Return the loss of a link, what it is made of, and what limits it.

    Parameters
    ----------
    model : Model
        From `coverage_sim.get_model`; over positions it is taken to the transmitter's latitude and
        to the zones of the path, as the raster drivers do.
    path : LinkPath
        From `terrain_path` or `profile_path`.
    frequency_mhz : float
        Frequency, within the model's range. [MHz]
    tx_height_m, rx_height_m : float
        Antenna heights above ground, within the model's range. [m]

    Returns
    -------
    Link
        At a cell's centre the loss is that of the exact raster driver.

    Raises
    ------
    InputError
        With everything that is wrong: a frequency or a height out of range, a void on the path, a
        path for which the model has no answer.

    Examples
    --------
    >>> from pathlib import Path
    >>> import coverage_sim
    >>> link = coverage_sim.analyse_link(
    ...     coverage_sim.get_model("p1812_8"),
    ...     coverage_sim.profile_path(Path("profile.csv")),
    ...     frequency_mhz=1800.0,
    ...     tx_height_m=30.0,
    ...     rx_height_m=1.5,
    ... )
    >>> round(link.path_loss_db, 1), link.reason.limited_by
    (128.5, 'terrain')
    """
    problems = Problems()
    with problems.collect():
        model.validity.check(
            model.name,
            frequency_mhz=frequency_mhz,
            tx_height_m=tx_height_m,
            rx_height_m=rx_height_m,
        )
    with problems.collect():
        _refuse_voids(path)
    problems.raise_if_any()
    if path.positions:
        model = model.at_mast(path.positions[0].latitude_deg)
    given = {
        "frequency_mhz": float(frequency_mhz),
        "tx_height_m": float(tx_height_m),
        "rx_height_m": float(rx_height_m),
    }
    loss_db = loss_over(model, path.profile, **given)
    terms = loss_terms(model, path.profile, **given)
    if math.isnan(loss_db):
        msg = (
            f"{model.name} has no answer for this path: {'; '.join(terms.notes) or 'not said why'}."
            " Choose another model."
        )
        raise InputError(msg)
    beyond = beyond_distance_range(model, path.length_m)
    reason = explain(model, path, earth_radius_km=terms.earth_radius_km, **given)
    return Link(
        model=model,
        path=path,
        path_loss_db=loss_db,
        terms=terms,
        reason=reason,
        notes=(*terms.notes, *([beyond] if beyond else [])),
        **given,
    )


def _refuse_voids(path: LinkPath) -> None:
    voids = voids_of(path)
    if not voids.size:
        return
    first = int(voids[0])
    where = f"{path.profile.distance_km[first]:.2f} km from the transmitter"
    if path.positions:
        where += f" ({path.positions[first]})"
    msg = (
        f"the path crosses a void: {voids.size} of its {path.profile.distance_km.size} points have "
        f"no height, the first one {where}. Fill the void or choose other ends."
    )
    raise InputError(msg)
