"""Changes of single sites: what they do, and what is refused."""

import numpy as np
import pytest
from pyproj import CRS

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.errors import InputError
from coverage_sim.scenarios.changes import changed
from coverage_sim.scenarios.load import load_scenario
from coverage_sim.scenarios.prepare import prepare
from coverage_sim.scenarios.schema import NetworkChoice, SiteChange


def with_change(project, text):
    path = project / "changed.toml"
    path.write_text(f'format = 1\nextends = "tiny.toml"\nname = "changed"\n{text}\n')
    return path


def sites_of(path):
    return {site.id: site for site in prepare(load_scenario(path)).sites}


def test_what_is_named_changes_and_the_rest_stays(project):
    before = sites_of(project / "tiny.toml")
    after = sites_of(
        with_change(
            project,
            """[[network.change]]
            site = "A"
            position = [570600.0, 2259500.0]
            antenna_height_m = 45.0
            azimuths_deg = [0.0, 90.0]
            [[network.change]]
            site = "B"
            status = "approved_built"
            downtilt_deg = 2.5
            operators = ["viettel"]""",
        )
    )
    a, b = after["A"], after["B"]
    assert (a.x, a.y) == pytest.approx((570600.0, 2259500.0), abs=1e-6)
    assert (a.antenna_height_m, a.azimuths_deg) == (45.0, (0.0, 90.0))
    assert (a.status, a.operators, a.layers) == (
        "existing",
        ("viettel", "vnpt"),
        before["A"].layers,
    )
    assert (b.status, b.downtilt_deg, b.operators) == ("approved_built", 2.5, ("viettel",))
    assert (b.x, b.y) == (before["B"].x, before["B"].y)
    assert after["R"] == before["R"]


def test_a_position_is_read_in_the_crs_of_the_lists(project):
    sites = prepare(load_scenario(project / "tiny.toml")).sites
    move = SiteChange(site="A", position=(106.1683, 20.4203))
    network = NetworkChoice(sites=(), sites_crs="EPSG:4326", change=(move,))
    (site,) = [site for site in changed(sites, network, CRS("EPSG:9209")) if site.id == "A"]
    # PROJ: WGS84 106.1683 E 20.4203 N -> EPSG:9209, two decimals printed
    assert (site.x, site.y) == pytest.approx((569_546.33, 2_258_921.42), abs=0.006)


def test_a_what_if_has_the_bits_of_a_list_that_says_the_same(project, edit):
    store = MemoryStore()
    coverage_sim.run(project / "tiny.toml", store=store)
    path = with_change(project, '[[network.change]]\nsite = "A"\nposition = [570660.0, 2259060.0]')
    what_if = coverage_sim.run(path, store=store)
    edit("sites_synthetic.csv", "570000,2259000", "570660,2259060")
    fresh = coverage_sim.run(project / "tiny.toml", store=MemoryStore())
    for name in fresh.rasters.data_vars:
        assert what_if.rasters[name].values.tobytes() == fresh.rasters[name].values.tobytes()
    columns = [c for c in fresh.villages.columns if c != "geometry"]
    for column in columns:
        np.testing.assert_array_equal(what_if.villages[column], fresh.villages[column])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('site = "AA"', "no site list has a site of this id. Did you mean 'A'"),
        ('site = "A"\nazimuths_deg = []', "azimuths_deg is empty"),
        ('site = "A"\n[[network.change]]\nsite = "A"', "changed twice"),
        ('site = "A"\nposition = [1e7, 2e7]', "outside the area"),
        ('site = "A"\nheight_m = 40.0', "unknown key"),
        ('site = "A"\nlayers = ["lte_b99"]', "lte_b99"),
    ],
)
def test_what_cannot_be_is_refused(project, text, message):
    with pytest.raises(InputError) as refused:
        prepare(load_scenario(with_change(project, f"[[network.change]]\n{text}")))
    assert message in str(refused.value)
