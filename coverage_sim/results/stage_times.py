"""Wall time of the stages of a study, kept apart from everything that must be reproducible."""

import time
from collections.abc import Mapping


class StageClock:
    """Measures stages, one after the other from when it is made.

    Attributes
    ----------
    seconds : dict of str to float
        Wall time of each stage that is over. [s]
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Note how long a stage took that ends now."""
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._since, 3)
        self._since = now


def timing_text(what: str, seconds: Mapping[str, float]) -> str:
    """Return the file that tells the stages of a run or plan.

    Examples
    --------
    >>> print(timing_text("run", {"inputs": 0.25}), end="")
    Wall time of this run; every other file is reproducible.
    inputs: 0.2 s
    """
    lines = [f"{stage}: {taken:.1f} s" for stage, taken in seconds.items()]
    return "\n".join([f"Wall time of this {what}; every other file is reproducible.", *lines, ""])
