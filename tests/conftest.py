"""What every test may ask for."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the real data that is too large, or not ours, to keep in the repository.

    It is named by ``COVERAGE_SIM_SHARED``, or stands beside the repository as ``shared``.
    """
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("COVERAGE_SIM_SHARED", beside))
    if not (folder / "data").is_dir():
        pytest.skip(
            f"REAL DATA NOT TESTED: there is no folder {folder / 'data'}; "
            "set COVERAGE_SIM_SHARED to the folder that holds it."
        )
    return folder
