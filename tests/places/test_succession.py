"""The communes of 2023, 2024 and 2025, held against the official lists."""

import pandas as pd
import pytest

from coverage_sim.errors import InputError
from coverage_sim.places.communes import DOUBTFUL, load_communes
from coverage_sim.places.succession import era_of, load_units, successors

PROVINCE = "Tỉnh Nam Định"


def official(shared, name):
    return pd.read_csv(shared / "data/admin" / name, dtype=str, keep_default_na=False)


@pytest.mark.parametrize(
    ("as_of", "count", "kinds"),
    [
        # 2023: 188 xã, 22 phường, 16 thị trấn, as published before the merger of 2024
        ("2023-06", 226, {"Xã": 188, "Phường": 22, "Thị trấn": 16}),
        ("2024-09", 175, None),
        ("2025-07-01", 57, None),
    ],
)
def test_each_date_has_its_number_of_units(as_of, count, kinds):
    units = load_units(province=PROVINCE, as_of=as_of)
    assert len(units) == count
    assert units["code"].is_unique
    assert units["code"].is_monotonic_increasing
    assert units["code"].str.fullmatch(r"\d{5}").all()
    assert list(units.columns) == list(load_communes().columns)
    assert units.crs.to_epsg() == 4326
    assert not units[["name", "unit_type", "longitude", "latitude"]].isna().any().any()
    if kinds is not None:
        assert units["unit_type"].value_counts().to_dict() == kinds


def test_the_units_of_2025_are_the_official_ones(shared):
    wards = official(shared, "ninhbinh_wards_2025_129.csv").query("former_nam_dinh == '1'")
    units = load_units(province=PROVINCE, as_of="2025-07")
    # of one name the two lists set the tone on different letters: Thuỷ and Thủy
    names = units["name"].str.replace("Thủy", "Thuỷ")
    assert dict(zip(units["code"], names, strict=True)) == dict(
        zip(wards["code"], wards["name"].str.replace("Thủy", "Thuỷ"), strict=True)
    )


def test_what_became_of_each_commune_of_2024_is_the_official_list(shared):
    listed = official(shared, "namdinh_communes_2024_175.csv")
    found = successors(province=PROVINCE, since="2024-09", until="2025-12")
    assert dict(zip(found["from_code"], found["to_code"], strict=True)) == dict(
        zip(listed["code"], listed["new_code_2025"], strict=True)
    )


def test_what_became_of_each_unit_of_2023_is_the_official_list(shared):
    listed = official(shared, "namdinh_communes_2023_226.csv")
    found = successors(province=PROVINCE, since="2023-01", until="2024-09")
    assert dict(zip(found["from_code"], found["to_code"], strict=True)) == dict(
        zip(listed["code"], listed["code_2024"], strict=True)
    )
    names = load_units(province=PROVINCE, as_of="2023-01").set_index("code")["name"]
    assert names.to_dict() == dict(zip(listed["code"], listed["name"], strict=True))


def test_two_steps_are_one_step_after_the_other():
    first = successors(province="36", since="2023-01", until="2024-10").set_index("from_code")
    second = successors(province="36", since="2024-10", until="2025-07").set_index("from_code")
    both = successors(province="36", since="2023-01", until="2025-07").set_index("from_code")
    assert (both["to_code"] == second["to_code"].reindex(first["to_code"]).to_numpy()).all()
    known = set(load_units(province="36", as_of="2025-07")["code"])
    assert set(both["to_code"]) == known


def test_units_that_were_merged_are_marked_as_standing_elsewhere(shared):
    listed = official(shared, "namdinh_communes_2023_226.csv")
    units = load_units(province="Nam Định", as_of="2023-06").set_index("code")
    merged = listed.loc[listed["position_from"] == "merged_into", "code"]
    assert len(merged) == 62
    assert (units.loc[merged, "position_mark"] == DOUBTFUL).all()
    assert units.loc[merged, "position_note"].str.contains("the commune it went into").all()


def test_of_the_same_date_each_unit_is_its_own_successor():
    same = successors(province="36", since="2024-09", until="2025-06")
    assert (same["from_code"] == same["to_code"]).all()


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="cannot be taken apart"):
        successors(province="36", since="2025-07", until="2024-09")
    with pytest.raises(InputError, match="known from 2023-01 on"):
        era_of("2022-12")
    with pytest.raises(InputError, match=r"Tỉnh Hà Nam as of 2023 are not known"):
        load_units(province="Tỉnh Hà Nam", as_of="2023-06")
    # of other provinces the units of 2024 and 2025 are known
    assert len(load_units(province="Tỉnh Hà Nam", as_of="2025-07")) > 20
