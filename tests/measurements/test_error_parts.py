"""The parts of the error that a fit leaves, found again in made-up errors whose parts are known."""

import numpy as np
import pandas as pd
import pytest

from coverage_sim.measurements.error_parts import ALIKE_CELLS, error_parts
from coverage_sim.measurements.statistics import FITTING, HELD_OUT

FIT = pd.DataFrame({"cells": [100, 300], "standard_error_db": [1.0, 0.5]})


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
    found = error_parts(made_up(400, 25, site_db, local_db), FIT, cell_m=60.0)
    # a standard deviation of 400 sites is known to 1 / sqrt(800) of itself
    assert found.site_sigma_db == pytest.approx(site_db, rel=0.12)
    assert found.local_sigma_db == pytest.approx(local_db, rel=0.03)
    expected = np.sqrt(ALIKE_CELLS * (100 * 1.0 + 300 * 0.25) / 400)
    assert found.common_sigma_db == pytest.approx(expected, abs=0.05)


def test_sites_that_do_not_differ_keep_a_least_part():
    found = error_parts(made_up(50, 40, 0.0, 6.0), FIT, cell_m=60.0)
    assert 0.5 <= found.site_sigma_db < 1.5


def test_many_measurements_in_a_cell_count_once():
    points = made_up(30, 20, 5.0, 6.0)
    crowd = pd.concat([points, *[points.iloc[:20]] * 50], ignore_index=True)
    assert error_parts(crowd, FIT, cell_m=60.0) == error_parts(points, FIT, cell_m=60.0)


def test_only_what_was_held_out_counts():
    points = made_up(30, 20, 5.0, 6.0)
    fitted = made_up(30, 20, 50.0, 60.0, seed=2, part=FITTING)
    both = pd.concat([points, fitted], ignore_index=True)
    assert error_parts(both, FIT, cell_m=60.0) == error_parts(points, FIT, cell_m=60.0)


@pytest.mark.parametrize(("sites", "cells"), [(3, 100), (10, 2)])
def test_too_few_say_nothing(sites, cells):
    assert error_parts(made_up(sites, cells, 5.0, 6.0), FIT, cell_m=60.0) is None
