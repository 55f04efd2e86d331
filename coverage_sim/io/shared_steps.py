"""Steps that write files, some of them taken by processes beside this one."""

import contextlib
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

Step = Callable[[], None]

#: What is to stop the program.
_STOPS = (signal.SIGINT, signal.SIGTERM)

#: A process that finishes nothing for so long hangs (on a lock that somebody held when it was
#: forked, or since it was halted) and is ended: the longest step takes a minute. [s]
_PATIENCE_S = 600.0

#: So often it is asked whether the others have ended. [s]
_ASKS_S = 0.02

#: More processes than this would want more memory than they save time.
_MOST_HELPERS = 3

#: So many steps have a number of one byte, and their numbers fit into a pipe.
_MOST_STEPS = 255


@dataclass(frozen=True, slots=True)
class Apart:
    """A step that another process may take: it writes files that no other step reads or writes.

    Its libraries must bear to be used in a process that was forked: those that draw and write
    text do, those with threads of their own do not.

    Parameters
    ----------
    step : callable
        What is done.
    """

    step: Step

    def __call__(self) -> None:
        """Take the step in this process."""
        self.step()


def take_steps(
    steps: Sequence[Step], told: Callable[[int], None], processors: int | None = None
) -> None:
    """Take steps, whatever the order; those that are `Apart` by as many processes as there is room.

    What another process did not finish, whatever the reason, is done here: so an error is raised
    where it can be told.

    Parameters
    ----------
    steps : sequence of callable
        What is to be done.
    told : callable
        Called with the number of steps done, now and then.
    processors : int, optional
        How many processes may work; as many as there are processors by default.
    """
    apart = [step for step in steps if isinstance(step, Apart)][:_MOST_STEPS]
    shared = set(map(id, apart))
    here = [step for step in steps if id(step) not in shared]
    others = len(apart) if here else len(apart) - 1
    helpers = min((processors or _processors()) - 1, others, _MOST_HELPERS)
    if helpers < 1 or not sys.platform.startswith("linux"):
        every: list[Step] = [*here, *apart]
        for done, step in enumerate(every):
            told(done)
            step()
        return
    done = 0
    with _helped(apart, helpers) as work:
        for step in here:
            told(done + work.finished())
            step()
            done += 1
        for number in work.left():
            told(done + work.finished())
            apart[number]()
            done += 1
        for number in work.unfinished(told, done):
            apart[number]()


class _Work:
    """The steps that are shared: who takes one reads its number from a pipe.

    A pipe hands each number to one reader, also when another one is killed.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._todo, self._done = os.pipe(), os.pipe()
        os.write(self._todo[1], bytes(range(len(steps))))
        os.close(self._todo[1])
        os.set_blocking(self._done[0], False)
        self._mine: set[int] = set()
        self._theirs: set[int] = set()
        self.helpers: list[int] = []

    def start(self) -> None:
        """Start another process that takes steps."""
        parent = os.getpid()
        # Whoever stops the program here stops it once the new process is known, and that one not
        # in the middle of what its parent was at.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        helper = None
        # Without room for another process its steps are taken here.
        with contextlib.suppress(OSError), warnings.catch_warnings():
            # Threads that libraries keep waiting are lost in the new process, which needs none.
            warnings.simplefilter("ignore", DeprecationWarning)
            helper = os.fork()
        if helper == 0:
            self._help(parent, blocked)
        if helper is not None:
            self.helpers.append(helper)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def _help(self, parent: int, blocked: set[int | signal.Signals]) -> NoReturn:
        """Take steps as the new process, which ends here."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in _STOPS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            while os.getppid() == parent and (taken := os.read(self._todo[0], 1)):
                self._steps[taken[0]]()
                os.write(self._done[1], taken)
            status = 0
        finally:
            os._exit(status)  # nothing of the parent's is flushed or closed here

    def left(self) -> Iterator[int]:
        """Yield the numbers of steps that nobody has taken, to be taken here."""
        while taken := os.read(self._todo[0], 1):
            self._mine.add(taken[0])
            yield taken[0]

    def finished(self) -> int:
        """Return how many steps the others have done."""
        with contextlib.suppress(BlockingIOError):
            self._theirs |= set(os.read(self._done[0], _MOST_STEPS))
        return len(self._theirs)

    def unfinished(self, told: Callable[[int], None], done: int) -> Iterator[int]:
        """Wait for the others, and yield the numbers of the steps that they left undone."""
        finished, since_s = self.finished(), time.monotonic()
        while self.helpers and time.monotonic() - since_s < _PATIENCE_S:
            time.sleep(_ASKS_S)
            self.helpers = [helper for helper in self.helpers if not _has_ended(helper)]
            if self.finished() > finished:
                finished, since_s = self.finished(), time.monotonic()
                told(done + finished)
        self._end_helpers()
        yield from sorted(set(range(len(self._steps))) - self._mine - self._theirs)

    def end(self) -> None:
        """End whoever still works."""
        self._end_helpers()
        for end in (self._todo[0], *self._done):
            os.close(end)

    def _end_helpers(self) -> None:
        for helper in self.helpers:
            with contextlib.suppress(OSError):
                os.kill(helper, signal.SIGKILL)
                os.waitpid(helper, 0)
        self.helpers = []


def _has_ended(helper: int) -> bool:
    try:
        return os.waitpid(helper, os.WNOHANG)[0] != 0
    except ChildProcessError:  # whoever started us has SIGCHLD ignored: nothing is left to wait for
        return True


@contextmanager
def _helped(steps: Sequence[Step], helpers: int) -> Iterator[_Work]:
    work = _Work(steps)
    try:
        for _ in range(helpers):
            work.start()
        yield work
    finally:
        work.end()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
