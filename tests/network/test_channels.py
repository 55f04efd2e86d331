"""Channel numbers against those that open base stations ship in their examples."""

import pytest

from coverage_sim.errors import InputError
from coverage_sim.network.channels import channel_of


@pytest.mark.parametrize(
    ("number", "technology", "frequency_mhz"),
    [
        (3350, "lte", 2680.0),  # srsRAN 4G, band 7
        (3400, "lte", 2685.0),  # srsRAN 4G, band 7
        (1575, "lte", 1842.5),  # the middle of band 3
        (368500, "nr", 1842.5),  # srsRAN Project, band n3
        (632628, "nr", 3489.42),  # srsRAN Project and OpenAirInterface, band n78
        (600000, "nr", 3000.0),
    ],
)
def test_numbers_mean_their_frequency(number, technology, frequency_mhz):
    channel = channel_of(number)
    assert channel.technology == technology
    assert channel.frequency_mhz == pytest.approx(frequency_mhz, abs=1e-6)


@pytest.mark.parametrize("number", [-1, 700, 1950, 69_999, 3_000_000])
def test_numbers_of_no_band_are_refused(number):
    with pytest.raises(InputError, match=f"earfcn (is )?{number}"):
        channel_of(number)
