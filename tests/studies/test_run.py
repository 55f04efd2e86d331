"""A whole run on a tiny project: what comes out, and that it is the same to the bit."""

import hashlib
import json

import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import xarray as xr

import coverage_sim
from coverage_sim import FolderStore, MemoryStore
from coverage_sim.errors import InputError
from coverage_sim.studies.compare.compare_tables import input_differences


@pytest.fixture
def store():
    return MemoryStore()


def test_people_of_communes_are_those_of_their_villages(project, store):
    result = coverage_sim.run(project / "tiny.toml", store=store)
    columns = [c for c in result.villages.columns if c.endswith(("people", "km2"))]
    by_commune = result.villages.groupby("commune_code")[columns].sum()
    summed = result.communes.set_index("code")[columns]
    pd.testing.assert_frame_equal(by_commune, summed.loc[by_commune.index], check_names=False)
    assert result.villages["people"].sum() == 1100.0
    assert result.summary["people"] == 1100


def test_covered_people_never_exceed_the_village_and_shrink_with_the_level(project, store):
    result = coverage_sim.run(project / "tiny.toml", store=store)
    for network in result.networks:
        counts = [
            result.villages[f"{network.key}_{level}_people"]
            for level in ("basic", "good", "indoor")
        ]
        assert (counts[0] <= result.villages["people"] + 1e-9).all()
        assert (counts[1] <= counts[0] + 1e-9).all()
        assert (counts[2] <= counts[1] + 1e-9).all()


def test_any_operator_is_the_strongest_of_all(project, store):
    result = coverage_sim.run(project / "tiny.toml", store=store)
    carriers = [c for c in result.rasters["carrier"].to_numpy() if str(c).endswith("lte_b3")]
    strongest = result.rasters["rsrp_dbm"].sel(carrier=carriers).max("carrier")
    np.testing.assert_array_equal(
        result.rasters["network_rsrp_dbm"].sel(network="any_4g").to_numpy(), strongest.to_numpy()
    )


def test_best_server_points_at_a_sector_of_the_carrier(project, store):
    result = coverage_sim.run(project / "tiny.toml", store=store)
    for carrier in result.rasters["carrier"].to_numpy():
        rows = np.unique(result.rasters["best_server"].sel(carrier=carrier))
        operator, layer = str(carrier).split("/")
        served = result.sectors.iloc[rows[rows >= 0]]
        assert set(served["operator"]) == {operator}
        assert set(served["layer"]) == {layer}


def test_a_void_is_neither_covered_nor_lost(project, store):
    with rasterio.open(project / "ground_synthetic.tif", "r+") as dataset:
        ground = dataset.read(1)
        ground[130:154, 84:108] = -9999.0  # under village v1, too wide to be filled
        dataset.write(ground, 1)
    result = coverage_sim.run(project / "tiny.toml", store=store)
    village = result.villages.set_index("id").loc["v1"]
    assert 0 < village["unknown_people"] <= village["people"]
    assert village["any_4g_basic_people"] <= village["people"] - village["unknown_people"] + 1e-9
    assert result.manifest["terrain"]["void_cells"] > 0


@pytest.mark.parametrize(("fill_voids_m", "unknown"), [(300.0, False), (0.0, True)])
def test_a_narrow_void_is_filled_and_told_or_left_as_it_is(
    project, edit, store, fill_voids_m, unknown
):
    with rasterio.open(project / "ground_synthetic.tif", "r+") as dataset:
        ground = dataset.read(1)
        ground[145:155, 85:95] = -9999.0  # under village v1
        dataset.write(ground, 1)
    edit("tiny.toml", "[terrain]\n", f"[terrain]\nfill_voids_m = {fill_voids_m}\n")
    result = coverage_sim.run(project / "tiny.toml", store=store)
    village = result.villages.set_index("id").loc["v1"]
    assert bool(village["unknown_people"] > 0) is unknown
    filled = result.manifest["terrain"]["filled_cells"]
    assert filled == (0 if unknown else 25)
    said = " ".join(result.manifest["remarks"])
    assert ("25 cells of the ground in holes up to 300 m wide" in said) is not unknown
    assert ("of the area is unknown" in said) is unknown


