"""Changes of sites as they stand on the command line, and the file they are written to."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from coverage_sim.caches import try_writing
from coverage_sim.errors import Problems
from coverage_sim.io.toml_files import read_toml_keys
from coverage_sim.studies.session.entries import read_entries
from coverage_sim.units import Key


def keys_in_lines(add: Iterable[str], change: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the keys of entries that are written as text, each in one line.

    Parameters
    ----------
    add, change : iterable of str
        Such as ``site = "A", downtilt_deg = 5.0``.

    Raises
    ------
    InputError
        With everything that is wrong with any of them, or if there are none.

    Examples
    --------
    >>> keys_in_lines([], ['site = "A", downtilt_deg = 5.0'])["change"]
    [{'site': 'A', 'downtilt_deg': 5.0}]
    """
    problems = Problems()
    keys: dict[str, list[dict[str, Any]]] = {"add": [], "change": []}
    for option, texts in (("add", add), ("change", change)):
        for text in texts:
            with problems.collect():
                keys[option].append(read_toml_keys(text, f"--{option} {text}"))
    if not problems.messages and not any(keys.values()):
        problems.add(
            "nothing is changed; say what with --change 'site = \"ID\", downtilt_deg = 5.0' "
            "or with --add."
        )
    problems.raise_if_any()
    with problems.collect("--"):
        read_entries(**keys)
    problems.raise_if_any()
    return keys


def name_of_new(path: Path) -> str:
    """Return what a scenario is called that will be written: as its file.

    Raises
    ------
    InputError
        If the file exists, cannot be written, or no scenario can be called so.
    """
    problems = Problems()
    try:
        TypeAdapter(Key).validate_python(path.stem)
    except ValidationError:
        problems.add(
            f"--write {path}: the scenario is called as the file, {path.stem!r}; it must "
            "begin with a small letter or digit and hold these and _ only. Give another name."
        )
    if path.exists():
        problems.add(f"--write {path} exists; nothing is overwritten. Give another name.")
    try:
        try_writing(path.parent)
    except OSError as error:
        problems.add(f"--write {path} cannot be written: {error.strerror}. Give another place.")
    problems.raise_if_any()
    return path.stem
