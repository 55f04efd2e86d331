"""Windows of path loss that are asked for again and again, in memory."""

from collections import OrderedDict
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.store import Store
from coverage_sim.engine.windows import Mast, PathLossSettings, Window
from coverage_sim.terrain.ground import Ground


class WindowMemory:
    """Keeps the windows that were asked for last.

    Parameters
    ----------
    limit_bytes : int
        What they may take together. [B]
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes, self._bytes = limit_bytes, 0
        self._kept: OrderedDict[str, NDArray[np.uint16]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> NDArray[np.uint16] | None:
        """Return the window under a key, if it is kept; nobody may write into it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, window: NDArray[np.uint16]) -> None:
        """Keep a window, and let go of those that were asked for longest ago."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = window
                self._bytes += window.nbytes
            while self._bytes > self._limit_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= oldest.nbytes


class RememberedLosses(PathLosses):
    """Path losses of which a memory keeps some.

    Parameters
    ----------
    ground, settings, store
        As `PathLosses` has them.
    memory : WindowMemory
        Of the same ground.
    """

    def __init__(
        self, ground: Ground, settings: PathLossSettings, store: Store, memory: WindowMemory
    ) -> None:
        super().__init__(ground, settings, store)
        self._memory = memory

    def whole(self, mast: Mast, window: Window) -> NDArray[np.uint16]:
        """Return the path loss of one of a mast's windows; computed if it is not kept."""
        array = self._memory.get(window.key)
        if array is None:  # two threads may find it at once, with the same outcome
            array = super().whole(mast, window)
            self._memory.put(window.key, array)
        return array
