"""What a planner must know of how a scenario was read: nothing is refused, and nothing unsaid."""

from collections.abc import Iterator

from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.sites import antenna_heights_m


def remarks(prepared: Prepared) -> tuple[str, ...]:
    """Return the sentences that a run, its result and `validate` say, without a full stop.

    Parameters
    ----------
    prepared : Prepared
        The scenario with all its inputs.
    """
    return (
        *prepared.loaded.remarks,
        *prepared.said,
        *_voids(prepared),
        *_heights_beyond(prepared),
    )


def _voids(prepared: Prepared) -> Iterator[str]:
    """Yield how many cells of the ground were void, and what became of them."""
    terrain, choice = prepared.ground.terrain.attrs, prepared.loaded.scenario.terrain
    filled, others, left = (
        int(terrain.get(f"{what}_cells", 0)) for what in ("filled", "other_ground", "void")
    )
    if not filled + others + left:
        return
    parts = []
    if filled:
        parts.append(
            f"{filled:,} in holes up to {choice.fill_voids_m:g} m wide are filled from around"
        )
    if others:
        parts.append(f"{others:,} have the heights of a further ground layer")
    parts.append(f"{left:,} are unknown" if left else "none is unknown")
    yield f"of {filled + others + left:,} void cells of the ground {', '.join(parts)}"


def _heights_beyond(prepared: Prepared) -> Iterator[str]:
    """Yield how many antennas stand higher or lower than the model's source states it for."""
    model = prepared.loaded.model
    stated = model.validity.stated_tx_height_m
    if stated is None:
        return
    low_m, high_m = stated
    heights_m = [height_m for site in prepared.radio.sites for height_m in antenna_heights_m(site)]
    beyond = [height_m for height_m in heights_m if not low_m <= height_m <= high_m]
    if beyond:
        span = f"{low_m:g} m" if low_m == high_m else f"{low_m:g} to {high_m:g} m"
        yield (
            f"{len(beyond):,} of {len(heights_m):,} antenna heights lie outside the {span} that "
            f"{model.name} is stated for ({min(beyond):g} to {max(beyond):g} m); they enter its "
            "formula all the same"
        )
