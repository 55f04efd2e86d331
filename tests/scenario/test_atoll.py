"""A scenario whose list of sites is a folder of Atoll's tables, and its changes."""

import dataclasses
import json

import numpy as np
import pytest
from pyproj import CRS

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.network.site_writing import write_sites
from coverage_sim.scenario.load import load_scenario

TM3 = "EPSG:9209"


@pytest.fixture
def atoll(project):
    """The tiny project, its sites as tables in WGS 84; the ring moves to WGS 84 with them."""
    for name, out in (
        ("sites_synthetic.csv", "tables_synthetic"),
        ("ring_synthetic.csv", "ring.csv"),
    ):
        sites = read_sites(project / name, SiteListLayout(positions_crs=TM3, crs=CRS(TM3)))
        write_sites(sites, project / out, crs=CRS(TM3))

    def scenario(text="", network=""):
        path = project / "atoll.toml"
        path.write_text(
            'format = 1\nextends = "tiny.toml"\nname = "atoll"\n'
            '[network]\nsites = ["tables_synthetic"]\n'
            f'ring_sites = ["ring.csv"]\nsites_crs = "EPSG:4326"\n{network}\n{text}\n'
        )
        return path

    return scenario


def sites_of(path):
    return {site.id: site for site in prepare(load_scenario(path)).sites}


def test_the_tables_give_what_the_list_gives(project, atoll):
    store = MemoryStore()
    listed = coverage_sim.run(project / "tiny.toml", store=store)
    tables = coverage_sim.run(atoll(), store=store)
    # eight decimals of degrees move a mast by less than a millimetre
    for name in ("rsrp_dbm", "interference_dbm"):
        np.testing.assert_allclose(tables.rasters[name], listed.rasters[name], atol=0.05)
    assert list(tables.sectors["name"]) == list(listed.sectors["name"])
    assert "network.sites[0].site" in tables.manifest["synthetic"]
    inputs = tables.manifest["inputs"]
    assert inputs["network.sites[0].transmitter"]["file"] == "Transmitters.txt"
    assert json.loads(json.dumps(tables.manifest))["scenario"]["network"]["sites"] == [
        "tables_synthetic"
    ]


def test_one_transmitter_is_changed(atoll):
    changed = sites_of(
        atoll(
            """[[network.change]]
            site = "A"
            transmitter = "viettel/nr_n41/2"
            antenna_height_m = 25.0
            azimuths_deg = [100.0]
            downtilt_deg = 8.0
            [[network.change]]
            site = "A"
            transmitter = "viettel/nr_n41/3"
            downtilt_deg = 1.0"""
        )
    )["A"]
    by_name = {one.name: one for one in changed.transmitters}
    one = by_name["viettel/nr_n41/2"]
    assert (one.antenna_height_m, one.azimuth_deg, one.downtilt_deg) == (25.0, 100.0, 8.0)
    assert by_name["viettel/nr_n41/3"].downtilt_deg == 1.0
    assert by_name["viettel/lte_b3/2"].antenna_height_m == 38.0
    assert (changed.antenna_height_m, changed.azimuths_deg) == (25.0, (10.0, 100.0, 130.0, 250.0))


def test_site_and_transmitter_are_changed_one_after_the_other(atoll):
    of_site = '[[network.change]]\nsite = "A"\nantenna_height_m = 33.0\n'
    of_one = (
        '[[network.change]]\nsite = "A"\ntransmitter = "vnpt/lte_b3/1"\nantenna_height_m = 20.0\n'
    )
    for text, expected_m in ((of_site + of_one, 20.0), (of_one + of_site, 33.0)):
        site = sites_of(atoll(text))["A"]
        heights = {one.name: one.antenna_height_m for one in site.transmitters}
        assert heights.pop("vnpt/lte_b3/1") == expected_m
        assert set(heights.values()) == {33.0}


def test_what_is_switched_off_is_switched_on_by_putting_it_on(project, atoll):
    table = project / "tables_synthetic/Cells.txt"
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    lines = [
        line.replace("\tTrue\t", "\tFalse\t") if "viettel/nr_n41" in line else line
        for line in lines
    ]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    off = {one.name: one for one in sites_of(atoll())["A"].transmitters}
    assert not off["viettel/nr_n41/1"].active
    put = (
        '[[network.change]]\nsite = "A"\n'
        'carriers = [{ operator = "viettel", layers = ["nr_n41"]%s }]'
    )
    on = {one.name: one for one in sites_of(atoll(put % ""))["A"].transmitters}
    assert {name: dataclasses.replace(one, active=True) for name, one in off.items()} == on
    stated = ", antenna_height_m = 21.0, downtilt_deg = 1.5"
    low = sites_of(atoll(put % stated))["A"].transmitters
    own = [one for one in low if one.name.startswith("viettel/nr_n41")]
    assert {(one.active, one.antenna_height_m, one.downtilt_deg) for one in own} == {
        (True, 21.0, 1.5)
    }


def test_who_comes_hangs_by_what_is_on_air(project, atoll):
    """Not by an antenna that is switched off, lower than all others."""
    table = project / "tables_synthetic/Transmitters.txt"
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("A\t"))
    lines[first] = lines[first].replace("\tTrue\t", "\tFalse\t").replace("\t38\t", "\t21\t")
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    put = '[[network.change]]\nsite = "A"\ncarriers = [{ operator = "%s", layers = ["lte_b28"] }]\n'
    layer = '[layers.lte_b28]\noperators = ["viettel", "mobifone"]\nradius_m = 2000.0\n'
    for operator in ("viettel", "mobifone"):
        site = sites_of(atoll(put % operator + layer))["A"]
        assert {one.antenna_height_m for one in site.transmitters if one.layer == "lte_b28"} == {
            38.0
        }


