"""Bad input loses nothing: one message, exit status 2, earlier results untouched."""

import sys

import numpy as np
import pytest
import rasterio

from coverage_sim.cli import main
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.places.village_quality import PEOPLE_NAMES
from coverage_sim.scenario.load import load_scenario


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the program; return its exit status and what it wrote to the error stream."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["coverage-sim", *map(str, arguments)])
        try:
            main()
        except SystemExit as stop:
            return int(stop.code or 0), capsys.readouterr().err
        return 0, capsys.readouterr().err

    return call


def rewrite_raster(path, **changes):
    with rasterio.open(path) as dataset:
        profile, array = dataset.profile, dataset.read(1)
    profile.update(changes)
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(array, 1)


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def text(name, old, new):
    def change(project):
        path = project / name
        content = path.read_text(encoding="utf-8")
        assert old in content
        path.write_text(content.replace(old, new), encoding="utf-8")

    return change


CASES = {
    "missing raster": (lambda p: (p / "ground_synthetic.tif").unlink(), ["ground_synthetic.tif"]),
    "truncated raster": (lambda p: truncate(p / "ground_synthetic.tif"), ["ground_synthetic.tif"]),
    "raster without CRS": (
        lambda p: rewrite_raster(p / "ground_synthetic.tif", crs=None),
        ["ground_synthetic.tif", "CRS"],
    ),
    "DSM with clutter": (text("catalog.toml", 'surface = "dtm"', 'surface = "dsm"'), ["twice"]),
    "two vertical references": (
        lambda p: (
            (p / "catalog.toml").write_text(
                (p / "catalog.toml").read_text()
                + '\n[layer.other]\nkind = "ground"\nproduct = "o"\n'
                'files = ["ground_synthetic.tif"]\n'
                'vertical_reference = "EGM2008"\nsurface = "dtm"\nlicence = "t"\nsource = "t"\n'
            ),
            text(
                "tiny.toml", 'ground = "ground_synthetic"', 'ground = ["ground_synthetic", "other"]'
            )(p),
        ),
        ["EGM96", "EGM2008"],
    ),
    "exchanged coordinates": (
        text("sites_synthetic.csv", "570000,2259000", "2259000,570000"),
        ["line 2: x is 2259000 beside y 570000", "are x and y exchanged"],
    ),
    "site outside the area": (
        text("sites_synthetic.csv", "572400,2261000", "592400,2261000"),
        ["site B", "km outside"],
    ),
    "duplicate ids": (text("sites_synthetic.csv", "\nB,", "\nA,"), ["line 3", "'A'", "line 2"]),
    "NaN height": (
        text("sites_synthetic.csv", "rural,38", "rural,nan"),
        ["line 2", "antenna_height_m"],
    ),
    "negative height": (text("sites_synthetic.csv", "rural,38", "rural,-38"), ["line 2", "-38"]),
    "unknown key": (text("tiny.toml", "cell_m", "cel_m"), ["cel_m", "Did you mean 'cell_m'"]),
    "unknown band": (
        text("tiny.toml", "[layers.lte_b3]\n", '[layers.lte_b3]\nband = "b99"\n'),
        ["layers.lte_b3.band", "b99"],
    ),
    "unknown layer of a site": (text("sites_synthetic.csv", "lte_b3;nr_n41", "lte_b9"), ["lte_b9"]),
    "frequency outside the model": (
        text("tiny.toml", "[layers.nr_n41]\n", "[layers.nr_n41]\nfrequency_mhz = 26000.0\n"),
        ["26000", "nr_n41"],
    ),
    "empty site list": (
        lambda p: (p / "sites_synthetic.csv").write_text(
            (p / "sites_synthetic.csv").read_text().splitlines()[0] + "\n"
        ),
        ["lists no site"],
    ),
    "enormous area": (
        text(
            "tiny.toml",
            "bounds_m = [569220.0, 2258040.0, 573180.0, 2262000.0]",
            "bounds_m = [0.0, 1000000.0, 1000000.0, 3000000.0]\n".rstrip("\n"),
        ),
        ["GB"],
    ),
    "village outside": (text("villages_synthetic.csv", "570300,2259300", "470300,2259300"), ["v1"]),
    "lost leading zero": (
        text("villages_synthetic.csv", ",00001,", ",1,"),
        ["leading zero", "'00001'"],
    ),
    "negative people": (
        text("villages_synthetic.csv", "2259300,400", "2259300,-400"),
        ["people", "-400"],
    ),
    "circle of extends": (text("tiny.toml", '"builtin:rural_delta"', '"tiny.toml"'), ["circle"]),
    "unknown builtin": (
        text("tiny.toml", "builtin:rural_delta", "builtin:rural_dleta"),
        ["rural_delta"],
    ),
    "geographic CRS": (
        text("tiny.toml", 'crs = "EPSG:9209"\ncell', 'crs = "EPSG:4326"\ncell'),
        ["EPSG:4326"],
    ),
    "operator called any": (
        text("tiny.toml", "[layers.lte_b3]", '[operators.any]\nname = "Any"\n[layers.lte_b3]'),
        ["operators.any", "another key"],
    ),
    "not TOML": (lambda p: (p / "tiny.toml").write_text("format = "), ["tiny.toml", "TOML"]),
}


