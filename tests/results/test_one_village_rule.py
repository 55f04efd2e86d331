"""Summary, terminal, ledger, maps, comparison and cures count the same villages as covered."""

import pytest

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.cli import show_run
from coverage_sim.places.village_rule import COVERED, NO_SIGNAL, WEAK
from coverage_sim.reporting import result_maps
from coverage_sim.reporting.difference_maps import changed_villages
from coverage_sim.results.saved import read_result


@pytest.fixture(scope="module")
def store():
    return MemoryStore()


@pytest.fixture(params=[True, False], ids=["centre", "share only"])
def pair(request, project, edit, store):
    """Return the tiny project as it is and with its approved mast, by one rule."""
    rule = f"\n[service]\nvillage_centre_covered = {str(request.param).lower()}\n"
    edit("tiny.toml", "[layers.lte_b3]", rule + "village_covered_percent = 60.0\n[layers.lte_b3]")
    (project / "built.toml").write_text(
        'format = 1\nextends = "tiny.toml"\nname = "built"\n[network]\n'
        'on_air = ["existing", "approved_built", "approved_unbuilt"]\n',
        "utf-8",
    )
    return tuple(
        coverage_sim.run(project / name, store=store, ledger=True)
        for name in ("tiny.toml", "built.toml")
    )


def test_every_count_of_a_result_is_that_of_the_ledger(pair, tmp_path):
    for result in pair:
        ledger = result.ledger.villages
        told = show_run._network_table(result)
        column = next(c for c in told.columns if "not covered" in str(c.header))
        saved = read_result(result.save(tmp_path / result.scenario.name, maps=False))
        for row, network in enumerate(result.networks):
            own = ledger[ledger["network"] == network.key]
            count = int(own["status"].isin([WEAK, NO_SIGNAL]).sum())
            assert result.summary["networks"][network.key]["villages_not_covered"] == count
            assert saved.summary["networks"][network.key]["villages_not_covered"] == count
            assert str(list(column.cells)[row]) == f"{count:,}"
            ringed = result_maps._weak_villages(result, network)
            assert (0 if ringed is None else len(ringed)) == count
            assert list(result.village_status(network)) == list(own["status"])


def status_of(result, network):
    rows = result.ledger.villages
    return rows[rows["network"] == network.key].set_index("id")["status"]


def test_a_comparison_counts_the_villages_that_the_ledgers_gain(pair, project, store):
    before, after = pair
    compared = coverage_sim.compare([project / "tiny.toml", project / "built.toml"], store=store)
    least = next(iter(after.scenario.service.levels_dbm))
    rows = compared.networks[compared.networks["level"] == least].set_index("network")
    changed = 0
    for network in after.networks:
        status = [status_of(result, network) for result in pair]
        was, now = (one == COVERED for one in status)
        was = was.reindex(now.index, fill_value=False)
        assert rows.loc[network.key, "gained_villages"] == (now & ~was).sum()
        assert rows.loc[network.key, "lost_villages"] == (was & ~now).sum()
        drawn = changed_villages(before, after, network)["change"].value_counts()
        assert drawn.get("gained", 0) == (now & ~was).sum()
        assert drawn.get("lost", 0) == (was & ~now).sum()
        changed += int((now != was).sum())
    assert changed  # the mast makes a difference, or nothing was tested


def test_a_cure_says_of_its_village_what_a_run_of_it_says(pair):
    before, _ = pair
    cures = before.cures[before.cures["kind"] != "none"]
    assert len(cures)
    assert set(cures["is_cure"]) <= {True, False}
    rule = before.scenario.service.village_rule
    enough = rule.has_share(cures["covered_percent"])
    assert not (cures["is_cure"].to_numpy() & ~enough).any()
    if not rule.needs_centre:
        assert (cures["is_cure"].to_numpy() == enough).all()
