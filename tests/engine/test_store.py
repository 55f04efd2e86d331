"""The store: what is put is got, what is damaged is not believed."""

import os
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from coverage_sim.engine.folder_store import FolderStore
from coverage_sim.engine.store import MemoryStore, make_key, pack, unpack
from coverage_sim.engine.user_store import open_context
from coverage_sim.io import atomic_files
from coverage_sim.io.temporary_names import temporary_name

KEY = make_key({"what": "test"})


@given(arrays(np.uint16, array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_an_array_comes_back_as_it_was_packed(array):
    np.testing.assert_array_equal(unpack(pack(array), array.shape), array)


def test_an_array_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="reshape"):
        unpack(pack(np.zeros((3, 4), dtype=np.uint16)), (3, 5))


@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_what_is_put_is_got_and_another_key_is_not(tmp_path, kind):
    store = FolderStore(tmp_path / "new") if kind == "folder" else MemoryStore()
    assert store.get(KEY) is None
    store.put(KEY, b"content")
    store.put(KEY, b"content again")
    assert store.get(KEY) == b"content again"
    assert store.get(make_key({"what": "else"})) is None


def test_another_process_sees_what_is_in_the_folder(tmp_path):
    FolderStore(tmp_path).put(KEY, b"content")
    assert FolderStore(tmp_path).get(KEY) == b"content"


@pytest.mark.parametrize("cut", [0, 5, 16, 20])
def test_a_truncated_object_is_not_there(tmp_path, cut):
    store = FolderStore(tmp_path)
    store.put(KEY, b"some content")
    (file,) = tmp_path.rglob("*.bin")
    file.write_bytes(file.read_bytes()[:cut])
    assert store.get(KEY) is None
    store.put(KEY, b"some content")
    assert store.get(KEY) == b"some content"


@given(position=st.integers(0, 27), bit=st.integers(0, 7))
def test_one_flipped_bit_is_noticed(tmp_path_factory, position, bit):
    folder = tmp_path_factory.mktemp("store")
    store = FolderStore(folder)
    store.put(KEY, b"some content")
    (file,) = folder.rglob("*.bin")
    content = bytearray(file.read_bytes())
    content[position] ^= 1 << bit
    file.write_bytes(bytes(content))
    assert store.get(KEY) is None


def test_an_object_under_the_name_of_another_one_is_not_believed(tmp_path):
    store, other = FolderStore(tmp_path), make_key({"what": "else"})
    store.put(KEY, b"content")
    (file,) = tmp_path.rglob("*.bin")
    (tmp_path / other[:2]).mkdir(exist_ok=True)
    file.rename(tmp_path / other[:2] / f"{other}.bin")
    assert store.get(other) is None
    assert [kept.path.stem for kept in store.verify()] == [other]


def test_what_a_killed_process_left_goes_and_what_a_living_one_writes_stays(tmp_path):
    store = FolderStore(tmp_path)
    store.put(KEY, b"content")
    (file,) = tmp_path.rglob("*.bin")
    mine = temporary_name(file, "file", ".bin")
    mine.write_bytes(b"half")
    dead = mine.with_name(mine.name.replace(f"-{os.getpid()}-", f"-{2**22 + 1}-"))
    dead.write_bytes(b"half")  # Linux has no process of that number
    assert [kept.path for kept in store.objects()] == [file]
    assert store.verify() == []
    store.prune(10**9)
    assert sorted(file.parent.iterdir()) == sorted([mine, file])


def test_an_empty_object_is_an_object(tmp_path):
    store = FolderStore(tmp_path)
    store.put(KEY, b"")
    assert store.get(KEY) == b""


def test_a_full_disk_costs_nothing_but_time(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    store = FolderStore(tmp_path)
    monkeypatch.setattr(atomic_files.Path, "write_bytes", full)
    store.put(KEY, b"content")
    assert store.get(KEY) is None
    assert list(tmp_path.rglob("*.bin")) == []  # and leaves no half file


def test_a_file_in_the_folders_place_costs_nothing_but_time(tmp_path):
    (tmp_path / "store").write_text("I am a file")
    store = FolderStore(tmp_path / "store")
    store.put(KEY, b"content")
    assert store.get(KEY) is None


def test_several_threads_may_put_the_same_object(tmp_path):
    store = FolderStore(tmp_path)
    content = bytes(100_000)
    threads = [threading.Thread(target=store.put, args=(KEY, content)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get(KEY) == content
    assert len(list(tmp_path.rglob("*"))) == 2  # the object and its folder; nothing temporary


def test_a_key_depends_on_every_part_and_not_on_their_order():
    parts = {"model": "p1812_8", "frequency_mhz": 1840.0, "window": [0, 1, 2, 3]}
    assert make_key(parts) == make_key(dict(reversed(parts.items())))
    others = [parts | {"frequency_mhz": 1840.1}, parts | {"window": [0, 1, 2, 4]}, parts | {"a": 1}]
    assert len({make_key(part) for part in (parts, *others)}) == 4


def test_a_part_that_is_not_a_number_has_no_key():
    with pytest.raises(ValueError, match="JSON"):
        make_key({"frequency_mhz": float("nan")})


@pytest.fixture
def of_1970(tmp_path):
    """Return a store of three objects, written one after the other."""
    store = FolderStore(tmp_path)
    for number, key in enumerate(("aa1", "bb2", "cc3")):
        store.put(key, bytes(1000))
        (path,) = tmp_path.glob(f"*/{key}.bin")
        os.utime(path, (number, number))
    return store


def test_pruning_removes_what_was_written_first(of_1970):
    store = of_1970
    store.prune(2100)
    assert store.get("aa1") is None
    assert store.get("bb2") == store.get("cc3") == bytes(1000)


def test_what_is_asked_for_stays_longer_than_what_was_written_after_it(of_1970):
    store = of_1970
    assert store.get("aa1") == bytes(1000)
    assert [kept.path.stem for kept in store.objects()] == ["aa1", "cc3", "bb2"]
    assert [kept.path.stem for kept in store.prune(2100)] == ["bb2"]


def test_a_cache_that_cannot_be_written_is_told_once_and_hinders_nothing(
    tmp_path, monkeypatch, caplog
):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("COVERAGE_SIM_CACHE", str(tmp_path / "file" / "cache"))
    for _ in range(2):
        store = open_context().store
        store.put(KEY, b"x")  # goes nowhere
        assert store.get(KEY) is None
    (told,) = (one.getMessage() for one in caplog.records)
    assert "cannot be written" in told
    assert "Set COVERAGE_SIM_CACHE" in told
