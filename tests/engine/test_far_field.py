"""Interference from beyond where sectors serve: on a coarser grid, and nothing else moves."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage_sim.engine import radio as radio_module
from coverage_sim.engine import representatives
from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.far_field import STEP_DB
from coverage_sim.engine.masts import place_masts
from coverage_sim.engine.representatives import find_representatives
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import MemoryStore
from tests.small_network import LAYERS, SITES, made_ground, radio_of

NEAR_M, FAR_M = 250.0, 900.0


@pytest.fixture(scope="module")
def ground():
    return made_ground()


def with_radius(radius_m, **given):
    layers = {key: dataclasses.replace(layer, radius_m=radius_m) for key, layer in LAYERS.items()}
    return radio_of(SITES, layers=layers, **given)


def answer_of(ground, radio, threads=1):
    return evaluate_network(ground, radio, RunContext(store=MemoryStore(), threads=threads))


def test_every_block_has_one_cell_for_each_of_its_land_covers_the_one_nearest_its_middle(ground):
    cells = find_representatives(ground)
    side = cells.block_cells
    assert side == round(representatives.BLOCK_M / ground.cell_m)
    cover = ground.area_terrain["clutter_class"].to_numpy()
    of_cell = cells.of_cell
    np.testing.assert_array_equal(of_cell < 0, np.isnan(ground.area_ground_m))
    known = of_cell >= 0
    np.testing.assert_array_equal(cells.clutter_class[of_cell[known]], cover[known])
    rows, cols = np.nonzero(known)
    # In the CRS's own grid, whose rows count northward.
    first_col, top = (int(np.floor(index)) for index in ground.first_cell)
    for index, chosen, first, sign in ((rows, cells.row, top, -1), (cols, cells.col, first_col, 1)):
        own, other = (first + sign * at for at in (index, chosen[of_cell[known]]))
        np.testing.assert_array_equal(own // side, other // side)

    def off(row, col):
        middle = 0.5 * (side - 1)
        return ((top - row) % side - middle) ** 2 + ((first_col + col) % side - middle) ** 2

    chosen = of_cell[known]
    assert (off(cells.row[chosen], cells.col[chosen]) <= off(rows, cols) + 1e-9).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_interference_is_what_serves_near_and_the_sum_of_what_reaches_the_block_from_afar(
    ground, threads, monkeypatch
):
    # With fewer radials what is before the last steps comes from beside the path.
    monkeypatch.setattr(radio_module, "FAR_RADIALS", 1.0)
    near = answer_of(ground, with_radius(NEAR_M), threads)
    both = answer_of(ground, with_radius(NEAR_M, interference_radius_m=FAR_M), threads)
    for name in ("rsrp_dbm", "best_server", "second_dbm", "data_dbm", "servers"):
        np.testing.assert_array_equal(both[name], near[name])
    cells = find_representatives(ground)
    expected = expected_far_mw(ground, cells)
    place = np.maximum(cells.of_cell, 0)
    # What stands for the last rows may lie beyond the area, where no raster says what to expect.
    in_rows, in_cols = (
        (index >= 0) & (index < size)
        for index, size in zip((cells.row, cells.col), ground.area.shape, strict=True)
    )
    compared = (in_rows & in_cols)[place]
    gained = 0
    for number, carrier in enumerate(near["carrier"].values):
        for name, share in (
            ("interference_dbm", 1.0 / 3.0 if "lte" in carrier else 1.0),
            ("data_interference_dbm", 1.0),
        ):
            far_mw = share * expected[str(carrier), name][place]
            alone_mw = 10.0 ** (0.1 * near[name].values[number].astype(float))
            found_dbm = both[name].values[number]
            served = near["best_server"].values[number] >= 0
            np.testing.assert_array_equal(np.isnan(found_dbm), ~served)
            served &= compared
            np.testing.assert_allclose(
                found_dbm[served],
                10.0 * np.log10(alone_mw + far_mw)[served],
                atol=0.5 * STEP_DB + 2e-4,
                rtol=0.0,
            )
            gained += np.count_nonzero((far_mw > 0.0) & served)
    assert gained > 500


def expected_far_mw(ground, cells):
    """Of each carrier what comes to each representative from sectors whose rim it lies beyond.

    The levels are those of each sector alone, of a network that serves so far.
    """
    side = cells.block_cells
    first_col, top = (int(np.floor(index)) for index in ground.first_cell)
    block_row = (top - cells.row) // side * side + side - 1
    first_row = top - block_row
    first = (first_col + cells.col) // side * side - first_col
    radio = with_radius(FAR_M)
    masts = {mast.site: mast for mast in place_masts(ground, radio)}
    inside = (
        (cells.row >= 0)
        & (cells.row < ground.area.shape[0])
        & (cells.col >= 0)
        & (cells.col < ground.area.shape[1])
    )
    found = {}
    for sector in radio.sectors:
        mast = masts[sector.site]
        down = np.maximum(np.maximum(first_row - mast.row, mast.row - (first_row + side - 1)), 0.0)
        beside = np.maximum(np.maximum(first - mast.col, mast.col - (first + side - 1)), 0.0)
        beyond = np.hypot(down, beside) * ground.cell_m > NEAR_M
        alone = dataclasses.replace(
            radio,
            sites=(radio.sites[sector.site],),
            sectors=(dataclasses.replace(sector, site=0),),
        )
        # As others meet it: two of the same sector, of which one is the other.
        twice = dataclasses.replace(alone, sectors=(*alone.sectors, *alone.sectors))
        answer = answer_of(ground, twice)
        for name in ("interference_dbm", "data_interference_dbm"):
            level_mw = 10.0 ** (0.1 * answer[name].values[0].astype(float))
            share = 1.0 / 3.0 if name == "interference_dbm" and "lte" in sector.layer else 1.0
            at = np.zeros(cells.row.size)
            use = beyond & inside
            at[use] = np.nan_to_num(level_mw[cells.row[use], cells.col[use]]) / share
            key = (str(sector.carrier), name)
            found[key] = found.get(key, 0.0) + at
    return found


class Damageable(MemoryStore):
    """A store whose pieces may be damaged: they are there, and are not given out."""

    def __init__(self):
        super().__init__()
        self._damaged = set()

    def damage(self):
        self._damaged = set(self._kept)

    def get(self, key):
        return None if key in self._damaged else super().get(key)

    def put(self, key, content):
        self._damaged.discard(key)
        super().put(key, content)


def test_what_is_kept_is_found_and_what_is_damaged_is_made_again(ground):
    radio = with_radius(NEAR_M, interference_radius_m=FAR_M)
    store = Damageable()
    whole = evaluate_network(ground, radio, RunContext(store=store, threads=1))
    again = evaluate_network(ground, radio, RunContext(store=store, threads=1))
    store.damage()
    mended = evaluate_network(ground, radio, RunContext(store=store, threads=1))
    for other in (again, mended):
        for name in whole.data_vars:
            np.testing.assert_array_equal(whole[name], other[name])
        assert whole.attrs == other.attrs


def test_a_mast_more_leaves_the_others_far_power_as_it_was(ground):
    """The last site is beyond the area; without it nothing moves that it does not reach."""
    radio = with_radius(NEAR_M, interference_radius_m=FAR_M)
    fewer = dataclasses.replace(
        radio,
        sites=radio.sites[:-1],
        sectors=tuple(one for one in radio.sectors if one.site < len(radio.sites) - 1),
    )
    one, other = answer_of(ground, radio), answer_of(ground, fewer)
    for carrier in other["carrier"].values:
        more, less = (x["data_interference_dbm"].sel(carrier=carrier).values for x in (one, other))
        known = np.isfinite(more) & np.isfinite(less)
        assert (more[known] >= less[known] - 1e-4).all()
        assert (more[known] == less[known]).any()


@settings(max_examples=20)
@given(st.floats(0.0, 3000.0))
def test_farther_interferers_never_raise_the_sinr(farther_m):
    ground = made_ground()
    near = answer_of(ground, with_radius(NEAR_M, interference_radius_m=NEAR_M))
    far = answer_of(ground, with_radius(NEAR_M, interference_radius_m=NEAR_M + farther_m))
    for name in ("interference_dbm", "data_interference_dbm"):
        one, other = near[name].values, far[name].values
        known = np.isfinite(one)
        assert (other[known] >= one[known] - 1e-4).all()


def test_cells_in_which_a_stated_radius_ends_a_strong_sector_are_counted(ground):
    radio = with_radius(NEAR_M)
    ends = json.loads(answer_of(ground, radio).attrs["rims"])
    weak = dataclasses.replace(radio, server_threshold_dbm=-20.0)
    assert set(ends) == {"viettel/lte_b3", "vnpt/lte_b3", "viettel/nr_n41"}
    for carrier, (rims, above) in json.loads(answer_of(ground, weak).attrs["rims"]).items():
        assert rims == ends[carrier][0]
        assert above == 0
    # 250 m from a mast of some watts everything is heard; by hand for one mast.
    (mast,) = [one for one in place_masts(ground, radio) if one.site == 0]
    rows, cols = np.indices(ground.area.shape)
    away = np.hypot(cols - mast.col, rows - mast.row)
    within = away <= NEAR_M / ground.cell_m
    inner = away < NEAR_M / ground.cell_m - 1.0
    known = np.isfinite(ground.area_ground_m)
    rim = within & ~inner & known
    alone = dataclasses.replace(
        radio,
        sites=radio.sites[:1],
        sectors=tuple(one for one in radio.sectors if one.site == 0 and one.operator == "viettel"),
    )
    for carrier, found in json.loads(answer_of(ground, alone).attrs["rims"]).items():
        expected = [0, 0]
        for sector in (one for one in alone.sectors if str(one.carrier) == carrier):
            answer = answer_of(ground, dataclasses.replace(alone, sectors=(sector,)))
            at_rim = answer["rsrp_dbm"].values[0][rim]
            expected[0] += at_rim.size
            expected[1] += np.count_nonzero(at_rim >= alone.server_threshold_dbm)
        assert found == expected
        if "nr" in carrier:
            assert 0 < found[1] < found[0]  # between its lobes little is heard
    unstated = {key: dataclasses.replace(layer, radius_m=None) for key, layer in LAYERS.items()}
    ends = json.loads(answer_of(ground, radio_of(SITES, layers=unstated)).attrs["rims"])
    assert set(map(tuple, ends.values())) == {(0, 0)}
