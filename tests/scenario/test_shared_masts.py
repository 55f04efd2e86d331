"""Operators who come onto a mast: only what is theirs changes, where there is room for them."""

import dataclasses

import numpy as np
import pytest

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.site_writing import write_sites
from coverage_sim.network.sites import make_sectors
from coverage_sim.network.transmitters import transmitters_of, with_transmitters
from coverage_sim.scenario.changes import changed_site
from coverage_sim.scenario.load import load_scenario
from coverage_sim.scenario.networks import Network
from coverage_sim.works.actions import Action, Actions, with_carriers

COME = """
[[network.change]]
site = "A"
carriers = [{ operator = "mobifone", layers = ["lte_b3"]HEIGHT }]
"""

STORE = MemoryStore()


@pytest.fixture
def project_with(project):
    """Return a function that gives a scenario with more text, and room on mast A."""

    path = project / "sites_synthetic.csv"
    lines = path.read_text().splitlines()

    def write(text, room=",,"):
        listed = [
            f"{lines[0]},free_slots,free_height_m,load_percent",
            f"{lines[1]},{room}",
            f"{lines[2]},,,",
        ]
        path.write_text("\n".join(listed) + "\n")
        changed = project / "changed.toml"
        changed.write_text(f'format = 1\nextends = "tiny.toml"\nname = "changed"\n{text}\n')
        return changed

    return write


def test_who_comes_gets_what_a_mast_of_its_own_at_the_place_gives(project, project_with):
    """The path of a site that the scenario puts up is another one through the code."""
    before = coverage_sim.run(project / "tiny.toml", store=STORE)
    shared = coverage_sim.run(
        project_with(COME.replace("HEIGHT", ""), room="2,30.5,85"), store=STORE
    )
    (project / "own.toml").write_text(
        'format = 1\nextends = "tiny.toml"\nname = "own"\n'
        '[[network.add]]\nid = "NEW"\nposition = [570000.0, 2259000.0]\nantenna_height_m = 30.5\n'
        'operators = ["mobifone"]\nlayers = ["lte_b3"]\nazimuths_deg = [10.0, 130.0, 250.0]\n'
    )
    own = coverage_sim.run(project / "own.toml", store=STORE)
    carriers = shared.rasters["carrier"].to_numpy().tolist()
    assert carriers == own.rasters["carrier"].to_numpy().tolist()
    for name in ("rsrp_dbm", "sinr_db"):
        np.testing.assert_array_equal(shared.rasters[name], own.rasters[name])
    for carrier in before.rasters["carrier"].to_numpy():  # of those who were there
        np.testing.assert_array_equal(
            shared.rasters["rsrp_dbm"].sel(carrier=carrier),
            before.rasters["rsrp_dbm"].sel(carrier=carrier),
        )
    site = shared.sites.set_index("id").loc["A"]
    assert site["operators"] == "viettel;vnpt;mobifone"
    hung = shared.sectors[shared.sectors["site"] == "A"].groupby("operator")["antenna_height_m"]
    assert hung.agg(set).to_dict() == {"viettel": {38.0}, "vnpt": {38.0}, "mobifone": {30.5}}


def test_a_stated_height_wins_and_slots_get_fewer(project_with):
    text = COME.replace("HEIGHT", ", antenna_height_m = 22.0, azimuths_deg = [5.0]")
    sites = {one.id: one for one in prepare(load_scenario(project_with(text, "1,30,"))).sites}
    (new,) = [one for one in sites["A"].transmitters if one.operator == "mobifone"]
    assert (new.antenna_height_m, new.azimuth_deg) == (22.0, 5.0)
    assert sites["A"].free_slots == 0


@pytest.mark.parametrize("room", ["0,,", ",,100", "5,30,112.5"])
@pytest.mark.parametrize(
    "change",
    [
        COME.replace("HEIGHT", ""),
        '[[network.change]]\nsite = "A"\noperators = ["viettel", "vnpt", "mobifone"]\n',
    ],
)
def test_a_mast_without_room_takes_nobody(project_with, room, change):
    with pytest.raises(InputError, match=r"mobifone cannot come onto site 'A': its list says"):
        prepare(load_scenario(project_with(change, room)))


