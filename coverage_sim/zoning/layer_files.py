"""The files of layers that rules speak of, as a user names them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import shapely
from annotated_types import Ge
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass
from pyproj import CRS, Transformer
from rasterio.errors import RasterioError

from coverage_sim.array_types import Floats
from coverage_sim.coordinates import transformer_of_file
from coverage_sim.errors import InputError, Problems
from coverage_sim.io.file_size import is_file
from coverage_sim.io.polygon_files import read_polygons
from coverage_sim.io.raster_files import raster_file
from coverage_sim.io.vector_files import VECTORS, read_features
from coverage_sim.units import STRICT, Finite, Name
from coverage_sim.zoning.feature_layers import Layer, VectorLayer, layer_of
from coverage_sim.zoning.raster_layers import RasterLayer

#: Files of layers that are rasters.
RASTERS: Final = (".tif", ".tiff")

#: How far apart corners are before lines go into another CRS: between them a line along a parallel
#: bends by 1 mm at most. [deg], [m]
_STEP_DEG: Final = 0.003
_STEP_M: Final = 1000.0

#: A column with a feature's name, by what programs call it.
_NAMES: Final = ("name", "ten", "tên", "NAME", "Name", "id", "fid")


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
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
        Whether the file has all there is within its extent: then it may be empty. Of a raster,
        whether there is nothing where it has no value.
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
    return RasterLayer(
        name=name,
        path=choice.file,
        accuracy_m=choice.accuracy_m,
        crs=crs,
        complete=choice.complete,
    )


def _vector(name: str, choice: LayerChoice, crs: CRS) -> VectorLayer:
    if choice.file.suffix.lower() not in VECTORS:
        allowed = ", ".join((*VECTORS, *RASTERS))
        msg = f"{choice.file.name} ends in {choice.file.suffix!r}; it must be one of {allowed}."
        raise InputError(msg)
    frame = read_features(choice.file)
    extent = _extent(name, choice, crs)
    if not len(frame):
        if not choice.complete:
            msg = (
                f"{choice.file} holds no feature. If there is none, say so: complete = true, and "
                "extent = a file of polygons where that is known; else leave the layer out."
            )
            raise InputError(msg)
        nothing = np.empty(0, dtype=object)
        return layer_of(name, nothing, accuracy_m=choice.accuracy_m, extent=extent)
    columns = [column for column in frame.columns if column != frame.geometry.name]
    return layer_of(
        name,
        _in_scenario(name, choice, frame, crs),
        accuracy_m=choice.accuracy_m,
        attributes={str(key): frame[key].to_numpy().astype(object) for key in columns},
        labels=_labels(frame, columns),
        extent=extent,
    )


def _extent(name: str, choice: LayerChoice, crs: CRS) -> VectorLayer | None:
    if choice.extent is not None:
        return areas_of_file(choice.extent, crs)
    if choice.complete:
        msg = (
            f"complete is true; say where {choice.file.name} has all there is, by polygons of a "
            f"file: zoning.layers.{name}.extent."
        )
        raise InputError(msg)
    return None


def _labels(frame: Any, columns: Sequence[str]) -> list[str]:
    """Return what each feature is called: its name, or its number in the file."""
    named = next((column for column in _NAMES if column in columns), None)
    return [
        str(value) if named and value is not None and value == value else f"#{number}"
        for number, value in enumerate(frame[named] if named else [None] * len(frame), start=1)
    ]


def _in_scenario(name: str, choice: LayerChoice, frame: Any, crs: CRS) -> NDArray[Any]:
    """Return the shapes of a file in the scenario's CRS, mended where that is asked for."""
    own_crs = choice.crs or frame.crs
    if own_crs is None:
        msg = f"{choice.file} does not say its CRS; state it as zoning.layers.{name}.crs."
        raise InputError(msg)
    shapes = frame.geometry.to_numpy().astype(object)
    if choice.repair:
        # Of areas that cross themselves all that they enclose; no lines or points beside them.
        shapes = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    _check_shapes(choice.file.name, shapes)
    cure = f"export it in another one, or state it as zoning.layers.{name}.crs"
    to_scenario = transformer_of_file(choice.file, own_crs, crs, cure)
    if CRS.from_user_input(own_crs) != crs:
        # What is straight in one CRS is bent in another: corners alone do not say how.
        step = _STEP_DEG if CRS.from_user_input(own_crs).is_geographic else _STEP_M
        divided = shapely.segmentize(shapes, step)
        # Of an area as thin as a line nothing is left by that.
        shapes = np.where(shapely.is_empty(divided), shapes, divided)
    moved = _moved(shapes, to_scenario)
    if not np.isfinite(shapely.bounds(moved)).all():
        msg = (
            f"{choice.file.name}: some coordinates cannot be in {own_crs}. Are latitude and "
            "longitude exchanged, or is the CRS another one?"
        )
        raise InputError(msg)
    # Rounding makes thin areas cross themselves: what they enclose stays, and every line of them.
    crossed = ~shapely.is_valid(moved)
    moved[crossed] = shapely.make_valid(moved[crossed])
    return moved


def _check_shapes(file: str, shapes: NDArray[Any]) -> None:
    """Refuse shapes that are empty or cross themselves, by their number."""
    problems = Problems()
    for number, shape in enumerate(shapes, start=1):
        if shape is None or shape.is_empty:
            problems.add(f"{file}, feature {number}: no geometry; remove it.")
        elif not shape.is_valid:
            reason = shapely.is_valid_reason(shape)
            problems.add(f"{file}, feature {number}: {reason}; mend it, or set repair = true.")
    problems.raise_if_any()


def areas_of_file(path: Path, crs: CRS, accuracy_m: float = 0.0) -> VectorLayer:
    """Read areas in whose inside something holds; errors as of `read_layers`."""
    read_polygons(path, crs)  # which refuses all that is no area
    return _vector(path.stem, LayerChoice(file=path, accuracy_m=accuracy_m), crs)
