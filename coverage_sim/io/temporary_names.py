"""Names of what is not finished yet: whose they are, and whether he still works on it."""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

#: What every such name begins with: it is hidden, and says whose it is.
_MARK: Final = ".coverage-sim-"

_FORM: Final = re.compile(
    re.escape(_MARK) + r"(?P<target>[0-9a-f]{12})-(?P<host>[0-9a-f]{8})-(?P<process>\d+)-"
    r"[0-9a-f]{12}\.(?P<kind>[a-z]+)"
)


def temporary_name(target: Path, kind: str, suffix: str = "") -> Path:
    """Return a name beside ``target`` that nobody else uses, of this process.

    Parameters
    ----------
    target : Path
        What will stand there in the end. Its own name is hashed: the name of an unfinished file
        is no longer than a file system allows, however long the target's is.
    kind : str
        What it is, in small letters.
    suffix : str
        Of the file, because many writers choose the format by it.
    """
    parts = (_digest(target.name, 12), _host(), str(os.getpid()), secrets.token_hex(6))
    return target.with_name(f"{_MARK}{'-'.join(parts)}.{kind}{suffix}")


def leftovers(target: Path, kind: str) -> list[Path]:
    """Return what processes of this machine that are no more left unfinished beside ``target``."""
    wanted = {"target": _digest(target.name, 12), "kind": kind}
    found = []
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        found = [Path(entry.path) for entry in entries if is_left(entry.name, wanted)]
    return sorted(found)


def is_left(name: str, wanted: Mapping[str, str] | None = None) -> bool:
    """Say whether a process of this machine that is no more left what has a name unfinished.

    Parameters
    ----------
    name : str
        Of a file or folder, without the folder that it is in.
    wanted : mapping of str to str, optional
        Parts that the name must have beside that.

    Examples
    --------
    >>> is_left("villages.csv")
    False
    """
    form = _FORM.match(name)
    if form is None or any(form[part] != one for part, one in (wanted or {}).items()):
        return False
    return form["host"] == _host() and not _is_alive(int(form["process"]))


def remove(path: Path) -> None:
    """Remove a file or a folder with all in it, as far as that goes."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _digest(text: str, digits: int) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:digits]


def _host() -> str:
    return _digest(socket.gethostname(), 8)


def _is_alive(process: int) -> bool:
    if process == os.getpid():
        return True
    import psutil  # heavy: import late

    return bool(psutil.pid_exists(process))
