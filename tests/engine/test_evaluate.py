"""The network over an area, against a plain computation from path loss and antenna gains."""

import dataclasses
import math

import numpy as np
import pytest
from pyproj import CRS
from scipy.interpolate import RegularGridInterpolator

from coverage_sim.engine import near_field, tiles
from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.masts import check_sites, place_masts
from coverage_sim.engine.radio import window_source
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import MemoryStore, unpack
from coverage_sim.network.antennas import Panel, gain_table_dbi
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import Site, Transmitter, make_sectors, meridian_convergence_deg
from coverage_sim.propagation.drivers import Driver
from coverage_sim.propagation.encoded_loss import NO_LOSS
from coverage_sim.propagation.predict import path_loss
from coverage_sim.propagation.registry import get_model
from coverage_sim.radio.best_server import Directions, directions_to
from coverage_sim.radio.layer_quality import LayerQuality
from coverage_sim.radio.quality import RECEIVED, Received, to_mw
from coverage_sim.radio.tallies import POWER_UNIT_MW
from coverage_sim.terrain.assemble import terrain_from_arrays
from coverage_sim.terrain.grid import make_grid
from coverage_sim.terrain.ground import Ground
from tests.small_network import (
    ANTENNAS,
    CELL_M,
    COLS,
    EPSG,
    LAYERS,
    LEFT,
    LTE,
    MARGIN,
    MODEL,
    ROWS,
    SITES,
    TOP,
    radio_of,
    same_bits,
    site,
)


def transmitter(number, **given):
    defaults = {
        "name": f"t{number}",
        "operator": "viettel",
        "layer": "lte_b3",
        "azimuth_deg": 40.0 * number,
        "antenna_height_m": 38.0,
    }
    return Transmitter(**(defaults | given))


#: Sites whose antennas differ in height, layer, tilt, power and feeder.
LISTED = (
    site(
        1,
        400.0,
        350.0,
        transmitters=(
            transmitter(1),
            transmitter(2, antenna_height_m=21.5, mechanical_downtilt_deg=2.0, power_dbm=40.0),
            transmitter(3, layer="nr_n41", antenna="panel", antenna_height_m=30.0),
            transmitter(4, operator="vnpt", downtilt_deg=1.0, feeder_loss_db=3.0),
            transmitter(5, active=False, power_dbm=60.0),
        ),
    ),
    SITES[1],
    SITES[2],
)


def plain_rsrp_dbm(ground, sector, site_, driver="sweep"):
    """RSRP of one sector over the area: path loss, then the antenna's table in each direction."""
    layer = LAYERS[sector.layer]
    loss = path_loss(
        ground.terrain,
        MODEL,
        tx_x=site_.x,
        tx_y=site_.y,
        tx_height_m=sector.antenna_height_m,
        rx_height_m=1.5,
        frequency_mhz=layer.frequency_mhz,
        radius_m=layer.radius_m,
        driver=driver,
    )
    terrain = ground.terrain
    loss_db = loss.values[MARGIN : MARGIN + ROWS, MARGIN : MARGIN + COLS].astype(float)
    cells = terrain.isel(y=slice(MARGIN, MARGIN + ROWS), x=slice(MARGIN, MARGIN + COLS))
    east, north = np.meshgrid(cells["x"].values - site_.x, cells["y"].values - site_.y)
    # The mast's ground by bilinear interpolation, written out.
    col = (site_.x - float(terrain["x"][0])) / CELL_M
    row = (float(terrain["y"][0]) - site_.y) / CELL_M
    heights = terrain["ground_m"].values.astype(float)
    i, j, fi, fj = int(row), int(col), row % 1.0, col % 1.0
    foot_m = (heights[i, j] * (1 - fj) + heights[i, j + 1] * fj) * (1 - fi) + (
        heights[i + 1, j] * (1 - fj) + heights[i + 1, j + 1] * fj
    ) * fi
    rise_m = cells["ground_m"].values.astype(float) + 1.5 - foot_m - sector.antenna_height_m
    elevation_deg = np.degrees(np.arctan2(rise_m, np.hypot(east, north)))
    convergence_deg = meridian_convergence_deg(site_.x, site_.y, CRS(EPSG))
    offset_deg = np.degrees(np.arctan2(east, north)) + convergence_deg - sector.azimuth_deg
    offset_deg = (offset_deg + 180.0) % 360.0 - 180.0
    # Its error against the formula is a test of its own, in tests/network.
    table = RegularGridInterpolator(
        (np.linspace(-90.0, 90.0, 721), np.linspace(-180.0, 180.0, 361)),
        gain_table_dbi(
            ANTENNAS[sector.antenna],
            sector.electrical_downtilt_deg,
            sector.mechanical_downtilt_deg,
        ).astype(float),
    )
    known = np.isfinite(elevation_deg)
    gain_dbi = np.full(elevation_deg.shape, np.nan)
    gain_dbi[known] = table(np.stack([elevation_deg[known], offset_deg[known]], axis=-1))
    reference_dbm = layer.epre_dbm() + sector.power_offset_db - sector.feeder_loss_db
    return reference_dbm + gain_dbi - loss_db


