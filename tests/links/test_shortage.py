"""Made-up places whose cause is known, because one thing alone was put in their way."""

import dataclasses
import math

import numpy as np
import pytest

from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import MemoryStore
from coverage_sim.links.near_sectors import Cells
from coverage_sim.links.shortage import Question, Shortage, Shortages
from coverage_sim.links.spared_levels import LIMITS
from coverage_sim.network.antennas import Panel
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import Site, make_sectors
from coverage_sim.propagation.drivers import Driver
from coverage_sim.propagation.registry import get_model, get_terminal
from coverage_sim.radio.offsets import Offsets
from coverage_sim.terrain.assemble import terrain_from_arrays
from coverage_sim.terrain.grid import make_grid
from coverage_sim.terrain.ground import Ground

LEFT, TOP, CELL_M, ROWS, COLS = 570_000.0, 2_260_020.0, 60.0, 40, 60
LAYERS = {
    "lte_b3": Layer(
        technology="lte", band="b3", frequency_mhz=1840.0, bandwidth_mhz=20.0,
        operators=("viettel", "vnpt"), port_power_dbm=43.0, antenna="panel", radius_m=4000.0,
    )
}  # fmt: skip
# A mast in the middle of the western edge looks east; the place is 2,400 m before it.
MAST_COL, PLACE_COL, ROW = 5, 45, 20
PLACE = (PLACE_COL, ROW)


def ground(ground_m=None, clutter_m=None):
    shape = (ROWS, COLS)
    x = LEFT + CELL_M * (np.arange(COLS) + 0.5)
    y = TOP - CELL_M * (np.arange(ROWS) + 0.5)
    terrain = terrain_from_arrays(
        np.full(shape, 3.0, np.float32) if ground_m is None else ground_m,
        x=x,
        y=y,
        crs="EPSG:9209",
        clutter_m=np.zeros(shape, np.float32) if clutter_m is None else clutter_m,
    )
    bounds_m = (LEFT, TOP - ROWS * CELL_M, LEFT + COLS * CELL_M, TOP)
    return Ground(
        terrain=terrain, area=make_grid(crs="EPSG:9209", cell_m=CELL_M, bounds_m=bounds_m)
    )


def site(**given):
    return Site(
        **(
            {
                "id": "A",
                "name": "Made-up mast",
                "x": LEFT + CELL_M * (MAST_COL + 0.5),
                "y": TOP - CELL_M * (ROW + 0.5),
                "status": "existing",
                "antenna_height_m": 40.0,
                "operators": ("viettel",),
                "layers": ("lte_b3",),
                "azimuths_deg": (90.0,),
                "downtilt_deg": 1.0,
            }
            | given
        )
    )


def radio_of(sites, layers=LAYERS, **given):
    antennas = {"panel": Panel(pattern="tr36814", gain_dbi=17.0)}
    return Radio(
        sites=tuple(sites),
        sectors=make_sectors(sites, layers, {"rural": 4.0}, antennas),
        layers=layers,
        antennas=antennas,
        model=get_model("p1812_8"),
        rx_height_m=1.5,
        rx_gain_dbi=0.0,
        profile_step_m=30.0,
        driver=Driver(name="exact"),
        **given,
    )


VIETTEL = (Carrier("viettel", "lte_b3"),)


def question(masts, place=PLACE, server=-1, level_dbm=math.nan):
    """One place of a network."""
    cells = Cells(*np.array(place, dtype=np.int64)[:, None])
    return Question(masts, cells, np.array([server], np.int32), np.array([level_dbm]))


def strongest(finder, place, masts):
    ((sector, level_dbm),) = finder.strongest([question(masts, place)])
    return int(sector[0]), float(level_dbm[0])


def ask(finder, masts, server, level_dbm, threshold_dbm):
    """What the place lacks, as numbers."""
    (found,) = finder.at([question(masts, PLACE, server, level_dbm)], threshold_dbm)
    return one_of(found, 0)


def one_of(found, k):
    spared_db = {limit: float(values[k]) for limit, values in found.spared_db.items()}
    given = {name: array[k] for name, array in found._asdict().items() if name != "spared_db"}
    return Shortage(**given, spared_db=spared_db)


