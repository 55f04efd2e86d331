"""What an earlier evaluation has already is taken over, and the answer is that of a fresh one."""

import dataclasses

import numpy as np
import pytest

from coverage_sim.engine.evaluate import evaluate
from coverage_sim.engine.possible import with_possible
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import MemoryStore
from coverage_sim.network.sites import make_sectors
from tests.small_network import (
    ANTENNAS,
    CELL_M,
    COLS,
    LAYERS,
    LEFT,
    MARGIN,
    ROWS,
    SITES,
    made_ground,
    radio_of,
    same_bits,
    site,
)


class CountingStore(MemoryStore):
    def __init__(self):
        super().__init__()
        self.gets = 0

    def get(self, key):
        self.gets += 1
        return super().get(key)


@pytest.fixture(scope="module")
def ground():
    return made_ground()


def radio_with(sites, **given):
    """The network of some sites, which reach a fifth as far as usual: a change touches a part."""
    layers = {key: dataclasses.replace(layer, radius_m=220.0) for key, layer in LAYERS.items()}
    sectors = make_sectors(sites, layers, {"rural": 4.0, "town": 6.0}, ANTENNAS)
    return radio_of(tuple(sites), layers=layers, sectors=sectors, **given)


def fresh(ground, radio):
    return evaluate(ground, radio, RunContext(store=MemoryStore(), threads=1))


def changed(sites, random):
    """Change the sites at random: one more, one less, moved, turned, tilted, raised, replaced."""
    sites = list(sites)
    kind = random.integers(6) if len(sites) > 2 else 0
    k = int(random.integers(len(sites)))
    if kind == 0:
        at_m = random.uniform(0.0, CELL_M * COLS), random.uniform(0.0, CELL_M * ROWS)
        new = site(int(random.integers(100, 10**6)), *at_m, antenna_height_m=25.0)
        sites.insert(int(random.integers(len(sites) + 1)), new)
    elif kind == 1:
        del sites[k]
    else:
        given = {
            2: {"x": LEFT + random.uniform(0.0, CELL_M * COLS)},
            3: {"azimuths_deg": (float(random.uniform(0.0, 360.0)),)},
            4: {"downtilt_deg": float(random.uniform(0.0, 9.0))},
            5: {"antenna_height_m": float(random.uniform(15.0, 60.0)), "layers": ("lte_b3",)},
        }[int(kind)]
        sites[k] = dataclasses.replace(sites[k], **given)
    return sites


@pytest.mark.parametrize("interference_radius_m", [0.0, 1500.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_any_changes_it_is_what_a_fresh_evaluation_finds(
    ground, seed, interference_radius_m, monkeypatch
):
    monkeypatch.setattr("coverage_sim.engine.tiles.TILE_CELLS", 8)
    random = np.random.default_rng(seed)
    given = {"interference_radius_m": interference_radius_m}
    sites = list(SITES)
    earlier = [fresh(ground, radio_with(sites, **given))]
    store = MemoryStore()
    for _ in range(12):
        sites = changed(sites, random)
        radio = radio_with(sites, **given)
        # what was before the last change may have tiles too: an undone change is one
        found = evaluate(ground, radio, RunContext(store=store, threads=2), earlier[-2:][::-1])
        expected = fresh(ground, radio)
        assert same_bits(found.rasters, expected.rasters)
        assert found.rasters.attrs == expected.rasters.attrs
        assert found.rasters["carrier"].equals(expected.rasters["carrier"])
        earlier.append(found)


def test_of_what_is_the_same_nothing_is_asked_of_the_store(ground):
    store = CountingStore()
    radio = radio_with(SITES, interference_radius_m=1500.0)
    before = evaluate(ground, radio, RunContext(store=store, threads=1))
    store.gets = 0
    again = evaluate(ground, radio, RunContext(store=store, threads=1), [before])
    assert store.gets == 0
    assert same_bits(again.rasters, before.rasters)
    assert not again.differing(before)


def test_a_change_differs_where_it_reaches_and_nowhere_else(ground, monkeypatch):
    monkeypatch.setattr("coverage_sim.engine.tiles.TILE_CELLS", 8)
    before = fresh(ground, radio_with(SITES))
    moved = [SITES[0], dataclasses.replace(SITES[1], x=SITES[1].x - 60.0), SITES[2]]
    after = fresh(ground, radio_with(moved))
    differs = np.zeros(before.rasters["rsrp_dbm"].shape, dtype=bool)
    for carriers, where in after.differing(before):
        differs[carriers, *where] = True
    for name in ("rsrp_dbm", "best_server", "interference_dbm"):
        one, other = before.rasters[name].to_numpy(), after.rasters[name].to_numpy()
        same = (one == other) | (np.isnan(one) & np.isnan(other))
        assert same[~differs].all()
    assert 0.1 < differs.mean() < 0.6


def test_ground_that_is_filled_differs_where_a_path_crosses_it(ground):
    radio = radio_with(SITES)
    known = fresh(ground, radio)
    filled = ground.without_voids()
    store = MemoryStore()
    found = evaluate(filled, radio, RunContext(store=store, threads=1), [known])
    assert same_bits(found.rasters, fresh(filled, radio).rasters)


def with_ground(ground, change):
    ground_m = ground.terrain["ground_m"].to_numpy().copy()
    ground_m[np.isnan(ground_m)] = 5.0
    change(ground_m)
    terrain = ground.terrain.assign(ground_m=ground.terrain["ground_m"].copy(data=ground_m))
    return dataclasses.replace(ground, terrain=terrain)


def rim(ground_m):
    ground_m[0] = ground_m[:, -1] = np.nan


def hole_beside_a_mast(ground_m):
    # the mast of the ring stands beyond the area: one cell before it
    ground_m[MARGIN + 47, MARGIN + 23] = np.nan


@pytest.mark.parametrize(("change", "matters"), [(rim, False), (hole_beside_a_mast, True)])
@pytest.mark.parametrize("interference_radius_m", [0.0, 900.0])
def test_voids_that_no_path_crosses_are_not_looked_beyond(
    ground, change, matters, interference_radius_m, monkeypatch
):
    monkeypatch.setattr("coverage_sim.engine.possible.BLOCK_M", 30.0)
    monkeypatch.setattr("coverage_sim.engine.representatives.BLOCK_M", 30.0)
    land = with_ground(ground, change)
    radio = radio_of(interference_radius_m=interference_radius_m)
    known = fresh(land, radio)
    context = RunContext(store=MemoryStore(), threads=1)
    assert ("possible_rsrp_dbm" in with_possible(known, land, radio, context)) == matters
    if not matters:  # and indeed nothing hangs on them
        assert same_bits(fresh(land.without_voids(), radio).rasters, known.rasters)
