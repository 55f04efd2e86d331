"""What is kept is as old as its sources: no older, and no younger than it must be."""

import ast
import importlib
import re
import shutil
import sys
import threading
import time
from pathlib import Path

import pytest

from coverage_sim import caches
from coverage_sim.caches import source_modules, sources_hash
from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import MemoryStore
from coverage_sim.propagation.registry import registered_models
from tests.small_network import made_ground, radio_of

PACKAGE = Path(caches.__file__).parent
CACHED = ("sources_hash", "_imports_of_ours", "_source_of_ours")
MODELS = sorted({model.__module__ for model in registered_models().values()})
WINDOW = "coverage_sim.engine.path_losses"
TILE = ("coverage_sim.engine.tiles", "coverage_sim.engine.evaluate")


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Return a copy of the package that may be edited, and is what the hashes are taken of."""
    ignored = shutil.ignore_patterns("__pycache__", "*.nb?")
    copy = Path(shutil.copytree(PACKAGE, tmp_path / "coverage_sim", ignore=ignored))
    monkeypatch.setattr(caches, "__file__", str(copy / "caches.py"))
    monkeypatch.setattr(caches, "_STARTED_NS", time.time_ns() + 10**12)
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


def imports_by_a_text(path):
    """Say whether a file imports what its syntax tree does not name: it could not be followed."""
    called = (
        node.func
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    )
    return any(
        getattr(one, "attr", getattr(one, "id", "")) in ("import_module", "__import__")
        for one in called
    )


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


def test_nothing_hashed_imports_by_a_text():
    kernels = [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for path in PACKAGE.rglob("*.py")
        if re.search(r"import kernel\b", path.read_text("utf-8"))
    ]
    assert len(kernels) > 20
    for module in source_modules(WINDOW, *TILE, *MODELS, *kernels):
        assert not imports_by_a_text(caches._path(module)), module


@pytest.mark.parametrize(
    "line",
    [
        "from ._toy import X",
        "from . import _toy",
        "from .. import propagation\nfrom ..propagation import _toy",
        "import numpy, coverage_sim.propagation._toy",
        "x = 1; import coverage_sim.propagation._toy",
        "from coverage_sim.propagation import \\\n    _toy",
        "from coverage_sim.propagation import (  # see (3)\n    _toy,\n)",
        "def late():\n    from coverage_sim.propagation._toy import X",
        "if False:\n    import coverage_sim.propagation._toy as other",
    ],
)
def test_an_import_is_followed_however_it_is_written(copied, line):
    (copied / "propagation" / "_toy.py").write_text("X = 1\n")
    with (copied / "propagation" / "_radial.py").open("a") as stream:
        stream.write(f"\n{line}\n")
    forget()
    assert "coverage_sim.propagation._toy" in source_modules(WINDOW)


MODEL = """
from dataclasses import dataclass
from typing import ClassVar

from {helper} import LOSS_DB


class Model:
    pass
"""


@pytest.fixture
def somebodys(tmp_path, monkeypatch):
    """Return a folder from which somebody's own modules are imported."""
    folder = tmp_path / "own"
    (folder / "own_package").mkdir(parents=True)
    (folder / "own_package" / "__init__.py").write_text("")
    (folder / "own_package" / "model.py").write_text(MODEL.format(helper="own_package.helper"))
    (folder / "own_package" / "helper.py").write_text("LOSS_DB = 80.0\n")
    (folder / "own_model.py").write_text(MODEL.format(helper="own_helper"))
    (folder / "own_helper.py").write_text("LOSS_DB = 80.0\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(caches, "_STARTED_NS", time.time_ns() + 10**12)
    forget()
    yield folder
    for name in [name for name in sys.modules if name.startswith("own_")]:
        del sys.modules[name]
    forget()


@pytest.mark.parametrize("edited", ["{0}.py", "{1}.py"])
@pytest.mark.parametrize(
    "names",
    [("own_model", "own_helper"), ("own_package/model", "own_package/helper")],
    ids=lambda names: names[0],
)
def test_a_model_from_elsewhere_is_hashed_with_what_it_imports(somebodys, names, edited):
    made = importlib.import_module(names[0].replace("/", ".")).Model
    before = sources_hash(WINDOW, made)
    forget()
    assert sources_hash(WINDOW, made) == before
    with (somebodys / edited.format(*names)).open("a") as stream:
        stream.write("# another loss\n")
    forget()
    assert sources_hash(WINDOW, made) != before


def test_a_class_without_a_file_counts_as_long_as_it_lives(monkeypatch):
    def made():
        return type("Model", (), {"__module__": "__no_file__"})

    one, other = made(), made()
    assert sources_hash(WINDOW, one) == sources_hash(WINDOW, one)
    assert sources_hash(WINDOW, one) != sources_hash(WINDOW, other)


def test_what_was_edited_while_the_process_runs_is_kept_for_it_alone(copied, monkeypatch):
    known = sources_hash(WINDOW)
    monkeypatch.setattr(caches, "_STARTED_NS", 0)
    forget()
    here = sources_hash(WINDOW)
    monkeypatch.setattr(caches, "_OF_THIS_PROCESS", "another process")
    forget()
    assert len({known, here, sources_hash(WINDOW)}) == 3


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


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_imports_that_are_found_by_their_lines_are_those_of_the_syntax_tree(path):
    module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    module = module.removesuffix(".__init__")
    whole = ast.parse(path.read_bytes())
    found, expected = (
        {ast.unparse(node) for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))}
        for nodes in (caches._import_statements(module).body, ast.walk(whole))
    )
    assert found == expected
