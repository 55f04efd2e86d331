"""Cures: each brings what is said of it, for the cost of the price list."""

import numpy as np
import pandas as pd
import pytest

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.levels import levels_at
from coverage_sim.engine.run_context import RunContext
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.network.site_writing import write_sites
from coverage_sim.scenario.load import load_scenario
from coverage_sim.works.actions import Actions
from coverage_sim.works.kinds import CURE_KINDS

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
def weak(project, edit):
    edit("clutter.toml", "height_m = 2.0\nopen_land", "height_m = 0.0\nopen_land")
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


def test_levels_in_some_cells_have_the_bits_of_the_whole(weak):
    prepared = prepare(load_scenario(weak))
    network = evaluate_network(prepared.ground, prepared.radio, RunContext(store=STORE))
    shape = prepared.ground.area.shape
    some = np.random.default_rng(5).random(shape) < 0.3
    some[:7], some[31:], some[:, :20], some[:, 59:] = False, False, False, False
    cells = np.flatnonzero(some)
    for store, whole in ((None, False), (STORE, False), (STORE, False), (STORE, True)):
        levels = levels_at(cells, prepared.ground, prepared.radio, store, whole=whole)
        assert list(map(str, levels)) == list(network["carrier"].to_numpy())
        for number, level in enumerate(levels.values()):
            for name, array in (("rsrp_dbm", level.best_dbm), ("second_dbm", level.second_dbm)):
                np.testing.assert_array_equal(
                    array, network[name].to_numpy()[number].ravel()[cells]
                )


def test_a_cure_run_as_a_scenario_gains_what_is_said(weak, result):
    cures = result.cures[result.cures["kind"] != "none"]
    assert set(cures["kind"]) == set(CURE_KINDS)
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


def gained_by(cure, base, number, result):
    """Return how many people of its village a run of a cure's line adds to those of a result."""
    path = base.with_name(f"{base.stem}_cure{number}.toml")
    text = f'format = 1\nextends = "{base.name}"\nname = "cure"\n{cure["change"]}\n'
    path.write_text(text)
    after = coverage_sim.run(path, store=STORE, ledger=True)
    had, has = (
        ledger[ledger["network"] == cure["network"]].set_index("id").loc[cure["id"]]
        for ledger in (result.ledger.villages, after.ledger.villages)
    )
    return has["covered_people"] - had["covered_people"]


DEPLOYED = (
    '[[network.deploy]]\nlayer = "lte_b28"\noperator = "viettel"\n'
    '[layers.lte_b28]\noperators = ["viettel", "vnpt"]\n'
)


def test_what_is_deployed_on_a_shared_mast_hinders_no_cure(weak):
    """Its sectors stand in no list: what turns them turns what the list has."""
    text = WEAK.replace("[layers.lte_b28]\n", DEPLOYED).replace(
        "port_power_dbm = 30.0", "port_power_dbm = -10.0"
    )
    head, _, rest = text.partition("[layers.lte_b3]\n")
    weak.write_text(head + "[layers.lte_b3]\n" + rest)
    result = coverage_sim.run(weak, store=STORE, ledger=True)
    assert "lte_b28" in set(result.sectors["layer"])
    assert {"re_aim", "re_tilt"} & set(result.cures["kind"])
    turned = result.cures[result.cures["kind"] == "re_aim"]
    for number, cure in enumerate(turned.head(2).to_dict("records")):
        gained = gained_by(cure, weak.with_name("weak.toml"), number, result)
        assert gained == pytest.approx(cure["gain_people"], abs=0.01 * cure["people"])


def test_a_mast_without_room_is_not_shared(weak):
    listed = weak.parent / "sites_synthetic.csv"
    lines = listed.read_text().splitlines()
    network = next(
        one for one in coverage_sim.run(weak, store=STORE).networks if one.key == "vnpt_4g"
    )
    for slots in ("1", "0"):
        rows = [f"{lines[0]},free_slots", *(f"{line},{slots}" for line in lines[1:])]
        listed.write_text("\n".join(rows) + "\n")
        found = Actions(prepare(load_scenario(weak))).for_place(network, "v1", 572300.0, 2258900.0)
        kinds = {one.kind for one in found}
        assert ("share_mast" in kinds) == (slots == "1")
        assert "new_mast" in kinds


def test_a_network_that_there_is_not_is_refused(weak, edit):
    edit("weak.toml", '"mobifone_4g"', '"mobifon_4g"')
    with pytest.raises(InputError, match=r"cures.networks is 'mobifon_4g'.*mobifone_4g"):
        load_scenario(weak)


TRANSMITTERS = """[[network.change]]
site = "A"
transmitter = "{name}"
downtilt_deg = 9.0
"""


def test_what_was_said_of_transmitters_does_not_undo_a_cure(weak, tmp_path):
    """Of a list as Atoll has it: what is said is found again by a run."""
    prepared = prepare(load_scenario(weak))
    listed = tmp_path / "atoll_synthetic"
    write_sites(
        [site for site in prepared.sites if not site.in_ring], listed, crs=prepared.ground.crs
    )
    words = '[network]\nsites = ["{folder}"]\nsites_crs = "EPSG:4326"\nring_sites = []\n'
    names = [one.name for one in read_transmitters(listed, prepared) if "lte_b3" in one.layer]
    path = weak.parent / "atoll.toml"
    path.write_text(
        'format = 1\nextends = "weak.toml"\nname = "atoll"\n'
        + words.format(folder=listed.as_posix())
        + "".join(TRANSMITTERS.format(name=name) for name in names)
    )
    result = coverage_sim.run(path, store=STORE, ledger=True)
    on_masts = ["re_tilt", "raise", "re_aim", "add_low_band", "share_mast"]
    cures = result.cures[result.cures["kind"].isin(on_masts)]
    assert {"re_tilt", "add_low_band", "share_mast"} <= set(cures["kind"])
    assert (cures.loc[cures["kind"] == "re_tilt", "was"] == 9.0).all()
    for number, cure in enumerate(cures.to_dict("records")):
        gained = gained_by(cure, weak.with_name("atoll.toml"), number, result)
        assert gained == pytest.approx(cure["gain_people"], abs=0.01 * cure["people"])
    # For a network the antennas of that network are turned.
    network = next(one for one in result.networks if one.key == "any_5g")
    found = Actions(prepare(load_scenario(path))).for_place(network, "v1", 570300.0, 2259300.0)
    turned = [one.change.transmitter for one in found if one.kind == "re_aim"]
    assert turned
    assert all("nr_n41" in name for name in turned)


def read_transmitters(folder, prepared):
    sites = read_sites(folder, SiteListLayout(positions_crs="EPSG:4326", crs=prepared.ground.crs))
    return [one for site in sites if site.id == "A" for one in site.transmitters]
