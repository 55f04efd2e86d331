"""What every study is given beside its question: a store, threads, and whom to tell."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from coverage_sim.engine.store import Store

#: Called with a stage, the steps done and their number.
Progress = Callable[[str, int, int], None]


def no_progress(stage: str, done: int, total: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """How work is done; no result depends on it.

    Parameters
    ----------
    store : Store
        Keeps path loss, tiles and terrain between runs.
    threads : int, optional
        Threads to use, all of the machine's by default.
    progress : Progress
        Called from one thread as the work goes on.
    """

    store: Store
    threads: int | None = None
    progress: Progress = no_progress

    @property
    def workers(self) -> int:
        """Number of threads to start."""
        return self.threads or os.cpu_count() or 1
