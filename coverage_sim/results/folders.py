"""A record becomes a folder: what is written, and which folders may be replaced."""

import json
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path
from typing import Any, Literal, NamedTuple

from coverage_sim.caches import try_writing
from coverage_sim.errors import InputError
from coverage_sim.io.atomic_files import sha256_of, write_json
from coverage_sim.io.folder_swap import folder_written_atomically, others_files, recover
from coverage_sim.io.shared_steps import Step as Step  # what writes one file
from coverage_sim.io.shared_steps import take_steps
from coverage_sim.io.validation import GivenPath, checks_arguments

MANIFEST = "manifest.json"

#: What lists the files of a result in its manifest.
FILES = "files"

#: What holds the SHA-256 of its tables, by name of the file.
CHECKSUMS = "checksums"

#: What marked the folders of version 0.1 that had no manifest.
_MARKS_OF_0_1 = (
    "alternatives.json",
    "assessment.json",
    "candidates.json",
    "check.json",
    "zoning.json",
)

#: Called with the files done and their number while a folder is written.
Writing = Callable[[int, int], None]

#: Languages of a page.
LanguageChoice = Literal["vi", "en", "both"]


def silent(done: int, total: int) -> None:
    """Show nothing."""


#: Which maps are drawn: those that a planner looks at first, all of them, or none.
MapChoice = bool | Literal["all"]


class PictureFile(NamedTuple):
    """Where a picture is written, and how fine.

    Parameters
    ----------
    path : Path
        PNG.
    for_print : bool
        Whether it has 300 dots an inch of A4, for print, and not 150, for a screen.
    """

    path: Path
    for_print: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """How a record is written.

    Parameters
    ----------
    fresh : Path
        Folder to be filled.
    folder : Path
        Where it will stand when all is written.
    maps : bool or "all"
        Whether to draw PNG maps too; of a run's those that a planner looks at first, or all.
    for_print : bool
        Whether maps are as fine as print needs.
    sheets : bool
        Whether to write sheets and letters too.
    language : {"vi", "en", "both"}
        Of the pages for people.
    """

    fresh: Path
    folder: Path
    maps: MapChoice = True
    for_print: bool = False
    sheets: bool = True
    language: LanguageChoice = "both"

    def picture(self, name: str) -> PictureFile:
        """Return where a picture of the fresh folder is written."""
        return PictureFile(self.fresh / name, self.for_print)


@singledispatch
def file_steps(record: Any, saving: Saving) -> Sequence[Step]:  # noqa: ARG001
    """Return what writes a record into a fresh folder, a function a file.

    Each kind of record is registered by the module that knows its files, in
    `coverage_sim.reporting` or beside the record, so that records need to know of none.

    Parameters
    ----------
    record : object
        What was found.
    saving : Saving
        How it is written.
    """
    msg = f"no files are known of {type(record).__name__}"
    raise TypeError(msg)


class Savable:
    """A record that can be written as a folder."""

    @checks_arguments
    def save(
        self,
        folder: GivenPath,
        *,
        maps: MapChoice = True,
        for_print: bool = False,
        sheets: bool = True,
        language: LanguageChoice = "both",
        progress: Writing = silent,
    ) -> Path:
        """Write the folder; an earlier one there is replaced when all is written.

        Parameters
        ----------
        folder : str or Path
            Where.
        maps : bool or "all"
            Whether to draw PNG maps too; of a run's those that a planner looks at first, or all.
        for_print : bool
            Whether maps have 300 dots an inch of A4, and not 150.
        sheets : bool
            Whether to write sheets and letters too, where there are any.
        language : {"vi", "en", "both"}
            Of the pages for people, where there are any.
        progress : callable, optional
            Called with the files done and their number.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        InputError
            If the folder exists and was not written by this program: nothing is overwritten.
        """

        def steps(fresh: Path) -> Sequence[Step]:
            saving = Saving(
                fresh=fresh,
                folder=Path(folder),
                maps=maps,
                for_print=for_print,
                sheets=sheets,
                language=language,
            )
            return file_steps(self, saving)

        return write_folder(Path(folder), steps, progress)


