"""Where what can be made again is kept, and the hash of the sources that it hangs on."""

import functools
import hashlib
import os
import re
import secrets
from importlib import metadata
from pathlib import Path
from typing import Final

import platformdirs

#: Set to another folder for the kernels, the sample terrain and the path-loss windows.
CACHE_VARIABLE: Final = "COVERAGE_SIM_CACHE"

#: Libraries whose versions can move the bits of what kernels compute.
_LIBRARIES: Final = ("numba", "numpy", "scipy")

_PACKAGE: Final = __name__.partition(".")[0]

#: An import of the package's own, whatever stands in front of it: too many do no harm.
_IMPORT: Final = re.compile(
    rf"^[ \t]*(?:from[ \t]+({_PACKAGE}[.\w]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)"
    rf"|import[ \t]+({_PACKAGE}[.\w]*))",
    re.MULTILINE,
)


def user_cache_folder() -> Path:
    """Return the folder for everything that can be made again, whether it exists or not."""
    given = os.environ.get(CACHE_VARIABLE)
    return Path(given) if given else platformdirs.user_cache_path("coverage-sim")


def is_writable_folder(folder: Path) -> bool:
    """Say whether a file can be made in ``folder`` (made if missing), by making one."""
    probe = folder / f".probe-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


@functools.cache
def sources_hash(*modules: str) -> str:
    """Hash the sources of some modules and of all of this package that they import.

    What is kept under such a hash is never older than the code that made it, and an edit of a
    file that they do not import leaves it valid.

    Parameters
    ----------
    *modules : str
        Dotted names. Modules that are found by searching a folder (models, terminals) are not
        imported by name: name those that matter.

    Returns
    -------
    str
        24 hexadecimal digits; versions of the libraries that compute are in it.
    """
    digest = hashlib.sha256()
    for library in _LIBRARIES:
        digest.update(f"{library} {metadata.version(library)}\0".encode())
    for module in source_modules(*modules):
        digest.update(module.encode() + b"\0" + _source(module) + b"\0")
    return digest.hexdigest()[:24]


@functools.cache
def source_modules(*modules: str) -> tuple[str, ...]:
    """Return some modules and all modules of this package that they import, sorted by name."""
    found: set[str] = set()
    asked = list(modules)
    while asked:
        module = asked.pop()
        if module not in found:
            found.add(module)
            asked += _imports(module)
    return tuple(sorted(found))


@functools.cache
def _imports(module: str) -> tuple[str, ...]:
    """Return the modules of this package that a module imports, anywhere in it."""
    names = []
    for match in _IMPORT.finditer(_source(module).decode()):
        origin, imported, plain = match.groups()
        if plain is not None:
            names.append(plain)
            continue
        names.append(origin)
        # A name may be a module too.
        words = re.findall(r"\w+", imported)
        names += [f"{origin}.{word}" for word in words]
    return tuple(name for name in dict.fromkeys(names) if name != _PACKAGE and _path(name))


@functools.cache
def _source(module: str) -> bytes:
    path = _path(module)
    if path is None:
        msg = f"{module} is no module of {_PACKAGE}"
        raise ValueError(msg)
    return path.read_bytes()


def _path(module: str) -> Path | None:
    """Return the file of a module or package; None if there is none."""
    where = Path(__file__).parent.joinpath(*module.split(".")[1:])
    return next(
        (path for path in (where.with_suffix(".py"), where / "__init__.py") if path.is_file()), None
    )
