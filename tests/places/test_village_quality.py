"""What a network gives in villages, counted by hand on six cells."""

import numpy as np
import pandas as pd

from coverage_sim.places.demand import Demand
from coverage_sim.places.village_quality import quality_by_village
from coverage_sim.variables import SERVICE

CODE = {name: code for code, name in SERVICE.items()}

#: Three villages of three, two and one cells; 10 people a cell of the first, 5 and 7 of the others.
DEMAND = Demand(
    cell=np.array([0, 1, 2, 3, 4, 5]),
    village=np.array([0, 0, 0, 1, 1, 2]),
    people=np.array([10.0, 10.0, 10.0, 5.0, 5.0, 7.0]),
    area_km2=np.full(6, 0.01),
    villages=3,
)
SERVICES = [
    "uplink_missing", "served_uplink_binds", "served_downlink_binds",
    "no_direction_reaches", "no_direction_reaches",
    "no_server",
]  # fmt: skip


def quality(services=SERVICES, known=(1, 1, 1, 1, 1, 1)) -> pd.DataFrame:
    def row(*values):
        return np.array([values], dtype=np.float32)

    return quality_by_village(
        DEMAND,
        np.array([known], dtype=bool),
        {
            "sinr_db": row(1.0, 5.0, 9.0, -3.0, -1.0, np.nan),
            "user_rate_mbps": row(2.0, 30.0, 50.0, 0.0, 0.0, np.nan),
            "service": np.array([[CODE[name] for name in services]], dtype=np.uint8),
        },
        row(0.0, 30.0, 50.0, 0.0, 0.0, 0.0),
        40.0,
    )


def test_people_are_counted_by_what_their_cells_get():
    found = quality()
    assert list(found["served_people"]) == [20.0, 0.0, 0.0]
    assert list(found["fast_people"]) == [10.0, 0.0, 0.0]
    assert list(found["downlink_people"]) == [10.0, 0.0, 0.0]
    assert list(found["uplink_people"]) == [20.0, 0.0, 0.0]
    assert found["sinr_median_db"][0] == 5.0
    assert np.isnan(found["sinr_median_db"][2])


def test_the_direction_that_binds_is_that_of_the_most_people():
    assert list(quality()["binding"]) == ["uplink", "both", ""]
    other = ["downlink_missing", "served_downlink_binds", *SERVICES[2:]]
    assert list(quality(other)["binding"]) == ["downlink", "both", ""]


def test_cells_of_unknown_terrain_do_not_count():
    found = quality(known=(0, 0, 1, 1, 1, 1))
    assert found["binding"][0] == "downlink"
    assert found["uplink_people"][0] == 0.0
    assert found["sinr_median_db"][0] == 9.0
