"""Figures of errors against numbers worked out by hand, and the hold-out."""

import numpy as np
import pandas as pd
import pytest

from coverage_sim.measurements.statistics import (
    FITTING,
    HELD_OUT,
    block_part,
    distance_class,
    error_statistics,
    error_table,
)

LEVELS_DBM = {"basic": -110.0, "good": -100.0}


@pytest.fixture
def points():
    return pd.DataFrame(
        {
            "rsrp_dbm": [-100.0, -112.0, -90.0, -105.0],
            "predicted_dbm": [-97.0, -108.0, -95.0, np.nan],
            "part": [FITTING, HELD_OUT, FITTING, FITTING],
            "operator": "vnpt",
            "layer": ["lte_b3", "lte_b3", "nr_n78", "nr_n78"],
            "clutter_class": ["cropland", "built_up", "cropland", "cropland"],
            "distance_m": [499.9, 500.0, 12_000.0, np.nan],
        }
    )


def test_figures_are_those_of_the_errors_3_4_and_minus_5(points):
    figures = error_statistics(points, LEVELS_DBM)
    assert figures["count"] == 3
    assert figures["unpredicted"] == 1
    assert figures["mean_error_db"] == pytest.approx(2.0 / 3.0)
    assert figures["rmse_db"] == pytest.approx(np.sqrt(50.0 / 3.0))
    assert figures["sd_error_db"] == pytest.approx(np.sqrt((50.0 - 3 * (2.0 / 3.0) ** 2) / 2.0))
    # basic: yes/yes, no/yes, yes/yes; good: yes/yes (-100 reaches it), no/no, yes/yes
    assert figures["basic_hit_percent"] == pytest.approx(200.0 / 3.0)
    assert figures["good_hit_percent"] == 100.0


def test_nothing_predicted_has_no_figures(points):
    figures = error_statistics(points.iloc[3:], LEVELS_DBM)
    assert figures["count"] == 0
    assert np.isnan(
        [figures["mean_error_db"], figures["rmse_db"], figures["good_hit_percent"]]
    ).all()


def test_every_kind_of_group_adds_up(points):
    table = error_table(points, LEVELS_DBM)
    assert table.iloc[0][["by", "group"]].tolist() == ["all", "all"]
    for by in ("part", "carrier", "clutter_class", "distance"):
        assert table.loc[table["by"] == by, "count"].sum() == 3
    assert table.loc[table["by"] == "distance", "group"].tolist() == [
        "0 to 0.5 km",
        "0.5 to 1 km",
        "8 km and more",
    ]


def test_blocks_alternate_and_do_not_depend_on_the_measurements():
    random = np.random.default_rng(0)
    x, y = random.uniform(-5e3, 5e3, (2, 2000))
    part = block_part(x, y, 700.0)
    assert set(part) == {FITTING, HELD_OUT}
    assert (block_part(x[:9], y[:9], 700.0) == part[:9]).all()
    assert (block_part(x + 700.0, y, 700.0) != part).all()
    assert (block_part(x, y - 700.0, 700.0) != part).all()
    assert (block_part(x + 700.0, y + 700.0, 700.0) == part).all()


def test_distance_not_known_is_no_class():
    assert distance_class([np.nan])[0] == ""
