"""A folder as a store: checksummed, safe against crashes.

Several processes may share a folder; each object is written beside its name and renamed.
"""

import contextlib
import hashlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from coverage_sim.io.atomic_files import written_atomically
from coverage_sim.io.temporary_names import leftovers_in, remove

_DIGEST_BYTES = 16


_LOG = logging.getLogger(__name__)


class Kept(NamedTuple):
    """An object of a folder."""

    path: Path
    size_bytes: int
    written_s: float  # since the epoch


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
            kept = self._path(key).read_bytes()
        except OSError:
            return None
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
        """Return what is kept, the newest first."""
        found = [Kept(Path(path), size, written_s) for path, size, written_s in self._scan()]
        return sorted(found, key=lambda kept: -kept.written_s)

    def _scan(self) -> Iterator[tuple[str, int, float]]:
        """Yield path, size and time of what is kept."""
        for folder in self.folder.glob("*/"):
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    # What begins with a dot is not finished.
                    if entry.name.endswith(".bin") and not entry.name.startswith("."):
                        with contextlib.suppress(OSError):  # another process may have removed it
                            status = entry.stat()
                            yield entry.path, status.st_size, status.st_mtime

    def prune(self, limit_bytes: int) -> list[Kept]:
        """Remove the objects written longest ago until the rest needs no more than a limit.

        Parameters
        ----------
        limit_bytes : int
            What may stay. [B]

        Returns
        -------
        list of Kept
            What was removed.
        """
        for folder in self.folder.glob("*/"):
            for left in leftovers_in(folder):
                remove(left)
        removed: list[Kept] = []
        if sum(size_bytes for _, size_bytes, _ in self._scan()) <= limit_bytes:
            return removed
        total = 0
        for kept in self.objects():
            total += kept.size_bytes
            if total > limit_bytes:
                with contextlib.suppress(OSError):
                    kept.path.unlink(missing_ok=True)
                    removed.append(kept)
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


def _verify(key: str, kept: bytes) -> bytes | None:
    """Return the content of an object; None if it is truncated, damaged or another key's."""
    digest, content = kept[:_DIGEST_BYTES], kept[_DIGEST_BYTES:]
    return content if digest == _digest(key, content) else None


def _digest(key: str, content: bytes) -> bytes:
    digest = hashlib.blake2b(key.encode() + b"\0", digest_size=_DIGEST_BYTES)
    digest.update(content)
    return digest.digest()
