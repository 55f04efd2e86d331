"""Offsets from measurements: recovered where there are many, small where there are few."""

import tomllib

import numpy as np
import pandas as pd
import pytest

from coverage_sim.errors import InputError
from coverage_sim.measurements.error_parts import ErrorParts
from coverage_sim.measurements.offset_fit import (
    SHRINK_CELLS,
    fit_offsets,
    offsets_toml,
    with_fit,
)
from coverage_sim.measurements.statistics import FITTING, HELD_OUT
from coverage_sim.radio.offsets import Offset, offset_table
from coverage_sim.scenario.load import load_scenario


def synthetic_points(cells, error_db, *, layer="lte_b3", clutter_class="cropland", times=1):
    """As many cells as asked, each measured so many times, with the same error."""
    n = np.repeat(np.arange(cells), times)
    return pd.DataFrame(
        {
            "x": 30.0 * n + 5.0,
            "y": 15.0,
            "layer": layer,
            "clutter_class": clutter_class,
            "rsrp_dbm": -90.0,
            "predicted_dbm": -90.0 + error_db,
            "part": FITTING,
        }
    )


@pytest.mark.parametrize("cells", [1, 20, 180])
@pytest.mark.parametrize("times", [1, 7])
def test_the_offset_is_the_mean_shrunk_by_the_stated_rule(cells, times):
    fit = fit_offsets(synthetic_points(cells, 8.0, times=times), cell_m=30.0)
    (row,) = fit.to_dict("records")
    assert (row["points"], row["cells"]) == (cells * times, cells)
    assert row["mean_error_db"] == pytest.approx(8.0)
    # written to a tenth of a decibel
    assert row["offset_db"] == pytest.approx(8.0 * cells / (cells + SHRINK_CELLS), abs=0.05)


def test_a_car_that_waits_counts_once():
    waiting = pd.concat([synthetic_points(40, 0.0), synthetic_points(1, 10.0, times=500)])
    fit = fit_offsets(waiting, cell_m=30.0, shrink_cells=0.0)
    # cell 0: 1 measurement of 0 dB and 500 of 10 dB; 39 other cells of 0 dB
    assert fit["mean_error_db"][0] == pytest.approx(500 * 10.0 / 501 / 40)


def test_what_is_held_out_teaches_nothing():
    points = synthetic_points(100, 8.0)
    points.loc[50:, "part"] = HELD_OUT
    points.loc[50:, "predicted_dbm"] = 0.0
    assert fit_offsets(points, cell_m=30.0)["mean_error_db"].tolist() == [pytest.approx(8.0)]


def test_earlier_offsets_are_corrected_and_the_unmeasured_stay():
    before = [
        Offset(layer="lte_b3", clutter_class="cropland", offset_db=2.0),
        Offset(layer="nr_n78", clutter_class="sea", offset_db=-3.0),
    ]
    points = synthetic_points(100, 6.0)
    fit = fit_offsets(points, cell_m=30.0, before=before, shrink_cells=0.0)
    assert fit["offset_db"].tolist() == [8.0, -3.0]
    np.testing.assert_allclose(with_fit(points, fit), points["rsrp_dbm"])


def test_without_a_prediction_there_is_no_fit():
    fit = fit_offsets(synthetic_points(3, np.nan), cell_m=30.0)
    assert len(fit) == 0
    points = synthetic_points(3, 1.0)
    assert with_fit(points, fit).tolist() == points["predicted_dbm"].tolist()


def test_the_file_says_what_the_table_says_and_loads():
    both = pd.concat(
        [synthetic_points(90, 8.0), synthetic_points(90, -4.0, clutter_class="built_up")]
    )
    fit = fit_offsets(both, cell_m=30.0)
    text = offsets_toml(fit, heading="made up")
    entries = tomllib.loads(text)["propagation"]["offsets"]
    assert text.startswith("# made up\n")
    assert "[[propagation.offsets]]" in text
    offsets = offset_table(
        [Offset(**entry) for entry in entries],
        class_names={40: "cropland", 50: "built_up"},
        layers=["lte_b3"],
    )
    expected = fit.set_index("clutter_class")["offset_db"]
    classes = np.array([[40, 50, 10]], dtype=np.uint8)
    assert offsets.at("lte_b3", classes).tolist() == [
        [expected["cropland"], expected["built_up"], 0.0]
    ]
    assert offsets.at("nr_n78", classes).tolist() == [[0.0, 0.0, 0.0]]


def test_nothing_to_correct_is_an_empty_list():
    text = offsets_toml(fit_offsets(synthetic_points(9, 0.0), cell_m=30.0), heading="x")
    (entry,) = tomllib.loads(text)["propagation"]["offsets"]
    assert entry["offset_db"] == 0.0  # measured, and so known better than before
    assert entry["common_sigma_db"] < 6.0
    nothing = offsets_toml(fit_offsets(synthetic_points(9, 0.0).iloc[:0], cell_m=30.0), heading="x")
    assert tomllib.loads(nothing) == {"propagation": {"offsets": []}}


def test_offsets_of_what_is_not_there_are_refused_together():
    table = [
        Offset(layer="lte_b30", clutter_class="cropland", offset_db=1.0),
        Offset(layer="lte_b3", clutter_class="crops", offset_db=1.0),
        Offset(layer="lte_b3", clutter_class="cropland", offset_db=1.0),
        Offset(layer="lte_b3", clutter_class="cropland", offset_db=2.0),
    ]
    with pytest.raises(InputError) as caught:
        offset_table(table, class_names={40: "cropland"}, layers=["lte_b3"])
    assert len(caught.value.problems) == 3
    for piece in ("Did you mean 'lte_b3'", "offsets[1].clutter_class", "offsets[3]", "twice"):
        assert piece in str(caught.value)


def test_the_error_that_is_left_stands_beside_the_offsets(project):
    fit = fit_offsets(synthetic_points(40, 5.0), cell_m=30.0)
    parts = ErrorParts(site_sigma_db=3.0, local_sigma_db=7.5)
    (project / "offsets.toml").write_text(offsets_toml(fit, heading="x", parts=parts), "utf-8")
    path = project / "calibrated.toml"
    path.write_text('format = 1\nextends = ["tiny.toml", "offsets.toml"]\n', "utf-8")
    scenario = load_scenario(path).scenario
    error = scenario.service.prediction_error
    assert (error.site_sigma_db, error.local_sigma_db) == parts
    assert error.common_sigma_db == 6.0  # where nothing was measured
    assert error.sigma_db == pytest.approx((6.0**2 + 3.0**2 + 7.5**2) ** 0.5)
    (offset,) = scenario.propagation.offsets
    assert offset.common_sigma_db == fit["common_sigma_db"][0] < 6.0
    assert error.draws == 200  # nothing else is touched
