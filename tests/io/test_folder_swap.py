"""A folder takes another one's place: whole, at once, and nothing of others is lost."""

import os
import subprocess
import sys

import pytest

from coverage_sim.io import folder_swap
from coverage_sim.io.folder_swap import folder_written_atomically, recover


class Interrupted(BaseException):
    """Stands for Ctrl-C."""


@pytest.fixture(params=["exchanged", "renamed twice"])
def system(request, monkeypatch):
    """Run on systems that exchange two names, and on those that do not."""
    if request.param == "renamed twice":
        monkeypatch.setattr(folder_swap, "_exchange", lambda *_: False)


def write(target, content, own=(), name="map.png"):
    with folder_written_atomically(target, lambda _: own) as fresh:
        (fresh / name).write_text(content)


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_is_swapped_in_whole(tmp_path, system):
    target = tmp_path / "results" / "today"
    for own, name in (((), "first"), (["first"], "second")):
        write(target, "x", own, name)
        assert [file.name for file in target.iterdir()] == [name]
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("trouble", [OSError, Interrupted])
def test_an_interrupted_folder_leaves_the_earlier_one(tmp_path, trouble):
    target = tmp_path / "today"
    write(target, "earlier")

    def write_half():
        with folder_written_atomically(target, lambda _: ()) as fresh:
            (fresh / "map.png").write_text("half")
            raise trouble

    with pytest.raises(trouble):
        write_half()
    assert files(tmp_path) == {"today/map.png": "earlier"}


def test_a_folder_that_cannot_be_swapped_in_leaves_the_earlier_one(tmp_path, monkeypatch):
    target = tmp_path / "today"
    write(target, "earlier")
    truly = type(target).rename

    def refused(self, to):
        if self.name.endswith(".new"):
            raise PermissionError(13, "in use", str(self))
        return truly(self, to)

    monkeypatch.setattr(folder_swap, "_exchange", lambda *_: False)
    monkeypatch.setattr(type(target), "rename", refused)
    with pytest.raises(PermissionError):
        write(target, "later", ["map.png"])
    assert files(tmp_path) == {"today/map.png": "earlier"}


def test_what_others_put_into_the_folder_stays(tmp_path, system):
    target = tmp_path / "today"
    write(target, "first")
    (target / "NOTES.txt").write_text("ghi chú")
    (target / "photos" / "trạm 1").mkdir(parents=True)
    (target / "photos" / "trạm 1" / "mast.jpg").write_text("picture")
    (target / "empty").mkdir()
    (target / "link").symlink_to("photos")
    write(target, "second", ["map.png"])
    write(target, "third", ["map.png"])
    assert files(target) == {
        "map.png": "third",
        "NOTES.txt": "ghi chú",
        "photos/trạm 1/mast.jpg": "picture",
    }
    assert (target / "empty").is_dir()
    assert (target / "link").readlink().name == "photos"


def test_what_others_put_where_a_new_file_comes_to_stand_is_kept_beside_it(tmp_path):
    target = tmp_path / "today"
    write(target, "first")
    for content in ("mine", "mine too"):
        (target / "sites.csv").write_text(content)
        write(target, "ours", ["map.png"], "sites.csv")
    assert files(target) == {
        "sites.csv": "ours",
        "sites.kept.csv": "mine",
        "sites.kept2.csv": "mine too",
    }


def test_without_a_list_only_files_of_the_same_name_are_replaced(tmp_path):
    target = tmp_path / "today"
    write(target, "first")
    (target / "NOTES.txt").write_text("mine")
    write(target, "second", own=None)
    assert files(target) == {"map.png": "second", "NOTES.txt": "mine"}


def test_what_cannot_be_linked_is_copied(tmp_path, monkeypatch):
    target = tmp_path / "today"
    write(target, "first")
    (target / "NOTES.txt").write_text("mine")
    monkeypatch.setattr(os, "link", lambda *_, **__: (_ for _ in ()).throw(PermissionError(1)))
    write(target, "second", ["map.png"])
    assert files(target) == {"map.png": "second", "NOTES.txt": "mine"}


#: Replaces a folder and kills itself before its file operation of a given number.
KILLED = """
import os, sys
from pathlib import Path
from coverage_sim.io import folder_swap

target, number, exchanges = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "True"
truly, done = folder_swap._exchange, 0

def count(event, arguments=()):
    global done
    if event == "exchange" or event == "open" or event.startswith(("os.", "shutil.")):
        done += 1
        if done == number:
            os.kill(os.getpid(), 9)

def exchange(one, other):
    count("exchange")
    return truly(one, other) if exchanges else False

folder_swap._exchange = exchange
own = [f"{name}.csv" for name in ("a", "b")]
sys.addaudithook(count)
with folder_swap.folder_written_atomically(target, lambda _: own) as fresh:
    for name in own:
        (fresh / name).write_text("new")
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("exchanges", [True, False])
def test_killed_before_each_file_operation_the_folder_is_the_old_or_the_new_one(
    tmp_path, exchanges
):
    target = tmp_path / "today"
    old = {"a.csv": "old", "b.csv": "old", "NOTES.txt": "mine", "photos/mast.jpg": "mine"}
    new = old | {"a.csv": "new", "b.csv": "new"}
    left = 0
    for number in range(1, 1000):
        for name, content in old.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_text(content)
        command = [sys.executable, "-c", KILLED, str(target), str(number), str(exchanges)]
        done = subprocess.run(command, capture_output=True, text=True)
        left += len(list(tmp_path.iterdir())) - 1
        if exchanges:
            assert files(target) in (old, new)
        recover(target)
        assert files(target) in (old, new)
        assert list(tmp_path.iterdir()) == [target]
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
    assert number > 15  # so many operations there are at least
    assert left > 0  # some kills left something, which went
    assert files(target) == new


def test_what_a_living_process_writes_is_left_alone(tmp_path):
    target = tmp_path / "today"
    with folder_written_atomically(target, lambda _: ()) as fresh:
        recover(target)
        write(target, "of another one")
        assert fresh.is_dir()
        (fresh / "map.png").write_text("of the first")
    assert files(target) == {"map.png": "of the first", "map.kept.png": "of another one"}
