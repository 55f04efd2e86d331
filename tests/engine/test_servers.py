"""Every site that could serve: those, and those alone, that are strong enough by themselves."""

import dataclasses

import numpy as np
import pytest

from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.servers import find_servers, serving_network
from coverage_sim.engine.store import MemoryStore
from coverage_sim.propagation.registry import get_terminal
from coverage_sim.radio.offsets import Offsets
from tests.small_network import SITES, made_ground, radio_of


@pytest.fixture(scope="module")
def ground():
    return made_ground()


def with_offsets(offset_db):
    by_class = np.zeros(256)
    by_class[::2] = offset_db
    return Offsets({"lte_b3": by_class})


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"offsets": with_offsets(-25.0)},
        {"offsets": with_offsets(11.0)},
        {"terminals": (get_terminal("p2109_building_entry"),)},
    ],
    ids=["bare", "stronger over some land", "weaker over some land", "indoors"],
)
@pytest.mark.parametrize("threads", [1, 3])
def test_they_are_the_sites_that_are_strong_enough_each_evaluated_alone(ground, given, threads):
    radio = radio_of(SITES, **given)
    store = MemoryStore()
    carriers = radio.carriers()
    random = np.random.default_rng(4)
    size = ground.area.shape[0] * ground.area.shape[1]
    cells = np.sort(random.choice(size, size // 3, replace=False))
    least_dbm = random.uniform(-115.0, -60.0, (len(carriers), cells.size)).astype(np.float32)
    least_dbm[random.random(least_dbm.shape) < 0.1] = np.nan
    found = find_servers(
        cells,
        serving_network(ground, radio),
        RunContext(store=store, threads=threads),
        least_dbm=least_dbm,
    )
    assert found.carriers == tuple(carriers)
    expected = [[] for _ in range(cells.size * len(carriers))]
    for site in range(len(radio.sites)):
        own = [k for k, one in enumerate(radio.sectors) if one.site == site]
        if not own:
            continue
        alone = dataclasses.replace(radio, sectors=tuple(radio.sectors[k] for k in own))
        answer = evaluate_network(ground, alone, RunContext(store=store, threads=1))
        for carrier in alone.carriers():
            number = carriers.index(carrier)
            of_it = answer.sel(carrier=str(carrier))
            level_dbm, data_dbm, server = (
                of_it[name].to_numpy().ravel()[cells]
                for name in ("rsrp_dbm", "data_dbm", "best_server")
            )
            for k in np.flatnonzero(level_dbm >= least_dbm[number]):
                entry = own[server[k]], level_dbm[k], data_dbm[k]
                expected[k * len(carriers) + number].append(entry)
    counts = np.array([len(entries) for entries in expected])
    assert (counts > 1).any()
    assert (counts == 0).any()
    np.testing.assert_array_equal(np.diff(found.begin), counts)
    sector, level_dbm, data_dbm = (
        np.array([entry[part] for entries in expected for entry in entries]) for part in range(3)
    )
    np.testing.assert_array_equal(found.sector, sector)
    np.testing.assert_array_equal(found.level_dbm, level_dbm)
    np.testing.assert_array_equal(found.data_dbm, data_dbm)
