"""What every study is given beside its question: a store, threads, and whom to tell."""

import os
import threading
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
        Called as the work goes on, by one thread at a time.
    """

    store: Store
    threads: int | None = None
    progress: Progress = no_progress

    @property
    def workers(self) -> int:
        """Number of threads to start."""
        return self.threads or os.cpu_count() or 1


class Steps:
    """Counts the steps of a stage that several threads take.

    Parameters
    ----------
    progress : Progress
        Is told of each.
    stage : str
        What the stage is called.
    total : int
        How many steps it has; told at once.
    """

    def __init__(self, progress: Progress, stage: str, total: int) -> None:
        self._progress, self._stage, self._total = progress, stage, total
        self._done = 0
        self._lock = threading.Lock()
        progress(stage, 0, total)

    def one(self) -> None:
        """Tell that one more is done."""
        with self._lock:
            self._done += 1
            self._progress(self._stage, self._done, self._total)
