"""The map library that is kept here is the published one, and one file alone calls it."""

import base64
import hashlib
import re
from importlib import resources

import pytest

REPORT = resources.files("coverage_sim.reporting.report")

#: Subresource integrity of Leaflet 1.9.4, as its own quick-start guide prints it.
INTEGRITY = {
    "leaflet.js": "20nQCchB9co0qIjJZRGuk2/Z9VM+kNiyxNV1lvTlZBo=",
    "leaflet.css": "p4NxAoJBhIIN+hmNHrzRCf9tD/miZyoHS5obTRR9BMY=",
}


@pytest.mark.parametrize("name", INTEGRITY)
def test_the_file_is_the_published_one(name):
    content = (REPORT / "leaflet" / name).read_bytes()
    assert base64.b64encode(hashlib.sha256(content).digest()).decode() == INTEGRITY[name]


def test_the_licence_stands_beside_it():
    assert "BSD 2-Clause" in (REPORT / "leaflet" / "LICENSE").read_text("utf-8")


def test_only_one_file_calls_it():
    calls = {
        file.name: re.findall(r"\bL\.\w+", file.read_text("utf-8"))
        for file in (REPORT / "templates").iterdir()
        if file.name.endswith((".js", ".j2"))
    }
    assert [name for name, found in calls.items() if found] == ["map.js"]