def test_who_leaves_makes_room(project_with):
    """Of viettel and vnpt."""
    for operators, room, left in (
        ('["viettel", "mobifone"]', "0,,", 0),
        ('["viettel", "mobifone"]', "0,,100", 0),
        ('["mobifone"]', "2,,", 3),
        ('["viettel"]', "0,,", 1),
    ):
        text = f'[[network.change]]\nsite = "A"\noperators = {operators}\n'
        sites = {one.id: one for one in prepare(load_scenario(project_with(text, room))).sites}
        assert sites["A"].free_slots == left
    text = text.replace('["viettel"]', '["viettel"]\nstatus = "existing"') + (
        'carriers = [{ operator = "mobifone", layers = ["lte_b3"] }]\n'
    )
    sites = {one.id: one for one in prepare(load_scenario(project_with(text, "0,,"))).sites}
    assert sites["A"].free_slots == 0


def test_what_one_operator_puts_on_in_two_entries_hangs_together(project_with):
    text = (
        '[[network.change]]\nsite = "A"\ncarriers = ['
        '{ operator = "mobifone", layers = ["lte_b3"], antenna_height_m = 20.0 }, '
        '{ operator = "mobifone", layers = ["lte_b28"] }]\n'
        '[layers.lte_b28]\noperators = ["mobifone"]\nradius_m = 2000.0\n'
    )
    sites = {one.id: one for one in prepare(load_scenario(project_with(text, ",30,"))).sites}
    new = [one for one in sites["A"].transmitters if one.operator == "mobifone"]
    assert {one.antenna_height_m for one in new} == {20.0}
    assert len(new) == 6


@pytest.mark.parametrize("room", ["0,,", ",,100"])
def test_who_is_there_needs_no_room(project_with, room):
    """Of whom the direction is the one it has on the mast, and the height."""
    added = 'carriers = [{ operator = "vnpt", layers = ["lte_b28"] }]'
    layer = '[layers.lte_b28]\noperators = ["viettel", "vnpt"]\nradius_m = 2000.0\n'
    path = project_with(f'[[network.change]]\nsite = "A"\n{added}\n{layer}', room)
    sectors = prepare(load_scenario(path)).radio.sectors
    new = [one for one in sectors if one.layer == "lte_b28"]
    assert [(one.operator, one.azimuth_deg, one.antenna_height_m) for one in new] == [
        ("vnpt", 10.0, 38.0),
        ("vnpt", 130.0, 38.0),
        ("vnpt", 250.0, 38.0),
    ]


@pytest.mark.parametrize(
    ("carriers", "message"),
    [
        ('{ operator = "viettel", layers = ["lte_b3"] }', "'viettel' has 'lte_b3' on site 'A'"),
        ('{ operator = "viettel", layers = [] }', "carriers of 'viettel': layers is empty"),
        (
            (
                '{ operator = "mobifone", layers = ["lte_b3"] }, '
                '{ operator = "mobifone", layers = ["lte_b3"], azimuths_deg = [5.0] }'
            ),
            "'mobifone' has 'lte_b3' on site 'A' already",
        ),
        (
            '{ operator = "mobifone", layers = ["lte_b3"], azimuths_deg = [5.0, 5.0] }',
            "azimuths_deg names 5 twice",
        ),
        ('{ operator = "mobifone", layers = ["b3"] }', "carriers[0].layers is 'b3'"),
        ('{ operator = "mobifon", layers = ["lte_b3"] }', "Did you mean 'mobifone'?"),
        ('{ operator = "mobifone", layers = ["lte_b33"] }', "Did you mean 'lte_b3'?"),
        ('{ operator = "mobifone", layers = ["nr_n41"] }', "operator is 'mobifone'"),
    ],
)
def test_what_nobody_can_put_on_a_mast_is_refused(project_with, carriers, message):
    text = f'[[network.change]]\nsite = "A"\ncarriers = [{carriers}]\n'
    with pytest.raises(InputError) as caught:
        prepare(load_scenario(project_with(text)))
    assert message in str(caught.value)


def test_a_mast_as_its_list_has_it_and_as_transmitters_has_the_same_sectors(project):
    prepared = prepare(load_scenario(project / "tiny.toml"))
    scenario, antennas = prepared.loaded.scenario, prepared.radio.antennas
    usual_deg = scenario.network.downtilt_deg.by_setting
    plain = [dataclasses.replace(prepared.sites[0], downtilt_deg=tilt) for tilt in (None, 2.5)]
    listed = [with_transmitters(site, transmitters_of(site)) for site in plain]
    assert make_sectors(listed, scenario.layers, usual_deg, antennas) == make_sectors(
        plain, scenario.layers, usual_deg, antennas
    )


