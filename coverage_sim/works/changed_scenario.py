"""A scenario with other masts as a file that `run` and `compare` take."""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit

from coverage_sim.scenario.load import LoadedScenario
from coverage_sim.scenario.schema_network import (
    AddedCarriers,
    NetworkChoice,
    NewSite,
    SiteChange,
)


def extending(
    loaded: LoadedScenario,
    network: NetworkChoice,
    folder: Path,
    called: Mapping[str, str | None],
    *,
    comment: str,
) -> str:
    """Return a scenario file that extends another one, with other masts.

    Parameters
    ----------
    loaded : LoadedScenario
        The one that is extended.
    network : NetworkChoice
        Its network, with all that is put up and changed: a list replaces a list.
    folder : Path
        Where the file will stand.
    called : mapping of str to str
        ``name``, ``title`` and so on.
    comment : str
        Stands first.
    """
    document = tomlkit.document()
    document.add(tomlkit.comment(comment))
    document["format"] = 1
    document["extends"] = Path(os.path.relpath(loaded.path.resolve(), folder.resolve())).as_posix()
    for key, text in called.items():
        if text is not None:
            document[key] = text
    table = tomlkit.table()
    for key in ("add", "change"):
        entries = tomlkit.aot()
        for entry in getattr(network, key):
            item = tomlkit.table()
            item.update(toml_keys(entry))
            entries.append(item)
        if len(entries):
            table[key] = entries
    document["network"] = table
    return tomlkit.dumps(document)


def stated_keys(entry: SiteChange | NewSite) -> dict[str, Any]:
    """Return the keys of a table of a scenario that say something."""
    given = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
    return {name: value for name, value in given.items() if value is not None}


def toml_keys(entry: SiteChange | NewSite) -> dict[str, Any]:
    """Return the same as TOML has it: arrays for tuples, tables for what is put on a mast."""
    keys: dict[str, Any] = {}
    for name, value in stated_keys(entry).items():
        if name == "carriers":
            keys[name] = [_toml_table(one) for one in value]
        else:
            keys[name] = list(value) if isinstance(value, tuple) else value
    return keys


def _toml_table(added: AddedCarriers) -> dict[str, Any]:
    """Return what is put on a mast as TOML has it, without what is left to others to say."""
    keys = dataclasses.asdict(added)
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in keys.items()
        if value is not None and value != ()
    }
