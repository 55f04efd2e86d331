"""The scenario files of the repository: each is good, and one runs on real terrain."""

from pathlib import Path

import numpy as np
import pytest

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.errors import InputError
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.scenario.load import load_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FILES = sorted(path for path in SCENARIOS.rglob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_is_good_and_lists_what_nobody_verified(path):
    loaded = load_scenario(path)
    assert loaded.scenario.unverified, "the radio defaults are assumptions and must say so"


def test_the_defaults_are_those_of_the_published_powers():
    layers = load_scenario(SCENARIOS / "nam_dinh" / "nr_700.toml").scenario.layers
    # printed with one decimal: half a unit
    assert layers["lte_b3"].epre_dbm() == pytest.approx(15.2, abs=0.05)
    # 46 dBm a port over 52 resource blocks are 18.05 dBm; both ports feed the beam
    assert layers["nr_n28"].epre_dbm() == pytest.approx(18.05 + 3.01, abs=0.05)
    assert layers["nr_n41"].epre_dbm() == pytest.approx(17.8, abs=0.06)
    assert layers["nr_n28"].resource_blocks() == 52


def test_the_library_fallbacks_of_refractivity_are_not_used_in_the_delta():
    model = load_scenario(SCENARIOS / "nam_dinh" / "today.toml").model
    assert (model.delta_n, model.n0) == (50.5, 374.6)


def test_the_sample_network_has_the_published_numbers():
    sites = read_sites(
        SCENARIOS / "nam_dinh" / "sites_synthetic.csv",
        SiteListLayout(positions_crs="EPSG:4326", crs="EPSG:9209"),
    )
    count = {status: sum(s.status == status for s in sites) for status in {s.status for s in sites}}
    assert count["approved_built"] == 315
    assert count["approved_unbuilt"] == 264
    assert count["existing"] + count["approved_built"] == 1147
    working = [s for s in sites if s.status != "approved_unbuilt"]
    assert sum(len(s.operators) for s in working) == 1388


def test_the_real_ridge_shadows_the_valley(tmp_path):
    text = (SCENARIOS / "jacksboro" / "ridge.toml").read_text(encoding="utf-8")
    base = SCENARIOS.as_posix()
    text = text.replace("../../terrain", f"{Path(base).parent.as_posix()}/terrain")
    text = text.replace('"sites_synthetic.csv"', f'"{base}/jacksboro/sites_synthetic.csv"')
    path = tmp_path / "coarse.toml"
    path.write_text(text.replace("cell_m = 60.0", "cell_m = 240.0"), encoding="utf-8")
    result = coverage_sim.run(path, store=MemoryStore())
    assert "network.sites[0]" in result.manifest["synthetic"]
    assert "terrain" not in result.manifest["synthetic"], "the terrain is real"
    covered = result.summary["networks"]["any_4g"]["levels"]["basic"]["land_percent"]
    assert 0.0 < covered < 60.0
    ground = result.terrain["ground_m"].to_numpy()
    assert 236 <= np.nanmin(ground) < np.nanmax(ground) <= 1076  # of the DEM as published
    assert not len(result.villages)


def test_an_unknown_status_or_operator_is_told_with_the_known_ones(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(
        f'format = 1\nextends = "{(SCENARIOS / "nam_dinh" / "today.toml").as_posix()}"\n'
        '[network]\non_air = ["exsting"]\n[layers.nr_n41]\noperators = ["vietel"]\n'
    )
    with pytest.raises(InputError, match="exsting"):
        load_scenario(path)