def test_carriers_are_those_on_air_in_the_order_of_the_layers(answer):
    assert list(answer["carrier"].values) == ["viettel/lte_b3", "vnpt/lte_b3", "viettel/nr_n41"]


@pytest.mark.parametrize(
    ("sites", "driver"),
    # The sweep's radials depend on the largest radius of a mast, which here one layer alone lacks.
    [(SITES, Driver()), (LISTED, Driver(name="exact"))],
    ids=["one line a site", "transmitters"],
)
def test_best_server_and_rsrp_are_those_of_a_plain_computation(ground, sites, driver):
    radio = radio_of(sites, driver=driver)
    answer = evaluate_network(ground, radio, RunContext(store=MemoryStore(), threads=1))
    for number, carrier in enumerate(answer["carrier"].values):
        serving = [
            (k, plain_rsrp_dbm(ground, sector, sites[sector.site], driver))
            for k, sector in enumerate(radio.sectors)
            if f"{sector.operator}/{sector.layer}" == carrier
        ]
        every_dbm = np.array([dbm for _, dbm in serving])
        reached = np.isfinite(every_dbm).any(axis=0)
        rsrp_dbm = answer["rsrp_dbm"].values[number].astype(float)
        server = answer["best_server"].values[number]
        np.testing.assert_array_equal(np.isfinite(rsrp_dbm), reached)
        np.testing.assert_array_equal(server >= 0, reached)
        best_dbm = np.nanmax(every_dbm[:, reached], axis=0)
        # Half a step of 1/128 dB where path loss is kept; 1e-3 dB for float32 directions.
        rounding_db = 1.0 / 256.0 + 1e-3
        assert np.abs(rsrp_dbm[reached] - best_dbm).max() <= rounding_db
        row_of = np.searchsorted([k for k, _ in serving], server[reached])
        served_dbm = every_dbm[:, reached][row_of, np.arange(row_of.size)]
        # Who serves is the strongest one but for that rounding, of both.
        assert (best_dbm - served_dbm).max() <= 2.0 * rounding_db


def rsrp_over_window(ground, radio, mast, sector, store, beam="reference"):
    """RSRP of one sector over the area, from its stored window and a beam's table."""
    window = mast.windows[window_source(sector)]
    kept = unpack(store.get(window.key), window.where.shape)
    found = np.full((ROWS, COLS), np.nan)
    part = window.where
    directions = Directions(*np.empty((2, *kept.shape), dtype=np.float32))
    directions_to(
        np.ascontiguousarray(ground.area_ground_m[part]), part.cols.start, part.rows.start,
        mast.col, mast.row, CELL_M, mast.ground_m + sector.antenna_height_m, 1.5, *directions,
    )  # fmt: skip
    layer = radio.layers[sector.layer]
    table = RegularGridInterpolator(
        (np.linspace(-90.0, 90.0, 721), np.linspace(-180.0, 180.0, 361)),
        gain_table_dbi(ANTENNAS[layer.antenna], sector.electrical_downtilt_deg, 0.0, beam).astype(
            float
        ),
    )
    boresight_deg = sector.azimuth_deg - mast.convergence_deg
    offset_deg = directions.azimuth_deg.astype(float) - boresight_deg
    offset_deg = (offset_deg + 180.0) % 360.0 - 180.0
    known = (kept != NO_LOSS) & np.isfinite(directions.elevation_deg)
    gain_dbi = table((directions.elevation_deg[known].astype(float), offset_deg[known]))
    level_dbm = layer.epre_dbm() - layer.feeder_loss_db + gain_dbi - kept[known] / 128.0
    found[part][known] = level_dbm
    return found


