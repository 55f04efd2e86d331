"""How long lists take: read, questioned, made a project of; and a workbook of a result's tables.

    python -m benchmarks.lists

Lists of made-up (synthetic) sites in CSV and in a spreadsheet, on flat made-up ground, three sizes.
Times are medians of three after one that is not counted; the peak is of Python's own memory.
"""

import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
from affine import Affine
from pyproj import CRS

import coverage_sim
from benchmarks.machine import machine_line
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.reporting.workbook import write_workbook

_SIZES = (1_000, 4_000, 20_000)
_CELLS = (100_000, 400_000, 2_000_000)
_LAYOUT = SiteListLayout(positions_crs="EPSG:4326", crs=CRS("EPSG:9209"))


def made_up_sites(count: int) -> pd.DataFrame:
    """Return sites that are nobody's, at random places."""
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "Mã trạm": [f"S{number}" for number in range(count)],
            "Tên trạm": [f"Trạm {number}" for number in range(count)],
            "Kinh độ": rng.uniform(106.0, 106.6, count).round(6),
            "Vĩ độ": rng.uniform(20.0, 20.5, count).round(6),
            "Tình trạng": "Đang hoạt động",
            "Độ cao treo anten (m)": rng.integers(24, 45, count),
            "Nhà mạng": "Viettel, VNPT",
            "Công nghệ": "LTE1800",
            "Góc phương vị": "0/120/240",
        }
    )


def flat_ground(path: Path) -> None:
    """Write heights of a metre under the sites."""
    with rasterio.open(
        path, "w", driver="GTiff", width=900, height=900, count=1, dtype="float32",
        crs="EPSG:4326", transform=Affine(0.001, 0.0, 105.85, 0.0, -0.001, 20.7),
    ) as file:  # fmt: skip
        file.write(np.ones((1, 900, 900), dtype=np.float32))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the median of three times [s] and the peak of Python's memory [MB]."""
    work()
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return statistics.median(times), peak


def main() -> None:
    """Print the tables."""
    print(machine_line())
    print("\n| what | size | s | microseconds each | peak MB |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        flat_ground(folder / "ground_synthetic.tif")
        for count in _SIZES:
            sites = made_up_sites(count)
            for name in ("sites_synthetic.csv", "sites_synthetic.xlsx"):
                write = sites.to_csv if name.endswith(".csv") else sites.to_excel
                write(folder / name, index=False)
                read = partial(read_sites, folder / name, _LAYOUT)
                _line(f"read {name.partition('.')[2]}", count, read)
            path = folder / "sites_synthetic.xlsx"
            _line("site lint, xlsx", count, partial(coverage_sim.lint_site_list, path))
            _line("new --from, xlsx", count, partial(_project, path))
        for count in _CELLS:
            table = pd.DataFrame(np.random.default_rng(1).normal(size=(count // 20, 20)))
            tables = {"table": table.rename(columns=str)}
            path = folder / "tables_synthetic.xlsx"
            _line("tables.xlsx, cells", count, partial(write_workbook, path, tables))


def _project(sites: Path) -> None:
    with tempfile.TemporaryDirectory(dir=sites.parent) as place:
        coverage_sim.project_from_lists(
            Path(place) / "project",
            sites,
            dem=[sites.parent / "ground_synthetic.tif"],
            accept_guesses=True,
        )


def _line(what: str, count: int, work: Callable[[], object]) -> None:
    seconds, peak = timed(work)
    print(f"| {what} | {count:,} | {seconds:.2f} | {1e6 * seconds / count:.0f} | {peak:.0f} |")


if __name__ == "__main__":
    main()
