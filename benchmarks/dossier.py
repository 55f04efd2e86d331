"""How long ``site check`` takes with and without its papers, over layers of a whole province.

    python -m benchmarks.dossier SCENARIO

Every layer of builtin:nam_dinh but the obstacle surface is made up over the scenario's area and
written as files (synthetic, no real dyke), and so are the lists of sites. Timed is everything after
the terrain is at hand: lists and layers are read, rules asked, files written.
"""

import argparse
import datetime as dt
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np

import coverage_sim
from benchmarks.machine import machine_line
from benchmarks.zoning import synthetic_province
from coverage_sim.inputs.terrain_reading import read_ground
from coverage_sim.scenario.load import load_scenario
from coverage_sim.terrain.ground import Ground

_DAY = dt.date(2025, 6, 30)
_HEADER = (
    "id,x,y,status,antenna_height_m,operators,layers,azimuths_deg,total_height_m,mast_class,"
    "position_accuracy_m"
)


def write_scenario(folder: Path, base: Path, ground: Ground) -> Path:
    """Write the layers, and a scenario that names them."""
    lines = [
        "format = 1",
        f'extends = "{base.resolve()}"',
        'name = "synthetic_layers"',
        "[zoning]",
        'rules = "builtin:nam_dinh"',
        "[zoning.layers]",
    ]
    for name, layer in synthetic_province(ground.area).items():
        frame = gpd.GeoDataFrame(dict(layer.attributes), geometry=layer.shapes, crs=ground.crs)
        frame.to_file(folder / f"{name}_synthetic.gpkg")
        lines.append(f'{name} = {{ file = "{name}_synthetic.gpkg", accuracy_m = 5.0 }}')
    path = folder / "scenario.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_list(path: Path, ground: Ground, count: int) -> None:
    """Write so many sites anywhere in the area where the ground is known."""
    rng = np.random.default_rng(1)
    box = ground.area.boundingbox
    low, high = (box.left, box.bottom), (box.right, box.top)
    places = rng.uniform(low, high, (4 * count, 2))
    known = np.isfinite(ground.heights_at(places[:, 0], places[:, 1]))
    rows = [
        f"S{k:05d},{x:.1f},{y:.1f},candidate,{height},viettel,lte_b3,0;120;240,{height + 3},A2b,3"
        for k, ((x, y), height) in enumerate(
            zip(places[known][:count], rng.integers(20, 60, count), strict=True)
        )
    ]
    path.write_text("\n".join([_HEADER, *rows]) + "\n", encoding="utf-8")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", type=Path)
    given = parser.parse_args()
    print(machine_line())
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        ground = read_ground(load_scenario(given.scenario))
        scenario = write_scenario(folder, given.scenario, ground)
        crs = ground.crs.to_string()
        print("\n| sites | papers | s, check | s, writing | sheets a second |")
        print("| --- | --- | --- | --- | --- |")
        for count, sheets in ((100, False), (4_000, False), (20_000, False), (1_000, True)):
            listed = folder / f"sites_{count}_synthetic.csv"
            write_list(listed, ground, count)
            began = time.perf_counter()
            done = coverage_sim.check_sites(listed, scenario, date=_DAY, sites_crs=crs)
            checked_s = time.perf_counter() - began
            began = time.perf_counter()
            done.save(folder / "out", sheets=sheets)
            written_s = time.perf_counter() - began
            rate = f"{count / written_s:.0f}" if sheets else "–"
            papers = "all" if sheets else "none"
            print(
                f"| {count:,} | {papers} | {checked_s:.1f} | {written_s:.1f} | {rate} |", flush=True
            )


if __name__ == "__main__":
    main()
