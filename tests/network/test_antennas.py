"""Antenna patterns: beamwidths, front to back, tilts, arrays, and the table's error."""

import math

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy.interpolate import RegularGridInterpolator
from scipy.optimize import brentq

from coverage_sim.network.antenna_table import Antenna
from coverage_sim.network.antennas import (
    ArrayPanel,
    Omni,
    Panel,
    gain_table_dbi,
    mean_array_factor_db,
)

PANEL = Panel(pattern="tr36814", gain_dbi=17.0)
ELEVATIONS = np.linspace(-90.0, 90.0, 721)
AZIMUTHS = np.linspace(-180.0, 180.0, 361)


def array(**given):
    return ArrayPanel(**({"pattern": "tr38901_array"} | given))


def gain(antenna, azimuth_deg, elevation_deg, tilt_deg=0.0):
    return float(antenna.gain_at_dbi(np.array(azimuth_deg), np.array(elevation_deg), tilt_deg))


def table_at(table, azimuth_deg, elevation_deg):
    row, column = (elevation_deg + 90.0) / 0.25, azimuth_deg + 180.0
    assert row % 1.0 == 0.0
    assert column % 1.0 == 0.0
    return float(table[int(row), int(column)])


@pytest.mark.parametrize("tilt_deg", [0.0, 4.0, 6.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_panel_has_lost_three_decibels_at_half_its_beamwidths(tilt_deg, side):
    assert gain(PANEL, 0.0, -tilt_deg, tilt_deg) == 17.0
    assert gain(PANEL, side * 32.5, -tilt_deg, tilt_deg) == pytest.approx(14.0, abs=1e-9)
    assert gain(PANEL, 0.0, -tilt_deg + side * 3.5, tilt_deg) == pytest.approx(14.0, abs=1e-9)


def test_a_panel_has_its_front_to_back_ratio_behind_and_never_less():
    assert gain(PANEL, 180.0, 0.0, 4.0) == 17.0 - 25.0
    assert gain(PANEL, 0.0, 60.0, 4.0) == 17.0 - 20.0  # the vertical cut alone ends at 20 dB
    everywhere = gain_table_dbi(PANEL, 4.0)
    assert everywhere.min() == 17.0 - 25.0
    assert everywhere.max() == 17.0


def test_electrical_tilt_moves_the_beam_down_all_around():
    table = gain_table_dbi(PANEL, 4.0)
    for azimuth_deg in (-60.0, 0.0, 60.0):
        column = table[:, int(azimuth_deg) + 180]
        assert ELEVATIONS[column.argmax()] == -4.0


def test_mechanical_tilt_turns_the_pattern_and_lifts_it_behind():
    table = gain_table_dbi(PANEL, 0.0, 8.0)
    assert table_at(table, 0.0, -8.0) == pytest.approx(17.0, abs=1e-5)
    # tilt seen at an azimuth offset is tilt times its cosine: none at the sides, up at the back
    wide = gain_table_dbi(
        Panel(pattern="tr36814", gain_dbi=0.0, horizontal_beamwidth_deg=360.0), 0.0, 8.0
    )
    for azimuth_deg, tilt_deg in (
        (0.0, 8.0),
        (60.0, 4.0),
        (90.0, 0.0),
        (-120.0, -4.0),
        (180.0, -8.0),
    ):
        peak_deg = ELEVATIONS[wide[:, int(azimuth_deg) + 180].argmax()]
        assert peak_deg == pytest.approx(-tilt_deg, abs=0.26)  # the table's step and a cosine


def test_no_tilt_of_either_kind_is_the_formula_itself():
    across, down = np.meshgrid(AZIMUTHS, ELEVATIONS)
    expected = PANEL.gain_at_dbi(across, down, 5.0)
    np.testing.assert_allclose(gain_table_dbi(PANEL, 5.0), expected, atol=2e-4, rtol=0.0)


def test_left_and_right_are_alike():
    for antenna in (PANEL, array(), array(columns=8, beams=5)):
        table = gain_table_dbi(antenna, 6.0, 3.0)
        np.testing.assert_allclose(table, table[:, ::-1], atol=1e-4, rtol=0.0)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (8, 2), (8, 8), (4, 16)])
def test_boresight_of_an_array_is_the_element_and_the_array_gain(rows, columns):
    one_beam = array(rows=rows, columns=columns, beams=1)
    expected = 8.0 + 10.0 * math.log10(rows * columns)
    assert gain(one_beam, 0.0, 0.0) == pytest.approx(expected, abs=1e-9)
    # an odd number of beams has one straight ahead
    assert gain(array(rows=rows, columns=columns, beams=7), 0.0, 0.0) == pytest.approx(expected)