def test_result_folder_has_everything_and_reads_back(project, store, tmp_path):
    result = coverage_sim.run(project / "tiny.toml", store=store)
    folder = result.save(tmp_path / "result")
    with rasterio.open(folder / "rasters" / "rsrp_viettel_lte_b3.tif") as dataset:
        assert dataset.crs.to_epsg() == 9209
        assert dataset.units == ("dBm",)
        assert np.isnan(dataset.nodata)
        assert "yes" in dataset.tags()["SYNTHETIC"]
        saved = dataset.read(1)
    np.testing.assert_array_equal(
        saved, result.rasters["rsrp_dbm"].sel(carrier="viettel/lte_b3").to_numpy()
    )
    with xr.open_dataset(folder / "coverage.nc", engine="h5netcdf", decode_coords="all") as dataset:
        named = dataset.set_index(carrier="carrier_name")
        xr.testing.assert_equal(named["rsrp_dbm"], result.rasters["rsrp_dbm"])
    villages = pyogrio.read_dataframe(folder / "coverage.gpkg", layer="villages")
    assert list(villages["name"]) == list(result.villages["name"])
    text = (folder / "villages.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf"), "Excel shows Vietnamese only with a byte order mark"
    assert "Thôn Một" in text.decode("utf-8-sig")
    assert (folder / "maps" / "coverage_any_4g.png").stat().st_size > 10_000
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["synthetic"][0] == "terrain"
    assert manifest["inputs"]["network.sites[0]"]["sha256"]
    assert "clutter.toml" in manifest["terrain"]["layers"]["cover_synthetic"]["files"]
    assert str(project) not in (folder / "manifest.json").read_text(), "no path of the machine"


def hashes(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "timing.txt"
    }


def test_the_same_scenario_gives_the_same_bytes_whatever_the_threads(project, tmp_path):
    folders = []
    for threads in (1, 2):
        result = coverage_sim.run(project / "tiny.toml", store=MemoryStore(), threads=threads)
        folders.append(result.save(tmp_path / f"threads{threads}"))
    assert hashes(folders[0]) == hashes(folders[1])
    assert len(hashes(folders[0])) > 15


def test_a_stored_window_gives_the_same_bits_and_is_not_computed_again(
    project, tmp_path, monkeypatch
):
    store = FolderStore(tmp_path / "store")
    first = coverage_sim.run(project / "tiny.toml", store=store)
    monkeypatch.setattr(
        "coverage_sim.engine.path_losses.drive", lambda *_, **__: pytest.fail("computed again")
    )
    second = coverage_sim.run(project / "tiny.toml", store=store)
    xr.testing.assert_identical(first.rasters, second.rasters)


def test_what_is_not_the_path_recomputes_no_path_loss(project, edit, tmp_path, monkeypatch):
    store = FolderStore(tmp_path / "store")
    before = coverage_sim.run(project / "tiny.toml", store=store)
    edit("sites_synthetic.csv", "10;130;250", "40;160;280")
    monkeypatch.setattr(
        "coverage_sim.engine.path_losses.drive", lambda *_, **__: pytest.fail("computed again")
    )
    after = coverage_sim.run(project / "tiny.toml", store=store)
    assert not before.rasters["rsrp_dbm"].equals(after.rasters["rsrp_dbm"])


def test_a_run_without_ring_says_so(project, edit, store):
    edit("tiny.toml", 'ring_sites = ["ring_synthetic.csv"]\n', "")
    result = coverage_sim.run(project / "tiny.toml", store=store)
    assert "no masts beyond the area" in result.manifest["ring"]


def what_if(project, body, name="what_if"):
    path = project / f"{name}.toml"
    path.write_text(
        f'format = 1\nextends = "tiny.toml"\nname = "{name}"\ntitle = "What if"\n{body}'
    )
    return path


def test_comparison_counts_gains_and_names_the_input_that_differs(project, store, tmp_path):
    after = what_if(
        project, '[network]\non_air = ["existing", "approved_built", "approved_unbuilt"]\n'
    )
    comparison = coverage_sim.compare([project / "tiny.toml", after], store=store)
    assert list(comparison.inputs["key"]) == ["scenario.network.on_air"]
    assert (comparison.networks["lost_people"] == 0.0).all(), "one more mast takes nobody's signal"
    rows = comparison.networks.set_index(["network", "level"])
    base, new = comparison.results
    for key in ("any_4g", "vnpt_4g"):
        for level in ("basic", "good"):
            column = f"{key}_{level}_people"
            gained = (new.villages[column] - base.villages[column]).sum()
            assert rows.loc[(key, level), "gained_people"] == pytest.approx(gained, abs=1e-9)
    folder = comparison.save(tmp_path / "comparison")
    assert (folder / "maps" / "difference_what_if_any_4g.png").is_file()
    assert (folder / "inputs.csv").is_file()


def test_a_scenario_against_itself_changes_nothing(project, store):
    same = what_if(project, "")
    comparison = coverage_sim.compare([project / "tiny.toml", same], store=store)
    assert comparison.inputs.empty
    assert comparison.villages.empty
    assert (comparison.networks[["gained_people", "lost_people"]] == 0.0).all().all()


