"""The command link, as it is typed."""

import json
import sys
from pathlib import Path

import pytest

from coverage_sim.cli import main

RIDGE = Path(__file__).parents[2] / "scenarios" / "jacksboro" / "ridge.toml"
PROFILE = "distance_km,ground_m,clutter_m\n" + "".join(
    f"{0.1 * i:.1f},{5 + (60 if i == 12 else 0)},0\n" for i in range(41)
)
ENDS = ("--from", "-84.2725,36.56584,40", "--to", "-84.2,36.6,1.5")
HEIGHTS = ("--tx-height-m", "30", "--rx-height-m", "1.5")


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs the command and gives status, output and errors."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["coverage-sim", "link", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        printed = capsys.readouterr()
        return stopped.value.code or 0, printed.out, printed.err

    return command


@pytest.fixture
def profile(tmp_path):
    path = tmp_path / "profile.csv"
    path.write_text(PROFILE, encoding="utf-8")
    return path


def test_a_scenario_link_prints_every_term_and_why(run):
    status, out, err = run(*ENDS, "--scenario", RIDGE, "--frequency-mhz", 1800)
    assert (status, err) == (0, "")
    for said in (
        "troposcatter",
        "ducting",
        "beta0",
        "Bullington",
        "Limited by terrain",
        "36.56584",
    ):
        assert said in out
    assert "Synthetic" not in out  # the ground is real


def test_json_is_json_only_and_holds_the_same(run, profile, tmp_path):
    picture = tmp_path / "path.png"
    status, out, err = run(
        "--profile", profile, *HEIGHTS, "--frequency-mhz", 900, "--json", "--output", picture
    )
    assert (status, err) == (0, "")
    record = json.loads(out)
    assert record["model"] == "p1812_8"
    assert record["limited_by"] == "terrain"
    assert record["losses"][-1]["value"] == pytest.approx(record["path_loss_db"], abs=1e-8)
    assert record["place"] == "profile.csv"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_parameters_can_be_set(run, profile):
    asked = ("--profile", profile, *HEIGHTS, "--frequency-mhz", 900, "--json")
    usual = json.loads(run(*asked)[1])
    sure = json.loads(run(*asked, "--set", "location_percent=95", "--set", "n0=340")[1])
    assert sure["parameters"]["n0"] == 340.0
    assert sure["path_loss_db"] != usual["path_loss_db"]
    itm = json.loads(run(*asked, "--model", "itm_1_4", "--set", "location_varies=false")[1])
    assert itm["parameters"]["location_varies"] is False


@pytest.mark.parametrize("model", ["itm_1_4", "okumura_hata", "free_space"])
def test_other_models_print_their_terms(run, profile, model):
    status, out, _ = run("--profile", profile, *HEIGHTS, "--frequency-mhz", 900, "--model", model)
    assert status == 0
    assert "free space" in out
    assert "Limited by" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), ["neither of --scenario and --profile"]),
        (("--scenario", RIDGE, "--profile", "p.csv"), ["both of --scenario and --profile"]),
        (
            ("--scenario", "nowhere.toml", "--from", "1,2", "--model", "p1812", "--set", "x"),
            ["nowhere.toml", "--from is '1,2'", "--to is missing", "Did you mean", "--set is 'x'"],
        ),
        ((*ENDS, *HEIGHTS, "--scenario", RIDGE), ["--tx-height-m and --rx-height-m cannot be"]),
        ((*ENDS, "--profile", "nowhere.csv"), ["--from and --to cannot be", "no such file"]),
        (
            (*ENDS[:2], "--to", "36.6,-84.2,1.5", "--scenario", RIDGE),
            ["receiver", "Are longitude and latitude exchanged?"],
        ),
        ((*ENDS[:2], "--to", "106.2,20.4,1.5", "--scenario", RIDGE), ["outside the terrain"]),
        ((*ENDS, "--scenario", RIDGE, "--output", "p.jpg"), ["the picture is a PNG"]),
    ],
)
def test_a_mistake_is_status_2_and_tells_everything(run, arguments, said):
    status, out, err = run(*arguments, "--frequency-mhz", 1800)
    assert status == 2
    assert out == ""
    assert "Traceback" not in err
    for words in said:
        assert words in err


def test_a_frequency_out_of_range_is_told_before_the_terrain_is_read(run, monkeypatch):
    from coverage_sim.cli import show_link as linking

    monkeypatch.setattr(linking, "read_ground", None)
    status, _, err = run(*ENDS, "--scenario", RIDGE, "--frequency-mhz", 18_000)
    assert status == 2
    assert "frequency_mhz is 18000" in err
