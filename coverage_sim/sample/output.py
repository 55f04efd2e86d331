"""How the sample's tables and rasters are written: plainly, the same each time, and marked."""

from pathlib import Path
from typing import Any, Final

import pandas as pd
import rasterio
from numpy.typing import NDArray

from coverage_sim.io.atomic_files import written_atomically
from coverage_sim.sample.canvas import CRS, Canvas

_WARNING: Final = "SYNTHETIC: drawn by a seeded generator, surveyed by nobody; to try the program"


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV with degrees to six decimals."""
    text = table.copy()
    for column in ("longitude", "latitude"):
        text[column] = text[column].map("{:.6f}".format)
    return str(text.to_csv(index=False, lineterminator="\n"))


def write_raster(
    path: Path,
    values: NDArray[Any],
    canvas: Canvas,
    *,
    kind: str,
    seed: int,
) -> None:
    """Write a GeoTIFF that says it is synthetic."""
    floating = values.dtype.kind == "f"
    profile = {
        "driver": "GTiff",
        "dtype": values.dtype.name,
        "count": 1,
        "height": canvas.shape[0],
        "width": canvas.shape[1],
        "crs": CRS,
        "transform": canvas.transform,
        "nodata": float("nan") if floating else 0,
        "compress": "deflate",
        "predictor": 3 if floating else 2,
        "zlevel": 6,
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
    }
    with written_atomically(path) as temporary, rasterio.open(temporary, "w", **profile) as file:
        file.write(values, 1)
        file.set_band_description(1, f"synthetic {kind}")
        file.update_tags(
            SYNTHETIC="1",
            DESCRIPTION=f"{_WARNING} ({kind})",
            SEED=str(seed),
            GENERATOR="coverage_sim.sample",
            VERTICAL_REFERENCE="synthetic mean sea level" if floating else "none",
            UNITS="m" if floating else "ESA WorldCover class, 1 open sea, 51 town",
        )
