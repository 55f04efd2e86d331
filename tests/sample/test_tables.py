from pathlib import Path

import pandas as pd
import pytest

from coverage_sim.sample.build import RING_SITES, SITES, VILLAGES, write_sample_tables
from coverage_sim.sample.output import csv_text

COMMITTED = Path(__file__).parents[2] / "scenarios" / "nam_dinh"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    return {path.name: path for path in write_sample_tables(folder)}


@pytest.mark.parametrize("name", [SITES, RING_SITES, VILLAGES])
def test_writing_again_gives_the_committed_file(fresh, name):
    again, committed = (pd.read_csv(path, dtype=str) for path in (fresh[name], COMMITTED / name))
    degrees = ["longitude", "latitude"]
    pd.testing.assert_frame_equal(again.drop(columns=degrees), committed.drop(columns=degrees))
    off_deg = (again[degrees].astype(float) - committed[degrees].astype(float)).abs()
    assert off_deg.max(axis=None) <= 2e-6  # two units of the last digit


@pytest.mark.parametrize("name", [SITES, RING_SITES, VILLAGES])
def test_files_say_synthetic_in_their_names(name):
    assert name.endswith("_synthetic.csv")


def test_degrees_have_six_decimals():
    table = pd.DataFrame({"longitude": [106.1], "latitude": [20.123456789], "people": [3]})
    assert csv_text(table) == "longitude,latitude,people\n106.100000,20.123457,3\n"
