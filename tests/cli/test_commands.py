"""The commands that tell, and the starter project."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import tomlkit
from typer.main import get_command
from typer.testing import CliRunner

import coverage_sim
from coverage_sim import new_project
from coverage_sim.cli.app import app
from coverage_sim.cli.run_commands import models, schema
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.scenario.json_schema import models_in
from coverage_sim.scenario.load import load_scenario
from coverage_sim.scenario.schema import Scenario
from coverage_sim.scenario.template import documentation, words_in_vietnamese


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


def every_command():
    """Return the words of every command that there is."""
    named = [([], app)]
    found = []
    while named:
        words, group = named.pop()
        found += [[*words, one.name or one.callback.__name__] for one in group.registered_commands]
        named += [([*words, one.name], one.typer_instance) for one in group.registered_groups]
    return sorted(found)


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_no_help_text_loses_its_brackets(words):
    printed = CliRunner().invoke(app, [*words, "--help"]).output
    told = " ".join(printed.split())
    command = get_command(app)
    for word in words:
        command = command.commands[word]
    texts = [command.help, *(parameter.help for parameter in command.params)]
    for text in filter(None, texts):
        assert " ".join(text.split()) in told


def test_brackets_stand_in_help_texts():
    # The test above is about these; it would pass if nobody wrote any.
    texts = [CliRunner().invoke(app, [*words, "--help"]).output for words in every_command()]
    for brackets in ("[[site]]", "[plan]", "[costs]", "[MB]", "[m]"):
        assert any(brackets in text for text in texts)


def test_the_version_is_told():
    printed = CliRunner().invoke(app, ["--version"])
    assert printed.exit_code == 0
    assert printed.output.strip() == f"coverage-sim {metadata.version('coverage-sim')}"
    assert coverage_sim.__version__ == metadata.version("coverage-sim")


def test_reading_a_scenario_loads_no_solver_and_nothing_that_draws():
    code = (
        "import sys, coverage_sim\n"
        "coverage_sim.load_scenario('scenarios/nam_dinh/today.toml')\n"
        "print([name for name in ('highspy', 'matplotlib') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "[]"


def test_several_scenarios_are_validated_and_all_that_is_wrong_is_told(starter, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text("format = 1\nnothing = 2\n", "utf-8")
    found = CliRunner().invoke(app, ["validate", str(bad), str(starter / "today.toml")])
    assert f"{starter / 'today.toml'}: good." in found.output.replace("\n", "")
    assert isinstance(found.exception, InputError)
    assert "nothing" in str(found.exception)


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
    schema()
    printed = json.loads(capsys.readouterr().out)
    assert {"area", "terrain", "network", "layers", "antennas"} <= set(printed["properties"])
    assert printed["additionalProperties"] is False


def test_models_are_listed_with_reference_and_range(capsys):
    models()
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


def test_every_key_is_explained_in_vietnamese_too(starter):
    vietnamese = words_in_vietnamese()
    english = {model.__name__: set(documentation(model)) for model in models_in(Scenario)}
    assert {name: set(words) - {"about"} for name, words in vietnamese.items()} == english
    lines = (starter / "today.toml").read_text(encoding="utf-8").splitlines()
    at = lines.index('crs = "EPSG:9209"')
    assert lines[at - 2] == f"# {vietnamese['Area']['crs']}"


def test_the_starter_says_by_which_schema_editors_complete_it(starter):
    for name in ("today.toml", "build_approved.toml"):
        first = (starter / name).read_text(encoding="utf-8").splitlines()[0]
        assert first == "#:schema ./scenario.schema.json"
    assert json.loads((starter / "scenario.schema.json").read_text(encoding="utf-8"))["$id"]


def test_the_starter_scenario_means_what_its_short_form_means(starter):
    loaded = load_scenario(starter / "today.toml")
    assert loaded.scenario.layers["lte_b3"].epre_dbm() == pytest.approx(15.2, abs=0.05)


def test_a_folder_with_something_in_it_is_not_touched(starter):
    with pytest.raises(InputError, match="not empty"):
        new_project(starter, seed=1)
