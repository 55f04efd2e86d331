"""Changes of single sites: what they do, and what is refused."""

import numpy as np
import pytest
from pyproj import CRS

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.inputs.remarks import remarks
from coverage_sim.scenario.changes import change_sites
from coverage_sim.scenario.load import load_scenario
from coverage_sim.scenario.schema_network import NetworkChoice, SiteChange


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
    (site,) = [site for site in change_sites(sites, network, CRS("EPSG:9209")) if site.id == "A"]
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
        ('site = "A"\nazimuths_deg = [5.0, 365.0]', "azimuths_deg"),
        ('site = "A"\nazimuths_deg = [5.0, 50.0, 5.0]', "azimuths_deg names 5 twice"),
        ('site = "A"\nposition = [1e7, 2e7]', "outside the area"),
        ('site = "A"\nheight_m = 40.0', "unknown key"),
        ('site = "A"\nlayers = ["lte_b99"]', "lte_b99"),
    ],
)
def test_what_cannot_be_is_refused(project, text, message):
    with pytest.raises(InputError) as refused:
        prepare(load_scenario(with_change(project, f"[[network.change]]\n{text}")))
    assert message in str(refused.value)


NEW = """[[network.add]]
id = "NEW"
position = [571500.0, 2260200.0]
antenna_height_m = 42.0
operators = ["viettel"]
layers = ["lte_b3"]
"""


def test_of_two_changes_of_a_site_the_later_counts_and_it_is_told(project):
    text = """[[network.change]]
        site = "A"
        antenna_height_m = 30.0
        downtilt_deg = 3.0
        [[network.change]]
        site = "A"
        antenna_height_m = 24.0
        layers = ["lte_b3"]"""
    prepared = prepare(load_scenario(with_change(project, text)))
    site = next(one for one in prepared.sites if one.id == "A")
    assert (site.antenna_height_m, site.downtilt_deg, site.layers) == (24.0, 3.0, ("lte_b3",))
    told = "antenna_height_m of A is that of network.change[1], which overrules network.change[0]"
    assert [one for one in remarks(prepared) if "overrules" in one] == [told]


def test_an_added_site_is_on_air_and_covers_what_stands_beside_it(project):
    before = coverage_sim.run(project / "tiny.toml", store=MemoryStore())
    after = coverage_sim.run(with_change(project, NEW), store=MemoryStore())
    site = after.sites.set_index("id").loc["NEW"]
    assert site["on_air"]
    assert site["status"] == "candidate"
    assert site["name"] == "NEW"
    assert (after.sectors["site"] == "NEW").sum() == 3
    listed_by_hand = project / "sites_synthetic.csv"
    listed_by_hand.write_text(
        listed_by_hand.read_text()
        + "NEW,NEW,571500,2260200,existing,ground,rural,42,viettel,lte_b3,0;120;240\n"
    )
    same = coverage_sim.run(project / "tiny.toml", store=MemoryStore())
    for rasters in (same.rasters, after.rasters):
        assert not np.array_equal(rasters["rsrp_dbm"], before.rasters["rsrp_dbm"], equal_nan=True)
    np.testing.assert_array_equal(  # the order of the sites differs: the ring's comes before
        same.rasters["rsrp_dbm"].to_numpy(), after.rasters["rsrp_dbm"].to_numpy()
    )


def test_added_sites_are_checked_all_at_once(project):
    text = (
        NEW.replace('"NEW"', '"A"')
        + NEW.replace('["viettel"]', "[]")
        + NEW.replace('"NEW"', '"FAR"').replace("571500.0", "671500.0")
    )
    with pytest.raises(InputError) as caught:
        prepare(load_scenario(with_change(project, text)))
    said = "\n".join(caught.value.problems)
    assert "network.add[0]: id is 'A', which another site has" in said
    assert "network.add[1]: operators is empty" in said


def test_an_added_site_beyond_the_area_is_refused(project):
    with pytest.raises(InputError, match="site NEW is at x=671500"):
        prepare(load_scenario(with_change(project, NEW.replace("571500.0", "671500.0"))))
