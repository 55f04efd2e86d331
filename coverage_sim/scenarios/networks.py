"""Networks: carriers taken together, as people ask for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coverage_sim.network.layers import GENERATION, Layer
from coverage_sim.scenarios.schema import Operator

ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Carriers whose strongest counts.

    Parameters
    ----------
    key : str
        ``"any_4g"``, ``"viettel_5g"``, or ``"viettel_nr_n28"`` where an operator has several
        layers of one generation.
    label : str
        For people.
    operator : str
        Key, or ``"any"``.
    generation : str
        ``"4g"`` or ``"5g"``.
    carriers : tuple of str
        ``"operator/layer"``.
    """

    key: str
    label: str
    operator: str
    generation: str
    carriers: tuple[str, ...]

    @property
    def is_of_operator(self) -> bool:
        """Whether these are all carriers of one operator, and not one of its layers."""
        return self.operator != ANY and self.key == f"{self.operator}_{self.generation}"


def networks_of(
    carriers: Sequence[str], layers: Mapping[str, Layer], operators: Mapping[str, Operator]
) -> tuple[Network, ...]:
    """Return any operator's network of each generation, then each operator's, then its layers."""
    networks = []
    for generation in dict.fromkeys(GENERATION.values()):
        of_generation = [
            carrier
            for carrier in carriers
            if GENERATION[layers[carrier.split("/")[1]].technology] == generation
        ]
        if not of_generation:
            continue
        name = generation.upper()
        networks.append(
            Network(
                key=f"{ANY}_{generation}",
                label=f"{name}, any operator",
                operator=ANY,
                generation=generation,
                carriers=tuple(of_generation),
            )
        )
        for operator in operators:
            own = [carrier for carrier in of_generation if carrier.startswith(f"{operator}/")]
            if not own:
                continue
            networks.append(
                Network(
                    key=f"{operator}_{generation}",
                    label=f"{name}, {operators[operator].name}",
                    operator=operator,
                    generation=generation,
                    carriers=tuple(own),
                )
            )
            if len(own) > 1:
                networks += [
                    Network(
                        key=carrier.replace("/", "_"),
                        label=f"{name}, {operators[operator].name}, {carrier.split('/')[1]}",
                        operator=operator,
                        generation=generation,
                        carriers=(carrier,),
                    )
                    for carrier in own
                ]
    return tuple(networks)


def strongest(rasters: xr.Dataset, network: Network) -> NDArray[np.float32]:
    """Return the strongest RSRP of a network's carriers; NaN where none reaches. [dBm]"""
    return strongest_and_server(rasters, network)[0]


def strongest_and_server(
    rasters: xr.Dataset, network: Network
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return the strongest RSRP of a network's carriers and the sector it comes from.

    Parameters
    ----------
    rasters : xr.Dataset
        ``rsrp_dbm`` and ``best_server`` over ``(carrier, y, x)``.
    network : Network
        Which carriers.

    Returns
    -------
    tuple of ndarray, shape (rows, cols)
        RSRP [dBm], NaN where none reaches; row of the sector, -1 there. Of equals the first
        carrier wins.
    """
    shape = rasters["rsrp_dbm"].shape[1:]
    best_dbm = np.full(shape, np.nan, dtype=np.float32)
    server = np.full(shape, -1, dtype=np.int32)
    for carrier in network.carriers:
        values = rasters["rsrp_dbm"].sel(carrier=carrier).to_numpy()
        stronger = ~np.isnan(values) & (np.isnan(best_dbm) | (values > best_dbm))
        best_dbm[stronger] = values[stronger]
        server[stronger] = rasters["best_server"].sel(carrier=carrier).to_numpy()[stronger]
    return best_dbm, server
