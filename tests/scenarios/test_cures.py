"""Cures: each brings what is said of it, for the cost of the price list."""

import numpy as np
import pandas as pd
import pytest

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.errors import InputError
from coverage_sim.evaluate import evaluate_network, levels_within
from coverage_sim.scenarios.cure_actions import KINDS
from coverage_sim.scenarios.load import load_scenario
from coverage_sim.scenarios.prepare import prepare

STORE = MemoryStore()

#: Weak masts that look away from the villages, one without 4G, one low band to add.
WEAK = """format = 1
extends = "tiny.toml"
name = "weak"
[[network.change]]
site = "A"
azimuths_deg = [60.0, 260.0]
antenna_height_m = 14.0
[layers.lte_b3]
port_power_dbm = 14.0
[layers.lte_b28]
port_power_dbm = 30.0
radius_m = 4000.0
[cures]
networks = ["any_4g", "vnpt_4g", "mobifone_4g"]
raise_m = [26.0]
"""


@pytest.fixture
def weak(project):
    (project / "weak.toml").write_text(WEAK, encoding="utf-8")
    # A third mast, of an operator with no 4G there, so that it can be shared.
    with (project / "sites_synthetic.csv").open("a") as file:
        file.write(
            "C,Synthetic C,572300,2258900,existing,ground,rural,40,viettel,nr_n41,0;90;300\n"
        )
    return project / "weak.toml"


@pytest.fixture
def result(weak):
    return coverage_sim.run(weak, store=STORE, ledger=True)


def test_levels_in_a_rectangle_have_the_bits_of_the_whole(weak):
    prepared = prepare(load_scenario(weak))
    whole = evaluate_network(prepared.ground, prepared.radio, store=STORE)
    rows, cols = slice(7, 31), slice(20, 59)
    for store in (None, STORE):
        tallies = levels_within(rows, cols, prepared.ground, prepared.radio, store)
        for number, tally in enumerate(tallies):
            for name, array in (
                ("rsrp_dbm", tally.best_dbm),
                ("best_server", tally.best_server),
                ("second_dbm", tally.second_dbm),
            ):
                np.testing.assert_array_equal(array, whole[name].to_numpy()[number, rows, cols])


def test_a_cure_run_as_a_scenario_gains_what_is_said(weak, result):
    cures = result.cures[result.cures["kind"] != "none"]
    assert set(cures["kind"]) == set(KINDS)
    assert cures["is_cure"].any()
    some = cures.groupby("kind").head(2)
    for number, cure in enumerate(some.to_dict("records")):
        path = weak.parent / f"cure{number}.toml"
        path.write_text(f'format = 1\nextends = "weak.toml"\nname = "cure"\n{cure["change"]}\n')
        after = coverage_sim.run(path, store=STORE, ledger=True)
        rows = [
            ledger[(ledger["network"] == cure["network"])].set_index("id")
            for ledger in (result.ledger.villages, after.ledger.villages)
        ]
        had, has = (row.loc[cure["id"], "covered_people"] for row in rows)
        assert has - had == pytest.approx(cure["gain_people"], abs=0.01 * cure["people"])
        assert (rows[1].loc[cure["id"], "status"] == "covered") == cure["covers"]
        lost = (rows[0]["covered_people"] - rows[1]["covered_people"]).drop(cure["id"])
        if np.isfinite(cure["lost_people"]):
            assert lost.clip(lower=0.0).sum() <= cure["lost_people"] + 1e-6
        comparison = coverage_sim.compare([weak, path], store=STORE)
        assert comparison.costs["cost_vnd"].sum() == pytest.approx(cure["cost_vnd"])


def test_cures_come_before_what_is_none_and_the_cheapest_first(result):
    for _, rows in result.cures.groupby(["network", "id"]):
        assert list(rows["rank"]) == list(range(1, len(rows) + 1))
        assert list(rows["is_cure"]) == sorted(rows["is_cure"], reverse=True)
        assert rows.loc[rows["is_cure"], "cost_vnd"].is_monotonic_increasing
        assert rows["kind"].is_unique


def test_every_village_that_lacks_a_network_has_a_row(result):
    ledger = result.ledger.villages
    lacking = ledger[
        ledger["status"].isin(["lom_song", "trang_song"])
        & ledger["network"].isin(result.scenario.cures.networks)
    ]
    pairs = {(row["network"], row["id"]) for _, row in result.cures.iterrows()}
    assert pairs == set(zip(lacking["network"], lacking["id"], strict=True))


def test_any_number_of_threads_finds_the_same(weak, result):
    one = coverage_sim.run(weak, store=STORE, ledger=True, threads=1)
    pd.testing.assert_frame_equal(one.cures, result.cures, check_exact=True)


def test_where_nothing_helps_the_village_says_so(weak, edit):
    edit("weak.toml", "port_power_dbm = 14.0", "port_power_dbm = -20.0")
    edit("weak.toml", "port_power_dbm = 30.0", "port_power_dbm = -20.0")
    cures = coverage_sim.run(weak, store=STORE, ledger=True).cures
    assert (cures["kind"] == "none").any()
    assert not cures.loc[cures["kind"] == "none", "is_cure"].any()


def test_they_are_written_and_only_looked_for_where_there_are_prices(weak, result, tmp_path):
    result.save(tmp_path / "out", maps=False)
    written = pd.read_csv(tmp_path / "out/cures.csv")
    assert len(written) == len(result.cures)
    assert written["change"].str.startswith("network.").sum() == (written["kind"] != "none").sum()
    weak.write_text(WEAK.replace("[cures]", "[cures]\nvillages = 0"))
    assert coverage_sim.run(weak, store=STORE, ledger=True).cures is None


def test_a_network_that_there_is_not_is_refused(weak, edit):
    edit("weak.toml", '"mobifone_4g"', '"mobifon_4g"')
    with pytest.raises(InputError, match=r"cures.networks is 'mobifon_4g'.*mobifone_4g"):
        load_scenario(weak)
