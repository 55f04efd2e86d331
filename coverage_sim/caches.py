"""Where what can be made again is kept, and the hash of the sources that it hangs on."""

import ast
import contextlib
import functools
import hashlib
import importlib.util
import os
import re
import secrets
import sys
import sysconfig
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

import platformdirs

#: Set to another folder for the kernels, the sample terrain and the path-loss windows.
CACHE_VARIABLE: Final = "COVERAGE_SIM_CACHE"

#: Libraries whose versions can move the bits of what kernels compute.
_LIBRARIES: Final = ("numba", "numpy", "scipy")

_PACKAGE: Final = __name__.partition(".")[0]

#: What is edited later is not what this process runs.
_STARTED_NS: Final = time.time_ns()

#: Stands in a hash for code that is not known: nothing kept under it outlives this process.
_OF_THIS_PROCESS: Final = secrets.token_hex(16)


def user_cache_folder() -> Path:
    """Return the folder for everything that can be made again, whether it exists or not."""
    given = os.environ.get(CACHE_VARIABLE)
    return Path(given) if given else platformdirs.user_cache_path("coverage-sim")


def is_writable_folder(folder: Path) -> bool:
    """Say whether a file can be made in ``folder`` (made if missing), by making one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try_writing(folder)
    except OSError:
        return False
    return True


def try_writing(folder: Path, size_bytes: int = 0) -> None:
    """Make a file in a folder that exists, and remove it.

    Raises
    ------
    OSError
        If that cannot be done.
    """
    probe = folder / f".probe-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        probe.touch()
        if size_bytes:
            probe.write_bytes(bytes(size_bytes))
    finally:
        probe.unlink(missing_ok=True)


@functools.cache
def sources_hash(*parts: str | type) -> str:
    """Hash the sources of some modules and of all that they import.

    What is kept under such a hash is never older than the code that made it, and an edit of a
    file that they do not import leaves it valid. Libraries count by their version. Code that has
    no file, or whose file was edited after this process began, is not known: the hash is then of
    this process alone.

    Parameters
    ----------
    *parts : str or type
        Dotted names of modules, and classes whose modules are meant. What is found by searching a
        folder (models, terminals) is not imported by name: give the classes that matter.

    Returns
    -------
    str
        24 hexadecimal digits.
    """
    digest = hashlib.sha256(_library_versions().encode())
    # The same kernels as plain Python may end in other bits.
    digest.update(os.environ.get("NUMBA_DISABLE_JIT", "0").encode() + b"\0")
    named = []
    for part in parts:
        if isinstance(part, str):
            named.append(part)
        elif _path(part.__module__) is not None:
            named.append(part.__module__)
        else:
            digest.update(_mark(part).encode() + b"\0")
    for module in source_modules(*named):
        digest.update(module.encode() + b"\0" + _source(module) + b"\0")
        if _is_newer_than_this_process(module):
            digest.update(_OF_THIS_PROCESS.encode() + b"\0")
    return digest.hexdigest()[:24]


@functools.cache
def _library_versions() -> str:
    return "".join(f"{library} {metadata.version(library)}\0" for library in _LIBRARIES)


def source_modules(*modules: str) -> tuple[str, ...]:
    """Return some modules and all that they import, but for libraries; sorted by name.

    Raises
    ------
    ValueError
        If there is no such module.
    """
    found: set[str] = set()
    asked = list(modules)
    while asked:
        module = asked.pop()
        if module not in found:
            found.add(module)
            asked += _imports(module)
    return tuple(sorted(found))


@functools.cache
def _mark(made: type) -> str:
    """Return what stands for a class without a file, as in a notebook: made anew, another one."""
    return f"{made.__qualname__} {secrets.token_hex(16)}"


@functools.cache
def _imports_of_ours(module: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_followed(module)))


def _imports(module: str) -> tuple[str, ...]:
    """Return the modules that a module imports, anywhere in it, and the packages it lies in."""
    # Somebody's own module may be edited and loaded again; those of this package are read once.
    return _imports_of_ours(module) if _is_ours(module) else tuple(_followed(module))


def _followed(module: str) -> Iterator[str]:
    own = {_PACKAGE, _top(module)}
    for name in (*_parents(module), *_imported_names(module)):
        if name == _PACKAGE:  # the doors of the package, through which nothing inside it goes
            continue
        followed = _top(name) in own or (not _is_ours(module) and _is_somebodys(_top(name)))
        if followed and _path(name) is not None:
            yield name


def _top(module: str) -> str:
    return module.partition(".")[0]


def _parents(module: str) -> Iterator[str]:
    """Return the packages that a module lies in: importing it runs their code too."""
    while "." in module:
        module = module.rpartition(".")[0]
        yield module


def _imported_names(module: str) -> Iterator[str]:
    """Return every dotted name that a module may import; names in it that are no modules too."""
    path = _path(module)
    package = module if path and path.name == "__init__.py" else module.rpartition(".")[0]
    for node in _statements(_import_statements(module)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            origin = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            yield origin
            yield from (f"{origin}.{name.name}" for name in node.names)


#: An import where a statement may begin.
_IMPORT: Final = re.compile(
    rb"(?:^|[;:])[ \t]*"
    rb"(from[ \t]+[\w.]+[ \t]+import[ \t]+(?:\([^)]*\)|[^(\n]+)|import[ \t]+[^\n]+)",
    re.MULTILINE,
)


def _import_statements(module: str) -> ast.Module:
    """Return a module's statements, of ours the imports alone: to read all takes seconds."""
    source = _source(module)
    if _is_ours(module):
        with contextlib.suppress(SyntaxError):  # a line of prose that begins as an import does
            return ast.parse(b"\n".join(_IMPORT.findall(source)))
    return ast.parse(source)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Return every statement, however deep; expressions hold no import and are many more."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, block, ())


