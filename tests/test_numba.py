"""The kernel cache: fast the second time, never yesterday's physics, never in the way."""

import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from coverage_sim import _numba

PACKAGE = Path(_numba.__file__).parent

#: Calls one kernel that calls another of another file; tells its answer and what the cache did.
PROBE = """
import sys
from pathlib import Path
from coverage_sim import _numba
from coverage_sim.propagation._delta_bullington import bullington_loss_db as probe
from coverage_sim.propagation._spherical_earth import wave_of
answer = probe(0.0, 4.0, wave_of(1.0, True))
hits, misses = probe.stats.cache_hits.values(), probe.stats.cache_misses.values()
print(round(answer, 6), sum(hits), sum(misses), _numba.cache_folder(probe.py_func.__module__))
"""
#: P.1812-8 eq. (12) at grazing incidence, then eq. (21) with D = 4 km.
EDGE_DB = 6.9 + 20.0 * math.log10(math.sqrt(1.01) - 0.1)
ANSWER = round(EDGE_DB + (1.0 - math.exp(-EDGE_DB / 6.0)) * 10.08, 6)


def start(cache, package=PACKAGE):
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROBE],
        env=os.environ
        | {
            "COVERAGE_SIM_CACHE": str(cache),
            "PYTHONPATH": str(package.parent),
            "TMPDIR": str(cache.parent),
        },
        cwd=package.parent,
        stdout=subprocess.PIPE,
        text=True,
    )


