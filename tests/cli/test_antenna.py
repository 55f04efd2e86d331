"""The command antenna: what it lists, draws, converts and refuses."""

import shutil
from pathlib import Path

from PIL import Image
from typer.testing import CliRunner

from coverage_sim.cli.app import app
from coverage_sim.errors import InputError
from coverage_sim.network.antenna_files import read_antenna_file

SIMULATED = Path(__file__).parents[1] / "data" / "antennas" / "simulated_05T.msi"


def call(*arguments):
    return CliRunner().invoke(app, ["antenna", *map(str, arguments)])


def test_it_lists_draws_and_converts(tmp_path):
    odd = tmp_path / "odd_03T.msi"
    text = SIMULATED.read_text().replace("ELECTRICAL_TILT 05\n", "").replace("05T", "05X")
    odd.write_text(text.replace("NAME Pattern", "NAME Pattern_03T"))
    done = call(odd, "--output", tmp_path / "cuts.png", "--convert", tmp_path / "strict.msi")
    assert done.exit_code == 0, done.output
    assert "19.09 dBi" in done.output
    assert "odd: the electrical tilt of 03 degrees is read from NAME." in done.output
    with Image.open(tmp_path / "cuts.png") as picture:
        assert picture.width == 3600
    assert read_antenna_file(tmp_path / "strict.msi").cuts.electrical_downtilt_deg == 3.0


def test_the_same_file_gives_the_same_picture(tmp_path):
    for name in ("a.png", "b.png"):
        assert call(SIMULATED, "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_what_cannot_be_is_refused_and_nothing_is_written(tmp_path):
    file = tmp_path / "panel.msi"
    shutil.copy(SIMULATED, file)
    done = call(file, "-o", tmp_path / "cuts.jpg", "--convert", file)
    assert isinstance(done.exception, InputError)
    assert len(done.exception.problems) == 2
    assert done.exception.exit_status == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["panel.msi"]
    done = call(file, "-o", tmp_path / "panel.msi" / "cuts.png")
    assert isinstance(done.exception, InputError)
