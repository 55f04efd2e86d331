"""Files of a result folder read back, whatever somebody did to them since they were written."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pandas as pd

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.formula_texts import meant

#: Columns that are words, though they may look like numbers.
_WORDS: Final = (
    "id", "name", "code", "commune_code", "district_code", "commune", "district", "village", "kind",
    "site", "as_of", "commune_as_of", "approved_site", "operators", "layers", "covered_by", "label",
)  # fmt: skip

#: A table of a province is far smaller. [B]
_LARGEST_BYTES: Final = 512 * 1024**2
_LARGEST_JSON_BYTES: Final = 64 * 1024**2

#: Columns that say by how many a row is meant, and ends of names that say so.
_NUMBERS: Final = ("people", "longitude", "latitude", "rank", "azimuth_deg", "downtilt_deg")
_OF_NUMBERS: Final = ("_people", "_percent", "_km2", "_dbm", "_db", "_mbps", "_m", "_vnd")

#: Columns of yes and no.
_FLAGS: Final = ("on_air", "in_ring", "covers", "is_cure", "covered", "known", "overloaded")

#: Columns that name a row of these tables, each row one.
_UNIQUE: Final = {"villages": "id", "communes": "code", "sites": "id", "must_cover": "id"}

_SHOWN: Final = 5

#: No figure of a result is larger: the cost of all masts of the country in dong.
_LARGEST: Final = 1e15


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Run the block; raise its faults anew with the file that they are of, and the cure.

    Raises
    ------
    InputError
        If the file is missing, damaged, or lacks something.
    """
    try:
        yield
    except FileNotFoundError:
        msg = f"{path} is missing; run the scenario again."
        raise InputError(msg) from None
    # Errors of pandas, xarray and GDAL are of these kinds; a key is a variable that is missing.
    except (OSError, ValueError, KeyError, IndexError, RuntimeError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        msg = f"{path} cannot be read ({reason}); run the scenario again."
        raise InputError(msg) from None


def read_json(path: Path) -> dict[str, Any]:
    """Return the table of a JSON file of a result.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    try:
        if path.stat().st_size > _LARGEST_JSON_BYTES:
            msg = f"{path} is larger than {_LARGEST_JSON_BYTES // 1024**2} MB; it is none of ours."
            raise InputError(msg)
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        msg = f"{path} is missing; run the scenario again."
        raise InputError(msg) from None
    except (OSError, ValueError, RecursionError):
        msg = f"{path} is damaged; run the scenario again."
        raise InputError(msg) from None
    if not isinstance(content, dict):
        msg = f"{path} is no table of keys; run the scenario again."
        raise InputError(msg)
    return content


def read_table(path: Path, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return a table of a result as its CSV file has it.

    Raises
    ------
    InputError
        If it is missing, damaged, or lacks one of the columns.
    """
    with readable(path):
        if path.stat().st_size > _LARGEST_BYTES:
            msg = f"{path} is larger than {_LARGEST_BYTES // 1024**2} MB; it is no table of ours."
            raise InputError(msg)
        head = pd.read_csv(path, encoding="utf-8-sig", nrows=0)
        words = {name: str for name in head.columns if name in _WORDS}
        # What is called "NA" or "null" is called so; what is missing is empty.
        table = pd.read_csv(
            path,
            encoding="utf-8-sig",
            dtype=words,
            low_memory=False,
            keep_default_na=False,
            na_values={name: [""] for name in head.columns},
        )
    missing = [name for name in columns if name not in table]
    if missing:
        msg = f"{path} has no column {', '.join(missing)}; run the scenario again."
        raise InputError(msg)
    _check_values(path, table)
    for name in table.select_dtypes(include=["object", "string"]).columns:
        table[name] = table[name].map(_as_meant, na_action="ignore")
    return table


def _check_values(path: Path, table: pd.DataFrame) -> None:
    """Refuse words where numbers stand, other words than yes and no, and rows that stand twice."""
    problems = Problems()

    def tell(wrong: "pd.Series[bool]", name: str, must: str) -> None:
        lines = [int(row) + 2 for row in wrong.to_numpy().nonzero()[0]]  # the header is line 1
        if lines:
            given = table[name].iloc[lines[0] - 2]
            listed = ", ".join(map(str, lines[:_SHOWN])) + (" ..." if len(lines) > _SHOWN else "")
            problems.add(
                f"{path}, line {listed}: {name} is {str(given)[:40]!r}; it must be {must}. Run the "
                "scenario again."
            )

    for name in table.columns:
        column = table[name]
        if name in _NUMBERS or str(name).endswith(_OF_NUMBERS):
            # As text: whole numbers may be larger than any real.
            numbers = pd.to_numeric(column.astype(str), errors="coerce")
            tell((numbers.isna() & column.notna()) | numbers.abs().gt(_LARGEST), name, "a number")
        elif name in _FLAGS:
            tell(column.notna() & ~column.isin([True, False]), name, "True or False")
    key = _UNIQUE.get(path.stem)
    if key is not None and key in table:
        tell(table[key].isna(), key, "given")
        tell(table[key].notna() & table[key].duplicated(), key, "there once")
    problems.raise_if_any()


def _as_meant(value: object) -> object:
    """Take away what guards a spreadsheet from a text that looks like a formula."""
    return meant(value) if isinstance(value, str) else value
