"""The one place where Numba is configured.

``error_model="numpy"``
    A division by zero gives ``inf`` or ``nan`` and not an exception in a worker thread.
``nogil``, and no ``parallel``
    Threads are a ``ThreadPoolExecutor`` over chunks: half the compile time, no threading layer to
    clash with forks or with other threads, results that cannot depend on it.
no ``fastmath``
    ``nan`` means "no data" here, and ``fastmath`` lets the compiler assume it away.
no reference counts, unless a kernel makes arrays
    An atomic count for every array that a kernel touches cost more than its arithmetic.
``cache``
    Numba does not notice a change made to a function of another file and would return yesterday's
    physics, so each module's folder is named by a hash of its source and of every source that it
    imports. It is probed for writing first: in an unwritable folder Numba falls back to
    ``__pycache__`` without a word. What it holds is run as it is, so the folder is used only if it
    is the user's own and nobody else may write there, and each file only with its checksum: a
    damaged entry is compiled again.
"""

import atexit
import contextlib
import functools
import hashlib
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast, overload

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile

from coverage_sim.caches import is_writable_folder, sources_hash, user_cache_folder

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_LOG = logging.getLogger(__name__)

#: Sources of one module whose kernels are kept: a few branches that somebody works on in turn.
_KEPT_OF_A_MODULE = 4


def kernels_are_cached(module: str) -> bool:
    """Say whether an earlier run has left compiled kernels of a module as it is now."""
    folder = cache_folder(module)
    return folder is not None and any(folder.rglob("*.nbc"))


@functools.cache
def cache_folder(module: str) -> Path | None:
    """Return the folder for the compiled kernels of a module; None if nothing can be written.

    Parameters
    ----------
    module : str
        Dotted name; its source and those that it imports are hashed into the folder's name.
    """
    if module.partition(".")[0] != __name__.partition(".")[0]:
        return None  # nothing is known of what another package's kernels depend on
    kernels = user_cache_folder() / "kernels"
    folder = kernels / module / sources_hash(module)
    is_new = not folder.is_dir()
    if _is_ours_alone(kernels) and is_writable_folder(folder):
        os.utime(folder)
        if is_new:
            _prune(folder.parent)
        return folder
    root = _private_folder()
    return None if root is None else root / module


@functools.cache
def _is_ours_alone(folder: Path) -> bool:
    """Say whether a folder, made if missing, is the user's and nobody else may write there."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.stat()
    except OSError:
        return False
    if os.name == "nt" or (status.st_uid == os.geteuid() and not _is_open(status)):
        return True
    _LOG.warning(
        "%s is somebody else's, or others may write there, so that its kernels are not run; they "
        "are compiled anew. Make it yours (chown, chmod go-w), or set COVERAGE_SIM_CACHE to a "
        "folder of yours.",
        folder,
    )
    return False


def _is_open(status: os.stat_result) -> bool:
    return bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


@functools.cache
def _private_folder() -> Path | None:
    """Return a folder of this process alone, which is removed at its end."""
    try:
        # A fresh private name: the cache is pickle, so a fixed one could be prepared by others.
        private = Path(tempfile.mkdtemp(prefix="coverage-sim-kernels-"))
    except OSError:
        return None
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    return private


def _prune(folder: Path) -> None:
    """Remove the folders of sources long gone; the newest stay."""
    with contextlib.suppress(OSError):
        by_age = sorted(
            (entry for entry in folder.iterdir() if entry.is_dir()),
            key=lambda entry: entry.stat().st_mtime,
        )
        for old in by_age[:-_KEPT_OF_A_MODULE]:
            shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _cache_directory(folder: Path) -> Iterator[None]:
    """Point Numba at ``folder`` while one decorator runs, then restore what was set."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


class _CheckedFiles(IndexDataCacheFile):  # type: ignore[misc]  # numba carries no types
    """The files of a function's cache, each with its checksum beside it."""

    def _load_index(self) -> Any:
        return super()._load_index() if _is_whole(self._index_path) else {}

    def _save_index(self, overloads: Any) -> None:
        super()._save_index(overloads)
        _seal(self._index_path)

    def _load_data(self, name: str) -> Any:
        path = self._data_path(name)
        if not _is_whole(path):
            raise FileNotFoundError(path)  # which numba takes for what it says
        return super()._load_data(name)

    def _save_data(self, name: str, data: Any) -> None:
        super()._save_data(name, data)
        _seal(self._data_path(name))


def _seal(path: str) -> None:
    """Write the checksum of a file beside it."""
    Path(f"{path}.sha256").write_text(_checksum(path), encoding="ascii")


def _is_whole(path: str) -> bool:
    """Say whether a file is the user's and has the checksum that stands beside it."""
    try:
        is_ours = os.name == "nt" or Path(path).stat().st_uid == os.geteuid()
        return is_ours and _checksum(path) == Path(f"{path}.sha256").read_text(encoding="ascii")
    except (OSError, ValueError):
        return False


def _checksum(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


class _GuardedCache(FunctionCache):  # type: ignore[misc]  # numba carries no types
    """A function's cache that takes a damaged entry for a missing one."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        files = self._cache_file
        self._cache_file = _CheckedFiles(
            files._cache_path,  # noqa: SLF001  # numba offers no hook
            self._impl.filename_base,
            files._source_stamp,  # noqa: SLF001
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001  # unpickling can raise anything
            for entry in Path(self.cache_path).glob(f"{self._impl.filename_base}*"):
                entry.unlink(missing_ok=True)
            return None


@overload
def kernel(function: FunctionT) -> FunctionT: ...
@overload
def kernel(
    *, allocates: bool = False, inline: bool = False
) -> Callable[[FunctionT], FunctionT]: ...
def kernel(
    function: FunctionT | None = None, *, allocates: bool = False, inline: bool = False
) -> FunctionT | Callable[[FunctionT], FunctionT]:
    """Compile ``function``; callable from other kernels and from threads.

    Parameters
    ----------
    function : callable
        Takes and returns numbers, arrays and named tuples of them.
    allocates : bool
        Whether it makes arrays, sorts or assigns slices. One that does not borrows its caller's
        arrays without counting references: for small kernels called for every cell, counting
        took more time than the work. Such a one is called with arrays that somebody holds.
    inline : bool
        Whether it becomes part of each kernel that calls it: for small ones that take many
        arrays, handing these over took more time than the work.
    """
    if function is None:
        return functools.partial(_compile, allocates=allocates, inline=inline)
    return _compile(function, allocates=allocates, inline=inline)


def _compile(function: FunctionT, *, allocates: bool, inline: bool) -> FunctionT:
    options: dict[str, Any] = {"_nrt": allocates, "forceinline": inline}  # the first is unlisted
    compiled = numba.njit(error_model="numpy", nogil=True, **options)(function)
    folder = cache_folder(function.__module__)
    if folder is not None and compiled is not function:  # the same with NUMBA_DISABLE_JIT
        with _cache_directory(folder):
            compiled._cache = _GuardedCache(function)  # noqa: SLF001  # numba offers no hook
    return cast("FunctionT", compiled)
