"""What is kept is as old as its sources: no older, and no younger than it must be."""

import ast
import shutil
import sys
import threading
from pathlib import Path

import pytest

from coverage_sim import caches
from coverage_sim.caches import source_modules, sources_hash
from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import MemoryStore
from coverage_sim.propagation.registry import registered_models
from tests.engine.test_evaluate import made_ground, radio_of

PACKAGE = Path(caches.__file__).parent
CACHED = ("sources_hash", "source_modules", "_imports", "_source")
MODELS = sorted({model.__module__ for model in registered_models().values()})
WINDOW = "coverage_sim.engine.path_losses"
TILE = ("coverage_sim.engine.tiles", "coverage_sim.engine.evaluate")


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Return a copy of the package that may be edited, and is what the hashes are taken of."""
    ignored = shutil.ignore_patterns("__pycache__", "*.nb?")
    copy = Path(shutil.copytree(PACKAGE, tmp_path / "coverage_sim", ignore=ignored))
    monkeypatch.setattr(caches, "__file__", str(copy / "caches.py"))
    forget()
    yield copy
    forget()


def forget():
    for name in CACHED:
        getattr(caches, name).cache_clear()


def edit(path):
    with path.open("a", encoding="utf-8") as stream:
        stream.write("\n# a comment\n")
    forget()


def imported_by_python(path):
    """Return every name of the package that the syntax tree of a file imports, types too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            if (node.module or "").startswith("coverage_sim"):
                names |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            names |= {name.name for name in node.names if name.name.startswith("coverage_sim.")}
    return {name for name in names if name != "coverage_sim" and caches._path(name)}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_no_import_is_overlooked(path):
    if path.parent == PACKAGE and path.name == "__init__.py":
        return  # the doors of the package, through which nothing inside it goes
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    assert imported_by_python(path) <= {module, *source_modules(module)}


@pytest.mark.parametrize(
    "edited",
    [
        "network/site_lint.py",
        "network/site_files.py",
        "network/antenna_files.py",
        "io/csv_files.py",
        "io/atomic_files.py",
        "terrain/catalog.py",
        "reporting/maps.py",
        "scenario/load.py",
        "propagation/models/itm.py",
    ],
)
def test_a_comment_in_a_reader_or_a_linter_leaves_windows_and_tiles_valid(copied, edited):
    before = sources_hash(WINDOW, "coverage_sim.propagation.models.p1812_8"), sources_hash(*TILE)
    edit(copied / edited)
    after = sources_hash(WINDOW, "coverage_sim.propagation.models.p1812_8"), sources_hash(*TILE)
    assert before == after


@pytest.mark.parametrize("model", MODELS)
def test_an_edit_of_whatever_fills_a_window_makes_its_key_another(copied, model):
    for module in source_modules(WINDOW, model):
        before = sources_hash(WINDOW, model)
        edit(caches._path(module))
        assert sources_hash(WINDOW, model) != before, module


def test_an_edit_of_whatever_fills_a_tile_makes_its_key_another(copied):
    for module in source_modules(*TILE):
        before = sources_hash(*TILE)
        edit(caches._path(module))
        assert sources_hash(*TILE) != before, module


def test_windows_are_isotropic_so_antennas_are_not_in_their_key(copied):
    window, tile = sources_hash(WINDOW), sources_hash(*TILE)
    edit(copied / "network" / "antennas.py")
    assert sources_hash(WINDOW) == window
    assert sources_hash(*TILE) != tile


def test_what_fills_windows_and_tiles_runs_only_sources_of_their_keys():
    """The modules that work is done in, found by running it, are among those that are hashed."""
    ran = set()

    def note(frame, event, _):
        if event == "call":
            ran.add(frame.f_globals.get("__name__", ""))

    ground, radio = made_ground(), radio_of()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        evaluate_network(ground, radio, RunContext(store=MemoryStore(), threads=2))
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    ours = {name for name in ran if name.startswith("coverage_sim.")}
    assert {WINDOW, *TILE, type(radio.model).__module__} <= ours
    assert ours <= set(source_modules(*TILE, type(radio.model).__module__))


def test_a_module_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match=r"coverage_sim\.nothing is no module"):
        sources_hash("coverage_sim.nothing")
