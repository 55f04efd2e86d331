"""Terrain kept between runs: the same bits, and never that of other files."""

import numpy as np
import pytest
import rasterio
import xarray as xr

from coverage_sim import FolderStore, MemoryStore
from coverage_sim.errors import InputError
from coverage_sim.inputs import kept_terrain
from coverage_sim.inputs.prepare import prepare
from coverage_sim.scenario.load import load_scenario
from coverage_sim.terrain.packing import pack_terrain, unpack_terrain


def prepared(project, store):
    return prepare(load_scenario(project / "tiny.toml"), store=store)


@pytest.fixture
def assembled(monkeypatch):
    """Counts how often terrain is assembled."""
    calls = []
    real = kept_terrain.assemble_terrain

    def counted(**given):
        calls.append(given)
        return real(**given)

    monkeypatch.setattr(kept_terrain, "assemble_terrain", counted)
    return calls


def test_kept_terrain_is_the_assembled_one_and_is_assembled_once(project, assembled):
    store = MemoryStore()
    plain = prepared(project, None).ground.terrain
    first = prepared(project, store).ground.terrain
    second = prepared(project, store).ground.terrain
    assert len(assembled) == 2  # one without a store, one for it
    for found in (first, second):
        xr.testing.assert_identical(found, plain)
        assert found["ground_m"].encoding == plain["ground_m"].encoding
        assert found["ground_m"].dtype == np.float32


@pytest.mark.parametrize("edited", ["ground_synthetic.tif", "clutter.toml", "catalog.toml"])
def test_a_changed_file_is_noticed(project, assembled, edited):
    store = MemoryStore()
    prepared(project, store)
    path = project / edited
    if edited.endswith(".tif"):
        import rasterio

        with rasterio.open(path, "r+") as file:
            file.write(file.read(1) + 1.0, 1)
    elif edited == "catalog.toml":
        path.write_text(path.read_text().replace('"EGM96"', '"EGM2008"'))
    else:
        path.write_text(path.read_text() + "\n# another table\n")
    prepared(project, store)
    assert len(assembled) == 2


def test_damaged_terrain_is_assembled_again(project, tmp_path, assembled):
    store = FolderStore(tmp_path / "kept")
    expected = prepared(project, store).ground.terrain
    (kept,) = store.objects()
    whole = kept.path.read_bytes()
    kept.path.write_bytes(whole[: len(whole) // 2])
    xr.testing.assert_identical(prepared(project, store).ground.terrain, expected)
    assert len(assembled) == 2
    assert kept.path.read_bytes() == whole


def test_bytes_that_are_no_terrain_are_refused(project):
    ready = prepared(project, None)
    grid = kept_grid(ready)
    content = pack_terrain(ready.ground.terrain)
    assert unpack_terrain(content, grid) is not None
    for wrong in (b"", content[:20], content[:-100], b"\0" * 200):
        assert unpack_terrain(wrong, grid) is None


def kept_grid(ready):
    from coverage_sim.inputs.reading import make_grids

    return make_grids(ready.loaded.scenario)[1]


def test_what_is_wrong_with_a_layer_is_still_told(project):
    (project / "ground_synthetic.tif").unlink()
    with pytest.raises(InputError, match="no such file"):
        prepared(project, MemoryStore())


def test_a_file_that_was_cut_to_the_area_leaves_no_void_rim(project, edit):
    """The grid reaches a cell beyond the area; where the file ends there, the border is read."""
    edit("tiny.toml", "margin_m = 1200.0", 'margin_m = 0.0\noutside = "cut"')
    edit("tiny.toml", "cell_m = 60.0", "cell_m = 30.0")
    whole = prepared(project, None)
    with rasterio.open(project / "ground_synthetic.tif") as file:
        left, bottom, right, top = whole.ground.area.boundingbox
        window = file.window(left, bottom, right, top)
        profile = file.profile | {
            "transform": file.window_transform(window),
            "width": round(window.width),
            "height": round(window.height),
        }
        heights = file.read(1, window=window)
    with rasterio.open(project / "ground_synthetic.tif", "w", **profile) as file:
        file.write(heights, 1)
    cut = prepared(project, None)
    assert cut.ground.terrain.attrs["void_cells"] == 0
    assert whole.ground.terrain.sizes["x"] == cut.ground.terrain.sizes["x"] + 2
    np.testing.assert_array_equal(cut.ground.area_ground_m, whole.ground.area_ground_m)
    assert cut.ground.crs == whole.ground.crs