def test_sites_whose_transmitters_are_all_inactive_are_not_on_air(project, atoll):
    table = project / "tables_synthetic/Transmitters.txt"
    table.write_text(
        table.read_text(encoding="utf-8-sig").replace("\tTrue\t", "\tFalse\t"), encoding="utf-8"
    )
    prepared = prepare(load_scenario(atoll()))
    assert [site.id for site in prepared.radio.sites] == ["R"]  # of the ring, a list of its own
    deploy = '[[network.deploy]]\nlayer = "nr_n41"\noperator = "viettel"\n' * 2
    radio = prepare(load_scenario(atoll(deploy))).radio
    assert [site.id for site in radio.sites] == ["R"]
    names = [sector.name for sector in radio.sectors]
    assert len(names) == len(set(names))


def test_of_the_site_its_height_and_downtilt_are_those_of_all(atoll):
    text = '[[network.change]]\nsite = "A"\nantenna_height_m = 20.0\ndowntilt_deg = 2.0'
    site = sites_of(atoll(text))["A"]
    assert {one.antenna_height_m for one in site.transmitters} == {20.0}
    assert {one.downtilt_deg for one in site.transmitters} == {2.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('site = "A"\ntransmitter = "viettel/lte_b3/9"', "Did you mean 'viettel/lte_b3/"),
        ('site = "R"\ntransmitter = "x"', "site 'R' lists none: change its azimuths_deg"),
        ('site = "A"\nazimuths_deg = [1.0]', "azimuths_deg of site 'A' are those of its"),
        (
            'site = "A"\ntransmitter = "viettel/lte_b3/1"\nazimuths_deg = [1.0, 2.0]',
            "a transmitter has one",
        ),
        (
            'site = "A"\ntransmitter = "viettel/lte_b3/1"\nstatus = "rejected"',
            "status cannot be changed of a transmitter",
        ),
    ],
)
def test_what_cannot_be_changed_is_refused(atoll, text, message):
    with pytest.raises(InputError) as refused:
        prepare(load_scenario(atoll(f"[[network.change]]\n{text}")))
    assert message in str(refused.value)


def test_a_deployed_layer_has_the_directions_of_its_operator(project, atoll):
    deploy = '[[network.deploy]]\nlayer = "nr_n41"\noperator = "viettel"'
    cells = project / "tables_synthetic/Cells.txt"
    cells.write_bytes(
        b"\r\n".join(
            line for line in cells.read_bytes().split(b"\r\n") if b"viettel/nr_n41" not in line
        )
    )
    radio = prepare(load_scenario(atoll(deploy))).radio
    added = [one for one in radio.sectors if one.layer == "nr_n41" and one.site == 0]
    assert [(sector.azimuth_deg, sector.antenna_height_m) for sector in added] == [
        (10.0, 38.0),
        (130.0, 38.0),
        (250.0, 38.0),
    ]
    assert {sector.operator for sector in added} == {"viettel"}


def test_more_power_of_one_sector_does_not_lift_the_way_back(project, atoll):
    store = MemoryStore()
    before = coverage_sim.run(atoll(), store=store)
    cells = project / "tables_synthetic/Cells.txt"
    text = cells.read_text(encoding="utf-8-sig")
    # 20 dB above the 46 dBm of the built-in LTE layer, of every LTE cell
    louder = [
        line.removesuffix("\t") + "66\t" if "/lte_b3/" in line else line
        for line in text.splitlines()
        if line.strip()
    ]
    cells.write_text("\n".join(louder), encoding="utf-8")
    after = coverage_sim.run(atoll(), store=store)
    offset_db = 66.0 - after.scenario.layers["lte_b3"].port_power_dbm
    lte = [c for c in before.rasters["carrier"].values if c.endswith("lte_b3")]
    ring = before.sectors.set_index("row")["site"].eq("R").to_numpy()
    for carrier in lte:
        one, other = (result.rasters.sel(carrier=carrier) for result in (before, after))
        same = (one["best_server"] == other["best_server"]).values & (one["best_server"] >= 0)
        same &= ~np.append(ring, False)[one["best_server"].values]
        assert same.any()
        rise_db = (other["rsrp_dbm"] - one["rsrp_dbm"]).values[same]
        np.testing.assert_allclose(rise_db, offset_db, atol=1e-4)
        # Where the uplink failed or bound before, the downlink alone has become better.
        bound = same & (one["service"] == 5).values
        assert (other["service"].values[bound] == 5).all()
        lost = same & (one["service"] == 3).values
        assert (other["service"].values[lost] == 3).all()


def test_words_must_mean_what_the_scenario_has(atoll):
    network = '[network.atoll]\noperator = "nobody"\nlayers = { "Band 3" = "lte_b33" }'
    with pytest.raises(InputError) as refused:
        load_scenario(atoll(network=network))
    assert "network.atoll.layers.'Band 3' is 'lte_b33'" in str(refused.value)
    assert "network.atoll.operator is 'nobody'" in str(refused.value)


def test_a_folder_without_the_tables_is_refused(project, atoll):
    (project / "tables_synthetic/Cells.txt").unlink()
    with pytest.raises(InputError, match=r"one file with 'cell' in its name is needed"):
        prepare(load_scenario(atoll()))
