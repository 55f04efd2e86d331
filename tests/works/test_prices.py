"""What work costs: by hand, from a price list of round numbers."""

import dataclasses

import pytest

from coverage_sim.network.sites import Sector, Site
from coverage_sim.scenario.schema_costs import Costs
from coverage_sim.works.prices import Equipped, cost_table, equip, tasks_between

COSTS = Costs(
    mast_vnd=1000.0,
    roof_mast_vnd=300.0,
    layer_vnd=100.0,
    share_vnd=30.0,
    raise_vnd=50.0,
    raise_per_m_vnd=2.0,
    visit_vnd=7.0,
)
SITE = Site(
    id="A",
    name="Synthetic",
    x=0.0,
    y=0.0,
    status="existing",
    antenna_height_m=30.0,
    operators=("viettel",),
    layers=("lte_b3",),
    azimuths_deg=(0.0, 180.0),
)


def sectors(*operators, layer="lte_b3", azimuths_deg=(0.0, 180.0), height_m=30.0, tilt_deg=4.0):
    return tuple(
        Sector(
            name=f"A/{operator}/{layer}/{azimuth_deg:g}",
            site=0,
            operator=operator,
            layer=layer,
            antenna="panel",
            antenna_height_m=height_m,
            azimuth_deg=azimuth_deg,
            electrical_downtilt_deg=tilt_deg,
        )
        for operator in operators
        for azimuth_deg in azimuths_deg
    )


TODAY = Equipped(SITE, sectors("viettel"))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (TODAY, {}),
        (None, {}),
        (Equipped(SITE, sectors("viettel", "vnpt")), {"layer": 100.0, "share": 30.0}),
        (
            Equipped(SITE, (*sectors("viettel"), *sectors("viettel", layer="nr_n41"))),
            {"layer": 100.0},
        ),
        (Equipped(SITE, sectors("viettel", height_m=40.0)), {"raise": 50.0 + 10.0 * 2.0}),
        # The crew that raises antennas turns them too.
        (
            Equipped(SITE, sectors("viettel", height_m=40.0, azimuths_deg=(20.0, 180.0))),
            {"raise": 70.0},
        ),
        (Equipped(SITE, sectors("viettel", azimuths_deg=(20.0, 180.0))), {"visit": 7.0}),
        (Equipped(SITE, sectors("viettel", tilt_deg=2.0)), {"visit": 7.0}),
        (Equipped(SITE, sectors("viettel", height_m=25.0)), {"visit": 7.0}),
        (
            Equipped(dataclasses.replace(SITE, x=500.0), sectors("viettel")),
            {"mast": 1000.0, "visit": 7.0},
        ),
    ],
)
def test_work_on_a_site_that_is_there(after, expected):
    found = {task.work: task.cost_vnd for task in tasks_between(TODAY, after, COSTS)}
    assert found == expected


def test_a_new_mast_costs_itself_and_all_that_hangs_on_it():
    both = Equipped(SITE, sectors("viettel", "vnpt"))
    tasks = tasks_between(None, both, COSTS)
    assert {task.work: task.cost_vnd for task in tasks} == {"mast": 1000.0, "layer": 200.0}
    roof = dataclasses.replace(SITE, structure="roof")
    assert tasks_between(None, Equipped(roof, both.sectors), COSTS)[0].cost_vnd == 300.0


def test_the_table_lists_every_site_of_both_networks_once():
    before = equip([SITE], sectors("viettel"))
    other = dataclasses.replace(SITE, id="B")
    after = equip([SITE, other], (*sectors("viettel"), *map(_of_second, sectors("vnpt"))))
    table = cost_table(before, after, COSTS)
    assert list(table["site"]) == ["B", "B"]
    assert table["cost_vnd"].sum() == 1100.0
    assert cost_table(after, after, COSTS).empty


def _of_second(sector):
    return dataclasses.replace(sector, site=1)


def test_a_mast_that_stands_is_not_built_again():
    tasks = tasks_between(None, TODAY, COSTS, stands=True)
    assert {task.work: task.cost_vnd for task in tasks} == {"layer": 100.0}


def test_what_is_moved_and_raised_is_put_up_once():
    there = Equipped(dataclasses.replace(SITE, x=500.0), sectors("viettel", height_m=40.0))
    found = {task.work: task.cost_vnd for task in tasks_between(TODAY, there, COSTS)}
    assert found == {"mast": 1000.0, "visit": 7.0}


def test_new_masts_need_power_and_high_ones_lights():
    costs = dataclasses.replace(COSTS, power_fibre_vnd=40.0, marking_vnd=9.0, marking_from_m=45.0)
    low, high = (Equipped(SITE, sectors("viettel", height_m=height_m)) for height_m in (30.0, 48.0))
    works = {task.work: task.cost_vnd for task in tasks_between(None, low, costs)}
    assert works == {"mast": 1000.0, "power_fibre": 40.0, "layer": 100.0}
    works = {task.work: task.cost_vnd for task in tasks_between(None, high, costs)}
    assert works == {"mast": 1000.0, "power_fibre": 40.0, "marking": 9.0, "layer": 100.0}
    # A mast that stands has power; brought over the limit it needs lights.
    works = {task.work: task.cost_vnd for task in tasks_between(low, high, costs)}
    assert works == {"marking": 9.0, "raise": 50.0 + 2.0 * 18.0}
    # The whole structure counts where the list says how high it is.
    tall = low._replace(site=dataclasses.replace(low.site, total_height_m=46.0))
    assert "marking" in {task.work for task in tasks_between(None, tall, costs)}
    assert "marking" not in {task.work for task in tasks_between(tall, high, costs)}
