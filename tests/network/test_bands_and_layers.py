"""Resource blocks against the published tables, and what a layer refuses."""

import csv
import math
from pathlib import Path

import pytest
from pydantic import ValidationError

from coverage_sim.errors import InputError
from coverage_sim.network.antennas import ArrayPanel, gain_table_dbi
from coverage_sim.network.bands import (
    DOWNLINK_MHZ,
    check_band,
    lte_resource_blocks,
    nr_resource_blocks,
)
from coverage_sim.network.layers import Layer, epre_dbm

DATA = Path(__file__).parents[1] / "data"


def published(name):
    lines = [line for line in (DATA / name).read_text().splitlines() if not line.startswith("#")]
    return [tuple(map(float, row.values())) for row in csv.DictReader(lines)]


NR_ROWS = published("ts38101_1_table_5_3_2_1.csv")


@pytest.mark.parametrize(("scs_khz", "bandwidth_mhz", "n_rb"), NR_ROWS)
def test_nr_resource_blocks_are_those_of_the_table(scs_khz, bandwidth_mhz, n_rb):
    assert nr_resource_blocks(bandwidth_mhz, int(scs_khz)) == n_rb  # integers: exact


@pytest.mark.parametrize(("bandwidth_mhz", "n_rb"), published("ts36101_table_5_6_1.csv"))
def test_lte_resource_blocks_are_those_of_the_table(bandwidth_mhz, n_rb):
    assert lte_resource_blocks(bandwidth_mhz) == n_rb


def test_what_the_nr_table_leaves_out_is_refused():
    bandwidths = {bandwidth for _, bandwidth, _ in NR_ROWS}
    known = {(spacing, bandwidth) for spacing, bandwidth, _ in NR_ROWS}
    absent = [(s, b) for s in (15, 30, 60) for b in bandwidths if (s, b) not in known]
    assert len(absent) == 6
    for spacing, bandwidth in absent:
        with pytest.raises(InputError, match=f"at {spacing} kHz"):
            nr_resource_blocks(bandwidth, spacing)


@pytest.mark.parametrize("bandwidth_mhz", [2.0, 20.5, 0.0, float("nan")])
def test_an_unknown_bandwidth_names_the_known_ones(bandwidth_mhz):
    with pytest.raises(InputError, match=r"it must be one of \['1\.4', '10'"):
        lte_resource_blocks(bandwidth_mhz)
    with pytest.raises(InputError, match=r"it must be one of \['10', '100'"):
        nr_resource_blocks(bandwidth_mhz, 30)


def test_an_unknown_subcarrier_spacing_names_the_known_ones():
    with pytest.raises(InputError, match=r"\['15', '30', '60'\]"):
        nr_resource_blocks(100.0, 120)


@pytest.mark.parametrize(("power_dbm", "n_rb", "expected_dbm"), published("epre_examples.csv"))
def test_energy_per_resource_element_is_that_of_the_examples(power_dbm, n_rb, expected_dbm):
    assert epre_dbm(power_dbm, int(n_rb)) == pytest.approx(expected_dbm, abs=0.05)


def test_a_boost_of_the_reference_elements_is_added():
    assert epre_dbm(46.0, 100, 3.0) - epre_dbm(46.0, 100) == pytest.approx(3.0)


GIVEN = {
    "technology": "lte",
    "band": "b3",
    "frequency_mhz": 1840.0,
    "bandwidth_mhz": 20.0,
    "operators": ("viettel",),
    "port_power_dbm": 46.0,
    "antenna": "panel",
    "radius_m": 8000.0,
}
NR_700 = GIVEN | {
    "technology": "nr",
    "band": "n28",
    "frequency_mhz": 773.0,
    "bandwidth_mhz": 10.0,
    "radius_m": 15_000.0,
}


@pytest.mark.parametrize(
    ("given", "expected_dbm"),
    [
        (GIVEN, 15.2),  # LTE 46 dBm a port at 20 MHz
        # 5G on 2 x 10 MHz at 700 MHz, 52 resource blocks: both ports feed its beam
        (NR_700, 21.05),
        (NR_700 | {"ssb_polarisations": 1}, 18.05),
        (GIVEN | {"port_power_dbm": None, "total_power_dbm": 49.0}, 15.2),  # two ports share it
        (
            GIVEN
            | {
                "technology": "nr",
                "band": "n41",
                "frequency_mhz": 2550.0,
                "bandwidth_mhz": 100.0,
                "subcarrier_spacing_khz": 30,
                "port_power_dbm": None,
                "total_power_dbm": 53.0,
            },
            17.8,  # NR 53 dBm total over 273 resource blocks
        ),
    ],
)
def test_the_default_layers_have_the_stated_energy_per_element(given, expected_dbm):
    layer = Layer(**given)
    assert layer.problems("it") == []
    assert layer.epre_dbm() == pytest.approx(expected_dbm, abs=0.05)


