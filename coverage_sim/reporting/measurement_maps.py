"""Maps of measurements: where the prediction promises too much, and where too little."""

import itertools
import math
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from coverage_sim.array_types import Ints
from coverage_sim.reporting import legend
from coverage_sim.reporting.basemap import base_map
from coverage_sim.reporting.colors import ERROR_COLORS, ERROR_EDGES_DB, FRAME
from coverage_sim.reporting.map_frame import MapFrame
from coverage_sim.reporting.map_layers import (
    draw_place_names,
    draw_sites,
    inside,
    land_entries,
    site_entries,
)
from coverage_sim.reporting.sheet import SHEET_PX, Words, saving
from coverage_sim.reporting.text import DPI

#: Measurements nearer together than this would cover each other. [px]
_SQUARE_PX: Final = 9.0
_FRAME_FRACTION: Final = 0.12
_LEAST_MARGIN_M: Final = 400.0


def residual_figure(
    frame: MapFrame, words: Words, *, points: gpd.GeoDataFrame, sites: gpd.GeoDataFrame
) -> Figure:
    """Draw the error of the prediction where it was measured.

    Parameters
    ----------
    frame, words, sites
        As in `coverage_sim.reporting.maps.coverage_figure`; the map shows the part of the terrain
        that was measured.
    points : GeoDataFrame
        Points with ``error_db``, predicted less measured; missing ones are left out. The mean of
        each small square is drawn. [dB]
    """
    known = points[points["error_db"].notna().to_numpy()]
    terrain = frame.terrain
    base = base_map(_part_of(terrain, known))
    west, east, _, _ = base.extent
    # The picture is nearly as wide as the sheet less the panel.
    drawn_m = (east - west) * _SQUARE_PX / (SHEET_PX - legend.WIDTH_PX)
    square_m = max(10.0 * math.ceil(drawn_m / 10.0), float(terrain["x"][1] - terrain["x"][0]))
    squares = _means(inside(known, base), square_m)
    classes = np.digitize(squares["error_db"], ERROR_EDGES_DB)
    entries: list[legend.Entry] = [
        legend.Heading(
            "Prediction less measurement",
            f"mean of each square of {square_m:.0f} m, and how many squares",
        ),
        *_class_entries(classes),
        *land_entries(base),
        *site_entries(sites, base),
    ]
    sheet = frame.sheet(base, words, entries)
    side_px = max(square_m / (east - west) * sheet.labels.width_px, _SQUARE_PX)
    sheet.map.scatter(
        squares["x"],
        squares["y"],
        s=(side_px * 72.0 / DPI) ** 2,
        marker="s",
        c=classes,
        cmap=ListedColormap(ERROR_COLORS),
        vmin=-0.5,
        vmax=len(ERROR_COLORS) - 0.5,
        edgecolors=FRAME,
        linewidths=0.3,
        zorder=3.8,  # sites stand on top
    )
    draw_sites(sheet, sites, base)
    draw_place_names(sheet, frame.communes, base)
    return sheet.figure


def _part_of(terrain: xr.Dataset, points: gpd.GeoDataFrame) -> xr.Dataset:
    """Return the terrain round the points, not much longer than wide."""
    west, south, east, north = points.total_bounds
    side_m = max(east - west, north - south)
    margin_m = max(_FRAME_FRACTION * side_m, _LEAST_MARGIN_M)
    # At least half as wide as long, so that the sheet is filled.
    half_x = max(east - west, 0.5 * side_m) / 2.0 + margin_m
    half_y = max(north - south, 0.5 * side_m) / 2.0 + margin_m
    middle_x, middle_y = (west + east) / 2.0, (south + north) / 2.0
    return terrain.sel(
        x=slice(middle_x - half_x, middle_x + half_x),
        y=slice(middle_y + half_y, middle_y - half_y),
    )


def _means(points: gpd.GeoDataFrame, square_m: float) -> pd.DataFrame:
    """Return centre and mean error of every square that holds a point."""
    column = np.floor(points.geometry.x.to_numpy() / square_m)
    row = np.floor(points.geometry.y.to_numpy() / square_m)
    means = points["error_db"].groupby([column, row]).mean()
    places = means.index.to_frame(index=False, name=["column", "row"])
    return pd.DataFrame(
        {
            "x": (places["column"] + 0.5) * square_m,
            "y": (places["row"] + 0.5) * square_m,
            "error_db": means.to_numpy(),
        }
    )


def _class_entries(classes: Ints) -> list[legend.Entry]:
    """Return the entries of the classes of error, the most promised first."""
    count = np.bincount(classes, minlength=len(ERROR_COLORS))
    low_db, high_db = ERROR_EDGES_DB[0], ERROR_EDGES_DB[-1]
    between = [_between(low, high) for low, high in itertools.pairwise(ERROR_EDGES_DB)]
    names = [
        f"over {-low_db:g} dB weaker than measured",
        *between,
        f"over {high_db:g} dB stronger than measured",
    ]
    swatches = [
        legend.Swatch(label=f"{name} ({number:,})", color=color)
        for name, number, color in zip(names, count, ERROR_COLORS, strict=True)
    ]
    return list(reversed(swatches))


def _between(low_db: float, high_db: float) -> str:
    if low_db < 0.0 < high_db:
        return f"within {high_db:g} dB"
    if high_db <= 0.0:
        return f"{-high_db:g} to {-low_db:g} dB weaker"
    return f"{low_db:g} to {high_db:g} dB stronger"


residual_map = saving(residual_figure)