def test_second_server_and_interference_are_a_brute_force_sum_over_the_same_windows(ground, answer):
    store, radio = MemoryStore(), radio_of()
    evaluate_network(ground, radio, RunContext(store=store, threads=1))
    masts = {mast.site: mast for mast in place_masts(ground, radio)}
    for number, carrier in enumerate(answer["carrier"].values):
        lte = "nr" not in str(carrier)
        beams = ("reference", "reference_of_others", "data", "data_of_others")
        every_dbm = {
            beam: np.array(
                [
                    rsrp_over_window(
                        ground, radio, masts[sector.site], sector, store,
                        "reference" if lte else beam,
                    )
                    for sector in radio.sectors
                    if f"{sector.operator}/{sector.layer}" == carrier
                ]
            )
            for beam in beams
        }  # fmt: skip
        levels_dbm = every_dbm["reference"]
        reached = np.isfinite(levels_dbm)
        ordered = np.sort(np.where(reached, levels_dbm, -np.inf), axis=0)[::-1]
        several = reached.sum(axis=0) >= 2
        result = {name: answer[name].values[number] for name in tiles.NETWORK_VARIABLES}
        for name, rank in (("rsrp_dbm", 0), ("second_dbm", 1)):  # but for float32
            np.testing.assert_allclose(result[name][several], ordered[rank][several], atol=1e-5)
        assert np.isnan(result["second_dbm"][~several]).all()
        counted = (np.where(reached, levels_dbm, -999.0) >= -110.0).sum(axis=0)
        np.testing.assert_array_equal(result["servers"], counted)
        served = reached.any(axis=0)
        # Who serves does so by its references; of all others the sum over what they send.
        serves = np.arange(len(levels_dbm))[:, None, None] == np.argmax(
            np.where(reached, levels_dbm, -np.inf), axis=0
        )
        others_mw = {
            beam: np.where(serves | ~reached, 0.0, 10.0 ** (0.1 * every_dbm[beam])).sum(axis=0)
            for beam in beams
        }
        # One in three of LTE's others sends its references where the server does; two ports send
        # the data of one twice.
        data_dbm = np.where(serves, every_dbm["data"], -np.inf).max(axis=0) + (3.0103 if lte else 0)
        np.testing.assert_allclose(
            result["data_dbm"][served], data_dbm[served], atol=1e-4, rtol=0.0
        )
        for name, beam, share in (
            ("interference_dbm", "reference_of_others", 1.0 / 3.0 if lte else 1.0),
            ("data_interference_dbm", "data_of_others", 2.0 if lte else 1.0),
        ):
            np.testing.assert_array_equal(np.isnan(result[name]), ~served)
            np.testing.assert_allclose(
                to_mw(result[name][served]),
                share * others_mw[beam][served],
                atol=0.5 * len(levels_dbm) * POWER_UNIT_MW + 1e-25,  # whole units; the floor
                rtol=2.3e-5,  # 1e-4 dB
            )
        carrier_of = LayerQuality(radio.layers[str(carrier).split("/")[1]], 7.0)
        sinr_db = carrier_of.sinr_db(Received(*(result[name] for name in RECEIVED)))
        # Of LTE one third all the time, two thirds half of the time with the data of two ports.
        activity = 1.0 / 3.0 + 2.0 / 3.0 * 0.5 * 2.0 if lte else 1.0
        spacing_hz = 30e3 if "nr" in str(carrier) else 15e3
        noise_mw = 10.0 ** (0.1 * (-174.0 + 10.0 * math.log10(spacing_hz) + 7.0))
        against_mw = activity * others_mw["reference_of_others"] + noise_mw
        expected_db = ordered[0] - 10.0 * np.log10(against_mw)
        np.testing.assert_allclose(sinr_db[served], expected_db[served], atol=1e-4, rtol=0.0)


