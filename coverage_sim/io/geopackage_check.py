"""Look into a GeoPackage before GDAL does: a database can compute without end or read elsewhere."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from coverage_sim.errors import InputError

#: What SQLite may do to read all tables of the schema and every view once. [instruction]
_MOST_STEPS = 50_000_000
_STEPS_AT_ONCE = 100_000

#: The longest text or blob that a view or a column that is computed may make. [B]
_LONGEST_VALUE = 64 * 1024 * 1024

#: Virtual tables that hold their own data: the index of a layer and the search in texts.
_OWN_DATA = ("rtree", "rtree_i32", "fts3", "fts4", "fts5")


def check_geopackage(path: Path) -> None:
    """Refuse a GeoPackage with views that do not end and tables that lie outside of it.

    Parameters
    ----------
    path : Path
        An SQLite database.

    Raises
    ------
    InputError
        If it is damaged, or holds a virtual table over other files, a computed column, or a view
        that takes too long or that SQLite alone cannot read.
    """
    uri = f"file:{quote(str(path.resolve()))}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as database:
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
            steps = 0

            def too_long() -> bool:
                nonlocal steps
                steps += _STEPS_AT_ONCE
                return steps > _MOST_STEPS

            database.set_progress_handler(too_long, _STEPS_AT_ONCE)
            _check_schema(path, database)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the second where a name is no text
        msg = f"{path} cannot be read as a GeoPackage ({error}); export it again."
        raise InputError(msg) from None


def _check_schema(path: Path, database: sqlite3.Connection) -> None:
    objects = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    for kind, name, sql in objects:
        made = " ".join((sql or "").lower().replace("(", " ").split())
        module = made.partition(" using ")[2].partition(" ")[0].strip("\"'`[]")
        if made.startswith("create virtual table") and module not in _OWN_DATA:
            msg = (
                f"{path}: {name} is a virtual table ({module or 'of an unknown kind'}), which "
                "reads other files; save the layer as a table of its own."
            )
            raise InputError(msg)
        quoted = str(name).replace('"', '""')
        if kind == "table" and not made.startswith("create virtual table"):
            columns = database.execute(f'PRAGMA table_xinfo("{quoted}")').fetchall()
            if any(column[6] > 1 for column in columns):
                msg = f"{path}: {name} has a computed column; save the layer as a plain table."
                raise InputError(msg)
        if kind == "view":
            _check_view(path, database, str(name), quoted)


def _check_view(path: Path, database: sqlite3.Connection, name: str, quoted: str) -> None:
    try:
        for _ in database.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608  # a name, quoted
            pass
    except sqlite3.Error as error:
        msg = f"{path}: the view {name} cannot be read ({error}); save it as a table of its own."
        raise InputError(msg) from None
