"""``what-if`` prints what a comparison of the changed scenario does, and writes that scenario."""

import re

import pytest
from typer.testing import CliRunner

import coverage_sim
from coverage_sim.cli.app import app
from coverage_sim.errors import InputError
from coverage_sim.io.toml_files import read_toml_keys

TILT = 'site = "A", downtilt_deg = 9.0'
NEW = (
    'id = "N", position = [571500.0, 2260200.0], antenna_height_m = 30.0, '
    'operators = ["viettel"], layers = ["lte_b3"]'
)


def invoke(*words):
    return CliRunner().invoke(app, ["what-if", *map(str, words)], catch_exceptions=True)


def rows_of(printed):
    """Return the cells of each line of a printed table, title and width apart."""
    lines = [re.split(r"\s*│\s*", line.strip(" │")) for line in printed.splitlines() if "│" in line]
    return [[cell for cell in line if cell] for line in lines]


@pytest.fixture
def scenario(project):
    path = project / "today.toml"
    path.write_text('format = 1\nextends = "tiny.toml"\nname = "today"\n', encoding="utf-8")
    return path


def test_it_prints_what_a_comparison_prints(scenario, tmp_path):
    written = scenario.parent / "lower_and_more.toml"
    told = invoke(scenario, "--change", TILT, "--add", NEW, "--write", written)
    assert told.exit_code == 0, told.output
    assert f"Scenario: {written}" in told.output.replace("\n", "")
    compared = CliRunner().invoke(
        app,
        ["compare", str(scenario), str(written), "--no-maps", "-o", str(tmp_path / "compared")],
    )
    assert compared.exit_code == 0, compared.output
    rows, expected = rows_of(told.output), rows_of(compared.output)
    # A comparison knows who is expected to be covered, too, and has shares of communes.
    expected += [row[:1] + row[2:] for row in expected]
    rows = [row for row in rows if not row[0].startswith("Xã")]
    assert {"any_4g", "Thôn Ba", "visit", "mast"} <= {row[0] for row in rows}
    assert [row for row in rows if row in expected] == rows


def test_what_changes_nothing_is_told_in_a_sentence(scenario):
    told = invoke(scenario, "--change", 'site = "A"')
    assert told.exit_code == 0, told.output
    assert "nobody gains or loses anything." in " ".join(told.output.split())
    assert "┃" not in told.output


def test_several_changes_are_one_step(scenario):
    session = coverage_sim.Session(scenario, store=coverage_sim.MemoryStore())
    session.apply(
        add=[
            {
                "id": "N",
                "position": [571500.0, 2260200.0],
                "antenna_height_m": 30.0,
                "operators": ["viettel"],
                "layers": ["lte_b3"],
            }
        ],
        change=[{"site": "A", "downtilt_deg": 9.0}, {"site": "N", "downtilt_deg": 2.0}],
    )
    assert len(session.changes) == 3
    assert {site.id: site.downtilt_deg for site in session.sites}["N"] == 2.0
    session.undo()
    assert session.changes == ()


def test_everything_that_is_wrong_with_changes_is_told_before_anything_is_read(tmp_path):
    told = invoke(
        tmp_path / "none.toml",
        *("--change", 'site = "A", down_tilt_deg = 4.0'),
        *("--change", 'site = "B", downtilt_deg = 400.0'),
        *("--add", 'id = "N"'),
    )
    assert isinstance(told.exception, InputError)
    found = "\n".join(told.exception.problems)
    assert "--change[0]: down_tilt_deg: unknown key. Did you mean 'downtilt_deg'?" in found
    assert "--change[1]: downtilt_deg is 400" in found
    assert "--add: position: missing" in found
    assert "none.toml" not in found


def test_a_change_must_be_given(tmp_path):
    assert "--change" in str(invoke(tmp_path / "none.toml").exception)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("there.toml", "exists; nothing is overwritten"),
        ("A plan.toml", "small letter"),
        ("none/plan.toml", "cannot be written"),
    ],
)
def test_where_the_scenario_cannot_be_written_is_told_before_computing(
    scenario, monkeypatch, name, message
):
    (scenario.parent / "there.toml").write_text("mine", encoding="utf-8")
    monkeypatch.setattr(coverage_sim, "Session", None)
    told = invoke(scenario, "--change", TILT, "--write", scenario.parent / name)
    assert isinstance(told.exception, InputError)
    assert message in str(told.exception)
    assert (scenario.parent / "there.toml").read_text() == "mine"


@pytest.mark.parametrize(
    "text",
    ["x", 'site = "A" } other = { b = 1', 'site = "A"\nb = 1', "[a]", 'site = "\\u0000"', "= 1"],
)
def test_keys_in_a_line_are_toml_and_nothing_else(text):
    with pytest.raises(InputError, match="--change"):
        read_toml_keys(text, "--change")


def test_a_second_table_is_no_key():
    with pytest.raises(InputError, match="one line with commas"):
        read_toml_keys("a = 1 }\nother = { b = 1", "--change")