@pytest.mark.parametrize("name", CASES)
def test_is_refused_with_status_2_and_a_sentence(name, project, command, tmp_path):
    spoil, expected = CASES[name]
    spoil(project)
    if name == "enormous area":
        path = project / "tiny.toml"
        path.write_text(path.read_text().replace("cell_m = 60.0", "cell_m = 1.0"))
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text('{"versions": {"coverage_sim": "0.1.0"}}')
    (out / "villages.csv").write_text("an earlier result")
    status, errors = command("run", project / "tiny.toml", "-o", out, "--no-maps")
    assert status == 2, errors
    for words in expected:
        assert words in errors
    assert "Traceback" not in errors
    assert (out / "villages.csv").read_text() == "an earlier result"


def test_all_problems_are_told_at_once(project, command, tmp_path):
    for name in ("NaN height", "lost leading zero", "DSM with clutter"):
        CASES[name][0](project)
    status, errors = command("validate", project / "tiny.toml")
    assert status == 2
    for name in ("NaN height", "lost leading zero", "DSM with clutter"):
        for words in CASES[name][1]:
            assert words in errors


def test_a_folder_that_is_no_result_is_not_overwritten(project, command, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    status, errors = command("run", project / "tiny.toml", "-o", precious, "--no-maps")
    assert status == 2
    assert "nothing is overwritten" in errors
    assert (precious / "thesis.txt").read_text() == "years of work"


def test_a_folder_of_another_program_with_a_manifest_is_not_overwritten(project, command, tmp_path):
    precious = tmp_path / "web_app"
    precious.mkdir()
    (precious / "manifest.json").write_text('{"name": "a web app"}')
    status, errors = command("run", project / "tiny.toml", "-o", precious, "--no-maps")
    assert status == 2
    assert "was not written by this program" in errors
    assert (precious / "manifest.json").is_file()


def test_a_failure_while_writing_leaves_the_earlier_result(project, tmp_path, monkeypatch):
    import coverage_sim
    from coverage_sim import MemoryStore

    result = coverage_sim.run(project / "tiny.toml", store=MemoryStore())
    folder = result.save(tmp_path / "out", maps=False)
    before = (folder / "villages.csv").read_bytes()

    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("coverage_sim.reporting.result_files.write_netcdf", full_disk)
    with pytest.raises(OSError, match="No space"):
        result.save(folder, maps=False)
    assert (folder / "villages.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_a_site_on_a_void_is_named(project, command, tmp_path):
    with rasterio.open(project / "ground_synthetic.tif", "r+") as dataset:
        ground = dataset.read(1)
        ground[150:170, 70:90] = np.float32(-9999.0)  # under site A
        dataset.write(ground, 1)
    status, errors = command("run", project / "tiny.toml", "-o", tmp_path / "out", "--no-maps")
    assert status == 2
    assert "void" in errors


def test_lists_of_which_nothing_is_left_are_refused(project):
    path = project / "elsewhere.toml"
    path.write_text(
        'format = 1\nextends = "tiny.toml"\n[area]\noutside = "cut"\n[network]\n'
        'sites_crs = "EPSG:3405"\n'
    )
    with pytest.raises(InputError, match=r"no site is left: all lie beyond the terrain"):
        prepare(load_scenario(path))


@pytest.mark.parametrize("name", PEOPLE_NAMES)
def test_a_level_that_is_called_like_another_column_is_refused(project, edit, name):
    edit("tiny.toml", "[layers.lte_b3]", f"[service.levels_dbm]\n{name} = -60.0\n[layers.lte_b3]")
    with pytest.raises(InputError, match=f"service.levels_dbm.{name}: .*another name"):
        load_scenario(project / "tiny.toml")


def test_no_name_of_a_column_of_people_is_forgotten(project):
    import coverage_sim
    from coverage_sim import MemoryStore

    result = coverage_sim.run(project / "tiny.toml", store=MemoryStore(), ledger=True)
    of_levels = set(result.scenario.service.levels_dbm)
    names = {
        column.removeprefix(f"{network.key}_").removesuffix("_people")
        for network in result.networks
        for column in result.villages
        if column.startswith(f"{network.key}_") and column.endswith("_people")
    }
    assert names - of_levels == set(PEOPLE_NAMES)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("volte = -105.0", ["basic", "volte", "good", "indoor"]),
        ("indoor = -80.0\ntunnel = -90.0", ["basic", "good", "tunnel", "indoor"]),
        ("good = -90.0", ["basic", "indoor", "good"]),
    ],
)
def test_a_level_that_a_scenario_adds_stands_where_its_threshold_is(project, edit, text, names):
    edit("tiny.toml", "[layers.lte_b3]", f"[service.levels_dbm]\n{text}\n[layers.lte_b3]")
    service = load_scenario(project / "tiny.toml").scenario.service
    assert list(service.levels_dbm) == names
    assert service.least_level == "basic"


def test_no_level_is_lower_than_the_first(project, edit):
    edit("tiny.toml", "[layers.lte_b3]", "[service.levels_dbm]\nbasic = -90.0\n[layers.lte_b3]")
    with pytest.raises(InputError, match=r"levels_dbm.basic is -90 dBm, and another level -100"):
        load_scenario(project / "tiny.toml")


def test_spreads_of_older_files_are_told_and_left_out(project, edit):
    old = "[service]\nsigma_db = 7.0\nsigma_above_3_ghz_db = 9.0\n[layers.lte_b3]"
    edit("tiny.toml", "[layers.lte_b3]", old)
    loaded = load_scenario(project / "tiny.toml")
    (remark,) = loaded.remarks
    assert "service.sigma_db and service.sigma_above_3_ghz_db are left out" in remark
    assert loaded.scenario.service.prediction_error.sigma_db == pytest.approx(9.849, abs=1e-3)
