"""People on cells: nobody is lost, nobody is counted twice."""

import numpy as np
import pandas as pd
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from pyproj import CRS

from coverage_sim.errors import InputError
from coverage_sim.io.list_layout import ListLayout
from coverage_sim.places.commune_lists import check_commune_codes, read_communes
from coverage_sim.places.demand import Demand, spread_villages
from coverage_sim.places.village_coverage import (
    covered_by_village,
    covered_percent,
    totals_by_village,
)
from coverage_sim.places.villages import Village, read_villages
from coverage_sim.places.weak_spots import weak_spots

CELL_M = 50.0
AREA = GeoBox((40, 60), Affine(CELL_M, 0, 570000.0, 0, -CELL_M, 2260000.0), "EPSG:9209")
LEVELS = {"basic": -110.0, "good": -100.0}


def village(name, x, y, people, radius_m=150.0, code="00001"):
    return Village(
        id=name, name=name, commune_code=code, x=x, y=y, people=people, radius_m=radius_m
    )


coordinate = st.floats(0.0, 1.0)


@given(
    st.lists(
        st.tuples(coordinate, coordinate, st.floats(0.0, 5000.0), st.floats(1.0, 600.0)),
        min_size=1,
        max_size=8,
    )
)
def test_spreading_keeps_every_person(rows):
    villages = tuple(
        village(f"v{i}", 570000.0 + u * 3000.0, 2258000.0 + v * 2000.0, people, radius)
        for i, (u, v, people, radius) in enumerate(rows)
    )
    demand = spread_villages(villages, AREA)
    by_village = np.bincount(demand.village, demand.people, minlength=len(villages))
    np.testing.assert_allclose(by_village, [v.people for v in villages], rtol=1e-12, atol=1e-9)
    assert ((demand.cell >= 0) & (demand.cell < 40 * 60)).all()


def test_a_village_smaller_than_a_cell_lies_in_the_cell_of_its_centre():
    demand = spread_villages((village("v", 570120.0, 2259990.0, 10.0, radius_m=2.0),), AREA)
    assert list(demand.cell) == [2]  # third column of the first row


def test_the_area_of_a_village_is_about_that_of_its_circle():
    demand = spread_villages((village("v", 571500.0, 2259000.0, 10.0, radius_m=500.0),), AREA)
    known = np.ones((40, 60), dtype=bool)
    area_km2 = totals_by_village(demand, known)["area_km2"][0]
    # cells whose centre is inside approximate pi r^2 within the ring of cells on the edge
    assert area_km2 == pytest.approx(np.pi * 0.5**2, rel=0.03)


def test_counts_by_hand():
    demand = spread_villages(
        (
            village("a", 570025.0, 2259975.0, 100.0, 1.0),
            village("b", 570525.0, 2259975.0, 50.0, 1.0),
        ),
        AREA,
    )
    rsrp = np.full((40, 60), np.nan, dtype=np.float32)
    rsrp[0, 0], rsrp[0, 10] = -105.0, -110.0
    counted = covered_by_village(demand, rsrp, np.ones((40, 60), bool), LEVELS)
    assert list(counted["basic_people"]) == [100.0, 50.0]  # the threshold itself is covered
    assert list(counted["good_people"]) == [0.0, 0.0]
    assert list(counted["rsrp_median_dbm"]) == [-105.0, -110.0]


