"""What the tests of the engine share: a small ground and the whole answer over it."""

import pytest

from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import MemoryStore
from tests.small_network import made_ground, radio_of


@pytest.fixture(scope="module")
def ground():
    return made_ground()


@pytest.fixture(scope="module")
def answer(ground):
    return evaluate_network(ground, radio_of(), RunContext(store=MemoryStore(), threads=1))
