"""Proposed sites: what is said of them is what a run of them finds."""

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from PIL import Image
from typer.testing import CliRunner

import coverage_sim
from coverage_sim.cli.app import app
from coverage_sim.cli.site_commands import heights_of
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.network.site_writing import write_sites
from coverage_sim.scenario.load import load_scenario

RULES = """
format = 1
id = "made_up"
title_vi = "Quy định thử"
title_en = "Test rules"
[documents.law]
number = "Law 1"
title_vi = "Luật"
title_en = "Law"
[[rules]]
id = "high"
kind = "total_height"
severity = "ask"
document = "law"
article = "1"
mark = "verified"
at_m = 45.0
text_vi = "Cao"
text_en = "High"
"""

PROPOSAL = """
[[site]]
id = "P1"
position = [572500.0, 2261200.0]
antenna_height_m = 36.0
operators = ["viettel"]
layers = ["lte_b3"]
"""


@pytest.fixture
def weak(project, edit, monkeypatch, tmp_path):
    edit("tiny.toml", "radius_m = 3000.0", "radius_m = 3000.0\nport_power_dbm = 14.0")
    (project / "rules.toml").write_text(RULES, encoding="utf-8")
    (project / "proposal.toml").write_text(PROPOSAL, encoding="utf-8")
    (project / "weak.toml").write_text(
        'format = 1\nextends = "tiny.toml"\nname = "weak"\n[zoning]\nrules = "rules.toml"\n'
    )
    return project


def invoke(project, command, *arguments):
    return CliRunner().invoke(
        app,
        [
            "site", command, str(project / "proposal.toml"),
            "--scenario", str(project / "weak.toml"), "--date", "2025-12-01", *arguments,
        ],
        catch_exceptions=False,
    )  # fmt: skip


def covered(project, text, network="viettel_4g"):
    path = project / "proposed.toml"
    path.write_text(f'format = 1\nextends = "weak.toml"\nname = "proposed"\n{text}\n')
    return coverage_sim.run(path).villages.set_index("id")[f"{network}_basic_people"]


