"""Ask a rule, also where its layers are missing, empty, out of date, or end.

What is not known is never kept: where a layer ends, something beyond its edge might bind.
"""

from collections.abc import Sequence

import numpy as np
from odc.geo.geobox import GeoBox

from coverage_sim.array_types import Codes, Flags
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import VectorLayer
from coverage_sim.zoning.margin import Measure, mast_feet, off_by_m, unknown
from coverage_sim.zoning.near_cells import (
    BROKEN,
    KEPT,
    UNKNOWN,
    cell_reach_m,
    signed_distance_of_cells_m,
)
from coverage_sim.zoning.near_features import signed_distance_m
from coverage_sim.zoning.raster_layers import RasterLayer
from coverage_sim.zoning.rules.base import Rule, Surroundings


def measures(rule: Rule, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
    """Return what a rule finds of each mast that it is about.

    Parameters
    ----------
    rule : Rule
        The rule.
    cases : sequence of Case
        Masts; at least one.
    around : Surroundings
        Layers and terrain.
    """
    gone = _gone(rule, around)
    if gone is not None:
        return [gone] * len(cases)
    if _is_empty(rule, around):
        found = rule.measure_nothing(cases, around)
    else:
        found = rule.measure(cases, around)
    # What is missing beyond the edge breaks a rule, or where a rule asks for something keeps it.
    sure = "broken" if rule.kept_by_absence() else "kept"
    ends = _beyond_layers(rule, cases, around)
    foreign = _outside_province(cases, around)
    return [
        unknown("outside_province")
        if outside
        else unknown("beyond_layer", note=name)
        if name and measure.standing != sure
        else measure
        for measure, name, outside in zip(found, ends, foreign.tolist(), strict=True)
    ]


def states(rule: Rule, mast: Case, around: Surroundings, area: GeoBox) -> Codes:
    """Return what a rule says of a mast in each cell, as `measures` does of its middle.

    Parameters
    ----------
    rule : Rule
        The rule.
    mast : Case
        Any place of it.
    around : Surroundings
        Layers and terrain.
    area : GeoBox
        The cells.
    """
    if _gone(rule, around) is not None:
        return np.full(area.shape, UNKNOWN, dtype=np.uint8)
    if _is_empty(rule, around):
        state = KEPT if rule.kept_by_absence() else BROKEN
        said = np.full(area.shape, state, dtype=np.uint8)
    else:
        said = rule.states(mast, around, area)
    for name in rule.needed_layers():
        layer = around.layers[name]
        if isinstance(layer, VectorLayer) and layer.extent is not None:
            needed_m = rule.reach_m(mast) + cell_reach_m(area) + layer.accuracy_m
            inside_m = -signed_distance_of_cells_m(area, layer.extent, needed_m)
            sure = BROKEN if rule.kept_by_absence() else KEPT
            said[(inside_m < needed_m) & (said != sure)] = UNKNOWN
    return said


def cells_in_province(area: GeoBox, around: Surroundings) -> Flags:
    """Return the cells all of which lie in the province, or as far outside as still counts."""
    province = around.province
    if province is None:
        return np.ones(area.shape, dtype=bool)
    reach_m = cell_reach_m(area)
    signed_m = signed_distance_of_cells_m(area, province, reach_m + province.accuracy_m)
    return np.asarray(signed_m <= province.accuracy_m - reach_m)


def _gone(rule: Rule, around: Surroundings) -> Measure | None:
    """Return what is found where layers are missing; None where all are there."""
    missing = [name for name in rule.needed_layers() if name not in around.layers]
    if not missing:
        return None
    late = [name for name in missing if name in around.out_of_date]
    if late:
        dates = ", ".join(f"{name} ({around.out_of_date[name]})" for name in late)
        return unknown("layer_not_valid", note=dates)
    return unknown("missing_layer", note=", ".join(missing))


def _is_empty(rule: Rule, around: Surroundings) -> bool:
    """Say whether the layer that a rule is about is known to hold nothing."""
    names = rule.needed_layers()
    layer = around.layers[names[0]] if names else None
    return isinstance(layer, VectorLayer) and not len(layer.shapes)


def _beyond_layers(rule: Rule, cases: Sequence[Case], around: Surroundings) -> list[str]:
    """Return the layer that ends too near to each mast; "" where none does."""
    found = [""] * len(cases)
    for name in rule.needed_layers():
        layer = around.layers[name]
        if isinstance(layer, RasterLayer) or layer.extent is None:
            continue  # a rule knows itself where a raster ends
        _, signed_m = signed_distance_m(layer.extent, mast_feet(cases))
        needed_m = np.array([rule.reach_m(case) for case in cases])
        covered = -signed_m >= needed_m + off_by_m(cases, layer.accuracy_m)
        for k in np.flatnonzero(~covered).tolist():
            found[k] = found[k] or name
    return found


def _outside_province(cases: Sequence[Case], around: Surroundings) -> Flags:
    province = around.province
    if province is None:
        return np.zeros(len(cases), dtype=bool)
    _, signed_m = signed_distance_m(province, mast_feet(cases))
    off_by = np.array([case.position_accuracy_m for case in cases])
    return np.asarray(signed_m > province.accuracy_m - off_by)
