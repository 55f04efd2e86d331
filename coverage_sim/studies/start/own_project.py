"""A project made from a list of sites: the short scenario around it, with what is likely meant."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyproj import CRS

from coverage_sim.array_types import Floats
from coverage_sim.coordinates import crs_of
from coverage_sim.engine.run_context import Progress, no_progress
from coverage_sim.errors import CellProblem, HeaderProblem, InputError, Suggestion
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.io.atomic_files import write_text
from coverage_sim.io.cell_problems import GroupedProblem
from coverage_sim.io.file_size import check_there
from coverage_sim.io.folder_swap import folder_written_atomically
from coverage_sim.io.plain_words import plain_letters, quoted
from coverage_sim.io.raster_files import raster_file
from coverage_sim.io.validation import GivenPath, checks_arguments
from coverage_sim.network.site_files import read_positions
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.places.province_zones import plane_crs_at, province_at
from coverage_sim.scenario.json_schema import SCHEMA_FILE, SCHEMA_LINE, scenario_schema
from coverage_sim.scenario.load import load_scenario
from coverage_sim.scenario.merging import builtin
from coverage_sim.studies.start.new_project import check_new_folder
from coverage_sim.studies.start.project_area import (
    GroundFiles,
    area_around,
    cell_side_m,
    ground_under,
    near_ground,
    relief_m,
)

_WGS84 = "EPSG:4326"

#: Ground whose heights differ by less is flat. [m]
_FLAT_M = 50.0

#: Guesses are tried so often: what a header means may uncover what a word means.
_ROUNDS = 4

#: The scenario that comes with the program and is extended.
_EXTENDED = "rural_delta"

_SCENARIO = """\
{schema_line}
# {title}: lập từ {sites} / made from {sites}.
# Các giá trị vô tuyến (builtin:rural_delta) là giả định cho đến khi được xác minh.
# Radio values (builtin:rural_delta) are assumptions until somebody verifies them.
format = 1
extends = "builtin:{extended}"
name = "{name}"
title = {quoted_title}
title_vi = {quoted_title}
{radii}
[area] # vùng tính, quanh các trạm / what is computed, round the sites
crs = "{crs}" # {crs_name}{province}
cell_m = {cell_m} # cạnh ô lưới (m) / side of a cell (m)
bbox_deg = [{bbox}] # tây, nam, đông, bắc / west, south, east, north
margin_m = {margin_m} # địa hình ngoài vùng (m) / terrain beyond the area (m)

[terrain] # mặt đất và lớp phủ / ground and land cover
catalog = "terrain/catalog.toml"
ground = "ground"
# land_cover = "..." # chưa có: không có cây và nhà / without one nothing stands on the ground

[network] # các trạm / the masts
sites = [{sites_path}]
sites_crs = "{sites_crs}" # hệ toạ độ của danh sách / CRS of the list
"""

_RADII = """\
# Vùng có đồi núi: bán kính 10-18 km của builtin:rural_delta chỉ hợp đồng bằng, nên bỏ;
# trạm trên cao phủ xa hơn. / Hilly ground: the radii of builtin:rural_delta (10 to 18 km) fit flat
# deltas alone, so they are taken away; masts on hills serve farther.
unset = [{names}]
"""

_PLACES = """\

[places] # thôn, xã và người dân / villages, communes, people
villages = {villages_path}
{communes}"""

_COMMUNES = """\
communes = {{ province = "{code}" }} # {name}; ranh giới xã / polygons: {{ file = "xa.gpkg" }}
"""

_CATALOG = """\
# Các lớp địa hình; đường dẫn tính từ tệp này. / Layers of terrain; paths relative to this file.
format = 1

