"""The scenario's grid: a projected CRS in metres, whole cells, rows from north to south."""

import math
from pathlib import Path

import psutil
from affine import Affine
from odc.geo.geobox import GeoBox
from pyproj import CRS
from pyproj.exceptions import CRSError

from coverage_sim.coordinates import Bounds, transformer
from coverage_sim.errors import InputError, Problems
from coverage_sim.terrain.fitting_crs import LARGEST_SCALE_ERROR, fitting_crs, scale_error
from coverage_sim.units import LARGEST_CELL_M, LARGEST_M, SMALLEST_CELL_M

#: What a run keeps of each cell, results included [B].
BYTES_PER_CELL = 64
#: Share of the machine's memory that a grid may ask for.
MEMORY_SHARE = 0.8
#: An extent this near to a cell's edge is on it: rounding must not add a row. [cells]
_SNAP_CELLS = 1e-6
#: Outside its area of use by more than this, a CRS was surely mistaken. [deg]
_AREA_OF_USE_MARGIN_DEG = 5.0
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def metric_crs(crs: str) -> CRS:
    """Return the CRS if it is projected and in metres.

    Parameters
    ----------
    crs : str
        What pyproj reads, e.g. ``"EPSG:9209"``.

    Returns
    -------
    pyproj.CRS
        The same, parsed.

    Raises
    ------
    InputError
        If it is unknown, geographic, or not in metres.
    """
    try:
        parsed = CRS.from_user_input(crs)
    except CRSError:
        msg = f"crs is {crs!r}; it must be a coordinate system that PROJ knows, e.g. 'EPSG:9209'."
        raise InputError(msg) from None
    cure = "Name a projected one in metres, e.g. 'EPSG:9209' (VN-2000 / TM-3 105-30)."
    if not parsed.is_projected:
        kind = "geographic, in degrees" if parsed.is_geographic else "not projected"
        msg = f"crs is {crs!r} ({parsed.name}), which is {kind}; the grid counts in metres. {cure}"
        raise InputError(msg)
    units = {axis.unit_name for axis in parsed.axis_info[:2]}
    if units != {"metre"}:
        unit = ", ".join(sorted(units))
        msg = f"crs is {crs!r} ({parsed.name}), in {unit}; the grid counts in metres. {cure}"
        raise InputError(msg)
    return parsed


def make_grid(
    *,
    crs: str,
    cell_m: float,
    bounds_m: Bounds | None = None,
    bbox_deg: Bounds | None = None,
) -> GeoBox:
    """Lay a grid over an area, snapped outward to whole cells; nothing is allocated.

    Parameters
    ----------
    crs : str
        A projected CRS in metres, e.g. ``"EPSG:9209"``.
    cell_m : float
        Side of a cell. [m]
    bounds_m : tuple of float, optional
        Left, bottom, right, top in ``crs``. [m]
    bbox_deg : tuple of float, optional
        West, south, east, north in WGS 84; the grid covers all of it. [deg]

    Returns
    -------
    GeoBox
        Shape (rows, columns), transform and CRS; the first row is the northernmost. Edges are
        multiples of ``cell_m``, so that grids of the same cell size share their cells.

    Raises
    ------
    InputError
        For a CRS that is not projected in metres, or whose metres are off by more than 0.2 % in
        the area; none or both of the extents, an extent that is empty, exchanged, outside the
        CRS's use, or smaller than two cells.

    Examples
    --------
    >>> bounds_m = (500_000, 2_249_900, 500_100, 2_250_000)
    >>> grid = make_grid(crs="EPSG:9209", cell_m=30.0, bounds_m=bounds_m)
    >>> tuple(grid.shape), tuple(grid.boundingbox)[:4]
    ((4, 4), (499980.0, 2249880.0, 500100.0, 2250000.0))
    """
    projected = metric_crs(crs)
    if not SMALLEST_CELL_M <= cell_m <= LARGEST_CELL_M:
        msg = (
            f"cell_m is {cell_m!r}; it must be a number of metres from {SMALLEST_CELL_M} to "
            f"{LARGEST_CELL_M:,.0f}."
        )
        raise InputError(msg)
    if bounds_m is not None and bbox_deg is None:
        _check_order("bounds_m", bounds_m, ("left", "bottom", "right", "top"))
        if max(map(abs, bounds_m)) > LARGEST_M:
            msg = f"bounds_m is {list(bounds_m)}; no place has a coordinate beyond {LARGEST_M:g} m."
            raise InputError(msg)
        bounds = bounds_m
        box_deg = _transform(projected, bounds_m, to_degrees=True)
        _check_area_of_use(projected, box_deg, f"bounds_m {list(bounds_m)}")
    elif bbox_deg is not None and bounds_m is None:
        _check_degrees(bbox_deg)
        box_deg = bbox_deg
        _check_area_of_use(projected, box_deg, f"bbox_deg {list(bbox_deg)}")
        bounds = _transform(projected, bbox_deg, to_degrees=False)
    else:
        given = "neither" if bounds_m is None else "both"
        msg = f"the area has {given} of bounds_m and bbox_deg; give exactly one of them."
        raise InputError(msg)

    _check_scale(projected, box_deg)
    west = math.floor(bounds[0] / cell_m + _SNAP_CELLS)
    south = math.floor(bounds[1] / cell_m + _SNAP_CELLS)
    columns = math.ceil(bounds[2] / cell_m - _SNAP_CELLS) - west
    rows = math.ceil(bounds[3] / cell_m - _SNAP_CELLS) - south
    if not (rows >= 2 and columns >= 2):
        msg = (
            f"the area is {rows} x {columns} cells of {cell_m:g} m; at least 2 x 2 are needed. "
            "Is bounds_m in metres and not in degrees?"
        )
        raise InputError(msg)
    transform = Affine(cell_m, 0.0, west * cell_m, 0.0, -cell_m, (south + rows) * cell_m)
    return GeoBox((rows, columns), transform, str(projected.srs))


