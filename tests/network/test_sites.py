"""Sectors of sites, and the angle between true and grid north."""

import math

import pytest
from pyproj import CRS, Geod, Proj, Transformer

from coverage_sim.network.antennas import Measured, Panel
from coverage_sim.network.layers import Layer
from coverage_sim.network.pattern_cuts import PatternCuts
from coverage_sim.network.sites import Site, make_sectors, meridian_convergence_deg

TM3 = CRS("EPSG:9209")  # VN-2000 / TM-3 105-30


def layer(*operators):
    return Layer(
        technology="lte",
        band="b3",
        frequency_mhz=1840.0,
        bandwidth_mhz=20.0,
        operators=operators,
        port_power_dbm=46.0,
        antenna="panel",
        radius_m=8000.0,
    )


LAYERS = {"lte_b3": layer("viettel", "vnpt"), "lte_b8": layer("vnpt")}
ANTENNAS = {"panel": Panel(pattern="tr36814", gain_dbi=17.0)}


def site(number, **given):
    return Site(
        **(
            {
                "id": f"s{number}",
                "name": "x",
                "x": 0.0,
                "y": 0.0,
                "status": "existing",
                "antenna_height_m": 38.0,
                "operators": ("vnpt", "viettel"),
                "layers": ("lte_b8", "lte_b3"),
                "azimuths_deg": (17.0, 137.0),
            }
            | given
        )
    )


def test_sectors_come_in_the_order_of_sites_operators_layers_azimuths():
    sectors = make_sectors(
        [site(1), site(2, operators=("mobifone",)), site(3, layers=("lte_b3",))],
        LAYERS,
        {"rural": 4.0, "town": 6.0},
        ANTENNAS,
    )
    assert [sector.name for sector in sectors] == [
        "s1/vnpt/lte_b8/1",
        "s1/vnpt/lte_b8/2",
        "s1/vnpt/lte_b3/1",
        "s1/vnpt/lte_b3/2",
        "s1/viettel/lte_b3/1",
        "s1/viettel/lte_b3/2",
        "s3/vnpt/lte_b3/1",
        "s3/vnpt/lte_b3/2",
        "s3/viettel/lte_b3/1",
        "s3/viettel/lte_b3/2",
    ]
    assert [sector.site for sector in sectors] == [0] * 6 + [2] * 4
    assert {sector.azimuth_deg for sector in sectors} == {17.0, 137.0}


def test_downtilt_is_the_sites_own_or_that_of_its_setting():
    tilts = {"rural": 4.0, "town": 6.0}
    sites = [site(1), site(2, setting="town"), site(3, setting="town", downtilt_deg=0.0)]
    sectors = make_sectors(sites, {"lte_b8": LAYERS["lte_b8"]}, tilts, ANTENNAS)
    assert [sector.electrical_downtilt_deg for sector in sectors] == [4, 4, 6, 6, 0, 0]
    assert {sector.mechanical_downtilt_deg for sector in sectors} == {0.0}


def test_a_measured_pattern_leans_by_what_the_site_has_more_than_it():
    flat = (0.0,) * 360
    cuts = PatternCuts(
        name="x",
        gain_dbi=17.0,
        electrical_downtilt_deg=5.0,
        horizontal_loss_db=flat,
        vertical_loss_db=flat,
    )
    sites = [site(1), site(2, downtilt_deg=7.5), site(3, downtilt_deg=-30.0)]
    sectors = make_sectors(
        sites, {"lte_b8": LAYERS["lte_b8"]}, {"rural": 4.0}, {"panel": Measured(cuts)}
    )
    assert {sector.electrical_downtilt_deg for sector in sectors} == {5.0}
    assert [sector.mechanical_downtilt_deg for sector in sectors] == [0, 0, 2.5, 2.5, -35, -35]


def test_a_layer_that_the_scenario_does_not_have_has_no_sectors():
    assert make_sectors([site(1, layers=("nr_n78",))], LAYERS, {"rural": 4.0}, ANTENNAS) == ()


@pytest.mark.parametrize("northing_m", [0.0, 1_000_000.0, 2_258_921.42])
def test_convergence_is_zero_on_the_central_meridian(northing_m):
    assert meridian_convergence_deg(500_000.0, northing_m, TM3) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("crs", [TM3, CRS("EPSG:32648"), CRS("EPSG:32748")], ids=str)
@pytest.mark.parametrize("easting_m", [300_000.0, 569_546.33, 700_000.0])
@pytest.mark.parametrize("northing_m", [1_000_000.0, 2_258_921.42])
def test_convergence_is_that_of_pyproj_and_of_a_step_to_true_north(crs, easting_m, northing_m):
    convergence_deg = meridian_convergence_deg(easting_m, northing_m, crs)
    longitude, latitude = Proj(crs)(easting_m, northing_m, inverse=True)
    factors = Proj(crs).get_factors(longitude, latitude)
    assert convergence_deg == pytest.approx(factors.meridian_convergence, abs=1e-9)
    # Walk 100 m towards true north: against the grid that is the azimuth less the convergence.
    to_degrees = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    back = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    longitude, latitude = to_degrees.transform(easting_m, northing_m)
    ellipsoid = Geod(ellps="WGS84")  # that of VN-2000 too
    north = back.transform(*ellipsoid.fwd(longitude, latitude, 0.0, 100.0)[:2])
    azimuth_deg = math.degrees(math.atan2(north[0] - easting_m, north[1] - northing_m))
    # The meridian bends by less than this over 100 m.
    assert azimuth_deg == pytest.approx(0.0 - convergence_deg, abs=2e-4)


def test_convergence_grows_eastward_in_the_north():
    # The textbook approximation: difference of longitude times the sine of the latitude.
    longitude, latitude = Proj(TM3)(569_546.33, 2_258_921.42, inverse=True)
    expected_deg = (longitude - 105.5) * math.sin(math.radians(latitude))
    found_deg = meridian_convergence_deg(569_546.33, 2_258_921.42, TM3)
    assert found_deg == pytest.approx(expected_deg, abs=1e-3)
    assert found_deg > 0.2


def test_convergence_of_many_places_is_that_of_each_and_of_none_is_none():
    x, y = [550_000.0, 569_546.33], [2_200_000.0, 2_258_921.42]
    each = [float(meridian_convergence_deg(*place, TM3)) for place in zip(x, y, strict=True)]
    assert meridian_convergence_deg(x, y, TM3).tolist() == each
    assert meridian_convergence_deg([], [], TM3).size == 0
