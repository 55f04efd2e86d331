"""Write files so that an interruption leaves nothing half done, and hash what is read."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from coverage_sim.caches import try_writing
from coverage_sim.errors import InputError
from coverage_sim.io.temporary_names import leftovers, remove, temporary_name

#: Stands where a file format demands a date: equal results are equal files.
NO_DATE: Final = "2000-01-01T00:00:00.000Z"

#: Less than any file needs. [B]
_FULL_BYTES: Final = 16 * 1024

#: How much more is tried where a library could not write a file. [B]
_PROBE_BYTES: Final = 1024**2

#: What unfinished files are called, in their names.
_KIND: Final = "file"


@contextmanager
def written_atomically(path: str | Path, *, room_bytes: float = 0.0) -> Iterator[Path]:
    """Give a name beside ``path`` to write to; rename it to ``path`` when the block ends well.

    The temporary name keeps the suffix, because many writers choose the format by it. What a
    killed process left of the same file is removed.

    Parameters
    ----------
    path : str or Path
        What is written; its folder is made.
    room_bytes : float
        What there must be room for before it is begun; see `require_room`. [B]

    Raises
    ------
    InputError
        If ``path`` is a folder.
    OSError
        If it cannot be written; of a full disk this is raised whatever the writer raises.
    """
    path = Path(path)
    if path.is_dir():
        msg = f"{path} is a folder; the name of a file is needed."
        raise InputError(msg)
    path.parent.mkdir(parents=True, exist_ok=True)
    require_room(path, room_bytes)
    for left in leftovers(path, _KIND):
        remove(left)
    temporary = temporary_name(path, _KIND, path.suffix)
    try:
        yield temporary
        temporary.replace(path)
    except Exception as error:
        if _is_of_a_full_disk(error, path.parent):
            raise _no_room(path) from error
        if not getattr(error, "errno", None):  # a library's own words, GDAL's OSError among them
            _try_room(path, max(room_bytes, _size_bytes(temporary)), error)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _is_of_a_full_disk(error: Exception, folder: Path) -> bool:
    """Say whether a writer failed since there is no room; libraries say that in many ways."""
    said = os.strerror(errno.ENOSPC) in str(error) or getattr(error, "errno", 0) == errno.ENOSPC
    return said or shutil.disk_usage(folder).free < _FULL_BYTES


def _size_bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _try_room(path: Path, room_bytes: float, error: Exception) -> None:
    """Raise what the system says of a file as large, where a library said it in its own way.

    So of a user's share of the disk, and where files may not be so large: what was written before
    it failed is as large as they may be.
    """
    try:
        try_writing(path.parent, int(room_bytes) + _PROBE_BYTES)
    except OSError as found:
        raise OSError(found.errno, found.strerror, str(path)) from error


def _no_room(path: Path) -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def require_room(path: Path, size_bytes: float) -> None:
    """Refuse to begin a file for which there is no room.

    For writers that take back what they wrote when the disk is full, and then name another reason.

    Raises
    ------
    OSError
        That there is no space left.
    """
    if shutil.disk_usage(path.parent).free < size_bytes:
        raise _no_room(path)


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write what was made in memory: libraries in C do not survive each full disk."""
    with written_atomically(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | Path, text: str, *, bom: bool = False) -> None:
    """Write UTF-8 with unix line ends; ``bom`` lets Excel recognise Vietnamese."""
    write_bytes(path, text.encode("utf-8-sig" if bom else "utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write JSON with sorted keys, so that equal contents are equal bytes."""
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    write_text(path, text + "\n")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
