"""Areas, lines, points and rasters that rules speak of, read from the files a user names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import shapely
from annotated_types import Ge
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass as checked
from pyproj import CRS, Transformer
from rasterio.errors import RasterioError

from coverage_sim.array_types import Floats
from coverage_sim.coordinates import transformer
from coverage_sim.errors import InputError, Problems
from coverage_sim.io.file_size import is_file
from coverage_sim.io.raster_files import raster_file
from coverage_sim.io.raster_values import scale_and_offset, true_values
from coverage_sim.io.vector_files import VECTORS, read_features
from coverage_sim.units import STRICT, Finite, Name

#: Files of layers that are rasters.
RASTERS: Final = (".tif", ".tiff")

#: A column with a feature's name, by what programs call it.
_NAMES: Final = ("name", "ten", "tên", "NAME", "Name", "id", "fid")


@checked(frozen=True, slots=True, kw_only=True, config=STRICT)
class LayerChoice:
    """A layer that rules speak of.

    Parameters
    ----------
    file : path
        Vector file, or GeoTIFF of one band.
    crs : str, optional
        CRS where the file does not say it.
    accuracy_m : float
        How far off its lines may be; a margin within it certifies nothing. [m]
    repair : bool
        Whether shapes that cross themselves are mended, and not refused by their number.
    """

    file: Path
    crs: Name | None = None
    accuracy_m: Annotated[float, Ge(0.0), Finite] = 10.0
    repair: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class VectorLayer:
    """Shapes of a layer in the scenario's CRS.

    Parameters
    ----------
    name : str
        As rules name it.
    shapes : ndarray of shapely geometries, shape (n,)
        Not empty, valid.
    attributes : dict of str to ndarray of object
        What is said of each, by column.
    labels : tuple of str
        What each is called: its name, or its number in the file.
    tree : shapely.STRtree
        Of the shapes.
    accuracy_m : float
        How far off its lines may be. [m]
    """

    name: str
    shapes: NDArray[Any]
    attributes: Mapping[str, NDArray[Any]]
    labels: tuple[str, ...]
    tree: shapely.STRtree
    accuracy_m: float

    @cached_property
    def outlines(self) -> NDArray[Any]:
        """The edges of areas, and lines and points themselves, by shape."""
        return np.array([_outline(shape) for shape in self.shapes], dtype=object)

    @cached_property
    def edges(self) -> shapely.STRtree:
        """The outlines of the shapes."""
        return shapely.STRtree(self.outlines)


def _outline(shape: shapely.Geometry) -> shapely.Geometry:
    if shape.geom_type == "GeometryCollection":
        return shapely.GeometryCollection([_outline(part) for part in shape.geoms])
    return shapely.boundary(shape) if shapely.get_dimensions(shape) == 2 else shape


@dataclass(frozen=True, kw_only=True, eq=False)
class RasterLayer:
    """A raster that is asked at single places.

    Parameters
    ----------
    name : str
        As rules name it.
    path : Path
        The file.
    accuracy_m : float
        How far off its cells may be. [m]
    """

    name: str
    path: Path
    accuracy_m: float
    crs: CRS

    def at(self, x: Sequence[float], y: Sequence[float]) -> Floats:
        """Return the values at places in the scenario's CRS; NaN beyond it and on no data."""
        try:
            with raster_file(self.path) as source:
                to_raster = Transformer.from_crs(self.crs, source.crs, always_xy=True)
                there = np.column_stack(to_raster.transform(np.asarray(x), np.asarray(y)))
                stored = np.ma.stack([sample[0] for sample in source.sample(there, masked=True)])
                scale, offset = scale_and_offset(source, str(self.path))
                values = true_values(np.ma.getdata(stored), scale, offset)
                left, right = sorted((source.bounds.left, source.bounds.right))
                bottom, top = sorted((source.bounds.bottom, source.bounds.top))
        except (RasterioError, ValueError) as error:
            msg = f"{self.path}: cannot be read as a raster ({error})."
            raise InputError(msg) from None
        outside = ~(
            (there[:, 0] >= left)
            & (there[:, 0] <= right)
            & (there[:, 1] >= bottom)
            & (there[:, 1] <= top)
        )
        values[outside | np.ma.getmaskarray(stored)] = np.nan
        return values


