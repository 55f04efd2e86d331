"""Neighbours by hand, and identities that never collide nor confuse."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.studies.plan.neighbours import borders, conflicts, identities


def test_borders_are_counted_in_both_directions_and_ranked():
    server = np.array([[0, 0, 1], [0, 2, 1], [-1, 2, 1]], dtype=np.int32)
    found = borders(server, 60.0)
    lengths = {(row.sector, row.neighbour): row.border_m for row in found.itertuples()}
    assert lengths == {
        (0, 1): 60.0, (1, 0): 60.0, (0, 2): 120.0, (2, 0): 120.0, (1, 2): 120.0, (2, 1): 120.0,
    }  # fmt: skip
    assert found[found["sector"] == 0]["neighbour"].tolist() == [2, 1]  # the longest first
    assert found[found["sector"] == 1]["neighbour"].tolist() == [2, 0]


def test_cells_of_one_site_get_one_group_clockwise():
    server = np.array([[0, 1, 2, 3]], dtype=np.int32)
    found = identities(borders(server, 1.0), [0, 0, 0, 1], [240.0, 0.0, 120.0, 0.0], "lte")
    assert [found[k] % 3 for k in (1, 2, 0)] == [0, 1, 2]
    assert len({found[k] // 3 for k in (0, 1, 2)}) == 1
    assert found[3] // 3 != found[0] // 3  # two hops away from the first, so it must differ


@given(
    st.integers(2, 12),
    st.integers(4, 20),
    st.integers(0, 10_000),
    st.sampled_from(["lte", "nr"]),
)
def test_nothing_collides_and_nothing_confuses(sites, side, seed, technology):
    rng = np.random.default_rng(seed)
    sectors = 3 * sites
    server = rng.integers(-1, sectors, (side, side)).astype(np.int32)
    near = borders(server, 30.0)
    site = np.repeat(np.arange(sites), 3).tolist()
    identity = identities(near, site, rng.uniform(0.0, 360.0, sectors).tolist(), technology)
    assert conflicts(near, identity) == (0, 0)
    for begin in range(0, sectors, 3):
        assert {identity[begin + k] % 3 for k in range(3)} == {0, 1, 2}


def test_conflicts_are_seen():
    near = pd.DataFrame({"sector": [0, 1, 1, 2], "neighbour": [1, 0, 2, 1]})
    assert conflicts(near, {0: 5, 1: 5, 2: 6}) == (1, 0)  # 0 and 1 collide
    assert conflicts(near, {0: 6, 1: 5, 2: 6}) == (0, 1)  # 1 takes 0 for 2


def test_too_few_identities_are_told():
    sectors = 200  # a site each, all of them neighbours of the first: 167 groups are not enough
    pairs = [(0, k) for k in range(1, sectors)] + [(k, 0) for k in range(1, sectors)]
    near = pd.DataFrame(pairs, columns=["sector", "neighbour"])
    with pytest.raises(ValueError, match="all 168 groups"):
        identities(near, list(range(sectors)), [0.0] * sectors, "lte")
    found = identities(near, list(range(sectors)), [0.0] * sectors, "nr")
    assert len(set(found.values())) == sectors