def grid_under(area: GeoBox, *, cell_m: float, margin_m: float) -> GeoBox:
    """Lay a grid of another cell size under an area and a margin around it.

    Its outermost centres lie beyond the area's edges, so that every receiver and every mast of the
    area lies between centres.

    Where its cells lie depends on the two cell sizes alone, so grids under any areas and with any
    margins share their cells: half a cell of the area from the origin of the CRS is the centre of
    one. Where a cell of the area holds whole cells of the grid, its receiver then stands in the
    middle of an obstacle cell and not on the line between two, where the nearest obstacle would be
    decided by a tie for a whole map at once.

    Parameters
    ----------
    area : GeoBox
        The area.
    cell_m : float
        Side of a cell of the new grid. [m]
    margin_m : float
        How far it reaches beyond the area at least. [m]

    Raises
    ------
    InputError
        If the margin is negative or not a number.

    Examples
    --------
    >>> bounds_m = (600_000, 1_999_980, 600_120, 2_000_100)
    >>> area = make_grid(crs="EPSG:9209", cell_m=60.0, bounds_m=bounds_m)
    >>> under = grid_under(area, cell_m=30.0, margin_m=0.0)
    >>> tuple(area.shape), tuple(under.shape), tuple(under.boundingbox)[:2]
    ((2, 2), (5, 5), (599985.0, 1999965.0))
    """
    if not (math.isfinite(margin_m) and margin_m >= 0):
        msg = f"margin_m is {margin_m!r}; it must be a number of metres, 0 or more."
        raise InputError(msg)
    left, bottom, right, top = area.boundingbox
    half_m = 0.5 * cell_size_m(area)

    def centre_beyond(edge_m: float, toward: int) -> int:
        """Return the number of the outermost centre on one side, ``toward`` -1 or 1."""
        return toward * math.ceil(
            max(
                (toward * (edge_m - half_m) + margin_m) / cell_m - 0.5,
                toward * (edge_m - half_m) / cell_m,
            )
            - _SNAP_CELLS
        )

    west, east = centre_beyond(left, -1), centre_beyond(right, 1)
    south, north = centre_beyond(bottom, -1), centre_beyond(top, 1)
    rows, columns = north - south + 1, east - west + 1
    affine = Affine(
        cell_m, 0.0, half_m + (west - 0.5) * cell_m, 0.0, -cell_m, half_m + (north + 0.5) * cell_m
    )
    return GeoBox((rows, columns), affine, area.crs)


def cell_size_m(grid: GeoBox) -> float:
    """Return the side of a cell in metres."""
    return abs(float(grid.resolution.x))


def box_in_degrees(grid: GeoBox) -> Bounds:
    """Return west, south, east and north of a grid in WGS 84. [deg]"""
    left, bottom, right, top = grid.boundingbox
    crs = CRS.from_user_input(str(grid.crs))
    return _transform(crs, (left, bottom, right, top), to_degrees=True)


def beyond_m(grid: GeoBox, x: float, y: float) -> float:
    """Return how far outside a grid a place in its CRS lies; 0 inside, NaN for no place. [m]

    Examples
    --------
    >>> bounds_m = (600_000, 1_999_980, 600_120, 2_000_100)
    >>> grid = make_grid(crs="EPSG:9209", cell_m=60.0, bounds_m=bounds_m)
    >>> beyond_m(grid, 600_060.0, 2_000_000.0), beyond_m(grid, 600_150.0, 2_000_140.0)
    (0.0, 50.0)
    """
    left, bottom, right, top = grid.boundingbox
    return math.hypot(max(left - x, 0.0, x - right), max(bottom - y, 0.0, y - top))


def area_km2(grid: GeoBox) -> float:
    """Return the area of the grid in square kilometres."""
    return float(math.prod(grid.shape)) * cell_size_m(grid) ** 2 / 1e6


