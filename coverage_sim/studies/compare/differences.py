"""Which inputs of two runs differ, from their manifests."""

from collections.abc import Mapping
from typing import Any

#: Said by every scenario about itself: no difference between them.
_NAMES = (
    "scenario.name",
    "scenario.title",
    "scenario.title_vi",
    "scenario.description",
    "scenario_sha256",
)
#: Counted during the run: an outcome, no input.
_COUNTED = ("model.cells_below_distance_range",)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return every key of two manifests whose value differs, with both values as text.

    Examples
    --------
    >>> differences({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}})
    [('a.c', '2', '3')]
    """
    flat_before, flat_after = _flat(before), _flat(after)
    return [
        (key, flat_before.get(key, "absent"), flat_after.get(key, "absent"))
        for key in sorted({*flat_before, *flat_after})
        if key not in (*_NAMES, *_COUNTED) and flat_before.get(key) != flat_after.get(key)
    ]


def _flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{name}."))
        else:
            flat[name] = str(value)
    return flat
