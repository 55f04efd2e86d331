"""The commands of the store."""

import os

import pytest
from typer.testing import CliRunner

from coverage_sim.cli.app import app
from coverage_sim.engine.store import make_key
from coverage_sim.engine.user_store import default_store

KEYS = [make_key({"number": number}) for number in range(4)]


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("COVERAGE_SIM_CACHE", str(tmp_path))
    store = default_store()
    for age, key in enumerate(KEYS):
        store.put(key, b"x" * 1_000_000)
        path = next(store.folder.rglob(f"{key}.bin"))
        os.utime(path, (1e9 - age, 1e9 - age))
    return store


def call(*arguments):
    return CliRunner().invoke(app, ["store", *arguments])


def test_info_counts_what_is_there(store):
    done = call("info")
    assert done.exit_code == 0
    assert str(store.folder) in done.output.replace("\n", "")
    assert "objects    4" in done.output
    assert "size       4.0 MB" in done.output


def test_prune_keeps_the_newest_within_the_limit(store):
    done = call("prune", "--limit-mb", "2.5")
    assert "Removed 2 objects, 2.0 MB" in done.output
    assert [store.has(key) for key in KEYS] == [True, True, False, False]


def test_verify_removes_what_is_damaged_and_says_so(store):
    assert call("verify").exit_code == 0
    path = next(store.folder.rglob(f"{KEYS[1]}.bin"))
    content = path.read_bytes()
    path.write_bytes(content[:500] + b"y" + content[501:])
    done = call("verify")
    assert done.exit_code == 1
    assert KEYS[1] in done.output
    assert "4 objects read, 1 damaged." in done.output
    assert [store.has(key) for key in KEYS] == [True, False, True, True]
    assert call("verify").exit_code == 0


def test_a_damaged_object_is_not_believed_and_reported(store, caplog):
    path = next(store.folder.rglob(f"{KEYS[2]}.bin"))
    path.write_bytes(path.read_bytes()[:-3])
    assert store.get(KEYS[2]) is None
    assert "is damaged; what it held is computed again" in caplog.text
