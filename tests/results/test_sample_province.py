"""The sample province looks like a real one. Minutes of work, so it is marked slow."""

from pathlib import Path

import pytest

import coverage_sim

SCENARIOS = Path(__file__).parents[2] / "scenarios" / "nam_dinh"


@pytest.fixture(scope="module")
def today():
    return coverage_sim.run(SCENARIOS / "today.toml")


def percent(result, network):
    return result.summary["networks"][network]["levels"]["basic"]["people_percent"]


@pytest.mark.slow
def test_population_and_coverage_are_those_of_a_real_province(today):
    """Ranges after published figures: 99 % of people have 4G, 379 weak spots, 5G in towns."""
    assert 1.8e6 <= today.summary["people"] <= 1.9e6
    assert 98.0 <= percent(today, "any_4g") <= 99.9
    for operator in ("viettel", "vnpt", "mobifone"):
        assert 90.0 <= percent(today, f"{operator}_4g") <= 99.0
    assert 20.0 <= percent(today, "any_5g") <= 45.0
    assert 100 <= today.summary["weak_spots"] <= 1000
    most = today.weak_spots["district"].value_counts().idxmax()
    assert most == "Huyện Hải Hậu"


@pytest.mark.slow
def test_building_what_is_approved_only_helps(today):
    built = coverage_sim.run(SCENARIOS / "build_approved.toml")
    for network in ("any_4g", "viettel_4g", "vnpt_4g", "mobifone_4g"):
        assert percent(built, network) >= percent(today, network)
    assert built.summary["weak_spots"] < today.summary["weak_spots"]


@pytest.mark.slow
def test_700_mhz_reaches_farther_than_5g_above_2_ghz(today):
    low = coverage_sim.run(SCENARIOS / "nr_700.toml")
    assert percent(low, "viettel_5g") > percent(today, "viettel_5g") + 20.0
    assert percent(low, "viettel_nr_n28") <= percent(low, "viettel_5g")
