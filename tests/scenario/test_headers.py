"""Headers that a scenario explains, of lists of sites and of villages."""

import pytest

from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.scenario.load import load_scenario


def renamed(path, **names):
    header, rest = path.read_text(encoding="utf-8").split("\n", 1)
    columns = [names.get(column, column) for column in header.split(",")]
    assert set(names.values()) <= set(columns)
    path.write_text(",".join(columns) + "\n" + rest, encoding="utf-8")


def test_a_scenario_says_what_headers_mean(project):
    scenario = project / "tiny.toml"
    plain = prepare(load_scenario(scenario))
    renamed(project / "sites_synthetic.csv", antenna_height_m="Cao độ treo")
    renamed(project / "villages_synthetic.csv", people="Khẩu thường trú")
    with pytest.raises(InputError) as caught:
        prepare(load_scenario(scenario))
    told = "\n".join(caught.value.problems)
    assert "under [network.headers] of the scenario" in told
    assert "under [places.headers] of the scenario" in told
    text = scenario.read_text(encoding="utf-8")
    text += '\n[network.headers]\n"Cao độ treo" = "antenna_height_m"\n'
    text += '\n[places.headers]\n"Khẩu thường trú" = "people"\n'
    scenario.write_text(text, encoding="utf-8")
    found = prepare(load_scenario(scenario))
    assert found.sites == plain.sites
    assert found.villages == plain.villages