[layer.ground]
kind = "ground"
product = {product}
files = [{files}]
vertical_reference = {vertical} # mốc độ cao / what the heights are above, e.g. "EGM96"
surface = "dsm" # "dsm": có cây và nhà, "dtm": mặt đất trần / with trees and roofs, or bare earth
licence = "not stated" # giấy phép của dữ liệu / terms of use
source = "not stated" # nguồn dữ liệu / where it was taken from
{synthetic}"""

_SYNTHETIC = "synthetic = true # dữ liệu mô phỏng / nobody measured it\n"

_GUESSED = {
    "headers": "tiêu đề cột nghĩa là gì / what headers mean",
    "values": "từ trong ô nghĩa là gì / what words in cells mean",
}
_TO_CONFIRM = "# Phỏng đoán: bỏ dấu # nếu đúng. / Guesses: take away the # if they are right."
_ACCEPTED = "# Phỏng đoán đã nhận: hãy xem lại. / Accepted guesses: look through them."


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProject:
    """A project that was made from lists.

    Parameters
    ----------
    scenario : Path
        The scenario to go on with.
    suggestions : tuple of Suggestion
        What is likely meant: lines of the scenario, as comments where they were not accepted.
    prepared : Prepared or None
        What the scenario reads; None where something is wrong still.
    problems : tuple of str
        What is wrong still.
    """

    scenario: Path
    suggestions: tuple[Suggestion, ...]
    prepared: Prepared | None
    problems: tuple[str, ...]


@checks_arguments
def project_from_lists(
    folder: GivenPath,
    sites: GivenPath,
    *,
    dem: Sequence[GivenPath],
    villages: GivenPath | None = None,
    communes: GivenPath | None = None,
    sites_crs: str | None = None,
    accept_guesses: bool = False,
    progress: Progress = no_progress,
) -> OwnProject:
    """Write a project around a list of sites: scenario, catalogue of terrain, schema.

    The area lies round the sites, in the zone of VN-2000 that their province uses, or of UTM. What
    headers and words of the lists likely mean is written beside, to be confirmed.

    Parameters
    ----------
    folder : str or Path
        To be made; it must not exist, or be empty.
    sites : str or Path
        CSV, spreadsheet, vector file, or folder of Atoll's tables.
    dem : sequence of str or Path
        Files with the heights of the ground, which stay where they are.
    villages : str or Path, optional
        List of villages.
    communes : str or Path, optional
        Polygons or list of the communes; else those of the province that the sites stand in.
    sites_crs : str, optional
        CRS of the sites' positions; WGS 84 by default.
    accept_guesses : bool
        Whether what is likely meant counts at once, and not only when somebody confirmed it.
    progress : Progress, optional
        Called with the stage, the steps done and their number.

    Raises
    ------
    InputError
        If the folder is not empty, a file cannot be read, or no site has a position.

    Examples
    --------
    >>> import coverage_sim
    >>> made = coverage_sim.project_from_lists(
    ...     "my_project", "sites_synthetic.csv", dem=["ground_synthetic.tif"], sites_crs="EPSG:9209"
    ... )
    >>> made.scenario.name, made.problems
    ('today.toml', ())
    """
    folder, sites, files = Path(folder), Path(sites), [Path(one) for one in dem]
    check_new_folder(folder)
    if not files:
        msg = (
            "a project needs the heights of the ground: name files with --dem, such as SRTM's .hgt "
            "or a GeoTIFF of Copernicus DEM."
        )
        raise InputError(msg)
    if communes is not None and villages is None:
        msg = "--communes needs --villages: communes are counted by their villages. Name both."
        raise InputError(msg)
    for named in (villages, communes):
        if named is not None:
            check_there(Path(named))
    given_crs = sites_crs or _WGS84
    crs_of(given_crs, "--sites-crs")
    ground = ground_under(files)
    layout = SiteListLayout(
        positions_crs=given_crs,
        crs=CRS(_WGS84),
        crs_at="--sites-crs",
        near_deg=ground.covers_deg,
    )
    places_deg = near_ground(read_positions(sites, layout), ground.covers_deg)
    text = _scenario_text(folder, sites, ground, places_deg, given_crs)
    if villages is not None:
        chosen = None if communes is None else Path(communes)
        text += _places_text(folder, Path(villages), chosen, places_deg)
    with folder_written_atomically(folder, lambda _: ()) as fresh:
        write_text(fresh / "terrain" / "catalog.toml", _catalog_text(folder, files))
        write_text(fresh / SCHEMA_FILE, scenario_schema())
        write_text(fresh / "today.toml", text)
    return _with_suggestions(folder / "today.toml", text, progress, accepted=accept_guesses)


def _with_suggestions(path: Path, text: str, progress: Progress, *, accepted: bool) -> OwnProject:
    """Write what is likely meant into a scenario, after what is wrong without it."""
    found: dict[Suggestion, None] = {}
    for _ in range(_ROUNDS):
        prepared, problems = _try(path, progress)
        new = [one for one in _suggestions(problems) if one not in found]
        if not new:
            break
        found |= dict.fromkeys(new)
        write_text(path, _with_tables(text, found, accepted=accepted))
        if not accepted:
            break
    return OwnProject(scenario=path, suggestions=tuple(found), prepared=prepared, problems=problems)


def _try(path: Path, progress: Progress) -> tuple[Prepared | None, tuple[str, ...]]:
    try:
        return prepare(load_scenario(path), progress=progress), ()
    except InputError as error:
        return None, error.problems


def _suggestions(problems: Iterable[str]) -> list[Suggestion]:
    found = []
    for problem in problems:
        alone = problem.cells if isinstance(problem, GroupedProblem) else [problem]
        found += [
            one.offer for one in alone if isinstance(one, CellProblem | HeaderProblem) and one.offer
        ]
    return list(dict.fromkeys(found))


def _with_tables(text: str, suggestions: Iterable[Suggestion], *, accepted: bool) -> str:
    """Return a scenario with a table for each that lines are suggested for, behind its parent."""
    by_table: dict[str, list[str]] = {}
    for one in suggestions:
        by_table.setdefault(one.table, []).append(one.line)
    for table, lines in by_table.items():
        kind = next((words for key, words in _GUESSED.items() if key in table), "")
        body = lines if accepted else [f"# {line}" for line in lines]
        said = _ACCEPTED if accepted else _TO_CONFIRM
        block = "\n".join(["", f"[{table}] # {kind}", said, *body, ""])
        text += block
    return text


def _scenario_text(
    folder: Path, sites: Path, ground: GroundFiles, places_deg: Floats, sites_crs: str
) -> str:
    box, margin_m = area_around(places_deg, ground.covers_deg)
    longitude, latitude = np.median(places_deg, axis=0).tolist()
    given = CRS.from_user_input(sites_crs)
    crs, name = plane_crs_at(longitude, latitude)
    if given.is_projected:  # the list's own plane is that of whoever keeps it
        crs, name = sites_crs, given.name
    province = province_at(longitude, latitude)
    title = " ".join(folder.resolve().name.split())
    return _SCENARIO.format(
        schema_line=SCHEMA_LINE,
        extended=_EXTENDED,
        title=title,
        name=_key_of(folder),
        radii=_radii_text() if relief_m(ground.files, box) > _FLAT_M else "",
        quoted_title=quoted(title[:200]),
        sites=" ".join(sites.name.split()),
        crs=crs,
        crs_name=name,
        province=f", {province.name}" if province else "",
        cell_m=cell_side_m(box, ground.side_m),
        bbox=", ".join(f"{side:.2f}" for side in box),
        margin_m=margin_m,
        sites_path=_from(folder, sites),
        sites_crs=sites_crs,
    )


def _radii_text() -> str:
    """Return the line that takes away the radii of the scenario that a project extends."""
    layers = builtin(_EXTENDED, _EXTENDED)["layers"]
    stated = [f"layers.{key}.radius_m" for key, layer in layers.items() if "radius_m" in layer]
    return _RADII.format(names=", ".join(map(quoted, stated)))


def _key_of(folder: Path) -> str:
    """Return the name of a folder's scenario: results of two projects lie side by side."""
    return f"{plain_letters(folder.resolve().name)[:50].strip('_')}_today".lstrip("_")


