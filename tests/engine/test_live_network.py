"""A network that follows changes is at every step what a fresh evaluation finds, to the bit."""

import dataclasses

import numpy as np
import pytest

from coverage_sim.engine import live_layer, live_network, live_tiles
from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.live_network import LiveNetwork
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import MemoryStore
from tests.engine.test_taken_over import changed, fresh, radio_with
from tests.small_network import SITES, made_ground, same_bits


@pytest.fixture(scope="module")
def ground():
    return made_ground()


def differs(one, other):
    """Where a raster of one evaluation is another in the other."""
    found = np.zeros(one["rsrp_dbm"].shape, dtype=bool)
    for name in ("rsrp_dbm", "interference_dbm", "data_interference_dbm", "second_dbm", "servers"):
        before, after = one[name].to_numpy(), other[name].to_numpy()
        found |= ~((before == after) | ((before != before) & (after != after)))
    return found


class NoStore:
    """Keeps nothing, as a full or read-only disk does."""

    def get(self, key):
        """Find nothing."""
        del key

    def put(self, key, content):
        """Keep nothing."""
        del key, content

    def has(self, key):
        """Say so."""
        return bool(key) and False


@pytest.mark.parametrize("interference_radius_m", [0.0, 1500.0])
@pytest.mark.parametrize(
    ("seed", "tile_bytes", "store"),
    [
        *((seed, live_network._TILE_BYTES, MemoryStore) for seed in range(6)),
        *((seed, 200_000, MemoryStore) for seed in (6, 7)),  # some of the tiles
        (8, 0, MemoryStore),
        (9, 200_000, NoStore),
    ],
)
def test_after_any_changes_it_is_what_a_fresh_evaluation_finds(
    ground, seed, tile_bytes, store, interference_radius_m, monkeypatch
):
    monkeypatch.setattr(live_network, "_TILE_BYTES", tile_bytes)
    monkeypatch.setattr("coverage_sim.engine.tiles.TILE_CELLS", 8)
    monkeypatch.setattr("coverage_sim.engine.representatives.BLOCK_M", 150.0)
    random = np.random.default_rng(seed)
    given = {"interference_radius_m": interference_radius_m}
    sites = list(SITES)
    live = LiveNetwork(ground, radio_with(sites, **given), RunContext(store=store(), threads=2))
    before = live.rasters()
    for _ in range(12):
        for _ in range(int(random.integers(1, 3))):  # one site or two at once
            sites = changed(sites, random)
        radio = radio_with(sites, **given)
        where = live.change(radio)
        expected = fresh(ground, radio)
        found = live.rasters()
        assert same_bits(found, expected.rasters)
        assert found.attrs == expected.rasters.attrs
        assert found["carrier"].equals(expected.rasters["carrier"])
        cells = random.integers(0, ground.area.shape[0] * ground.area.shape[1], 300)
        for carrier in range(found.sizes["carrier"]):
            here = live.answer_at(carrier, cells)
            for name, values in here.items():
                expected_there = found[name].to_numpy()[carrier].ravel()[cells]
                np.testing.assert_array_equal(values, expected_there)
        if where is not None:
            assert not (differs(before, found) & ~where).any()
        before = found


def test_only_cells_whose_best_two_are_lost_are_asked_of_all_masts(ground, monkeypatch):
    monkeypatch.setattr("coverage_sim.engine.tiles.TILE_CELLS", 8)
    asked = []
    truly = live_layer.tallies_at
    monkeypatch.setattr(
        live_layer, "tallies_at", lambda *given: asked.append(given[0].size) or truly(*given)
    )
    monkeypatch.setattr(live_tiles, "evaluate_block", None)  # the store has all sums
    sites = list(SITES)
    live = LiveNetwork(ground, radio_with(sites), RunContext(store=MemoryStore(), threads=1))
    assert live.change(radio_with(sites)).sum() == 0
    assert not asked
    sites[1] = dataclasses.replace(sites[1], azimuths_deg=(10.0, 130.0, 250.0))
    touched = live.change(radio_with(sites))
    assert 0 < sum(asked) < 0.5 * touched.any(axis=0).sum()


def test_undone_changes_leave_all_as_it_was(ground):
    radio = radio_with(SITES, interference_radius_m=1500.0)
    live = LiveNetwork(ground, radio, RunContext(store=MemoryStore(), threads=1))
    before = live.rasters()
    for _ in range(3):
        other = [SITES[0], dataclasses.replace(SITES[1], x=SITES[1].x - 60.0), *SITES[2:]]
        live.change(radio_with(other, interference_radius_m=1500.0))
        live.change(radio)
    assert same_bits(live.rasters(), before)


def test_the_last_sites_go_and_others_come(ground):
    more = [dataclasses.replace(SITES[0], id=name, x=SITES[0].x + 90.0) for name in ("T1", "T2")]
    every = (*SITES, *more)
    live = LiveNetwork(ground, radio_with(every), RunContext(store=MemoryStore(), threads=1))
    for sites in (every[:-1], every[1:-1], every[1:], every):
        assert live.change(radio_with(sites)) is not None
        assert same_bits(live.rasters(), fresh(ground, radio_with(sites)).rasters)


def test_a_store_that_lost_the_sums_only_costs_time(ground):
    store = MemoryStore()
    live = LiveNetwork(ground, radio_with(SITES), RunContext(store=store, threads=1))
    store._kept.clear()
    moved = [SITES[0], dataclasses.replace(SITES[1], x=SITES[1].x - 60.0), *SITES[2:]]
    live.change(radio_with(moved))
    assert same_bits(live.rasters(), fresh(ground, radio_with(moved)).rasters)


def test_what_the_memory_lets_go_of_is_kept_as_an_evaluation_asks_for_it(ground, monkeypatch):
    monkeypatch.setattr("coverage_sim.engine.tiles.TILE_CELLS", 8)
    monkeypatch.setattr(live_network, "_TILE_BYTES", 0)
    store = MemoryStore()
    context = RunContext(store=store, threads=1)
    live = LiveNetwork(ground, radio_with(SITES), context)
    moved = [SITES[0], dataclasses.replace(SITES[1], x=SITES[1].x - 60.0), *SITES[2:]]
    live.change(radio_with(moved))
    kept = set(store._kept)
    assert same_bits(evaluate_network(ground, radio_with(moved), context), live.rasters())
    assert set(store._kept) == kept  # all of its tiles were there


def test_a_name_of_an_answer_is_that_of_what_it_depends_on(ground):
    def keys(sites, **given):
        context = RunContext(store=MemoryStore(), threads=1)
        live = LiveNetwork(ground, radio_with(sites, **given), context)
        return live.keys(), live

    first, live = keys(SITES)
    assert len(set(first)) == len(first)
    assert keys(SITES)[0] == first
    tilted = [SITES[0], dataclasses.replace(SITES[1], downtilt_deg=9.0), *SITES[2:]]
    others = [one for one, other in zip(keys(tilted)[0], first, strict=True) if one != other]
    assert len(others) == len(SITES[1].layers) * len(SITES[1].operators)
    renamed = [dataclasses.replace(SITES[0], id="other"), *SITES[1:]]
    assert keys(renamed)[0] != first
    assert keys(SITES, interference_radius_m=1500.0)[0] != first
    live.change(radio_with(tilted))
    assert live.keys() is None