def require_memory(
    grid: GeoBox, *, bytes_per_cell: int = BYTES_PER_CELL, limit_bytes: int | None = None
) -> None:
    """Refuse a grid that cannot fit, before anything is allocated.

    Parameters
    ----------
    grid : GeoBox
        The grid.
    bytes_per_cell : int
        What the work keeps of each cell. [B]
    limit_bytes : int, optional
        What may be used; by default 80 % of the machine's memory, or of the limit that the
        container sets. [B]

    Raises
    ------
    InputError
        Naming the area, the cells, the memory it would need, and the cure.
    """
    limit = int(MEMORY_SHARE * machine_memory_bytes()) if limit_bytes is None else limit_bytes
    cells = math.prod(grid.shape)
    needed = cells * bytes_per_cell
    if needed <= limit:
        return
    cell_m = cell_size_m(grid)
    fitting_m = math.ceil(cell_m * math.sqrt(needed / limit)) if limit > 0 else math.inf
    msg = (
        f"the area is {area_km2(grid):,.0f} km2, {cells:,} cells of {cell_m:g} m; it would need "
        f"{needed / 1e9:,.1f} GB of memory and {limit / 1e9:,.1f} GB may be used. "
        f"Make the area smaller, or the cells {fitting_m:g} m or larger. "
        "Are the corners of the area right?"
    )
    raise InputError(msg)


def machine_memory_bytes() -> int:
    """Return the memory of this machine, or of its container where less, in bytes.

    Free memory would be smaller, but it changes from one second to the next and leaves out
    what the system would give back at once.
    """
    memory = int(psutil.virtual_memory().total)
    try:
        return min(memory, int(_CGROUP_LIMIT.read_text(encoding="ascii")))
    except (OSError, ValueError):  # no container, or no limit: the file says "max"
        return memory


def _check_order(what: str, bounds: Bounds, names: tuple[str, str, str, str]) -> None:
    if len(bounds) != len(names) or not all(math.isfinite(value) for value in bounds):
        msg = f"{what} is {list(bounds)}; all four must be finite numbers."
        raise InputError(msg)
    problems = Problems()
    for low, high in ((0, 2), (1, 3)):
        if not bounds[low] < bounds[high]:
            problems.add(
                f"{what}: {names[low]} is {bounds[low]:g} and {names[high]} {bounds[high]:g}; "
                f"{names[low]} must be the smaller. The order is {', '.join(names)}."
            )
    problems.raise_if_any()


def _check_degrees(bbox_deg: Bounds) -> None:
    west, south, east, north = bbox_deg
    if max(abs(south), abs(north)) > 90:
        msg = (
            f"bbox_deg is {list(bbox_deg)}; south and north must be -90 to 90. The order is "
            "west, south, east, north. Are latitude and longitude exchanged?"
        )
        raise InputError(msg)
    if max(abs(west), abs(east)) > 180:
        msg = f"bbox_deg is {list(bbox_deg)}; west and east must be -180 to 180."
        raise InputError(msg)
    _check_order("bbox_deg", bbox_deg, ("west", "south", "east", "north"))


def _transform(projected: CRS, bounds: Bounds, *, to_degrees: bool) -> Bounds:
    """Return the bounds of the image of a box; its edges bend, so they are followed."""
    source, target = (projected, "EPSG:4326") if to_degrees else ("EPSG:4326", projected)
    left, bottom, right, top = transformer(source, target).transform_bounds(*bounds, densify_pts=51)
    if not (all(math.isfinite(value) for value in (left, bottom, right, top)) and left < right):
        msg = (
            f"the area {list(bounds)} cannot be expressed in {projected.srs} ({projected.name}); "
            "choose a CRS made for that place, or a smaller area."
        )
        raise InputError(msg)
    return left, bottom, right, top


def _check_scale(projected: CRS, box_deg: Bounds) -> None:
    west, south, east, north = box_deg
    error = scale_error(projected, [(0.5 * (west + east), 0.5 * (south + north))])
    if abs(error) <= LARGEST_SCALE_ERROR:
        return
    off = f"off by {100.0 * error:+.2f} %" if math.isfinite(error) else "not defined"
    msg = (
        f"crs is {projected.srs!r} ({projected.name}), whose metres are {off} in the middle of the "
        f"area; at most {100.0 * LARGEST_SCALE_ERROR:g} % is allowed, for distances, areas and "
        f"slopes are counted in them. Name a zone that fits, such as {fitting_crs(box_deg)}."
    )
    raise InputError(msg)


def _check_area_of_use(projected: CRS, box_deg: Bounds, what: str) -> None:
    area = projected.area_of_use
    if area is None or area.west > area.east:  # across the date line: not worth a false alarm
        return
    west, south, east, north = box_deg
    margin = _AREA_OF_USE_MARGIN_DEG
    if (
        west < area.east + margin
        and east > area.west - margin
        and south < area.north + margin
        and north > area.south - margin
    ):
        return
    msg = (
        f"{what} lies at {west:.2f} to {east:.2f} E, {south:.2f} to {north:.2f} N; "
        f"{projected.srs} ({projected.name}) is made for {area.west:g} to {area.east:g} E, "
        f"{area.south:g} to {area.north:g} N. "
        "Is the CRS right, and are latitude and longitude not exchanged?"
    )
    raise InputError(msg)
