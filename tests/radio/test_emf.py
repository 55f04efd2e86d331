"""Exposure: the published check values, and what adds up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.network.antennas import ArrayPanel, Omni, Panel
from coverage_sim.network.sites import Sector
from coverage_sim.radio.emf import (
    AZIMUTHS_DEG,
    compliance_distance_m,
    emission_of,
    field_strength_v_m,
    limit_for,
    limits,
    power_density_w_m2,
    reach_of,
)
from tests.radio.made_layers import nr

PANEL = Panel(pattern="tr36814", gain_dbi=17.0)


def layer(**given):
    """250 W, no feeder, a quarter of the power in any one direction."""
    usual = {"total_power_dbm": 54.0, "feeder_loss_db": 0.0}
    return nr(**(usual | {"traffic_gain_db": 4.0, "beam_power_factor": 0.25} | given))


def sector(azimuth_deg=0.0, tilt_deg=0.0):
    return Sector(
        name="s/o/l/1",
        site=0,
        operator="vnpt",
        layer="nr_n78",
        antenna="panel",
        antenna_height_m=30.0,
        azimuth_deg=azimuth_deg,
        electrical_downtilt_deg=tilt_deg,
    )


@pytest.mark.parametrize(
    ("eirp_dbm", "expected_m"),
    [(60.0, 6.3), (63.0, 8.9), (66.0, 12.6), (70.0, 19.9), (75.0, 35.5), (78.0, 50.1)],
)
def test_distances_at_two_watts_a_square_metre(eirp_dbm, expected_m):
    found = compliance_distance_m(10.0 ** (0.1 * eirp_dbm - 3.0), 2.0)
    assert found == pytest.approx(expected_m, abs=0.05)


def test_two_watts_a_square_metre_are_27_volts_a_metre():
    assert field_strength_v_m(np.array(2.0)) == pytest.approx(27.46, abs=0.005)
    (limit,) = limits()
    assert (limit.power_density_w_m2, limit.field_strength_v_m) == (2.0, 27.5)
    assert limit.mark == "verified"
    assert limit_for([773.0, 3850.0]) == limit
    with pytest.raises(ValueError, match="no limit"):
        limit_for([26_000.0])


def test_a_panel_of_78_dbm_reaches_50_metres_and_22_actually():
    # 54 dBm, 20 dBi of the beam's envelope and 4 dB more of the traffic beam
    omni = Omni(pattern="omni", gain_dbi=20.0)
    emission = emission_of([(sector(), layer(), omni)])
    assert reach_of(emission.worst_w, 2.0).horizontal_m.max() == pytest.approx(50.1, abs=0.05)
    # 0.74 of the time, a quarter of the power: the root of 0.185
    assert reach_of(emission.actual_w, 2.0).horizontal_m.max() == pytest.approx(21.55, abs=0.05)


def test_carriers_add_as_power_and_ports_too():
    one = emission_of([(sector(), layer(), PANEL)])
    two = emission_of([(sector(), layer(), PANEL), (sector(), layer(), PANEL)])
    np.testing.assert_allclose(two.worst_w, 2.0 * one.worst_w)
    ports = emission_of(
        [(sector(), layer(total_power_dbm=None, port_power_dbm=51.0, ports=2), PANEL)]
    )
    np.testing.assert_allclose(ports.worst_w, one.worst_w * 10.0**-0.3 * 2.0, rtol=1e-9)


@pytest.mark.parametrize("azimuth_deg", [0.0, 17.0, 123.5, 359.0])
def test_the_reach_is_largest_where_the_sector_points(azimuth_deg):
    emission = emission_of([(sector(azimuth_deg, 4.0), layer(), PANEL)])
    reach = reach_of(emission.worst_w, 2.0)
    best = AZIMUTHS_DEG[reach.horizontal_m.argmax()]
    assert abs((best - azimuth_deg + 180.0) % 360.0 - 180.0) <= 0.5
    turned = emission_of([(sector((azimuth_deg + 90.0) % 360.0, 4.0), layer(), PANEL)])
    np.testing.assert_allclose(
        np.roll(reach.horizontal_m, 90), reach_of(turned.worst_w, 2.0).horizontal_m, rtol=1e-6
    )


@given(
    east_m=st.floats(-200.0, 200.0), north_m=st.floats(-200.0, 200.0), below_m=st.floats(0.5, 60.0)
)
def test_an_omni_has_its_power_over_the_sphere(east_m, north_m, below_m):
    emission = emission_of([(sector(), layer(), Omni(pattern="omni", gain_dbi=0.0))])
    found = power_density_w_m2(emission.worst_w, np.array(east_m), np.array(north_m), below_m)
    square_m2 = max(east_m**2 + north_m**2 + below_m**2, 1e-6)
    assert found == pytest.approx(10.0**2.8 / (4.0 * np.pi * square_m2), rel=1e-6)


def test_the_limit_is_met_at_its_distance_and_not_before():
    emission = emission_of([(sector(0.0, 6.0), layer(), ArrayPanel(pattern="tr38901_array"))])
    reach = reach_of(emission.worst_w, 2.0)
    along_m = np.arange(1.0, 80.0, 0.25)
    largest = max(
        along_m[
            power_density_w_m2(emission.worst_w, np.zeros(along_m.size), along_m, below) >= 2.0
        ].max(initial=0.0)
        for below in np.arange(0.0, 12.0, 0.05)
    )
    assert largest == pytest.approx(reach.horizontal_m[0], abs=0.3)  # the steps of the search
