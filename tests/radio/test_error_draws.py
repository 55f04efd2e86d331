"""Draws of the prediction's error: normal, correlated as stated, the same whoever draws them."""

import math

import numpy as np
import pytest
from scipy import stats

from coverage_sim.radio.error_draws import (
    covered_in_draws,
    local_errors,
    site_errors,
    site_keys,
)

CELL_M, DISTANCE_M = 60.0, 100.0


def fields(draws, shape=(12, 14), *, seed=7, at=(40, 90)):
    found = np.empty((draws, *shape))
    for draw in range(draws):
        local_errors(*at, CELL_M, DISTANCE_M, seed, draw, found[draw])
    return found


def test_errors_of_sites_are_standard_normal_and_independent():
    errors = np.empty((4000, 25))
    site_errors(site_keys([f"ND-{k}" for k in range(25)]), 3, errors)
    # 100,000 numbers: a true normal fails this once in a thousand seeds, and the seed is fixed
    assert stats.kstest(errors.ravel(), "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(errors.T) - np.eye(25)).max() < 5.0 / math.sqrt(4000)
    # from one draw to the next too
    assert abs(np.corrcoef(errors[:-1].ravel(), errors[1:].ravel())[0, 1]) < 5.0 / math.sqrt(1e5)


def test_a_site_keeps_its_draws_in_another_network():
    few, many = np.empty((50, 2)), np.empty((50, 3))
    site_errors(site_keys(["B", "A"]), 3, few)
    site_errors(site_keys(["A", "new", "B"]), 3, many)
    np.testing.assert_array_equal(few[:, 0], many[:, 2])
    np.testing.assert_array_equal(few[:, 1], many[:, 0])
    other = np.empty((50, 2))
    site_errors(site_keys(["B", "A"]), 4, other)
    assert (other != few).all()


def test_the_local_part_is_normal_with_the_stated_correlation():
    draws = 6000
    found = fields(draws)
    error = 5.0 / math.sqrt(draws)  # five standard errors of a correlation
    assert np.abs(found.mean(axis=0)).max() < error
    assert np.abs(found.var(axis=0) - 1.0).max() < 1.5 * error
    for down, across in ((0, 1), (1, 0), (0, 3), (2, 2), (5, 1)):
        one = found[:, : 12 - down, : 14 - across]
        other = found[:, down:, across:]
        measured = (one * other).mean(axis=0)
        expected = math.exp(-CELL_M * (down + across) / DISTANCE_M)
        assert np.abs(measured - expected).max() < 1.5 * error


def test_the_same_draws_come_again_and_others_for_another_draw():
    np.testing.assert_array_equal(fields(3), fields(3))
    one = fields(2)
    assert (one[0] != one[1]).all()
    assert (fields(1, seed=8) != one[0]).all()


def covered(level_dbm, site, member, **given):
    """Cover places of one people each in a row of cells, all of one group unless told."""
    level_dbm = np.atleast_2d(np.asarray(level_dbm, dtype=np.float32))
    count = level_dbm.shape[1]
    options = {
        "begin": np.array([0, count]),
        "site_sigma_db": 5.0,
        "local_sigma_db": 6.0,
        "draws": 400,
        "people": np.ones(count),
    } | given
    groups = options["begin"].size - 1
    of_site = np.empty((options["draws"], 4))
    site_errors(site_keys(["a", "b", "c", "d"]), 5, of_site)
    member = np.atleast_2d(member)
    found = np.full((member.shape[0], options["draws"], groups), np.nan)
    covered_in_draws(
        level_dbm, np.atleast_2d(np.asarray(site, dtype=np.int32)), member, options["people"],
        np.full(count, 3), np.arange(count), options["begin"], np.arange(groups), of_site,
        options["site_sigma_db"], options["local_sigma_db"], DISTANCE_M, CELL_M, -110.0, 5, found,
    )  # fmt: skip
    return found


def test_without_errors_the_prediction_itself_is_counted():
    levels = [-100.0, -110.0, -111.0, np.nan]
    found = covered(levels, [0, 1, 2, -1], [True], site_sigma_db=0.0, local_sigma_db=0.0)
    assert (found == 2.0).all()


def test_the_share_of_draws_is_that_of_the_normal_distribution():
    # 5 and 6 dB together are 7.81 dB; 4 dB above the threshold
    levels, draws = np.full(1, -106.0), 20_000
    found = covered(levels, [0], [True], draws=draws)
    expected = stats.norm.cdf(4.0 / math.hypot(5.0, 6.0))
    error = 4.0 * math.sqrt(expected * (1.0 - expected) / draws)
    assert found.mean() == pytest.approx(expected, abs=error)


def test_a_shared_error_is_wider_than_errors_of_single_cells():
    levels, site = np.full(200, -108.0), np.zeros(200)
    shared = covered(levels, site, [True], local_sigma_db=0.0, site_sigma_db=8.0)
    local = covered(levels, site, [True], local_sigma_db=8.0, site_sigma_db=0.0)
    # all of 200 cells or none, against a sum over some hundred independent ones
    assert set(np.unique(shared)) == {0.0, 200.0}
    assert local.std() < 0.3 * shared.std()


def test_any_carrier_of_a_network_is_enough():
    levels = np.array([np.full(30, -108.0), np.full(30, -109.0)])
    site = np.array([np.zeros(30), np.ones(30)])
    member = np.array([[True, False], [False, True], [True, True]])
    one, other, both = covered(levels, site, member)
    assert (both >= np.maximum(one, other)).all()
    assert (both <= one + other).all()
    assert both.mean() > max(one.mean(), other.mean()) + 1.0


def test_groups_are_summed_apart_and_empty_ones_have_nobody():
    levels = np.array([-100.0, -130.0, -130.0, -100.0])
    found = covered(
        levels, np.zeros(4), [True], begin=np.array([0, 2, 2, 4]),
        people=np.array([5.0, 7.0, 11.0, 13.0]), site_sigma_db=0.0, local_sigma_db=0.1,
    )  # fmt: skip
    np.testing.assert_array_equal(found[0, 0], [5.0, 0.0, 13.0])
