"""The commands that tell, and the starter project."""

import json
import subprocess
import sys

import pytest
import tomlkit

import coverage_sim
from coverage_sim.cli.describing import list_models, print_schema
from coverage_sim.cli.starting import new_project
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.scenario.load import load_scenario


def test_help_imports_nothing_heavy():
    """Half a second is not asserted; what costs seconds is."""
    heavy = ("numba", "rasterio", "geopandas", "matplotlib", "xarray", "pandas", "scipy")
    code = (
        "import sys; sys.argv = ['coverage-sim', '--help']\n"
        "from coverage_sim.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for command in ("run", "compare", "measure", "validate", "schema", "models", "link", "new"):
        assert command in done.stdout


def test_a_missing_scenario_is_status_2():
    done = subprocess.run(
        [sys.executable, "-m", "coverage_sim", "run", "nowhere.toml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("coverage-sim: nowhere.toml")


def test_schema_is_json_and_names_every_table(capsys):
    print_schema()
    schema = json.loads(capsys.readouterr().out)
    assert {"area", "terrain", "network", "layers", "antennas"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False


def test_models_are_listed_with_reference_and_range(capsys):
    list_models()
    text = capsys.readouterr().out
    assert "P.1812-8" in text
    assert "30 to 6000 MHz" in text
    assert "P.525" in text


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    folder = tmp_path_factory.mktemp("starter") / "project"
    new_project(folder, seed=3)
    return folder


def test_the_starter_project_is_good_and_says_that_it_is_synthetic(starter):
    prepared = prepare(load_scenario(starter / "today.toml"))
    assert prepared.synthetic
    assert prepared.villages
    assert (
        prepare(load_scenario(starter / "build_approved.toml")).radio.sites > prepared.radio.sites
    )


def test_every_key_of_the_starter_scenario_is_explained(starter):
    text = (starter / "today.toml").read_text(encoding="utf-8")
    document = tomlkit.parse(text).unwrap()
    for table in ("area", "terrain", "propagation", "receiver", "network", "service"):
        for key, value in document[table].items():
            if not isinstance(value, dict):
                assert f"# {key} (" in text, f"{table}.{key} has no comment"


def test_the_starter_scenario_means_what_its_short_form_means(starter):
    loaded = load_scenario(starter / "today.toml")
    assert loaded.scenario.layers["lte_b3"].epre_dbm() == pytest.approx(15.2, abs=0.05)


def test_a_folder_with_something_in_it_is_not_touched(starter):
    with pytest.raises(InputError, match="not empty"):
        new_project(starter, seed=1)


def test_every_public_name_is_there():
    for name in coverage_sim.__all__:
        assert getattr(coverage_sim, name) is not None
    assert set(coverage_sim.__all__) == set(coverage_sim._HOME)
    with pytest.raises(AttributeError):
        _ = coverage_sim.no_such_name
