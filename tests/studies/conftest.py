"""What tests of studies may ask for."""

import pytest

from tests.zoned_project import zone_project


@pytest.fixture
def zoned(project):
    """Write the small project with zoning into a folder and return it."""
    zone_project(project)
    return project