def test_rsrp_has_the_rounding_of_the_store_and_no_other(ground, monkeypatch):
    # With a pattern that no table can blur, half a step of 1/128 dB remains, and float32.
    omni = {"panel": Panel(pattern="tr36814", gain_dbi=17.0, front_to_back_db=0.0)}
    sites = (site(1, 400.0, 350.0, layers=("lte_b3",), azimuths_deg=(0.0,)),)
    found = evaluate_network(
        ground, radio_of(sites, antennas=omni), RunContext(store=MemoryStore(), threads=1)
    )
    loss = path_loss(
        ground.terrain,
        MODEL,
        tx_x=sites[0].x,
        tx_y=sites[0].y,
        tx_height_m=38.0,
        rx_height_m=1.5,
        frequency_mhz=1840.0,
        radius_m=900.0,
    ).values[MARGIN : MARGIN + ROWS, MARGIN : MARGIN + COLS]
    expected = 46.0 - 10.0 * math.log10(1200.0) - 0.5 + 17.0 - loss.astype(float)
    np.testing.assert_allclose(
        found["rsrp_dbm"].values[0], expected, atol=1.0 / 256.0 + 1e-4, rtol=0.0
    )


def test_transmitters_that_say_what_one_line_says_give_the_same_bits(ground, answer):
    def listed(one):
        return dataclasses.replace(
            one,
            transmitters=tuple(
                transmitter(
                    number,
                    name=f"{operator}/{layer}/{number}",
                    operator=operator,
                    layer=layer,
                    azimuth_deg=azimuth_deg,
                    antenna_height_m=one.antenna_height_m,
                )
                for operator in one.operators
                for layer in one.layers
                for number, azimuth_deg in enumerate(one.azimuths_deg, start=1)
            ),
        )

    radio = radio_of(tuple(map(listed, SITES)))
    assert radio.sectors == radio_of().sectors
    assert same_bits(
        evaluate_network(ground, radio, RunContext(store=MemoryStore(), threads=1)), answer
    )


def test_a_void_is_unknown_for_every_carrier(answer):
    assert np.isnan(answer["rsrp_dbm"].values[:, 30, 40]).all()
    assert (answer["best_server"].values[:, 30, 40] == -1).all()


@pytest.mark.parametrize("threads", [2, 3])
def test_any_number_of_threads_gives_the_same_bits(ground, answer, threads):
    found = evaluate_network(ground, radio_of(), RunContext(store=MemoryStore(), threads=threads))
    assert same_bits(found, answer)


@pytest.mark.parametrize(("tile", "block"), [(1000, 1000), (17, 17), (8, 24), (5, 1000)])
def test_the_size_of_the_tiles_does_not_change_a_bit(ground, answer, tile, block, monkeypatch):
    monkeypatch.setattr(tiles, "TILE_CELLS", tile)
    monkeypatch.setattr(near_field, "BLOCK_CELLS", block)
    found = evaluate_network(ground, radio_of(), RunContext(store=MemoryStore(), threads=2))
    assert same_bits(found, answer)


def test_a_ring_site_serves_the_area(ground, answer):
    alone = evaluate_network(
        ground, radio_of(SITES[:2]), RunContext(store=MemoryStore(), threads=1)
    )
    ring = radio_of().sectors[-1]
    assert SITES[ring.site].in_ring
    served = answer["best_server"].values >= len(radio_of(SITES[:2]).sectors)
    assert served.any()
    before = alone["rsrp_dbm"].values[served]
    assert np.all(np.isnan(before) | (before < answer["rsrp_dbm"].values[served]))
    np.testing.assert_array_equal(
        alone["rsrp_dbm"].values[~served], answer["rsrp_dbm"].values[~served]
    )


def test_a_site_that_reaches_no_cell_of_the_area_changes_nothing(ground, answer):
    # 260 m beyond the area with a reach of 250 m.
    short = LAYERS | {"lte_b3": LTE.__class__(**(vars_of(LTE) | {"radius_m": 250.0}))}
    far = site(9, COLS * CELL_M + 260.0, 500.0, in_ring=True, layers=("lte_b3",))
    one = evaluate_network(
        ground, radio_of(SITES[:2], layers=short), RunContext(store=MemoryStore(), threads=1)
    )
    two = evaluate_network(
        ground,
        radio_of((*SITES[:2], far), layers=short),
        RunContext(store=MemoryStore(), threads=1),
    )
    assert same_bits(one, two)


