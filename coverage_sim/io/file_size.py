"""Whether a file of input is there, and how large it may be."""

from collections.abc import Callable
from pathlib import Path

from coverage_sim.errors import InputError

#: Larger ones are no list of sites or villages. [B]
LARGEST_BYTES = 128 * 1024 * 1024
_MEGABYTE = 1e6
_HEAD_BYTES = 4096


def is_file(path: Path) -> bool:
    """Say whether a file is there; a name that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or a zero character
        return False


def is_folder(path: Path) -> bool:
    """Say whether a folder is there; a name that no folder can have is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def check_replaceable(path: Path, is_ours: Callable[[str], bool], what: str) -> None:
    """Refuse to put a file in the place of one that this program did not write.

    Parameters
    ----------
    path : Path
        Where it shall stand.
    is_ours : callable
        Says of the first 4 kB of a file whether it is one of the program's.
    what : str
        What it is, for messages.

    Raises
    ------
    InputError
        If something else is there, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES).decode("utf-8-sig", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        msg = f"{path} cannot be written or read: {error.strerror}. Give another name."
        raise InputError(msg) from None
    if not is_ours(head):
        msg = f"{path} exists and is no {what}; nothing is overwritten, give another name."
        raise InputError(msg)


def check_there(path: Path) -> int:
    """Refuse a file that is missing or cannot be read; return its size. [B]

    Raises
    ------
    InputError
        With the reason.
    """
    try:
        if path.is_file():
            with path.open("rb"):
                return path.stat().st_size
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        msg = f"{path}: cannot be read: {reason}; correct the path or the rights."
        raise InputError(msg) from None
    msg = f"{path}: no such file; correct the path (it is relative to the scenario file)."
    raise InputError(msg)


def check_size(path: Path, largest_bytes: int = LARGEST_BYTES) -> None:
    """Refuse a file that is missing, cannot be read, or is too large.

    Raises
    ------
    InputError
        With the reason.
    """
    size = check_there(path)
    if size > largest_bytes:
        msg = (
            f"{path} has {size / _MEGABYTE:.0f} MB; a table may have "
            f"{largest_bytes / _MEGABYTE:.0f} MB."
        )
        raise InputError(msg)
