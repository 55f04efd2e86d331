"""Path loss around each mast: which window of the area, under which key, computed once.

A window's key names everything its bytes depend on, so that a second scenario computes only the
masts that differ and an interrupted run goes on where it was.
"""

import dataclasses
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import sources_hash
from coverage_sim.coordinates import transformer
from coverage_sim.engine.store import Store, key_of, pack, unpack
from coverage_sim.errors import InputError, Problems
from coverage_sim.network.antennas import Pattern
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import Sector, Site, meridian_convergence_deg
from coverage_sim.propagation.drivers import Driver, drive
from coverage_sim.propagation.exact import Request
from coverage_sim.propagation.model import Model, takes_paths
from coverage_sim.propagation.predict import mast_indices
from coverage_sim.propagation.targets import Target, cells_within
from coverage_sim.propagation.terminal import Terminal, path_height_m
from coverage_sim.radio.best_server import NO_LOSS, encode_loss, place_losses
from coverage_sim.radio.offsets import NO_OFFSETS, Offsets
from coverage_sim.terrain.ground import Ground
from coverage_sim.terrain.profile import indices_of

#: Part of every key: raise it when this file or the packing changes what a window holds.
WINDOW_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Radio:
    """Everything of the network that the evaluation needs.

    Parameters
    ----------
    sites : tuple of Site
        On air.
    sectors : tuple of Sector
        As `coverage_sim.network.sites.sectors_of` orders them.
    layers : mapping of str to Layer
        By key.
    antennas : mapping of str to Pattern
        By key.
    model : Model
        Propagation model, not yet at a mast.
    rx_height_m, rx_gain_dbi : float
        Of the phone. [m, dBi]
    profile_step_m : float
        Distance between profile points. [m]
    driver : Driver
        How path loss is computed.
    server_threshold_dbm : float
        RSRP from which on a sector is counted among the servers of a cell. [dBm]
    terminals : tuple of Terminal
        Losses at the phone, added to path loss.
    offsets : Offsets
        Corrections by layer and land cover, added to path loss; stored windows are without.
    """

    sites: tuple[Site, ...]
    sectors: tuple[Sector, ...]
    layers: Mapping[str, Layer]
    antennas: Mapping[str, Pattern]
    model: Model
    rx_height_m: float
    rx_gain_dbi: float
    profile_step_m: float
    driver: Driver
    server_threshold_dbm: float = -110.0
    terminals: tuple[Terminal, ...] = ()
    offsets: Offsets = NO_OFFSETS

    @property
    def path_height_m(self) -> float:
        """Height above ground to which path loss is computed. [m]"""
        return path_height_m(self.terminals, self.rx_height_m)

    def reference_dbm(self, sector: Sector) -> float:
        """Return the power of a reference element of a sector at its antenna's connector. [dBm]"""
        layer = self.layers[sector.layer]
        return layer.epre_dbm() + sector.power_offset_db - sector.feeder_loss_db

    def sectors_by_site(self) -> dict[int, list[int]]:
        """Return the sectors of each site, both by their row, in the order of the sectors."""
        by_site: dict[int, list[int]] = {}
        for number, sector in enumerate(self.sectors):
            by_site.setdefault(sector.site, []).append(number)
        return by_site

    def carriers(self) -> list[str]:
        """Return ``"operator/layer"`` of every carrier on air, in the order of the layers."""
        on_air = {(sector.operator, sector.layer) for sector in self.sectors}
        return [
            f"{operator}/{key}"
            for key, layer in self.layers.items()
            for operator in layer.operators
            if (operator, key) in on_air
        ]


class Source(NamedTuple):
    """What the windows of one mast differ by: a layer, and how high its antenna stands.

    Parameters
    ----------
    layer : str
        Key of the layer.
    antenna_height_m : float
        Above ground. [m]
    """

    layer: str
    antenna_height_m: float


