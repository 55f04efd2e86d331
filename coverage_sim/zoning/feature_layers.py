"""Areas, lines, points and rasters that rules speak of, read from the files a user names."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import shapely
from annotated_types import Ge
from numpy.typing import ArrayLike, NDArray
from pydantic.dataclasses import dataclass as checked
from pyproj import CRS, Transformer
from rasterio.errors import RasterioError

from coverage_sim.array_types import Flags, Floats
from coverage_sim.coordinates import transformer_of_file
from coverage_sim.errors import InputError, Problems
from coverage_sim.io.file_size import is_file
from coverage_sim.io.raster_files import raster_file
from coverage_sim.io.raster_values import scale_and_offset, true_values
from coverage_sim.io.vector_files import VECTORS, read_features
from coverage_sim.units import STRICT, Finite, Name
from coverage_sim.zoning.line_sides import LineSides, line_sides
from coverage_sim.zoning.pieces import Pieces, simple_parts, straight_pieces, united

#: Files of layers that are rasters.
RASTERS: Final = (".tif", ".tiff")

#: Number that GEOS gives collections of anything.
_COLLECTION: Final = 7

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
    def pieces(self) -> Pieces:
        """The straight pieces of outlines, lines and points."""
        return straight_pieces(self.shapes)

    @cached_property
    def piece_tree(self) -> shapely.STRtree:
        """The pieces as lines and points."""
        return shapely.STRtree(self.pieces.geometries())

    @cached_property
    def areas(self) -> NDArray[Any]:
        """Those of the shapes' parts that are areas, prepared to be asked what they hold."""
        return self._areas_and_shapes[0]

    @cached_property
    def area_shapes(self) -> NDArray[np.intp]:
        """The number of the shape of each of the areas."""
        return self._areas_and_shapes[1]

    @cached_property
    def area_units(self) -> NDArray[np.intp]:
        """Of which whole each area is a part; what a collection gathers may overlap."""
        gathered = shapely.get_type_id(self.shapes)[self.area_shapes] == _COLLECTION
        return np.where(gathered, -1 - np.arange(len(self.areas)), self.area_shapes)

    @cached_property
    def _areas_and_shapes(self) -> tuple[NDArray[Any], NDArray[np.intp]]:
        parts, shape = simple_parts(self.shapes)
        areal = shapely.get_dimensions(parts) == 2
        areas = parts[areal]
        shapely.prepare(areas)
        return areas, shape[areal]

    @cached_property
    def area_tree(self) -> shapely.STRtree:
        """The areas."""
        return shapely.STRtree(self.areas)

    @cached_property
    def united(self) -> NDArray[Any]:
        """The areas, with those that touch made one."""
        return united(self.areas, self.area_units)

    @cached_property
    def united_pieces(self) -> Pieces:
        """The straight pieces of the outlines of the areas, as one where they touch."""
        return straight_pieces(self.united)

    @cached_property
    def united_tree(self) -> shapely.STRtree:
        """The same as lines."""
        return shapely.STRtree(self.united_pieces.geometries())

    def only(self, rows: Flags) -> "VectorLayer":
        """Return a layer of some of the shapes."""
        return replace(
            self,
            shapes=self.shapes[rows],
            attributes={name: values[rows] for name, values in self.attributes.items()},
            labels=tuple(compress(self.labels, rows.tolist())),
            tree=shapely.STRtree(self.shapes[rows]),
        )

    @cached_property
    def sides(self) -> LineSides:
        """The lines, as one asks on which side of them something lies."""
        return line_sides(self.pieces)


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

    def at(self, x: ArrayLike, y: ArrayLike) -> Floats:
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


def _moved(shapes: NDArray[Any], to_scenario: Transformer) -> NDArray[Any]:
    """Return shapes in another CRS; what they say of heights stays as it is."""

    def plane(xyz: Floats) -> Floats:
        x, y = to_scenario.transform(xyz[:, 0], xyz[:, 1])
        return np.column_stack([x, y, *xyz.T[2:]])

    flat, high = ~shapely.has_z(shapes), shapely.has_z(shapes)
    moved = shapes.copy()
    moved[flat] = shapely.transform(shapes[flat], plane)
    moved[high] = shapely.transform(shapes[high], plane, include_z=True)
    return moved


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
    cure = f"export it in another one, or state it as zoning.layers.{name}.crs"
    to_scenario = transformer_of_file(choice.file, own_crs, crs, cure)
    moved = _moved(shapes, to_scenario)
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
