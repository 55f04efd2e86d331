"""What the map of a report shows: plain tables that go into the page as JSON."""

import math
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from coverage_sim.reporting.colors import (
    BELOW_SERVICE,
    NO_SERVICE,
    SHARE_COLORS,
    SHARE_EDGES_PERCENT,
    SITE_STYLES,
    UNKNOWN,
    service_colors,
)
from coverage_sim.reporting.report.overlay import read_overlay
from coverage_sim.results.saved import SavedResult

#: Columns of the ledger that a chosen village shows, and the decimals that are kept.
LEDGER_COLUMNS: Final[dict[str, int | None]] = {
    "status": None,
    "covered_percent": 1,
    "unknown_people": 0,
    "expected_people": 0,
    "low_covered_people": 0,
    "high_covered_people": 0,
    "rsrp_p50_dbm": 1,
    "sinr_p50_db": 1,
    "indoor_people": 0,
    "binding": None,
    "best_server": None,
    "second_server": None,
    "cause": None,
    "missing_db": 1,
    "approved_site": None,
    "limit": None,
}

#: Of `LEDGER_COLUMNS`, those that are shown of every network.
_SHOWN_OF_ALL: Final = 2

#: Outlines are drawn to this. [deg]
_OUTLINE_DEG: Final = 0.0002

_DEGREE_DIGITS: Final = 6


def map_data(saved: SavedResult) -> dict[str, Any]:
    """Return what the map of one result shows.

    Parameters
    ----------
    saved : SavedResult
        The result.

    Returns
    -------
    dict
        Plain lists and tables: ``name``, ``networks`` (keys), ``overlays``, ``levels``, ``share``
        (edges and colours), ``villages``, ``ledger`` (by network, a row a village), ``cures`` (by
        village), ``sites``, ``weak_spots``, ``must_cover``, ``communes``, ``outlines``.
    """
    tables = saved.tables
    villages = tables["villages"]
    levels_dbm = saved.levels_dbm()
    colors = service_colors(len(levels_dbm))[::-1]
    return {
        "name": saved.name,
        "synthetic": saved.synthetic,
        "networks": list(saved.networks),
        "overlays": _overlays(saved),
        "levels": [
            {"level": level, "threshold_dbm": threshold_dbm, "color": color}
            for (level, threshold_dbm), color in zip(levels_dbm.items(), colors, strict=True)
        ],
        "display_limit_dbm": saved.manifest["scenario"]["service"]["display_limit_dbm"],
        "weak_color": BELOW_SERVICE,
        "below_color": NO_SERVICE,
        "unknown_color": UNKNOWN,
        "share": {"edges_percent": list(SHARE_EDGES_PERCENT), "colors": list(SHARE_COLORS)},
        "site_styles": {
            status: {"face": style.face, "edge": style.edge}
            for status, style in SITE_STYLES.items()
        },
        "villages": _rows(villages, ["id", "name", "commune", "longitude", "latitude", "people"]),
        "ledger_columns": list(LEDGER_COLUMNS),
        "ledger": _ledger(saved),
        "cures": _cures(saved),
        "sites": _rows(
            tables["sites"].assign(operators=tables["sites"]["operators"].map(saved.operator_names)),
            [
                "id", "name", "longitude", "latitude", "status", "on_air", "antenna_height_m",
                "operators",
            ],
        ),
        "weak_spots": _rows(
            tables["weak_spots"], ["longitude", "latitude", "radius_m", "people", "village"]
        ),
        "must_cover": _rows(
            tables["must_cover"], ["name", "kind", "longitude", "latitude", "covered", "known"]
        ),
        "communes": _rows(tables["communes"], ["code", "name", "longitude", "latitude"]),
        "outlines": _outlines(saved),
    }  # fmt: skip


def _overlays(saved: SavedResult) -> list[dict[str, Any]]:
    found = []
    for key in saved.of_any_operator():
        path = saved.raster(f"class_{key}")
        if path is None:
            continue
        overlay = read_overlay(path)
        found.append(
            {
                "network": key,
                "url": overlay.url,
                "bounds": [[overlay.south, overlay.west], [overlay.north, overlay.east]],
            }
        )
    return found


def _ledger(saved: SavedResult) -> dict[str, list[list[Any]]]:
    """Return the rows of each network in the order of the villages.

    Of single operators and layers only the first columns are shown, and the others left out.
    """
    ledger, ids = saved.tables["ledger"], saved.tables["villages"]["id"]
    columns = list(LEDGER_COLUMNS)
    whole = saved.of_any_operator()
    return {
        str(network): _rows(
            rows.set_index("id").reindex(ids).reset_index(),
            columns if network in whole else columns[:_SHOWN_OF_ALL],
        )
        for network, rows in ledger.groupby("network", sort=False)
    }


def _cures(saved: SavedResult) -> dict[str, list[dict[str, Any]]]:
    """Return the cures of each village that has any, by id, the best first."""
    columns = [
        "network", "kind", "site", "operators", "layers", "was", "becomes", "cost_vnd",
        "gain_people", "covered_percent", "is_cure",
    ]  # fmt: skip
    cures = saved.tables["cures"]
    if "operators" in cures:
        cures = cures.assign(
            operators=cures["operators"].map(saved.operator_names),
            layers=cures["layers"].map(saved.layer_names),
        )
    columns = [name for name in columns if name in cures]
    return {
        str(name): [dict(zip(columns, row, strict=True)) for row in _rows(rows, columns)]
        for name, rows in cures.groupby("id", sort=False)
    }


def _outlines(saved: SavedResult) -> dict[str, Any] | None:
    """Return the communes' outlines as GeoJSON, simplified to what a map shows."""
    if saved.communes is None:
        return None
    simple = saved.communes.geometry.simplify(_OUTLINE_DEG).set_precision(1e-5)
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": shape.__geo_interface__}
        for code, shape in zip(saved.communes["code"], simple, strict=True)
        if not shape.is_empty
    ]
    return {"type": "FeatureCollection", "features": features}


def _rows(table: pd.DataFrame, columns: Sequence[str]) -> list[list[Any]]:
    """Return columns of a table row by row as JSON has them; a column that is not there is null."""
    lists = [
        [plain(value, name) for value in table[name].tolist()]
        if name in table
        else [None] * len(table)
        for name in columns
    ]
    return [list(row) for row in zip(*lists, strict=True)]


def plain(value: Any, column: str) -> Any:
    """Return a value as JSON has it, with the digits that a map needs."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    number = float(value)
    if not math.isfinite(number):
        return None
    if column in ("longitude", "latitude"):
        return round(number, _DEGREE_DIGITS)
    digits = LEDGER_COLUMNS.get(column)
    rounded = round(number, 1 if digits is None else digits)
    return int(rounded) if rounded.is_integer() else rounded