def source_of(sector: Sector) -> Source:
    """Return whose window a sector is served from."""
    return Source(sector.layer, sector.antenna_height_m)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Path loss around one mast at one frequency, in cells of the area.

    Parameters
    ----------
    row, col, rows, cols : int
        Where it lies; may be empty.
    key : str
        Under which the store keeps it.
    """

    row: int
    col: int
    rows: int
    cols: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mast:
    """A site on air: where it stands in both grids, and its windows.

    Parameters
    ----------
    site : int
        Row of the site in the network.
    col, row : float
        Fractional indices in the area.
    tx_col, tx_row : float
        Fractional indices in the terrain.
    ground_m : float
        Height of its foot above sea level. [m]
    convergence_deg : float
        From true north to the grid's. [deg]
    model : Model
        Placed at this mast.
    radius_m : float
        The largest of its layers'. [m]
    windows : dict of Source to Window
        By layer and height.
    """

    site: int
    col: float
    row: float
    tx_col: float
    tx_row: float
    ground_m: float
    convergence_deg: float
    model: Model
    radius_m: float
    windows: dict[Source, Window]


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
                "the province belongs into network.ring_sites."
            )
            continue
        if math.isnan(height_m):
            try:
                mast_indices(ground.raster, site.x, site.y)
            except InputError as error:
                problems.add(f"site {site.id}: {error}")
    return problems.messages


def place_masts(ground: Ground, radio: Radio) -> list[Mast]:
    """Place every mast and name its windows; nothing is computed yet."""
    to_degrees = transformer(ground.crs, "EPSG:4326")
    sources_by_site: dict[int, dict[Source, None]] = {}  # a dict keeps the order
    for sector in radio.sectors:
        sources_by_site.setdefault(sector.site, {})[source_of(sector)] = None
    on_air = [radio.sites[site_row] for site_row in sources_by_site]
    x, y = np.array([site.x for site in on_air]), np.array([site.y for site in on_air])
    _, latitudes = to_degrees.transform(x, y)
    heights_m = ground.heights_at(x, y)
    convergences_deg = meridian_convergence_deg(x, y, ground.crs)
    masts = []
    for number, (site_row, sources) in enumerate(sources_by_site.items()):
        site = on_air[number]
        model = radio.model.at_mast(float(latitudes[number]))
        if math.isnan(heights_m[number]):
            mast_indices(ground.raster, site.x, site.y)  # raises, and says why
        tx_col, tx_row = indices_of(ground.raster, site.x, site.y)
        col, row = ground.on_area(site.x, site.y)
        radius_m = max(radio.layers[source.layer].radius_m for source in sources)
        windows = {
            source: _window(ground, radio, site, model, source, radius_m, row, col)
            for source in sources
        }
        masts.append(
            Mast(
                site=site_row,
                col=col,
                row=row,
                tx_col=tx_col,
                tx_row=tx_row,
                ground_m=float(heights_m[number]),
                convergence_deg=float(convergences_deg[number]),
                model=model,
                radius_m=radius_m,
                windows=windows,
            )
        )
    return masts


def _window(
    ground: Ground,
    radio: Radio,
    site: Site,
    model: Model,
    source: Source,
    radius_m: float,
    row: float,
    col: float,
) -> Window:
    layer = radio.layers[source.layer]
    reach = layer.radius_m / ground.cell_m + 1e-6  # as `cells_within` has it
    rows, cols = ground.area.shape
    first_row, last_row = max(math.ceil(row - reach), 0), min(math.floor(row + reach), rows - 1)
    first_col, last_col = max(math.ceil(col - reach), 0), min(math.floor(col + reach), cols - 1)
    height, width = max(last_row - first_row + 1, 0), max(last_col - first_col + 1, 0)
    # Every block that a profile can read: between the window and the mast.
    blocks = ground.hashes_within(
        min(first_col, col), min(first_row, row), max(last_col, col), max(last_row, row)
    )
    key = key_of(
        {
            "what": "path loss",
            "driver": _driver_key(radio.driver, model, radius_m, ground.raster.cell_m),
            "format": WINDOW_FORMAT,
            "sources": sources_hash("radio"),
            "model": model.name,
            "parameters": dataclasses.asdict(model),  # type: ignore[call-overload]
            "frequency_mhz": layer.frequency_mhz,
            "radius_m": layer.radius_m,
            "mast": [site.x, site.y, source.antenna_height_m],
            "rx_height_m": radio.path_height_m,
            "profile_step_m": radio.profile_step_m,
            "raster": [ground.raster.x0_m, ground.raster.y0_m, ground.raster.cell_m],
            "area": [float(axis[0]) for axis in ground.axes] + [ground.cell_m],
            "window": [first_row, first_col, height, width],
            "blocks": blocks,
        }
    )
    return Window(row=first_row, col=first_col, rows=height, cols=width, key=key)


def _driver_key(driver: Driver, model: Model, radius_m: float, cell_m: float) -> list[object]:
    """Return what the driver's answer depends on."""
    if driver.name == "exact" or not takes_paths(model):
        return ["exact"]
    return ["sweep", driver.radials(radius_m, cell_m), driver.own_steps]


def compute_windows(
    mast: Mast, ground: Ground, radio: Radio, store: Store, *, anew: bool = False
) -> dict[str, NDArray[np.uint16]]:
    """Compute the windows of one mast that the store does not have; keep and return them.

    With ``anew``, those too that the store has under their key and that are damaged.
    """
    missing: dict[str, Source] = {}  # one source a key: layers may share a window
    for source, window in mast.windows.items():
        there = load_window(window, store) is not None if anew else store.has(window.key)
        if window.rows and window.cols and not there:
            missing.setdefault(window.key, source)
    if not missing:
        return {}
    layers = [radio.layers[source.layer] for source in missing.values()]
    rows, columns = ground.area.shape
    target, cells, counts = cells_within(
        (rows, columns),
        ground.cell_m,
        mast.col,
        mast.row,
        [layer.radius_m for layer in layers],
    )
    losses = _driven(mast, ground, radio, list(missing.values()), target, counts)
    computed = {}
    for (window_key, source), loss_db in zip(missing.items(), losses, strict=True):
        window = mast.windows[source]
        array = np.full((window.rows, window.cols), NO_LOSS, dtype=np.uint16)
        place_losses(loss_db, cells, columns, window.row, window.col, array)
        store.put(window_key, pack(array))
        computed[window_key] = array
    return computed


