"""The ledger of a whole result: it agrees with the village table, and hangs on nothing else."""

import numpy as np
import pandas as pd
import pytest

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.scenario.load import load_scenario

STORE = MemoryStore()


@pytest.fixture
def result(project):
    return coverage_sim.run(project / "tiny.toml", store=STORE, ledger=True)


def test_it_agrees_with_the_table_of_villages(result):
    ledger = result.ledger
    least = next(iter(result.scenario.service.levels_dbm))
    assert len(ledger.villages) == len(result.villages) * len(result.networks)
    for network in result.networks:
        rows = ledger.villages[ledger.villages["network"] == network.key]
        assert list(rows["id"]) == list(result.villages["id"])
        for ours, theirs in (
            ("covered_people", f"{network.key}_{least}_people"),
            ("rsrp_p50_dbm", f"{network.key}_rsrp_median_dbm"),
            ("sinr_p50_db", f"{network.key}_sinr_median_db"),
        ):
            np.testing.assert_allclose(
                rows[ours].to_numpy(), result.villages[theirs].to_numpy(), rtol=1e-12
            )
        total = ledger.totals.set_index("network").loc[network.key]
        assert total["covered_people"] == pytest.approx(rows["covered_people"].sum())
        assert rows["people"].sum() == pytest.approx(result.villages["people"].sum(), rel=1e-12)
        names = set(result.sectors["name"]) | {""}
        assert set(rows["best_server"]) <= names


def test_intervals_hold_their_mean_and_nobody_more_than_there_are(project):
    path = project / "unsure.toml"
    path.write_text(
        'format = 1\nextends = "tiny.toml"\n[service.prediction_error]\nsite_sigma_db = 30.0\n'
    )
    rows = coverage_sim.run(path, store=STORE, ledger=True).ledger.villages
    assert (rows["low_covered_people"] <= rows["high_covered_people"]).all()
    assert (rows["low_covered_people"] >= 0.0).all()
    assert (rows["high_covered_people"] <= rows["people"] + 1e-9).all()
    width = rows["high_covered_people"] - rows["low_covered_people"]
    assert width.max() > 100.0
    expected = rows["expected_people"]
    assert (expected >= rows["low_covered_people"]).all()
    assert (expected <= rows["high_covered_people"]).all()
    assert (expected[width > 0.0] > 0.0).all()


def test_any_number_of_threads_gives_the_same_ledger(project):
    one, three = (
        coverage_sim.run(project / "tiny.toml", store=STORE, ledger=True, threads=threads).ledger
        for threads in (1, 3)
    )
    pd.testing.assert_frame_equal(one.villages, three.villages, check_exact=True)
    pd.testing.assert_frame_equal(one.totals, three.totals, check_exact=True)


def test_it_is_written_beside_the_other_tables(result, tmp_path):
    result.save(tmp_path / "out", maps=False)
    written = pd.read_csv(tmp_path / "out/ledger.csv", dtype={"commune_code": str})
    assert len(written) == len(result.villages) * len(result.networks)
    assert list(written["commune_code"][:2]) == ["00001", "00001"]
    assert (tmp_path / "out/ledger_totals.csv").is_file()


@pytest.mark.parametrize(
    "text", ["site_sigma_db = 0.0", "local_distance_m = 0.0", "draws = 3", "interval_percent = 100"]
)
def test_errors_that_say_nothing_are_refused(project, text):
    path = project / "errors.toml"
    path.write_text(f'format = 1\nextends = "tiny.toml"\n[service.prediction_error]\n{text}\n')
    with pytest.raises(InputError, match=text.split(" ", maxsplit=1)[0]):
        load_scenario(path)


def test_whoever_is_not_covered_has_a_cause_and_nobody_else(result):
    rows = result.ledger.villages
    has = rows["cause"] != ""
    assert has.any()
    assert (has == (rows["status"].isin(["lom_song", "trang_song"]))).all()
    assert (rows.loc[has, "uncovered_people"] > 0.0).all()
    # by its definition what is missing is missing
    missing = rows.loc[has & rows["missing_db"].notna(), "missing_db"]
    assert (missing > 0.0).all()


def test_an_approved_mast_that_would_cover_a_village_is_named_and_does(project):
    # B is approved and not built; built, it covers the third village with VNPT
    before = coverage_sim.run(project / "tiny.toml", store=STORE, ledger=True).ledger.villages
    path = project / "built.toml"
    path.write_text(
        'format = 1\nextends = "tiny.toml"\n[network]\n'
        'on_air = ["existing", "approved_built", "approved_unbuilt"]\n'
    )
    after = coverage_sim.run(path, store=STORE, ledger=True).ledger.villages
    named = before["approved_site"] == "B"
    assert named.any()
    assert (before.loc[named, "cause"] != "").all()
    gained = after.loc[named, "covered_people"] - before.loc[named, "covered_people"]
    assert (gained > 0.0).all()
    assert (after["approved_site"] == "").all()


def test_an_approved_mast_has_the_layers_that_the_scenario_deploys(project, edit):
    edit("sites_synthetic.csv", "roof,town,24,vnpt,lte_b3", "roof,town,24,viettel,lte_b3")
    path = project / "deployed.toml"
    path.write_text(
        'format = 1\nextends = "tiny.toml"\n'
        '[[network.deploy]]\nlayer = "nr_n41"\noperator = "viettel"\n'
    )
    radio = prepare(load_scenario(path)).not_built()
    assert {sector.layer for sector in radio.sectors} == {"lte_b3", "nr_n41"}


def test_behind_walls_already_indoors_is_no_less(project):
    path = project / "walls.toml"
    path.write_text(
        'format = 1\nextends = "tiny.toml"\n[propagation]\nterminals = ["p2109_building_entry"]\n'
    )
    rows = coverage_sim.run(path, store=STORE, ledger=True).ledger.villages
    np.testing.assert_allclose(rows["indoor_people"], rows["covered_people"])


def test_operators_that_cover_a_village_are_listed(result):
    rows = result.ledger.villages
    for (village, generation), part in rows.groupby(["id", "generation"]):
        own = part[(part["operator"] != "any") & (part["status"] == "covered")]
        expected = [o for o in own["operator"] if f"{o}_{generation}" in set(own["network"])]
        assert set(part["covered_by"]) == {";".join(expected)}, village
