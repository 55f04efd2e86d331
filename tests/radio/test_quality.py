"""SINR and RSRQ: limits that are known, and a network of three sites computed by hand."""

import math

import numpy as np
import pytest

from coverage_sim.network.antennas import Omni, gain_table_dbi
from coverage_sim.network.beams import BeamTables
from coverage_sim.propagation.encoded_loss import encode_loss
from coverage_sim.radio.best_server import Directions, Powers, add_sector
from coverage_sim.radio.layer_quality import LayerQuality
from coverage_sim.radio.quality import Received, lte_symbol_elements, noise_dbm, sinr_db
from coverage_sim.radio.tallies import GROUPS, Meeting, empty_tally, interference_dbm
from tests.radio.made_layers import lte, nr

NOTHING = np.array([-250.0])


def test_without_others_sinr_is_over_noise():
    found = sinr_db(np.array([-100.0]), np.zeros(1), noise_dbm=-125.0)
    assert found[0] == pytest.approx(25.0, abs=1e-5)


@pytest.mark.parametrize(("activity", "expected_db"), [(1.0, 0.0), (0.5, 3.0103), (0.1, 10.0)])
def test_with_one_other_as_strong_sinr_is_one_over_its_activity(activity, expected_db):
    found = sinr_db(np.array([-80.0]), activity * np.array([1e-8]), noise_dbm=-250.0)
    assert found[0] == pytest.approx(expected_db, abs=1e-4)


def test_no_server_has_no_quality():
    missing = np.array([np.nan])
    carrier, received = LayerQuality(lte(), 7.0), Received(*[missing] * 4)
    for found in (carrier.sinr_db, carrier.data_sinr_db, carrier.data_snr_db, carrier.rsrq_db):
        assert np.isnan(found(received))[0]


@pytest.mark.parametrize(
    ("layer", "elements"),
    # Resource elements of a block in a symbol with references that carry the cell's power: two a
    # port are references, of two ports at most; the others carry data by the load, on every port.
    [
        (lte(ports=1, load=0.0), 2.0),  # -3.0 dB
        (lte(ports=1, load=1.0), 12.0),  # -10.8 dB
        (lte(ports=2, load=0.0), 4.0),
        (lte(ports=2, load=1.0), 4.0 + 8.0 * 2.0),
        (lte(ports=4, load=0.0), 4.0),
        (lte(ports=4, load=1.0), 36.0),
        (lte(ports=8, load=1.0), 4.0 + 8.0 * 8.0),
        # References 3 dB above data, which keeps the power of the symbol with P_B = 1:
        (lte(ports=2, load=1.0, p_a_db=-3.0), 4.0 + 8.0 * 2.0 * 10.0**-0.3),
        # rho_B / rho_A of Table 5.2-1 of TS 36.213
        (lte(ports=1, load=1.0, p_a_db=-3.0, p_b=1), 2.0 + 10.0 * 0.8 * 10.0**-0.3),
        (lte(ports=4, load=1.0, p_a_db=-3.0, p_b=3), 4.0 + 8.0 * 4.0 * 0.5 * 10.0**-0.3),
        (lte(ports=2, load=1.0, p_b=0), 4.0 + 8.0 * 2.0 * 1.25),
        (nr(ports=4, load=0.3), 12.0),  # the synchronisation block is full
    ],
)
def test_rsrq_of_a_lonely_cell_is_one_over_what_it_sends(layer, elements):
    carrier = LayerQuality(layer, -100.0)  # hardly any noise
    found = carrier.rsrq_db(Received(np.array([-70.0]), NOTHING, np.array([-70.0]), NOTHING))
    assert found[0] == pytest.approx(-10.0 * math.log10(elements), abs=1e-4)


def test_a_full_symbol_has_twelve_elements_a_port_less_those_kept_free_for_the_other_port():
    assert [lte_symbol_elements(ports, float(ports)) for ports in (1, 2, 4)] == [12.0, 20.0, 36.0]


def three_sites(layer, pcis=(None, None, None)):
    """What is received of three sites at -90, -96 and -103 dBm, by the network's own steps."""
    omni = gain_table_dbi(Omni(pattern="omni", gain_dbi=0.0), 0.0)
    tables = BeamTables(omni, omni, omni, omni, alike=True)
    tally = empty_tally((1, 1), GROUPS)
    for sector, (level_dbm, pci) in enumerate(zip((-96.0, -90.0, -103.0), pcis, strict=True)):
        data_dbm = level_dbm + 100.0 + layer.data_over_reference_db()
        add_sector(
            encode_loss(np.array([[100.0]], dtype=np.float32)),
            Directions(np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32)),
            tables,
            0.0,
            Powers(level_dbm + 100.0, data_dbm, data_dbm),
            sector,
            0 if pci is None else 1 + pci % 3,
            -110.0,
            tally,
        )
    over_reference = 10.0 ** (0.1 * layer.data_over_reference_db())
    interference = interference_dbm(tally, Meeting(layer.meets_references(), over_reference))
    return Received(
        tally.best_dbm[0],
        interference[0][0],
        tally.data_dbm[0],
        interference[1][0],
    )


