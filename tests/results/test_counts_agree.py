"""Every file of a result, the terminal, the map's facts and the report say the same counts."""

import io
import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.cli import show_run
from coverage_sim.places.village_rule import NO_SIGNAL, UNKNOWN, WEAK
from coverage_sim.reporting import result_maps
from coverage_sim.reporting.report.language import Language
from coverage_sim.reporting.report.page import languages_of, read_results, write_report

STORE = MemoryStore()


@pytest.fixture(params=["whole", "hole"])
def made(request, project, edit, tmp_path):
    """Return a result with its folder; in one a village lies in a hole and another behind it."""
    if request.param == "whole":
        edit("tiny.toml", "radius_m = 3000.0", "radius_m = 3000.0\nport_power_dbm = 12.0")
    else:
        request.getfixturevalue("holed")
    result = coverage_sim.run(project / "tiny.toml", store=STORE, ledger=True)
    unknown = result.villages.set_index("name")
    if request.param == "hole":
        assert list(unknown["unknown_people"] > 0.0) == [False, True, False, False]
        assert unknown.loc["Thôn Ba", "any_4g_unknown_people"] > 100.0
    else:
        assert unknown["any_4g_unknown_people"].sum() == 0.0
    return result, result.save(tmp_path / "result", maps=False)


def read(folder, name):
    return pd.read_csv(folder / f"{name}.csv", dtype={"id": str, "commune_code": str, "code": str})


def people_by_hand(result, network, threshold_dbm):
    """Count people in cells whose raster is above a threshold and whose ground is known."""
    best = np.full(result.terrain["ground_m"].shape, -np.inf)
    for carrier in network.carriers:
        level = result.rasters["rsrp_dbm"].sel(carrier=str(carrier)).to_numpy()
        best = np.fmax(best, level)
    covered = (best >= threshold_dbm) & np.isfinite(result.terrain["ground_m"].to_numpy())
    return float(result.demand.people[covered.ravel()[result.demand.cell]].sum())


def test_people_are_the_same_in_every_table(made):
    result, folder = made
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    villages, communes = read(folder, "villages"), read(folder, "communes")
    ledger, totals = read(folder, "ledger"), read(folder, "ledger_totals").set_index("network")
    layers = {
        name: gpd.read_file(folder / "coverage.gpkg", layer=name)
        for name in ("villages", "communes")
    }
    unknown = float(villages["unknown_people"].sum())
    assert summary["unknown_people"] == pytest.approx(unknown, abs=0.5)
    for network in result.networks:
        figures = summary["networks"][network.key]
        of_it = float(villages[f"{network.key}_unknown_people"].sum())
        assert figures["unknown_people"] == pytest.approx(of_it, abs=0.5)
        known = summary["people"] - of_it
        rows = ledger[ledger["network"] == network.key]
        for level, threshold_dbm in result.scenario.service.levels_dbm.items():
            expected = people_by_hand(result, network, threshold_dbm)
            entry = figures["levels"][level]
            assert entry["people"] == round(expected)
            assert entry["people_percent"] == pytest.approx(100.0 * expected / known, abs=6e-4)
            column = f"{network.key}_{level}_people"
            for table in (villages, communes, *layers.values()):
                # a table has tenths of people in each of its rows
                assert table[column].sum() == pytest.approx(expected, abs=0.06 * len(table))
        expected = people_by_hand(result, network, result.scenario.service.least_dbm)
        assert rows["covered_people"].sum() == pytest.approx(expected, abs=0.06 * len(rows))
        assert totals.loc[network.key, "covered_people"] == pytest.approx(expected, abs=0.06)
        assert totals.loc[network.key, "unknown_people"] == pytest.approx(of_it, abs=0.06)
        np.testing.assert_allclose(
            rows["covered_people"] + rows["uncovered_people"] + rows["unknown_people"],
            rows["people"],
            atol=0.2,
        )
        lacking = rows["status"].isin([WEAK, NO_SIGNAL])
        assert figures["villages_not_covered"] == int(lacking.sum())
        undecided = rows["status"] == UNKNOWN
        assert figures["villages_unknown"] == int(undecided.sum())
        assert (rows["cause"].fillna("") != "").tolist() == (lacking | undecided).tolist()
        low, high = (totals.loc[network.key, f"{end}_covered_people"] for end in ("low", "high"))
        lead = totals.loc[network.key, "expected_people"]
        assert low <= lead <= high <= known + 0.1
        assert figures["expected_people"] == pytest.approx(lead, abs=0.6)
        assert figures["expected_people_percent"] == pytest.approx(
            100.0 * lead / known,
            abs=6.0 / known,  # tenths of people
        )
        for table in (villages, communes, rows.rename(columns={"expected_people": "any"})):
            column = f"{network.key}_expected_people" if "any" not in table else "any"
            assert table[column].sum() == pytest.approx(lead, abs=0.06 * len(table))


