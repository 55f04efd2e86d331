"""What is added to path loss at the phone: its surroundings, and the walls around it.

A loss at the terminal is added by its name and never twice: not by two names that hold the same
thing, and not to a model that holds it already. `coverage_sim.propagation.terminal_checks` is that
rule. A file in `coverage_sim.propagation.terminals` defines a frozen dataclass decorated with
`register_terminal`; nothing else has to be edited.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal, Protocol, TypeVar

import numpy as np

from coverage_sim.array_types import Floats
from coverage_sim.errors import Problems
from coverage_sim.propagation.model import Validity

#: What a loss stands for; a path has each at most once.
Kind = Literal["clutter", "building"]


class Terminal(Protocol):
    """A loss at the phone with its parameters; immutable, so that a result can name it."""

    name: ClassVar[str]
    title: ClassVar[str]
    reference: ClassVar[str]
    good_for: ClassVar[str]
    kind: ClassVar[Kind]
    validity: ClassVar[Validity]

    def path_height_m(self, rx_height_m: float) -> float:
        """Return the height above ground to which path loss must be computed. [m]"""

    def loss_db(
        self, *, frequency_mhz: float, distance_m: Floats, elevation_deg: Floats, rx_height_m: float
    ) -> Floats:
        """Return what is to be added to path loss. [dB]

        Parameters
        ----------
        frequency_mhz : float
            Frequency. [MHz]
        distance_m : ndarray of float
            Length of each path; NaN where there is none. [m]
        elevation_deg : ndarray of float
            Elevation of each path at the phone, of the same shape. [deg]
        rx_height_m : float
            Height of the phone above ground. [m]

        Returns
        -------
        ndarray of float
            Of the shape of ``distance_m``; NaN where that is. [dB]

        Raises
        ------
        InputError
            With everything that is out of range.
        """


def over_paths(loss_db: Floats, distance_m: Floats) -> Floats:
    """Return a loss over the shape of the paths, NaN where there is no path. [dB]"""
    return np.where(np.isnan(distance_m), np.nan, loss_db)


TerminalT = TypeVar("TerminalT", bound="type[Terminal]")
#: Every class of losses that was imported, by name.
TERMINALS: dict[str, type[Terminal]] = {}


def register_terminal(terminal: TerminalT) -> TerminalT:
    """Make a loss known by its name; the decorator of every class of them.

    Raises
    ------
    ValueError
        If another class holds the name: a new edition needs a new name.
    """
    name: str = terminal.name
    if name in TERMINALS and TERMINALS[name].__qualname__ != terminal.__qualname__:
        msg = f"two terminals are called {name!r}"
        raise ValueError(msg)
    TERMINALS[name] = terminal
    return terminal


def path_height_m(terminals: Sequence[Terminal], rx_height_m: float) -> float:
    """Return the height above ground to which path loss must be computed. [m]

    Parameters
    ----------
    terminals : sequence of Terminal
        What will be added to it.
    rx_height_m : float
        Height of the phone above ground. [m]

    Examples
    --------
    >>> from coverage_sim.propagation.registry import get_terminal
    >>> path_height_m([get_terminal("p2108_height_gain", surroundings="suburban")], 1.5)
    10.0
    >>> path_height_m([], 1.5)
    1.5
    """
    return max((t.path_height_m(rx_height_m) for t in terminals), default=rx_height_m)


def added_loss_db(
    terminals: Sequence[Terminal],
    *,
    frequency_mhz: float,
    distance_m: Floats,
    elevation_deg: Floats,
    rx_height_m: float,
) -> Floats:
    """Return the sum of all losses at the phone; the arguments are those of `Terminal`. [dB]

    Raises
    ------
    InputError
        With everything that is out of range.

    Examples
    --------
    >>> from coverage_sim.propagation.registry import get_terminal
    >>> added_loss_db(
    ...     [get_terminal("p2109_building_entry")],
    ...     frequency_mhz=1800.0,
    ...     distance_m=np.array([500.0, 5000.0]),
    ...     elevation_deg=np.array([4.0, 0.4]),
    ...     rx_height_m=1.5,
    ... ).round(1)
    array([15.5, 14.9])
    """
    total_db = np.zeros(np.shape(distance_m))
    problems = Problems()
    for terminal in terminals:
        with problems.collect():
            total_db += terminal.loss_db(
                frequency_mhz=frequency_mhz,
                distance_m=distance_m,
                elevation_deg=elevation_deg,
                rx_height_m=rx_height_m,
            )
    problems.raise_if_any()
    return total_db
