import numpy as np
import pandas as pd
import pytest
from scipy.spatial import KDTree

from coverage_sim.sample import scatter
from coverage_sim.sample.build import SITES
from coverage_sim.sample.geography import to_degrees, to_plane
from coverage_sim.sample.hamlets import HamletPlan, free_space_dbm


@pytest.fixture(scope="module")
def made(province):
    return province.settlements


def one_mast(azimuths_deg):
    longitude, latitude = to_degrees(np.zeros((1, 2)))[0]
    return pd.DataFrame(
        {
            "longitude": [longitude],
            "latitude": [latitude],
            "antenna_height_m": [38],
            "setting": ["rural"],
            "azimuths_deg": [azimuths_deg],
        }
    )


def test_hamlets_are_small_and_several_hundred(made):
    assert 200 <= made.remote.sum() <= HamletPlan().hamlets
    assert made.people[made.remote].min() >= 20
    assert made.people[made.remote].max() <= 260


def test_hamlets_stand_where_no_working_mast_looks(province, made):
    on_air = pd.concat([province.working, province.ring])
    hamlets = free_space_dbm(made.points_m[made.remote], on_air)
    villages = free_space_dbm(made.points_m[made.counted & ~made.remote], on_air)
    assert hamlets.max() < HamletPlan().weakest_dbm
    assert np.mean(villages < HamletPlan().weakest_dbm) < 0.1


def test_hamlets_keep_apart_so_that_each_is_a_weak_spot_of_its_own(made):
    hamlets = made.points_m[made.remote]
    nearest_m, _ = KDTree(hamlets).query(hamlets, k=2)
    assert nearest_m[:, 1].min() >= HamletPlan().apart_m
    villages = made.points_m[made.counted & ~made.remote]
    assert KDTree(villages).query(hamlets)[0].min() >= HamletPlan().from_village_m


def test_hai_hau_has_the_most_hamlets_and_not_nearly_all(province, made):
    district = province.communes["district"].to_numpy()[made.commune[made.remote]]
    count = pd.Series(district).value_counts(normalize=True)
    assert count.index[0] == "Huyện Hải Hậu"
    assert count.iloc[0] < 0.4
    assert len(count) >= 8


def test_no_working_mast_stands_on_open_land(province, made):
    working = province.working
    masts = to_plane(working["longitude"].to_numpy(), working["latitude"].to_numpy())
    assert not scatter.inside(made.open_land.buffer(900.0), masts).any()


def test_most_hamlets_get_a_mast_once_all_is_built_and_some_are_left(province, made, tables):
    everything = pd.concat([tables[SITES], province.ring])
    hamlets = free_space_dbm(made.points_m[made.remote], everything)
    assert 0.1 < np.mean(hamlets < HamletPlan().weakest_dbm) < 0.4


def test_free_space_follows_distance_and_direction():
    off_m = np.array([[0.0, 1000.0], [0.0, 2000.0], [1732.05, 1000.0]])  # north, north, 60 degrees
    near, far, seam = free_space_dbm(off_m, one_mast("0;120;240"))
    assert near - far == pytest.approx(6.02 + 0.9, abs=0.5)  # and the tilt looks over what is near
    assert far - seam == pytest.approx(12.0 * (60.0 / 65.0) ** 2, abs=0.01)


def test_beyond_all_masts_there_is_next_to_nothing():
    assert free_space_dbm(np.array([[50_000.0, 0.0]]), one_mast("0;120;240"))[0] == -200.0
