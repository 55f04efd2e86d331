"""What the manifest and the summary of a result folder must hold to be shown."""

from pathlib import Path
from typing import Annotated, Any, NotRequired

from annotated_types import Ge, MinLen
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from coverage_sim.io.validation import word_problems

_Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]
_Count = Annotated[_Number, Ge(0)]


class _Model(TypedDict):
    reference: str
    profile_step_m: NotRequired[_Number]
    cells_below_distance_range: NotRequired[_Count]
    distance_range_m: NotRequired[Annotated[list[_Number], MinLen(1)]]


class _Error(TypedDict):
    draws: _Count
    interval_percent: NotRequired[_Number]
    common_sigma_db: NotRequired[_Number]
    site_sigma_db: _Number
    local_sigma_db: _Number
    local_distance_m: _Number


class _Service(TypedDict):
    levels_dbm: Annotated[dict[str, _Number], MinLen(1)]
    village_covered_percent: _Number
    village_centre_covered: NotRequired[bool]
    prediction_error: NotRequired[_Error]


class _Operator(TypedDict):
    name: str


class _Layer(TypedDict):
    technology: str
    band: str


class _Scenario(TypedDict):
    name: str
    title: str
    title_vi: NotRequired[str | None]
    operators: dict[str, _Operator]
    layers: dict[str, _Layer]
    service: _Service


class _Input(TypedDict):
    file: str
    sha256: str


class _TerrainLayer(TypedDict):
    files: dict[str, str]


class _Terrain(TypedDict):
    layers: dict[str, _TerrainLayer]


class _Grid(TypedDict):
    cell_m: _Number


class _People(TypedDict):
    source: NotRequired[str]
    people: NotRequired[_Number]


class _Manifest(TypedDict):
    scenario: _Scenario
    scenario_sha256: str
    synthetic: list[str]
    unverified: list[str]
    versions: dict[str, str]
    model: _Model
    grid: _Grid
    inputs: dict[str, _Input]
    terrain: _Terrain
    ring: NotRequired[str]
    people: NotRequired[_People]
    remarks: NotRequired[list[Annotated[str, MinLen(1)]]]
    files: NotRequired[list[str]]


class _Network(TypedDict):
    label: str
    levels: dict[str, dict[str, _Number | None]]
    expected_people_percent: NotRequired[_Number | None]
    low_people_percent: NotRequired[_Number | None]
    high_people_percent: NotRequired[_Number | None]
    villages_not_covered: NotRequired[_Count]
    villages_unknown: NotRequired[_Count]
    unknown_people: NotRequired[_Count]


class _Spots(TypedDict):
    from_m: _Number
    to_m: _Number | None
    spots: _Count
    people: _Count


class _MustCover(TypedDict):
    covered: _Count
    places: _Count


class _Summary(TypedDict):
    networks: dict[str, _Network]
    people: _Count
    villages: NotRequired[_Count]
    sites_on_air: _Count
    weak_spots: NotRequired[_Count]
    weak_spot_people: NotRequired[_Count]
    weak_spots_by_radius: NotRequired[list[_Spots]]
    must_cover: NotRequired[dict[str, _MustCover]]
    void_cells: NotRequired[_Count]
    communes_as_of: NotRequired[str]
    assumed_at_sites: NotRequired[dict[str, _Count]]


def shape_problems(path: Path, content: dict[str, Any]) -> list[str]:
    """Return what is wrong with a manifest or a summary, a sentence each.

    Parameters
    ----------
    path : Path
        The file; ``summary.json`` or the manifest.
    content : dict
        What it holds; other keys than those that are shown are not looked at.
    """
    shape = _Summary if path.name == "summary.json" else _Manifest
    try:
        TypeAdapter(shape).validate_python(content)
    except ValidationError as error:
        told = word_problems(error, where=str(path), known_keys=shape)
        return [f"{message.rstrip('.')}. Run the scenario again." for message in told]
    return []
