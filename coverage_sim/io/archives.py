"""Zip archives as they come from anywhere: looked at before anything in them is unfolded.

Nothing is ever unpacked to disk.
"""

import io
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from coverage_sim.errors import InputError

#: What an archive may unfold to, and by how much it may grow: bombs grow a thousandfold. [B]
_LARGEST_UNPACKED_BYTES = 512 * 1024 * 1024
_LARGEST_GROWTH = 200.0
_MOST_ENTRIES = 10_000
_MEGABYTE = 1e6

#: A zip cannot begin earlier, and no file here has a date.
_NO_DATE = (1980, 1, 1, 0, 0, 0)

#: What Python raises of an archive that is damaged, protected or packed in a way unknown to it.
_DAMAGED = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError)


def is_archive(path: Path) -> bool:
    """Say whether a file is a zip archive, by its content."""
    try:
        return zipfile.is_zipfile(path)
    except (OSError, ValueError):
        return False


def check_archive(path: Path) -> list[str]:
    """Refuse an archive that is damaged, unfolds beyond reason or names files outside itself.

    Returns
    -------
    list of str
        The names of the files in it, without what macOS and folders add.

    Raises
    ------
    InputError
        With the reason.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except _DAMAGED as error:
        raise _damaged(path, error) from None
    if len(entries) > _MOST_ENTRIES:
        msg = f"{path} holds {len(entries):,} files; an archive may hold {_MOST_ENTRIES:,}."
        raise InputError(msg)
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if unpacked > _LARGEST_UNPACKED_BYTES or (
        unpacked > _MEGABYTE and unpacked / packed > _LARGEST_GROWTH
    ):
        msg = (
            f"{path} unfolds from {packed / _MEGABYTE:.1f} to {unpacked / _MEGABYTE:,.0f} MB; it "
            "is refused as an archive made to fill the memory. Save the table anew."
        )
        raise InputError(msg)
    for entry in entries:
        if not entry.filename:
            msg = f"{path} holds a file without a name; pack it anew."
            raise InputError(msg)
        parts = entry.filename.replace("\\", "/").split("/")
        if ".." in parts or entry.filename.startswith(("/", "\\")) or ":" in parts[0]:
            msg = f"{path} holds {entry.filename!r}, which leads out of the archive; it is refused."
            raise InputError(msg)
    names = [entry.filename for entry in entries if not entry.is_dir()]
    return [name for name in names if not name.startswith("__MACOSX/")]


def content_of(path: Path, name: str) -> bytes:
    """Return what a file in an archive holds.

    Raises
    ------
    InputError
        If the archive is damaged or protected by a password, or the file is not as large as it
        says.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(name)
    except _DAMAGED as error:
        raise _damaged(path, error) from None


def pack_files(path: Path, files: Mapping[str, Path]) -> None:
    """Write an archive of files, one after the other; equal files give equal bytes everywhere.

    Parameters
    ----------
    path : Path
        Archive to write.
    files : mapping of str to Path
        By their name in it.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, file in files.items():
            with file.open("rb") as source, archive.open(_entry(name), "w") as target:
                shutil.copyfileobj(source, target)


def packed(files: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive in memory with some files; equal files give equal bytes everywhere."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in files.items():
            archive.writestr(_entry(name, compression), content)
    return memory.getvalue()


def _entry(name: str, compression: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """Return what an archive says of a file: nothing of when and where it was written."""
    entry = zipfile.ZipInfo(name, _NO_DATE)
    entry.compress_type = compression
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry


def _damaged(path: Path, error: Exception) -> InputError:
    reason = str(error).replace("\n", " ") or type(error).__name__
    if "encrypted" in reason or "password" in reason:
        return InputError(f"{path} is protected by a password; save it without one.")
    return InputError(f"{path} is a damaged archive ({reason}); export or copy it again.")
