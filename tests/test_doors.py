"""The public names: all there, documented, typed, and what the README says the product does."""

import ast
import fnmatch
import inspect
import re
from pathlib import Path

import pytest

import coverage_sim
from coverage_sim.results.folders import Savable, file_steps

STUB = Path(coverage_sim.__file__).with_suffix(".pyi")

#: What a planner, a carrier and a benchmarker come for.
DOORS = {
    "run", "compare", "candidates", "optimize", "assess", "alternatives", "check_sites",
    "zoning_map", "measure", "analyse_link", "report", "Result", "Comparison", "SitePlan",
    "Scenario", "solve_max_cover", "solve_min_cost", "path_loss", "profile_path_loss",
    "path_loss_points", "__version__",
}  # fmt: skip


def test_every_door_is_open():
    assert set(coverage_sim.__all__) | {"__version__"} >= DOORS


def test_the_stub_lists_what_it_imports_once():
    tree = ast.parse(STUB.read_text("utf-8"))
    imported = [
        name.asname or name.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    ]
    (listed,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"
    )
    assert listed == sorted(set(imported) | {"__version__"})
    assert sorted(set(coverage_sim.__all__) | {"__version__"}) == listed


@pytest.mark.parametrize("name", sorted(set(coverage_sim.__all__) - {"__version__"}))
def test_every_name_is_documented_and_typed(name):
    thing = getattr(coverage_sim, name)
    assert inspect.getdoc(thing)
    if inspect.isfunction(thing):
        assert ">>> " in thing.__doc__, "an example is missing; docstrings are run as tests"
        signature = inspect.signature(thing)
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(one.annotation is not one.empty for one in signature.parameters.values())


SAVABLE = [
    name
    for name in coverage_sim.__all__
    if inspect.isclass(getattr(coverage_sim, name))
    and issubclass(getattr(coverage_sim, name), Savable)
]


def test_there_are_records_to_save():
    assert {"Result", "Comparison", "SitePlan", "ZoningMap"} < set(SAVABLE)
    every = {record.__name__ for record in Savable.__subclasses__()}
    assert every == set(SAVABLE)


@pytest.mark.parametrize("name", SAVABLE)
def test_what_a_command_writes_can_be_saved_from_python(name):
    record = getattr(coverage_sim, name)
    for door in filter(inspect.isfunction, map(coverage_sim.__getattr__, coverage_sim.__all__)):
        # Whoever returns it has brought what knows its files.
        if inspect.signature(door).return_annotation is record:
            assert file_steps.dispatch(record) is not file_steps.dispatch(object)
            return
    pytest.fail(f"no public function returns {name}")


#: What version 0.1 had. A name that is to go warns for one release (CONTRIBUTING.md).
NAMES_OF_0_1 = {
    "Comparison", "CoverageSimError", "Driver", "FolderStore", "InputError", "Measured",
    "MemoryStore", "Position", "Result", "analyse_link", "assemble_terrain", "compare", "epre_dbm",
    "gain_table_dbi", "get_model", "load_catalog", "load_communes", "load_scenario", "make_grid",
    "measure", "path_loss", "path_loss_points", "profile_path", "profile_path_loss",
    "register_model", "registered_models", "run", "terrain_from_arrays", "terrain_path",
}  # fmt: skip


def test_no_name_of_the_last_release_is_gone():
    assert set(coverage_sim.__all__) >= NAMES_OF_0_1


def test_the_change_log_ends_with_this_version():
    text = (STUB.parents[1] / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (\d+\.\d+\.\d+) - \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert newest is not None
    assert newest[1] == coverage_sim.__version__


def test_another_name_is_refused():
    with pytest.raises(AttributeError):
        _ = coverage_sim.no_such_name


def test_no_two_modules_of_the_package_share_a_name():
    package = STUB.parent
    names = [path.name for path in package.rglob("*.py") if not path.name.startswith("__")]
    assert sorted(names) == sorted(set(names))


#: Functions that may be longer or take more, and why. Kernels may: they take arrays one by one.
EXEMPT = {
    "cli/*_commands.py": "a parameter is an option of the command",
    "propagation/*": "a formula takes what its Recommendation asks for",
    "radio/throughput.py": "a formula, likewise",
    "reporting/text.py": "the look of a text, by the names that matplotlib gives it",
    "sample/*": "recipes of the sample province",
    "siting/problem.py": "what the two solvers are given, checked at one place",
}


def functions():
    package = STUB.parent
    for path in sorted(package.rglob("*.py")):
        where = path.relative_to(package).as_posix()
        if any(fnmatch.fnmatch(where, pattern) for pattern in EXEMPT):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and not any(
                "kernel" in ast.unparse(decorator) for decorator in node.decorator_list
            ):
                yield where, node


def test_functions_are_short_and_take_six_things_at_most():
    """But for the doors, whose options have names."""
    found = []
    for where, node in functions():
        body = node.body[1:] if ast.get_docstring(node) else node.body
        lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        taken = sum(argument.arg not in ("self", "cls") for argument in given)
        if lines > 60 or (taken > 6 and node.name not in coverage_sim.__all__):
            found.append(f"{where}: {node.name} has {lines} lines and takes {taken}")
    assert not found
