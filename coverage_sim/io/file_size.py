"""Whether a file of input is there, and how large it may be."""

from pathlib import Path

from coverage_sim.errors import InputError

#: Larger ones are no list of sites or villages. [B]
LARGEST_BYTES = 128 * 1024 * 1024
_MEGABYTE = 1e6


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