def result(process):
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    answer, hits, misses, folder = output.split()
    return float(answer), int(hits), int(misses), folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Return a folder in which one process has left its kernels."""
    folder = tmp_path_factory.mktemp("cold") / "cache"
    answer, hits, misses, _ = result(start(folder))
    assert (answer, hits, misses) == (ANSWER, 0, 1)
    return folder


@pytest.fixture
def warm(cache, tmp_path):
    return Path(shutil.copytree(cache, tmp_path / "cache"))


@pytest.fixture
def copied(tmp_path):
    """Return a copy of the package that may be edited."""
    ignored = shutil.ignore_patterns("__pycache__", "*.nb?")
    return Path(shutil.copytree(PACKAGE, tmp_path / "copy" / "coverage_sim", ignore=ignored))


def test_a_second_process_compiles_nothing(warm):
    before = {file: file.stat().st_mtime_ns for file in warm.rglob("*.nbc")}
    assert before
    assert result(start(warm))[:3] == (ANSWER, 1, 0)
    assert {file: file.stat().st_mtime_ns for file in warm.rglob("*.nbc")} == before


def test_an_edit_in_another_file_is_seen(warm, copied):
    before = result(start(warm, copied))  # another place, so not the kernels of the original
    assert before[:3] == (ANSWER, 0, 1)
    callee = copied / "propagation" / "_knife_edge.py"
    callee.write_text(callee.read_text().replace("return 6.9 + 2.0", "return 7.9 + 2.0"))
    # The calling file is as it was: numba by itself would answer with the old physics.
    answer, hits, misses, folder = result(start(warm, copied))
    assert (hits, misses) == (0, 1)
    assert answer > ANSWER + 1.0
    assert folder != before[3]
    callee.write_text(callee.read_text().replace("return 7.9 + 2.0", "return 6.9 + 2.0"))
    assert result(start(warm, copied)) == (ANSWER, 1, 0, before[3])  # the old ones are still there


@pytest.mark.parametrize("damage", ["index cut", "code cut", "code foreign"])
def test_damaged_entries_are_compiled_again(warm, damage):
    for file in warm.rglob("*.nbi" if damage == "index cut" else "*.nbc"):
        content = file.read_bytes()[:200]
        file.write_bytes(content if "cut" in damage else b"\x80\x05]\x94." + b"x" * 100)
    assert result(start(warm))[:3] == (ANSWER, 0, 1)


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_one_flipped_bit_is_noticed_before_the_code_is_run(warm, ending, place):
    for file in warm.rglob(f"*.{ending}"):
        content = bytearray(file.read_bytes())
        content[int(place * len(content))] ^= 4
        file.write_bytes(content)
    assert result(start(warm))[:3] == (ANSWER, 0, 1)
    assert result(start(warm))[:3] == (ANSWER, 1, 0)


@pytest.mark.skipif(os.name == "nt", reason="rights are others there")
def test_kernels_that_others_could_have_written_are_not_run(warm):
    (warm / "kernels").chmod(0o777)
    answer, hits, misses, folder = result(start(warm))
    assert (answer, hits, misses) == (ANSWER, 0, 1)
    assert not Path(folder).is_relative_to(warm)
    (warm / "kernels").chmod(0o700)
    assert result(start(warm))[:3] == (ANSWER, 1, 0)


def test_entries_that_were_damaged_are_whole_again(warm):
    for file in warm.rglob("*.nb?"):
        file.write_bytes(b"")
    assert result(start(warm))[:3] == (ANSWER, 0, 1)
    assert result(start(warm))[:3] == (ANSWER, 1, 0)


def test_two_cold_processes_at_once_are_both_right(tmp_path):
    cache = tmp_path / "cache"
    both = [start(cache), start(cache)]
    assert [result(process)[0] for process in both] == [ANSWER, ANSWER]
    assert result(start(cache))[:3] == (ANSWER, 1, 0)


def test_an_unwritable_folder_gives_way_to_a_private_one(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be: unwritable for root too")
    before = set(PACKAGE.rglob("*.nbc"))
    answer, hits, misses, folder = result(start(tmp_path / "cache"))
    assert (answer, hits, misses) == (ANSWER, 0, 1)
    assert Path(folder).parent.name.startswith("coverage-sim-kernels-")
    assert not Path(folder).parent.exists()  # removed at the end
    assert set(PACKAGE.rglob("*.nbc")) == before  # numba did not fall back to __pycache__


def test_the_private_folder_never_has_a_fixed_name(monkeypatch, tmp_path):
    monkeypatch.setattr(_numba, "is_writable_folder", lambda _: False)
    monkeypatch.setattr(_numba.tempfile, "tempdir", str(tmp_path))
    one, two = (_numba._private_folder.__wrapped__() for _ in range(2))
    assert one != two
    assert one.parent == two.parent == tmp_path
    assert one.stat().st_mode & 0o077 == 0  # the cache is pickle: nobody else may write it


def test_without_any_writable_folder_kernels_still_work(monkeypatch):
    def refused(**_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(_numba, "is_writable_folder", lambda _: False)
    monkeypatch.setattr(_numba.tempfile, "mkdtemp", refused)
    monkeypatch.setattr(_numba, "_private_folder", _numba._private_folder.__wrapped__)
    assert _numba.cache_folder.__wrapped__("coverage_sim.radio.best_server") is None
    monkeypatch.setattr(_numba, "cache_folder", lambda _: None)

    def twice(x):
        return 2.0 * x

    assert _numba.kernel(twice)(21.0) == 42.0


def test_kernels_of_other_packages_are_not_kept():
    # Nobody knows what they depend on.
    assert _numba.cache_folder("somebody.elses") is None


def test_numbas_own_setting_is_restored():
    before = numba.config.CACHE_DIR

    def once(x):
        return x + 1.0

    _numba.kernel(once)
    assert before == numba.config.CACHE_DIR


def test_old_folders_are_pruned_and_the_newest_stay(tmp_path):
    for age in range(20):
        (tmp_path / f"{age:02}").mkdir()
        os.utime(tmp_path / f"{age:02}", (1e9 - age, 1e9 - age))
    _numba._prune(tmp_path)
    assert sorted(folder.name for folder in tmp_path.iterdir()) == [f"{i:02}" for i in range(4)]


def test_kernels_divide_by_zero_without_an_exception():
    def divided(x, y):
        return x / y

    assert _numba.kernel(divided)(1.0, 0.0) == float("inf")
