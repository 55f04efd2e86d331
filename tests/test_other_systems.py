"""Nothing here works on Linux alone: what Windows has not stands behind a question, with a twin.

As far as a Linux machine can tell: which names of the standard library are used, and which names
files get.
"""

import ast
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

import coverage_sim
from coverage_sim.io.file_names import file_names
from coverage_sim.io.temporary_names import temporary_name
from coverage_sim.results.result import PLACES

HOME = Path(coverage_sim.__file__).parent

#: What the standard library has on POSIX alone.
MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty", "syslog"}
FUNCTIONS = {
    *("fork", "forkpty", "sysconf", "confstr", "geteuid", "getuid", "getegid", "getgid", "setsid"),
    *("killpg", "getpgid", "setpgid", "mkfifo", "mknod", "chown", "lchown", "chroot", "nice"),
    *("statvfs", "getloadavg", "sched_getaffinity", "wait3", "wait4", "pipe2", "posix_spawn"),
    *("pthread_sigmask", "WNOHANG", "waitstatus_to_exitcode", "sigtimedwait", "sigwait"),
    *("SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGQUIT", "alarm"),
}

#: Where they stand behind a question after the system, and what the others do.
GUARDED = {
    ("_numba.py", "geteuid"): "os.name is asked first; on Windows a profile is its user's",
    ("results/folders.py", "geteuid"): "hasattr is asked first; Windows has no sticky folders",
    ("io/shared_steps.py", "fork"): "sys.platform is asked first; elsewhere one process does it",
    ("io/shared_steps.py", "pthread_sigmask"): "the same",
    ("io/shared_steps.py", "WNOHANG"): "the same",
    ("io/shared_steps.py", "SIGKILL"): "the same: there is nobody to end",
    ("io/shared_steps.py", "sched_getaffinity"): "hasattr is asked first",
    ("io/_sheet_worker.py", "resource"): "ImportError: whoever started the process watches it",
}


def used():
    for path in sorted(HOME.rglob("*.py")):
        where = path.relative_to(HOME).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = {alias.name for alias in node.names} & MODULES
            elif isinstance(node, ast.ImportFrom):
                names = {node.module} & MODULES
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                of_system = node.value.id in ("os", "signal")
                names = {node.attr} & FUNCTIONS if of_system else set()
            else:
                continue
            yield from ((where, name) for name in names)


def test_what_windows_has_not_stands_behind_a_question():
    assert set(used()) == set(GUARDED)


def test_no_file_is_moved_over_one_that_is_there_by_rename():
    """On Windows `rename` refuses an existing target; `replace` does not."""
    found = [
        (path.relative_to(HOME).as_posix(), node.lineno)
        for path in HOME.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "rename"
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
    assert found == []


#: Names of devices, whatever follows after a point.
DEVICES = {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(10))}


def is_legal(name):
    """Say whether Windows lets a file be called so."""
    as_windows = PureWindowsPath(name)
    return (
        as_windows.name == name
        and not as_windows.drive
        and name.partition(".")[0].casefold() not in DEVICES
        and not name.endswith((".", " "))
        and not set(name) & set('<>:"|?*\\/')
        and not any(ord(letter) < 32 for letter in name)
    )


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=8, unique=True))
def test_names_made_of_ids_are_legal(ids):
    names = file_names(ids)
    assert all(is_legal(f"{name}.html") for name in names.values())


@pytest.mark.parametrize("target", ["out", "sites.gpkg", "Trạm " * 40])
def test_names_of_what_is_unfinished_are_legal(target):
    assert is_legal(temporary_name(Path(target), "new", ".gpkg").name)


def test_names_of_tables_are_legal_sheets_and_files():
    for name in PLACES:
        assert is_legal(f"{name}.csv")
        assert len(name) <= 31
