"""What sites list and no operator of theirs can transmit is told, and nothing else."""

from coverage_sim.inputs.prepare import prepare
from coverage_sim.inputs.remarks import remarks
from coverage_sim.scenario.load import load_scenario


def said(project):
    prepared = prepare(load_scenario(project / "tiny.toml"))
    return [one for one in remarks(prepared) if "not computed" in one]


def test_a_technology_of_which_no_operator_has_a_layer_is_told(project, edit):
    assert said(project) == []
    edit("sites_synthetic.csv", "viettel", "vietnamobile")
    assert said(project) == [
        "5G of vietnamobile, vnpt at A is not computed: no 5G layer of the scenario is theirs"
    ]
