"""Where the masts of a network stand in the grids, and which windows they have."""

import dataclasses
import math
from collections.abc import Container, Sequence

import numpy as np

from coverage_sim.array_types import Ints
from coverage_sim.coordinates import transformer
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.rectangles import Rectangle
from coverage_sim.engine.windows import Mast, Reach, WindowPlacer
from coverage_sim.errors import InputError, Problems
from coverage_sim.network.sites import Site, meridian_convergence_deg
from coverage_sim.propagation.predict import mast_indices
from coverage_sim.terrain.ground import Ground
from coverage_sim.terrain.profile import indices_of


def check_sites(sites: Sequence[Site], ground: Ground) -> list[str]:
    """Return a problem for each site that the terrain cannot place.

    A counted site must stand in the area; one of the ring must stand on the terrain around it.
    """
    problems = Problems()
    left, bottom, right, top = ground.area.boundingbox
    heights_m = ground.heights_at([site.x for site in sites], [site.y for site in sites])
    for site, height_m in zip(sites, heights_m, strict=True):
        away_m = ground.beyond_area_m(site.x, site.y)
        if not site.in_ring and not away_m <= 0.0:
            problems.add(
                f"site {site.id} is at x={site.x:.0f}, y={site.y:.0f}, {away_m / 1000:.1f} km "
                f"outside the area (x {left:.0f} to {right:.0f}, y {bottom:.0f} to {top:.0f}). "
                "Are latitude and longitude exchanged, or is the CRS another one? A mast beyond "
                "the province belongs into network.ring_sites; for a part of a province, "
                "area.outside = 'cut' leaves out what lies beyond it."
            )
            continue
        if math.isnan(height_m):
            try:
                mast_indices(ground.raster, site.x, site.y)
            except InputError as error:
                problems.add(f"site {site.id}: {error}")
    return problems.messages


def place_masts(ground: Ground, radio: Radio, only: Container[int] | None = None) -> list[Mast]:
    """Place masts and name their windows; nothing is computed yet.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        The network.
    only : container of int, optional
        Rows of the sites that are placed; all by default.
    """
    to_degrees = transformer(ground.crs, "EPSG:4326")
    sources_by_site = {
        row: sources
        for row, sources in radio.sources_by_site().items()
        if only is None or row in only
    }
    on_air = [radio.sites[site_row] for site_row in sources_by_site]
    x, y = np.array([site.x for site in on_air]), np.array([site.y for site in on_air])
    _, latitudes = to_degrees.transform(x, y)
    heights_m = ground.heights_at(x, y)
    convergences_deg = meridian_convergence_deg(x, y, ground.crs)
    placers = [
        WindowPlacer(ground, settings, radio.model)
        for settings in (radio.path_loss, radio.far_path_loss)
    ]
    masts = []
    for number, (site_row, sources) in enumerate(sources_by_site.items()):
        site = on_air[number]
        if math.isnan(heights_m[number]):
            mast_indices(ground.raster, site.x, site.y)  # raises, and says why
        tx_col, tx_row = indices_of(ground.raster, site.x, site.y)
        col, row = ground.on_area(site.x, site.y)
        mast = Mast(
            site=site_row,
            col=col,
            row=row,
            tx_col=tx_col,
            tx_row=tx_row,
            ground_m=float(heights_m[number]),
            convergence_deg=float(convergences_deg[number]),
            model=radio.model.at_mast(float(latitudes[number])),
            radius_m=0.0,
            windows={},
            far={},
        )
        radii_m = {source: radio.radius_m(source, sectors) for source, sectors in sources.items()}
        farther_m = {
            source: radio.interferes_m(radius_m)
            for source, radius_m in radii_m.items()
            if radio.interferes_m(radius_m) > radius_m
        }
        windows, far = (
            placer.windows(
                mast,
                {
                    source: Reach(radio.layers[source.layer].frequency_mhz, radius_m)
                    for source, radius_m in reaches_m.items()
                },
            )
            for reaches_m, placer in zip((radii_m, farther_m), placers, strict=True)
        )
        radius_m = max(radii_m.values())
        masts.append(dataclasses.replace(mast, radius_m=radius_m, windows=windows, far=far))
    return masts


class Circles:
    """What masts have within the largest radius of their layers.

    Parameters
    ----------
    masts : sequence of Mast
        Of a network.
    cell_m : float
        Side of a cell. [m]
    """

    def __init__(self, masts: Sequence[Mast], cell_m: float) -> None:
        circles = [(mast.col, mast.row, mast.radius_m / cell_m + 1e-6) for mast in masts]
        self._col, self._row, self._cells = np.array(circles).reshape(-1, 3).T

    def reaching(self, where: Rectangle) -> Ints:
        """Return the numbers of the masts that have a cell of a rectangle within their radius."""
        top, bottom, left, right = where.edges
        # From the mast to the nearest cell.
        down = np.maximum(top - self._row, self._row - (bottom - 1))
        across = np.maximum(left - self._col, self._col - (right - 1))
        near = np.hypot(np.maximum(down, 0.0), np.maximum(across, 0.0)) <= self._cells
        return np.flatnonzero(near)
