"""Write files so that an interruption leaves nothing half done, and hash what is read."""

import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from coverage_sim.errors import InputError

#: Stands where a file format demands a date: equal results are equal files.
NO_DATE: Final = "2000-01-01T00:00:00.000Z"


@contextmanager
def written_atomically(path: str | Path) -> Iterator[Path]:
    """Give a name beside ``path`` to write to; rename it to ``path`` when the block ends well.

    The temporary name keeps the suffix, because many writers choose the format by it.

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
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(6)}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def folder_written_atomically(folder: Path) -> Iterator[Path]:
    """Give a new folder to fill; swap it in for ``folder`` when the block ends well.

    Until then an earlier folder of that name stays as it is, so a failed or interrupted run
    loses nothing finished.
    """
    folder = folder.resolve()  # a link is followed, not replaced
    folder.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(6)
    fresh = folder.with_name(f".{folder.name}.{token}.new")
    old = folder.with_name(f".{folder.name}.{token}.old")
    fresh.mkdir()
    try:
        yield fresh
        if folder.exists():
            folder.rename(old)
        try:
            fresh.rename(folder)
        except BaseException:
            if old.exists():
                old.rename(folder)
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def file_name(name: str) -> str:
    """Return an id as a file's name: letters, digits, hyphens."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)


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
