"""The ledger's rows, worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.places.demand import Demand
from coverage_sim.places.village_rule import NO_SIGNAL, UNKNOWN, WEAK, VillageRule
from coverage_sim.places.village_status import NetworkCells, ledger_of_network

# Three villages: four cells, two cells, one cell.
DEMAND = Demand(
    cell=np.arange(7),
    village=np.array([0, 0, 0, 0, 1, 1, 2]),
    people=np.array([40.0, 30.0, 20.0, 10.0, 50.0, 50.0, 8.0]),
    area_km2=np.full(7, 0.25),
    villages=3,
)
CELLS = NetworkCells(
    rsrp_dbm=np.array([-90.0, -100.0, -109.0, -115.0, -111.0, np.nan, -100.0], dtype=np.float32),
    sinr_db=np.array([20.0, 10.0, 3.0, -2.0, -1.0, np.nan, 5.0], dtype=np.float32),
    indoor_dbm=np.array([-105.0, -115.0, -124.0, -130.0, -126.0, np.nan, -115.0]),
    server=np.array([3, 5, 5, 4, 5, -1, 3], dtype=np.int32),
)
KNOWN = np.array([True, True, True, True, True, True, False])


#: Beside the villages' cells those of their centres.
CENTRE = np.array([7, 8, 9])


def rows(**given):
    options = {
        "covered_percent": 90.0,
        "needs_centre": True,
        "centre_dbm": np.array([-95.0, -112.0, np.nan]),
        "centre_known": np.array([True, True, False]),
    } | given
    rule = VillageRule(
        covered_percent=options["covered_percent"], needs_centre=options["needs_centre"]
    )
    status = rule.statuses(
        DEMAND,
        CENTRE,
        np.append(CELLS.rsrp_dbm, options["centre_dbm"]),
        np.append(KNOWN, options["centre_known"]),
        -110.0,
    )
    return ledger_of_network(
        DEMAND, KNOWN, CELLS, options["centre_dbm"], status, threshold_dbm=-110.0
    )


def test_people_and_areas_are_counted_where_the_terrain_is_known():
    table = rows()
    np.testing.assert_allclose(table["people"], [100.0, 100.0, 8.0])
    np.testing.assert_allclose(table["covered_people"], [90.0, 0.0, 0.0])
    np.testing.assert_allclose(table["uncovered_people"], [10.0, 100.0, 0.0])
    np.testing.assert_allclose(table["covered_percent"], [90.0, 0.0, np.nan])
    np.testing.assert_allclose(table["area_percent"], [75.0, 0.0, np.nan])
    np.testing.assert_allclose(table["indoor_people"], [40.0, 0.0, 0.0])


def test_quantiles_are_over_people():
    table = rows()
    # from the weakest: 10 people at -115, 20 at -109, 30 at -100, 40 at -90
    np.testing.assert_allclose(table["rsrp_p10_dbm"], [-115.0, np.nan, np.nan])
    np.testing.assert_allclose(table["rsrp_p50_dbm"], [-100.0, np.nan, np.nan])
    np.testing.assert_allclose(table["rsrp_p90_dbm"], [-90.0, -111.0, np.nan])
    np.testing.assert_allclose(table["sinr_p50_db"], [10.0, np.nan, np.nan])


def test_servers_are_those_of_most_people():
    table = rows()
    # sector 5 serves 50 people of the first village, 3 serves 40, 4 serves 10
    assert list(table["best_server"]) == [5, 5, 3]
    assert list(table["second_server"]) == [3, -1, -1]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, ["covered", "trang_song", "unknown"]),
        ({"covered_percent": 95.0}, ["lom_song", "trang_song", "unknown"]),
        (
            {"centre_dbm": np.array([-111.0, -112.0, -90.0])},
            ["trang_song", "trang_song", "unknown"],
        ),
        (
            {"centre_dbm": np.array([-111.0, -90.0, -90.0]), "needs_centre": False},
            ["covered", "lom_song", "unknown"],
        ),
        (
            {"centre_known": np.array([False, False, False]), "needs_centre": False},
            ["covered", "lom_song", "unknown"],
        ),
    ],
)
def test_a_village_is_covered_as_the_scenario_says(given, status):
    assert list(rows(**given)["status"]) == status


places_of_villages = st.integers(1, 12).flatmap(
    lambda count: st.tuples(
        st.lists(st.integers(0, 3), min_size=count, max_size=count).map(sorted),
        st.lists(st.sampled_from([0.0, 0.1, 1.0, 7.0, 90.0]), min_size=count, max_size=count),
        st.lists(st.sampled_from([-130.0, -117.0, -110.0, -96.5, np.nan]),
                 min_size=count + 4, max_size=count + 4),
        st.lists(st.booleans() | st.just(True), min_size=count + 4, max_size=count + 4),
    )
)  # fmt: skip


@given(places_of_villages, st.sampled_from([10.0, 50.0, 90.0, 100.0]), st.booleans())
def test_a_village_is_covered_where_its_deciding_cell_is(places, covered_percent, needs_centre):
    village, people, levels_dbm, known = places
    demand = Demand(
        cell=np.arange(len(village)),
        village=np.array(village),
        people=np.array(people),
        area_km2=np.full(len(village), 0.25),
        villages=4,
    )
    levels_dbm, known = np.array(levels_dbm), np.array(known)
    centre = len(village) + np.arange(4)
    rule = VillageRule(covered_percent=covered_percent, needs_centre=needs_centre)
    deciding = rule.deciding_cells(demand, centre, levels_dbm, known)
    assert known[deciding[deciding >= 0]].all()
    for threshold_dbm in (-131.0, -117.0, -116.0, -110.0, -100.0, -90.0):
        status = rule.statuses(demand, centre, levels_dbm, known, threshold_dbm)
        lacking = np.isin(status, [WEAK, NO_SIGNAL])
        assert (deciding[lacking] >= 0).all()
        has = levels_dbm[deciding] >= threshold_dbm
        asked = (deciding >= 0) & (status != UNKNOWN)
        np.testing.assert_array_equal(has[asked], ~lacking[asked])
