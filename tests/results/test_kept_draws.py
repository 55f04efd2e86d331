"""Draws that are kept: nothing is drawn twice, and what is found are the bits of a new draw."""

import numpy as np
import pytest

from coverage_sim import MemoryStore
from coverage_sim.engine import tiles
from coverage_sim.engine.run_context import RunContext
from coverage_sim.inputs.prepare import prepare
from coverage_sim.results import people_in_draws
from coverage_sim.results.people_in_draws import Asked
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.run.run import run_loaded

#: Small enough that a mast does not reach every village.
NEAR = "[layers.lte_b3]\nradius_m = 1300.0\n[layers.nr_n41]\nradius_m = 700.0\n"
LEVELS = "[service.levels_dbm]\nbasic = -85.0\ngood = -80.0\nindoor = -75.0\n"
ON_AIR = '[network]\non_air = ["existing", "approved_built", "approved_unbuilt"]\n'


@pytest.fixture
def draws(project, monkeypatch):
    """Return a function that draws for the small project with a store, and says for how many."""
    monkeypatch.setattr(tiles, "TILE_CELLS", 8)
    asked_about = []
    truly = people_in_draws.find_servers

    def counted(cells, *given, **named):
        asked_about.append(cells.size)
        return truly(cells, *given, **named)

    monkeypatch.setattr(people_in_draws, "find_servers", counted)

    def draw(store, more="", *, network="", margin_db=0.0, uplink=False):
        path = project / "kept.toml"
        head = 'format = 1\nextends = "tiny.toml"\n'
        path.write_text(f"{head}{NEAR}{LEVELS}{ON_AIR}{network}\n{more}\n", encoding="utf-8")
        loaded = load_scenario(path)
        prepared, context = prepare(loaded), RunContext(store=store, threads=2)
        rasters = run_loaded(loaded, RunContext(store=MemoryStore()), prepared=prepared).rasters
        asked = [
            Asked(prepared.radio.carriers(), -85.0, margin_db, uplink),
            Asked(prepared.radio.carriers()[:1], -85.0),
        ]
        asked_about.clear()
        found = people_in_draws.people_in_draws(asked, prepared, rasters, context)
        return found, sum(asked_about)

    return draw


def test_nothing_is_drawn_twice(draws):
    store = MemoryStore()
    first, asked_about = draws(store)
    assert asked_about
    assert first.sum() > 0.0
    again, asked_about = draws(store)
    assert not asked_about
    np.testing.assert_array_equal(again, first)


TURNED = 'change = [{ site = "A", azimuths_deg = [70.0, 190.0, 310.0] }]\n'


@pytest.mark.parametrize(
    "given",
    [
        {"network": TURNED},
        {"network": 'change = [{ site = "B", antenna_height_m = 40.0 }]\n'},
        {"network": 'change = [{ site = "A", status = "rejected" }]\n'},
        {"network": 'change = [{ site = "B", layers = ["lte_b3", "nr_n41"] }]\n'},
        {"more": "[receiver]\nheight_m = 2.5\n"},
        {"network": 'change = [{ site = "A", layers = ["lte_b3"], downtilt_deg = 9.0 }]\n'},
        {"more": "[service.prediction_error]\nseed = 5\n"},
        {"more": "[service.prediction_error]\nlocal_sigma_db = 3.0\n"},
        {"more": "[service.prediction_error]\nlocal_distance_m = 700.0\n"},
        {"more": "[service.prediction_error]\ndraws = 30\n"},
        {"margin_db": 2.0},
        {"uplink": True},
    ],
    ids=str,
)
def test_what_is_found_beside_a_change_has_the_bits_of_a_new_draw(draws, given):
    store = MemoryStore()
    draws(store)
    beside, _ = draws(store, **given)
    anew, _ = draws(MemoryStore(), **given)
    np.testing.assert_array_equal(beside, anew)


def test_a_change_draws_for_the_villages_that_it_reaches_alone(draws):
    store = MemoryStore()
    before, of_all = draws(store)
    after, of_some = draws(store, network=TURNED)
    assert 0 < of_some < of_all
    assert not np.array_equal(before, after)


def test_people_who_move_and_a_mast_of_another_name_are_drawn_for_anew(draws, project):
    store = MemoryStore()
    draws(store)
    for name, was, now in (
        ("villages_synthetic.csv", ",400,150", ",500,150"),
        ("sites_synthetic.csv", "A,Synthetic A", "Another,Synthetic A"),
    ):
        path = project / name
        text = path.read_text(encoding="utf-8")
        assert was in text
        path.write_text(text.replace(was, now), encoding="utf-8")
        beside, asked_about = draws(store)
        assert asked_about
        np.testing.assert_array_equal(beside, draws(MemoryStore())[0])
