"""What every test may ask for, and the small project that the examples of the doors run in."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.small_project import write_project

# How long an example takes is the machine's affair, and the first one compiles or imports.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the real data that is too large, or not ours, to keep in the repository.

    It is named by ``COVERAGE_SIM_SHARED``, or stands beside the repository as ``shared``.
    """
    beside = Path(__file__).resolve().parents[1] / "shared"
    folder = Path(os.environ.get("COVERAGE_SIM_SHARED", beside))
    if not (folder / "data").is_dir():
        pytest.skip(
            f"REAL DATA NOT TESTED: there is no folder {folder / 'data'}; "
            "set COVERAGE_SIM_SHARED to the folder that holds it."
        )
    return folder


@pytest.fixture
def project(tmp_path):
    """Write the small project into a folder and return it."""
    folder = tmp_path / "project"
    folder.mkdir()
    write_project(folder)
    return folder


@pytest.fixture
def edit(project):
    """Return a function that replaces a piece of a file of the project."""

    def replace(name, old, new):
        path = project / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace


# The examples of the public functions name these files, as a user has them: all of it synthetic.

EXAMPLES = {
    "today.toml": """
format = 1
extends = "tiny.toml"
name = "today"
[layers.lte_b3]
port_power_dbm = 30.0
[plan]
budget_vnd = 2_500_000_000
curve_points = 2
[plan.candidates]
spacing_m = 900.0
heights_m = [30.0]
[zoning]
rules = "builtin:nam_dinh"
""",
    "approved.toml": """
format = 1
extends = "today.toml"
name = "approved"
[network]
on_air = ["existing", "approved_built", "approved_unbuilt"]
""",
    "proposal.toml": """
[[site]]
id = "P1"
position = [572500.0, 2261200.0]
antenna_height_m = 36.0
operators = ["viettel"]
layers = ["lte_b3"]
""",
    "drive_test.csv": """\
longitude,latitude,operator,layer,rsrp_dbm
106.1700,20.4240,viettel,lte_b3,-91.0
106.1760,20.4270,viettel,lte_b3,-88.5
106.1830,20.4310,viettel,lte_b3,-97.0
""",
    "profile.csv": """\
distance_km,ground_m,clutter_m
0.0,12,0
0.5,9,0
1.0,25,8
1.5,8,0
2.0,6,0
""",
    "synthetic.msi": "\n".join(
        [
            *("NAME Synthetic", "FREQUENCY 1800", "GAIN 8.0 dBi"),
            *("HORIZONTAL 360", *(f"{degree} 0.0" for degree in range(360))),
            *("VERTICAL 360", *(f"{degree} 0.0" for degree in range(360))),
        ]
    ),
}


@pytest.fixture(autouse=True)
def _examples_have_files(request, monkeypatch):
    """Run the examples of docstrings in a folder that holds the files they name."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    folder = request.getfixturevalue("project")
    for name, text in EXAMPLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
