"""Numbers out of range, worded once: who refuses, what was given, what is allowed, the cure."""

import numpy as np
from numpy.typing import ArrayLike

from coverage_sim.array_types import Floats
from coverage_sim.errors import Problems


def check_parameter(
    problems: Problems, who: str, what: str, value: float, low: float, high: float, unit: str
) -> None:
    """Note a parameter that is not within ``low`` to ``high``; NaN is refused.

    Parameters
    ----------
    problems : Problems
        Collects the message.
    who, what : str
        Who refuses, and the name of the parameter.
    value, low, high : float
        Given, smallest and largest.
    unit : str
        Of all three.
    """
    if not low <= value <= high:
        problems.add(
            f"{who}: {what} is {value:g} {unit}; it must be {low:g} to {high:g} {unit}. "
            "Correct the value."
        )


def check_percent(problems: Problems, who: str, what: str, values: ArrayLike) -> None:
    """Note percentages that do not lie between 0 and 100, both excluded; NaN is refused."""
    given = np.asarray(values, dtype=np.float64)
    outside = given[~((given > 0.0) & (given < 100.0))]
    if outside.size:
        problems.add(
            f"{who}: {what} is {_listing(outside, '%')}; it must lie between 0 and 100 %. "
            "The median is 50."
        )


def check_frequency(
    problems: Problems, who: str, values: ArrayLike, allowed_mhz: tuple[float, float], cure: str
) -> None:
    """Note frequencies that are not within a range; NaN is refused.

    Parameters
    ----------
    problems : Problems
        Collects the message.
    who : str
        Who refuses.
    values : array_like
        Frequencies. [MHz]
    allowed_mhz : tuple of float
        Smallest and largest. [MHz]
    cure : str
        What to do instead; a sentence.
    """
    low, high = allowed_mhz
    given = np.asarray(values, dtype=np.float64)
    outside = given[~((given >= low) & (given <= high))]
    if outside.size:
        problems.add(
            f"{who}: frequency_mhz is {_listing(outside, 'MHz')}; it must be {low:g} to "
            f"{high:g} MHz. {cure}"
        )


def check_cells(
    problems: Problems, who: str, what: str, values: ArrayLike, low: float, high: float, unit: str
) -> None:
    """Note values of cells that are not within ``low`` to ``high``; NaN is no data and passes.

    Parameters
    ----------
    problems : Problems
        Collects the message.
    who, what : str
        Who refuses, and the name of the argument.
    values : array_like
        Given.
    low, high : float
        Smallest and largest.
    unit : str
        Of all three.
    """
    given = np.asarray(values, dtype=np.float64)
    outside = given[(given < low) | (given > high)]
    if outside.size:
        upper = f"{low:g} to {high:g} {unit}" if np.isfinite(high) else f"at least {low:g} {unit}"
        problems.add(
            f"{who}: {what} is {_listing(outside, unit)}; it must be {upper}. Correct the value."
        )


def _listing(outside: Floats, unit: str) -> str:
    others = f" (and {outside.size - 1} more)" if outside.size > 1 else ""
    return f"{outside.flat[0]:g} {unit}{others}"
