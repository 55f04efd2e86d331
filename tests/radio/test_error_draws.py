"""Draws of the prediction's error: normal, correlated as stated, the same whoever draws them."""

import math

import numpy as np
import pytest
from scipy import stats

from coverage_sim.radio.error_draws import (
    Entries,
    Inhabited,
    Members,
    Spreads,
    covered_in_draws,
    hashed_keys,
    key_errors,
    local_errors,
    make_field,
)

CELL_M, DISTANCE_M = 60.0, 100.0


def fields(draws, shape=(12, 14), *, seed=7, at=(-40, 9000), field=None):
    found = np.empty((*shape, draws))
    local_errors(*at, field or make_field(CELL_M, DISTANCE_M), seed, 0, found)
    return np.moveaxis(found, -1, 0)


def test_errors_of_sites_are_standard_normal_and_independent():
    errors = np.empty((4000, 25))
    key_errors(hashed_keys([f"ND-{k}" for k in range(25)]), 3, errors)
    # 100,000 numbers: a true normal fails this once in a thousand seeds, and the seed is fixed
    assert stats.kstest(errors.ravel(), "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(errors.T) - np.eye(25)).max() < 5.0 / math.sqrt(4000)
    # from one draw to the next too
    assert abs(np.corrcoef(errors[:-1].ravel(), errors[1:].ravel())[0, 1]) < 5.0 / math.sqrt(1e5)


def test_a_site_keeps_its_draws_in_another_network():
    few, many = np.empty((50, 2)), np.empty((50, 3))
    key_errors(hashed_keys(["B", "A"]), 3, few)
    key_errors(hashed_keys(["A", "new", "B"]), 3, many)
    np.testing.assert_array_equal(few[:, 0], many[:, 2])
    np.testing.assert_array_equal(few[:, 1], many[:, 0])
    other = np.empty((50, 2))
    key_errors(hashed_keys(["B", "A"]), 4, other)
    assert (other != few).all()


@pytest.mark.parametrize(("cell_m", "distance_m"), [(60.0, 100.0), (30.0, 100.0), (60.0, 30.0)])
def test_the_local_part_is_normal_with_the_stated_correlation(cell_m, distance_m):
    draws = 6000
    found = fields(draws, field=make_field(cell_m, distance_m))
    error = 5.0 / math.sqrt(draws)  # five standard errors of a correlation
    assert np.abs(found.mean(axis=0)).max() < error
    assert np.abs(found.var(axis=0) - 1.0).max() < 1.5 * error
    assert stats.kstest(found[:, 3, 4], "norm").pvalue > 1e-3
    for down, across in ((0, 1), (1, 0), (0, 3), (2, 2), (5, 1)):
        one = found[:, : 12 - down, : 14 - across]
        other = found[:, down:, across:]
        measured = (one * other).mean(axis=0)
        expected = math.exp(-cell_m * (down + across) / distance_m)
        # the weights end after four distances: at most exp(-4) of a correlation is missing
        assert np.abs(measured - expected).max() < 1.5 * error + math.exp(-4.0)


def test_a_place_has_its_error_in_whatever_rectangle_it_lies():
    whole = fields(2, (30, 25), at=(-7, -11))
    part = fields(2, (4, 9), at=(-7 + 13, -11 + 6))
    np.testing.assert_array_equal(whole[:, 13:17, 6:15], part)


def test_over_a_long_distance_the_field_is_coarser_than_the_cells():
    field = make_field(60.0, 10_000.0)
    assert field.cells == 16  # a tenth of the distance at most
    assert field.weights.size < 50
    # neighbours of the field are 960 m apart
    found = fields(3000, (1, 2), field=field)
    assert np.corrcoef(found[:, 0, 0], found[:, 0, 1])[0, 1] == pytest.approx(
        math.exp(-0.096), abs=0.02
    )


def test_the_same_draws_come_again_and_others_for_another_draw():
    np.testing.assert_array_equal(fields(3), fields(3))
    one = fields(2)
    assert (one[0] != one[1]).all()
    assert (fields(1, seed=8) != one[0]).all()


def covered(spare_db, site, member=(True,), **given):
    """Cover places in a row of cells, whose servers are given by carrier and place."""
    carriers, places = len(spare_db), len(spare_db[0])
    options = {
        "begin": np.array([0, places]),
        "people": np.ones(places),
        "common": np.zeros((carriers, places), dtype=np.int32),
        "spreads": (6.0, 5.0, 6.0),
        "draws": 400,
    } | given
    by_place = [
        (spare_db[carrier][place], site[carrier][place])
        for place in range(places)
        for carrier in range(carriers)
    ]
    counts = [len(np.atleast_1d(spare)) for spare, _ in by_place]
    entries = Entries(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.concatenate([np.atleast_1d(own) for _, own in by_place]).astype(np.int32),
        np.concatenate([np.atleast_1d(spare) for spare, _ in by_place]).astype(np.float32),
    )
    inhabited = Inhabited(
        begin=options["begin"], place=np.arange(places), people=options["people"],
        row=np.full(places, 3), col=np.arange(places), common=options["common"],
    )  # fmt: skip
    groups = options["begin"].size - 1
    of_site, of_common = np.empty((options["draws"], 4)), np.empty((options["draws"], 3))
    key_errors(hashed_keys(["a", "b", "c", "d"]), 5, of_site)
    key_errors(hashed_keys(["sand", "wood", "town"]), 5, of_common)
    common_db, site_db, local_db = options["spreads"]
    member = np.atleast_2d(member)
    found = np.full((member.shape[0], options["draws"], groups), np.nan)
    members = Members(member, np.ones((len(member), places), dtype=bool))
    covered_in_draws(
        entries, inhabited, members, of_common, of_site,
        Spreads(np.full(3, common_db), site_db, np.full(carriers, local_db)),
        make_field(CELL_M, DISTANCE_M), 5, np.arange(groups), found,
    )  # fmt: skip
    return found


NONE = np.empty(0)


def test_without_errors_the_prediction_itself_is_counted():
    found = covered([[10.0, 0.0, -1.0, NONE]], [[0, 1, 2, NONE]], spreads=(0.0, 0.0, 0.0))
    assert (found == 2.0).all()


@pytest.mark.parametrize("spreads", [(6.0, 5.0, 6.0), (8.0, 0.0, 0.0), (0.0, 3.0, 7.0)])
def test_the_share_of_draws_is_that_of_the_normal_distribution(spreads):
    draws = 20_000
    found = covered([[4.0]], [[0]], spreads=spreads, draws=draws)
    expected = stats.norm.cdf(4.0 / math.hypot(*spreads))
    error = 4.0 * math.sqrt(expected * (1.0 - expected) / draws)
    assert found.mean() == pytest.approx(expected, abs=error)


def test_a_second_server_adds_what_two_normal_errors_of_sites_say():
    draws = 20_000
    found = covered([[[-3.0, -3.0]]], [[[0, 1]]], spreads=(0.0, 5.0, 0.0), draws=draws).mean()
    one = stats.norm.sf(3.0 / 5.0)
    expected = 1.0 - (1.0 - one) ** 2
    assert expected > one + 0.15
    assert found == pytest.approx(expected, abs=4.0 * math.sqrt(expected * (1 - expected) / draws))
    # a common error lifts both alike: nothing is added
    shared = covered([[[-3.0, -3.0]]], [[[0, 1]]], spreads=(5.0, 0.0, 0.0), draws=draws).mean()
    assert shared == pytest.approx(one, abs=4.0 * math.sqrt(one * (1.0 - one) / draws))


def test_a_shared_error_is_wider_than_errors_of_single_cells():
    spare_db, site = [np.full(200, 2.0)], [np.zeros(200)]
    common, of_site, local = (
        covered(spare_db, site, spreads=tuple(8.0 * np.eye(3)[k])) for k in range(3)
    )
    # all of 200 cells or none, against a sum over some hundred independent ones
    assert set(np.unique(common)) == set(np.unique(of_site)) == {0.0, 200.0}
    assert local.std() < 0.3 * of_site.std()


def test_land_cover_errs_by_itself():
    common = np.array([[0, 1, 2, 0]], dtype=np.int32)
    found = covered(
        [np.zeros(4)], [np.zeros(4)], common=common, spreads=(6.0, 0.0, 0.0),
        begin=np.arange(5), draws=4000,
    )[0]  # fmt: skip
    np.testing.assert_array_equal(found[:, 0], found[:, 3])
    assert np.abs(np.corrcoef(found[:, :3].T) - np.eye(3)).max() < 5.0 / math.sqrt(4000)


def test_any_carrier_of_a_network_is_enough():
    spare_db = [np.full(30, 2.0), np.full(30, 1.0)]
    site = [np.zeros(30), np.ones(30)]
    member = np.array([[True, False], [False, True], [True, True]])
    one, other, both = covered(spare_db, site, member)
    assert (both >= np.maximum(one, other)).all()
    assert (both <= one + other).all()
    assert both.mean() > max(one.mean(), other.mean()) + 1.0


def test_groups_are_summed_apart_and_empty_ones_have_nobody():
    found = covered(
        [[10.0, -20.0, -20.0, 10.0]], [np.zeros(4)], begin=np.array([0, 2, 2, 4]),
        people=np.array([5.0, 7.0, 11.0, 13.0]), spreads=(0.0, 0.0, 0.1),
    )  # fmt: skip
    np.testing.assert_array_equal(found[0, 0], [5.0, 0.0, 13.0])
