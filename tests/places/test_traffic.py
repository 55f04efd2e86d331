"""What is asked of sectors in the busy hour, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.places.demand import Demand
from coverage_sim.places.traffic import Offer, busy_hour, mbps_per_person


def demand_of(people):
    count = len(people)
    return Demand(
        cell=np.arange(count),
        village=np.zeros(count, dtype=np.int64),
        people=np.array(people, dtype=float),
        area_km2=np.ones(count),
        villages=1,
    )


def offer(generation, server, peak_mbps, served=None):
    peak = np.array(peak_mbps, dtype=np.float32)
    return Offer(
        generation=generation,
        server=np.array(server, dtype=np.int32),
        peak_mbps=peak,
        served=peak > 0.0 if served is None else np.array(served),
    )


def test_a_month_becomes_a_busy_hour():
    # 30 GB a month, 1 GB a day, a tenth of it in one hour: 100 MB, 800 Mb in 3600 s
    assert mbps_per_person(30.0, 0.1) == pytest.approx(800.0 / 3600.0)


def test_two_sectors_by_hand():
    # 100 people at 20 Mb/s and 50 at 5 Mb/s on sector 0; 10 at 40 Mb/s on sector 2; 40 unserved.
    demand = demand_of([100, 50, 10, 40])
    lte = offer("4g", [0, 0, 2, -1], [20.0, 5.0, 40.0, 0.0])
    found = busy_hour(demand, [lte], person_mbps=0.04, share_of_5g=0.3, sectors=3)
    # airtime: 4 / 20 + 2 / 5 = 0.6 of the time for 6 Mb/s: 10 Mb/s when always busy
    assert list(found["demand_mbps"]) == pytest.approx([6.0, 0.0, 0.4])
    assert list(found["busy_hour_load_percent"]) == pytest.approx([60.0, 0.0, 1.0])
    assert found["cell_mean_mbps"][0] == pytest.approx(10.0)
    assert np.isnan(found["cell_mean_mbps"][1])


def test_5g_phones_use_5g_where_it_is_and_the_fastest_of_it():
    demand = demand_of([100, 100])
    offers = [
        offer("4g", [0, 0], [20.0, 20.0]),
        offer("5g", [1, -1], [100.0, 0.0]),
        offer("5g", [2, 2], [50.0, 300.0], served=[True, False]),
    ]
    found = busy_hour(demand, offers, person_mbps=0.1, share_of_5g=0.4, sectors=3)
    # the first hundred: 4 Mb/s on sector 1, 6 on sector 0; the second: all 10 on sector 0
    assert list(found["demand_mbps"]) == pytest.approx([16.0, 4.0, 0.0])


@given(
    people=st.lists(st.floats(0.0, 1e4), min_size=1, max_size=20),
    share=st.floats(0.0, 1.0),
    seed=st.integers(0, 99),
)
def test_nothing_is_asked_twice_or_lost(people, share, seed):
    random = np.random.default_rng(seed)
    count = len(people)
    offers = [
        offer(generation, random.integers(0, 4, count), random.uniform(1.0, 50.0, count))
        for generation in ("4g", "5g", "4g")
    ]
    found = busy_hour(demand_of(people), offers, person_mbps=0.05, share_of_5g=share, sectors=4)
    assert found["demand_mbps"].sum() == pytest.approx(0.05 * sum(people))