def _source(module: str) -> bytes:
    return _source_of_ours(module) if _is_ours(module) else _read(module)


@functools.cache
def _source_of_ours(module: str) -> bytes:
    return _read(module)


def _read(module: str) -> bytes:
    path = _path(module)
    if path is None:
        msg = f"{module} is no module whose source can be read"
        raise ValueError(msg)
    return path.read_bytes()


def _is_ours(module: str) -> bool:
    return _top(module) == _PACKAGE


def _is_newer_than_this_process(module: str) -> bool:
    path = _path(module)
    if path is None:
        return True
    stat = path.stat()
    return max(stat.st_mtime_ns, stat.st_ctime_ns) >= _STARTED_NS


def _path(module: str) -> Path | None:
    """Return the file of a module or package; None if there is none, or it is no Python source."""
    top, *below = module.split(".")
    if top == _PACKAGE:
        folder: str | Path | None = Path(__file__).parent
    else:
        loaded = getattr(sys.modules.get(module), "__file__", None)
        if loaded is not None:
            return Path(loaded) if loaded.endswith(".py") else None
        folder, file = _place(top)
        if not below:
            return file
    if folder is None:
        return None
    where = Path(folder).joinpath(*below)
    files = (where.with_suffix(".py"), where / "__init__.py")
    return next((path for path in files if path.is_file()), None)


def _place(top: str) -> tuple[str | None, Path | None]:
    """Return the folder of a top-level package and the file of a top-level module or package."""
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):  # what runs under another name is its own main module
        spec = None
    if spec is None:
        return None, None
    folders = list(spec.submodule_search_locations or ())
    is_source = bool(spec.origin and spec.origin.endswith(".py"))
    return (folders[0] if folders else None), (Path(spec.origin or "") if is_source else None)


@functools.cache
def _is_somebodys(top: str) -> bool:
    """Say whether a module or package is somebody's own: not Python's, no installed library."""
    folder, file = _place(top)
    where = folder or file
    return where is not None and not any(
        Path(where).is_relative_to(installed)
        for key in ("stdlib", "platstdlib", "purelib", "platlib")
        if (installed := sysconfig.get_path(key))
    )
