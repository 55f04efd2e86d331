"""Gain between the entries of a table, and the best of a row or column."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import RegularGridInterpolator

from coverage_sim.network.antennas import Panel, gain_table_dbi
from coverage_sim.radio.antenna_gain import gain_toward_dbi, gains_toward_dbi

TABLE = gain_table_dbi(Panel(pattern="tr36814", gain_dbi=17.0), 4.0, 1.5)
AZIMUTH, ELEVATION = np.linspace(-180.0, 180.0, 361), np.linspace(-90.0, 90.0, 721)
PEER = RegularGridInterpolator((ELEVATION, AZIMUTH), TABLE.astype(np.float64))

offsets = st.floats(-180.0, 179.999)
elevations = st.floats(-90.0, 90.0)


@given(offsets, elevations)
def test_it_is_linear_between_entries(offset_deg, elevation_deg):
    expected_dbi = float(PEER((elevation_deg, offset_deg)))
    assert gain_toward_dbi(TABLE, offset_deg, elevation_deg) == pytest.approx(
        expected_dbi, abs=1e-9
    )


@given(offsets, elevations, st.integers(-3, 3))
def test_whole_turns_change_nothing(offset_deg, elevation_deg, turns):
    turned = gain_toward_dbi(TABLE, offset_deg + 360.0 * turns, elevation_deg)
    # An offset is known to 1e-13 degrees, and the table rises by less than 3 dB a degree.
    assert turned == pytest.approx(gain_toward_dbi(TABLE, offset_deg, elevation_deg), abs=1e-9)


@given(offsets, elevations)
def test_turned_an_antenna_has_what_it_has_ahead_and_tilted_its_best(offset_deg, elevation_deg):
    here, turned, tilted = gains_toward_dbi(TABLE, offset_deg, elevation_deg)
    assert here == gain_toward_dbi(TABLE, offset_deg, elevation_deg)
    up = PEER((ELEVATION, np.full(721, offset_deg)))
    # The table is float32: its rows are added with that precision.
    assert turned == max(here, gain_toward_dbi(TABLE, 0.0, elevation_deg))
    assert tilted == pytest.approx(up.max(), abs=1e-5)
    assert here <= min(turned, tilted) + 1e-5
