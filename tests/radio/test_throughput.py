"""Rates: the published peak rates bound them, more signal never slows them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.radio.layer_quality import (
    DOWNLINK_BINDS,
    NEITHER,
    NO_DOWNLINK,
    NO_SERVER,
    NO_UPLINK,
    UPLINK_BINDS,
    Demands,
    LayerQuality,
)
from coverage_sim.radio.throughput import DOWNLINK, UPLINK, peak_rate_mbps, rate_mbps
from coverage_sim.radio.uplink import UplinkBudget
from tests.radio import made_layers


def nr(**given):
    """Four ports, and data over a beam 4 dB above that of the references."""
    return made_layers.nr(**({"ports": 4, "traffic_gain_db": 4.0} | given))


LTE = made_layers.lte()


@pytest.mark.parametrize(
    ("technology", "sinr_db", "expected"),
    # TR 36.942: 4.4 b/s/Hz down at 22 dB, 2.0 up at 15 dB; nothing below -10 dB
    [("lte", 22.0, 4.39), ("lte", 40.0, 4.39), ("lte", -10.1, 0.0), ("up", 15.0, 2.01)],
)
def test_the_bound_has_its_published_ends(technology, sinr_db, expected):
    bound = UPLINK if technology == "up" else DOWNLINK[technology]
    assert bound.efficiency(np.array([sinr_db]))[0] == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("blocks", "spacing_khz", "expected_mbps"),
    [(273, 30, 2337.0), (106, 15, 453.7)],  # TS 38.306 4.1.2, four layers, 256QAM
)
def test_peak_rates_are_those_of_the_standard(blocks, spacing_khz, expected_mbps):
    found = peak_rate_mbps(resource_blocks=blocks, subcarrier_spacing_khz=spacing_khz, streams=4)
    assert found == pytest.approx(expected_mbps, abs=0.05)
    given = {"resource_blocks": blocks, "subcarrier_spacing_khz": spacing_khz}
    best = rate_mbps(np.array([60.0]), bound=DOWNLINK["nr"], streams=4, **given)[0]
    assert 0.75 * found < best < found


@given(st.floats(-30.0, 60.0), st.floats(0.0, 30.0), st.integers(1, 4))
def test_more_signal_never_slows(sinr_db, more_db, streams):
    slow, fast = rate_mbps(
        np.array([sinr_db, sinr_db + more_db]),
        bound=DOWNLINK["nr"],
        resource_blocks=273,
        subcarrier_spacing_khz=30,
        streams=streams,
    )
    assert slow <= fast


def test_a_tdd_carrier_has_its_share_of_the_time_and_an_fdd_carrier_all():
    at = np.array([5.0])
    assert LayerQuality(nr(), 7.0).peak_mbps(at) == pytest.approx(
        0.74 / 0.5 * LayerQuality(nr(tdd_downlink_share=0.5), 7.0).peak_mbps(at), rel=1e-6
    )
    assert LTE.downlink_share() == LTE.uplink_share() == 1.0
    assert nr().uplink_share() == pytest.approx(0.26)


@pytest.mark.parametrize("load", [0.0, 0.25, 1.0])
def test_the_load_leaves_the_rest_to_a_user(load):
    carrier = LayerQuality(nr(load=load), 7.0)
    at = np.array([12.0])
    assert carrier.user_mbps(at)[0] == pytest.approx((1.0 - load) * carrier.peak_mbps(at)[0])


# --- the way back ---


def test_one_block_at_the_limit_of_decoding_by_hand():
    # 180 kHz: -174 + 52.5527 + 3 + 3 = -115.4473 dBm; 23 dBm over 148.4473 dB is -125.4473 dBm,
    # a SINR of -10 dB in one block: 0.4 log2(1.1) = 0.0550 b/s/Hz, 8 % overhead: 9.108 kb/s.
    budget = UplinkBudget(
        ue_power_dbm=23.0,
        noise_figure_db=3.0,
        interference_margin_db=3.0,
        resource_blocks=100,
        subcarrier_spacing_khz=15,
        time_share=1.0,
    )
    rate = budget.rate_mbps(np.array([148.4472, 148.4474 + 0.001]))
    assert rate[0] == pytest.approx(0.009108, rel=1e-3)
    assert rate[1] == 0.0


@given(st.floats(60.0, 170.0), st.floats(0.0, 20.0))
def test_more_loss_never_speeds_the_way_back(loss_db, more_db):
    fast, slow = (
        LayerQuality(nr(), 7.0).uplink_budget().rate_mbps(np.array([loss_db, loss_db + more_db]))
    )
    assert slow <= fast


@pytest.mark.parametrize("layer", [LTE, nr()], ids=["lte", "nr"])
def test_the_uplink_reaches_its_edge_rate_down_to_its_level(layer):
    carrier = LayerQuality(layer, 7.0)
    limit_dbm = carrier.uplink_data_dbm()
    above, below = carrier.uplink_mbps(np.array([limit_dbm + 0.01, limit_dbm - 0.05]))
    assert below < layer.edge_mbps() <= above
    # A server of more power is heard as well and hears no better.
    spare_db = carrier.uplink_spare_db(np.array([limit_dbm + 3.0]), np.array([3.0]))
    assert spare_db[0] == pytest.approx(0.0, abs=1e-4)


def test_half_the_numbers_of_blocks_are_as_good_as_all():
    budget = LayerQuality(nr(), 7.0).uplink_budget()
    loss_db = np.linspace(90.0, 150.0, 200)
    one_block_db = 26.0 - loss_db + 174.0 - 10.0 * np.log10(360e3) - 6.0
    every = np.max(
        [n * UPLINK.efficiency(one_block_db - 10.0 * np.log10(n)) for n in range(1, 274)], axis=0
    )
    expected = every * 0.36 * 0.92 * 0.26
    found = budget.rate_mbps(loss_db)
    assert (found <= expected * 1.000001).all()
    assert (found >= 0.93 * expected).all()


# --- both directions ---


def test_service_says_which_direction_fails_and_which_binds():
    carrier = LayerQuality(nr(), 7.0)
    limit_dbm = -110.0
    demands = Demands(rsrp_dbm=limit_dbm + 5.0, sinr_db=-6.0)
    rsrp_dbm = np.array([np.nan, limit_dbm - 1.0, limit_dbm + 1.0, limit_dbm + 9.0, limit_dbm + 30])
    sinr = np.array([np.nan, 20.0, 20.0, 20.0, 20.0])
    spare_db = rsrp_dbm - limit_dbm
    found = carrier.service(rsrp_dbm, sinr, spare_db, demands)
    assert list(found) == [NO_SERVER, NEITHER, NO_DOWNLINK, DOWNLINK_BINDS, DOWNLINK_BINDS]
    easy = Demands(rsrp_dbm=limit_dbm - 5.0, sinr_db=-6.0)
    found = carrier.service(rsrp_dbm, sinr, spare_db, easy)
    assert list(found) == [NO_SERVER, NO_UPLINK, UPLINK_BINDS, UPLINK_BINDS, DOWNLINK_BINDS]
    # at 30 dB above its limit the uplink has more to spare than the SINR's 26 dB
    found = carrier.service(rsrp_dbm[4:], np.array([-7.0]), spare_db[4:], easy)
    assert found[0] == NO_DOWNLINK


@given(
    st.sampled_from(["lte", "nr"]),
    st.integers(1, 4),
    st.floats(-12.0, 45.0),
    st.floats(0.0, 0.25),
)
def test_a_rate_never_falls_and_never_jumps_with_the_sinr(technology, streams, sinr_db, more_db):
    given = {"bound": DOWNLINK[technology], "resource_blocks": 100, "subcarrier_spacing_khz": 15}
    low, high = rate_mbps(np.array([sinr_db, sinr_db + more_db]), streams=streams, **given)
    assert high >= low
    if sinr_db > DOWNLINK[technology].least_db and low > 0.0:
        # A quarter of a dB is at most 6 % of Shannon's rate, and less than 5 % of more streams.
        assert high <= 1.11 * low + 1e-3


def test_streams_come_in_as_a_mean_over_fading():
    """At a threshold half of the time has a stream more; far above it, all of it."""
    given = {"bound": DOWNLINK["nr"], "resource_blocks": 100, "subcarrier_spacing_khz": 15}
    one, two = (
        np.array([streams * DOWNLINK["nr"].efficiency(10.0 - 10.0 * np.log10(streams))])
        for streams in (1, 2)
    )
    plain = rate_mbps(np.array([10.0]), **given)[0]
    found = rate_mbps(np.array([10.0]), streams=2, **given)[0]
    assert found / plain == pytest.approx((0.5 * (one + two) / one)[0], rel=1e-6)
    far = rate_mbps(np.array([40.0]), streams=2, **given)[0]
    assert far == pytest.approx(2.0 * rate_mbps(np.array([40.0]), **given)[0], rel=1e-6)