NO_POWER = {"port_power_dbm": None}
NR_41 = GIVEN | {
    "technology": "nr",
    "band": "n41",
    "frequency_mhz": 2550.0,
    "bandwidth_mhz": 100.0,
    "subcarrier_spacing_khz": 30,
}


@pytest.mark.parametrize("ports", [1, 2, 4, 8])
@pytest.mark.parametrize("boost_db", [0.0, 3.0])
def test_an_lte_radio_is_the_same_however_its_power_is_stated(ports, boost_db):
    """40 W a port over 1,200 subcarriers: 46.02 - 30.79 dB, whatever the other ports send."""
    port_dbm = 10.0 * math.log10(40e3)
    total_dbm = 10.0 * math.log10(ports * 40e3)
    element_dbm = 10.0 * math.log10(40e3 / 1200.0) + boost_db
    for stated in (
        {"port_power_dbm": port_dbm},
        {"total_power_dbm": total_dbm},
        {"reference_signal_power_dbm": element_dbm},
    ):
        layer = Layer(**(GIVEN | NO_POWER | stated), ports=ports, reference_boost_db=boost_db)
        assert layer.problems("it") == []
        assert layer.epre_dbm() == pytest.approx(element_dbm, abs=1e-9)
        assert layer.all_ports_dbm() == pytest.approx(total_dbm, abs=1e-9)


@pytest.mark.parametrize("ports", [1, 2, 4, 8])
@pytest.mark.parametrize(("polarisations", "share"), [(2, 1.0), (1, 0.5)])
def test_an_nr_radio_is_the_same_however_its_power_is_stated(ports, polarisations, share):
    """200 W over 3,276 subcarriers, all of it in a synchronisation beam or half of it."""
    total_dbm = 10.0 * math.log10(200e3)
    element_dbm = 10.0 * math.log10(share * 200e3 / 3276.0)
    for stated in (
        {"port_power_dbm": 10.0 * math.log10(200e3 / ports)},
        {"total_power_dbm": total_dbm},
        {"ss_pbch_block_power_dbm": element_dbm},
    ):
        layer = Layer(**(NR_41 | NO_POWER | stated), ports=ports, ssb_polarisations=polarisations)
        assert layer.problems("it") == []
        assert layer.epre_dbm() == pytest.approx(element_dbm, abs=1e-9)
        assert layer.all_ports_dbm() == pytest.approx(total_dbm, abs=1e-9)


@pytest.mark.parametrize("ports", [1, 2, 4, 8])
@pytest.mark.parametrize("p_a_db", [-6.0, -3.0, 0.0, 3.0])
def test_data_of_all_ports_has_their_power(ports, p_a_db):
    """40 W a port over 1,200 subcarriers are the data; P_A is what a reference has more."""
    for stated in (
        {"port_power_dbm": 10.0 * math.log10(40e3)},
        {"total_power_dbm": 10.0 * math.log10(ports * 40e3)},
        {"reference_signal_power_dbm": 10.0 * math.log10(40e3 / 1200.0) - p_a_db},
    ):
        layer = Layer(**(GIVEN | NO_POWER | stated), ports=ports, p_a_db=p_a_db)
        assert layer.problems("it") == []
        data_dbm = layer.epre_dbm() + layer.data_over_reference_db()
        assert data_dbm == pytest.approx(10.0 * math.log10(ports * 40e3 / 1200.0), abs=1e-9)
        boosted = Layer(**(GIVEN | NO_POWER | stated), ports=ports, reference_boost_db=-p_a_db)
        assert boosted.epre_dbm() == pytest.approx(layer.epre_dbm(), abs=1e-9)
        assert boosted.data_over_reference_db() == pytest.approx(layer.data_over_reference_db())


@pytest.mark.parametrize(("polarisations", "boost_db"), [(2, 0.0), (1, 0.0), (1, 3.0)])
def test_data_of_nr_has_the_whole_power_whatever_feeds_a_synchronisation_beam(
    polarisations, boost_db
):
    layer = Layer(
        **(NR_41 | NO_POWER | {"total_power_dbm": 10.0 * math.log10(200e3)}),
        ports=4,
        ssb_polarisations=polarisations,
        reference_boost_db=boost_db,
    )
    data_dbm = layer.epre_dbm() + layer.data_over_reference_db()
    assert data_dbm == pytest.approx(10.0 * math.log10(200e3 / 3276.0), abs=1e-9)