def test_one_element_is_that_of_tr_38901():
    # Table 7.3-1: 12 (angle / 65)^2, 30 dB at most, 8 dBi
    one = array(rows=1, columns=1, beams=1)
    assert gain(one, 32.5, 0.0) == pytest.approx(5.0)
    assert gain(one, 0.0, -32.5) == pytest.approx(5.0)
    assert gain(one, 180.0, 0.0) == pytest.approx(8.0 - 30.0)
    assert gain(one, 65.0, 65.0) == pytest.approx(8.0 - 24.0)


def test_eight_rows_have_the_beam_of_a_uniform_array():
    # Half power where sin(8 x) / (8 sin(x)) is the root of a half, x = 0.7 pi sin(angle).
    x = brentq(lambda x: math.sin(8.0 * x) / (8.0 * math.sin(x)) - math.sqrt(0.5), 0.1, 0.3)
    half_deg = math.degrees(math.asin(x / (math.pi * 0.7)))
    column = array(columns=1, beams=1)
    element_db = 12.0 * (half_deg / 65.0) ** 2
    loss_db = gain(column, 0.0, 0.0) - gain(column, 0.0, half_deg)
    assert loss_db - element_db == pytest.approx(10.0 * math.log10(2.0), abs=1e-6)


def test_electrical_tilt_of_an_array_steers_its_rows():
    steered = array(columns=1, beams=1)
    angles = np.linspace(-20.0, 5.0, 2501)
    gains = steered.gain_at_dbi(np.zeros_like(angles), angles, 6.0)
    # the element pulls the peak a little towards the horizon
    assert angles[gains.argmax()] == pytest.approx(-6.0, abs=0.2)
    assert gain(steered, 0.0, -6.0, 6.0) == pytest.approx(
        8.0 + 10.0 * math.log10(8) - 12.0 * (6.0 / 65.0) ** 2, abs=1e-9
    )


def test_the_envelope_is_never_below_any_beam():
    columns, beams = 4, 6
    azimuths = np.linspace(-90.0, 90.0, 361)
    flat = np.zeros_like(azimuths)
    envelope = array(columns=columns, beams=beams).gain_at_dbi(azimuths, flat, 0.0)
    element = array(rows=8, columns=1, beams=1).gain_at_dbi(azimuths, flat, 0.0)
    best = np.full(azimuths.shape, -np.inf)
    for beam in range(beams):
        toward_deg = ((beam + 0.5) / beams - 0.5) * 120.0
        # The power of four elements half a wavelength apart, summed as phasors.
        phase = np.pi * (np.sin(np.radians(azimuths)) - math.sin(math.radians(toward_deg)))
        phasors = np.abs(sum(np.exp(1j * k * phase) for k in range(columns))) ** 2 / columns
        one = element + 10.0 * np.log10(np.maximum(phasors, 1e-6))
        assert np.all(envelope >= one - 1e-6)
        best = np.maximum(best, one)
    np.testing.assert_allclose(envelope, best, atol=1e-6)


def test_a_direction_between_the_tables_entries_is_off_by_little():
    # A parabola over steps of 1 and 0.25 degrees: 12/65^2/4 + 12/7^2/64 dB at most.
    random = np.random.default_rng(2)
    azimuths, elevations = random.uniform(-60, 60, 5000), random.uniform(-11, 3, 5000)
    for antenna, allowed_db in (
        (PANEL, 12.0 / 65.0**2 / 4.0 + 12.0 / 49.0 / 64.0 + 1e-5),
        # Lobes bend more than a parabola; away from their nulls this is the measured error.
        (array(), 0.06),
    ):
        table = RegularGridInterpolator(
            (ELEVATIONS, AZIMUTHS), gain_table_dbi(antenna, 4.0).astype(float)
        )
        read = table(np.stack([elevations, azimuths], axis=-1))
        exact = antenna.gain_at_dbi(azimuths, elevations, 4.0)
        near = exact > exact.max() - 13.0
        assert np.abs(read - exact)[near].max() <= allowed_db


def test_an_omni_antenna_is_the_same_everywhere():
    assert set(np.unique(gain_table_dbi(Omni(pattern="omni", gain_dbi=2.0), 5.0, 5.0))) == {2.0}


def test_a_table_is_made_once_and_cannot_be_written():
    table = gain_table_dbi(PANEL, 4.0)
    assert table is gain_table_dbi(Panel(pattern="tr36814", gain_dbi=17.0), 4.0)
    assert table.shape == (721, 361)
    assert table.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        table[0, 0] = 0.0


