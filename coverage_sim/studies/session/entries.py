"""What is put up and changed in one step of a session, as tables of a scenario have it."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from coverage_sim.errors import Problems
from coverage_sim.io.validation import validate
from coverage_sim.scenario.schema_network import NewSite, SiteChange

#: Tables of a scenario.
Entries = list[dict[str, Any]] | tuple[Mapping[str, Any], ...]

EntryT = TypeVar("EntryT", NewSite, SiteChange)


def read_entries(add: Entries, change: Entries) -> tuple[list[NewSite], list[SiteChange]]:
    """Return the entries that some tables are; keys that are None are left out.

    Parameters
    ----------
    add, change : sequence of mapping
        Keys of ``[[network.add]]`` and ``[[network.change]]``.

    Raises
    ------
    InputError
        With everything that is wrong with any of them.
    """
    problems = Problems()
    new = list(_entries(NewSite, "add", add, problems))
    changes = list(_entries(SiteChange, "change", change, problems))
    problems.raise_if_any()
    return new, changes


def _entries(
    kind: type[EntryT], where: str, given: Entries, problems: Problems
) -> Iterator[EntryT]:
    for number, keys in enumerate(given):
        stated = {key: value for key, value in keys.items() if value is not None}
        with problems.collect():
            yield validate(kind, stated, where=f"{where}[{number}]" if len(given) > 1 else where)
