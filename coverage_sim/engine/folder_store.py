"""A folder as a store: checksummed, safe against crashes.

Several processes may share a folder; each object is written beside its name and renamed.
"""

import contextlib
import hashlib
import logging
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
        found = []
        for path in self.folder.glob("*/[!.]*.bin"):  # what begins with a dot is not finished
            with contextlib.suppress(OSError):  # another process may have removed it
                status = path.stat()
                found.append(Kept(path, status.st_size, status.st_mtime))
        return sorted(found, key=lambda kept: -kept.written_s)

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
        total, removed = 0, []
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
