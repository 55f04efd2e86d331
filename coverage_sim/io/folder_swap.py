"""A folder takes another one's place in one step; what others put into the old one stays."""

import contextlib
import ctypes
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from coverage_sim.io.temporary_names import leftovers, remove, temporary_name

#: Says which files of a folder are of those who replace it; None: those that the new one has too.
Own = Callable[[Path], Collection[str] | None]

_NEW: Final = "new"
_OLD: Final = "old"

#: Of Linux' renameat2(2): paths begin at the working directory; two names are exchanged.
_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2


@contextmanager
def folder_written_atomically(folder: Path, own: Own) -> Iterator[Path]:
    """Give a new folder to fill; let it take the place of ``folder`` when the block ends well.

    Until then an earlier folder of that name stays as it is, so a failed or interrupted run
    loses nothing finished. Where the system can exchange two names, the name never stands for
    neither of both; elsewhere `recover` puts the earlier folder back after a kill between two
    renames.

    Parameters
    ----------
    folder : Path
        What is replaced; a link is followed, not replaced.
    own : callable
        Given the earlier folder when the new one is full, returns those of its files that are
        replaced or go, as paths in it with ``/``. All others are taken over, under a name with
        "kept" where the new folder has a file of theirs.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    recover(folder)
    fresh = temporary_name(folder, _NEW)
    fresh.mkdir()
    try:
        yield fresh
        if folder.is_dir():
            _take_over(folder, fresh, own(folder))
        _swap(fresh, folder)
    finally:
        remove(fresh)


def recover(folder: Path) -> None:
    """Mend what a killed process left of a replacement of ``folder``, and remove its leftovers.

    Parameters
    ----------
    folder : Path
        What was to be replaced.
    """
    folder = folder.resolve()
    for old in leftovers(folder, _OLD):
        if folder.exists():
            remove(old)
        else:
            with contextlib.suppress(OSError):
                old.rename(folder)
    for fresh in leftovers(folder, _NEW):
        remove(fresh)


def others_files(folder: Path, own: Collection[str]) -> list[str]:
    """Return what a folder holds beside some files: files, links and empty folders.

    Parameters
    ----------
    folder : Path
        A folder that exists.
    own : collection of str
        The files that are left out, as paths in the folder with ``/``.

    Raises
    ------
    OSError
        If a folder in it cannot be listed.
    """
    found = []
    for root, folders, files in os.walk(folder, onerror=_raise):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        inside = [Path(root, name).relative_to(folder).as_posix() for name in (*files, *links)]
        found += [name for name in inside if name not in own]
        if not folders and not files and Path(root) != folder:
            found.append(Path(root).relative_to(folder).as_posix())
    return sorted(found)


def _raise(error: OSError) -> None:
    raise error


def _take_over(folder: Path, fresh: Path, own: Collection[str] | None) -> None:
    """Give the fresh folder all that others put into the earlier one, which keeps it too."""
    written = others_files(fresh, ())
    own = frozenset(written if own is None else own)
    # A file that can keep its name comes before one that cannot.
    for name in sorted(others_files(folder, own), key=lambda name: name in written):
        source, target = folder / name, fresh / name
        if source.is_dir() and not source.is_symlink():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target = _free_name(target)
        try:
            os.link(source, target, follow_symlinks=False)  # takes no room
        except (OSError, NotImplementedError):  # another file system, or somebody else's file
            shutil.copy2(source, target, follow_symlinks=False)


def _free_name(path: Path) -> Path:
    """Return the path, or where something stands there already, one that says it was kept."""
    free, number = path, 1
    while os.path.lexists(free):
        ending = "kept" if number == 1 else f"kept{number}"
        free, number = path.with_name(f"{path.stem}.{ending}{path.suffix}"), number + 1
    return free


def _swap(fresh: Path, folder: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
        return
    with contextlib.suppress(OSError):  # a folder opened for a group stays so
        shutil.copymode(folder, fresh)
    if _exchange(fresh, folder):
        return
    old = temporary_name(folder, _OLD)
    folder.rename(old)
    try:
        fresh.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    remove(old)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; say whether the system could."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):  # no Linux, or an old one
        return False
    names = os.fsencode(one), os.fsencode(other)
    return bool(rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0)
