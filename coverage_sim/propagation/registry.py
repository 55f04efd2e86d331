"""Propagation models and losses at the phone by name, whatever files their folders hold."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import Any, TypeVar

from coverage_sim.errors import InputError, Problems, did_you_mean, must_be_one_of
from coverage_sim.propagation import models, terminals
from coverage_sim.propagation.model import MODELS, Model
from coverage_sim.propagation.terminal import TERMINALS, Terminal

T = TypeVar("T")


def registered_models() -> dict[str, type[Model]]:
    """Return every model class by name, in the order of the names.

    Examples
    --------
    >>> sorted(registered_models())[:3]
    ['cost231_hata', 'ehata', 'free_space']
    """
    _import_all(models)
    return dict(sorted(MODELS.items()))


def registered_terminals() -> dict[str, type[Terminal]]:
    """Return every class of losses at the phone by name, in the order of the names."""
    _import_all(terminals)
    return dict(sorted(TERMINALS.items()))


def _import_all(package: ModuleType) -> None:
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def get_model(name: str, **parameters: Any) -> Model:
    """Return the model called ``name`` with the given parameters.

    Parameters
    ----------
    name : str
        As `coverage-sim models` lists it, for example ``"p1812_8"``.
    **parameters
        Fields of the model's class; the others keep their defaults.

    Raises
    ------
    InputError
        For an unknown name or parameter, a missing one, or a value out of range.

    Examples
    --------
    >>> get_model("p1812_8", time_percent=10.0).time_percent
    10.0
    """
    return _made("propagation model", name, registered_models(), parameters)


def get_terminal(name: str, **parameters: Any) -> Terminal:
    """Return the loss at the phone called ``name`` with the given parameters.

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
    return _made("terminal", name, registered_terminals(), parameters)


def _made(what: str, name: str, classes: Mapping[str, type[T]], parameters: Mapping[str, Any]) -> T:
    """Return the thing called ``name``, all problems of its parameters told at once."""
    if name not in classes:
        raise must_be_one_of(what=what, given=name, allowed=classes)
    fields = dataclasses.fields(classes[name])  # type: ignore[arg-type]
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
        return classes[name](**parameters)
    except TypeError as error:
        msg = f"{name}: {error}; give its parameters as numbers or the words it lists."
        raise InputError(msg) from None