@pytest.mark.parametrize(
    "given",
    [
        {"pattern": "tr36814"},
        {"pattern": "tr36814", "gain_dbi": math.nan},
        {"pattern": "tr36814", "gain_dbi": 17.0, "vertical_beamwidth_deg": 0.0},
        {"pattern": "tr36814", "gain_dbi": 17.0, "rows": 8},
        {"pattern": "tr38901_array", "rows": 0},
        {"pattern": "tr38901_array", "rows": 8.5},
        {"pattern": "dish"},
    ],
)
def test_an_antenna_that_cannot_be_is_refused(given):
    with pytest.raises(ValidationError):
        TypeAdapter(Antenna).validate_python(given)


SECTOR_DEG = np.arange(-60.0, 60.5, 1.0)


def sector_mean_dbi(panel, beam, downtilt_deg=0.0):
    """Mean power gain over a sector half a degree below the horizon."""
    elevation_deg = np.full(SECTOR_DEG.size, -0.5)
    gain_dbi = panel.beam_at_dbi(beam, SECTOR_DEG, elevation_deg, downtilt_deg)
    return 10.0 * np.log10(np.mean(10.0 ** (0.1 * gain_dbi)))


@pytest.mark.parametrize(("columns", "below_db"), [(2, 2.9), (4, 5.6), (8, 7.8)])
@pytest.mark.parametrize("downtilt_deg", [0.0, 6.0])
def test_swept_beams_of_another_cell_are_weaker_than_their_envelope(
    columns, below_db, downtilt_deg
):
    """Figures of an independent computation: eight beams, half a degree below the horizon."""
    panel = array(columns=columns, beams=8)
    envelope_dbi, mean_dbi = (
        sector_mean_dbi(panel, beam, downtilt_deg) for beam in ("reference", "reference_of_others")
    )
    assert envelope_dbi - mean_dbi == pytest.approx(below_db, abs=0.3)


@pytest.mark.parametrize(("rows", "element_dbi"), [(5, 8.0), (8, 6.0)])
def test_a_beam_of_24_dbi_has_half_of_it_in_the_mean_over_the_phones(rows, element_dbi):
    panel = array(rows=rows, columns=8, element_gain_dbi=element_dbi)
    own_dbi = panel.beam_at_dbi("data", np.zeros(1), np.zeros(1), 0.0)[0]
    assert own_dbi == pytest.approx(24.0, abs=0.1)
    assert sector_mean_dbi(panel, "data_of_others") == pytest.approx(12.7, abs=0.3)


def test_phones_everywhere_make_an_array_as_strong_as_one_element():
    """Where the phases cancel in the mean, every m_k is 0 and so is the array's gain in dB."""
    everywhere = np.linspace(-1.0, 1.0, 4001)[:-1]
    found_db = mean_array_factor_db(8, 0.5, np.linspace(-1.0, 1.0, 9), everywhere)
    np.testing.assert_allclose(found_db, 0.0, atol=1e-9)


@pytest.mark.parametrize(("count", "spacing"), [(1, 0.5), (2, 0.5), (8, 0.5), (12, 0.7)])
def test_the_mean_over_phones_is_that_of_the_steered_beams(count, spacing):
    """The closed form against the beams themselves, steered at each phone in turn."""
    random = np.random.default_rng(6)
    phones, looked_at = random.uniform(-0.8, 0.3, 40), np.linspace(-0.9, 0.9, 25)
    phase = 2.0 * np.pi * spacing * np.arange(count)
    fields = np.exp(1j * phase[:, None, None] * (looked_at[:, None] - phones[None, :])).sum(axis=0)
    expected_db = 10.0 * np.log10((np.abs(fields) ** 2 / count).mean(axis=1))
    found_db = mean_array_factor_db(count, spacing, looked_at, phones)
    np.testing.assert_allclose(found_db, expected_db, atol=1e-9)


def test_a_beam_at_its_own_phone_has_the_gain_of_all_elements():
    panel = array(rows=4, columns=8)
    found_dbi = panel.beam_at_dbi("data", np.array([0.0, 40.0]), np.array([0.0, -20.0]), 3.0)
    element_dbi = array(rows=1, columns=1, beams=1).beam_at_dbi(
        "data", np.array([0.0, 40.0]), np.array([0.0, -20.0]), 3.0
    )
    np.testing.assert_allclose(found_dbi - element_dbi, 10.0 * np.log10(32.0))


@pytest.mark.parametrize("antenna", [PANEL, Omni(pattern="omni", gain_dbi=3.0)])
def test_an_antenna_of_one_beam_sends_everything_alike(antenna):
    tables = [
        gain_table_dbi(antenna, 4.0, 1.0, beam)
        for beam in ("reference", "reference_of_others", "data", "data_of_others")
    ]
    for table in tables[1:]:
        np.testing.assert_array_equal(table, tables[0])
