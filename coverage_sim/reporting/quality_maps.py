"""Maps of classes other than the signal's: SINR, speed, and which direction binds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from coverage_sim.array_types import AnyFloats, Codes
from coverage_sim.reporting import legend
from coverage_sim.reporting.basemap import Overlay, legend_color, on_grid
from coverage_sim.reporting.colors import (
    BELOW_SERVICE,
    NO_SERVICE,
    SIGNAL_COLORS,
    UNKNOWN,
)
from coverage_sim.reporting.map_frame import MapFrame
from coverage_sim.reporting.map_layers import (
    area_entries,
    draw_place_names,
    land_entries,
    site_entries,
)
from coverage_sim.reporting.sheet import Words, saving


class ClassColor(NamedTuple):
    """One class of a map.

    Parameters
    ----------
    label, detail : str
        What it means to a reader, in large and in small.
    color : str
        As ``"#rrggbb"``.
    """

    label: str
    detail: str
    color: str


#: SINR from which each class begins, best first. Usual steps of practice. [dB]
SINR_EDGES_DB: Final = (20.0, 13.0, 0.0, -6.0)
_STEP_COLORS: Final = (*SIGNAL_COLORS, BELOW_SERVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPanel:
    """What the panel says of classes.

    Parameters
    ----------
    heading, note : str
        Above them, in large and in small.
    classes : sequence of ClassColor
        Best first; the last one is what is left.
    """

    heading: str
    note: str
    classes: Sequence[ClassColor]


def class_figure(
    frame: MapFrame,
    words: Words,
    *,
    codes: xr.DataArray,
    panel: ClassPanel,
    sites: gpd.GeoDataFrame,
) -> Figure:
    """Draw the class of every cell.

    Parameters
    ----------
    frame, words, sites
        As in `coverage_sim.reporting.maps.coverage_figure`.
    codes : xarray.DataArray
        Class of each cell, ``(y, x)``: 1 for the first of the classes; 0 for the last one, which
        is drawn on land only: nobody misses anything on the sea.
    panel : ClassPanel
        The classes.
    """
    base, classes = frame.base, panel.classes
    drawn = base.thin(on_grid(codes, frame.terrain))
    drawn[base.is_water & (drawn == 0)] = len(classes)
    overlay = Overlay(
        codes=drawn, colors=(classes[-1].color, *(one.color for one in classes[:-1]), "")
    )
    numbers = [*range(1, len(classes)), 0]
    entries: list[legend.Entry] = [
        legend.Heading(panel.heading, panel.note),
        *(
            legend.Swatch(label=one.label, detail=one.detail, color=legend_color(overlay, number))
            for number, one in zip(numbers, classes, strict=True)
        ),
        *land_entries(base),
        *site_entries(sites, base),
        *area_entries(frame.area),
    ]
    sheet = frame.sheet(base, words, entries, overlay=overlay, sites=sites)
    draw_place_names(sheet, frame.communes, base)
    return sheet.figure


class_map = saving(class_figure)


def class_numbers(values: AnyFloats, edges: Sequence[float]) -> Codes:
    """Return the class of each value: 1 from the first edge on, 0 below the last one and for NaN.

    Examples
    --------
    >>> class_numbers(np.array([25.0, 13.0, -7.0, np.nan]), (20.0, 13.0, 0.0, -6.0))
    array([1, 2, 0, 0], dtype=uint8)
    """
    codes = np.zeros(values.shape, dtype=np.uint8)
    for code, edge in reversed(list(enumerate(edges, start=1))):
        codes[values >= edge] = code
    return codes


def step_classes(
    edges: Sequence[float], unit: str, words: Sequence[str], left: str
) -> list[ClassColor]:
    """Return a class for each step, best first, and one for what is left.

    Parameters
    ----------
    edges : sequence of float
        Where the classes begin, best first; as many as there are colours for, 4.
    unit : str
        Of the edges.
    words : sequence of str
        What each class is to a reader.
    left : str
        What is below the last edge.
    """
    above = (None, *edges[:-1])
    return [
        *(
            ClassColor(
                word,
                f"{edge:g} {unit} and more" if top is None else f"{edge:g} to {top:g} {unit}",
                color,
            )
            for word, edge, top, color in zip(words, edges, above, _STEP_COLORS, strict=True)
        ),
        ClassColor(left, f"below {edges[-1]:g} {unit}, or no site in range", NO_SERVICE),
    ]


#: Classes of `coverage_sim.variables.SERVICE` in the order of drawing, with their codes.
DIRECTIONS: Final[tuple[tuple[int, ClassColor], ...]] = (
    (4, ClassColor("Served", "the downlink has less to spare", SIGNAL_COLORS[0])),
    (5, ClassColor("Served", "the uplink has less to spare", SIGNAL_COLORS[1])),
    (3, ClassColor("Uplink missing", "the phone is not heard", SIGNAL_COLORS[2])),
    (2, ClassColor("Downlink missing", "too weak, or too much interference", BELOW_SERVICE)),
    (1, ClassColor("Both missing", "a signal, but no service", UNKNOWN)),
    (0, ClassColor("No signal", "no site in range", NO_SERVICE)),
)


def direction_codes(service: Codes) -> Codes:
    """Return the classes of a raster of service in the order of `DIRECTIONS`; 0 is the last."""
    codes = np.zeros(service.shape, dtype=np.uint8)
    for code, (value, _) in enumerate(DIRECTIONS[:-1], start=1):
        codes[service == value] = code
    return codes
