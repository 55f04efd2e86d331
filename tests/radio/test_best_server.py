"""Directions, the competition of sectors for cells, and how path loss is kept."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.network.antennas import ArrayPanel, Omni, Panel, gain_table_dbi
from coverage_sim.network.beams import BeamTables
from coverage_sim.propagation.encoded_loss import NO_LOSS, encode_loss
from coverage_sim.radio.best_server import Directions, Powers, add_sector, directions_to
from coverage_sim.radio.tallies import (
    GROUPS,
    NO_INTERFERENCE_DBM,
    NO_SERVER,
    POWER_UNIT_MW,
    Meeting,
    empty_tally,
    interference_dbm,
)

OMNI = gain_table_dbi(Omni(pattern="omni", gain_dbi=0.0), 0.0)
PANEL = Panel(pattern="tr36814", gain_dbi=17.0)


@given(st.floats(0.0, 511.875, width=32))
def test_kept_loss_is_off_by_half_a_step_at_most(loss_db):
    kept = encode_loss(np.array([loss_db], dtype=np.float32))
    assert abs(float(kept[0]) / 128.0 - loss_db) <= 1.0 / 256.0


@pytest.mark.parametrize("loss_db", [math.nan, math.inf, -math.inf, -1.0, 511.999, 512.0, 1e30])
def test_a_loss_that_cannot_be_kept_is_no_data(loss_db):
    assert encode_loss(np.array([loss_db], dtype=np.float32))[0] == NO_LOSS


def test_directions_are_clockwise_from_north_and_up_from_the_horizon():
    ground_m = np.full((5, 5), 10.0, dtype=np.float32)
    found = Directions(np.empty((5, 5), np.float32), np.empty((5, 5), np.float32))
    # From the middle cell, 41.5 m above the phones' 11.5 m; cells of 30 m.
    directions_to(ground_m, 100, 200, 102.0, 202.0, 30.0, 53.0, 1.5, *found)
    for (row, col), azimuth_deg in {
        (0, 2): 0.0,
        (0, 4): 45.0,
        (2, 4): 90.0,
        (4, 4): 135.0,
        (4, 2): 180.0,
        (2, 0): -90.0,
        (0, 0): -45.0,
    }.items():
        assert found.azimuth_deg[row, col] == pytest.approx(azimuth_deg, abs=1e-4)
    assert found.elevation_deg[2, 4] == pytest.approx(
        -math.degrees(math.atan2(41.5, 60.0)), abs=1e-4
    )
    assert found.elevation_deg[2, 2] == pytest.approx(-90.0, abs=1e-4)  # at the mast's foot


class Window:
    """A window of one row of cells around a circle of directions."""

    def __init__(self, azimuths_deg, loss_db=100.0, elevation_deg=-2.0, groups=1, beams=False):
        count = len(azimuths_deg)
        self.loss = encode_loss(np.full((1, count), loss_db, dtype=np.float32))
        self.directions = Directions(
            np.array([azimuths_deg], dtype=np.float32),
            np.full((1, count), elevation_deg, dtype=np.float32),
        )
        self.tally = empty_tally((1, count), groups, beams=beams)
        self.best_dbm, self.best_server = self.tally.best_dbm, self.tally.best_server

    def add(
        self,
        sector,
        azimuth_deg=0.0,
        power_dbm=15.0,
        gain_dbi=OMNI,
        loss=None,
        threshold_dbm=-110.0,
        group=0,
        data_db=0.0,
        own_beam_db=0.0,
    ):
        if not isinstance(gain_dbi, BeamTables):
            gain_dbi = BeamTables(gain_dbi, gain_dbi, gain_dbi, gain_dbi, alike=True)
        add_sector(
            self.loss if loss is None else loss,
            self.directions,
            gain_dbi,
            azimuth_deg,
            Powers(power_dbm, power_dbm + data_db + own_beam_db, power_dbm + data_db),
            sector,
            group,
            threshold_dbm,
            self.tally,
        )


def test_rsrp_is_power_and_gain_less_loss():
    window = Window([0.0], loss_db=100.0)
    window.add(7, power_dbm=15.2)
    assert window.best_server[0, 0] == 7
    assert window.best_dbm[0, 0] == pytest.approx(15.2 - 100.0, abs=1e-5)


@pytest.mark.parametrize("boresight_deg", [-725.0, -180.0, -0.3, 0.0, 17.0, 180.0, 257.5, 359.999])
def test_a_boresight_may_be_any_number_of_turns_away(boresight_deg):
    azimuths = np.arange(-180.0, 181.0, 7.5)
    window = Window(azimuths, elevation_deg=-4.0)
    window.add(0, azimuth_deg=boresight_deg, gain_dbi=gain_table_dbi(PANEL, 4.0))
    offset_deg = (azimuths - boresight_deg + 180.0) % 360.0 - 180.0
    gain_dbi = 17.0 - np.minimum(12.0 * (offset_deg / 65.0) ** 2, 25.0)
    # between the table's directions: a parabola over one degree, and its cut at 25 dB
    np.testing.assert_allclose(window.best_dbm[0], 15.0 + gain_dbi - 100.0, atol=0.08)


def test_the_stronger_sector_serves_and_the_first_of_two_equal_ones():
    window = Window([0.0, 0.0])
    window.add(4)
    window.add(3)
    assert window.best_server.tolist() == [[3, 3]]
    window.add(5, power_dbm=16.0)
    window.add(6, power_dbm=15.5)
    assert window.best_server.tolist() == [[5, 5]]
    np.testing.assert_allclose(window.best_dbm, -84.0, atol=1e-5)


@given(
    powers_dbm=st.lists(st.floats(-60.0, 40.0), min_size=1, max_size=30),
    threshold_dbm=st.floats(-160.0, -60.0),
)
def test_the_tally_is_that_of_all_sectors_sorted(powers_dbm, threshold_dbm):
    window = Window([0.0], loss_db=100.0)
    for sector, power_dbm in enumerate(powers_dbm):
        window.add(sector, power_dbm=power_dbm, threshold_dbm=threshold_dbm)
    levels_dbm = np.sort(np.array(powers_dbm) - 100.0)[::-1]
    tally = window.tally
    assert tally.best_dbm[0, 0] == np.float32(levels_dbm[0])
    kept_dbm = levels_dbm.astype(np.float32).astype(np.float64)
    assert tally.servers[0, 0] == (kept_dbm >= threshold_dbm).sum()
    others_mw = (10.0 ** (0.1 * levels_dbm[1:])).sum()
    found = [one[0, 0] for one in interference_dbm(tally, Meeting(1.0, 1.0))]
    if len(powers_dbm) == 1:
        assert np.isnan(tally.second_dbm[0, 0])
        assert found == [NO_INTERFERENCE_DBM] * 2
    else:
        assert tally.second_dbm[0, 0] == np.float32(levels_dbm[1])
        within = off_by_units(others_mw, len(powers_dbm))
        assert found == [pytest.approx(10.0 * math.log10(others_mw), abs=within)] * 2


def off_by_units(power_mw, sectors):
    """By how much a sum of whole units may be off, of levels that are kept as float32. [dB]"""
    return 2e-5 + 10.0 * math.log10(1.0 + 0.5 * sectors * POWER_UNIT_MW / power_mw)


LEVELS = st.sampled_from([-20.0, -7.0, 0.0, 0.1, 3.0, 11.0])  # few, so that some are equal


@given(
    sectors=st.lists(st.tuples(LEVELS, st.integers(0, 3)), min_size=1, max_size=12),
    beams=st.booleans(),
    order=st.randoms(use_true_random=False),
)
def test_the_order_in_which_sectors_come_is_nothing_to_the_tally(sectors, beams, order):
    found = []
    for _ in range(2):
        window = Window([0.0, 20.0, 130.0], groups=GROUPS, beams=beams)
        numbers = list(range(len(sectors)))
        order.shuffle(numbers)
        for number in numbers:
            power_dbm, group = sectors[number]
            table = gain_table_dbi(PANEL, 4.0)
            turned_deg = 7.0 * group
            window.add(number, turned_deg, power_dbm, table, group=group, own_beam_db=2.0)
        found.append(window.tally)
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_power_beyond_all_receivers_leaves_the_sum_a_whole_number():
    window = Window([0.0], loss_db=0.0)
    for sector in range(100):
        window.add(sector, power_dbm=40.0)  # 10 W into a phone
    assert window.tally.sum_units[0, 0, 0] == 100 * 2**56
    others_dbm, _ = interference_dbm(window.tally, Meeting(1.0, 1.0))
    assert others_dbm[0, 0] == pytest.approx(10.0 * math.log10(99 * 2.0**-4), abs=1e-5)


def test_a_cell_without_loss_or_direction_keeps_its_server():
    window = Window([0.0, 0.0, math.nan])
    loss = window.loss.copy()
    loss[0, 1] = NO_LOSS
    window.directions.elevation_deg[0, 2] = math.nan
    window.add(9, loss=loss)
    assert window.best_server.tolist() == [[9, NO_SERVER, NO_SERVER]]
    assert np.isnan(window.best_dbm[0, 1:]).all()


@pytest.mark.parametrize("elevation_deg", [-90.0, -89.9, 89.9, 90.0])
def test_straight_up_and_down_are_inside_the_table(elevation_deg):
    window = Window([-180.0, 0.0, 180.0], elevation_deg=elevation_deg)
    window.add(1, gain_dbi=gain_table_dbi(PANEL, 4.0))
    assert np.isfinite(window.best_dbm).all()


@given(
    st.lists(st.tuples(st.floats(-60.0, 40.0), st.integers(0, 3)), min_size=2, max_size=12),
    st.floats(-6.0, 12.0),
    st.floats(0.0, 10.0),
    st.booleans(),
)
def test_what_meets_the_references_is_a_sum_over_the_server_s_group(
    sectors, data_db, own_db, beams
):
    window = Window([0.0], groups=GROUPS, beams=beams)
    for sector, (power_dbm, group) in enumerate(sectors):
        window.add(sector, power_dbm=power_dbm, group=group, data_db=data_db, own_beam_db=own_db)
    tally = window.tally
    server = int(tally.best_server[0, 0])
    power_dbm, group = sectors[server]
    # One in three of those of which one of the two is unknown, and all of an equal group.
    expected_mw = sum(
        10.0 ** (0.1 * (other_dbm - 100.0))
        * (1.0 / 3.0 if 0 in (group, other) else float(group == other))
        for number, (other_dbm, other) in enumerate(sectors)
        if number != server
    )
    over_reference = 10.0 ** (0.1 * data_db)
    found = interference_dbm(tally, Meeting(1.0 / 3.0, over_reference))
    if expected_mw == 0.0:
        assert found[0][0, 0] == NO_INTERFERENCE_DBM
    else:
        assert found[0][0, 0] == pytest.approx(
            10.0 * math.log10(expected_mw), abs=1e-5 + off_by_units(expected_mw, len(sectors))
        )
    assert tally.data_dbm[0, 0] == np.float32(power_dbm + data_db + own_db - 100.0)
    others_mw = sum(
        10.0 ** (0.1 * (other_dbm + data_db - 100.0))
        for number, (other_dbm, _) in enumerate(sectors)
        if number != server
    )
    assert found[1][0, 0] == pytest.approx(
        10.0 * math.log10(others_mw), abs=1e-5 + off_by_units(others_mw, len(sectors))
    )


def test_an_array_is_met_with_its_mean_beams_and_heard_with_its_best():
    """Two arrays look the same way; the second is 3 dB weaker. Gains from the formulas."""
    azimuths = np.array([-50.0, -13.0, 0.0, 7.0, 41.0])
    panel = ArrayPanel(pattern="tr38901_array", rows=8, columns=8, element_gain_dbi=6.0)
    names = ("reference", "reference_of_others", "data", "data_of_others")
    tables = BeamTables(*(gain_table_dbi(panel, 4.0, 0.0, name) for name in names), alike=False)
    window = Window(azimuths, elevation_deg=-2.0, beams=True)
    window.add(0, gain_dbi=tables, power_dbm=15.0, data_db=3.0)
    window.add(1, gain_dbi=tables, power_dbm=12.0, data_db=3.0)
    gains = {name: panel.beam_at_dbi(name, azimuths, np.float64(-2.0), 4.0) for name in names}
    tally = window.tally
    references_dbm, data_dbm = interference_dbm(tally, Meeting(1.0, 2.0))
    for found, expected_dbm in (
        (tally.best_dbm, -85.0 + gains["reference"]),
        (tally.data_dbm, -82.0 + gains["data"]),
        (references_dbm, -88.0 + gains["reference_of_others"]),
        (data_dbm, -85.0 + gains["data_of_others"]),
    ):
        np.testing.assert_allclose(found[0], expected_dbm, atol=2e-4, rtol=0.0)
    assert (gains["reference"] - gains["reference_of_others"] > 5.0).all()
    # The stronger comes second, and the first becomes one of the others.
    window = Window(azimuths, elevation_deg=-2.0, beams=True)
    window.add(1, gain_dbi=tables, power_dbm=12.0, data_db=3.0)
    window.add(0, gain_dbi=tables, power_dbm=15.0, data_db=3.0)
    for one, other in zip(window.tally, tally, strict=True):
        np.testing.assert_array_equal(one, other)