def test_a_layer_is_deployed_for_its_operator_alone(project_with):
    """And not for whoever shares its masts and holds a carrier of the layer too."""
    path = project_with(
        '[[network.deploy]]\nlayer = "lte_b28"\noperator = "viettel"\n'
        '[layers.lte_b28]\noperators = ["viettel", "vnpt"]\nradius_m = 2000.0\n'
    )
    sectors = prepare(load_scenario(path)).radio.sectors
    assert {one.operator for one in sectors if one.layer == "lte_b28"} == {"viettel"}
    both = path.read_text() + '[[network.deploy]]\nlayer = "lte_b28"\noperator = "vnpt"\n'
    path.write_text(both)
    sectors = prepare(load_scenario(path)).radio.sectors
    found = sorted(one.operator for one in sectors if one.layer == "lte_b28")
    assert found == ["viettel"] * 4 + ["vnpt"] * 3  # one of viettel's is the ring's


CHANGES = (
    COME.replace("HEIGHT", ", antenna_height_m = 14.0, azimuths_deg = [200.0], downtilt_deg = 8.0"),
    '[[network.change]]\nsite = "A"\nantenna_height_m = 14.0\n' + COME.replace("HEIGHT", ""),
    '[[network.deploy]]\nlayer = "lte_b28"\noperator = "viettel"\n',
)


@pytest.mark.parametrize("given", CHANGES)
@pytest.mark.parametrize("listed", ["plain", "tables"])
def test_a_line_of_an_action_makes_the_site_that_is_asked(project_with, given, listed):
    """Whatever the scenario says of the mast already."""
    layer = '[layers.lte_b28]\noperators = ["viettel", "vnpt", "mobifone"]\nradius_m = 2000.0\n'
    path = project_with(given + layer)
    if listed == "tables":
        bare = prepare(load_scenario(path.with_name("tiny.toml")))
        own = [site for site in bare.sites if not site.in_ring]
        write_sites(own, path.with_name("tables_synthetic"), crs=bare.ground.crs)
        path.with_name("tables.toml").write_text(
            'format = 1\nextends = "tiny.toml"\n[network]\nsites = ["tables_synthetic"]\n'
            'ring_sites = []\nsites_crs = "EPSG:4326"\n'
        )
        path.write_text(path.read_text().replace("tiny.toml", "tables.toml"))
    loaded = load_scenario(path)
    prepared = prepare(loaded)
    network_of = {
        generation: Network(
            key=f"any_{generation}",
            label="",
            operator="any",
            generation=generation,
            carriers=tuple(carriers),
        )
        for generation, carriers in (
            ("4g", [Carrier(one, "lte_b3") for one in ("viettel", "vnpt", "vietnamobile")]),
            ("5g", [Carrier("viettel", "nr_n41")]),
        )
    }
    asked = 0
    for network in network_of.values():
        for action in Actions(prepared).for_place(network, "v1", 570700.0, 2259400.0):
            if action.kind == "new_mast":
                continue
            line = action.as_toml(loaded.scenario.network)
            again = path.with_name("again.toml")
            again.write_text(f'format = 1\nextends = "changed.toml"\nname = "again"\n{line}\n')
            before, after = (
                {site.id: site for site in one.sites}
                for one in (prepared, prepare(load_scenario(again)))
            )
            crs, choice = prepared.ground.crs, loaded.scenario.network
            assert after[action.site] == changed_site(
                before[action.site], action.change, choice, crs
            )
            asked += 1
    assert asked > 3


def test_what_was_put_on_stays_when_more_is_put_on(project_with):
    """A line for a scenario repeats what the scenario has put on the mast already."""
    loaded = load_scenario(project_with(COME.replace("HEIGHT", "")))
    come = with_carriers("A", [Carrier("vietnamobile", "lte_b3")])
    action = Action("share_mast", "A", ("vietnamobile",), ("lte_b3",), np.nan, np.nan, come)
    line = action.as_toml(loaded.scenario.network)
    path = loaded.path.with_name("more.toml")
    path.write_text(f'format = 1\nextends = "changed.toml"\nname = "more"\n{line}\n')
    (site,) = [one for one in prepare(load_scenario(path)).sites if one.id == "A"]
    assert site.operators == ("viettel", "vnpt", "mobifone", "vietnamobile")
