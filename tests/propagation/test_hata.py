"""Okumura-Hata and COST 231-Hata: published values, environments, limits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.errors import InputError
from coverage_sim.propagation._hata import (
    ENVIRONMENTS,
    OPEN,
    SUBURBAN,
    environment_gain_db,
    mobile_height_gain_db,
)
from coverage_sim.propagation.predict import path_loss, profile_path_loss
from coverage_sim.propagation.registry import get_model
from coverage_sim.terrain.clutter import default_clutter_table, load_clutter_table

MODELS = ["okumura_hata", "cost231_hata"]
#: A frequency of each model's range [MHz].
USUAL_MHZ = {"okumura_hata": 900.0, "cost231_hata": 1800.0}


def loss_db(model, environment, *, frequency_mhz, base_m, mobile_m, distance_km, ground_m=0.0):
    distance_m = np.linspace(0.0, 1000.0 * distance_km, 11)
    return profile_path_loss(
        get_model(model, environment=environment),
        distance_m=distance_m,
        ground_m=np.broadcast_to(ground_m, distance_m.shape),
        frequency_mhz=frequency_mhz,
        tx_height_m=base_m,
        rx_height_m=mobile_m,
    )


@pytest.mark.parametrize(
    ("environment", "expected_db"),
    [("large_city", 137.93), ("medium_city", 137.88), ("suburban", 128.03)],
)
def test_okumura_hata_has_the_reference_values_of_ns_3(environment, expected_db):
    # ns-3, okumura-hata-test-suite.cc: 869 MHz, 2 km, base 30 m, mobile 1 m; two decimals.
    found_db = loss_db(
        "okumura_hata",
        environment,
        frequency_mhz=869.0,
        base_m=30.0,
        mobile_m=1.0,
        distance_km=2.0,
    )
    assert found_db == pytest.approx(expected_db, abs=0.005)


@pytest.mark.parametrize("distance_km", [1.0, 2.0, 5.0, 10.0, 20.0])
def test_okumura_hata_in_the_open_is_the_rural_model_of_3gpp(distance_km):
    # 3GPP TR 36.942 section 4.5.3: 900 MHz, base 45 m, without the gain of the mobile's height.
    # Rounded to a decimal each: 0.05 dB of the constant and 0.05 dB a decade; gain at 1.5 m 0.02.
    found_db = loss_db(
        "okumura_hata",
        "open",
        frequency_mhz=900.0,
        base_m=45.0,
        mobile_m=1.5,
        distance_km=distance_km,
    )
    expected_db = 95.5 + 34.1 * math.log10(distance_km)
    tolerance_db = 0.07 + 0.05 * math.log10(distance_km)
    assert found_db == pytest.approx(expected_db, abs=tolerance_db)


@pytest.mark.parametrize(
    ("environment", "constant_db"), [("medium_city", 31.5), ("large_city", 34.5)]
)
@pytest.mark.parametrize("distance_km", [1.0, 3.0, 10.0])
def test_cost231_hata_is_the_macrocell_of_3gpp(environment, constant_db, distance_km):
    # 3GPP TR 25.996 table 5.1: 1900 MHz, base 32 m, mobile 1.5 m, distance in metres; the constant
    # for suburbs has Cm = 0 dB. Half a unit of its last digit, and 0.04 dB a decade: 35.04 there.
    found_db = loss_db(
        "cost231_hata",
        environment,
        frequency_mhz=1900.0,
        base_m=32.0,
        mobile_m=1.5,
        distance_km=distance_km,
    )
    decades = math.log10(1000.0 * distance_km)
    expected_db = constant_db + 35.0 * decades
    assert found_db == pytest.approx(expected_db, abs=0.05 + 0.04 * decades)


def test_corrections_at_850_mhz_are_those_of_the_textbook():
    # W. C. Y. Lee and D. J. Y. Lee, "Integrated wireless propagation models", eq. (2.12.1.9): gain
    # 9.79 dB in suburbs and 28.26 dB in the open (28.27 of Hata's coefficients), 2.52 h - 3.77 of
    # the mobile's height. Two decimals, of a coefficient times up to 10 m.
    assert environment_gain_db(850.0, SUBURBAN) == pytest.approx(9.79, abs=0.011)
    assert environment_gain_db(850.0, OPEN) == pytest.approx(28.26, abs=0.011)
    for mobile_m in (1.0, 3.0, 10.0):
        gain_db = mobile_height_gain_db(850.0, mobile_m, False)
        assert gain_db == pytest.approx(2.52 * mobile_m - 3.77, abs=0.005 + 0.005 * mobile_m)


@pytest.mark.parametrize("frequency_mhz", [150.0, 200.0, 400.0, 900.0, 1500.0])
def test_large_and_medium_cities_agree_for_a_phone_in_the_hand(frequency_mhz):
    given_ = {"frequency_mhz": frequency_mhz, "base_m": 50.0, "mobile_m": 1.5, "distance_km": 5.0}
    large = loss_db("okumura_hata", "large_city", **given_)
    medium = loss_db("okumura_hata", "medium_city", **given_)
    assert large == pytest.approx(medium, abs=0.1)  # Hata: a(hm) is about 0 at 1.5 m


def test_the_two_models_meet_at_1500_mhz():
    given_ = {"frequency_mhz": 1500.0, "base_m": 50.0, "mobile_m": 1.5, "distance_km": 5.0}
    # COST 231 chose its two numbers so: 46.3 + 33.9 log f and 69.55 + 26.16 log f.
    meeting_db = 69.55 - 46.3 + (26.16 - 33.9) * math.log10(1500.0)
    for environment in ("medium_city", "suburban", "open"):
        okumura = loss_db("okumura_hata", environment, **given_)
        cost = loss_db("cost231_hata", environment, **given_)
        assert okumura - cost == pytest.approx(meeting_db, abs=1e-9)
    assert abs(meeting_db) < 1.4


BASE = st.floats(30.0, 200.0)
MOBILE = st.floats(1.0, 10.0)
KILOMETRES = st.floats(0.05, 20.0)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
@given(base_m=BASE, mobile_m=MOBILE, distance_km=KILOMETRES, further=st.floats(1.0, 4.0))
def test_loss_grows_with_distance_and_is_never_below_free_space(
    model, environment, base_m, mobile_m, distance_km, further
):
    given_ = {"frequency_mhz": USUAL_MHZ[model], "base_m": base_m, "mobile_m": mobile_m}
    near = loss_db(model, environment, distance_km=distance_km, **given_)
    far = loss_db(model, environment, distance_km=further * distance_km, **given_)
    between_km = math.hypot(distance_km, 0.001 * (base_m - mobile_m))
    free = 32.4 + 20.0 * math.log10(USUAL_MHZ[model]) + 20.0 * math.log10(between_km)
    assert free - 1e-9 <= near <= far + 1e-9


@pytest.mark.parametrize("model", MODELS)
def test_open_land_is_better_than_suburbs_and_suburbs_than_the_city(model):
    given_ = {
        "frequency_mhz": USUAL_MHZ[model],
        "base_m": 40.0,
        "mobile_m": 1.5,
        "distance_km": 5.0,
    }
    losses = [loss_db(model, environment, **given_) for environment in ENVIRONMENTS]
    assert losses == sorted(losses, reverse=True)
    gain_db = environment_gain_db(USUAL_MHZ[model], OPEN)
    assert losses[3] == pytest.approx(losses[1] - gain_db)


@pytest.mark.parametrize("model", MODELS)
def test_an_unknown_environment_names_the_known_ones(model):
    with pytest.raises(InputError, match=rf"{model}: environment is 'rural'; .*'open'"):
        get_model(model, environment="rural")


@pytest.mark.parametrize("model", MODELS)
def test_everything_out_of_range_is_told_at_once(model):
    with pytest.raises(InputError) as caught:
        loss_db(
            model, "open", frequency_mhz=2100.0, base_m=29.0, mobile_m=math.nan, distance_km=5.0
        )
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("void", range(11))
def test_a_void_anywhere_on_the_path_gives_no_answer(model, void):
    ground_m = np.zeros(11)
    ground_m[void] = np.nan
    found_db = loss_db(
        model,
        "open",
        frequency_mhz=USUAL_MHZ[model],
        base_m=40.0,
        mobile_m=1.5,
        distance_km=5.0,
        ground_m=ground_m,
    )
    assert math.isnan(found_db)


@pytest.mark.parametrize("model", MODELS)
def test_a_map_has_free_space_at_the_mast_and_no_answer_across_a_void(make_terrain, model):
    ground_m = np.zeros((21, 61))
    ground_m[:, 50] = np.nan
    loss = path_loss(
        make_terrain(ground_m),
        get_model(model, environment="medium_city"),
        tx_x=15.0 + 30.0 * 45,
        tx_y=15.0 + 30.0 * 10,
        tx_height_m=40.0,
        rx_height_m=1.5,
        frequency_mhz=USUAL_MHZ[model],
        radius_m=3000.0,
    ).values
    assert np.isnan(loss[:, 50:]).all()
    assert np.isfinite(loss[:, :49]).all()
    free_db = 32.4 + 20.0 * math.log10(USUAL_MHZ[model] * 0.001 * math.hypot(60.0, 38.5))
    assert loss[10, 43] == pytest.approx(free_db, abs=1e-4)  # float32 raster
    expected_db = loss_db(
        model,
        "medium_city",
        frequency_mhz=USUAL_MHZ[model],
        base_m=40.0,
        mobile_m=1.5,
        distance_km=1.35,
    )
    assert loss[10, 0] == pytest.approx(expected_db, abs=1e-4)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("base_m", [30.0, 40.0])
@pytest.mark.parametrize("distance_km", [2.0, 3.0, 5.0, 8.0, 10.0])
def test_p1812_over_the_shipped_height_of_open_land_meets_the_measured_open_area(
    model, base_m, distance_km
):
    """Hata's formula fits what Okumura measured; bare ground and 3 m are both worse than 2 m."""
    table = load_clutter_table(default_clutter_table())
    points = round(1000.0 * distance_km / 30.0) + 1
    measured_db = loss_db(
        model,
        "open",
        frequency_mhz=USUAL_MHZ[model],
        base_m=base_m,
        mobile_m=1.5,
        distance_km=distance_km,
    )
    off_db = {
        height_m: profile_path_loss(
            get_model("p1812_8"),
            distance_m=np.linspace(0.0, 1000.0 * distance_km, points),
            ground_m=np.zeros(points),
            clutter_m=np.full(points, height_m),
            frequency_mhz=USUAL_MHZ[model],
            tx_height_m=base_m,
            rx_height_m=1.5,
        )
        - measured_db
        for height_m in (0.0, table.open_land_m, 3.0)
    }
    assert table.open_land_m == 2.0
    assert abs(off_db[2.0]) <= 3.0  # dB: what the table's comment says
    assert off_db[0.0] <= -5.5
    assert off_db[3.0] >= 4.5
