"""Location probability: the published margins, and those of the parts of the error together."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from coverage_sim.radio.probability import location_probability
from coverage_sim.scenario.schema_service import PredictionError


@pytest.mark.parametrize(
    ("sigma_db", "margin_db", "percent"),
    # Domain table (Jakes): edge probabilities and their margins
    [(6.0, 5.9, 83.6), (8.0, 8.7, 86.2), (10.0, 11.6, 87.8), (8.0, 5.9, 77.0), (6.0, 3.3, 71.1)],
)
def test_margins_give_their_edge_probabilities(sigma_db, margin_db, percent):
    found = location_probability(np.array([-110.0 + margin_db]), -110.0, sigma_db)
    # margins are printed to 0.1 dB: 0.05 dB are 0.3 %
    assert 100.0 * found[0] == pytest.approx(percent, abs=0.35)


def test_the_spread_is_the_root_of_the_sum_of_squares_of_its_parts():
    error = PredictionError()
    assert error.sigma_db == pytest.approx(math.sqrt(6.0**2 + 5.0**2 + 6.0**2))
    found = location_probability(np.array([-106.0]), -110.0, error.sigma_db)
    assert found[0] == pytest.approx(norm.cdf(4.0 / 9.849), abs=1e-4)
    assert norm.cdf(4.0 / 1.5) == pytest.approx(0.996, abs=5e-4)  # what the pixel's own would say
    calibrated = PredictionError(common_sigma_db=0.0, site_sigma_db=3.0, local_sigma_db=4.0)
    assert calibrated.sigma_db == pytest.approx(5.0)
