"""The store in the user's cache folder, which runs use unless they are given another."""

from coverage_sim.caches import user_cache_folder
from coverage_sim.engine.folder_store import FolderStore
from coverage_sim.engine.run_context import Progress, RunContext, no_progress
from coverage_sim.engine.store import Store

#: A province of one scenario takes about 300 MB; what was written longest ago goes first. [B]
STORE_BYTES = 4_000_000_000


def default_store() -> FolderStore:
    """Return the store in the user's cache folder, shared by all runs."""
    return FolderStore(user_cache_folder() / "path_loss")


def open_context(
    store: Store | None = None, threads: int | None = None, progress: Progress = no_progress
) -> RunContext:
    """Return a context with the user's own store, brought to its size, unless one is given."""
    if store is None:
        own = default_store()
        own.prune(STORE_BYTES)
        store = own
    return RunContext(store=store, threads=threads, progress=progress)
