"""Losses at the phone: the registry, every refusal, and that nothing is counted twice."""

import math
from dataclasses import FrozenInstanceError, dataclass, fields
from typing import ClassVar

import numpy as np
import pytest

from coverage_sim.errors import InputError
from coverage_sim.propagation.registry import get_model, get_terminal, registered_terminals
from coverage_sim.propagation.terminal import added_loss_db, path_height_m, register_terminal
from coverage_sim.propagation.terminal_checks import check_terminals, check_terminals_at
from coverage_sim.propagation.terminals.p833_woodland import woodland_loss_db
from coverage_sim.propagation.terminals.p2108_height_gain import height_gain_loss_db
from coverage_sim.propagation.terminals.p2108_statistical import terrestrial_clutter_loss_db
from coverage_sim.propagation.terminals.p2109_building_entry import (
    BuildingEntry,
    building_entry_loss_db,
)

#: One of each, with what it cannot do without.
EACH = {
    "p2108_height_gain": {"surroundings": "suburban"},
    "p2108_statistical": {},
    "p2109_building_entry": {},
    "p833_woodland": {"depth_m": 50.0},
}
CLUTTER = ["p2108_height_gain", "p2108_statistical", "p833_woodland"]


def one(name, **parameters):
    return get_terminal(name, **(EACH[name] | parameters))


def loss_of(terminal, *, distance_m=1000.0, elevation_deg=0.0, frequency_mhz=1800.0):
    shape = np.broadcast_shapes(np.shape(distance_m), np.shape(elevation_deg))
    return terminal.loss_db(
        frequency_mhz=frequency_mhz,
        distance_m=np.broadcast_to(distance_m, shape),
        elevation_deg=np.broadcast_to(elevation_deg, shape),
        rx_height_m=1.5,
    )


# The registry

REGISTERED = sorted(registered_terminals())


def test_the_losses_are_known_by_their_names():
    assert sorted(EACH) == REGISTERED


@pytest.mark.parametrize("name", REGISTERED)
def test_every_loss_says_what_it_is_and_never_changes(name):
    terminal = one(name)
    assert terminal.name == name
    assert "ITU-R" in terminal.reference
    assert terminal.title
    assert terminal.good_for
    assert terminal == one(name)
    assert hash(terminal) == hash(one(name))
    for field in fields(terminal):
        with pytest.raises(FrozenInstanceError):
            setattr(terminal, field.name, 1.0)


@pytest.mark.parametrize("name", REGISTERED)
def test_every_loss_has_the_shape_of_the_paths_and_keeps_no_data(name):
    distance_m = np.array([[400.0, np.nan], [1000.0, 9000.0]])
    elevation_deg = np.array([[5.0, np.nan], [2.0, 0.2]])
    together = loss_of(one(name), distance_m=distance_m, elevation_deg=elevation_deg)
    assert together.shape == distance_m.shape
    np.testing.assert_array_equal(np.isnan(together), np.isnan(distance_m))
    for place in [(0, 0), (1, 0), (1, 1)]:
        alone = loss_of(one(name), distance_m=distance_m[place], elevation_deg=elevation_deg[place])
        assert together[place] == float(alone)


@pytest.mark.parametrize("distance_m", [0.0, 10.0, 41.0, 249.0])
def test_clutter_loss_is_held_near_the_mast(distance_m):
    near, edge = loss_of(one("p2108_statistical"), distance_m=[distance_m, 250.0])
    assert near == edge


def test_losses_add_up():
    terminals = [one("p2108_statistical"), one("p2109_building_entry")]
    paths = {
        "frequency_mhz": 1800.0,
        "distance_m": np.array([300.0, 3000.0]),
        "elevation_deg": np.array([6.0, 0.5]),
        "rx_height_m": 1.5,
    }
    expected_db = terminals[0].loss_db(**paths) + terminals[1].loss_db(**paths)
    np.testing.assert_array_equal(added_loss_db(terminals, **paths), expected_db)
    np.testing.assert_array_equal(added_loss_db([], **paths), [0.0, 0.0])


def test_only_height_gain_wants_the_path_to_end_above_the_phone():
    for name in REGISTERED:
        expected_m = 10.0 if name == "p2108_height_gain" else 1.5
        assert path_height_m([one(name)], 1.5) == expected_m
    lowered = one("p2108_height_gain", clutter_height_m=6.0)
    assert path_height_m([one("p2109_building_entry"), lowered], 1.5) == 6.0
    assert path_height_m([lowered], 30.0) == 30.0


