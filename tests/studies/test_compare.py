"""Comparison of scenarios: places, communes, costs and the matrix."""

import io

import pandas as pd
import pytest
from rich.console import Console

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.cli.show_comparison import print_comparison

STORE = MemoryStore()

PLACES = """\
id,name,kind,x,y,generation,level
school,Trường Một,school,572450,2261050,4g,indoor
office,UBND Hai,commune_office,570050,2259050,4g,basic
"""


@pytest.fixture
def comparison(project, edit):
    (project / "places_synthetic.csv").write_text(PLACES, encoding="utf-8")
    edit(
        "tiny.toml",
        'villages_crs = "EPSG:9209"',
        'villages_crs = "EPSG:9209"\nmust_cover = ["places_synthetic.csv"]',
    )
    # A stands far from B: without it the north lacks signal.
    edit("sites_synthetic.csv", "rural,38,viettel;vnpt", "rural,12,viettel;vnpt")
    edit("tiny.toml", "radius_m = 3000.0", "radius_m = 1500.0")
    paths = [project / "tiny.toml"]
    for name, body in {
        "built": 'on_air = ["existing", "approved_unbuilt"]',
        "moved_away": '[[network.change]]\nsite = "A"\nstatus = "rejected"\n'
        '[[network.change]]\nsite = "B"\nstatus = "existing"',
    }.items():
        path = project / f"{name}.toml"
        path.write_text(f'format = 1\nextends = "tiny.toml"\nname = "{name}"\n[network]\n{body}\n')
        paths.append(path)
    return coverage_sim.compare(paths, store=STORE)


def test_places_that_must_be_covered_are_gained_and_lost(comparison):
    rows = comparison.networks.set_index(["scenario", "network", "level"])
    assert rows.loc[("built", "any_4g", "indoor"), "gained_places"] == 1
    assert rows.loc[("built", "vnpt_4g", "indoor"), "gained_places"] == 1
    assert rows.loc[("built", "any_4g", "basic"), "lost_places"] == 0
    assert rows.loc[("moved_away", "any_4g", "basic"), "lost_places"] == 1
    assert rows.loc[("moved_away", "viettel_4g", "basic"), "lost_places"] == 1
    changed = comparison.places
    assert list(changed["scenario"]) == ["built", "moved_away", "moved_away"]
    assert list(changed["id"]) == ["school", "office", "school"], "what is lost comes first"


def test_the_matrix_has_every_commune_and_scenario(comparison):
    matrix = comparison.matrix.set_index("code")
    assert list(matrix.index) == ["00001", "00002"]
    for result in comparison.results:
        communes = result.communes.set_index("code")
        share = 100.0 * communes["any_4g_basic_people"] / communes["people"]
        pd.testing.assert_series_equal(
            matrix[f"{result.scenario.name}_any_4g_percent"], share, check_names=False
        )
    # A commune counts as gained with its share of people, as a village does.
    rows = comparison.networks.set_index(["scenario", "network", "level"])
    for name in ("built", "moved_away"):
        now = matrix[f"{name}_any_4g_percent"] >= 90.0
        was = matrix["tiny_any_4g_percent"] >= 90.0
        assert rows.loc[(name, "any_4g", "basic"), "gained_communes"] == (now & ~was).sum()
        assert rows.loc[(name, "any_4g", "basic"), "lost_communes"] == (was & ~now).sum()


def test_costs_are_those_of_the_price_list(comparison):
    costs = comparison.results[1].scenario.costs
    table = comparison.costs.set_index(["scenario", "site", "work"])["cost_vnd"]
    assert table.loc[("built", "B", "mast")] == costs.roof_mast_vnd
    assert table.loc[("built", "B", "layer")] == costs.layer_vnd
    assert set(table.index.get_level_values("site")) == {"B"}


def test_all_tables_are_written(comparison, tmp_path):
    folder = comparison.save(tmp_path / "out", maps=False)
    for name in ("must_cover", "commune_matrix", "costs"):
        assert len(pd.read_csv(folder / f"{name}.csv"))


def test_places_that_one_scenario_does_not_list_are_not_lost(comparison, project):
    without = project / "without.toml"
    without.write_text(
        'format = 1\nextends = "tiny.toml"\nname = "without"\n[places]\nmust_cover = []\n'
    )
    found = coverage_sim.compare([project / "tiny.toml", without], store=STORE)
    assert found.places.empty
    assert "lost_places" not in found.networks or not found.networks["lost_places"].any()


def test_the_terminal_shows_whose_networks_change_and_by_how_much(comparison):
    output = io.StringIO()
    print_comparison(Console(file=output, width=130), comparison)
    table = output.getvalue().partition("Communes by")[0]
    least = comparison.results[0].scenario.service.least_level
    rows = comparison.networks
    rows = rows[(rows["level"] == least) & (rows["gained_people"] + rows["lost_people"] >= 1.0)]
    assert len(rows)
    for row in rows.to_dict("records"):
        lines = [line for line in table.splitlines() if f" {row['network']} " in line]
        counts = f"{row['before_expected_people']:,.0f} to {row['after_expected_people']:,.0f}"
        change = f"+{row['gained_people']:,.0f} -{row['lost_people']:,.0f}"
        assert any(counts in line and change in line for line in lines)
