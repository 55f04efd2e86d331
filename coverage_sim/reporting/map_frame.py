"""Where a map lies, and how its sheet begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import xarray as xr
from shapely.geometry.base import BaseGeometry

from coverage_sim.reporting import legend
from coverage_sim.reporting.basemap import BaseMap, Overlay, base_map
from coverage_sim.reporting.map_layers import draw_area, draw_sites
from coverage_sim.reporting.sheet import Sheet, Words, new_sheet


@dataclass(frozen=True, kw_only=True, eq=False)
class MapFrame:
    """What all maps of a place have in common.

    Parameters
    ----------
    terrain : xarray.Dataset
        ``ground_m`` and ``clutter_class`` over ``(y, x)``, with CRS; the map shows all of it.
    communes : GeoDataFrame, optional
        Points with ``name``, ``district``, ``unit_type``: the names on the map.
    area : shapely geometry, optional
        The counted area in the map's projection; the rest is made pale.
    """

    terrain: xr.Dataset
    communes: gpd.GeoDataFrame | None = None
    area: BaseGeometry | None = None

    @cached_property
    def base(self) -> BaseMap:
        """The land under all maps of the place."""
        return base_map(self.terrain)

    def sheet(
        self,
        base: BaseMap,
        words: Words,
        entries: Sequence[legend.Entry],
        *,
        overlay: Overlay | None = None,
        sites: gpd.GeoDataFrame | None = None,
    ) -> Sheet:
        """Return a sheet with the land, the counted area and sites drawn.

        Parameters
        ----------
        base : BaseMap
            Of the terrain, or of a part of it.
        words : Words
            What is written round the map.
        entries : sequence of Entry
            Of the panel.
        overlay : Overlay, optional
            Cells in colour.
        sites : GeoDataFrame, optional
            Points with ``status``.
        """
        sheet = new_sheet(base, base.paint(overlay), entries, words)
        draw_area(sheet, self.area, base)
        if sites is not None:
            draw_sites(sheet, sites, base)
        return sheet
