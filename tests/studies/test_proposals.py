"""Proposed sites: what is said of them is what a run of them finds."""

import json

import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

import coverage_sim
from coverage_sim.cli.app import app
from coverage_sim.cli.site_commands import heights_of
from coverage_sim.errors import InputError

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
    sharing = pd.read_csv(tmp_path / "out/sharing.csv")
    assert not len(sharing) or "A" not in set(sharing["site"])  # viettel is on A already
    neighbours = pd.read_csv(tmp_path / "out/neighbours.csv")
    assert list(neighbours["site"]) == ["A", "R"]
    assert neighbours["away_m"].is_monotonic_increasing
    written = json.loads((tmp_path / "out/assessment.json").read_text())
    assert written["sites"]["P1"]["decision"] == "pass"
    assert written["sites"]["P1"]["cost_vnd"] == 900e6 + 120e6 + 400e6
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
    gained = table["viettel_4g_gained_people"][:10]
    assert gained.is_monotonic_decreasing
    before = covered(weak, "").sum()
    for row in (table.iloc[0], table.iloc[9], table.iloc[14]):
        proposed = (
            PROPOSAL.replace("[[site]]", "[[network.add]]")
            .replace("572500.0, 2261200.0", f"{row['easting_m']}, {row['northing_m']}")
            .replace("36.0", f"{row['antenna_height_m']}")
        )
        after = covered(weak, proposed).sum()
        assert row["viettel_4g_gained_people"] == pytest.approx(after - before, abs=0.11)
    assert (table["cost_vnd"] == 1420e6).all()
    with Image.open(tmp_path / "out/alternatives.png") as picture:
        assert min(picture.size) > 900


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
    path.write_text(PROPOSAL + PROPOSAL.replace("P1", "P2"))
    with pytest.raises(InputError, match="proposes 2 sites"):
        invoke(weak, "alternatives")
    path.write_text(PROPOSAL.replace('"P1"', '"A"'))
    for given in ("30,x", "", "0"):
        with pytest.raises(InputError, match="--heights is"):
            heights_of(given)