def write_folder(folder: Path, steps: Callable[[Path], Sequence[Step]], progress: Writing) -> Path:
    """Write a folder of results by steps; an earlier one is replaced when all is written.

    Parameters
    ----------
    folder : Path
        Where.
    steps : callable
        Given the fresh folder to fill, returns what writes into it, a function a file.
    progress : callable
        Called with the files done and their number.

    Raises
    ------
    InputError
        As `check_output`.
    OSError
        If the disk is full meanwhile; the earlier result is as it was.
    """
    check_output(folder)
    try:
        with folder_written_atomically(folder, _own_files) as fresh:
            todo = steps(fresh)
            take_steps(todo, lambda done: progress(done, len(todo)))
            _list_files(fresh)
            progress(len(todo), len(todo))
    except OSError as error:  # of a name that nobody knows
        raise OSError(error.errno, error.strerror or str(error), str(folder)) from error
    return folder


def check_output(folder: Path) -> None:
    """Refuse a folder that cannot be written, or that this program did not write before.

    What others put into a folder of ours is no hindrance: it stays.

    Parameters
    ----------
    folder : Path
        Where a result shall stand.

    Raises
    ------
    InputError
        Naming the folder and the cure.
    """
    recover(folder)
    try:
        _check_room(folder)
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return
        if not (_is_ours(folder / MANIFEST) or _is_of_0_1(folder)):
            msg = (
                f"{folder} exists and was not written by this program (it has no {MANIFEST} of "
                "coverage-sim); nothing is overwritten. Name another folder with -o."
            )
            raise InputError(msg)
        for name in others_files(folder, _own_files(folder) or ()):
            if not _is_readable(folder / name):
                msg = (
                    f"{folder / name} is not of this program and cannot be read, so that it could "
                    "not be kept. Make it readable, or name another folder with -o."
                )
                raise InputError(msg)
    except OSError as error:
        msg = (
            f"{folder} cannot be written: {error.strerror or error}. Make room or give the right "
            "to write there, or name another folder with -o."
        )
        raise InputError(msg) from None


#: So much is written to see whether there is room. [B]
_PROBE_BYTES = 65536


def _check_room(folder: Path) -> None:
    """Make and remove a file where the result shall stand.

    Raises
    ------
    OSError
        If that cannot be done, or if an earlier folder cannot be moved away.
    """
    folder = folder.resolve()
    above = next(parent for parent in folder.parents if parent.exists())
    try_writing(above, _PROBE_BYTES)
    if folder.is_dir() and hasattr(os, "geteuid"):
        # In a folder such as /tmp, only its owner moves what somebody made.
        status, user = above.stat(), os.geteuid()
        owners = (0, status.st_uid, folder.stat().st_uid)
        if status.st_mode & stat.S_ISVTX and user not in owners:
            raise PermissionError(None, "it belongs to somebody else", str(folder))


def _is_readable(path: Path) -> bool:
    effective = os.access in os.supports_effective_ids
    return path.is_symlink() or os.access(path, os.R_OK, effective_ids=effective)


def _list_files(fresh: Path) -> None:
    """Write into the manifest which files are of this program, and what its tables were."""
    files = others_files(fresh, ())
    sums = {name: sha256_of(fresh / name) for name in files if _is_table(name)}
    content = _table(fresh / MANIFEST)
    write_json(fresh / MANIFEST, {**content, FILES: files, CHECKSUMS: sums})


def _is_table(name: str) -> bool:
    return name.endswith((".csv", ".json")) and name != MANIFEST


def _own_files(folder: Path) -> frozenset[str] | None:
    """Return which files of an earlier result are of this program; None if no list says so.

    Up to version 0.2 no list was kept.
    """
    listed = _table(folder / MANIFEST).get(FILES)
    return frozenset(map(str, listed)) if isinstance(listed, list) else None


def _is_ours(manifest: Path) -> bool:
    content = _table(manifest)
    # Other programs write files of that name too; a comparison keeps its baseline's manifest.
    own = content.get("baseline", content)
    versions = own.get("versions") if isinstance(own, dict) else None
    return isinstance(versions, dict) and "coverage_sim" in versions


def _is_of_0_1(folder: Path) -> bool:
    """Say whether version 0.1 wrote a check, an assessment, candidates or a zoning map there."""
    return any("synthetic" in _table(folder / mark) for mark in _MARKS_OF_0_1)


def _table(path: Path) -> dict[str, Any]:
    """Return the table that a JSON file holds; an empty one if it holds none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
