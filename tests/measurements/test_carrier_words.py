"""Whose signal a phone measured, from the words of its log."""

import dataclasses

import pytest

from coverage_sim.errors import InputError
from coverage_sim.measurements.carrier_words import layer_of, operator_of

OPERATORS = {"viettel": "Viettel", "vnpt": "VNPT VinaPhone"}


@pytest.mark.parametrize("given", ["vnpt", "VNPT", " VNPT Vinaphone", "vnpt-vinaphone"])
def test_an_operator_is_known_by_key_or_name(given):
    assert operator_of(given, OPERATORS) == "vnpt"


@pytest.fixture(scope="module")
def layers(radio):
    both = dataclasses.replace(radio.layers["nr_n41"], operators=("viettel", "vnpt"))
    again = dataclasses.replace(radio.layers["lte_b3"], operators=("vnpt",))
    return {**radio.layers, "nr_n41": both, "lte_b3_second": again}


@pytest.mark.parametrize(
    ("given", "layer"),
    [
        ({"layer": "LTE_B3"}, "lte_b3"),
        ({"band": "B3"}, "lte_b3"),
        ({"band": "3"}, "lte_b3"),
        ({"band": "LTE Band 3"}, "lte_b3"),
        ({"band": "n41"}, "nr_n41"),
        ({"band": "NR n41"}, "nr_n41"),
        ({"earfcn": "1300"}, "lte_b3"),
        ({"earfcn": "510000"}, "nr_n41"),  # 2550 MHz
        ({"earfcn": "1300.0", "band": "41"}, "lte_b3"),  # a spreadsheet's number; it wins
    ],
)
def test_a_layer_is_known_by_key_band_or_channel(layers, given, layer):
    assert layer_of(given, "viettel", layers) == layer


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"band": "3"}, r"\['lte_b3', 'lte_b3_second'\] fit"),
        ({"band": "b41"}, "no layer fits"),
        ({"band": "1800"}, "it must be a 3GPP band"),
        ({"earfcn": "3350"}, "no layer fits"),
        ({"earfcn": "many"}, "whole number"),
        ({"layer": "lte_b30"}, "Did you mean 'lte_b3'"),
        ({}, "all empty"),
    ],
)
def test_what_fits_no_layer_or_two_is_told(layers, given, told):
    with pytest.raises(InputError, match=told):
        layer_of(given, "vnpt", layers)
