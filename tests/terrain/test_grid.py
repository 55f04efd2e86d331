import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from coverage_sim.errors import InputError
from coverage_sim.terrain.fitting_crs import questions_of_use
from coverage_sim.terrain.grid import (
    area_km2,
    cell_size_m,
    grid_under,
    machine_memory_bytes,
    make_grid,
    require_memory,
)
from coverage_sim.terrain.labels import cell_centres

NAM_DINH_DEG = (105.90, 19.85, 106.65, 20.55)
SQUARE_M = (570_000.0, 2_250_000.0, 576_000.0, 2_256_000.0)


def box(grid):
    return tuple(grid.boundingbox)[:4]


def test_rows_begin_in_the_north():
    grid = make_grid(crs="EPSG:9209", cell_m=30.0, bounds_m=SQUARE_M)
    assert tuple(grid.shape) == (200, 200)
    assert (grid.affine.c, grid.affine.f) == (570_000.0, 2_256_000.0)
    assert (grid.affine.a, grid.affine.e) == (30.0, -30.0)


@given(
    left=st.floats(4e5, 6e5),
    bottom=st.floats(2.2e6, 2.3e6),
    width=st.floats(100.0, 1e5),
    height=st.floats(100.0, 1e5),
    cell_m=st.sampled_from([0.1, 7.3, 10.0, 30.0, 100.0]),
)
def test_the_grid_covers_the_area_with_less_than_a_cell_to_spare(
    left, bottom, width, height, cell_m
):
    right, top = left + width, bottom + height
    # less than three cells could be one column only
    if min(width, height) < 3 * cell_m:
        return
    grid = make_grid(crs="EPSG:9209", cell_m=cell_m, bounds_m=(left, bottom, right, top))
    spare = [left - box(grid)[0], bottom - box(grid)[1], box(grid)[2] - right, box(grid)[3] - top]
    assert all(-1e-5 * cell_m <= part < cell_m for part in spare)
    assert box(grid)[0] / cell_m == pytest.approx(round(box(grid)[0] / cell_m), abs=1e-6)


def test_an_area_of_whole_cells_gets_no_extra_row_from_rounding():
    # 0.1 * 3 is 0.30000000000000004
    bounds_m = (5e5 + 0.1 * 3, 2.25e6, 5e5 + 0.1 * 7, 2.25e6 + 0.1 * 3)
    assert tuple(make_grid(crs="EPSG:9209", cell_m=0.1, bounds_m=bounds_m).shape) == (3, 4)


def test_a_box_in_degrees_is_covered_to_its_bent_edges():
    grid = make_grid(crs="EPSG:9209", cell_m=30.0, bbox_deg=NAM_DINH_DEG)
    west, south, east, north = NAM_DINH_DEG
    transformer = Transformer.from_crs("EPSG:4326", "EPSG:9209", always_xy=True)
    left, bottom, right, top = box(grid)
    for part in range(101):
        lon, lat = west + (east - west) * part / 100, south + (north - south) * part / 100
        for place in ((lon, south), (lon, north), (west, lat), (east, lat)):
            x, y = transformer.transform(*place)
            assert left <= x <= right
            assert bottom <= y <= top


def test_vn_2000_is_shifted_as_proj_shifts_it():
    # WGS 84 106.1683 E 20.4203 N is EPSG:9209 569546.33, 2258921.42; unshifted it is 224 m off
    around = (106.1682999, 20.4202999, 106.1683001, 20.4203001)
    grid = make_grid(crs="EPSG:9209", cell_m=0.01, bbox_deg=around)
    left, bottom, right, top = box(grid)
    assert (left + right) / 2 == pytest.approx(569_546.33, abs=0.02)
    assert (bottom + top) / 2 == pytest.approx(2_258_921.42, abs=0.02)


@pytest.mark.parametrize(
    ("crs", "why"),
    [
        ("EPSG:4326", r"crs is 'EPSG:4326' \(WGS 84\), which is geographic, in degrees"),
        ("EPSG:4756", "geographic, in degrees"),
        ("EPSG:4978", "not projected"),
        ("EPSG:2274", r"NAD83 / Tennessee \(ftUS\)\), in US survey foot"),
        ("EPSG:99999", "it must be a coordinate system that PROJ knows"),
        ("VN-2000, I think", "it must be a coordinate system that PROJ knows"),
    ],
)
def test_a_crs_that_does_not_count_in_metres_is_refused_by_name(crs, why):
    with pytest.raises(InputError, match=why):
        make_grid(crs=crs, cell_m=30.0, bounds_m=SQUARE_M)


