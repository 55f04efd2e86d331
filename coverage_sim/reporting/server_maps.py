"""Maps of servers: which network or sector is received best, and where."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from numpy.typing import NDArray

from coverage_sim.array_types import Codes
from coverage_sim.reporting import legend
from coverage_sim.reporting.basemap import Overlay, legend_color, on_grid
from coverage_sim.reporting.colors import CATEGORIES, PATCHWORK
from coverage_sim.reporting.map_frame import MapFrame
from coverage_sim.reporting.map_layers import (
    area_entries,
    draw_place_names,
    land_entries,
    site_entries,
)
from coverage_sim.reporting.sheet import Words, saving


def best_server_figure(
    frame: MapFrame,
    words: Words,
    *,
    server: xr.DataArray,
    sites: gpd.GeoDataFrame,
    names: Mapping[int, str] | None = None,
) -> Figure:
    """Draw who serves where.

    Parameters
    ----------
    frame, words, sites
        As in `coverage_sim.reporting.maps.coverage_figure`.
    server : xarray.DataArray
        Number of the server of each cell, ``(y, x)``, below 0 where there is none.
    names : mapping of int to str, optional
        What each number is called, e.g. the networks: few, each with its colour and entry.
        Without it the numbers are sectors, and colours only keep neighbours apart.
    """
    base = frame.base
    servers = base.thin(on_grid(server, frame.terrain))
    if names is None:
        palette: Sequence[str] = PATCHWORK
        codes = patchwork_codes(servers, len(palette))
    else:
        palette = [CATEGORIES[i % len(CATEGORIES)] for i in range(len(names))]
        codes = np.zeros(servers.shape, dtype=np.uint8)
        for code, number in enumerate(names, start=1):
            codes[servers == number] = code
    overlay = Overlay(codes=codes, colors=("", *palette), land_alpha=0.62, water_alpha=0.2)
    entries: list[legend.Entry]
    if names is None:
        entries = [
            legend.Heading("Area of each sector"),
            legend.Note(
                "A patch of one colour is where one sector is received best. "
                "Neighbours differ in colour; the colours mean nothing else."
            ),
        ]
    else:
        entries = [
            legend.Heading("Strongest network"),
            *(
                legend.Swatch(label=name, color=legend_color(overlay, code))
                for code, name in enumerate(names.values(), start=1)
            ),
        ]
    entries += [
        legend.Swatch(label="No server", color=legend_color(overlay, 0)),
        *land_entries(base),
        *site_entries(sites, base),
        *area_entries(frame.area),
    ]
    sheet = frame.sheet(base, words, entries, overlay=overlay, sites=sites)
    draw_place_names(sheet, frame.communes, base)
    return sheet.figure


def patchwork_codes(servers: NDArray[Any], colors: int) -> Codes:
    """Colour the areas by numbers so that neighbours differ where ``colors`` suffice.

    Parameters
    ----------
    servers : ndarray of int
        Server of each cell, below 0 where there is none.
    colors : int
        How many colours there are.

    Returns
    -------
    ndarray of uint8
        0 where there is no server, else 1 to ``colors``.

    Examples
    --------
    >>> patchwork_codes(np.array([[7, 7, 9], [-1, 7, 9]]), 3)
    array([[1, 1, 2],
           [0, 1, 2]], dtype=uint8)
    """
    present, codes = np.unique(servers, return_inverse=True)
    codes = codes.reshape(servers.shape)
    sides = [
        np.stack([one.ravel(), two.ravel()])
        for one, two in ((codes[:, :-1], codes[:, 1:]), (codes[:-1], codes[1:]))
    ]
    pairs = np.concatenate([side[:, side[0] != side[1]] for side in sides], axis=1)
    pairs = np.unique(np.sort(pairs, axis=0), axis=1)
    neighbours: list[list[int]] = [[] for _ in present]
    for one, two in pairs.T.tolist():
        neighbours[one].append(two)
        neighbours[two].append(one)
    chosen = np.zeros(len(present), dtype=np.uint8)
    used = [0] * (colors + 1)
    for area, number in enumerate(present.tolist()):
        if number < 0:
            continue
        near = {int(chosen[other]) for other in neighbours[area]}
        free = [color for color in range(1, colors + 1) if color not in near]
        # The least used colour: a balanced patchwork is easier on the eye.
        best = min(free or range(1, colors + 1), key=lambda color: (used[color], color))
        chosen[area] = best
        used[best] += 1
    return chosen[codes]


best_server_map = saving(best_server_figure)