def test_an_assessment_counts_what_a_run_counts(weak, tmp_path):
    done = invoke(weak, "assess", "-o", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    gains = pd.read_csv(tmp_path / "out/gains.csv").set_index("network")
    before = covered(weak, "")
    after = covered(weak, PROPOSAL.replace("[[site]]", "[[network.add]]"))
    expected = (after - before).clip(lower=0.0).sum()
    assert expected > 100.0
    assert gains.loc["viettel_4g", "gained_people"] == pytest.approx(expected, abs=0.1)
    assert "any_4g" in gains.index
    assert "vnpt_4g" not in gains.index  # not its operator
    # Nobody serves better than it whom nobody served before.
    assert gains.loc["viettel_4g", "served_people"] >= expected - 0.1
    assert gains["served_people"].isna().to_dict()["any_4g"]
    sharing = pd.read_csv(tmp_path / "out/sharing.csv")
    assert not len(sharing) or "A" not in set(sharing["site"])  # viettel is on A already
    neighbours = pd.read_csv(tmp_path / "out/neighbours.csv")
    assert list(neighbours["site"]) == ["A", "R"]
    assert neighbours["away_m"].is_monotonic_increasing
    written = json.loads((tmp_path / "out/assessment.json").read_text())
    assert written["sites"]["P1"]["decision"] == "pass"
    # A mast of 36 m, 6 m less than what the price is for; power and fibre; one layer.
    assert written["sites"]["P1"]["cost_vnd"] == 900e6 - 6 * 15e6 + 120e6 + 400e6
    assert (tmp_path / "out/sheets/P1.html").is_file()
    drawn = sorted(path.name for path in (tmp_path / "out/maps").iterdir())
    assert drawn == ["P1_any_4g.png", "P1_viettel_4g.png"]  # not 5G, which it has not
    assert not len(pd.read_csv(tmp_path / "out/data_findings.csv"))


def test_an_assessment_tells_what_is_doubtful_in_the_data(weak, tmp_path):
    near_a = coverage_sim.run(weak / "weak.toml").sites.set_index("id").geometry["A"]
    path = weak / "proposal.toml"
    path.write_text(
        PROPOSAL.replace("572500.0, 2261200.0", f"{near_a.x + 8.0}, {near_a.y}").replace(
            "36.0", "8.0"
        )
    )
    done = invoke(weak, "assess", "-o", str(tmp_path / "out"))
    findings = pd.read_csv(tmp_path / "out/data_findings.csv")
    assert len(findings) == 2
    assert "12 to 100 is usual" in findings["what"][0]
    assert "stands 8 m from A" in findings["what"][1]
    assert findings["cure"][1] in " ".join(done.output.split())


def test_zoning_decides_the_exit_status(weak):
    path = weak / "proposal.toml"
    path.write_text(path.read_text().replace("36.0", "43.0"))  # and 3 m above
    assert invoke(weak, "assess").exit_code == 3


def test_a_mast_to_share_gives_what_a_run_of_it_gives(weak, tmp_path):
    path = weak / "proposal.toml"
    path.write_text(path.read_text().replace('"viettel"', '"mobifone"'))
    invoke(weak, "assess", "-o", str(tmp_path / "out"))
    sharing = pd.read_csv(tmp_path / "out/sharing.csv").set_index("site")
    change = (
        '[[network.change]]\nsite = "A"\noperators = ["viettel", "vnpt", "mobifone"]\n'
        'layers = ["lte_b3", "nr_n41"]\n'
    )
    expected = covered(weak, change, "mobifone_4g").sum()
    assert sharing.loc["A", "mobifone_4g_gained_people"] == pytest.approx(expected, abs=0.1)
    assert sharing.loc["A", "cost_vnd"] == 400e6 + 60e6


@pytest.mark.parametrize("room", ["0,,", "1,,100"])
def test_a_mast_without_room_is_not_offered(weak, tmp_path, room):
    path = weak / "proposal.toml"
    path.write_text(path.read_text().replace('"viettel"', '"mobifone"'))
    listed = weak / "sites_synthetic.csv"
    lines = listed.read_text().splitlines()
    head = f"{lines[0]},free_slots,free_height_m,load_percent"
    third = lines[1].replace("A,Synthetic A,570000", "C,Synthetic C,570900") + ",2,21.5,60.5"
    listed.write_text("\n".join([head, f"{lines[1]},{room}", f"{lines[2]},,,", third]) + "\n")
    done = invoke(weak, "assess", "-o", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    sharing = pd.read_csv(tmp_path / "out/sharing.csv").set_index("site")
    assert list(sharing.index) == ["C"]
    row = sharing.loc["C"]
    assert (row["antenna_height_m"], row["free_slots"], row["load_percent"]) == (21.5, 2, 60.5)
    # In the directions of the proposal, at the height that is free.
    change = (
        '[[network.add]]\nid = "N"\nposition = [570900.0, 2259000.0]\nantenna_height_m = 21.5\n'
        'operators = ["mobifone"]\nlayers = ["lte_b3"]\nazimuths_deg = [0.0, 120.0, 240.0]\n'
    )
    expected = covered(weak, change, "mobifone_4g").sum()
    assert row["mobifone_4g_gained_people"] == pytest.approx(expected, abs=0.1)
    # The only mast of that operator serves all who have it; counted by cells, not by villages.
    assert row["mobifone_4g_served_people"] == pytest.approx(expected, abs=0.1)
    assert "21.5" in done.output
    assert "60" in done.output


def test_only_who_would_come_needs_room_and_is_offered_a_mast(weak, tmp_path):
    """Of three operators one holds a carrier that the mast has not; of another none does."""
    listed = weak / "sites_synthetic.csv"
    lines = listed.read_text().splitlines()
    rows = [f"{lines[0]},free_slots", f"{lines[1]},1", f"{lines[2]},1"]
    listed.write_text("\n".join(rows) + "\n")
    path = weak / "proposal.toml"
    text = path.read_text()
    for number, (operators, layers, offered) in enumerate(
        (
            ('["mobifone", "vnpt", "vietnamobile"]', '["nr_n77"]', ["A"]),
            ('["mobifone"]', '["nr_n41"]', []),
            ('["mobifone", "vietnamobile"]', '["lte_b3"]', []),
        )
    ):
        path.write_text(text.replace('["viettel"]', operators).replace('["lte_b3"]', layers))
        out = tmp_path / f"out{number}"
        invoke(weak, "assess", "-o", str(out))
        sharing = out / "sharing.csv"
        found = pd.read_csv(sharing) if len(sharing.read_text().strip()) > 12 else pd.DataFrame()
        assert list(found.get("site", [])) == offered


def test_a_listed_site_is_assessed_as_it_is_proposed(weak, tmp_path):
    """B is approved at 24 m; A stands, and another operator would come onto it."""
    path = weak / "proposal.toml"
    before = covered(weak, "", "vnpt_4g")
    path.write_text(
        '[[site]]\nid = "B"\nposition = [572400.0, 2261000.0]\nantenna_height_m = 40.0\n'
        'operators = ["vnpt"]\nlayers = ["lte_b3"]\nazimuths_deg = [60.0, 180.0]\n'
    )
    gains = pd.read_csv(_assessed(weak, tmp_path / "b", allowed=(0, 3)) / "gains.csv").set_index(
        "network"
    )
    change = (
        '[[network.change]]\nsite = "B"\nstatus = "approved_built"\nantenna_height_m = 40.0\n'
        "azimuths_deg = [60.0, 180.0]\n"
    )
    gained = (covered(weak, change, "vnpt_4g") - before).clip(lower=0.0).sum()
    assert gains.loc["vnpt_4g", "gained_people"] == pytest.approx(gained, abs=0.1)
    path.write_text(
        '[[site]]\nid = "A"\nposition = [570000.0, 2259000.0]\nantenna_height_m = 38.0\n'
        'operators = ["mobifone"]\nlayers = ["lte_b3"]\nazimuths_deg = [60.0]\n'
    )
    out = _assessed(weak, tmp_path / "a", allowed=(0, 3))
    gains = pd.read_csv(out / "gains.csv").set_index("network")
    change = (
        '[[network.change]]\nsite = "A"\ncarriers = [{ operator = "mobifone", '
        'layers = ["lte_b3"], azimuths_deg = [60.0] }]\n'
    )
    expected = covered(weak, change, "mobifone_4g").sum()
    assert expected > 50.0
    assert gains.loc["mobifone_4g", "gained_people"] == pytest.approx(expected, abs=0.1)
    assert json.loads((out / "assessment.json").read_text())["sites"]["A"]["cost_vnd"] == 460e6


def test_a_proposal_names_each_site_once(weak):
    path = weak / "proposal.toml"
    path.write_text(path.read_text() * 2)
    with pytest.raises(InputError, match=r"proposal.toml: two sites are called 'P1'"):
        invoke(weak, "assess")


def test_a_mast_of_atolls_tables_can_be_shared(weak, tmp_path):
    path = weak / "proposal.toml"
    path.write_text(path.read_text().replace('"viettel"', '"mobifone"'))
    prepared = prepare(load_scenario(weak / "weak.toml"))
    tables = weak / "tables_synthetic"
    own = [site for site in prepared.sites if not site.in_ring]
    write_sites(own, tables, crs=prepared.ground.crs)
    plain = pd.read_csv(_assessed(weak, tmp_path / "plain") / "sharing.csv")
    text = (weak / "weak.toml").read_text()
    text += '[network]\nsites = ["tables_synthetic"]\nring_sites = []\nsites_crs = "EPSG:4326"\n'
    (weak / "weak.toml").write_text(text)
    path.write_text(path.read_text().replace("572500.0, 2261200.0", "106.19083, 20.43892"))
    listed = pd.read_csv(_assessed(weak, tmp_path / "listed") / "sharing.csv")
    assert list(listed["site"]) == list(plain["site"])
    for column in ("mobifone_4g_gained_people", "cost_vnd"):
        assert listed[column].to_numpy() == pytest.approx(plain[column].to_numpy(), rel=0.01)


def _assessed(project, out, allowed=(0,)):
    done = invoke(project, "assess", "-o", str(out))
    assert done.exit_code in allowed, done.output
    return out


def test_alternatives_gain_what_a_run_of_each_gains(weak, tmp_path):
    done = invoke(
        weak, "alternatives", "--radius-m", "300", "--step-m", "300", "--heights", "24,43",
        "-o", str(tmp_path / "out"),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    table = pd.read_csv(tmp_path / "out/alternatives.csv")
    assert len(table) == 5 * 3
    assert list(table["rank"]) == list(range(1, 16))
    # What has to be asked about comes after what passes.
    assert set(table.loc[table["antenna_height_m"] == 43.0, "decision"]) == {"review"}
    assert set(table["decision"][:10]) == {"pass"}
    worth = (table["viettel_4g_gained_people"] / table["cost_vnd"])[:10]
    assert worth.is_monotonic_decreasing
    before = covered(weak, "").sum()
    for row in (table.iloc[0], table.iloc[9], table.iloc[14]):
        proposed = (
            PROPOSAL.replace("[[site]]", "[[network.add]]")
            .replace("572500.0, 2261200.0", f"{row['easting_m']}, {row['northing_m']}")
            .replace("36.0", f"{row['antenna_height_m']}")
        )
        after = covered(weak, proposed).sum()
        assert row["viettel_4g_gained_people"] == pytest.approx(after - before, abs=0.11)
    price = 1420e6 + (table["antenna_height_m"] - 42.0) * 15e6
    assert table["cost_vnd"].to_numpy() == pytest.approx(price.to_numpy())
    with Image.open(tmp_path / "out/maps/P1.png") as picture:
        assert min(picture.size) > 900


AREA_RULES = """
[[rules]]
id = "north"
kind = "outside_area"
severity = "{severity}"
document = "law"
article = "2"
mark = "unverified"
layer = "north"
text_vi = "Bắc"
text_en = "North"
"""


@pytest.mark.parametrize("severity", ["block", "warn", "ask"])
def test_refused_positions_stand_last_and_the_order_is_that_of_verdicts(weak, tmp_path, severity):
    text = (weak / "rules.toml").read_text(encoding="utf-8")
    area_rule = AREA_RULES.format(severity=severity)
    (weak / "rules.toml").write_text(text + area_rule, encoding="utf-8")
    north = shapely.box(570_000.0, 2_261_250.0, 574_000.0, 2_263_000.0)
    frame = gpd.GeoDataFrame({"name": ["north"]}, geometry=[north], crs="EPSG:9209")
    frame.to_file(weak / "north.gpkg")
    with (weak / "weak.toml").open("a") as stream:
        stream.write('layers = { north = { file = "north.gpkg", accuracy_m = 1.0 } }\n')
    invoke(
        weak, "alternatives", "--radius-m", "300", "--step-m", "100", "--heights", "43",
        "-o", str(tmp_path / "out"),
    )  # fmt: skip
    table = pd.read_csv(tmp_path / "out/alternatives.csv")
    assert set(table["worst"]) == {"pass", "ask", severity}
    order = ["pass", "ask", "warn", "block"]
    assert table["worst"].map(order.index).is_monotonic_increasing
    # 43 m and 3 m above are asked about; north of the border, 11 m or more within, is the zone.
    in_zone = table["northing_m"] > 2_261_250.0
    assert (table["refused"] == (in_zone & (severity == "block"))).all()
    assert set(table.loc[in_zone & (table["antenna_height_m"] == 36.0), "worst"]) == {severity}


def test_several_proposals_are_placed_each_by_itself(weak, tmp_path):
    path = weak / "proposal.toml"
    two = PROPOSAL.replace("P1", "P2").replace("572500.0", "571000.0")
    path.write_text(PROPOSAL + two)
    invoke(weak, "alternatives", "--step-m", "500", "-o", str(tmp_path / "both"))
    both = pd.read_csv(tmp_path / "both/alternatives.csv")
    for name, text in (("P1", PROPOSAL), ("P2", two)):
        path.write_text(text)
        invoke(weak, "alternatives", "--step-m", "500", "-o", str(tmp_path / name))
        alone = pd.read_csv(tmp_path / name / "alternatives.csv")
        own = both[both["proposal"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, alone)
    drawn = sorted(one.name for one in (tmp_path / "both/maps").iterdir())
    assert drawn == ["P1.png", "P2.png"]


def test_more_than_twenty_proposals_are_assessed(weak):
    lines = ["id,Kinh độ (x),Vĩ độ (y),status,antenna_height_m,operators,layers,azimuths_deg"]
    lines += [
        f"P{k},{571_000 + 40 * k},2261200,candidate,36,viettel,lte_b3,0;120;240" for k in range(21)
    ]
    (weak / "many.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (weak / "two.toml").write_text(RULES + AREA_RULES.format(severity="warn"), encoding="utf-8")
    done = CliRunner().invoke(
        app,
        [
            "site", "assess", str(weak / "many.csv"), "--scenario", str(weak / "weak.toml"),
            "--header", "Kinh độ (x)=x", "--header", "Vĩ độ (y)=y", "--sites-crs", "EPSG:9209",
            "--without", "north", "--rules", str(weak / "two.toml"), "--date", "2025-12-01",
        ],
        catch_exceptions=False,
    )  # fmt: skip
    assert done.exit_code == 0, done.output  # 39 m in all, and nobody asks about the north
    assert all(f"P{k}: zoning pass" in done.output for k in range(21))


def test_any_number_of_threads_ranks_alike(weak, tmp_path):
    for threads in ("1", "3"):
        invoke(
            weak, "alternatives", "--step-m", "250", "--threads", threads,
            "-o", str(tmp_path / threads),
        )  # fmt: skip
    files = [(tmp_path / threads / "alternatives.csv").read_bytes() for threads in ("1", "3")]
    assert files[0] == files[1]


def test_bad_proposals_are_refused(weak):
    path = weak / "proposal.toml"
    path.write_text(PROPOSAL.replace("antenna_height_m = 36.0\n", "antena_height_m = 36.0\n"))
    with pytest.raises(InputError, match="antenna_height_m"):
        invoke(weak, "assess")
    path.write_text(PROPOSAL.replace('["lte_b3"]', '["nr_n78"]'))
    with pytest.raises(InputError, match="hold no carrier of its layers"):
        invoke(weak, "alternatives")
    path.write_text(PROPOSAL.replace('"P1"', '"A"'))
    for given in ("30,x", "", "0"):
        with pytest.raises(InputError, match="--heights is"):
            heights_of(given)
