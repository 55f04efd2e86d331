"""Read areas as people have them: polygons in GeoJSON, GeoPackage, Shapefile, KML or KMZ."""

from pathlib import Path

import geopandas as gpd
import shapely
from pyproj import CRS

from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.table_files import LARGEST_BYTES, VECTORS, read_features


def read_polygons(
    path: Path, crs: CRS, *, repair: bool = False, largest_bytes: int = LARGEST_BYTES
) -> gpd.GeoDataFrame:
    """Read the polygons of a vector file, with their attributes.

    Parameters
    ----------
    path : Path
        Ends in one of `VECTORS`; read with the same care as lists of sites are.
    crs : pyproj.CRS
        CRS of the answer.
    repair : bool
        Whether polygons that cross themselves are mended and not refused: for buildings, where
        one of a million does not matter.
    largest_bytes : int
        A larger file is refused.

    Raises
    ------
    InputError
        With every feature that is no polygon, empty or crosses itself, and if the file cannot be
        read, has no feature, or does not say its CRS.
    """
    if path.suffix.lower() not in VECTORS:
        raise must_be_one_of(
            what=f"the ending of {path.name}", given=path.suffix.lower(), allowed=VECTORS
        )
    frame = read_features(path, largest_bytes=largest_bytes)
    if not len(frame):
        msg = f"{path} holds no feature; add at least one polygon."
        raise InputError(msg)
    if frame.crs is None:
        msg = f"{path} does not say its CRS; export it with one (a Shapefile needs its .prj)."
        raise InputError(msg)
    if repair:
        frame.geometry = frame.geometry.make_valid()
        return frame.to_crs(crs)
    problems = Problems()
    for number, shape in enumerate(frame.geometry, start=1):
        where = f"{path.name}, feature {number}"
        if shape is None or shape.is_empty:
            problems.add(f"{where}: no geometry; it must be a polygon.")
        elif shape.geom_type not in ("Polygon", "MultiPolygon"):
            problems.add(f"{where}: a {shape.geom_type}; it must be a polygon.")
        elif not shape.is_valid:
            why = shapely.is_valid_reason(shape)
            problems.add(f"{where}: the polygon is not valid ({why}); repair it.")
    problems.raise_if_any()
    return frame.to_crs(crs)
