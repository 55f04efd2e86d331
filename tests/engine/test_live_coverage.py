"""A network that follows changes tells what it could give beyond voids, as a fresh one does."""

import numpy as np
import pytest

from coverage_sim.engine.live_coverage import LiveCoverage
from coverage_sim.engine.possible import reads_a_void, with_possible
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import MemoryStore
from tests.engine.test_taken_over import (
    changed,
    fresh,
    hole_beside_a_mast,
    radio_with,
    rim,
    with_ground,
)
from tests.small_network import SITES, made_ground


@pytest.mark.parametrize("where", ["on the way", "at the rim"])
@pytest.mark.parametrize("seed", range(3))
def test_after_any_changes_it_is_what_a_fresh_evaluation_finds(seed, where, monkeypatch):
    monkeypatch.setattr("coverage_sim.engine.tiles.TILE_CELLS", 8)
    for module in ("possible", "representatives"):
        monkeypatch.setattr(f"coverage_sim.engine.{module}.BLOCK_M", 30.0)
    ground = made_ground()
    if where == "at the rim":
        ground = with_ground(ground, rim)
    random = np.random.default_rng(seed)
    given = {"interference_radius_m": 900.0}
    context = RunContext(store=MemoryStore(), threads=2)
    sites = list(SITES)
    live = LiveCoverage(ground, radio_with(sites, **given), context)
    before = live.rasters()
    matters = set()
    for _ in range(8):
        sites = changed(sites, random)
        radio = radio_with(sites, **given)
        touched = live.change(radio)
        expected = with_possible(fresh(ground, radio), ground, radio, context)
        found = live.rasters()
        assert found.identical(expected)
        assert [str(one) for one in live.carriers] == found["carrier"].to_numpy().tolist()
        matters.add("possible_rsrp_dbm" in found)
        cells = random.integers(0, ground.area.shape[0] * ground.area.shape[1], 300)
        for carrier in range(found.sizes["carrier"]):
            here = live.answer_at(carrier, cells)
            assert set(here) == set(found.data_vars)
            for name, values in here.items():
                there = found[name].to_numpy()[carrier].ravel()[cells]
                np.testing.assert_array_equal(values, there)
        if touched is not None:
            for name in expected.data_vars:
                was, now = before[name].to_numpy(), found[name].to_numpy()
                same = (was == now) | (np.isnan(was) & np.isnan(now))
                assert name == "best_server" or same[~touched].all()
        before = found
    assert matters == {where == "on the way"}


def test_a_mast_beyond_a_void_makes_it_matter():
    ground = with_ground(made_ground(), hole_beside_a_mast)
    inside, beyond = SITES[:2], SITES[2]
    context = RunContext(store=MemoryStore(), threads=1)
    live = LiveCoverage(ground, radio_with(inside), context)
    for sites in ((*inside, beyond), inside):
        radio = radio_with(sites)
        assert reads_a_void(ground, radio) == (beyond in sites)
        assert live.change(radio) is None  # all of it may be another
        expected = with_possible(fresh(ground, radio), ground, radio, context)
        assert live.rasters().identical(expected)