def test_files_named_from_another_folder_are_the_same_files(project, store):
    elsewhere = project / "sub" / "elsewhere.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(
        'format = 1\nextends = "../tiny.toml"\nname = "elsewhere"\n'
        '[[network.change]]\nsite = "A"\ndowntilt_deg = 8.0\n',
        encoding="utf-8",
    )
    comparison = coverage_sim.compare([project / "tiny.toml", elsewhere], store=store)
    (row,) = comparison.inputs.to_dict("records")
    assert row["key"] == "scenario.network.change"
    assert row["after"] == "[{'site': 'A', 'downtilt_deg': 8.0}]"


def test_deploying_a_layer_adds_it_to_the_operators_sites_only(project, store):
    after = what_if(
        project,
        '[[network.deploy]]\nlayer = "nr_n78"\noperator = "vnpt"\n'
        "[layers.nr_n78]\nradius_m = 1500.0\n",
    )
    result = coverage_sim.run(after, store=store)
    deployed = result.sectors[result.sectors["layer"] == "nr_n78"]
    assert set(deployed["site"]) == {"A"}
    assert set(deployed["operator"]) == {"vnpt"}


def test_comparing_different_grids_is_refused(project, store):
    other = what_if(project, "[area]\ncell_m = 30.0\n")
    with pytest.raises(InputError, match="different grids"):
        coverage_sim.compare([project / "tiny.toml", other], store=store)


def test_differences_see_what_is_absent_on_one_side():
    assert input_differences({"a": 1}, {"b": {"c": 2}}) == [
        ("a", "1", "absent"),
        ("b.c", "absent", "2"),
    ]


def test_cells_of_20_30_and_60_m_agree_within_a_decibel(project, edit, store):
    """The profile step does not follow the cell size, so neither does the answer."""
    medians = []
    for before, cell_m in ((60, 60), (60, 30), (30, 20)):
        edit("tiny.toml", f"cell_m = {before}.0", f"cell_m = {cell_m}.0")
        result = coverage_sim.run(project / "tiny.toml", store=store)
        medians.append(result.villages["any_4g_rsrp_median_dbm"].median())
    assert max(medians) - min(medians) < 1.0


def test_a_layer_without_key_of_its_own_in_the_baseline_is_no_gain(project, store):
    """With a second 5G layer the first gets a row of its own; it was there before."""
    after = what_if(
        project,
        '[[network.deploy]]\nlayer = "nr_n28"\noperator = "viettel"\n[layers.nr_n28]\n'
        'technology = "nr"\nband = "n28"\nfrequency_mhz = 773.0\nbandwidth_mhz = 10.0\n'
        'operators = ["viettel"]\nport_power_dbm = 46.0\n'
        'antenna = "panel_700"\nradius_m = 2000.0\n',
    )
    comparison = coverage_sim.compare([project / "tiny.toml", after], store=store)
    rows = comparison.networks.set_index(["network", "level"])
    assert rows.loc[("viettel_nr_n41", "basic"), "gained_people"] == 0.0
    before = rows.loc[("viettel_nr_n41", "basic"), "before_people"]
    assert before == rows.loc[("viettel_5g", "basic"), "before_people"]
    assert rows.loc[("viettel_5g", "basic"), "gained_people"] >= 0.0


def test_a_stated_radius_that_cuts_is_told_once_and_an_unstated_one_cuts_nothing(
    project, store, tmp_path
):
    """On the small plain a mast is heard 10 km away; with 900 m its rim is."""
    short = what_if(project, "[layers.lte_b3]\nradius_m = 900.0\n", name="short")
    free = what_if(project, "", name="free")
    free.write_text(
        free.read_text().replace("format = 1", 'format = 1\nunset = ["layers.lte_b3.radius_m"]')
    )
    cut, whole = (coverage_sim.run(path, store=store) for path in (short, free))
    (told,) = (one for one in cut.manifest["remarks"] if "radii" in one)
    counted = cut.manifest["stated_radii"]["lte_b3"]
    assert counted["radius_m"] == 900.0
    assert 0 < counted["cells_it_could_serve"] <= counted["cells"]
    share = 100.0 * counted["cells_it_could_serve"] / counted["cells"]
    assert f"layers.lte_b3.radius_m = 900 in {share:.3g} % of {counted['cells']:,}" in told
    assert "lte_b3" not in whole.manifest["stated_radii"]
    assert not any("lte_b3" in one for one in whole.manifest["remarks"])
    # What the radius left out is served without it.
    inside = np.isfinite(cut.rasters["rsrp_dbm"].to_numpy())
    assert inside.sum() < np.isfinite(whole.rasters["rsrp_dbm"].to_numpy()).sum()
    levels_dbm = [one.rasters["rsrp_dbm"].to_numpy()[inside] for one in (cut, whole)]
    assert (levels_dbm[1] >= levels_dbm[0]).all()
