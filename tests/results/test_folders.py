"""One guard for every folder that a command writes."""

import json

import pytest

from coverage_sim.errors import InputError
from coverage_sim.results.folders import MANIFEST, check_output, silent, write_folder


def write(folder, content="{}"):
    def steps(fresh):
        manifest = {"versions": {"coverage_sim": "0"}}
        return [
            lambda: (fresh / MANIFEST).write_text(json.dumps(manifest)),
            lambda: (fresh / "table.csv").write_text(content),
        ]

    return write_folder(folder, steps, silent)


def test_a_folder_is_written_again_and_nothing_of_the_earlier_one_stays(tmp_path):
    folder = write(tmp_path / "out", "first")
    (folder / "old.csv").write_text("of the first")
    write(folder, "second")
    assert (folder / "table.csv").read_text() == "second"
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, "table.csv"]


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