def test_a_name_cannot_be_taken_twice():
    class Other:
        name = "p833_woodland"

    with pytest.raises(ValueError, match="two terminals are called 'p833_woodland'"):
        register_terminal(Other)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("p2109", {}, r"terminal is 'p2109'; it must be one of \['p2108_height_gain', "),
        ("p833_woodland", {}, "p833_woodland: depth_m is missing; .* give it"),
        (
            "p833_woodland",
            {"depth": 10.0},
            r"no parameter 'depth'; it has \['depth_m'\]. Did you mean 'depth_m'",
        ),
        ("p833_woodland", {"depth_m": "deep"}, "give its parameters as numbers"),
        ("p833_woodland", {"depth_m": -1.0}, "depth_m is -1 m; it must be 0 to"),
        ("p833_woodland", {"depth_m": math.nan}, "depth_m is nan m; it must be 0 to"),
        (
            "p2109_building_entry",
            {"building": "traditionel"},
            r"building is 'traditionel'; it must be one of .* Did you mean 'traditional'",
        ),
        (
            "p2109_building_entry",
            {"probability_percent": 100.0},
            "probability_percent is 100 %; it must lie between 0 and 100 %. The median is 50",
        ),
        ("p2108_statistical", {"location_percent": 0.0}, "it must lie between 0 and 100 %"),
        ("p2108_statistical", {"location_percent": math.nan}, "it must lie between 0 and 100 %"),
        (
            "p2108_height_gain",
            {"surroundings": "forest"},
            "surroundings is 'forest'; it must be one of",
        ),
        (
            "p2108_height_gain",
            {"surroundings": "suburban", "clutter_height_m": 0.0},
            "clutter_height_m is 0 m; it must be 0.01 to 1000 m. Correct",
        ),
        (
            "p2108_height_gain",
            {"surroundings": "suburban", "street_width_m": -27.0},
            "street_width_m is -27 m; it must be",
        ),
    ],
)
def test_wrong_names_and_parameters_are_refused_with_the_cure(name, parameters, message):
    with pytest.raises(InputError, match=message):
        get_terminal(name, **parameters)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(InputError) as told:
        get_terminal("p2109_building_entry", building="igloo", probability_percent=0.0)
    assert len(told.value.problems) == 2
    with pytest.raises(InputError) as told:
        height_gain_loss_db(
            frequency_mhz=5000.0,
            height_m=-1.0,
            surroundings="swamp",
            clutter_height_m=0.0,
            street_width_m=0.0,
        )
    assert len(told.value.problems) == 5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: woodland_loss_db(frequency_mhz=2600.0, depth_m=10.0),
            "p833_woodland: frequency_mhz is 2600 MHz; .* 105.9 to 2117.5 MHz. Leave the woodland",
        ),
        (
            lambda: woodland_loss_db(frequency_mhz=math.nan, depth_m=10.0),
            "frequency_mhz is nan MHz",
        ),
        (
            lambda: woodland_loss_db(frequency_mhz=900.0, depth_m=[-1.0, 5.0, -2.0]),
            r"depth_m is -1 m \(and 1 more\); it must be at least 0 m",
        ),
        (
            lambda: building_entry_loss_db(frequency_mhz=79.0),
            "p2109_building_entry: frequency_mhz is 79 MHz; it must be 80 to 100000 MHz",
        ),
        (
            lambda: building_entry_loss_db(frequency_mhz=900.0, elevation_deg=[0.0, 91.0]),
            "elevation_deg is 91 deg; it must be -90 to 90 deg",
        ),
        (
            lambda: terrestrial_clutter_loss_db(frequency_mhz=450.0, distance_m=1000.0),
            "frequency_mhz is 450 MHz; .* Below it p2108_height_gain goes on",
        ),
        (
            lambda: terrestrial_clutter_loss_db(frequency_mhz=900.0, distance_m=[249.0, np.nan]),
            "distance_m is 249 m; it must be at least 250 m",
        ),
        (
            lambda: loss_of(one("p2108_height_gain"), frequency_mhz=3750.0),
            "frequency_mhz is 3750 MHz; .* Above it p2108_statistical goes on",
        ),
    ],
)
def test_values_out_of_range_are_refused_with_the_cure(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_a_layer_is_refused_by_every_loss_that_does_not_reach_it():
    terminals = [one("p833_woodland"), one("p2109_building_entry")]
    check_terminals_at(terminals, frequency_mhz=1842.5, rx_height_m=1.5)
    with pytest.raises(InputError, match="p833_woodland: frequency_mhz is 3750 MHz") as told:
        check_terminals_at(terminals, frequency_mhz=3750.0, rx_height_m=1.5)
    assert len(told.value.problems) == 1
    with pytest.raises(InputError) as told:
        check_terminals_at(terminals, frequency_mhz=200_000.0, rx_height_m=1.5)
    assert len(told.value.problems) == 2


# Never twice


@dataclass(frozen=True)
class Statistics:
    """A model whose statistics hold the clutter."""

    name: ClassVar[str] = "hilly_city"
    uses_clutter_profile: ClassVar[bool] = False
    includes_clutter: ClassVar[bool] = True


@pytest.mark.parametrize("name", REGISTERED)
def test_over_bare_terrain_each_loss_alone_is_welcome(name):
    check_terminals(get_model("free_space"), [one(name)])
    check_terminals(get_model("p1812_8"), [one(name)], clutter_heights=False)
    check_terminals(get_model("p1812_8"), [])


@pytest.mark.parametrize("model", [get_model("free_space"), get_model("p1812_8"), Statistics()])
def test_walls_are_welcome_with_every_model(model):
    check_terminals(model, [one("p2109_building_entry")])


@pytest.mark.parametrize("name", CLUTTER)
def test_surroundings_and_walls_are_welcome_together(name):
    check_terminals(get_model("free_space"), [one(name), one("p2109_building_entry")])


def test_the_same_name_twice_is_refused():
    terminals = [
        one("p2109_building_entry"),
        one("p2109_building_entry", building="thermally_efficient"),
    ]
    with pytest.raises(InputError) as told:
        check_terminals(get_model("free_space"), terminals)
    assert str(told.value) == (
        "terminal 'p2109_building_entry' is given 2 times; each is added once. Name it once."
    )


@pytest.mark.parametrize("pair", [CLUTTER[:2], CLUTTER[1:], CLUTTER[::2]])
def test_two_losses_of_the_same_surroundings_are_refused(pair):
    with pytest.raises(InputError) as told:
        check_terminals(get_model("free_space"), [one(name) for name in pair])
    assert str(told.value) == (
        f"the terminals {pair} all stand for what surrounds the phone; one of them is allowed. "
        "Keep the one that fits the place."
    )


@pytest.mark.parametrize("name", CLUTTER)
def test_surroundings_are_refused_where_the_profile_has_clutter_heights(name):
    with pytest.raises(InputError) as told:
        check_terminals(get_model("p1812_8"), [one(name)])
    assert str(told.value) == (
        f"terminal {name!r} stands for what surrounds the phone, and so do the clutter heights "
        "that p1812_8 reads from the profile; with p1812_8 it must be one of "
        f"['p2109_building_entry']. Remove {name}, or leave out the land cover, so that nothing "
        "stands on the ground."
    )


@pytest.mark.parametrize("clutter_heights", [True, False])
@pytest.mark.parametrize("name", CLUTTER)
def test_surroundings_are_refused_where_the_statistics_hold_them(name, clutter_heights):
    with pytest.raises(InputError) as told:
        check_terminals(Statistics(), [one(name)], clutter_heights=clutter_heights)
    assert str(told.value) == (
        f"terminal {name!r} stands for what surrounds the phone, and so do the statistics of "
        f"hilly_city; with hilly_city it must be one of ['p2109_building_entry']. Remove {name}, "
        "or choose a model of bare terrain such as 'free_space'."
    )


def test_all_that_is_counted_twice_is_told_at_once():
    names = [*CLUTTER, "p2109_building_entry", "p2109_building_entry"]
    with pytest.raises(InputError) as told:
        check_terminals(get_model("p1812_8"), [one(name) for name in names])
    # the repeated name, the three surroundings together, and each of them against the profile
    assert len(told.value.problems) == 1 + 1 + 3


def test_the_spread_of_building_entry_is_half_the_way_between_its_16_and_84_percent():
    # P.2109-2 at 1 GHz, traditional, level path, written out: A = 12.64 -+ 9.6, B = 9.1 -+ 4.5,
    # C = -3 dB, summed as powers
    def summed(*parts_db):
        return 10.0 * math.log10(sum(10.0 ** (0.1 * part) for part in parts_db))

    expected_db = 0.5 * (summed(22.24, 13.6, -3.0) - summed(3.04, 4.6, -3.0))
    assert BuildingEntry().spread_db(1000.0) == pytest.approx(expected_db, abs=1e-9)
    assert expected_db == pytest.approx(7.74, abs=0.01)
    # another percentage is a margin already
    assert BuildingEntry(probability_percent=90.0).spread_db(1000.0) == 0.0
