"""SINR and RSRQ: limits that are known, and a network of three sites computed by hand."""

import math

import numpy as np
import pytest

from coverage_sim.network.layers import Layer
from coverage_sim.radio.layer_quality import LayerQuality
from coverage_sim.radio.quality import noise_dbm, reference_activity, rsrq_db, sinr_db

NOTHING = np.array([-250.0])


def test_without_others_sinr_is_over_noise():
    found = sinr_db(np.array([-100.0]), NOTHING, activity=1.0, noise_dbm=-125.0)
    assert found[0] == pytest.approx(25.0, abs=1e-5)


@pytest.mark.parametrize(("activity", "expected_db"), [(1.0, 0.0), (0.5, 3.0103), (0.1, 10.0)])
def test_with_one_other_as_strong_sinr_is_one_over_its_activity(activity, expected_db):
    level = np.array([-80.0])
    found = sinr_db(level, level, activity=activity, noise_dbm=-250.0)
    assert found[0] == pytest.approx(expected_db, abs=1e-4)


def test_reference_signals_meet_a_tenth_at_least_and_synchronised_ones_everything():
    assert reference_activity("lte", 0.5) == 0.5
    assert reference_activity("lte", 0.0) == 0.1
    assert reference_activity("nr", 0.0) == 1.0


@pytest.mark.parametrize(
    ("technology", "ports", "load", "elements"),
    # Resource elements of a block in a symbol with references that carry the cell's power: two a
    # port are references, the others carry data by the load, on every port.
    [
        ("lte", 1, 0.0, 2.0),  # -3.0 dB
        ("lte", 1, 1.0, 12.0),  # -10.8 dB
        ("lte", 2, 0.0, 4.0),
        ("lte", 2, 1.0, 4.0 + 8.0 * 2.0),
        ("nr", 4, 0.3, 12.0),  # the synchronisation block is full
    ],
)
def test_rsrq_of_a_lonely_cell_is_one_over_what_it_sends(technology, ports, load, elements):
    found = rsrq_db(
        np.array([-70.0]), NOTHING, technology=technology, ports=ports, load=load, noise_dbm=-250.0
    )
    assert found[0] == pytest.approx(-10.0 * math.log10(elements), abs=1e-4)


def test_no_server_has_no_quality():
    missing = np.array([np.nan])
    assert np.isnan(sinr_db(missing, missing, activity=1.0, noise_dbm=-120.0))[0]


LTE = Layer(
    technology="lte",
    band="b3",
    frequency_mhz=1842.5,
    bandwidth_mhz=20.0,
    operators=("viettel",),
    port_power_dbm=46.0,
    antenna="panel",
    radius_m=8000.0,
    load=0.5,
)


def test_three_sites_computed_by_hand():
    # RSRP of three sectors in one cell: -90, -96 and -103 dBm; phone of 7 dB, 15 kHz.
    # In milliwatts 1.00000e-9, 2.51189e-10, 5.01187e-11; the others together 3.01307e-10, that is
    # -95.2099 dBm. Noise -174 + 41.7609 + 7 = -125.2391 dBm, 2.99226e-13 mW.
    # SINR at half a load: 1e-9 / (1.506535e-10 + 2.99226e-13) = 6.6246, 8.2116 dB.
    # Two ports at half a load: 4 + 8 * 2 * 0.5 = 12 elements of 1.301307e-9, and 12 of noise:
    # 1.561568e-8 + 3.5907e-12 = 1.561927e-8; RSRQ -11.9366 dB.
    carrier = LayerQuality(LTE, 7.0)
    signal, others = np.array([-90.0]), np.array([10.0 * math.log10(10**-9.6 + 10**-10.3)])
    assert others[0] == pytest.approx(-95.2099, abs=1e-4)
    assert carrier.noise_dbm == pytest.approx(-125.2391, abs=1e-4)
    assert carrier.sinr_db(signal, others)[0] == pytest.approx(8.2116, abs=1e-4)
    assert carrier.data_sinr_db(signal, others)[0] == pytest.approx(8.2116, abs=1e-4)
    assert carrier.rsrq_db(signal, others)[0] == pytest.approx(-11.9366, abs=1e-4)
    # 0.6 log2(1 + 6.6246) = 1.75837 b/s/Hz of one stream, 1.2 log2(1 + 3.3123) = 2.53015 of two,
    # which fading brings for Phi((8.2116 - 10) / 4) = 0.32741 of the time: 2.01106 b/s/Hz, over
    # 18 MHz less 14 % 31.1312 Mb/s, half of it left.
    assert carrier.peak_mbps(np.array([8.2116]))[0] == pytest.approx(31.1312, abs=2e-3)
    assert carrier.user_mbps(np.array([8.2116]))[0] == pytest.approx(15.5656, abs=1e-3)


def test_noise_of_the_two_spacings():
    # domain table: -132.24 dBm at 15 kHz, -129.23 dBm at 30 kHz, plus the noise figure
    assert noise_dbm(15e3, 9.0) == pytest.approx(-132.24 + 9.0, abs=0.005)
    assert noise_dbm(30e3, 9.0) == pytest.approx(-129.23 + 9.0, abs=0.005)
