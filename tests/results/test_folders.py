"""One guard for every folder that a command writes."""

import errno
import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from coverage_sim.errors import InputError
from coverage_sim.results.folders import FILES, MANIFEST, check_output, silent, write_folder


def write(folder, content="{}", *, table="table.csv"):
    def steps(fresh):
        manifest = {"versions": {"coverage_sim": "0"}}
        return [
            lambda: (fresh / MANIFEST).write_text(json.dumps(manifest)),
            lambda: (fresh / table).write_text(content),
        ]

    return write_folder(folder, steps, silent)


@pytest.fixture
def nobody():
    """A folder under which the test is nobody in particular, whom rights bind; root, none do."""
    folder = Path(tempfile.mkdtemp())
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700)
    shutil.rmtree(folder)


def test_a_folder_is_written_again_and_keeps_only_what_others_put_there(tmp_path):
    folder = write(tmp_path / "out", "first", table="old.csv")
    (folder / "NOTES.txt").write_text("mine")
    another = write(folder / "another", "a result of its own")
    write(folder, "second")
    assert (folder / "table.csv").read_text() == "second"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["NOTES.txt", "another", MANIFEST, "table.csv"]
    assert json.loads((folder / MANIFEST).read_text())[FILES] == [MANIFEST, "table.csv"]
    assert (another / "table.csv").read_text() == "a result of its own"


def test_of_a_result_without_a_list_of_its_files_all_stays_that_is_not_written_again(tmp_path):
    folder = write(tmp_path / "out", "first")
    (folder / MANIFEST).write_text('{"versions": {"coverage_sim": "0.2.0"}}')
    (folder / "mine.csv").write_text("mine")
    write(folder, "second")
    names = sorted(path.name for path in folder.iterdir())
    assert names == [MANIFEST, "mine.csv", "table.csv"]


@pytest.mark.skipif(os.name == "nt", reason="rights are others there")
def test_a_place_where_nothing_can_be_written_is_refused_before_any_work(nobody):
    nobody.chmod(0o500)
    with pytest.raises(InputError, match=r"out cannot be written: Permission denied\. .*with -o"):
        check_output(nobody / "new" / "out")
    assert list(nobody.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="rights are others there")
def test_a_result_that_cannot_be_read_or_whose_guests_cannot_is_refused(nobody):
    folder = write(nobody / "out")
    (folder / "NOTES.txt").write_text("mine")
    (folder / "NOTES.txt").chmod(0)
    with pytest.raises(InputError, match=r"NOTES\.txt is not of this program and cannot be read"):
        check_output(folder)
    folder.chmod(0)
    with pytest.raises(InputError, match="out cannot be written: Permission denied"):
        check_output(folder)


def test_a_full_disk_is_told_before_any_work(tmp_path, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="out cannot be written: No space left on device"):
        check_output(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", ["{", "[]", "3", '{"versions": {"other": "1"}}', '{"versions": 3}', '{"a": "b"}']
)
def test_a_folder_of_another_program_is_left_alone(tmp_path, content):
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(InputError, match=r"was not written by this program.*Name another folder"):
        write(tmp_path)
    assert (tmp_path / MANIFEST).read_text() == content


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError, match="was not written by this program"):
        write(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_an_empty_folder_and_none_at_all_may_be_filled(tmp_path):
    check_output(tmp_path)
    check_output(tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("mark", ["candidates.json", "check.json", "zoning.json"])
def test_a_folder_of_version_0_1_may_be_written_again(tmp_path, mark):
    (tmp_path / mark).write_text('{"rules": "nam_dinh", "synthetic": []}')
    check_output(tmp_path)
    (tmp_path / mark).write_text('{"something": "else"}')
    with pytest.raises(InputError, match="was not written by this program"):
        check_output(tmp_path)