Layer = VectorLayer | RasterLayer
Layers = Mapping[str, Layer]


def read_layers(choices: Mapping[str, LayerChoice], crs: CRS) -> dict[str, Layer]:
    """Read the layers that a scenario names.

    Parameters
    ----------
    choices : mapping of str to LayerChoice
        By the name that rules use.
    crs : pyproj.CRS
        Of the scenario: distances are measured in it.

    Raises
    ------
    InputError
        With every file that cannot be read, does not say its CRS, has no feature, and every shape
        that is empty or crosses itself.
    """
    problems = Problems()
    found: dict[str, Layer] = {}
    for name, choice in choices.items():
        with problems.collect(f"zoning.layers.{name}: "):
            if choice.file.suffix.lower() in RASTERS:
                found[name] = _raster(name, choice, crs)
            else:
                found[name] = _vector(name, choice, crs)
    problems.raise_if_any()
    return found


def _raster(name: str, choice: LayerChoice, crs: CRS) -> RasterLayer:
    if not is_file(choice.file):
        msg = f"{choice.file}: there is no such file; check the path."
        raise InputError(msg)
    try:
        with raster_file(choice.file) as source:
            if source.crs is None:
                msg = f"{choice.file} does not say its CRS; write it with one."
                raise InputError(msg)
            if source.count != 1:
                msg = f"{choice.file} has {source.count} bands; one is needed."
                raise InputError(msg)
    except RasterioError as error:
        msg = f"{choice.file}: cannot be read as a raster ({error})."
        raise InputError(msg) from None
    return RasterLayer(name=name, path=choice.file, accuracy_m=choice.accuracy_m, crs=crs)


def _vector(name: str, choice: LayerChoice, crs: CRS) -> VectorLayer:
    if choice.file.suffix.lower() not in VECTORS:
        allowed = ", ".join((*VECTORS, *RASTERS))
        msg = f"{choice.file.name} ends in {choice.file.suffix!r}; it must be one of {allowed}."
        raise InputError(msg)
    frame = read_features(choice.file)
    if not len(frame):
        msg = f"{choice.file} holds no feature; leave the layer out, or add one."
        raise InputError(msg)
    own_crs = choice.crs or frame.crs
    if own_crs is None:
        msg = f"{choice.file} does not say its CRS; state it as zoning.layers.{name}.crs."
        raise InputError(msg)
    shapes = frame.geometry.to_numpy().astype(object)
    if choice.repair:
        # Of areas that cross themselves all that they enclose; no lines or points beside them.
        shapes = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    problems = Problems()
    for number, shape in enumerate(shapes, start=1):
        if shape is None or shape.is_empty:
            problems.add(f"{choice.file.name}, feature {number}: no geometry; remove it.")
        elif not shape.is_valid:
            problems.add(
                f"{choice.file.name}, feature {number}: {shapely.is_valid_reason(shape)}; mend it, "
                "or set repair = true."
            )
    problems.raise_if_any()
    to_scenario = transformer(own_crs, crs)
    moved = shapely.transform(shapes, to_scenario.transform, interleaved=False)
    if not np.isfinite(shapely.bounds(moved)).all():
        msg = (
            f"{choice.file.name}: some coordinates cannot be in {own_crs}. Are latitude and "
            "longitude exchanged, or is the CRS another one?"
        )
        raise InputError(msg)
    columns = [column for column in frame.columns if column != frame.geometry.name]
    named = next((column for column in _NAMES if column in columns), None)
    labels = tuple(
        str(value) if named and value is not None and value == value else f"no. {number}"
        for number, value in enumerate(frame[named] if named else [None] * len(frame), start=1)
    )
    return VectorLayer(
        name=name,
        shapes=moved,
        attributes={str(key): frame[key].to_numpy().astype(object) for key in columns},
        labels=labels,
        tree=shapely.STRtree(moved),
        accuracy_m=choice.accuracy_m,
    )
