"""What is added to path loss at the phone: its surroundings, and the walls around it.

A loss at the terminal is added by its name and never twice: not by two names that hold the same
thing, and not to a model that holds it already. `check_terminals` is that rule. A file in
`coverage_sim.propagation.terminals` defines a frozen dataclass decorated with
`register_terminal`; nothing else has to be edited.
"""

import dataclasses
import importlib
import pkgutil
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from coverage_sim.errors import InputError, Problems, did_you_mean, must_be_one_of
from coverage_sim.propagation.model import Model, Validity

Array = NDArray[np.float64]

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
        self, *, frequency_mhz: float, distance_m: Array, elevation_deg: Array, rx_height_m: float
    ) -> Array:
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


def over_paths(loss_db: Array, distance_m: Array) -> Array:
    """Return a loss over the shape of the paths, NaN where there is no path. [dB]"""
    return np.where(np.isnan(distance_m), np.nan, loss_db)


TerminalT = TypeVar("TerminalT", bound="type[Terminal]")
_REGISTRY: dict[str, type[Terminal]] = {}


def register_terminal(terminal: TerminalT) -> TerminalT:
    """Make a loss known by its name; the decorator of every class of them.

    Raises
    ------
    ValueError
        If another class holds the name: a new edition needs a new name.
    """
    name: str = terminal.name
    if name in _REGISTRY and _REGISTRY[name].__qualname__ != terminal.__qualname__:
        msg = f"two terminals are called {name!r}"
        raise ValueError(msg)
    _REGISTRY[name] = terminal
    return terminal


def registered_terminals() -> dict[str, type[Terminal]]:
    """Return every class of losses by name, in the order of the names."""
    from coverage_sim.propagation import terminals  # its files import this one

    for module in pkgutil.iter_modules(terminals.__path__):
        importlib.import_module(f"{terminals.__name__}.{module.name}")
    return dict(sorted(_REGISTRY.items()))


def get_terminal(name: str, **parameters: Any) -> Terminal:
    """Return the loss called ``name`` with the given parameters.

    Parameters
    ----------
    name : str
        For example ``"p2109_building_entry"``.
    **parameters
        Fields of its class; the others keep their defaults.

    Raises
    ------
    InputError
        For an unknown name or parameter, a missing one, or a value out of range.

    Examples
    --------
    >>> get_terminal("p2109_building_entry", building="thermally_efficient").building
    'thermally_efficient'
    """
    terminals = registered_terminals()
    if name not in terminals:
        raise must_be_one_of(what="terminal", given=name, allowed=terminals)
    terminal = terminals[name]
    fields = dataclasses.fields(terminal)  # type: ignore[arg-type]
    known = [field.name for field in fields]
    problems = Problems()
    for key in parameters:
        if key not in known:
            problems.add(
                f"{name} has no parameter {key!r}; it has {known}.{did_you_mean(key, known)}"
            )
    for field in fields:
        if field.default is dataclasses.MISSING and field.name not in parameters:
            problems.add(f"{name}: {field.name} is missing; it has no default, so give it.")
    problems.raise_if_any()
    try:
        return terminal(**parameters)
    except TypeError as error:
        msg = f"{name}: {error}; give its parameters as numbers or the words it lists."
        raise InputError(msg) from None


def check_terminals(
    model: Model, terminals: Sequence[Terminal], *, clutter_heights: bool = True
) -> None:
    """Refuse a loss that would be counted twice.

    Parameters
    ----------
    model : Model
        The propagation model.
    terminals : sequence of Terminal
        What is to be added to its path loss.
    clutter_heights : bool
        Whether clutter heights stand on the profile, that is whether the terrain has a land
        cover. Without them a model that reads the clutter of the profile finds none.

    Raises
    ------
    InputError
        With every name given twice, every two losses of the same thing, and every loss that the
        model holds already.
    """
    problems = Problems()
    names = [terminal.name for terminal in terminals]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            problems.add(
                f"terminal {name!r} is given {names.count(name)} times; each is added once. "
                "Name it once."
            )
    clutter = list(dict.fromkeys(t.name for t in terminals if t.kind == "clutter"))
    if len(clutter) > 1:
        problems.add(
            f"the terminals {clutter} all stand for what surrounds the phone; one of them is "
            "allowed. Keep the one that fits the place."
        )
    holds = _where_clutter_is(model, clutter_heights=clutter_heights)
    if holds is not None:
        allowed = [name for name, t in registered_terminals().items() if t.kind != "clutter"]
        for name in clutter:
            problems.add(
                f"terminal {name!r} stands for what surrounds the phone, and so {holds[0]}; "
                f"with {model.name} it must be one of {allowed}. Remove {name}, or {holds[1]}."
            )
    problems.raise_if_any()


def _where_clutter_is(model: Model, *, clutter_heights: bool) -> tuple[str, str] | None:
    """Return how a model holds clutter and how not to have it there; None if it has none."""
    if model.includes_clutter:
        return (
            f"do the statistics of {model.name}",
            "choose a model of bare terrain such as 'free_space'",
        )
    if model.uses_clutter_profile and clutter_heights:
        return (
            f"do the clutter heights that {model.name} reads from the profile",
            "leave out the land cover, so that nothing stands on the ground",
        )
    return None


def check_terminals_at(
    terminals: Sequence[Terminal], *, frequency_mhz: float, rx_height_m: float
) -> None:
    """Refuse a frequency or a height for which one of the losses is not defined.

    Raises
    ------
    InputError
        With every loss and value that do not fit.
    """
    added_loss_db(  # of one ordinary path: what it asks of the others is always so
        terminals,
        frequency_mhz=frequency_mhz,
        distance_m=np.array([1000.0]),
        elevation_deg=np.zeros(1),
        rx_height_m=rx_height_m,
    )


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
    distance_m: Array,
    elevation_deg: Array,
    rx_height_m: float,
) -> Array:
    """Return the sum of all losses at the phone; the arguments are those of `Terminal`. [dB]

    Raises
    ------
    InputError
        With everything that is out of range.

    Examples
    --------
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
