"""A session answers what a run of the changed scenario finds, to the bit, whatever was changed."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import coverage_sim
from coverage_sim import InputError, MemoryStore, Session
from coverage_sim.engine.live_coverage import LiveCoverage
from coverage_sim.studies.compare.compare import compare_results
from coverage_sim.studies.session import live_cells
from tests.small_project import dig

TABLES = ("villages", "communes", "weak_spots", "must_cover", "sites", "sectors")
#: Between the masts.
HOLE = np.s_[100:120, 120:140]
LEFT, BOTTOM, SIDE_M = 569220.0, 2258040.0, 3960.0

PLACES = """\
id,name,kind,x,y
m1,Synthetic Trường,school,571500,2260200
m2,Synthetic Trạm y tế,clinic,573000,2258500
"""


@pytest.fixture
def scenario(project):
    """Write a scenario with places, prices and traffic, over the small area."""
    (project / "must_cover.csv").write_text(PLACES, encoding="utf-8")
    path = project / "today.toml"
    path.write_text(
        'format = 1\nextends = "tiny.toml"\nname = "today"\n'
        'places.must_cover = ["must_cover.csv"]\n'
        "[layers.lte_b3]\nport_power_dbm = 26.0\n[layers.nr_n41]\ntotal_power_dbm = 36.0\n",
        encoding="utf-8",
    )
    return path


def run_of(session, folder, store):
    """Run the session's scenario from a file, called as the one that was opened."""
    file = session.write(
        folder / "changed.toml", name=session.loaded.scenario.name, title="Tiny synthetic area"
    )
    return coverage_sim.run(file, store=store)


def assert_same(state, result):
    for name in TABLES:
        pd.testing.assert_frame_equal(
            pd.DataFrame(getattr(state, name)),
            pd.DataFrame(getattr(result, name)),
            check_exact=True,
        )
    assert state.summary == result.summary
    assert state.networks == result.networks
    assert state.equipment == result.equipment
    here, there = state.demand.cell, result.demand.cell
    for name, raster in state.rasters.drop_vars("peak_mbps").data_vars.items():
        values = result.rasters[name].to_numpy()
        np.testing.assert_array_equal(
            raster.to_numpy()[:, 0, here], values.reshape(len(values), -1)[:, there]
        )
    for network in state.networks:
        assert state.village_status(network).equals(result.village_status(network))


def edit(session, random, number):
    """Change a session at random: put up, move, turn, tilt, raise, switch, share, take back."""
    x, y = (float(first + random.uniform(0.0, SIDE_M)) for first in (LEFT, BOTTOM))
    site = str(random.choice([one.id for one in session.sites]))
    choices = {
        "move": lambda: session.change(site, position=(x, y)),
        "turn": lambda: session.change(
            site, azimuths_deg=random.choice(360, 2, False).astype(float).tolist()
        ),
        "tilt": lambda: session.change(site, downtilt_deg=float(random.uniform(0.0, 10.0))),
        "raise": lambda: session.change(site, antenna_height_m=float(random.uniform(15.0, 60.0))),
        "switch": lambda: session.change(
            site, status=str(random.choice(["existing", "approved_unbuilt"]))
        ),
        "share": lambda: session.change(site, operators=["viettel", "vnpt", "mobifone"]),
        "add": lambda: session.add(
            id=f"N{number}",
            position=(x, y),
            antenna_height_m=30.0,
            operators=["mobifone"],
            layers=["lte_b3"],
        ),
        "undo": session.undo,
    }
    kind = str(random.choice(list(choices)))
    before = session.changes
    try:
        choices[kind]()
    except InputError:  # a site of the ring inside, the last one off air: refused, and no more
        assert session.changes == before


def follow(scenario, folder, seed, edits):
    random = np.random.default_rng(seed)
    session = Session(scenario, store=MemoryStore(), threads=2)
    store = MemoryStore()
    first = coverage_sim.run(scenario, store=store)
    assert_same(session.state(), first)
    for number in range(edits):
        edit(session, random, number)
        now = run_of(session, folder, store)
        assert_same(session.state(), now)
        found, expected = session.difference(), compare_results([first, renamed(now)])
        for name in ("networks", "villages", "places", "costs"):
            of_scenario = pd.DataFrame(getattr(found, name)).drop(columns="scenario")
            table = pd.DataFrame(getattr(expected, name)).drop(columns="scenario")
            pd.testing.assert_frame_equal(
                of_scenario.reset_index(drop=True), table, check_exact=True
            )
        for key, change in found.communes.items():
            column = f"changed_{key}_change_people"
            np.testing.assert_array_equal(change, expected.communes[column])
    return session


