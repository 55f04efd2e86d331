"""What is kept between evaluations of a network: the same bits, and nothing done twice."""

import dataclasses
import math
import threading

import pytest

from coverage_sim.engine import near_field, path_losses, tiles
from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.folder_store import FolderStore
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import MemoryStore
from coverage_sim.network.antennas import Panel
from coverage_sim.terrain.ground import Ground
from tests.small_network import (
    ANTENNAS,
    COLS,
    LAYERS,
    LTE,
    MARGIN,
    ROWS,
    SITES,
    radio_of,
    same_bits,
    site,
)


def test_a_warm_store_gives_the_same_bits_and_computes_nothing(
    ground, answer, tmp_path, monkeypatch
):
    store = FolderStore(tmp_path)
    assert same_bits(
        evaluate_network(ground, radio_of(), RunContext(store=store, threads=2)), answer
    )

    def refused(*_, **__):
        pytest.fail("computed again")

    monkeypatch.setattr(path_losses, "drive", refused)
    assert same_bits(
        evaluate_network(ground, radio_of(), RunContext(store=store, threads=2)), answer
    )


def test_another_site_computes_only_its_own_windows(ground, tmp_path, monkeypatch):
    store, computed = FolderStore(tmp_path), []
    evaluate_network(ground, radio_of(), RunContext(store=store, threads=1))
    truly = path_losses.drive

    def counted(driver, fan, requests, **given):
        computed.extend({request.tx_height_m for request in requests})
        return truly(driver, fan, requests, **given)

    monkeypatch.setattr(path_losses, "drive", counted)
    more = (*SITES, site(4, 900.0, 900.0, antenna_height_m=30.0))
    evaluate_network(ground, radio_of(more), RunContext(store=store, threads=1))
    assert computed == [30.0]


def changed_sector(radio, number, **given):
    sectors = list(radio.sectors)
    sectors[number] = dataclasses.replace(sectors[number], **given)
    return dataclasses.replace(radio, sectors=tuple(sectors))