def texts_of(table):
    return {str(column.header): [str(cell) for cell in column.cells] for column in table.columns}


def test_percentages_are_rounded_alike_in_terminal_map_and_report(made, tmp_path):
    result, folder = made
    words = Language("en")
    page = tmp_path / "report.html"
    write_report(read_results([folder]), page, languages_of("en"))
    text = page.read_text(encoding="utf-8")
    told = texts_of(show_run._network_table(result))
    communes = texts_of(show_run._commune_table(result))
    for row, network in enumerate(result.networks):
        figures = result.summary["networks"][network.key]
        lead, most, *facts = (fact for _, fact in result_maps._facts(result, network))
        expected = f"{figures['expected_people_percent']:.1f}"
        low, high = (f"{figures[f'{end}_people_percent']:.1f}" for end in ("low", "high"))
        assert told["expected\nbasic"][row] == expected == lead.removesuffix(" %")
        assert told["90 %\nof draws"][row] == f"{low}-{high}"
        assert most == f"{low} to {high} %"
        assert f">{words.number(figures['expected_people_percent'], 1)}" in text
        for (level, entry), fact in zip(figures["levels"].items(), facts, strict=False):
            shown = f"{entry['people_percent']:.1f}"
            column = next(one for name, one in told.items() if name.startswith(f"{level}\n"))
            assert column[row] == shown
            assert fact == f"{shown} %"
        least = next(iter(figures["levels"].values()))["people_percent"]
        assert f"{words.number(least, 1)}" in text
    shown = [cell for name, cells in communes.items() if name.endswith(", %") for cell in cells]
    rows = re.findall(r'<table class="sorts communes">(.*?)</table>', text, re.DOTALL)[0]
    cells = re.findall(r'<td class="number"[^>]*>([^<]*)</td>', rows)
    assert shown
    assert set(shown) - {""} <= {cell.replace("\N{NO-BREAK SPACE}", "") for cell in cells}


def test_the_page_has_the_ledgers_own_figures(made, tmp_path):
    result, folder = made
    page = tmp_path / "report.html"
    write_report(read_results([folder]), page, languages_of("both"))
    data = json.loads(
        re.search(
            r'<script id="data"[^>]*>(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL
        )[1]
    )
    (shown,) = data["results"]
    columns = shown["ledger_columns"]
    for network in result.networks:
        own = result.ledger.villages
        own = own[own["network"] == network.key].reset_index(drop=True)
        for row, values in zip(own.to_dict("records"), shown["ledger"][network.key], strict=True):
            seen = dict(zip(columns, values, strict=False))
            assert seen["status"] == row["status"]
            if np.isfinite(row["covered_percent"]):
                assert seen["covered_percent"] == pytest.approx(row["covered_percent"], abs=0.06)
            else:
                assert seen["covered_percent"] is None


def test_the_terminal_says_how_many_people_stand_on_unknown_ground(made):
    result, _ = made
    console = Console(record=True, width=160, file=io.StringIO())
    show_run.print_result(console, result)
    text = console.export_text()
    unknown = result.summary["unknown_people"]
    assert ("on unknown ground" in text) == (unknown > 0)
    assert ("Behind unknown ground" in text) == (unknown > 0)
    if unknown:
        assert f"{unknown:,} people" in text
