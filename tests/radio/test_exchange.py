"""Sectors exchanged for others leave the tally that all together would have come to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage_sim.network.antennas import Panel, gain_table_dbi
from coverage_sim.network.beams import BeamTables
from coverage_sim.propagation.encoded_loss import NO_LOSS, encode_loss
from coverage_sim.radio.best_server import (
    GROUPS,
    NO_SERVER,
    Directions,
    Powers,
    add_sector,
    empty_tally,
)
from coverage_sim.radio.exchange import exchange

AZIMUTHS_DEG = np.linspace(-180.0, 180.0, 25, dtype=np.float32)[None, :]
OF_BEST_TWO = ("best_dbm", "best_server", "best_group", "second_dbm", "data_dbm", "best_units",
               "best_data_units")  # fmt: skip

#: Power, azimuth, group: few different ones, so that some sectors are equally strong.
SECTOR = st.tuples(
    st.sampled_from([-40.0, -3.0, 0.0, 0.5]), st.sampled_from([0.0, 90.0, 200.0]), st.integers(0, 3)
)
SECTORS = st.lists(SECTOR, max_size=5)


def tally_of(sectors, *, beams, reach=100.0):
    """What sectors come to that look along a circle of directions; keys are their rows."""
    tally = empty_tally(AZIMUTHS_DEG.shape, GROUPS, beams=beams)
    table = gain_table_dbi(Panel(pattern="tr36814", gain_dbi=17.0), 4.0)
    loss = encode_loss(np.full(AZIMUTHS_DEG.shape, 100.0, dtype=np.float32))
    for row, (power_dbm, azimuth_deg, group) in sectors.items():
        off_deg = np.abs((AZIMUTHS_DEG - azimuth_deg + 180.0) % 360.0 - 180.0)
        add_sector(
            np.where(off_deg <= reach, loss, NO_LOSS),  # behind it there is nothing of it
            Directions(AZIMUTHS_DEG, np.full(AZIMUTHS_DEG.shape, -2.0, dtype=np.float32)),
            BeamTables(table, table, table, table, alike=True),
            azimuth_deg,
            Powers(power_dbm, power_dbm + 3.0, power_dbm + 3.0),
            row,
            group,
            -90.0,
            tally,
        )
    return tally


def exchanged(stay, go, come, *, beams):
    """Return the tally after an exchange, where it is lost, and the tally of all that are there."""
    # Those that go stand before and between those that stay, those that come after the first.
    was = {3 * k: one for k, one in enumerate(stay)} | {3 * k + 1: one for k, one in enumerate(go)}
    stayed = {row: 2 * (row // 3) + 1 for row in was if row % 3 == 0}
    new = {2 * k: one for k, one in enumerate(come)}
    now = np.full(3 * max(len(stay), len(go)) + 2, NO_SERVER, dtype=np.int32)
    now[list(stayed)] = list(stayed.values())
    tally = tally_of(was, beams=beams)
    lost = np.ones(AZIMUTHS_DEG.shape, dtype=np.bool_)
    taken = {row: one for row, one in was.items() if row not in stayed}
    exchange(tally, tally_of(taken, beams=beams), tally_of(new, beams=beams), now, lost)
    kept = {row: was[old] for old, row in stayed.items()}
    return tally, lost, tally_of(kept | new, beams=beams)


@settings(deadline=None, max_examples=400)
@given(stay=SECTORS, go=SECTORS, come=SECTORS, beams=st.booleans())
def test_it_is_the_tally_of_those_that_are_there(stay, go, come, beams):
    found, lost, expected = exchanged(stay, go, come, beams=beams)
    for name in found._fields:
        one, other = getattr(found, name), getattr(expected, name)
        if name in OF_BEST_TWO and one.size:
            one, other = one[~lost], other[~lost]
        np.testing.assert_array_equal(one, other, err_msg=name)
    if not go:
        assert not lost.any()


@pytest.mark.parametrize(
    ("stay", "go", "come", "is_lost"),
    # Powers of sectors that all look the same way.
    [
        ((0.0, -3.0), (), (-1.0,), False),
        ((0.0, -3.0), (-40.0,), (), False),  # the third goes
        ((-3.0, -40.0), (0.0,), (), True),  # the best goes, and who was third is not known
        ((-3.0,), (0.0,), (), True),
        ((), (0.0,), (), False),  # nobody else was there
        ((-3.0, -40.0), (0.0,), (0.5,), False),  # it is stronger than before
        ((-3.0, -40.0), (0.0,), (-2.0,), False),  # and weaker, and serves still
        ((-3.0, -40.0), (0.0,), (-4.0,), True),
        ((0.0, -40.0), (-3.0,), (-2.0,), False),  # the second comes nearer
        ((0.0, -40.0), (-3.0,), (1.0,), False),
        ((0.0, -40.0), (-3.0,), (-4.0,), True),
        ((-40.0,), (0.0, -3.0), (0.5, -2.0), False),  # the best two go, and two stronger ones come
        ((-40.0,), (0.0, -3.0), (0.5, -4.0), True),
    ],
)  # fmt: skip
def test_only_where_a_third_may_follow_it_is_lost(stay, go, come, is_lost):
    found, lost, expected = exchanged(
        *([(power_dbm, 0.0, 0) for power_dbm in some] for some in (stay, go, come)), beams=False
    )
    ahead = AZIMUTHS_DEG == 0.0
    assert lost[ahead] == is_lost
    if not is_lost:
        assert found.best_dbm[ahead] == expected.best_dbm[ahead] or not (stay or come)
        np.testing.assert_array_equal(found.second_dbm[ahead], expected.second_dbm[ahead])