def renamed(result):
    """The same result of a scenario of another name: only such are compared."""
    scenario = dataclasses.replace(result.scenario, name="changed")
    return dataclasses.replace(result, scenario=scenario)


@pytest.mark.parametrize("voids", [False, True])
def test_after_any_edits_it_is_what_a_run_finds(scenario, tmp_path, voids):
    if voids:
        dig(scenario.parent, HOLE)
    session = follow(scenario, scenario.parent, seed=int(voids), edits=8)
    assert ("possible_rsrp_dbm" in session.state().rasters) == voids


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(50))
def test_after_twenty_edits_it_is_what_a_run_finds(scenario, tmp_path, seed):
    if seed % 3 == 0:
        dig(scenario.parent, HOLE)
    follow(scenario, scenario.parent, seed=100 + seed, edits=20)


def test_its_result_is_that_of_a_run(scenario):
    store = MemoryStore()
    session = Session(scenario, store=store)
    session.change("A", downtilt_deg=8.0, antenna_height_m=25.0)
    found, expected = session.result(), run_of(session, scenario.parent, store)
    assert found.rasters.identical(expected.rasters)
    assert_same(session.state(), found)
    for name in ("scenario", "scenario_sha256"):
        del found.manifest[name], expected.manifest[name]
    assert found.manifest == expected.manifest


def test_what_is_taken_back_is_as_it_was(scenario):
    session = Session(scenario, store=MemoryStore())
    first = session.state()
    session.change("A", azimuths_deg=[90.0])
    session.add(
        id="N",
        position=[571500.0, 2260200.0],
        antenna_height_m=30.0,
        operators=["viettel"],
        layers=["lte_b3"],
    )
    assert [type(one).__name__ for one in session.changes] == ["NewSite", "SiteChange"]
    assert session.difference().networks["gained_people"].sum() > 100.0
    session.undo()
    session.undo()
    assert session.changes == ()
    for name in TABLES:
        pd.testing.assert_frame_equal(
            pd.DataFrame(getattr(session.state(), name)),
            pd.DataFrame(getattr(first, name)),
            check_exact=True,
        )
    difference = session.difference()
    assert not len(difference.villages)
    assert not len(difference.costs)
    assert (difference.networks[["gained_people", "lost_people"]] == 0.0).all(axis=None)
    with pytest.raises(InputError, match="nothing can be undone"):
        session.undo()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"site": "AA", "downtilt_deg": 4.0}, "no site list has a site of this id"),
        ({"site": "A", "down_tilt_deg": 4.0}, "Did you mean 'downtilt_deg'"),
        ({"site": "A", "downtilt_deg": 400.0}, "change: downtilt_deg is 400"),
        ({"site": "A", "position": [0.0, 0.0]}, "outside the area"),
        ({"site": "A", "status": "approved_unbuilt"}, "no site is on air"),
        ({"site": "A", "antenna_height_m": 4000.0}, "antenna_height_m is 4000"),
        ({"site": "A", "operators": ["nobody"]}, "operator is 'nobody'"),
    ],
)
def test_what_is_refused_leaves_all_as_it_was(scenario, entry, message):
    scenario.write_text(scenario.read_text() + "[network]\nring_sites = []\n", encoding="utf-8")
    session = Session(scenario, store=MemoryStore())
    before = session.state()
    with pytest.raises(InputError) as refused:
        session.change(**entry)
    assert message in str(refused.value)
    assert session.changes == ()
    assert session.state() is before


@pytest.mark.parametrize("given", [{"site": "A"}, [None], "A", 5, None], ids=str)
def test_entries_that_are_none_are_refused_in_a_sentence(scenario, given):
    session = Session(scenario, store=MemoryStore())
    for what in ("change", "add"):
        with pytest.raises(InputError, match=f"Session.apply: {what}"):
            session.apply(**{what: given})
    assert session.changes == ()


@pytest.mark.parametrize("name", ["today.toml", "tiny.toml"])
def test_what_is_written_takes_the_place_of_no_file_that_it_extends(scenario, name):
    session = Session(scenario, store=MemoryStore())
    session.change("A", downtilt_deg=9.0)
    before = (scenario.parent / name).read_bytes()
    with pytest.raises(InputError, match="one of the files that the scenario is made of"):
        session.write(scenario.parent / "." / name, name="changed")
    assert (scenario.parent / name).read_bytes() == before


