from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from coverage_sim.errors import InputError
from coverage_sim.places import communes as module
from coverage_sim.places.communes import AS_GIVEN, CORRECTED, DOUBTFUL, load_communes

# Positions that lie outside the polygon of the unit's official successor of 2025.
KNOWN_WRONG = {"13819", "13972", "14050", "14104", "14146", "14167"}


@pytest.fixture(scope="module")
def communes():
    return load_communes()


def test_nam_dinh_has_its_175_communes_in_nine_districts(communes):
    assert len(communes) == 175
    assert communes["code"].is_unique
    assert communes["district"].nunique() == 9
    assert communes.crs.to_epsg() == 4326


def test_codes_are_text_of_five_digits(communes):
    assert communes["code"].str.fullmatch(r"\d{5}").all()


def test_the_six_known_errors_are_found_and_corrected(communes):
    corrected = set(communes.loc[communes["position_mark"] == CORRECTED, "code"])
    assert corrected >= KNOWN_WRONG


def test_few_others_are_flagged(communes):
    flagged = set(communes.loc[communes["position_mark"] != AS_GIVEN, "code"])
    assert len(flagged - KNOWN_WRONG) <= 6


def test_every_flag_has_a_note_and_nothing_else_has(communes):
    flagged = communes["position_mark"].isin([CORRECTED, DOUBTFUL])
    assert ((communes["position_note"] != "") == flagged).all()


def test_no_two_communes_share_a_position_afterwards(communes):
    metres = communes.to_crs(9209)
    pairs = metres.sindex.query(metres.geometry, predicate="dwithin", distance=50.0)
    assert pairs.shape[1] == len(metres)


def test_corrected_positions_lie_by_the_polygon_of_their_successor(communes, shared: Path):
    folder = shared / "data" / "admin"
    successor = pd.read_csv(folder / "namdinh_communes_2024_175.csv", dtype=str)
    successor = successor.set_index("code")["new_code_2025"]
    polygons = gpd.read_file(folder / "namdinh_wards_2025.geojson").set_index("code").to_crs(9209)
    metres = communes.to_crs(9209).set_index("code").geometry
    for code, point in metres.items():
        assert polygons.geometry[successor[code]].distance(point) < 3000.0, code


@pytest.mark.parametrize("name", ["Tỉnh Nam Định", "Nam Định", "36"])
def test_a_province_goes_by_name_and_code(name, communes):
    assert load_communes(province=name)["code"].tolist() == communes["code"].tolist()


def test_reading_twice_gives_the_same(communes):
    assert load_communes().equals(communes)


@pytest.mark.parametrize("province", ["Thành phố Hà Nội", "Tỉnh Hà Giang"])
def test_other_provinces_can_be_read(province):
    found = load_communes(province=province)
    assert len(found) > 100
    assert found["longitude"].between(102, 110).all()


def test_an_unknown_province_names_the_known_ones():
    with pytest.raises(InputError, match=r"Did you mean 'Tỉnh Nam Định'"):
        load_communes(province="Tỉnh Nam Dịnh")


def table(name):
    with (module.TABLES / f"{name}.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream, dtype=str, comment="#")


def test_there_are_as_many_units_as_officially():
    # Until June 2025: 63 provinces, 10,035 communes; since July 2025: 34 and 3,321 (resolutions of
    # the National Assembly's standing committee of June 2025).
    rows = {name: len(table(name)) for name in ("provinces_2024", "provinces_2025")}
    assert rows == {"provinces_2024": 63, "provinces_2025": 34}
    assert len(table("communes_2024")) == 10_035
    assert len(table("communes_2025")) == 3_321


def test_every_unit_lies_in_one_that_is_listed_and_went_into_one_that_is():
    communes, districts = table("communes_2024"), table("districts_2024")
    assert communes["code"].is_unique
    assert set(communes["district_code"]) == set(districts["code"])
    assert set(districts["province_code"]) == set(table("provinces_2024")["code"])
    later = table("communes_2025")
    assert later["code"].is_unique
    assert set(communes["successor_code"]) <= set(later["code"])
    assert set(later["province_code"]) == set(table("provinces_2025")["code"])


def test_every_position_lies_in_viet_nam():
    for name in ("communes_2024", "communes_2025"):
        places = table(name)[["latitude", "longitude"]].astype(float)
        assert places["latitude"].between(7.0, 23.5).all()
        assert places["longitude"].between(102.0, 115.0).all()  # Truong Sa is at 114