CHANGES = {
    "tilt": lambda radio: changed_sector(radio, 0, electrical_downtilt_deg=9.0),
    "azimuth": lambda radio: changed_sector(radio, 1, azimuth_deg=200.0),
    "antenna": lambda radio: dataclasses.replace(
        radio, antennas=ANTENNAS | {"panel": Panel(pattern="tr36814", gain_dbi=15.0)}
    ),
    "power": lambda radio: dataclasses.replace(
        radio, layers=LAYERS | {"lte_b3": dataclasses.replace(LTE, port_power_dbm=40.0)}
    ),
    "threshold": lambda radio: dataclasses.replace(radio, server_threshold_dbm=-80.0),
    "phone": lambda radio: dataclasses.replace(radio, rx_gain_dbi=-3.0),
    "phone on a layer": lambda radio: dataclasses.replace(
        radio, rx_gain_by_layer_dbi={"lte_b3": -3.0}
    ),
    "a sector less": lambda radio: dataclasses.replace(radio, sectors=radio.sectors[1:]),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_a_sector_computes_no_path_loss_and_gives_the_bits_of_a_full_run(
    ground, what, monkeypatch
):
    monkeypatch.setattr(tiles, "TILE_CELLS", 8)
    store, radio = MemoryStore(), CHANGES[what](radio_of())
    before = evaluate_network(ground, radio_of(), RunContext(store=store, threads=2))
    fresh = evaluate_network(ground, radio, RunContext(store=MemoryStore(), threads=1))
    assert not same_bits(fresh, before)
    monkeypatch.setattr(path_losses, "drive", None)
    assert same_bits(evaluate_network(ground, radio, RunContext(store=store, threads=2)), fresh)


def test_moving_a_mast_evaluates_only_what_its_windows_touch(ground, monkeypatch):
    monkeypatch.setattr(tiles, "TILE_CELLS", 4)
    monkeypatch.setattr(near_field, "BLOCK_CELLS", 4)
    short = LAYERS | {"lte_b3": dataclasses.replace(LTE, radius_m=240.0)}
    sites = tuple(dataclasses.replace(s, layers=("lte_b3",)) for s in SITES)
    moved = (dataclasses.replace(sites[0], x=sites[0].x + 60.0), *sites[1:])
    store, blocks, masts = MemoryStore(), [], []
    evaluate_network(ground, radio_of(sites, layers=short), RunContext(store=store, threads=1))
    truly, drive = near_field.evaluate_block, path_losses.drive
    monkeypatch.setattr(
        near_field, "evaluate_block", lambda *given: blocks.append(given[0]) or truly(*given)
    )
    monkeypatch.setattr(path_losses, "drive", lambda *a, **k: masts.append(1) or drive(*a, **k))
    radio = radio_of(moved, layers=short)
    found = evaluate_network(ground, radio, RunContext(store=store, threads=2))
    fresh = evaluate_network(ground, radio, RunContext(store=MemoryStore(), threads=1))
    assert same_bits(found, fresh)
    evaluated = [b for b in blocks if b.where.shape[0] <= 4]
    # Two circles of 8 cells of radius, 2 cells apart: 19 columns by 17 rows in tiles of 4, and
    # whatever these tiles hold beside them; then the whole area once, for the fresh run.
    whole = math.ceil(ROWS / 4) * math.ceil(COLS / 4)
    assert 15 <= len(evaluated) - whole <= 36
    assert len(masts) == 1 + 3


def test_other_ground_under_a_path_is_computed_again(ground, tmp_path):
    store = FolderStore(tmp_path)
    before = evaluate_network(ground, radio_of(), RunContext(store=store, threads=1))
    terrain = ground.terrain.copy(deep=True)
    terrain["ground_m"].values[MARGIN + 20, MARGIN + 20] += 200.0
    other = Ground(terrain=terrain, area=ground.area)
    after = evaluate_network(other, radio_of(), RunContext(store=store, threads=1))
    fresh = evaluate_network(other, radio_of(), RunContext(store=MemoryStore(), threads=1))
    assert not same_bits(after, before)
    assert same_bits(after, fresh)


@pytest.mark.parametrize("damage", ["truncated", "emptied", "flipped"])
def test_damaged_objects_of_the_store_are_computed_again(ground, answer, tmp_path, damage):
    store = FolderStore(tmp_path)
    evaluate_network(ground, radio_of(), RunContext(store=store, threads=1))
    files = sorted(tmp_path.rglob("*.bin"))
    # vnpt alone, on the second mast, has no nr_n41: 5 windows; and a tile of each layer
    assert len(files) == 5 + 2 * 2
    whole = [file.read_bytes() for file in files]
    for file, content in zip(files, whole, strict=True):
        damaged = {
            "truncated": content[: len(content) // 2],
            "emptied": b"",
            "flipped": content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        }
        file.write_bytes(damaged[damage])
    assert same_bits(
        evaluate_network(ground, radio_of(), RunContext(store=store, threads=1)), answer
    )
    assert [file.read_bytes() for file in files] == whole  # mended


class ForgetfulStore(MemoryStore):
    """Keeps nothing, as a full disk does."""

    def put(self, key, content):
        pass


def test_a_store_that_keeps_nothing_only_costs_time(ground, answer):
    assert same_bits(
        evaluate_network(ground, radio_of(), RunContext(store=ForgetfulStore())), answer
    )


class LosingStore(MemoryStore):
    """Loses every object once, between the computation and the tiles."""

    def __init__(self):
        super().__init__()
        self.lost, self.lock = set(), threading.Lock()

    def get(self, key):
        content = super().get(key)
        with self.lock:
            if content is not None and key not in self.lost:
                self.lost.add(key)
                return None
        return content


@pytest.mark.parametrize("threads", [1, 3])
def test_an_object_that_another_thread_has_mended_meanwhile_is_taken(
    ground, answer, threads, monkeypatch
):
    monkeypatch.setattr(tiles, "TILE_CELLS", 16)
    monkeypatch.setattr(near_field, "BLOCK_CELLS", 16)
    store = LosingStore()
    found = evaluate_network(ground, radio_of(), RunContext(store=store, threads=threads))
    assert store.lost
    assert same_bits(found, answer)


def test_another_layer_evaluates_its_own_tiles_alone(ground, monkeypatch):
    store, blocks = MemoryStore(), []
    sites = tuple(dataclasses.replace(one, layers=("lte_b3",)) for one in SITES)
    evaluate_network(ground, radio_of(sites), RunContext(store=store, threads=1))
    truly = near_field.evaluate_block
    monkeypatch.setattr(
        near_field, "evaluate_block", lambda *given: blocks.append(given[1]) or truly(*given)
    )
    found = evaluate_network(ground, radio_of(), RunContext(store=store, threads=1))
    assert [[str(one) for one in network.carriers] for network in blocks] == [["viettel/nr_n41"]]
    fresh = evaluate_network(ground, radio_of(), RunContext(store=MemoryStore(), threads=1))
    assert same_bits(found, fresh)


def test_a_radius_that_is_stated_after_all_is_counted_though_tiles_are_kept(ground):
    """Its sectors serve just as far, so that but for the rims the answer is the same."""

    def weak(radius_m):
        return LAYERS | {"lte_b3": dataclasses.replace(LTE, port_power_dbm=-5.0, radius_m=radius_m)}

    store, unstated = MemoryStore(), radio_of(layers=weak(None))
    (radius_m,) = {
        unstated.radius_m(source, sectors)
        for sources in unstated.sources_by_site().values()
        for source, sectors in sources.items()
        if source.layer == "lte_b3"
    }
    before = evaluate_network(ground, unstated, RunContext(store=store, threads=1))
    stated = radio_of(layers=weak(radius_m))
    found = evaluate_network(ground, stated, RunContext(store=store, threads=1))
    fresh = evaluate_network(ground, stated, RunContext(store=MemoryStore(), threads=1))
    assert same_bits(found, before)
    assert found.attrs == fresh.attrs != before.attrs