@pytest.mark.parametrize("given", [{"name": ""}, {"name": "A b"}, {"name": "a", "title": ""}])
def test_what_no_scenario_can_be_called_is_not_written(scenario, given):
    session = Session(scenario, store=MemoryStore())
    with pytest.raises(InputError, match=r"Session.write: (name|title) is"):
        session.write(scenario.parent / "written.toml", **given)
    assert not (scenario.parent / "written.toml").exists()


def test_changes_are_what_the_beginning_did_not_say(scenario):
    text = '[[network.change]]\nsite = "A"\ndowntilt_deg = 3.0\n'
    scenario.write_text(scenario.read_text(encoding="utf-8") + text, encoding="utf-8")
    session = Session(scenario, store=MemoryStore())
    assert session.changes == ()
    session.change("A", downtilt_deg=5.0)
    session.change("A", downtilt_deg=3.0)  # as at the beginning
    assert [one.downtilt_deg for one in session.changes] == [5.0, 3.0]
    network = session.loaded.scenario.network
    other = dataclasses.replace(network.change[0], downtilt_deg=6.0)
    session.follow(dataclasses.replace(network, change=(other,)))
    assert session.changes == (other,)
    for _ in range(3):
        session.undo()
    assert session.changes == ()


@pytest.mark.parametrize("voids", [False, True])
def test_what_was_opened_before_is_not_computed_again(scenario, monkeypatch, voids):
    if voids:
        dig(scenario.parent, HOLE)
    store = MemoryStore()
    first = Session(scenario, store=store)
    with monkeypatch.context() as patch:
        patch.setattr(LiveCoverage, "answer_at", None)
        again = Session(scenario, store=store, threads=1)
        assert_same(again.state(), coverage_sim.run(scenario, store=store))
    for session in (first, again):
        session.change("A", downtilt_deg=8.0)
    assert_same(again.state(), run_of(first, scenario.parent, store))
    pd.testing.assert_frame_equal(first.state().villages, again.state().villages)


def test_what_is_kept_of_another_network_is_not_taken(scenario):
    store = MemoryStore()
    Session(scenario, store=store)
    changes = {
        "of_service": "service.least_sinr_db = 3.0\n",
        "of_phone": "receiver.noise_figure_db = 9.0\n",
        "of_layer": "[layers.lte_b3]\nport_power_dbm = 20.0\n",
        "of_sites": (
            '[[network.add]]\nid = "0"\nposition = [571500.0, 2260200.0]\n'
            'antenna_height_m = 30.0\noperators = ["viettel"]\nlayers = ["lte_b3"]\n'
        ),
    }
    for name, text in changes.items():
        other = scenario.parent / f"{name}.toml"
        other.write_text(
            f'format = 1\nextends = "today.toml"\nname = "{name}"\n{text}', encoding="utf-8"
        )
        state = Session(other, store=store).state()
        assert_same(state, coverage_sim.run(other, store=MemoryStore()))


def test_who_stops_a_change_finds_the_session_as_it_was(scenario, monkeypatch):
    store = MemoryStore()
    session = Session(scenario, store=store)
    session.change("A", downtilt_deg=8.0)
    with monkeypatch.context() as patch:

        def stopped(self, radio):
            truly(self, radio)
            raise KeyboardInterrupt

        truly = LiveCoverage.change
        patch.setattr(LiveCoverage, "change", stopped)
        with pytest.raises(KeyboardInterrupt):
            session.change("A", azimuths_deg=[90.0])
    assert len(session.changes) == 1
    session.change("R", azimuths_deg=[90.0])
    assert_same(session.state(), run_of(session, scenario.parent, store))


def test_villages_that_a_change_does_not_touch_are_not_counted_again(scenario, monkeypatch):
    counted = []
    truly = live_cells.village_columns

    def counting(demand, ground_known, rasters, network, service):
        counted.append((network.key, demand.villages))
        return truly(demand, ground_known, rasters, network, service)

    monkeypatch.setattr(live_cells, "village_columns", counting)
    session = Session(scenario, store=MemoryStore())
    assert {number for _, number in counted} == {4}
    counted.clear()
    session.change("R", azimuths_deg=[200.0])  # of the ring: its signal is Viettel's, far away
    session.state()
    assert {key for key, _ in counted} <= {"any_4g", "viettel_4g"}
    assert sum(number for _, number in counted) < 8
