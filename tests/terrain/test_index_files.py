"""Planet and Atoll rasters: tiles placed by an index, read as the GeoTIFF of the same values."""

import numpy as np
import pytest

from coverage_sim.errors import InputError
from coverage_sim.terrain.catalog import layer_hash
from coverage_sim.terrain.dem import read_layer
from coverage_sim.terrain.index_files import read_index

#: As the fixtures' rasters lie.
CRS, LEFT, TOP = "EPSG:9209", 569_400.0, 2_259_600.0
HEIGHTS = np.random.default_rng(3).integers(-5, 900, (40, 30)).astype(np.int16)


def tile_line(name, first_row, last_row, first_col, last_col, cell_m=30.0):
    west, east = LEFT + first_col * cell_m, LEFT + last_col * cell_m
    south, north = TOP - last_row * cell_m, TOP - first_row * cell_m
    return f"{name} {west:.0f} {east:.0f} {south:.0f} {north:.0f} {cell_m:.0f}\n"


@pytest.fixture
def index(tmp_path):
    """Four tiles that overlap by a row and a column, beside their index."""
    folder = tmp_path / "heights"
    folder.mkdir()
    lines = ""
    for name, rows, cols in [
        ("nw.hgt", (0, 21), (0, 16)),
        ("ne.hgt", (0, 21), (15, 30)),
        ("sw corner.hgt", (20, 40), (0, 16)),
        ("se.hgt", (20, 40), (15, 30)),
    ]:
        HEIGHTS[slice(*rows), slice(*cols)].astype(">i2").tofile(folder / name)
        lines += tile_line(name, *rows, *cols)
    path = folder / "index.txt"
    path.write_text(lines, encoding="utf-8")
    return path


def test_a_line_as_such_files_have_it(tmp_path):
    # shared form of the format: file west east south north cell
    np.zeros((2001, 2001), ">i2").tofile(tmp_path / "toluca1.hgt")
    path = tmp_path / "index.txt"
    path.write_text("toluca1.hgt 384000 484050 2080200 2180250 50\r\n", encoding="utf-8")
    (tile,) = read_index(path)
    assert tile.shape == (2001, 2001)


def test_the_mosaic_is_read_as_a_geotiff_of_the_same_values(
    index, write_raster, ground_layer, grid_over
):
    grid = grid_over(60, 45, cell_m=20.0)
    plain = ground_layer(write_raster("plain.tif", HEIGHTS, nodata=-9999))
    found = read_layer("h", ground_layer(index, crs=CRS), index.parent, grid, builtins={})
    expected = read_layer("h", plain, index.parent, grid, builtins={})
    np.testing.assert_array_equal(found, expected)
    assert np.isfinite(found).all()


def test_voids_and_what_no_tile_covers_are_unknown(index, ground_layer, grid_over):
    holed = HEIGHTS[0:21, 0:16].copy()
    holed[3, 4] = -9999
    holed.astype(">i2").tofile(index.parent / "nw.hgt")
    index.write_text("".join(index.read_text().splitlines(keepends=True)[:3]))
    layer = ground_layer(index, crs=CRS)
    found = read_layer("h", layer, index.parent, grid_over(40, 30), builtins={}).to_numpy()
    assert np.isnan(found[3, 4])
    assert np.isnan(found[21:, 16:]).all()
    assert np.isnan(found).sum() == 1 + 19 * 14
    assert found[39, 0] == HEIGHTS[39, 0]


def test_land_cover_too(tmp_path, cover_layer, grid_over):
    classes = np.random.default_rng(4).choice([10, 40, 50], (40, 30)).astype(np.int16)
    classes.astype(">i2").tofile(tmp_path / "clutter.bin")
    path = tmp_path / "index.txt"
    path.write_text(tile_line("clutter.bin", 0, 40, 0, 30))
    layer = cover_layer(path, crs=CRS)
    found = read_layer("c", layer, tmp_path, grid_over(40, 30), builtins={})
    np.testing.assert_array_equal(found, classes)


def test_the_crs_must_be_stated(index, ground_layer, grid_over):
    with pytest.raises(InputError, match="carries no CRS; state it in the catalogue"):
        read_layer("h", ground_layer(index), index.parent, grid_over(40, 30), builtins={})


def test_tiles_are_hashed_with_their_index(index, ground_layer):
    layer = ground_layer(index, crs=CRS)
    before = layer_hash("h", layer, index.parent, builtins={})
    assert len(before) == 5
    (HEIGHTS[20:40, 15:30] + 1).astype(">i2").tofile(index.parent / "se.hgt")
    after = layer_hash("h", layer, index.parent, builtins={})
    assert {name for name in before if before[name] != after[name]} == {"se.hgt"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nw.hgt 1 2 3\n", "4 fields; a line is: file west east south north cell"),
        ("nw.hgt a b c d e\n", "five numbers must follow"),
        ("nw.hgt nan 1 1 2 30\n", "edges must be finite"),
        ("nw.hgt 569400 569880 2259600 2258970 30\n", "exchanged"),
        ("nw.hgt 569400 569880 2258970 2259600 0\n", "the cell positive"),
        ("nw.hgt 569400 569890 2258970 2259600 30\n", "not a whole number of cells"),
        ("nw.hgt 569400 569880 2258940 2259600 30\n", "22 x 16 cells of 16 bits are 704"),
        ("none.hgt 569400 569880 2258970 2259600 30\n", "no file 'none.hgt' beside the index"),
        ("../heights/nw.hgt 569400 569880 2258970 2259600 30\n", "names a folder"),
        ("nw.hgt -1e308 1e308 0 30 30\n", "edges lie inf and 30 m apart"),
        ("nw.hgt 569400 569430 1e308 1.1e308 1e-9\n", "m apart; correct them"),
        ("n" * 300 + " 0 30 0 30 30\n", "there is no file 'nnn"),
        ("nw\0.hgt 0 30 0 30 30\n", "there is no file 'nw"),
        ("\n" * 1_100_000, "larger than 1 MiB"),
        ("", "lists no tile"),
        ("\xff", "cannot be read as text"),
    ],
)
def test_what_is_wrong_is_told_by_line(index, line, told):
    index.write_bytes(line.encode("latin-1"))
    with pytest.raises(InputError, match=told.replace("(", r"\(")):
        read_index(index)


def test_all_lines_are_told_at_once(index):
    index.write_text("none.hgt 0 30 0 30 30\nnw.hgt 1 2 3\nnw.hgt 0 50 0 50 50\n")
    with pytest.raises(InputError) as caught:
        read_index(index)
    assert [problem.split(", ")[1].split(":")[0] for problem in caught.value.problems] == [
        "line 1",
        "line 2",
        "line 3",
    ]


def test_a_mistyped_edge_does_not_ask_for_all_memory(index, ground_layer, grid_over):
    np.zeros((1, 1), ">i2").tofile(index.parent / "far.hgt")
    with index.open("a") as file:
        file.write("far.hgt 56940000000 56940000030 2259570 2259600 30\n")
    with pytest.raises(InputError, match="more than 512 MiB"):
        read_layer("h", ground_layer(index, crs=CRS), index.parent, grid_over(9, 9), builtins={})
