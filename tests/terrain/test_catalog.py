from pathlib import Path

import pytest

from coverage_sim.errors import InputError
from coverage_sim.io.atomic_files import sha256_of
from coverage_sim.terrain.catalog import layer_files, layer_hash, load_catalog

SHIPPED = Path(__file__).parents[2] / "terrain" / "catalog.toml"

GOOD = """
format = 1
[layer.delta]
kind = "ground"
product = "p"
licence = "l"
source = "s"
files = ["a.tif"]
vertical_reference = "EGM2008"
surface = "dtm"
"""


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "catalog.toml"
        path.write_text(text, encoding="utf-8")
        return load_catalog(path)

    return load


def problems_of(load, text):
    with pytest.raises(InputError) as caught:
        load(text)
    return [problem.split("catalog.toml: ", 1)[1] for problem in caught.value.problems]


def test_the_shipped_catalogue_says_what_is_synthetic():
    catalog = load_catalog(SHIPPED)
    assert {name: layer.synthetic for name, layer in catalog.items()} == {
        "nam_dinh_synthetic_ground": True,
        "nam_dinh_synthetic_land_cover": True,
        "jacksboro_ground": False,
    }
    assert catalog["jacksboro_ground"].surface == "dsm"
    assert all("synthetic" in name for name, layer in catalog.items() if layer.synthetic)


def test_everything_wrong_is_told_at_once_with_the_nearest_key(load):
    text = GOOD.replace("surface", "surfaze").replace('"ground"', '"grund"') + "nodata = 'x'\n"
    assert problems_of(load, text) == [
        "layer.delta.surfaze: unknown key. Did you mean 'surface'?",
        (
            "layer.delta.kind is 'grund'; it must be one of ['ground', 'land_cover']. "
            "Did you mean 'ground'?"
        ),
        "layer.delta.nodata is 'x'; it must be a number.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('product = "p"\n', "", "layer.delta.product: missing."),
        ("format = 1", "format = 2", "format is 2; it must be 1."),
        ('"l"', '""', "layer.delta.licence is empty; a text is needed."),
        (
            'files = ["a.tif"]\n',
            "",
            "layer.delta: neither of files and builtin are given; exactly one is needed.",
        ),
        (
            'surface = "dtm"',
            'surface = "dtm"\nbuiltin = "b"',
            "layer.delta: both of files and builtin are given; exactly one is needed.",
        ),
        (
            'vertical_reference = "EGM2008"\nsurface = "dtm"',
            "",
            (
                "layer.delta: vertical_reference is missing; ground needs it, e.g. 'EGM96'; "
                "surface is missing; ground needs it: 'dtm' or 'dsm'."
            ),
        ),
        (
            'kind = "ground"',
            'kind = "land_cover"',
            (
                "layer.delta: clutter_table is missing; land cover needs a height for each class; "
                "vertical_reference is given; only ground has one; "
                "surface is given; only ground has one."
            ),
        ),
    ],
)
def test_a_wrong_layer_is_one_sentence(load, old, new, problem):
    assert load(GOOD)["delta"].files == ("a.tif",)
    assert problems_of(load, GOOD.replace(old, new)) == [problem]


def test_nodata_is_a_number_that_can_be_compared(load):
    assert problems_of(load, GOOD + "nodata = nan\n") == [
        "layer.delta.nodata is nan; it must be a finite number."
    ]


def test_what_is_not_toml_is_told_with_its_line(load):
    with pytest.raises(InputError, match=r"catalog\.toml: is not TOML: .*line 1"):
        load("format = \n")


def test_a_missing_catalogue_a_folder_and_another_encoding_are_told(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml: there is no such file"):
        load_catalog(tmp_path / "none.toml")
    with pytest.raises(InputError, match="is a folder"):
        load_catalog(tmp_path)
    (tmp_path / "latin.toml").write_bytes("# Nam Định".encode("utf-16"))
    with pytest.raises(InputError, match="is not UTF-8"):
        load_catalog(tmp_path / "latin.toml")


def test_an_unknown_layer_names_those_of_the_kind_that_there_are(load):
    with pytest.raises(InputError, match=r"must be one of \['delta'\]\. Did you mean 'delta'"):
        load(GOOD).find("delt", "ground")
    with pytest.raises(InputError, match=r"land_cover layer is 'delta'; it must be one of \[\]"):
        load(GOOD).find("delta", "land_cover")


def test_files_come_in_the_order_given_and_patterns_sorted(tmp_path, ground_layer):
    for name in ("z.tif", "b.tif", "a.tif"):
        (tmp_path / name).touch()
    layer = ground_layer("z.tif", "*.tif")
    names = [path.name for path in layer_files("delta", layer, tmp_path, {})]
    assert names == ["z.tif", "a.tif", "b.tif"]
    absolute = ground_layer(tmp_path / "?.tif")
    assert len(layer_files("delta", absolute, Path("elsewhere"), {})) == 3


def test_every_missing_file_is_told(tmp_path, ground_layer):
    (tmp_path / "folder").mkdir()
    layer = ground_layer("one.tif", "folder", "*.hgt")
    with pytest.raises(InputError) as caught:
        layer_files("delta", layer, tmp_path, {})
    text = str(caught.value)
    assert "no file matches '*.hgt'" in text
    assert "one.tif: there is no such file" in text
    assert "folder is a folder" in text


def test_a_file_that_is_not_the_one_hashed_is_refused(tmp_path, ground_layer):
    (tmp_path / "a.tif").write_bytes(b"heights")
    right = sha256_of(tmp_path / "a.tif")
    layer = ground_layer("a.tif", sha256={"a.tif": right})
    assert layer_hash("delta", layer, tmp_path, builtins={}) == {"a.tif": right}
    wrong = ground_layer("a.tif", sha256={"a.tif": "0" * 64})
    with pytest.raises(InputError, match=f"has SHA-256 {right}; the catalogue states 000"):
        layer_files("delta", wrong, tmp_path, {})
    mistyped = ground_layer("a.tif", sha256={"b.tif": right})
    with pytest.raises(InputError, match=r"sha256 names 'b\.tif', which is none of its files"):
        layer_files("delta", mistyped, tmp_path, {})


def test_a_builtin_is_made_by_the_callable_of_its_name(tmp_path, ground_layer):
    layer = ground_layer(files=(), builtin="made_here")
    assert layer_files("delta", layer, tmp_path, {"made_here": lambda: tmp_path}) == [tmp_path]
    with pytest.raises(InputError, match=r"builtin is 'made_here'; it must be one of \['made_her"):
        layer_files("delta", layer, tmp_path, {"made_her": lambda: tmp_path})
