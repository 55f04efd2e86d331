"""No loss at the phone is counted twice, and none is added where it is not defined."""

from collections.abc import Sequence

import numpy as np

from coverage_sim.errors import Problems
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.registry import registered_terminals
from coverage_sim.propagation.terminal import Terminal, added_loss_db


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
