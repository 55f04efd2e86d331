"""Backhaul of a plan: masts without a route to a hub are no candidates."""

import datetime as dt

import pandas as pd
import pytest

import coverage_sim
from coverage_sim import InputError, MemoryStore

DAY = dt.date(2026, 11, 26)
STORE = MemoryStore()

PLAN = """
format = 1
extends = "tiny.toml"
name = "plan"
[layers.lte_b3]
port_power_dbm = 20.0
[plan]
budget_vnd = 2_500_000_000
curve_points = 2
[plan.candidates]
spacing_m = 900.0
heights_m = [30.0]
[plan.backhaul]
"""


@pytest.fixture
def found(project):
    """Return a function that lists candidates with some backhaul."""

    def list_candidates(backhaul, hubs=None):
        if hubs is not None:
            (project / "hubs_synthetic.csv").write_text(hubs, encoding="utf-8")
            backhaul = f'hubs = "hubs_synthetic.csv"\n{backhaul}'
        (project / "plan.toml").write_text(PLAN + backhaul, encoding="utf-8")
        return coverage_sim.candidates(project / "plan.toml", date=DAY, store=STORE)

    return list_candidates


def built(candidates):
    return {option.site.id for option in candidates.reaches.options if option.builds}


def test_over_flat_ground_every_mast_sees_the_one_that_stands(found):
    candidates = found("")
    assert candidates.without_route == 0
    route = candidates.routes["B@24"]
    assert (route.hops, route.via) == (1, ("A",))
    # A stands at (570000, 2259000) and B at (572400, 2261000).
    assert route.hop_m == pytest.approx((2400.0**2 + 2000.0**2) ** 0.5, rel=1e-6)
    assert built(candidates) == {key.partition("@")[0] for key in candidates.routes}


def test_what_no_hop_reaches_is_left_out_and_counted(found):
    every = found("")
    some = found("longest_hop_m = 3000.0")
    far = {key for key, route in every.routes.items() if route.hop_m > 3000.0}
    assert "B@24" in far  # 3,124 m
    assert set(some.routes) == set(every.routes) - far
    assert some.without_route > 0
    assert "B" not in built(some)


def test_a_mast_that_stands_relays_to_a_listed_hub(found):
    hubs = "id,x,y,antenna_height_m\nH,569400,2258400,40\n"
    near = found("longest_hop_m = 3200.0", hubs)
    assert (near.routes["B@24"].hops, near.routes["B@24"].via) == (2, ("A", "H"))
    alone = found("longest_hop_m = 3200.0\nmost_hops = 1", hubs)
    assert "B@24" not in alone.routes


def test_hubs_elsewhere_and_hubs_without_height_are_told(found):
    with pytest.raises(InputError, match="none of 1 hubs stands on the terrain"):
        found("", "id,x,y,antenna_height_m\nH,500100,2400200,40\n")
    with pytest.raises(InputError, match=r"hubs_synthetic\.csv"):
        found("", "id,x,y,antenna_height_m\nH,569400,2258400,tall\n")


def test_a_plan_says_how_its_masts_are_reached(found, project, tmp_path):
    found("")
    plan = coverage_sim.optimize(project / "plan.toml", date=DAY, store=STORE)
    assert plan.steps
    folder = plan.save(tmp_path / "plan", maps=False)
    rows = pd.read_csv(folder / "plan.csv", encoding="utf-8-sig").set_index("site")
    routes = {key.partition("@")[0]: route for key, route in plan.candidates.routes.items()}
    masts = [step.option.site.id for step in plan.steps if step.option.builds]
    assert masts
    for mast in masts:
        assert rows.loc[mast, "backhaul_hops"] == routes[mast].hops
        assert rows.loc[mast, "backhaul_via"] == ";".join(routes[mast].via)
        assert rows.loc[mast, "first_hop_m"] == pytest.approx(routes[mast].hop_m, abs=0.05)