def shortage(land, sites, above_db=5.0, *, carriers=VIETTEL, **given):
    """Ask at the place for more than there is by some decibels."""
    finder = Shortages(land, radio_of(sites, **given))
    masts = finder.masts_with(carriers)
    server, level_dbm = strongest(finder, PLACE, masts)
    return ask(finder, masts, server, level_dbm, level_dbm + above_db)


@pytest.mark.parametrize("tilt_deg", [0.0, 2.3, 7.7])
def test_levels_are_those_of_the_raster(tilt_deg):
    random = np.random.default_rng(3)
    hills = random.uniform(0.0, 60.0, (ROWS, COLS)).astype(np.float32)
    land = ground(ground_m=hills, clutter_m=random.choice([0.0, 9.0], hills.shape))
    masts = [site(downtilt_deg=tilt_deg, azimuths_deg=(17.3, 141.9, 263.0))]
    radio = radio_of(masts)
    raster = evaluate_network(land, radio, RunContext(store=MemoryStore()))
    finder = Shortages(land, radio)
    asked = finder.masts_with(VIETTEL)
    for _ in range(60):
        col, row = int(random.integers(COLS)), int(random.integers(ROWS))
        server, level_dbm = strongest(finder, (col, row), asked)
        expected_dbm = float(raster["rsrp_dbm"].to_numpy()[0, row, col])
        if math.isnan(expected_dbm):
            assert server == -1
            continue
        # The raster's path loss is rounded to 1/128 dB, its levels and directions to float32.
        assert level_dbm == pytest.approx(expected_dbm, abs=1.0 / 256.0 + 1e-4)


RIDGE = np.full((ROWS, COLS), 3.0, np.float32)
RIDGE[:, 24:27] = 90.0
GROVE = np.zeros((ROWS, COLS), np.float32)
GROVE[ROW - 2 : ROW + 3, PLACE_COL - 2 : PLACE_COL + 3] = 15.0


@pytest.mark.parametrize(
    ("land", "given", "cause"),
    [
        ({}, {"azimuths_deg": (270.0,)}, "antenna_direction"),
        ({}, {"azimuths_deg": (180.0,)}, "antenna_direction"),
        ({}, {"downtilt_deg": 15.0}, "antenna_tilt"),
        ({"clutter_m": GROVE}, {}, "clutter"),
        ({"ground_m": RIDGE}, {}, "terrain"),
    ],
)
def test_the_one_thing_in_the_way_is_the_cause(land, given, cause):
    found = shortage(ground(**land), [site(**given)])
    assert found.cause == cause
    assert found.enough_alone
    assert found.missing_db == pytest.approx(5.0)
    assert found.mast_m == pytest.approx(CELL_M * (PLACE_COL - MAST_COL))
    # nothing else spares as much as a third of what the cause does
    others = [found.spared_db[limit] for limit in LIMITS if limit != cause]
    assert found.spared_db[cause] > 6.0
    assert max(others) < found.spared_db[cause] / 3.0


def test_the_ridge_itself_is_the_obstacle():
    found = shortage(ground(ground_m=RIDGE), [site()])
    ridge_m = CELL_M * np.array([24 - MAST_COL - 0.5, 26 - MAST_COL + 0.5])
    assert ridge_m[0] <= found.obstacle_m <= ridge_m[1]
    assert found.obstacle_x == pytest.approx(
        LEFT + CELL_M * (MAST_COL + 0.5) + found.obstacle_m, abs=1.0
    )
    assert found.obstacle_y == pytest.approx(TOP - CELL_M * (ROW + 0.5), abs=1.0)


def test_where_free_space_is_not_enough_it_is_the_distance():
    found = shortage(ground(), [site()], above_db=90.0)
    assert (found.cause, found.enough_alone) == ("distance", False)


def test_where_two_things_are_in_the_way_none_is_enough_alone():
    land = ground(ground_m=RIDGE, clutter_m=GROVE)
    spared_db = shortage(land, [site()]).spared_db
    most_db = max(spared_db[limit] for limit in LIMITS)
    found = shortage(land, [site()], above_db=most_db + 2.0)
    assert spared_db[found.cause] == most_db
    assert found.cause in ("terrain", "clutter")
    assert not found.enough_alone