@pytest.mark.parametrize(
    ("extent", "why"),
    [
        ({}, "neither of bounds_m and bbox_deg; give exactly one"),
        ({"bounds_m": SQUARE_M, "bbox_deg": NAM_DINH_DEG}, "both of bounds_m and bbox_deg"),
        (
            {"bbox_deg": (19.85, 105.90, 20.55, 106.65)},
            "Are latitude and longitude exchanged",
        ),
        ({"bbox_deg": (20.0, 19.0, 21.0, 20.0)}, r"is made for .* Is the CRS right"),
        ({"bbox_deg": (105.0, 20.0, 190.0, 21.0)}, "west and east must be -180 to 180"),
        ({"bbox_deg": (106.65, 19.85, 105.90, 20.55)}, "west must be the smaller"),
        ({"bounds_m": (576_000.0, 2_256_000.0, 570_000.0, 2_250_000.0)}, "(?s)left.*bottom"),
        ({"bounds_m": (math.nan, 0.0, 1.0, 1.0)}, "all four must be finite"),
        ({"bounds_m": (105.90, 19.85, 106.65, 20.55)}, "bounds_m .* lies at"),
        ({"bounds_m": (570_000.0, 2_250_000.0, 570_020.0, 2_256_000.0)}, "at least 2 x 2"),
        ({"bounds_m": (-1e308, 2_250_000.0, 576_000.0, 2_256_000.0)}, r"beyond 1e\+08 m"),
    ],
)
def test_an_impossible_extent_is_refused_with_its_cure(extent, why):
    with pytest.raises(InputError, match=why):
        make_grid(crs="EPSG:9209", cell_m=30.0, **extent)


@pytest.mark.parametrize("cell_m", [0.0, -30.0, math.nan, math.inf, 1e-320, 1e307])
def test_a_cell_has_a_size(cell_m):
    with pytest.raises(InputError, match="cell_m is"):
        make_grid(crs="EPSG:9209", cell_m=cell_m, bounds_m=SQUARE_M)


@pytest.mark.parametrize(("margin_m", "cells"), [(0.0, 1), (1.0, 1), (30.0, 1), (31.0, 2)])
def test_a_margin_is_whole_cells_on_every_side(margin_m, cells):
    grid = make_grid(crs="EPSG:9209", cell_m=30.0, bounds_m=SQUARE_M)
    wider = grid_under(grid, cell_m=30.0, margin_m=margin_m)
    width = cells * 30.0
    left, bottom, right, top = SQUARE_M
    assert box(wider) == (left - width, bottom - width, right + width, top + width)
    assert cell_size_m(wider) == 30.0


@pytest.mark.parametrize("area_m", [20.0, 30.0, 60.0, 100.0])
@pytest.mark.parametrize("ground_m", [10.0, 30.0, 45.0, 90.0])
@pytest.mark.parametrize("margin_m", [0.0, 100.0])
def test_the_ground_lies_under_all_of_the_area_and_centre_on_centre(area_m, ground_m, margin_m):
    area = make_grid(crs="EPSG:9209", cell_m=area_m, bounds_m=(600_000, 2e6, 601_200, 2_001_200))
    under = grid_under(area, cell_m=ground_m, margin_m=margin_m)
    left, bottom, right, top = box(area)
    west, south, east, north = box(under)
    assert west <= left - margin_m
    assert south <= bottom - margin_m
    assert east >= right + margin_m
    assert north >= top + margin_m
    assert west > left - margin_m - 2.0 * ground_m, "no more than is needed"
    if area_m % ground_m == 0.0:
        offset = (left + area_m / 2.0 - west) / ground_m - 0.5
        assert offset == pytest.approx(round(offset), abs=1e-9)


