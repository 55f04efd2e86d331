"""The parts of the error that a fit leaves, found again in made-up errors whose parts are known."""

import numpy as np
import pandas as pd
import pytest

from coverage_sim.measurements.error_parts import ALIKE_CELLS, common_sigma_db, error_parts
from coverage_sim.measurements.statistics import FITTING, HELD_OUT


def made_up(sites, cells, site_db, local_db, *, seed=1, part=HELD_OUT):
    random = np.random.default_rng(seed)
    of_site = random.normal(0.0, site_db, sites)
    site = np.repeat(np.arange(sites), cells)
    number = np.arange(sites * cells)
    error_db = of_site[site] + random.normal(0.0, local_db, site.size)
    return pd.DataFrame(
        {
            "x": 60.0 * (number % 1000) + 1.0,
            "y": 60.0 * (number // 1000) + 1.0,
            "site": [f"s{one}" for one in site],
            "rsrp_dbm": -90.0,
            "fitted_dbm": -90.0 + error_db,
            "part": part,
        }
    )


@pytest.mark.parametrize(("site_db", "local_db"), [(5.0, 6.0), (2.0, 9.0), (7.0, 3.0)])
def test_what_was_put_in_comes_out(site_db, local_db):
    found = error_parts(made_up(400, 25, site_db, local_db), cell_m=60.0)
    # a standard deviation of 400 sites is known to 1 / sqrt(800) of itself
    assert found.site_sigma_db == pytest.approx(site_db, rel=0.12)
    assert found.local_sigma_db == pytest.approx(local_db, rel=0.03)


def test_an_offset_is_the_surer_the_more_was_measured_and_never_worse_than_none():
    cells = pd.Series([0.0, 1.0, 2.0, 100.0, 900.0])
    sd_db = pd.Series([np.nan, np.nan, 1.0, 8.0, 8.0])
    found = common_sigma_db(cells, sd_db, 6.0).to_numpy()
    scatter_db = np.sqrt((1.0 * 1.0 + 99.0 * 64.0 + 899.0 * 64.0) / 999.0)
    expected = scatter_db * np.sqrt(ALIKE_CELLS / np.array([100.0, 900.0]))
    assert np.isnan(found[0])
    assert found[1:3].tolist() == [6.0, 6.0]  # two cells that happen to agree say nothing
    np.testing.assert_allclose(found[3:], expected)
    assert common_sigma_db(cells[:2], sd_db[:2], 6.0).isna().all()


def test_sites_that_do_not_differ_keep_a_least_part():
    found = error_parts(made_up(50, 40, 0.0, 6.0), cell_m=60.0)
    assert 0.5 <= found.site_sigma_db < 1.5


def test_many_measurements_in_a_cell_count_once():
    points = made_up(30, 20, 5.0, 6.0)
    crowd = pd.concat([points, *[points.iloc[:20]] * 50], ignore_index=True)
    assert error_parts(crowd, cell_m=60.0) == error_parts(points, cell_m=60.0)


def test_only_what_was_held_out_counts():
    points = made_up(30, 20, 5.0, 6.0)
    fitted = made_up(30, 20, 50.0, 60.0, seed=2, part=FITTING)
    both = pd.concat([points, fitted], ignore_index=True)
    assert error_parts(both, cell_m=60.0) == error_parts(points, cell_m=60.0)


@pytest.mark.parametrize(("sites", "cells"), [(3, 100), (10, 2)])
def test_too_few_say_nothing(sites, cells):
    assert error_parts(made_up(sites, cells, 5.0, 6.0), cell_m=60.0) is None