def test_a_mast_beyond_its_radius_is_none():
    short = {"lte_b3": dataclasses.replace(LAYERS["lte_b3"], radius_m=2000.0)}
    found = shortage(ground(), [site()], layers=short)
    assert (found.cause, found.sector, found.enough_alone) == ("no_site_in_range", -1, False)
    assert found.mast_m == pytest.approx(2400.0)
    assert np.isnan(found.missing_db)
    found = shortage(ground(), [site()], carriers=(Carrier("vnpt", "lte_b3"),))
    assert found.cause == "no_site_in_range"
    assert np.isinf(found.mast_m)  # nobody transmits this carrier


def test_of_sectors_alike_without_the_limit_the_nearest_one_is_named():
    found = shortage(ground(), [site(azimuths_deg=(180.0, 20.0, 270.0))])
    assert found.cause == "antenna_direction"
    assert found.sector == 1  # 70 degrees off, the others 90 and 180


def test_all_that_is_said_is_of_the_strongest_sector():
    # A nearer mast stands before the ridge and looks away: 25 dB are lost to that.
    near = site(id="B", x=LEFT + CELL_M * (PLACE_COL - 10 + 0.5), azimuths_deg=(270.0,))
    land = ground(ground_m=RIDGE)
    found = shortage(land, [site(), near])
    assert found.sector == 1
    assert found.cause == "antenna_direction"
    assert found.mast_m == pytest.approx(600.0)
    alone = shortage(land, [near])
    assert found.spared_db == alone.spared_db
    # Without the ridge the other one is stronger, and nothing of the nearer one counts.
    found, alone = shortage(ground(), [site(), near]), shortage(ground(), [site()])
    assert (found.sector, found.mast_m) == (0, pytest.approx(2400.0))
    assert (found.cause, found.spared_db) == (alone.cause, alone.spared_db)


def test_where_every_path_crosses_unknown_ground_nothing_else_is_said():
    hole = np.full((ROWS, COLS), 3.0, np.float32)
    hole[ROW - 3 : ROW + 4, 20:30] = np.nan
    land, radio = ground(ground_m=hole), radio_of([site()])
    finder = Shortages(land, radio)
    masts = finder.masts_with(VIETTEL)
    for server in (-1, 0):
        found = ask(finder, masts, server, math.nan, -110.0)
        assert (found.cause, found.sector) == ("unknown_terrain", -1)
        assert not found.enough_alone


def raster_level(land, radio):
    """RSRP and server of the place as the network step has them."""
    answer = evaluate_network(land, radio, RunContext(store=MemoryStore(), threads=1))
    at = {"y": ROW, "x": PLACE_COL}
    return (float(answer[name][0].isel(at)) for name in ("rsrp_dbm", "best_server"))


@pytest.mark.parametrize("terminals", [(), ("p2109_building_entry",)])
def test_the_level_is_that_of_the_rasters_losses_at_the_phone_included(terminals):
    land = ground(clutter_m=GROVE)
    cover = np.zeros(256)
    cover[:] = 3.0
    radio = radio_of(
        [site(downtilt_deg=4.0)],
        terminals=tuple(map(get_terminal, terminals)),
        offsets=Offsets({"lte_b3": cover}),
    )
    finder = Shortages(land, radio)
    carriers = (Carrier("viettel", "lte_b3"),)
    _, level_dbm = strongest(finder, PLACE, finder.masts_with(carriers))
    expected_dbm, _ = raster_level(land, radio)
    # the rasters keep steps of 1/128 dB, and the gain is read at the nearest angle here
    assert level_dbm == pytest.approx(expected_dbm, abs=0.3)


def test_a_far_server_is_asked_instead_of_the_nearest_masts():
    # three weak masts near the place look away; the server stands farther off
    near = [
        site(id=f"N{k}", x=LEFT + CELL_M * (PLACE_COL - 8 + k), azimuths_deg=(270.0,))
        for k in range(3)
    ]
    near = [dataclasses.replace(one, layers=("lte_weak",)) for one in near]
    weak = dataclasses.replace(LAYERS["lte_b3"], port_power_dbm=-10.0)
    layers = LAYERS | {"lte_weak": weak}
    land, radio = ground(), radio_of([*near, site()], layers)
    carriers = (Carrier("viettel", "lte_b3"), Carrier("viettel", "lte_weak"))
    finder = Shortages(land, radio)
    found = ask(finder, finder.masts_with(carriers), len(radio.sectors) - 1, -80.0, -20.0)
    assert radio.sectors[found.sector].site == 3
    assert found.cause == "distance"  # no single limit makes up sixty decibels
    assert not found.enough_alone


