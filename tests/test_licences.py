"""A plain install brings nothing under a licence of the GPL family."""

import re
from importlib import metadata

from packaging.requirements import Requirement

#: GPL, LGPL and AGPL, by their abbreviations or names.
COPYLEFT = re.compile(r"\b[AL]?GPL|general public licen[cs]e", re.IGNORECASE)


def installed(name, found):
    """Add a distribution and all that a plain install of it brings."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in found:
        return
    found[key] = metadata.metadata(name)
    for line in metadata.requires(name) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            installed(requirement.name, found)


def licences(about):
    classifiers = about.get_all("Classifier") or []
    spoken = [line for line in classifiers if line.startswith("License ::")]
    # Some put the whole text into the field; its first line names the licence.
    field = (about.get("License") or "").strip().partition("\n")[0]
    return [*spoken, field, about.get("License-Expression") or ""]


def test_no_distribution_of_a_plain_install_is_of_the_gpl_family():
    found = {}
    installed("coverage-sim", found)
    assert {"numpy", "numba", "rasterio", "xlsxwriter"} <= set(found)
    silent = [name for name, about in found.items() if not any(licences(about))]
    assert not silent, "these do not say their licence"
    copyleft = {
        name: licences(about)
        for name, about in found.items()
        if COPYLEFT.search(str(licences(about)))
    }
    assert copyleft == {}


def test_a_licence_of_the_family_would_be_noticed():
    for text in ("GPL-3.0-only", "LGPLv2+", "GNU Lesser General Public License v3", "AGPL"):
        assert COPYLEFT.search(text)
    for text in ("MIT", "BSD-3-Clause", "Apache-2.0", "MPL-2.0", "PSF-2.0"):
        assert not COPYLEFT.search(text)
