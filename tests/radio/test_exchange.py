"""Sectors exchanged for others leave the tally that all together would have come to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage_sim.network.antennas import Panel, gain_table_dbi
from coverage_sim.network.beams import BeamTables
from coverage_sim.propagation.encoded_loss import NO_LOSS, encode_loss
from coverage_sim.radio.best_server import Directions, Powers, add_sector
from coverage_sim.radio.exchange import (
    ALL_KNOWN,
    BEST_LOST,
    DATA_LOST,
    UNKNOWN_SERVER,
    exchange,
)
from coverage_sim.radio.tallies import GROUPS, NO_SERVER, empty_tally

AZIMUTHS_DEG = np.linspace(-180.0, 180.0, 25, dtype=np.float32)[None, :]

#: Power, azimuth, group: few different ones, so that some sectors are equally strong.
SECTOR = st.tuples(
    st.sampled_from([-40.0, -3.0, 0.0, 0.5]), st.sampled_from([0.0, 90.0, 200.0]), st.integers(0, 3)
)

#: Which of those that are there go, and between which those stand that come.
STEP = st.tuples(
    st.sets(st.integers(0, 6), max_size=4),
    st.dictionaries(st.floats(-1.0, 1.0), SECTOR, max_size=3),
)


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


class Followed:
    """A tally that follows changes of its sectors, which stand by their places, any numbers."""

    def __init__(self, sectors, *, beams):
        self.sectors, self.beams = dict(sectors), beams
        self.tally = self.fresh(self.sectors)

    def fresh(self, sectors, among=None):
        rows = {place: row for row, place in enumerate(sorted(among or sectors))}
        return tally_of({rows[at]: one for at, one in sectors.items()}, beams=self.beams)

    def change(self, go, come):
        """Exchange sectors and return what is lost."""
        before, gone = self.sectors, {at: self.sectors[at] for at in go}
        come = {at: one for at, one in come.items() if at not in before}
        after = {at: one for at, one in (before | come).items() if at not in gone}
        row = {place: number for number, place in enumerate(sorted(after))}
        now = np.array([row.get(at, NO_SERVER) for at in sorted(before)] + [-1], dtype=np.int32)
        lost = np.full(AZIMUTHS_DEG.shape, 9, dtype=np.uint8)
        taken, given = self.fresh(gone, before), self.fresh(come, after)
        exchange(self.tally, taken, given, now, lost)
        self.sectors = after
        return lost

    def mend(self, lost):
        """Ask for what is lost, as whoever exchanges sectors does."""
        fresh = self.fresh(self.sectors)
        for name in fresh._fields:
            one, other = getattr(self.tally, name), getattr(fresh, name)
            if one.size:
                of_data = name in OF_DATA
                at = (lost == BEST_LOST) | ((lost == DATA_LOST) & of_data)
                one[at] = other[at]


#: What is to be asked where the strongest alone is known.
OF_DATA = ("best_group", "data_dbm", "best_units", "best_data_units")

#: What may be known less well than at first.
INNER = ("second_server", "third_dbm", "third_known")


@settings(max_examples=400)
@given(
    sectors=st.dictionaries(st.floats(-1.0, 1.0), SECTOR, max_size=6),
    steps=st.lists(STEP, min_size=1, max_size=4),
    beams=st.booleans(),
)
def test_it_is_the_tally_of_those_that_are_there(sectors, steps, beams):
    followed = Followed(sectors, beams=beams)
    for go, come in steps:
        there = sorted(followed.sectors)
        lost = followed.change({there[k] for k in go if k < len(there)}, come)
        expected = followed.fresh(followed.sectors)
        known, data_known = lost != BEST_LOST, lost == ALL_KNOWN
        for name in expected._fields:
            one, other = getattr(followed.tally, name), getattr(expected, name)
            if not one.size or name in INNER:
                continue
            if name in ("best_dbm", "best_server", "second_dbm"):
                one, other = one[known], other[known]
            elif name in OF_DATA:
                one, other = one[data_known], other[data_known]
            np.testing.assert_array_equal(one, other, err_msg=name)
        found = followed.tally
        second_known = known & (found.second_server != UNKNOWN_SERVER)
        np.testing.assert_array_equal(
            found.second_server[second_known], expected.second_server[second_known]
        )
        third, true_third = (np.nan_to_num(one.third_dbm, nan=-np.inf) for one in (found, expected))
        assert (third >= true_third)[known].all()  # a bound
        attained = second_known & (found.third_known == 1)
        np.testing.assert_array_equal(third[attained], true_third[attained])
        followed.mend(lost)


@pytest.mark.parametrize(
    ("stay", "go", "come", "expected"),
    # Powers of sectors that all look the same way.
    [
        ((0.0, -3.0), (), (-1.0,), ALL_KNOWN),
        ((0.0, -3.0), (-40.0,), (), ALL_KNOWN),  # the third goes
        ((-3.0, -40.0), (0.0,), (), DATA_LOST),  # the best goes, and the third is the second now
        ((-3.0,), (0.0,), (), DATA_LOST),
        ((), (0.0,), (), ALL_KNOWN),  # nobody else was there
        ((-3.0, -40.0), (0.0,), (0.5,), ALL_KNOWN),  # it is stronger than before
        ((-3.0, -40.0), (0.0,), (-2.0,), ALL_KNOWN),  # and weaker, and serves still
        ((-3.0, -40.0), (0.0,), (-4.0,), DATA_LOST),
        ((-3.0, -10.0, -11.0), (0.0,), (-20.0,), DATA_LOST),
        ((0.0, -40.0), (-3.0,), (-2.0,), ALL_KNOWN),  # the second comes nearer
        ((0.0, -40.0), (-3.0,), (1.0,), ALL_KNOWN),
        ((0.0, -40.0), (-3.0,), (-4.0,), ALL_KNOWN),
        ((-40.0,), (0.0, -3.0), (0.5, -2.0), ALL_KNOWN),  # the best two go, and stronger ones come
        ((-40.0,), (0.0, -3.0), (0.5, -41.0), ALL_KNOWN),  # the third is the second
        ((-40.0, -41.0), (0.0, -3.0), (), BEST_LOST),  # who was third is not known
        ((-40.0, -41.0), (0.0, -3.0, -4.0), (-39.0,), BEST_LOST),
    ],
)  # fmt: skip
def test_only_where_somebody_unknown_may_follow_it_is_lost(stay, go, come, expected):
    were = {power_dbm: (power_dbm, 0.0, 0) for power_dbm in (*stay, *go)}
    followed = Followed(were, beams=False)
    lost = followed.change(go, {power_dbm: (power_dbm, 0.0, 0) for power_dbm in come})
    assert lost[AZIMUTHS_DEG == 0.0] == expected


def test_what_was_asked_once_is_known_again():
    """The best two go one after the other; between them somebody asks for what is lost."""
    powers = {power_dbm: (power_dbm, 0.0, 0) for power_dbm in (0.0, -3.0, -5.0, -8.0, -9.0)}
    followed = Followed(powers, beams=False)
    ahead, found = AZIMUTHS_DEG == 0.0, []
    for gone in (0.0, -3.0, -5.0, -8.0):
        lost = followed.change({gone}, {})
        found.append(int(lost[ahead][0]))
        followed.mend(lost)
    assert found == [DATA_LOST, BEST_LOST, DATA_LOST, BEST_LOST]
