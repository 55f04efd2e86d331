"""TOML files of settings, also those that were made to break whoever reads them."""

import pytest

from coverage_sim.errors import InputError
from coverage_sim.io.toml_files import read_toml


def test_toml_keeps_quoted_codes_and_tells_what_it_cannot_read(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('code = "01234"\n', encoding="utf-8")
    assert read_toml(path) == {"code": "01234"}
    path.write_text("code = 01234\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.toml: is not TOML"):
        read_toml(path)
    with pytest.raises(InputError, match=r"b\.toml: there is no such file"):
        read_toml(tmp_path / "b.toml")
    with pytest.raises(InputError, match="is a folder"):
        read_toml(tmp_path)


def test_a_byte_order_mark_as_windows_writes_it_is_no_part_of_the_first_key(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbfcode = 1\r\n")
    assert read_toml(path) == {"code": 1}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, "more than 24 deep"),
        (".".join("a" * 2000) + " = 1", "more than 24 deep"),
        ("a = " + "[" * 25 + "]" * 25, "more than 24 deep"),
        ('[x]\ny = ["a\\u0000b.toml"]', r"x\.y\[0\] holds a zero character"),
        ('[x]\n"a\\u0000b" = 1', "x holds a zero character"),
        ("[x]\ny = " + "1" * 5000, "a value that cannot be"),
        ("[x]\ny = " + "1" * 20, r"x\.y is a whole number of more than 64 bits"),
        ("y = 2025-02-30", "a.toml: "),
        ("# " + "x" * 4_200_000, "larger than 4 MiB"),
    ],
)
def test_what_no_key_needs_is_refused_in_a_sentence(tmp_path, content, told):
    path = tmp_path / "a.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=told) as caught:
        read_toml(path)
    assert len(caught.value.problems) == 1
