"""Areas, lines, points and rasters that rules speak of, read from the files a user names."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress
from pathlib import Path
from types import MappingProxyType
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
from coverage_sim.io.polygon_files import read_polygons
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
    complete : bool
        Whether the file has all there is within its extent: then it may be empty.
    extent : path, optional
        Polygons of where the file has what there is. Near their edge and beyond it the layer says
        nothing.
    valid_from, valid_to : date, optional
        First and last day of which the file is true.
    """

    file: Path
    crs: Name | None = None
    accuracy_m: Annotated[float, Ge(0.0), Finite] = 10.0
    repair: bool = False
    complete: bool = False
    extent: Path | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def is_valid_on(self, date: dt.date) -> bool:
        """Say whether it is true of a day."""
        return (self.valid_from or date) <= date <= (self.valid_to or date)

    def validity(self) -> str:
        """Return of which days it is true, in digits."""
        return f"{self.valid_from or '…'} – {self.valid_to or '…'}"


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
    extent : VectorLayer or None
        Where it has all there is; None where that is not told.
    """

    name: str
    shapes: NDArray[Any]
    attributes: Mapping[str, NDArray[Any]]
    labels: tuple[str, ...]
    tree: shapely.STRtree
    accuracy_m: float
    extent: "VectorLayer | None" = None

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
        except (RasterioError, ValueError) as error:
            msg = f"{self.path}: cannot be read as a raster ({error})."
            raise InputError(msg) from None
        values[~self.covers(x, y) | np.ma.getmaskarray(stored)] = np.nan
        return values

    def covers(self, x: ArrayLike, y: ArrayLike) -> Flags:
        """Return which places in the scenario's CRS lie on the raster."""
        with raster_file(self.path) as source:
            to_raster = Transformer.from_crs(self.crs, source.crs, always_xy=True)
            there_x, there_y = to_raster.transform(np.asarray(x), np.asarray(y))
            left, right = sorted((source.bounds.left, source.bounds.right))
            bottom, top = sorted((source.bounds.bottom, source.bounds.top))
        across = (left <= there_x) & (there_x <= right)
        return np.asarray(across & (bottom <= there_y) & (there_y <= top))


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
            _check_dates(choice)
            if choice.file.suffix.lower() in RASTERS:
                found[name] = _raster(name, choice, crs)
            else:
                found[name] = _vector(name, choice, crs)
    problems.raise_if_any()
    return found


def _check_dates(choice: LayerChoice) -> None:
    if choice.valid_from and choice.valid_to and choice.valid_from > choice.valid_to:
        msg = (
            f"valid_from is {choice.valid_from} and valid_to {choice.valid_to}; the first comes "
            "after the last."
        )
        raise InputError(msg)


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
    extent = None if choice.extent is None else areas_of_file(choice.extent, crs)
    if choice.complete and extent is None:
        msg = (
            f"complete is true; say where {choice.file.name} has all there is, by polygons of a "
            f"file: zoning.layers.{name}.extent."
        )
        raise InputError(msg)
    if not len(frame):
        if not choice.complete:
            msg = (
                f"{choice.file} holds no feature. If there is none, say so: complete = true, and "
                "extent = a file of polygons where that is known; else leave the layer out."
            )
            raise InputError(msg)
        nothing = np.empty(0, dtype=object)
        return layer_of(name, nothing, accuracy_m=choice.accuracy_m, extent=extent)
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
    attributes = {str(key): frame[key].to_numpy().astype(object) for key in columns}
    return layer_of(
        name,
        moved,
        accuracy_m=choice.accuracy_m,
        attributes=attributes,
        labels=labels,
        extent=extent,
    )


def areas_of_file(path: Path, crs: CRS, accuracy_m: float = 0.0) -> VectorLayer:
    """Read areas in whose inside something holds; errors as of `read_layers`."""
    frame = read_polygons(path, crs)
    shapes = frame.geometry.to_numpy().astype(object)
    return layer_of(path.stem, shapes, accuracy_m=accuracy_m)


def layer_of(
    name: str,
    shapes: NDArray[Any],
    *,
    accuracy_m: float,
    attributes: Mapping[str, NDArray[Any]] = MappingProxyType({}),
    labels: Sequence[str] | None = None,
    extent: VectorLayer | None = None,
) -> VectorLayer:
    """Return a layer of shapes in the scenario's CRS; by number where nothing labels them."""
    numbered = (f"no. {number}" for number in range(1, len(shapes) + 1))
    return VectorLayer(
        name=name,
        shapes=shapes,
        attributes=attributes,
        labels=tuple(numbered if labels is None else labels),
        tree=shapely.STRtree(shapes),
        accuracy_m=accuracy_m,
        extent=extent,
    )