def test_whose_references_meet_the_server_s():
    """One in three of LTE; of NR all that are synchronised, which TDD is unless it is said."""
    assert Layer(**GIVEN).meets_references() == pytest.approx(1.0 / 3.0)
    assert Layer(**NR_41).meets_references() == 1.0
    assert Layer(**NR_41, synchronised=False).meets_references() == 0.0
    fdd = NR_41 | {"band": "n28", "frequency_mhz": 773.0, "bandwidth_mhz": 10.0}
    assert Layer(**fdd).meets_references() == 0.0
    assert Layer(**fdd, synchronised=True).meets_references() == 1.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"band": "n3"}, "LTE bands begin with 'b'"),
        ({"band": "b33"}, "layers.it.band is 'b33'"),
        ({"frequency_mhz": 1870.1}, "runs from 1860.1 to 1880.1 MHz; the downlink of b3 is 1805"),
        ({"subcarrier_spacing_khz": 30}, "LTE has 15"),
        ({"bandwidth_mhz": 12.0}, "LTE bandwidth_mhz is '12'"),
        ({"port_power_dbm": None}, "gives no power; the power of a layer is stated in exactly"),
        ({"total_power_dbm": 49.0}, "gives port_power_dbm and total_power_dbm; the power"),
        (
            {"port_power_dbm": None, "ss_pbch_block_power_dbm": 18.0},
            "ss_pbch_block_power_dbm is of another technology than 'lte', which has reference_si",
        ),
        ({"ssb_polarisations": 1}, "ssb_polarisations is of NR's"),
        ({"synchronised": True}, "synchronised is of NR's"),
        ({"p_a_db": -3.0, "reference_boost_db": 3.0}, "say the same, each the opposite of the"),
        (NR_41 | {"p_a_db": -3.0}, "p_a_db is of LTE's"),
        (NR_41 | {"p_b": 1}, "p_b is of LTE's"),
    ],
)
def test_a_layer_that_cannot_be_says_why_and_which(change, words):
    told = Layer(**(GIVEN | change)).problems("it")
    assert len(told) == 1
    assert words in told[0]
    assert told[0].startswith("layers.it")


def test_every_problem_of_a_layer_is_told_at_once():
    layer = Layer(**(GIVEN | {"band": "x9", "bandwidth_mhz": 12.0, "port_power_dbm": None}))
    assert len(layer.problems("it")) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"operators": ()},
        {"operators": ("viettel", "viettel")},
        {"frequency_mhz": float("nan")},
        {"radius_m": 0.0},
        {"feeder_loss_db": -1.0},
        {"colour": "red"},
    ],
)
def test_values_that_no_layer_can_have_are_refused(change):
    with pytest.raises(ValidationError):
        Layer(**(GIVEN | change))


def test_a_carrier_may_fill_its_band_to_the_edge():
    for band, (low, high) in DOWNLINK_MHZ.items():
        check_band(what="it", band=band, frequency_mhz=0.5 * (low + high), bandwidth_mhz=high - low)
        with pytest.raises(InputError, match="Correct frequency_mhz or the band"):
            check_band(
                what="it", band=band, frequency_mhz=0.5 * (low + high), bandwidth_mhz=high - low + 1
            )


def test_an_unknown_band_names_the_nearest_one():
    with pytest.raises(InputError, match=r"Did you mean 'n7\d'"):
        check_band(what="layers.x", band="n79x", frequency_mhz=4500.0, bandwidth_mhz=100.0)


def test_a_panel_of_200_watts_has_its_array_gain_once():
    # 200 W over 100 MHz: 53.0 dBm in 3276 subcarriers are 17.9 dBm each; the envelope of the
    # eight beams has 20 dBi: 37.9 dBm per resource element before losses
    layer = Layer(
        technology="nr",
        band="n78",
        frequency_mhz=3750.0,
        bandwidth_mhz=100.0,
        subcarrier_spacing_khz=30,
        operators=("vnpt",),
        total_power_dbm=10.0 * math.log10(200e3),
        antenna="array",
        radius_m=6000.0,
        ports=4,
    )
    panel = ArrayPanel(pattern="tr38901_array")
    peak_dbi = float(gain_table_dbi(panel, 0.0).max())
    assert peak_dbi == pytest.approx(20.0, abs=0.3)
    assert layer.epre_dbm() + peak_dbi == pytest.approx(37.9, abs=0.3)
    assert layer.all_ports_dbm() == layer.total_power_dbm
