"""Read TOML files as people and programs may have made them: bounded in size, depth and digits."""

import tomllib
from pathlib import Path
from typing import Any

from coverage_sim.errors import InputError

#: A scenario, a catalogue or a set of rules is a hundredth of this. [B]
_LARGEST_BYTES = 4 * 1024 * 1024

#: How deep tables and lists may lie in one another; the deepest that is known lies 6 deep.
_DEEPEST = 24

#: Whole numbers have 64 bits in TOML.
_LARGEST_NUMBER = 2**63


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    path : Path
        The file, of 4 MiB at most.

    Returns
    -------
    dict
        Its content, as `tomllib` gives it: tables and lists at most 24 deep, whole numbers of 64
        bits, no text with a zero character.

    Raises
    ------
    InputError
        If there is no such file, if it is a folder, cannot be read, is too large, or is not TOML
        in UTF-8 within these bounds.
    """
    try:
        with path.open("rb") as stream:
            given = stream.read(_LARGEST_BYTES + 1)
        if len(given) > _LARGEST_BYTES:
            msg = f"{path}: larger than {_LARGEST_BYTES // 1024**2} MiB; no file of settings is."
            raise InputError(msg)
        text = given.decode("utf-8-sig")
    except FileNotFoundError:
        msg = f"{path}: there is no such file; check the path."
    except IsADirectoryError:
        msg = f"{path}: is a folder; a TOML file is needed."
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}."
    except UnicodeDecodeError as error:
        msg = f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8."
    else:
        return _parse(text, str(path))
    raise InputError(msg)


def read_toml_keys(text: str, where: str) -> dict[str, Any]:
    """Read keys that stand in one line, as an inline table has them between its braces.

    Parameters
    ----------
    text : str
        Such as ``site = "A", downtilt_deg = 5.0``.
    where : str
        How messages name it.

    Raises
    ------
    InputError
        If it is not TOML within the bounds of `read_toml`.

    Examples
    --------
    >>> read_toml_keys('site = "A", downtilt_deg = 5.0', "--change")
    {'site': 'A', 'downtilt_deg': 5.0}
    """
    content = _parse(f"keys = {{ {text} }}", where)
    if set(content) != {"keys"}:
        msg = f"{where}: must be keys with values, one line with commas between them."
        raise InputError(msg)
    keys: dict[str, Any] = content["keys"]
    return keys


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"{where}: is not TOML: {error}."
    except RecursionError:
        msg = f"{where}: {_TOO_DEEP}"
    except ValueError as error:  # Python refuses to read numbers of thousands of digits, and dates
        msg = f"{where}: holds a value that cannot be ({error}); correct it."
    else:
        _check_bounds(where, content)
        return content
    raise InputError(msg)


_TOO_DEEP = f"tables or lists lie more than {_DEEPEST} deep in one another; write it flatter."


def _check_bounds(where: str, content: dict[str, Any]) -> None:
    """Refuse what no key of ours needs and what would break whoever walks over it."""
    inner: list[tuple[str, Any]] = [("", content)]
    for _ in range(_DEEPEST):
        outer, inner = inner, []
        for key, value in outer:
            if isinstance(value, dict):
                _check_text(where, key, "".join(value))
                inner += ((f"{key}.{name}" if key else name, held) for name, held in value.items())
            elif isinstance(value, list):
                inner += ((f"{key}[{place}]", held) for place, held in enumerate(value))
            elif isinstance(value, str):
                _check_text(where, key, value)
            elif isinstance(value, int) and not -_LARGEST_NUMBER <= value < _LARGEST_NUMBER:
                msg = f"{where}: {key} is a whole number of more than 64 bits; correct it."
                raise InputError(msg)
        if not inner:
            return
    msg = f"{where}: {_TOO_DEEP}"
    raise InputError(msg)


def _check_text(where: str, key: str, text: str) -> None:
    if "\0" in text:
        msg = f"{where}: {key or 'a key'} holds a zero character, which no name has; take it out."
        raise InputError(msg)
