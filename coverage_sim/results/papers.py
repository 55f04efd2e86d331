"""What sheets and letter say of masts beside what zoning does: where, who asks, photos."""

from collections.abc import Mapping
from dataclasses import dataclass

from coverage_sim.io.photos import Photo
from coverage_sim.network.applications import Application


@dataclass(frozen=True, kw_only=True)
class Papers:
    """What is known of applications for masts.

    Parameters
    ----------
    applications : mapping of str to Application
        By site: what the list says, and where it is silent the scenario and its communes.
    photos : mapping of str to tuple of Photo
        By site; those that can be read.
    said : tuple of str
        What of them could not be read, a sentence each without its full stop.
    """

    applications: Mapping[str, Application]
    photos: Mapping[str, tuple[Photo, ...]]
    said: tuple[str, ...]