def _driven(
    mast: Mast,
    ground: Ground,
    radio: Radio,
    sources: Sequence[Source],
    target: Target,
    counts: Sequence[int],
) -> list[NDArray[np.float32]]:
    """Return the path loss of each source to the first ``counts`` cells of a target. [dB]"""
    requests = [
        Request(
            model=mast.model,
            frequency_mhz=radio.layers[source.layer].frequency_mhz,
            tx_height_m=source.antenna_height_m,
            receivers=count,
        )
        for source, count in zip(sources, counts, strict=True)
    ]
    return drive(
        radio.driver,
        ground.raster,
        radius_m=mast.radius_m,
        tx_col=mast.tx_col,
        tx_row=mast.tx_row,
        rx_height_m=radio.path_height_m,
        target=Target(*ground.on_terrain(target.col, target.row)),
        requests=requests,
        step_m=radio.profile_step_m,
    )


#: Encoded path loss of each source of a mast over a rectangle: the array, its rows, its columns.
Losses = dict[Source, tuple[NDArray[np.uint16], slice, slice]]


def losses_within(
    rows: slice,
    cols: slice,
    mast: Mast,
    ground: Ground,
    radio: Radio,
    asked: NDArray[np.bool_] | None = None,
    store: Store | None = None,
) -> Losses:
    """Compute path loss of a mast in the cells of a rectangle and nowhere else.

    Parameters
    ----------
    rows, cols : slice
        Of the area.
    mast : Mast
        As `place_masts` places it.
    ground, radio
        As `compute_windows` has them.
    asked : ndarray of bool, shape (rows, cols), optional
        Cells of the rectangle that are computed; all by default.
    store : Store, optional
        Keeps what is computed, under a key that names the cells; kept nowhere by default.
    """
    whole = np.ones((rows.stop - rows.start, cols.stop - cols.start), dtype=bool)
    cells = np.flatnonzero(whole if asked is None else asked)
    keys = {} if store is None else _keys_of_cells(mast, rows, cols, cells)
    encoded: dict[Source, NDArray[np.uint16]] = {}
    for source, key in keys.items():
        content = None if store is None else store.get(key)
        kept = None if content is None else unpack(content, (1, cells.size))
        if kept is not None:
            encoded[source] = kept[0]
    missing = [source for source in mast.windows if source not in encoded]
    for source, losses in zip(
        missing, _at_cells(missing, cells, rows, cols, mast, ground, radio), strict=True
    ):
        encoded[source] = losses
        if store is not None:
            store.put(keys[source], pack(losses[None, :]))
    found: Losses = {}
    for source in mast.windows:
        array = np.full(whole.shape, NO_LOSS, dtype=np.uint16)
        array.ravel()[cells] = encoded[source]
        found[source] = (array, rows, cols)
    return found


def _keys_of_cells(
    mast: Mast, rows: slice, cols: slice, cells: NDArray[np.int64]
) -> dict[Source, str]:
    """Return under which key the store keeps the path loss of some cells of a rectangle."""
    where = [rows.start, rows.stop, cols.start, cols.stop]
    digest = hashlib.blake2b(np.ascontiguousarray(cells).tobytes(), digest_size=16).hexdigest()
    return {
        source: key_of(
            {"what": "path loss of cells", "window": window.key, "in": where, "cells": digest}
        )
        for source, window in mast.windows.items()
    }


def _at_cells(
    sources: Sequence[Source],
    cells: NDArray[np.int64],
    rows: slice,
    cols: slice,
    mast: Mast,
    ground: Ground,
    radio: Radio,
) -> list[NDArray[np.uint16]]:
    """Return the encoded path loss of each source to cells of a rectangle."""
    if not sources:
        return []
    row, col = np.divmod(cells, cols.stop - cols.start)
    row, col = row + rows.start, col + cols.start
    across, down = col - mast.col, row - mast.row
    away = np.sqrt(across * across + down * down)  # to the bit as `cells_within` has it
    order = np.argsort(away, kind="stable")  # those within a smaller radius come first
    target = Target(*(axis[order].astype(np.float64) for axis in (col, row)))
    counts = [
        int(
            np.searchsorted(
                away[order], radio.layers[source.layer].radius_m / ground.cell_m, "right"
            )
        )
        for source in sources
    ]
    found = []
    for loss_db in _driven(mast, ground, radio, sources, target, counts):
        array = np.full(cells.size, NO_LOSS, dtype=np.uint16)
        array[order[: loss_db.size]] = encode_loss(loss_db)
        found.append(array)
    return found


def load_window(window: Window, store: Store) -> NDArray[np.uint16] | None:
    """Return a window that the store has, encoded as `encode_loss` does; else None."""
    content = store.get(window.key)
    return None if content is None else unpack(content, (window.rows, window.cols))
