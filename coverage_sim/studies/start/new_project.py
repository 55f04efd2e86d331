"""A commented starter project with a small synthetic area of its own."""

from pathlib import Path

from coverage_sim.errors import InputError
from coverage_sim.io.atomic_files import write_text
from coverage_sim.io.folder_swap import folder_written_atomically
from coverage_sim.io.validation import GivenPath, checks_arguments
from coverage_sim.sample.small import small_area
from coverage_sim.scenario.json_schema import SCHEMA_FILE, SCHEMA_LINE, scenario_schema
from coverage_sim.scenario.load import load_scenario
from coverage_sim.scenario.schema import Scenario
from coverage_sim.scenario.template import commented_toml
from coverage_sim.terrain.clutter import default_clutter_table

_HEADING = """\
A scenario of coverage-sim. The area, its ground, land cover, villages and masts are SYNTHETIC:
replace them by your own files, one after the other, and run
    coverage-sim validate today.toml
    coverage-sim run today.toml
Radio values are assumptions until somebody verifies them; they are listed under `unverified`."""

_MINIMAL = """\
format = 1
extends = "builtin:rural_delta"
name = "today"
title = "Starter project: a small synthetic area"
description = "Synthetic ground, land cover, villages and masts, to be replaced by your own."

[area]
crs = "EPSG:9209"
cell_m = 30.0
bounds_m = [{west}, {south}, {east}, {north}]

[terrain]
catalog = "terrain/catalog.toml"
ground = "ground_synthetic"
land_cover = "land_cover_synthetic"

[network]
sites = ["sites_synthetic.csv"]

[places]
villages = "villages_synthetic.csv"
communes = {{ file = "communes_synthetic.csv" }}
"""

_WHAT_IF = f"""\
{SCHEMA_LINE}
# A what-if: the approved masts that are not built yet are on air too.
format = 1
extends = "today.toml"
name = "build_approved"
title = "Starter project: approved masts built"

[network]
on_air = ["existing", "approved_built", "approved_unbuilt"]
"""

_CATALOG = """\
# The layers that scenarios may name. Paths are relative to this file.
format = 1

[layer.ground_synthetic]
kind = "ground"
product = "Synthetic bare-earth ground of a piece of river delta, 30 m"
files = ["ground_synthetic.tif"]
vertical_reference = "synthetic mean sea level"
surface = "dtm" # bare earth; on a "dsm" no clutter heights may stand
synthetic = true
licence = "Apache-2.0"
source = "Drawn by coverage-sim from a seed. Nobody measured it."

[layer.land_cover_synthetic]
kind = "land_cover"
product = "Synthetic land cover, classes of ESA WorldCover, 30 m"
files = ["land_cover_synthetic.tif"]
clutter_table = "clutter_worldcover.toml"
synthetic = true
licence = "Apache-2.0"
source = "Drawn by coverage-sim from a seed. Nobody measured it."
"""


@checks_arguments
def new_project(folder: GivenPath, *, seed: int = 1) -> Path:
    """Write a commented starter project with a small synthetic area of its own.

    Parameters
    ----------
    folder : str or Path
        To be made; it must not exist, or be empty.
    seed : int
        Draws another area.

    Returns
    -------
    Path
        The scenario to run first.

    Raises
    ------
    InputError
        If the folder exists and is not empty.

    Examples
    --------
    >>> import coverage_sim
    >>> coverage_sim.new_project("my_area").name
    'today.toml'
    """
    folder = Path(folder)
    check_new_folder(folder)
    with folder_written_atomically(folder, lambda _: ()) as fresh:
        written = small_area(fresh, seed)
        (fresh / "terrain").mkdir()
        for path in written:
            if path.suffix == ".tif":
                path.rename(fresh / "terrain" / path.name)
        write_text(fresh / "terrain" / "catalog.toml", _CATALOG)
        table = default_clutter_table()
        write_text(fresh / "terrain" / table.name, table.read_text(encoding="utf-8"))
        bounds = _bounds_inside(fresh / "terrain" / "ground_synthetic.tif")
        names = ("west", "south", "east", "north")
        minimal = fresh / "today.toml"
        write_text(minimal, _MINIMAL.format(**dict(zip(names, bounds, strict=True))))
        loaded = load_scenario(minimal)
        text = commented_toml(loaded.as_written(), Scenario, heading=_HEADING)
        write_text(minimal, f"{SCHEMA_LINE}\n{text}")
        write_text(fresh / SCHEMA_FILE, scenario_schema())
        write_text(fresh / "build_approved.toml", _WHAT_IF)
    return folder / "today.toml"


def check_new_folder(folder: Path) -> None:
    """Refuse a folder that has something in it.

    Raises
    ------
    InputError
        If it exists and is not empty.
    """
    file = next((one for one in (folder, *folder.parents) if one.is_file()), None)
    if file is not None:
        msg = f"{file} is a file; name a new folder."
        raise InputError(msg)
    if folder.exists() and any(folder.iterdir()):
        msg = f"{folder} exists and is not empty; nothing is overwritten. Name a new folder."
        raise InputError(msg)


def _bounds_inside(raster: Path) -> tuple[float, float, float, float]:
    """Return the raster's bounds, drawn in to whole cells of 30 m."""
    import rasterio  # only here

    with rasterio.open(raster) as dataset:
        west, south, east, north = dataset.bounds
    cell = 30.0
    return (
        -(-west // cell) * cell,
        -(-south // cell) * cell,
        east // cell * cell,
        north // cell * cell,
    )
