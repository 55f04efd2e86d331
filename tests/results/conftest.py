"""The small project with a hole in its ground."""

import numpy as np
import pytest

from tests.small_project import dig

#: Wider than what is filled; the second village lies in it, the third behind it.
HOLE = np.s_[100:140, 112:148]


@pytest.fixture
def holed(project, edit):
    """Dig the hole, let LTE reach beyond it, and return the project's folder."""
    edit("tiny.toml", "radius_m = 3000.0", "radius_m = 6000.0")
    dig(project, HOLE)
    return project
