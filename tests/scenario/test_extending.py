"""What a base sets can be taken away, and another model leaves the parameters of the old one."""

import pytest

import coverage_sim
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.inputs.remarks import remarks
from coverage_sim.scenario.load import load_scenario
from coverage_sim.scenario.merging import merge

BASE = """\
format = 1
name = "base"
title = "x"
[terrain]
land_cover = "cover"
ground = "ground"
[network]
sites = ["a.csv", "b.csv"]
on_air = ["existing", "candidate"]
[[network.change]]
site = "A.1"
antenna_height_m = 30.0
downtilt_deg = 3.0
[[network.change]]
site = "B"
antenna_height_m = 40.0
[propagation]
model = "p1812_8"
[propagation.parameters]
time_percent = 10.0
[layers.lte_b28]
radius_m = 1.0
[layers.lte_b3]
radius_m = 2.0
"""


@pytest.fixture
def merged(tmp_path):
    """Merge a file that says something over the base."""
    (tmp_path / "base.toml").write_text(BASE, encoding="utf-8")

    def write(text):
        path = tmp_path / "over.toml"
        path.write_text(f'extends = "base.toml"\n{text}', encoding="utf-8")
        return merge(path)

    return write


def test_a_key_a_table_and_a_parameter_are_taken_away(merged):
    content = merged(
        'unset = ["terrain.land_cover", "propagation.parameters", "layers.lte_b28"]'
    ).content
    assert content["terrain"] == {"ground": "ground"}
    assert content["propagation"] == {"model": "p1812_8"}
    assert content["layers"] == {"lte_b3": {"radius_m": 2.0}}
    assert "unset" not in content


def test_rows_are_named_by_what_they_are_called(merged):
    content = merged(
        'unset = [\'network.change."A.1".downtilt_deg\', "network.change.B", '
        '\'network.sites."b.csv"\', "network.on_air.candidate"]'
    ).content
    assert content["network"]["change"] == [{"site": "A.1", "antenna_height_m": 30.0}]
    assert [path.rpartition("/")[2] for path in content["network"]["sites"]] == ["a.csv"]
    assert content["network"]["on_air"] == ["existing"]


def test_what_is_taken_away_can_be_set_anew(merged):
    content = merged(
        'unset = ["propagation.parameters"]\n[propagation.parameters]\nlocation_percent = 40.0\n'
    ).content
    assert content["propagation"]["parameters"] == {"location_percent": 40.0}


def test_every_name_that_nothing_sets_is_told_at_once(merged):
    with pytest.raises(InputError) as refused:
        merged('unset = ["terrain.landcover", "layers.b28", "terrain.ground.x", "a b", "zoning"]')
    told = refused.value.problems
    assert len(told) == 5
    assert "over.toml: unset: 'terrain.landcover' takes away" in told[0]
    assert "Did you mean 'land_cover'?" in told[0]
    assert "there is no 'b28'" in told[1]
    assert "there is no 'x'" in told[2]
    assert "'a b' is no dotted key" in told[3]
    assert "there is no 'zoning'" in told[4]


@pytest.mark.parametrize("given", ['"terrain.land_cover"', "[1]", "true"])
def test_unset_is_a_list_of_names(merged, given):
    with pytest.raises(InputError, match="it must be a list of what a base sets"):
        merged(f"unset = {given}")


def test_another_model_leaves_the_parameters_of_the_old_one_and_says_so(merged):
    content, told = merged('[propagation]\nmodel = "itm_1_4"\n')
    assert content["propagation"] == {"model": "itm_1_4"}
    (remark,) = told
    assert "propagation.model is itm_1_4 instead of p1812_8" in remark
    assert "left out: time_percent." in remark


def test_a_second_base_with_another_model_is_told_too(merged, tmp_path):
    (tmp_path / "second.toml").write_text('[propagation]\nmodel = "itm_1_4"\n', encoding="utf-8")
    (tmp_path / "both.toml").write_text(
        'extends = ["base.toml", "second.toml"]\n', encoding="utf-8"
    )
    merged("")
    content, told = merge(tmp_path / "both.toml")
    assert content["propagation"] == {"model": "itm_1_4"}
    (remark,) = told
    assert "both.toml: propagation.model is itm_1_4 instead of p1812_8" in remark


def test_another_model_has_the_parameters_that_come_with_it(merged):
    content, _ = merged('[propagation]\nmodel = "itm_1_4"\nparameters = { climate = 3 }\n')
    assert content["propagation"] == {"model": "itm_1_4", "parameters": {"climate": 3}}


def test_the_same_model_keeps_its_parameters(merged):
    content, told = merged('[propagation]\nmodel = "p1812_8"\nparameters = { n0 = 300.0 }\n')
    assert content["propagation"]["parameters"] == {"time_percent": 10.0, "n0": 300.0}
    assert told == ()


