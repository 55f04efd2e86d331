"""Ids become names of files: legal everywhere, each its own."""

from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.io.file_names import file_names


def test_plain_ids_are_their_own_names():
    ids = ["ND-0001", "trạm_2", "Xã-Đông"]
    assert file_names(ids) == {one: one for one in ids}


def test_ids_that_would_share_a_name_do_not():
    ids = ["A/1", "A_1", "A 1", "a_1", "A\\1", "..", "", "con", "Ự" * 200, "Ự" * 201]
    names = file_names(ids)
    assert len({name.casefold() for name in names.values()}) == len(ids)
    assert all(len(name.encode()) < 200 for name in names.values())
    assert names["A/1"] == file_names(["A/1"])["A/1"]  # whatever else stands beside it


@given(st.lists(st.text(max_size=300), unique=True, max_size=30))
def test_any_ids_get_legal_names_each_its_own(ids):
    names = file_names(ids)
    assert list(names) == ids
    assert len({name.casefold() for name in names.values()}) == len(ids)
    for name in names.values():
        assert name
        assert len(name.encode()) < 200
        assert not set(name) & set('/\\:*?"<>|.\0\n ')
        assert name.casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}
