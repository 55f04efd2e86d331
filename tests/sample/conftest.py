import pytest

from coverage_sim.sample import build


@pytest.fixture(scope="session")
def province():
    return build.province()


@pytest.fixture(scope="session")
def tables():
    return build.sample_tables()


@pytest.fixture(scope="session")
def sample_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("sample_cache")


@pytest.fixture(scope="session")
def rasters(sample_cache):
    makers = build.nam_dinh_builtins(sample_cache)
    return {name: maker() for name, maker in makers.items()}