@pytest.mark.parametrize("model", ["itm_1_4", "tr38901_rma", "free_space", "tr38901_uma"])
def test_a_project_runs_with_another_model_by_one_line(project, model):
    (project / "other.toml").write_text(
        f'extends = "tiny.toml"\nname = "other"\n[propagation]\nmodel = "{model}"\n',
        encoding="utf-8",
    )
    result = coverage_sim.run(project / "other.toml", store=coverage_sim.MemoryStore())
    assert result.manifest["model"]["name"] == model
    assert any("instead of p1812_8" in said for said in result.manifest["remarks"])
    assert result.summary["networks"]


def test_heights_that_a_model_is_not_stated_for_are_counted(project):
    (project / "other.toml").write_text(
        'extends = "tiny.toml"\nname = "other"\n[propagation]\nmodel = "tr38901_uma"\n',
        encoding="utf-8",
    )
    said = remarks(prepare(load_scenario(project / "other.toml")))
    assert any("outside the 25 m that tr38901_uma is stated for" in one for one in said)


def test_a_layer_that_no_site_uses_is_not_asked_of_the_model(project):
    """Hata's formula ends at 1500 MHz: the layers on air are refused, the others are not."""
    (project / "other.toml").write_text(
        'extends = "tiny.toml"\nname = "other"\n[propagation]\nmodel = "okumura_hata"\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError) as refused:
        prepare(load_scenario(project / "other.toml"))
    named = {
        problem.split("layers.")[1].split(":")[0]
        for problem in refused.value.problems
        if "layers." in problem
    }
    on_air = {
        sector.layer for sector in prepare(load_scenario(project / "tiny.toml")).radio.sectors
    }
    assert named == on_air
    assert named < set(load_scenario(project / "tiny.toml").scenario.layers)


def test_the_receiver_has_gains_and_losses_of_single_layers(project, edit):
    edit(
        "tiny.toml",
        "[layers.lte_b3]",
        "[receiver]\ngain_dbi = -2.0\nbody_loss_db = 3.0\n"
        "[receiver.layers.nr_n41]\ngain_dbi = -4.0\nin_car_loss_db = 8.0\n[layers.lte_b3]",
    )
    radio = prepare(load_scenario(project / "tiny.toml")).radio
    for sector in radio.sectors:
        lost_db = {"lte_b3": 5.0, "nr_n41": 15.0}[sector.layer]
        assert radio.received_dbm(sector) == pytest.approx(radio.reference_dbm(sector) - lost_db)


def test_a_layer_of_the_receiver_is_one_of_the_scenario(project, edit):
    edit("tiny.toml", "[layers.lte_b3]", "[receiver.layers.lte_b9]\n[layers.lte_b3]")
    with pytest.raises(InputError, match=r"receiver\.layers is 'lte_b9'; it must be one of"):
        load_scenario(project / "tiny.toml")


def test_a_traffic_gain_beside_an_array_s_own_beams_is_told(project, edit):
    """Scenarios of before had to state it; an array steers its traffic beams by itself."""
    edit("tiny.toml", "[layers.nr_n41]", "[layers.nr_n41]\ntraffic_gain_db = 4.0")
    prepared = prepare(load_scenario(project / "tiny.toml"))
    (told,) = (one for one in remarks(prepared) if "traffic_gain" in one)
    assert told.startswith("layers.nr_n41.traffic_gain_db = 4 is without effect on nr_array: ")
    edit("tiny.toml", "traffic_gain_db = 4.0\n", "")
    assert not any(
        "traffic_gain" in one for one in remarks(prepare(load_scenario(project / "tiny.toml")))
    )


def test_a_file_that_is_reached_in_many_ways_is_merged_once(tmp_path):
    # four ways at each of 12 levels: 16 million merges, were each way walked
    for level in range(12):
        below = f'extends = ["{level + 1}.toml"{f", {chr(34)}{level + 1}.toml{chr(34)}" * 3}]\n'
        old = "[service]\nsigma_db = 6.0\n"
        (tmp_path / f"{level}.toml").write_text(below + old, encoding="utf-8")
    (tmp_path / "12.toml").write_text('[terrain]\nground = "g"\n', encoding="utf-8")
    merged = merge(tmp_path / "0.toml")
    assert merged.content["terrain"] == {"ground": "g"}
    assert len(merged.remarks) == 12  # each file's own, once


def test_so_many_files_are_no_scenario(tmp_path):
    for part in range(80):
        (tmp_path / f"part{part}.toml").write_text("format = 1\n", encoding="utf-8")
    top = tmp_path / "top.toml"
    top.write_text(f"extends = {[f'part{p}.toml' for p in range(64)]}\n", encoding="utf-8")
    with pytest.raises(InputError, match="more than 64 files"):
        merge(top)
    top.write_text(f"extends = {[f'part{p}.toml' for p in range(80)]}\n", encoding="utf-8")
    with pytest.raises(InputError, match="names 80 files; it may name 64"):
        merge(top)
    top.write_text(f"extends = {[f'part{p}.toml' for p in range(62)]}\n", encoding="utf-8")
    assert merge(top).content == {"format": 1}


def test_only_scenarios_come_with_the_program(project):
    path = project / "own.toml"
    path.write_text('extends = "builtin:vi"\nname = "own"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    assert "builtin:rural_delta" in caught.value.problems[0]
    assert "words" not in caught.value.problems[0]
