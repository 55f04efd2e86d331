"""A carrier: one operator on one layer, under one text form."""

from collections.abc import Iterable
from typing import NamedTuple


class Carrier(NamedTuple):
    """One operator on one layer.

    Parameters
    ----------
    operator, layer : str
        Keys of the scenario's tables.

    Examples
    --------
    >>> str(Carrier("viettel", "lte_b3"))
    'viettel/lte_b3'
    >>> Carrier.parse("viettel/lte_b3").layer
    'lte_b3'
    """

    operator: str
    layer: str

    def __str__(self) -> str:
        return f"{self.operator}/{self.layer}"

    @property
    def key(self) -> str:
        """Name of its columns and files."""
        return f"{self.operator}_{self.layer}"

    @classmethod
    def parse(cls, name: object) -> "Carrier":
        """Return the carrier of a text form, as the coordinate of a raster has it."""
        operator, _, layer = str(name).partition("/")
        return cls(operator, layer)


def operators_of(carriers: Iterable[Carrier]) -> tuple[str, ...]:
    """Return the operators of carriers, each once, in their order."""
    return tuple(dict.fromkeys(carrier.operator for carrier in carriers))


def layers_of(carriers: Iterable[Carrier]) -> tuple[str, ...]:
    """Return the layers of carriers, each once, in their order."""
    return tuple(dict.fromkeys(carrier.layer for carrier in carriers))
