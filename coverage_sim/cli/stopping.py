"""Ctrl-C and SIGTERM end the program within two seconds, whatever it is doing."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, NoReturn

#: How long the program has to end by itself. [s]
_GRACE_S: Final = 0.8

_STOPPED: Final = "coverage-sim: stopped; earlier results are as they were."

#: Of a program that a signal ended, by the custom of shells: so much more than its number.
_STATUS: Final = 128

_SHOW_CURSOR: Final = "\x1b[?25h"

#: A library that does not let go of the interpreter stops all of Python, this thread too. Another
#: process is told of the signal by the system's own handler, passes it on, and waits longer.
_SHELL: Final = "/bin/sh"
_GUARD: Final = (
    'n=$(head -c 1 | od -An -tu1); [ -n "$n" ] || exit 0; echo $n; sleep 1.8; '
    # Once it has ended, its number may be another's: a child of nobody is its child no more.
    "p=$(ps -o ppid= -p $$ 2>/dev/null || echo {process}); "
    '[ "$((p))" -ne {process} ] || kill -9 {process}'
)


class _Stopped(KeyboardInterrupt):
    """What a signal raises; a kind of its own, since of its base Python makes an own exit status.

    It does so even where somebody caught it: if it passed an `eval`, as each named tuple has.
    """


@contextmanager
def stopping_promptly() -> Iterator[None]:
    """Run the block; on SIGINT or SIGTERM end it, and the program, in one way.

    The signal interrupts the main thread, which leaves its files whole. Where that does not come
    to an end, in a solver, in threads, or between two imports, the process ends all the same
    after a moment: what is unfinished then is removed by the next run. Its exit status is 130
    after SIGINT, 143 after SIGTERM.
    """
    if threading.current_thread() is not threading.main_thread():  # it alone gets signals
        yield
        return
    asked: list[int] = []
    once = threading.Semaphore()

    def interrupt(number: int, _: FrameType | None) -> None:
        asked.append(number)
        raise _Stopped

    def swallowed(about: "sys.UnraisableHookArgs") -> None:
        # Compilers and finalizers swallow the interruption; the thread below ends the program.
        if not (asked and issubclass(about.exc_type, KeyboardInterrupt)):
            told(about)

    told, sys.unraisablehook = sys.unraisablehook, swallowed
    watched = (signal.SIGINT, signal.SIGTERM)
    before: dict[int, Any] = {}
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    guard = _start_guard(reading)
    fd = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_end_after_a_signal, args=(guard, reading, once), daemon=True).start()
    try:
        for number in watched:  # from here on a signal ends in the block below
            before[number] = signal.signal(number, interrupt)
        yield
    except BaseException:
        if not asked:
            raise
    finally:
        if not asked:  # else the thread is still needed, until the process has ended
            signal.set_wakeup_fd(fd)
            writing.close()
            if guard is not None:
                guard.wait()
            sys.unraisablehook = told
            for one, handler in before.items():
                signal.signal(one, handler)
    if asked:
        with contextlib.suppress(OSError, ValueError):  # closed, or nobody reads it
            sys.stdout.flush()
        _end(asked[0], once)


def _start_guard(reading: socket.socket) -> subprocess.Popen[bytes] | None:
    """Start the process that reads what the system's handler writes; None where there is none."""
    try:
        return subprocess.Popen(  # noqa: S603
            [_SHELL, "-c", _GUARD.format(process=os.getpid())],
            stdin=reading.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # nobody waits for it
            start_new_session=True,  # Ctrl-C goes to a whole group
        )
    except OSError:  # no POSIX
        return None


def _end_after_a_signal(
    guard: subprocess.Popen[bytes] | None, reading: socket.socket, once: threading.Semaphore
) -> None:
    """Wait for a signal, then a moment, and end the process if it has not ended by itself."""
    with reading:
        if guard is None or guard.stdout is None:
            number = int.from_bytes(reading.recv(1))
        else:
            with guard.stdout:
                number = int(guard.stdout.readline() or 0)
    if number:
        time.sleep(_GRACE_S)
        _end(number, once)


def _end(number: int, once: threading.Semaphore) -> NoReturn:
    """End the process at once.

    Python would take itself down piece by piece, under libraries that are still compiling or
    reading in other threads: some of them abort the process then, or never return.
    """
    _say(once)
    os._exit(_STATUS + number)


def _say(once: threading.Semaphore) -> None:
    if once.acquire(blocking=False):
        # A progress bar hides the cursor, and who is cut off does not show it again.
        cursor = _SHOW_CURSOR if os.isatty(2) else ""
        with contextlib.suppress(OSError):
            os.write(2, f"{cursor}{_STOPPED}\n".encode())