@pytest.mark.parametrize(
    ("ports", "pcis", "expected_db", "data_db", "rsrq_db"),
    # RSRP of three sectors in one cell: -90, -96 and -103 dBm; phone of 7 dB, 15 kHz.
    # In milliwatts S = 1.00000e-9, A = 2.51189e-10, B = 5.01187e-11, A + B = 3.01307e-10; noise
    # -174 + 41.7609 + 7 = -125.2391 dBm, N = 2.99226e-13. Half a load.
    # References, unknown identities: S / ((A + B) (1/3 + 2/3 0.5 ports) + N).
    # Data: ports S / (0.5 ports (A + B) + N). A block of a symbol of port 0 at half a load:
    # 2 + 10 * 0.5 = 7, 4 + 8 * 0.5 * 2 = 12, 4 + 8 * 0.5 * 4 = 20 elements of S + A + B, 12 N.
    [
        (1, (None, None, None), 6.9644, 8.2116, -9.5965),
        (2, (None, None, None), 5.2056, 8.2159, -11.9366),
        (4, (None, None, None), 2.9888, 8.2181, -14.1547),
        # The stronger one sends its references where the server does: S / (A + 0.5 ports B + N).
        (1, (300, 3, 4), 5.5823, 8.2116, -9.5965),
        (2, (300, 3, 4), 5.2056, 8.2159, -11.9366),
        (4, (300, 3, 4), 4.5380, 8.2181, -14.1547),
        # Both elsewhere: S / (0.5 ports (A + B) + N); both with the server: S / (A + B + N).
        (1, (1, 0, 2), 8.2116, 8.2116, -9.5965),
        (4, (1, 0, 2), 2.1974, 8.2181, -14.1547),
        (1, (6, 3, 0), 5.2056, 8.2116, -9.5965),
        (4, (6, 3, 0), 5.2056, 8.2181, -14.1547),
        # The stronger one's identity is unknown: S / (A (1/3 + 2/3 0.5 ports) + 0.5 ports B + N).
        (4, (None, 3, 4), 2.8468, 8.2181, -14.1547),
    ],
)
def test_three_lte_sites_computed_by_hand(ports, pcis, expected_db, data_db, rsrq_db):
    layer = lte(ports=ports)
    carrier, received = LayerQuality(layer, 7.0), three_sites(layer, pcis)
    assert carrier.noise_dbm == pytest.approx(-125.2391, abs=1e-4)
    # float32, of a level near -100 dB
    assert carrier.sinr_db(received)[0] == pytest.approx(expected_db, abs=2e-4)
    assert carrier.data_sinr_db(received)[0] == pytest.approx(data_db, abs=2e-4)
    assert carrier.rsrq_db(received)[0] == pytest.approx(rsrq_db, abs=2e-4)


def test_an_empty_lte_network_meets_the_references_of_one_third():
    received = three_sites(lte())
    found = LayerQuality(lte(load=0.0), 7.0).sinr_db(received)[0]
    expected_mw = (10.0**-9.6 + 10.0**-10.3) / 3.0 + 2.99226e-13
    assert found == pytest.approx(-90.0 - 10.0 * math.log10(expected_mw), abs=2e-4)


@pytest.mark.parametrize(
    ("layer", "expected_mw"),
    # Synchronised cells meet whatever the load, others' data by the load.
    [
        (nr(load=0.1), 3.01307e-10),
        (nr(load=0.1, synchronised=False), 3.01307e-11),
        (nr(load=0.1, band="n28", synchronised=True), 3.01307e-10),
        (nr(load=0.1, band="n28"), 3.01307e-11),
        # One polarisation feeds a synchronisation beam: data has twice as much.
        (nr(load=0.1, band="n28", ssb_polarisations=1), 6.02614e-11),
    ],
)
def test_three_nr_sites_computed_by_hand(layer, expected_mw):
    received = three_sites(layer)
    noise_mw = 10.0 ** (0.1 * (-174.0 + 10.0 * math.log10(30e3) + 7.0))
    carrier = LayerQuality(layer, 7.0)
    expected_db = -90.0 - 10.0 * math.log10(expected_mw + noise_mw)
    assert carrier.sinr_db(received)[0] == pytest.approx(expected_db, abs=2e-4)
    # A block of the synchronisation signal: what the server sends, and what it meets.
    expected_db = -90.0 - 10.0 * math.log10(12.0 * (1e-9 + expected_mw + noise_mw))
    assert carrier.rsrq_db(received)[0] == pytest.approx(expected_db, abs=2e-4)


def test_rates_of_three_sites_computed_by_hand():
    carrier = LayerQuality(lte(), 7.0)
    # 0.6 log2(1 + 6.6246) = 1.75837 b/s/Hz of one stream, 1.2 log2(1 + 3.3123) = 2.53015 of two,
    # which fading brings for Phi((8.2116 - 10) / 4) = 0.32741 of the time: 2.01106 b/s/Hz, over
    # 18 MHz less 14 % 31.1312 Mb/s, half of it left.
    assert carrier.peak_mbps(np.array([8.2116]))[0] == pytest.approx(31.1312, abs=2e-3)
    assert carrier.user_mbps(np.array([8.2116]))[0] == pytest.approx(15.5656, abs=1e-3)


def test_noise_of_the_two_spacings():
    # domain table: -132.24 dBm at 15 kHz, -129.23 dBm at 30 kHz, plus the noise figure
    assert noise_dbm(15e3, 9.0) == pytest.approx(-132.24 + 9.0, abs=0.005)
    assert noise_dbm(30e3, 9.0) == pytest.approx(-129.23 + 9.0, abs=0.005)
