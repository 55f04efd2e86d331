"""What a store of computed pieces is: bytes by key.

A key names everything a piece depends on, so a piece is never stale: it is there or it is not.
"""

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numcodecs.shuffle import Shuffle
from numcodecs.zstd import Zstd
from numpy.typing import DTypeLike, NDArray

from coverage_sim._numba import kernel

#: Of the objects: another one is another key, so that what an earlier version kept is not asked.
_FORMAT = 2


@runtime_checkable
class Store(Protocol):
    """Get and put bytes by key."""

    def get(self, key: str) -> bytes | None:
        """Return the bytes kept under ``key``; None if there are none, or damaged ones."""

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content`` under ``key``."""

    def has(self, key: str) -> bool:
        """Say whether there is something under ``key``; it may yet turn out to be damaged."""


class MemoryStore:
    """A dictionary as a store, for tests and for runs that must leave nothing behind."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """Return the bytes kept under ``key``, or None."""
        return self._kept.get(key)

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content`` under ``key``."""
        self._kept[key] = content

    def has(self, key: str) -> bool:
        """Say whether there is something under ``key``."""
        return key in self._kept


def make_key(parts: Mapping[str, Any]) -> str:
    """Return the key of a piece: the hash of everything it depends on.

    Examples
    --------
    >>> make_key({"a": 1, "b": 2.5}) == make_key({"b": 2.5, "a": 1})
    True
    """
    text = f"{_FORMAT} " + json.dumps(parts, sort_keys=True, allow_nan=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def pack(array: NDArray[np.uint16]) -> bytes:
    """Compress an array; `unpack` needs its shape."""
    # Differences along a row are small where neighbours are alike, and compress twice as well.
    delta = np.diff(array, axis=-1, prepend=np.uint16(0))
    return bytes(Zstd(level=3).encode(np.ascontiguousarray(delta)))


def unpack(content: bytes, shape: tuple[int, ...]) -> NDArray[np.uint16]:
    """Return the array that `pack` compressed.

    Raises
    ------
    ValueError
        If the content is not an array of that shape.
    """
    delta = np.frombuffer(Zstd().decode(content), dtype=np.uint16).reshape(shape)
    found = np.empty(shape, dtype=np.uint16)
    _add_up(delta.reshape(-1, shape[-1]), found.reshape(-1, shape[-1]))
    return found


@kernel
def _add_up(delta: NDArray[np.uint16], found: NDArray[np.uint16]) -> None:
    """Write the sums along each row; numpy's own takes four times as long."""
    for row in range(delta.shape[0]):
        total = np.uint16(0)
        for col in range(delta.shape[1]):
            total += delta[row, col]
            found[row, col] = total


def pack_arrays(arrays: Sequence[NDArray[Any]]) -> bytes:
    """Compress arrays of any types together; `unpack_arrays` needs their shapes and dtypes."""
    pieces = [
        bytes(Zstd(level=1).encode(Shuffle(one.itemsize).encode(np.ascontiguousarray(one))))
        for one in arrays
    ]
    return struct.pack(f"{len(pieces)}q", *map(len, pieces)) + b"".join(pieces)


def unpack_arrays(
    content: bytes, asked: Sequence[tuple[tuple[int, ...], DTypeLike]]
) -> list[NDArray[Any]] | None:
    """Return the arrays that `pack_arrays` compressed; None if the content is not these.

    Parameters
    ----------
    content : bytes
        As `pack_arrays` returned it.
    asked : sequence of (tuple of int, dtype)
        Shape and dtype of each.
    """
    arrays = []
    try:
        at = struct.calcsize(f"{len(asked)}q")
        lengths = struct.unpack(f"{len(asked)}q", content[:at])
        for (shape, dtype), length in zip(asked, lengths, strict=True):
            itemsize = np.dtype(dtype).itemsize
            plain = Shuffle(itemsize).decode(Zstd().decode(content[at : at + length]))
            arrays.append(np.frombuffer(plain, dtype=dtype).reshape(shape))
            at += length
    except (struct.error, RuntimeError, ValueError):
        return None
    return arrays
