"""A folder as a store: checksummed, safe against crashes.

Several processes may share a folder; each object is written beside its name and renamed.
"""

import contextlib
import hashlib
import logging
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from coverage_sim.io.atomic_files import written_atomically
from coverage_sim.io.temporary_names import is_left, remove

_DIGEST_BYTES = 16

#: What was asked for is marked again after so long. [s]
_DAY_S = 86_400.0

_LOG = logging.getLogger(__name__)


class Kept(NamedTuple):
    """An object of a folder."""

    path: Path
    size_bytes: int
    asked_s: float  # when it was written or last asked for, to a day, since the epoch


@dataclass(frozen=True, slots=True)
class FolderStore:
    """A folder as a store.

    Parameters
    ----------
    folder : str or Path
        Made when the first object is put.
    """

    folder: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(self.folder))

    def get(self, key: str) -> bytes | None:
        """Return the bytes kept under ``key``; None if there are none, or damaged ones."""
        try:
            with self._path(key).open("rb") as file:
                kept, written_s = file.read(), os.fstat(file.fileno()).st_mtime
        except OSError:
            return None
        if time.time() - written_s > _DAY_S:  # what is in use is not what goes first
            with contextlib.suppress(OSError):
                os.utime(self._path(key))
        content = _verify(key, kept)
        if content is None:  # never believed, written again by who needs it
            _LOG.warning("%s is damaged; what it held is computed again.", self._path(key))
        return content

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content`` under ``key``; a full or read-only disk only costs the next run time."""
        with contextlib.suppress(OSError), written_atomically(self._path(key)) as temporary:
            temporary.write_bytes(_digest(key, content) + content)

    def has(self, key: str) -> bool:
        """Say whether there is something under ``key``; it may yet turn out to be damaged."""
        return self._path(key).is_file()

    def objects(self) -> list[Kept]:
        """Return what is kept, what was asked for last first."""
        return [Kept(Path(one[0]), *one[1:]) for one in _last_first(self._entries())]

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        """Yield every file of the folder; a store has tens of thousands of them."""
        for folder in self.folder.glob("*/"):
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                yield from entries

    def prune(self, limit_bytes: int) -> list[Kept]:
        """Remove the objects asked for longest ago until the rest needs no more than a limit.

        Parameters
        ----------
        limit_bytes : int
            What may stay. [B]

        Returns
        -------
        list of Kept
            What was removed.
        """
        entries = list(self._entries())
        for entry in entries:
            if is_left(entry.name):
                remove(Path(entry.path))
        removed: list[Kept] = []
        total = 0
        for path, size_bytes, asked_s in _last_first(entries):
            total += size_bytes
            if total > limit_bytes:
                with contextlib.suppress(OSError):
                    Path(path).unlink(missing_ok=True)
                    removed.append(Kept(Path(path), size_bytes, asked_s))
        return removed

    def verify(self) -> list[Kept]:
        """Read every object; remove and return those that are damaged."""
        damaged = []
        for kept in self.objects():
            with contextlib.suppress(OSError):
                if _verify(kept.path.stem, kept.path.read_bytes()) is None:
                    kept.path.unlink(missing_ok=True)
                    damaged.append(kept)
        return damaged

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.bin"


def _last_first(entries: Iterable[os.DirEntry[str]]) -> list[tuple[str, int, float]]:
    """Return path, size and time of the objects among files, what was asked for last first."""
    found = []
    for entry in entries:
        # What begins with a dot is not finished.
        if entry.name.endswith(".bin") and not entry.name.startswith("."):
            with contextlib.suppress(OSError):  # another process may have removed it
                status = entry.stat()
                found.append((entry.path, status.st_size, status.st_mtime))
    return sorted(found, key=lambda one: -one[2])


def _verify(key: str, kept: bytes) -> bytes | None:
    """Return the content of an object; None if it is truncated, damaged or another key's."""
    digest, content = kept[:_DIGEST_BYTES], kept[_DIGEST_BYTES:]
    return content if digest == _digest(key, content) else None


def _digest(key: str, content: bytes) -> bytes:
    digest = hashlib.blake2b(key.encode() + b"\0", digest_size=_DIGEST_BYTES)
    digest.update(content)
    return digest.digest()