def test_median_is_weighted_and_missing_where_half_have_no_signal():
    demand = spread_villages((village("a", 570100.0, 2259900.0, 100.0, 120.0),), AREA)
    values = np.full(40 * 60, np.nan, dtype=np.float32)
    values[demand.cell] = np.arange(demand.cell.size) - 120.0
    counted = covered_by_village(demand, values.reshape(40, 60), np.ones((40, 60), bool), LEVELS)
    expected = np.sort(values[demand.cell])[(demand.cell.size + 1) // 2 - 1]
    assert counted["rsrp_median_dbm"][0] == expected
    values[demand.cell[: demand.cell.size // 2 + 1]] = np.nan
    counted = covered_by_village(demand, values.reshape(40, 60), np.ones((40, 60), bool), LEVELS)
    assert np.isnan(counted["rsrp_median_dbm"][0])


def test_unknown_terrain_counts_as_neither():
    demand = spread_villages((village("a", 570525.0, 2259475.0, 80.0, 120.0),), AREA)
    known = np.ones(40 * 60, dtype=bool)
    known[demand.cell[::2]] = False
    rsrp = np.full((40, 60), -90.0, dtype=np.float32)
    counted = covered_by_village(demand, rsrp, known.reshape(40, 60), LEVELS)
    unknown = totals_by_village(demand, known.reshape(40, 60))["unknown_people"][0]
    assert counted["basic_people"][0] + unknown == pytest.approx(80.0, abs=1e-9)


def test_weak_spots_are_connected_patches_with_people():
    people = tuple(
        village(f"v{i}", x, 2259000.0, 300.0, 200.0)
        for i, x in enumerate((570600.0, 570950.0, 572000.0))
    )
    demand = spread_villages(people, AREA)
    spots = weak_spots(demand, np.ones(demand.cell.size, bool), 60, cell_m=CELL_M)
    assert len(spots) == 2, "two circles that overlap are one spot, the third stands alone"
    assert spots["people"].tolist() == pytest.approx([600.0, 300.0])
    none = weak_spots(demand, np.zeros(demand.cell.size, bool), 60, cell_m=CELL_M)
    assert none.empty


def test_small_patches_are_no_weak_spots():
    demand = spread_villages((village("v", 571500.0, 2259000.0, 300.0, 100.0),), AREA)
    spots = weak_spots(demand, np.ones(demand.cell.size, bool), 60, cell_m=CELL_M)
    assert spots.empty  # 0.03 km2 is less than 0.07


@pytest.mark.parametrize(
    ("cell_m", "gap_cells", "spots"),
    [(60, 1, 2), (30, 1, 1), (20, 2, 1), (20, 3, 2)],
)
def test_patches_are_joined_over_gaps_narrower_than_60_m_whatever_the_cell(
    cell_m, gap_cells, spots
):
    mask = np.zeros((12, 40), dtype=bool)
    mask[2:10, 2:12] = mask[2:10, 12 + gap_cells : 22 + gap_cells] = True
    cell = np.flatnonzero(mask)
    demand = Demand(
        cell=cell,
        village=np.zeros(cell.size, dtype=np.int64),
        people=np.ones(cell.size),
        area_km2=np.full(cell.size, (cell_m / 1000.0) ** 2),
        villages=1,
    )
    everywhere = np.ones(cell.size, bool)
    found = weak_spots(demand, everywhere, mask.shape[1], cell_m=cell_m, smallest_km2=0.0)
    assert len(found) == spots


@pytest.mark.parametrize("people", ["1,250", "1.250", "12,500", "1_000"])
def test_people_that_may_be_thousands_or_decimals_are_refused(tmp_path, people):
    path = tmp_path / "villages.csv"
    path.write_text(HEADER + f'a,A,00001,106.2,20.4,"{people}"\n')
    with pytest.raises(InputError, match="people is"):
        read_villages(path, ListLayout(positions_crs="EPSG:4326", crs=CRS(9209)))


def test_a_village_on_unknown_terrain_has_no_share():
    people, unknown = pd.Series([100.0, 100.0]), pd.Series([40.0, 100.0])
    share = covered_percent(people, pd.Series([60.0, 0.0]), unknown)
    assert share[0] == pytest.approx(100.0, abs=1e-9)
    assert np.isnan(share[1])


HEADER = "id,name,commune_code,longitude,latitude,people\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEADER, "lists no village"),
        (HEADER + "a,A,00001,20.4,106.2,10\n", "exchanged"),
        (HEADER + "a,A,00001,106.2,20.4,-3\n", "people is -3"),
        (HEADER + "a,A,00001,106.2,20.4,nan\n", "people is nan"),
        (HEADER + "a,A,00001,106.2,20.4,5\na,B,00001,106.2,20.4,5\n", "ids are unique"),
        (HEADER + "a,A,,106.2,20.4,5\n", "commune_code is missing"),
        (
            HEADER + f"a,{'A' * 201},00001,106.2,20.4,5\n",
            "line 2: name is .* at most 200 characters",
        ),
        ("id,name\n", "missing column"),
    ],
)
def test_bad_villages_are_told_by_line(tmp_path, text, words):
    path = tmp_path / "villages.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_villages(path, ListLayout(positions_crs="EPSG:4326", crs=CRS(9209)))


def test_vietnamese_headers_and_decimal_commas_are_read(tmp_path):
    path = tmp_path / "villages.csv"
    path.write_text(
        "\ufeffMã;Tên;Mã xã;Kinh độ;Vĩ độ;Dân số\nv;Thôn Đông;00001;106,2;20,4;12\n",
        encoding="utf-8",
    )
    (read,) = read_villages(path, ListLayout(positions_crs="EPSG:4326", crs=CRS(9209)))
    assert (read.name, read.commune_code, read.people) == ("Thôn Đông", "00001", 12.0)


def test_a_dropped_leading_zero_is_recognised():
    with pytest.raises(InputError, match="leading zero of '00001'"):
        check_commune_codes([village("v", 0.0, 0.0, 1.0, code="1")], ["00001", "00002"])


def test_communes_by_line(tmp_path):
    path = tmp_path / "communes.csv"
    path.write_text("code,name,district,longitude,latitude\n1,A,D,206,20\n1,B,D,106,20\n")
    with pytest.raises(InputError, match="line 2: longitude is 206") as caught:
        read_communes(path)
    assert "stands already" in str(caught.value)