def _places_text(folder: Path, villages: Path, communes: Path | None, places_deg: Floats) -> str:
    longitude, latitude = np.median(places_deg, axis=0).tolist()
    province = province_at(longitude, latitude)
    text = 'communes = { file = "..." } # danh sách xã / list of communes\n'
    if communes is not None:
        text = f"communes = {{ file = {_from(folder, communes)} }}\n"
    elif province is not None:
        text = _COMMUNES.format(code=province.code, name=province.name)
    return _PLACES.format(villages_path=_from(folder, villages), communes=text)


def _catalog_text(folder: Path, files: Sequence[Path]) -> str:
    first = files[0]
    vertical = "EGM96" if first.suffix.lower() == ".hgt" else _vertical_name(first)
    return _CATALOG.format(
        product=quoted(
            first.name if len(files) == 1 else f"{first.name} and {len(files) - 1} more"
        ),
        files=", ".join(_from(folder / "terrain", file) for file in files),
        vertical=quoted(vertical),
        synthetic=_SYNTHETIC if any("synthetic" in file.name.lower() for file in files) else "",
    )


def _vertical_name(file: Path) -> str:
    """Return what a raster says its heights are above, or that it says nothing."""
    with raster_file(file) as dataset:
        parts = CRS(dataset.crs).sub_crs_list if dataset.crs else []
    return next((part.name for part in parts if part.is_vertical), "not stated")


def _from(folder: Path, file: Path) -> str:
    """Return how a file in a folder names another, as a text in TOML."""
    try:
        named = os.path.relpath(file.resolve(), folder.resolve())
    except ValueError:  # on another drive
        named = str(file.resolve())
    return quoted(Path(named).as_posix())
