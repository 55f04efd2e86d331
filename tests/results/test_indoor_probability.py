"""Indoors the spread from building to building adds to that of the prediction, in quadrature."""

import math

import numpy as np
from scipy.stats import norm

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.propagation.terminals.p2109_building_entry import BuildingEntry


def test_the_probability_indoors_has_both_spreads(project):
    scenario = project / "tiny.toml"
    text = scenario.read_text(encoding="utf-8")
    text += '\n[propagation]\nterminals = ["p2109_building_entry"]\n'
    text += "[service.prediction_error]\n"
    text += "common_sigma_db = 4.0\nsite_sigma_db = 4.0\nlocal_sigma_db = 7.0\n"
    scenario.write_text(text, encoding="utf-8")
    result = coverage_sim.run(scenario, store=MemoryStore())
    carrier = str(result.rasters["carrier"].to_numpy()[0])
    layer = result.scenario.layers[carrier.split("/")[1]]
    assert layer.frequency_mhz < 3000.0
    sigma_db = math.hypot(9.0, BuildingEntry().spread_db(layer.frequency_mhz))
    assert sigma_db > 11.5
    rsrp_dbm = result.rasters["rsrp_dbm"].sel(carrier=carrier).to_numpy().astype(float)
    found = result.rasters["coverage_probability"].sel(carrier=carrier).to_numpy()
    least_dbm = next(iter(result.scenario.service.levels_dbm.values()))
    expected = np.nan_to_num(norm.sf((least_dbm - rsrp_dbm) / sigma_db))
    np.testing.assert_allclose(found, expected, atol=1e-5)  # sigma is a float32
    assert found.max() > 0.5
