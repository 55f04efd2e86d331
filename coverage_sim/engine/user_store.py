"""The store in the user's cache folder, which runs use unless they are given another."""

import functools
import logging
from pathlib import Path

from coverage_sim.caches import is_writable_folder, user_cache_folder
from coverage_sim.engine.folder_store import FolderStore
from coverage_sim.engine.run_context import Progress, RunContext, no_progress
from coverage_sim.engine.store import Store

_LOG = logging.getLogger(__name__)

#: A province of one scenario takes about 600 MB; what was asked for longest ago goes first. [B]
STORE_BYTES = 4_000_000_000


def default_store() -> FolderStore:
    """Return the store in the user's cache folder, shared by all runs."""
    _tell_once_if_unwritable(user_cache_folder())
    return FolderStore(user_cache_folder() / "path_loss")


@functools.cache
def _tell_once_if_unwritable(folder: Path) -> None:
    if not is_writable_folder(folder):
        _LOG.warning(
            "coverage-sim: the cache folder %s cannot be written: path loss is not kept there, and "
            "kernels are compiled anew each time. Set COVERAGE_SIM_CACHE to a folder of yours.",
            folder,
        )


def open_context(
    store: Store | None = None, threads: int | None = None, progress: Progress = no_progress
) -> RunContext:
    """Return a context with the user's own store, brought to its size, unless one is given."""
    if store is None:
        own = default_store()
        own.prune(STORE_BYTES)
        store = own
    return RunContext(store=store, threads=threads, progress=progress)
