"""Files that are whole or not there."""

import errno
import hashlib
import shutil
from pathlib import Path

import pytest

from coverage_sim.caches import is_writable_folder
from coverage_sim.errors import (
    EXIT_BAD_INPUT,
    EXIT_OUR_FAULT,
    CoverageSimError,
    InputError,
    Problems,
    did_you_mean,
)
from coverage_sim.io.atomic_files import (
    require_room,
    sha256_of,
    write_json,
    write_text,
    written_atomically,
)


class Interrupted(BaseException):
    """Stands for Ctrl-C."""


def test_a_file_appears_only_when_it_is_whole(tmp_path):
    target = tmp_path / "new" / "table.csv"
    with written_atomically(target) as temporary:
        temporary.write_text("whole")
        assert temporary.suffix == ".csv"  # writers choose the format by it
        assert temporary.parent == target.parent
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(tmp_path.rglob("*.csv")) == [target]


@pytest.mark.parametrize("trouble", [OSError, Interrupted])
def test_an_interrupted_file_leaves_the_earlier_one(tmp_path, trouble):
    target = tmp_path / "table.csv"
    target.write_text("earlier")

    def write_half():
        with written_atomically(target) as temporary:
            temporary.write_text("half")
            raise trouble

    with pytest.raises(trouble):
        write_half()
    assert target.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [target]


def test_text_has_unix_line_ends_and_a_mark_where_asked(tmp_path):
    write_text(tmp_path / "plain.csv", "xã\n")
    write_text(tmp_path / "marked.csv", "xã\n", bom=True)
    assert (tmp_path / "plain.csv").read_bytes() == "xã\n".encode()
    assert (tmp_path / "marked.csv").read_bytes() == b"\xef\xbb\xbf" + "xã\n".encode()


def test_equal_contents_are_equal_bytes_of_json(tmp_path):
    write_json(tmp_path / "one.json", {"b": 1, "a": "xã"})
    write_json(tmp_path / "two.json", {"a": "xã", "b": 1})
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert "xã" in (tmp_path / "one.json").read_text(encoding="utf-8")


def test_json_has_no_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "one.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_a_hash_is_that_of_the_bytes(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_of(tmp_path / "abc") == expected == hashlib.sha256(b"abc").hexdigest()


def test_a_folder_is_probed_by_writing_and_left_clean(tmp_path):
    assert is_writable_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").write_text("")
    assert not is_writable_folder(tmp_path / "file")
    assert not is_writable_folder(tmp_path / "file" / "below")


def test_a_folder_that_refuses_files_is_not_writable(tmp_path, monkeypatch):
    def refused(self, *_, **__):
        raise PermissionError(13, "denied", str(self))

    monkeypatch.setattr(Path, "touch", refused)
    assert not is_writable_folder(tmp_path)


def test_problems_are_told_once_each_in_their_order():
    problems = Problems()
    problems.raise_if_any()  # none yet
    problems.add("first")
    several = InputError("second", "first")
    with problems.collect():
        raise several
    with pytest.raises(InputError) as caught:
        problems.raise_if_any()
    assert caught.value.problems == ("first", "second")
    assert str(caught.value) == "first\nsecond"


def test_our_own_errors_are_not_collected():
    problems = Problems()
    with pytest.raises(ZeroDivisionError), problems.collect():
        raise ZeroDivisionError
    assert problems.messages == []


def test_a_users_mistake_has_another_exit_status_than_ours():
    assert InputError("x").exit_status == EXIT_BAD_INPUT == 2
    assert CoverageSimError("x").exit_status == EXIT_OUR_FAULT == 70


def test_nothing_near_gives_no_hint():
    assert did_you_mean("zzz", ["n78"]) == ""
    assert did_you_mean("n78", []) == ""


def test_a_full_disk_is_called_so_whatever_a_library_says(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    said = "TIFFAppendToStrip: seek error"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100))
    with (
        pytest.raises(OSError, match="No space left") as caught,
        written_atomically(tmp_path / "a.tif"),
    ):
        raise RuntimeError(said)
    assert caught.value.errno == errno.ENOSPC
    with pytest.raises(OSError, match="No space left"):
        require_room(tmp_path / "a.gpkg", 1000.0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    require_room(tmp_path / "a.gpkg", 1000.0)
    with pytest.raises(RuntimeError, match="seek"), written_atomically(tmp_path / "a.tif"):
        raise RuntimeError(said)
    assert [*tmp_path.iterdir()] == []