def test_masts_whose_layer_does_not_reach_are_not_among_the_nearest():
    near = [
        dataclasses.replace(
            site(id=f"N{k}", x=LEFT + CELL_M * (PLACE_COL - 20 + k)), layers=("lte_short",)
        )
        for k in range(3)
    ]
    layers = LAYERS | {"lte_short": dataclasses.replace(LAYERS["lte_b3"], radius_m=300.0)}
    carriers = (Carrier("viettel", "lte_b3"), Carrier("viettel", "lte_short"))
    found = shortage(ground(), [*near, site()], carriers=carriers, layers=layers)
    assert found.cause != "no_site_in_range"
    assert found.mast_m == pytest.approx(2400.0)


def test_many_places_of_many_networks_are_told_what_each_alone_is():
    random = np.random.default_rng(5)
    hills = RIDGE.copy()
    hills[8:14, 34:40] = np.nan
    land = ground(hills, 8.0 * (random.random(hills.shape) < 0.2).astype(np.float32))
    other = dataclasses.replace(LAYERS["lte_b3"], frequency_mhz=2660.0, band="b7", radius_m=1500.0)
    masts = [
        site(
            id=f"M{k}",
            x=LEFT + CELL_M * (2.5 + 8 * k),
            y=TOP - CELL_M * (6.5 + 4 * (k % 7)),
            antenna_height_m=20.0 + 5.0 * (k % 3),
            azimuths_deg=(10.0 * k, 10.0 * k + 150.0),
            operators=("viettel",) if k % 2 else ("vnpt",),
            layers=("lte_b3",) if k % 3 else ("lte_b3", "lte_b7"),
        )
        for k in range(7)
    ]
    radio = radio_of(masts, LAYERS | {"lte_b7": other})
    raster = evaluate_network(land, radio, RunContext(store=MemoryStore(), threads=1))
    carriers = radio.carriers()
    networks = [carriers, carriers[:1], [one for one in carriers if one.layer == "lte_b7"]]
    finder = Shortages(land, radio, workers=2)
    questions = []
    for network in networks:
        cells = Cells(random.integers(0, COLS, 80), random.integers(0, ROWS, 80))
        at = [carriers.index(one) for one in network]
        levels_dbm = raster["rsrp_dbm"].to_numpy()[at][:, cells.row, cells.col]
        levels_dbm = np.where(np.isnan(levels_dbm), -np.inf, levels_dbm)
        best = levels_dbm.argmax(axis=0)
        servers = raster["best_server"].to_numpy()[at][:, cells.row, cells.col]
        server = servers[best, np.arange(80)]
        level_dbm = np.where(server < 0, np.nan, levels_dbm[best, np.arange(80)])
        questions.append(Question(finder.masts_with(network), cells, server, level_dbm))
    together, nearest = finder.at(questions, -85.0), finder.strongest(questions)
    causes = set()
    for one, found, (sector, reached_dbm) in zip(questions, together, nearest, strict=True):
        for k in range(80):
            part = slice(k, k + 1)
            alone = Question(
                one.masts, one.cells.taken(part), one.server[part], one.level_dbm[part]
            )
            ((alone_sector, alone_dbm),) = finder.strongest([alone])
            np.testing.assert_array_equal(alone_sector[0], sector[k])
            np.testing.assert_array_equal(alone_dbm[0], reached_dbm[k])
            (told,) = finder.at([alone], -85.0)
            assert repr(one_of(told, 0)) == repr(one_of(found, k))  # to the bit, and NaN is NaN
            causes.add(told.cause[0])
    assert causes >= {"antenna_direction", "clutter", "terrain", "unknown_terrain"}
    assert "no_site_in_range" in causes
