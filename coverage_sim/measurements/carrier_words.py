"""Which operator and layer a phone measured, from the words and numbers in its log."""

import re
from collections.abc import Mapping

from coverage_sim.errors import InputError, must_be_one_of
from coverage_sim.io.plain_words import plain_letters
from coverage_sim.network.bands import DOWNLINK_MHZ
from coverage_sim.network.channels import channel_of
from coverage_sim.network.layers import Layer

_BAND = re.compile(r"(?:lte|nr|band|\s|_)*([bn]?)\s*(\d{1,3})", flags=re.IGNORECASE)
_TECHNOLOGY = {"b": "lte", "n": "nr", "": None}


def operator_of(given: str, operators: Mapping[str, str]) -> str:
    """Return the key of an operator named by its key or its name, in any case.

    Parameters
    ----------
    given : str
        What the log says.
    operators : mapping of str to str
        Name by key.

    Raises
    ------
    InputError
        If there is none of that name.

    Examples
    --------
    >>> operator_of("VIETTEL ", {"viettel": "Viettel"})
    'viettel'
    """
    for key, name in operators.items():
        if plain_letters(given) in (plain_letters(key), plain_letters(name)):
            return key
    raise must_be_one_of(what="operator", given=given, allowed=operators)


def layer_of(given: Mapping[str, str], operator: str, layers: Mapping[str, Layer]) -> str:
    """Return the layer that an operator's measurement belongs to.

    Parameters
    ----------
    given : mapping of str to str
        ``layer``, ``earfcn`` or ``band`` of one line, the first of them that is not empty counts.
    operator : str
        Key of the operator.
    layers : mapping of str to Layer
        The scenario's layers.

    Raises
    ------
    InputError
        If nothing is given, no layer of the operator fits, or more than one.
    """
    own = {key: layer for key, layer in layers.items() if operator in layer.operators}
    if given.get("layer"):
        key = given["layer"].lower()
        if key not in own:
            raise must_be_one_of(what=f"layer of {operator}", given=given["layer"], allowed=own)
        return key
    if given.get("earfcn"):
        what = f"earfcn {given['earfcn']}"
        fitting = _on_channel(given["earfcn"], own)
    elif given.get("band"):
        what = f"band {given['band']!r}"
        fitting = _on_band(given["band"], own)
    else:
        msg = "layer, band and earfcn are all empty; one is needed."
        raise InputError(msg)
    if len(fitting) != 1:
        listed = ", ".join(f"{key} ({layer.band})" for key, layer in own.items()) or "none"
        fits = f"the layers {fitting} fit" if fitting else "no layer fits"
        msg = (
            f"{what} of {operator}: {fits}; it has {listed}. "
            "Correct it, or name the layer in a column layer."
        )
        raise InputError(msg)
    return fitting[0]


def _on_channel(text: str, own: Mapping[str, Layer]) -> list[str]:
    """Return the layers whose band holds a channel's frequency."""
    try:
        number = int(float(text))
    except (ValueError, OverflowError):
        msg = f"earfcn is {text!r}; it must be a whole number."
        raise InputError(msg) from None
    channel = channel_of(number)
    fitting = []
    for key, layer in own.items():
        low_mhz, high_mhz = DOWNLINK_MHZ[layer.band]
        if layer.technology == channel.technology and low_mhz <= channel.frequency_mhz < high_mhz:
            fitting.append(key)
    return fitting


def _on_band(text: str, own: Mapping[str, Layer]) -> list[str]:
    """Return the layers on a band written as b3, B3, 3, n41 or Band 3."""
    match = _BAND.fullmatch(text.strip())
    if match is None:
        msg = f"band is {text!r}; it must be a 3GPP band such as b3, 3 or n41."
        raise InputError(msg)
    letter, number = match[1].lower(), int(match[2])
    return [
        key
        for key, layer in own.items()
        if int(layer.band[1:]) == number and _TECHNOLOGY[letter] in (None, layer.technology)
    ]