def test_a_cell_at_the_very_rim_of_the_radius_is_in_it(ground):
    # Distances in the indices of the area and of the terrain are rounded differently: counted
    # twice, once in each, a cell at the rim was lost and others stood in its place.
    terrain = ground.terrain.fillna(0.0)
    terrain["zone"] = ground.terrain["zone"]
    whole = Ground(terrain=terrain, area=ground.area)
    random = np.random.default_rng(0)
    for _ in range(15):
        # Places are counted in whole parts of a cell; on those a distance is what it is.
        dx_m, dy_m = (CELL_M * float(v) / 64.0 for v in random.integers(640, 2133, 2))
        row, col = int(random.integers(0, ROWS)), int(random.integers(0, COLS))
        east_m = CELL_M * (np.arange(COLS) + 0.5) - dx_m
        south_m = CELL_M * (np.arange(ROWS) + 0.5) - dy_m
        distance_m = np.hypot(east_m / CELL_M, (south_m / CELL_M)[:, None]) * CELL_M
        layers = {
            "lte_b3": Layer(**(vars_of(LTE) | {"radius_m": float(distance_m[row, col]) + 1e-9}))
        }
        mast = site(1, dx_m, dy_m, layers=("lte_b3",), azimuths_deg=(0.0,))
        radio = radio_of(
            (mast,),
            layers=layers,
            sectors=make_sectors((mast,), layers, {"rural": 4.0}, ANTENNAS),
            model=get_model("free_space"),
        )
        found = evaluate_network(whole, radio, RunContext(store=MemoryStore(), threads=1))
        reached = np.isfinite(found["rsrp_dbm"].values[0])
        np.testing.assert_array_equal(reached, distance_m <= distance_m[row, col] + 1e-9)


def vars_of(thing):
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}


def test_two_degrees_more_tilt_change_rsrp_at_three_kilometres_by_more_than_a_decibel():
    x = LEFT + CELL_M * (np.arange(120) + 0.5)
    terrain = terrain_from_arrays(
        np.ones((3, 120)), x=x, y=TOP - CELL_M * (np.arange(3) + 0.5), crs=EPSG
    )
    flat = Ground(
        terrain=terrain,
        area=make_grid(
            crs=EPSG, cell_m=CELL_M, bounds_m=(LEFT, TOP - 3 * CELL_M, LEFT + 120 * CELL_M, TOP)
        ),
    )
    for layer in ("lte_b3", "nr_n41"):
        wide = {layer: LAYERS[layer].__class__(**(vars_of(LAYERS[layer]) | {"radius_m": 4000.0}))}
        levels = []
        for tilt in (4.0, 6.0):
            mast = Site(
                **(
                    vars_of(SITES[0])
                    | {
                        "x": LEFT + 15.0,
                        "y": TOP - 1.5 * CELL_M,
                        "azimuths_deg": (90.0,),
                        "downtilt_deg": tilt,
                        "operators": ("viettel",),
                    }
                )
            )
            radio = radio_of(
                (mast,), layers=wide, sectors=make_sectors((mast,), wide, {}, ANTENNAS)
            )
            found = evaluate_network(flat, radio, RunContext(store=MemoryStore(), threads=1))
            levels.append(float(found["rsrp_dbm"].values[0, 1, 100]))
        assert levels[0] - levels[1] > 1.0


def test_progress_counts_to_the_end(ground):
    told = []
    evaluate_network(
        ground,
        radio_of(),
        RunContext(
            store=MemoryStore(),
            threads=2,
            progress=lambda stage, done, total: told.append((stage, done, total)),
        ),
    )
    layers = [("network", n, 2) for n in (1, 2)]
    assert told == [("path loss", n, 3) for n in (1, 2, 3)] + layers


def test_sites_that_the_terrain_cannot_place_are_all_told(ground):
    void_x = LEFT + 40.5 * CELL_M - LEFT
    sites = (
        SITES[0],
        SITES[2],
        site(4, -5000.0, 300.0),
        site(5, 300.0, 3.0e6),
        site(6, void_x, 30.5 * CELL_M),
        site(7, -5000.0, 300.0, in_ring=True),
        site(8, -100.0, 300.0),
    )
    told = check_sites(sites, ground)
    assert len(told) == 5
    assert "site s4 " in told[0]
    assert "5.0 km outside the area" in told[0]
    assert "network.ring_sites" in told[0]
    assert "latitude and longitude exchanged" in told[1]
    assert "s6" in told[2]
    assert "void" in told[2]
    assert "s7" in told[3]
    assert "the terrain covers" in told[3]
    assert "site s8 " in told[4]  # on the terrain, but not of the ring


def test_sites_in_the_area_and_the_ring_are_accepted(ground):
    assert check_sites(SITES, ground) == []
