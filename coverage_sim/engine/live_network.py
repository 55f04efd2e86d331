"""A network over the area that follows changes of its sites: what a change does not touch stays.

Whatever is changed, in whatever order, the rasters are those of a fresh evaluation to the bit: sums
are whole numbers, and where the best two of a cell are not known any more all masts are asked.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Ints, Ints32
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.evaluate import Evaluation, network_rasters
from coverage_sim.engine.far_field import FarField
from coverage_sim.engine.far_losses import FarLosses
from coverage_sim.engine.layer_field import LayerField
from coverage_sim.engine.live_layer import Exchanged, LiveLayer
from coverage_sim.engine.live_tiles import LiveTiles
from coverage_sim.engine.masts import place_masts
from coverage_sim.engine.near_field import TileRasters
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.tiles import NETWORK_VARIABLES, Answer
from coverage_sim.engine.window_memory import RememberedLosses, WindowMemory
from coverage_sim.engine.windows import Mast
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.sites import Sector
from coverage_sim.radio.tallies import NO_SERVER
from coverage_sim.terrain.ground import Ground
from coverage_sim.variables import VARIABLES

#: Windows of path loss that are kept unpacked. [B]
_WINDOW_BYTES = 400_000_000

#: Tiles, with their sums, that are kept unpacked. [B]
_TILE_BYTES = 800_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class _Moves:
    """What becomes of the sites and sectors of a network, by their rows.

    Parameters
    ----------
    gone, come : set of int
        Sites that the network has no more, and those that it did not have.
    site : dict of int to int
        Of the sites that stay, where they were and where they are.
    sector : ndarray of int32, shape (sectors + 1,)
        Where each sector is that was; -1 for those that are gone, and for none, the last.
    """

    gone: set[int]
    come: set[int]
    site: dict[int, int]
    sector: Ints32


class LiveNetwork:
    """A network over the area that follows changes of its sites.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        The network that it begins with.
    context : RunContext
        As `coverage_sim.engine.evaluate.evaluate` has it.

    Attributes
    ----------
    radio : Radio
        The network as it is.
    moved : ndarray of int32, shape (sectors + 1,)
        Where the last change left each sector that was there before it; -1 for those that went,
        and for none, the last.
    """

    def __init__(self, ground: Ground, radio: Radio, context: RunContext) -> None:
        self._ground, self._context = ground, context
        self._memory = WindowMemory(_WINDOW_BYTES)
        self._open(radio)

    def _open(self, radio: Radio) -> None:
        self.radio = radio
        self._network = Competition(self._ground, radio)
        self.moved: Ints32 = np.append(np.arange(len(radio.sectors), dtype=np.int32), NO_SERVER)
        evaluation = Evaluation(self._network, self._context)
        self._layers: list[LiveLayer] = []
        fields = []
        of_layers = list(evaluation.layers())
        for carriers, of_layer in of_layers:
            tiles = LiveTiles(of_layer, self._context.store, _TILE_BYTES // len(of_layers))
            field = LayerField(carriers, *evaluation.fields(of_layer, tiles))
            tiles.follow(field.near.tiles, self._losses(radio))
            fields.append(field)
            self._layers.append(LiveLayer(field, tiles, self._context))
        evaluation.complete(fields)
        self._keys: list[list[str]] | None = [field.keys for field in fields]

    def _losses(self, radio: Radio) -> PathLosses:
        return RememberedLosses(self._ground, radio.path_loss, self._context.store, self._memory)

    def keys(self) -> list[str] | None:
        """Return of each carrier a name of all that its answer depends on; None after changes.

        Servers are told apart by their places among the carrier's sectors, and these by their
        sites.
        """
        if self._keys is None:
            return None
        found = []
        for carrier, sectors in enumerate(self.sectors_by_carrier()):
            digest = hashlib.blake2b("".join(self._keys[self._layer_of(carrier)]).encode())
            sites = [self.radio.sites[self.radio.sectors[k].site].id for k in sectors.tolist()]
            digest.update(f"{self._network.carriers[carrier]} {sites}".encode())
            found.append(digest.hexdigest())
        return found

    def sectors_by_carrier(self) -> list[Ints]:
        """Return the rows of the sectors of each carrier."""
        rows: dict[Carrier, list[int]] = {one: [] for one in self._network.carriers}
        for row, sector in enumerate(self.radio.sectors):
            rows[sector.carrier].append(row)
        return [np.array(own, dtype=np.int64) for own in rows.values()]

    def _layer_of(self, carrier: int) -> int:
        return next(k for k, one in enumerate(self._layers) if carrier < one.carriers.stop)

    def change(self, radio: Radio) -> Flags | None:
        """Follow a change.

        Parameters
        ----------
        radio : Radio
            The network as it shall be: as it was but for sites and their sectors. Sites are told
            apart by their ids.

        Returns
        -------
        ndarray of bool, shape (carrier, y, x), or None
            Where anything of a carrier may be another; None where carriers come or go, so that all
            was evaluated anew.
        """
        if not self._sums_alike(radio):
            self._open(radio)
            return None
        moves = _moves(self.radio, radio)
        network = Competition(self._ground, radio, self._masts(radio, moves))
        store = self._context.store
        path_losses = self._losses(radio)
        far_path_losses = PathLosses(self._ground, radio.far_path_loss)
        changed = np.zeros((len(network.carriers), *self._ground.area.shape), dtype=np.bool_)
        for layer, of_layer in zip(self._layers, network.by_layer(), strict=True):
            cells = layer.far.cells if layer.far.parts else None
            far_losses = FarLosses(self._ground, far_path_losses, store, cells)
            what = Exchanged(
                network=of_layer,
                far=FarField(of_layer, far_losses, {}, store),
                gone=_of(layer.network.masts, moves.gone),
                come=_of(of_layer.masts, moves.come),
                now=moves.sector,
            )
            changed[layer.carriers] = layer.change(what, path_losses)
        self.radio, self._network, self._keys, self.moved = radio, network, None, moves.sector
        return changed

    def rasters(self) -> xr.Dataset:
        """Return the rasters as `coverage_sim.engine.evaluate.evaluate_network` returns them."""
        shape = (len(self._network.carriers), *self._ground.area.shape)
        arrays: Answer = {
            name: np.empty(shape, dtype=VARIABLES[name].dtype) for name in NETWORK_VARIABLES
        }
        rims = []
        for layer in self._layers:
            own = {name: array[layer.carriers] for name, array in arrays.items()}
            together = TileRasters(own, self._context.store)
            for tile, answer in layer.tiles.answers():
                together.place(tile, answer)
            for number in layer.far.parts:
                layer.far.add_to(own, number)
            rims.append(together.every_rim())
        return network_rasters(self._network, arrays, rims)

    def answer_at(self, carrier: int, cells: Ints) -> dict[str, NDArray[Any]]:
        """Return what is found of a carrier in some cells, as `rasters` has it.

        Parameters
        ----------
        carrier : int
            Its row in the rasters.
        cells : ndarray of int64, shape (n,)
            Flat indices in the area.
        """
        layer = self._layers[self._layer_of(carrier)]
        columns, of_layer = self._ground.area.shape[1], carrier - layer.carriers.start
        here = layer.tiles.at(NETWORK_VARIABLES, of_layer, cells, columns)
        layer.far.add_at(here, of_layer, cells)
        return here

    def _sums_alike(self, radio: Radio) -> bool:
        """Say whether a network has the same carriers, and sums them in the same way."""
        known = self._network
        return known.groups == radio.groups_by_carrier() and (
            known.beams == radio.carriers_with_beams()
        )

    def _masts(self, radio: Radio, moves: _Moves) -> list[Mast]:
        """Return the masts of a network; those that stay are placed already."""
        stay = [
            mast
            if moves.site[mast.site] == mast.site
            else replace(mast, site=moves.site[mast.site])
            for mast in self._network.masts
            if mast.site in moves.site
        ]
        come = place_masts(self._ground, radio, moves.come) if moves.come else []
        return sorted([*stay, *come], key=lambda mast: mast.site)


def _of(masts: Sequence[Mast], sites: set[int]) -> tuple[Mast, ...]:
    return tuple(mast for mast in masts if mast.site in sites)


def _moves(before: Radio, after: Radio) -> _Moves:
    """Find what becomes of sites: one that is another in anything goes and comes."""
    row_of = {site.id: row for row, site in enumerate(after.sites)}
    were, are = (_sectors_by_site(radio) for radio in (before, after))
    stay: dict[int, int] = {}
    last = -1
    for row, site in enumerate(before.sites):
        now = row_of.get(site.id)
        # The order of those that stay decides between equals: one that is put elsewhere comes anew.
        if (
            now is not None
            and now > last
            and (after.sites[now] is site or after.sites[now] == site)
            and _alike(were[row], are[now])
        ):
            stay[row] = last = now
    sector = np.full(len(before.sectors) + 1, -1, dtype=np.int32)
    for row, now in stay.items():
        for (k, _), (to, _) in zip(were[row], are[now], strict=True):
            sector[k] = to
    return _Moves(
        gone=set(range(len(before.sites))) - set(stay),
        come=set(range(len(after.sites))) - set(stay.values()),
        site=stay,
        sector=sector,
    )


def _sectors_by_site(radio: Radio) -> list[list[tuple[int, Sector]]]:
    found: list[list[tuple[int, Sector]]] = [[] for _ in radio.sites]
    for row, sector in enumerate(radio.sectors):
        found[sector.site].append((row, sector))
    return found


def _alike(some: Sequence[tuple[int, Sector]], others: Sequence[tuple[int, Sector]]) -> bool:
    """Say whether sectors of a site are the same, wherever it stands in the list."""
    return len(some) == len(others) and all(
        one is other or replace(one, site=other.site) == other
        for (_, one), (_, other) in zip(some, others, strict=True)
    )