@given(
    cells=st.tuples(*[st.integers(0, 400)] * 4),
    margins_m=st.tuples(*[st.floats(0.0, 20_000.0)] * 2),
    sizes_m=st.sampled_from([(30.0, 30.0), (60.0, 30.0), (50.0, 30.0), (33.3, 7.3), (10.0, 90.0)]),
)
def test_grids_under_any_areas_and_margins_share_their_cells(cells, margins_m, sizes_m):
    area_m, ground_m = sizes_m
    centres = []
    for across, down, margin_m in zip(cells[:2], cells[2:], margins_m, strict=True):
        west, south = round(5e5 / area_m) + across, round(2e6 / area_m) + down
        bounds_m = (area_m * west, area_m * south, area_m * (west + 9), area_m * (south + 5))
        area = make_grid(crs="EPSG:9209", cell_m=area_m, bounds_m=bounds_m)
        under = grid_under(area, cell_m=ground_m, margin_m=margin_m)
        x, y = cell_centres(under)
        left, bottom, right, top = box(area)
        assert x[0] <= left
        assert x[-1] >= right
        assert y[0] >= top
        assert y[-1] <= bottom
        centres.append(np.array([x[0], y[0]]) / ground_m)
    apart = centres[1] - centres[0]
    np.testing.assert_allclose(apart, np.round(apart), rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("cells", [33, 34, 35])
def test_no_receiver_lies_beyond_the_outermost_centres_of_coarser_ground(cells):
    """Profiles interpolate between centres; beyond the last one they would read another row."""
    side_m = 30.0 * cells
    area = make_grid(
        crs="EPSG:9209",
        cell_m=30.0,
        bounds_m=(600_000, 2_001_000 - side_m, 600_000 + side_m, 2_001_000),
    )
    (x, y), (ground_x, ground_y) = (
        cell_centres(grid) for grid in (area, grid_under(area, cell_m=90.0, margin_m=0.0))
    )
    assert ground_x[0] <= x[0]
    assert x[-1] <= ground_x[-1]
    assert ground_y[0] >= y[0]
    assert y[-1] >= ground_y[-1]


@pytest.mark.parametrize("margin_m", [-1.0, math.nan])
def test_a_margin_is_not_negative(margin_m):
    grid = make_grid(crs="EPSG:9209", cell_m=30.0, bounds_m=SQUARE_M)
    with pytest.raises(InputError, match="margin_m is"):
        grid_under(grid, cell_m=30.0, margin_m=margin_m)


@pytest.mark.parametrize("bbox_deg", [(66.0, -10.0, 145.0, 60.0), (103.0, -85.0, 108.0, 85.0)])
def test_millions_of_square_kilometres_are_refused_before_anything_is_allocated(bbox_deg):
    grid = make_grid(crs="EPSG:9209", cell_m=30.0, bbox_deg=bbox_deg)
    assert area_km2(grid) > 5e6
    with pytest.raises(InputError, match=r"km2, .* cells of 30 m; it would need .* GB of memory"):
        require_memory(grid)


@pytest.mark.parametrize(
    ("crs", "box_deg", "fits"),
    [
        ("EPSG:3857", NAM_DINH_DEG, r"off by \+6\.\d\d %.*EPSG:9211 \(VN-2000 / TM-3 106-00\)"),
        ("EPSG:3395", NAM_DINH_DEG, r"off by \+6\.\d\d %"),
        ("EPSG:6933", NAM_DINH_DEG, r"off by \+8\.\d\d %"),  # equal areas, far from its 30 degrees
        ("EPSG:32647", NAM_DINH_DEG, r"off by \+0\.\d\d %.*VN-2000 / TM-3"),  # 7 degrees off
        ("EPSG:3857", (11.4, 48.0, 11.8, 48.3), r"WGS 84 / UTM zone 32N"),
        ("EPSG:9209", (-180.0, -90.0, 180.0, 90.0), r"off by .* in the middle of the area"),
    ],
)
def test_a_crs_whose_metres_are_none_is_refused_with_one_that_fits(crs, box_deg, fits):
    with pytest.raises(InputError, match=fits):
        make_grid(crs=crs, cell_m=100.0, bbox_deg=box_deg)


@pytest.mark.parametrize(
    ("crs", "box_deg", "asked"),
    [
        ("EPSG:9209", NAM_DINH_DEG, 0),
        ("EPSG:5899", NAM_DINH_DEG, 1),  # the zone of 107 degrees 45: made for what lies east
        ("EPSG:9209", (100.0, 19.85, 106.65, 20.55), 2),
    ],
)
def test_a_crs_beyond_its_area_of_use_is_questioned(crs, box_deg, asked):
    questions = list(questions_of_use(CRS(crs), box_deg))
    assert len(questions) == asked
    assert all("is made for" in one or "too wide" in one for one in questions)


def test_the_refusal_of_a_large_area_names_a_cell_that_would_fit():
    grid = make_grid(crs="EPSG:9209", cell_m=30.0, bounds_m=SQUARE_M)
    with pytest.raises(InputError, match=r"36 km2, 40,000 cells .* 0\.0 GB .* or the cells 60 m"):
        require_memory(grid, bytes_per_cell=100, limit_bytes=1_000_000)
    require_memory(grid, bytes_per_cell=100, limit_bytes=4_000_000)


def test_a_province_fits():
    require_memory(make_grid(crs="EPSG:9209", cell_m=30.0, bbox_deg=NAM_DINH_DEG))
    assert machine_memory_bytes() > 1e9
