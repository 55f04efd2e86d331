"""Write files so that an interruption leaves nothing half done, and hash what is read."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from coverage_sim.errors import InputError
from coverage_sim.io.temporary_names import leftovers, remove, temporary_name

#: Stands where a file format demands a date: equal results are equal files.
NO_DATE: Final = "2000-01-01T00:00:00.000Z"

#: What unfinished files are called, in their names.
_KIND: Final = "file"


@contextmanager
def written_atomically(path: str | Path) -> Iterator[Path]:
    """Give a name beside ``path`` to write to; rename it to ``path`` when the block ends well.

    The temporary name keeps the suffix, because many writers choose the format by it. What a
    killed process left of the same file is removed.

    Raises
    ------
    InputError
        If ``path`` is a folder.
    """
    path = Path(path)
    if path.is_dir():
        msg = f"{path} is a folder; the name of a file is needed."
        raise InputError(msg)
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in leftovers(path, _KIND):
        remove(left)
    temporary = temporary_name(path, _KIND, path.suffix)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str, *, bom: bool = False) -> None:
    """Write UTF-8 with unix line ends; ``bom`` lets Excel recognise Vietnamese."""
    with written_atomically(path) as temporary:
        temporary.write_bytes(text.encode("utf-8-sig" if bom else "utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write JSON with sorted keys, so that equal contents are equal bytes."""
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    write_text(path, text + "\n")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
