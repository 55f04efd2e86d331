"""What limits people who have signal: made-up networks in which the answer is known."""

import pytest

import coverage_sim
from coverage_sim import MemoryStore

STORE = MemoryStore()


def ledger_of(project, text):
    path = project / "limited.toml"
    path.write_text(f'format = 1\nextends = "tiny.toml"\nname = "limited"\n{text}\n')
    result = coverage_sim.run(path, store=STORE, ledger=True)
    rows = result.ledger.villages
    return result, rows[rows["network"] == "any_4g"].set_index("id")


def test_nothing_limits_a_village_beside_an_idle_mast(project):
    _, rows = ledger_of(project, "[service]\nfast_4g_mbps = 1.0\n[cures]\nvillages = 0")
    assert (rows.loc[["v1", "v2"], "limit"] == "").all()
    assert (rows.loc[["v1", "v2"], ["unserved_people", "slow_people"]] == 0.0).all().all()


def test_a_busy_cell_is_slow_by_its_load(project):
    # 97 % of a 20 MHz carrier is taken: 3 % of some 100 Mb/s is left to one more user.
    text = (
        "[layers.lte_b3]\nload = 0.97\n[service]\nfast_4g_mbps = 10.0\n[network]\nring_sites = []"
    )
    _, rows = ledger_of(project, text)
    assert rows.loc["v1", "limit"] == "load"
    assert rows.loc["v1", "slow_people"] == pytest.approx(400.0)
    assert rows.loc["v1", "limited_people"] == pytest.approx(400.0)


def test_a_deaf_base_station_fails_by_the_uplink(project):
    text = "[layers.lte_b3]\nuplink_interference_margin_db = 60.0\n"
    _, rows = ledger_of(project, text)
    for name, people in (("v1", 400.0), ("v2", 250.0)):
        assert rows.loc[name, "limit"] == "uplink"
        assert rows.loc[name, "unserved_people"] == pytest.approx(people)


def test_masts_that_shout_at_each_other_fail_by_interference(project):
    # Two sectors of one mast look the same way: neither is ever 6 dB above the other.
    text = """[network]
    on_air = ["existing"]
    ring_sites = []
    [[network.change]]
    site = "A"
    azimuths_deg = [40.0, 40.001]
    operators = ["viettel"]
    [layers.lte_b3]
    load = 1.0
    [service]
    least_sinr_db = 6.0
    """
    _, rows = ledger_of(project, text)
    assert rows.loc["v1", "limit"] == "interference"
    assert rows.loc["v1", "unserved_people"] == pytest.approx(400.0)


def test_figures_agree_with_those_of_the_villages(project):
    result, _ = ledger_of(project, "[service]\nfast_4g_mbps = 60.0\n")
    least = next(iter(result.scenario.service.levels_dbm))
    table = result.villages.set_index("id")
    for network in result.networks:
        rows = result.ledger.villages
        rows = rows[rows["network"] == network.key].set_index("id")
        served = rows["covered_people"] - rows["unserved_people"]
        key = network.key
        assert served.to_numpy() == pytest.approx(table[f"{key}_served_people"].to_numpy())
        assert (rows["limited_people"] <= table[f"{key}_{least}_people"] + 1e-9).all()


def test_a_single_operator_is_told(project):
    _, rows = ledger_of(project, '[network]\non_air = ["existing", "approved_unbuilt"]')
    for name, row in rows.iterrows():
        operators = row["covered_by"].split(";") if row["covered_by"] else []
        assert row["single_operator"] == (len(operators) == 1), name
