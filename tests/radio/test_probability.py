"""Location probability: the published margins, and that a pixel's own spread is not used."""

import numpy as np
import pytest
from scipy.stats import norm

from coverage_sim.radio.probability import Spread, location_probability


@pytest.mark.parametrize(
    ("sigma_db", "margin_db", "percent"),
    # Domain table (Jakes): edge probabilities and their margins
    [(6.0, 5.9, 83.6), (8.0, 8.7, 86.2), (10.0, 11.6, 87.8), (8.0, 5.9, 77.0), (6.0, 3.3, 71.1)],
)
def test_margins_give_their_edge_probabilities(sigma_db, margin_db, percent):
    found = location_probability(np.array([-110.0 + margin_db]), -110.0, sigma_db)
    # margins are printed to 0.1 dB: 0.05 dB are 0.3 %
    assert 100.0 * found[0] == pytest.approx(percent, abs=0.35)


def test_a_margin_of_four_decibels_is_69_percent_and_not_99():
    spread = Spread().at(np.array([40], dtype=np.uint8), 1800.0)
    assert location_probability(np.array([-106.0]), -110.0, spread)[0] == pytest.approx(
        0.69, abs=0.005
    )
    assert norm.cdf(4.0 / 1.5) == pytest.approx(0.996, abs=5e-4)  # what the pixel's own would say


def test_spread_is_by_frequency_and_class_and_wider_indoors():
    spread = Spread(by_class_db={50: 10.0})
    classes = np.array([40, 50], dtype=np.uint8)
    assert list(spread.at(classes, 1800.0)) == [8.0, 10.0]
    assert list(spread.at(classes, 3750.0)) == [9.0, 10.0]
    assert list(spread.at(classes, 1800.0, indoor_db=6.0)) == pytest.approx([10.0, 136**0.5])
