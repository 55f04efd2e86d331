"""The two ways to path loss over a raster, behind one door."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from coverage_sim.array_types import Floats32
from coverage_sim.errors import Problems, must_be_one_of
from coverage_sim.propagation.exact import Fan, Request, path_loss_to
from coverage_sim.propagation.model import Model, takes_paths
from coverage_sim.propagation.sweep import sweep_loss_to
from coverage_sim.propagation.targets import Rings

DRIVERS = ("sweep", "exact")

#: How far the innermost ring of a sweep reaches; the others end at 2, 4, 8, ... times that. [m]
INNERMOST_RING_M = 10_000.0

#: Fewest radials of the innermost ring, however large the cells.
_FEWEST_RADIALS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """How a raster of path loss is computed.

    Parameters
    ----------
    name : {"sweep", "exact"}
        ``"exact"`` walks each cell's own profile. ``"sweep"`` takes what lies before a cell's last
        steps from the nearest radial, which is many times faster and differs where the ground
        changes between radials. A model that analyses profiles itself is always driven exactly.
    radials_per_rim_cell : float
        Density of the sweep: 1 lets a radial pass through every terrain cell at 10, 20, 40, ... km
        from the mast; everywhere else they lie closer.
    own_steps : int
        Profile points before a cell that the sweep takes from its own path.

    Raises
    ------
    InputError
        With every value that is out of range.
    """

    name: Literal["sweep", "exact"] = "sweep"
    radials_per_rim_cell: float = 1.0
    own_steps: int = 8

    def __post_init__(self) -> None:
        problems = Problems()
        if self.name not in DRIVERS:
            with problems.collect():
                raise must_be_one_of(what="driver", given=str(self.name), allowed=DRIVERS)
        if not 0.01 <= self.radials_per_rim_cell <= 10.0:
            problems.add(
                f"radials_per_rim_cell is {self.radials_per_rim_cell:g}; it must be 0.01 to 10."
            )
        if self.own_steps < 0:
            problems.add(f"own_steps is {self.own_steps}; it must be 0 or more.")
        problems.raise_if_any()

    def sweeps(self, model: Model) -> bool:
        """Say whether a model's path loss is swept; one that analyses profiles itself is not."""
        return self.name == "sweep" and takes_paths(model)

    def rings(self, cell_m: float) -> Rings:
        """Return the radials by distance; a multiple of 8, as a circle is turned."""
        radius_cells = INNERMOST_RING_M / cell_m
        rim_cells = 2.0 * math.pi * radius_cells
        radials = 8 * math.ceil(self.radials_per_rim_cell * rim_cells / 8.0)
        return Rings(max(radials, _FEWEST_RADIALS), radius_cells)

    def beside_cells(self, model: Model, cell_m: float) -> float:
        """Return how far beside a path the ground may lie that its loss is found over. [cells]"""
        return self.rings(cell_m).half_gap_cells() if self.sweeps(model) else 0.0


def drive(
    driver: Driver, fan: Fan, requests: Sequence[Request], *, threads: int = 1
) -> list[Floats32]:
    """Path loss from one mast to many receivers, for every request.

    Parameters
    ----------
    driver : Driver
        The way.
    fan, requests
        As `coverage_sim.propagation.exact.path_loss_to` has them.
    threads : int
        Threads to use; the result does not depend on it.

    Returns
    -------
    list of ndarray of float32
        One array a request, of as many receivers as it asks; the loss to one does not depend on
        what else is asked. [dB]
    """
    losses = [np.empty(0, dtype=np.float32)] * len(requests)
    swept = [i for i, request in enumerate(requests) if driver.sweeps(request.model)]
    walked = [i for i in range(len(requests)) if i not in swept]
    if swept:
        found = sweep_loss_to(
            fan,
            [requests[i] for i in swept],
            rings=driver.rings(fan.raster.cell_m),
            own_steps=driver.own_steps,
            threads=threads,
        )
        for i, loss_db in zip(swept, found, strict=True):
            losses[i] = loss_db
    if walked:
        found = path_loss_to(fan, [requests[i] for i in walked], threads=threads)
        for i, loss_db in zip(walked, found, strict=True):
            losses[i] = loss_db
    return losses
