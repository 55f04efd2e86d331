"""What is predicted at a place is what the map shows there."""

import dataclasses

import numpy as np
import pytest

from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import MemoryStore
from coverage_sim.measurements.prediction import predict
from coverage_sim.propagation.registry import get_terminal
from coverage_sim.radio.offsets import Offset, offset_table
from coverage_sim.terrain.clutter import class_names

CARRIERS = ("viettel/lte_b3", "vnpt/lte_b3", "viettel/nr_n41")


def at_centres(ground, places, carrier):
    operator, layer = carrier.split("/")
    columns, rows = ground.axes
    x, y = np.meshgrid(columns, rows)
    return places(x, y, operator=operator, layer=layer)


@pytest.mark.parametrize("terminals", [(), ("p2109_building_entry",)])
def test_at_cell_centres_it_is_the_raster_to_the_bit(ground, radio, places, terminals):
    radio = dataclasses.replace(radio, terminals=tuple(map(get_terminal, terminals)))
    rasters = evaluate_network(ground, radio, RunContext(store=MemoryStore(), threads=2))
    for carrier in CARRIERS:
        found = predict(at_centres(ground, places, carrier), ground, radio)
        shown = rasters.sel(carrier=carrier)
        assert np.isfinite(shown["rsrp_dbm"]).sum() > 500
        got_dbm = found["predicted_dbm"].to_numpy(dtype=np.float32)
        assert got_dbm.tobytes() == shown["rsrp_dbm"].to_numpy().tobytes()
        assert found["server"].tolist() == shown["best_server"].to_numpy().ravel().tolist()


@pytest.fixture(scope="module")
def anywhere(ground, places):
    random = np.random.default_rng(2)
    left, bottom, right, top = ground.area.boundingbox
    count = 700
    rows = places(random.uniform(left, right, count), random.uniform(bottom, top, count))
    rows["operator"] = random.choice(["viettel", "vnpt"], count)
    rows["layer"] = np.where(
        rows["operator"] == "viettel", random.choice(["lte_b3", "nr_n41"], count), "lte_b3"
    )
    rows["height_m"] = random.choice([1.5, 3.0], count)
    return rows


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_and_order_do_not_change_a_bit(ground, radio, anywhere, threads):
    whole = predict(anywhere, ground, radio, threads=2)
    order = np.random.default_rng(4).permutation(len(anywhere))
    other = predict(anywhere.iloc[order], ground, radio, threads=threads)
    assert other.equals(whole.iloc[order])


def test_a_higher_antenna_measures_more(ground, radio, anywhere):
    low = predict(anywhere.assign(height_m=1.5), ground, radio)["predicted_dbm"]
    high = predict(anywhere.assign(height_m=10.0), ground, radio)["predicted_dbm"]
    assert (high - low).mean() > 3.0


def test_a_named_site_is_compared_alone(ground, radio, anywhere):
    anywhere = anywhere.assign(operator="vnpt", layer="lte_b3")
    best = predict(anywhere, ground, radio)
    of_site = {
        name: predict(anywhere.assign(site=name), ground, radio) for name in ("s1", "s2", "s3")
    }
    for name, found in of_site.items():
        sites = {
            radio.sites[radio.sectors[number].site].id for number in found["server"] if number >= 0
        }
        assert sites == {name}
    strongest = np.fmax.reduce([found["predicted_dbm"].to_numpy() for found in of_site.values()])
    np.testing.assert_array_equal(strongest, best["predicted_dbm"].to_numpy())


def test_distance_is_to_the_server_and_nothing_where_there_is_none(ground, radio, anywhere):
    found = predict(anywhere, ground, radio)
    served = (found["server"] >= 0).to_numpy()
    assert 0 < served.sum() < len(found)
    assert np.isnan(found["predicted_dbm"][~served]).all()
    assert np.isnan(found["distance_m"][~served]).all()
    first = int(np.flatnonzero(served)[0])
    mast = radio.sites[radio.sectors[found["server"][first]].site]
    expected_m = np.hypot(anywhere["x"][first] - mast.x, anywhere["y"][first] - mast.y)
    assert found["distance_m"][first] == pytest.approx(expected_m, abs=1e-6)


def test_offsets_are_added_to_path_loss_of_their_layer_and_class(ground, radio, anywhere):
    offsets = offset_table(
        [Offset(layer="lte_b3", clutter_class="built_up", offset_db=4.5)],
        class_names=class_names(None),
        layers=radio.layers,
    )
    bare = predict(anywhere, ground, radio)
    corrected = predict(anywhere, ground, radio, offsets=offsets)
    there = ((anywhere["layer"] == "lte_b3") & (bare["clutter_code"] == 50)).to_numpy()
    assert 50 < there.sum() < len(there) - 50
    drop_db = (bare["predicted_dbm"] - corrected["predicted_dbm"]).dropna()
    # float32 levels: 4.5 dB is a whole number of the store's steps
    np.testing.assert_allclose(drop_db[there[drop_db.index]], 4.5, atol=1e-4)
    assert (drop_db[~there[drop_db.index]] == 0.0).all()
    assert corrected["server"].equals(bare["server"])
