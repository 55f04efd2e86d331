"""Kinds of work on a mast: one row each, for whoever asks anything of a kind.

A new kind is a row here, its words in ``reporting/report/words.toml`` (``work.<key>`` is its name,
``cure.<key>`` the sentence that says what is done), and how it is made: for cures in
`coverage_sim.works.actions`, for plans in `coverage_sim.studies.plan.options`.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkKind:
    """One kind of work.

    Parameters
    ----------
    key : str
        As tables and words name it.
    marker, color, size : str, str, float
        Its sign on maps: as matplotlib has markers, and their area in square points.
    builds : bool
        Whether a mast is built.
    at_new_position : bool
        Whether nobody approved the position yet.
    moves_antennas : bool
        Whether antennas that serve are moved, so that somebody may lose service.
    in_cures, in_plans : bool
        Where it is tried.
    """

    key: str
    marker: str
    color: str
    size: float
    builds: bool = False
    at_new_position: bool = False
    moves_antennas: bool = False
    in_cures: bool = True
    in_plans: bool = True


#: All of them, by key; those with most work last, so that their signs lie on top.
WORK_KINDS: Final = {
    kind.key: kind
    for kind in (
        WorkKind(
            key="re_aim",
            marker="o",
            color="#56b4e9",
            size=34.0,
            moves_antennas=True,
            in_plans=False,
        ),
        WorkKind(
            key="re_tilt",
            marker="o",
            color="#0072b2",
            size=34.0,
            moves_antennas=True,
            in_plans=False,
        ),
        WorkKind(key="raise", marker="o", color="#7a5195", size=34.0, moves_antennas=True),
        WorkKind(key="add_layer", marker="o", color="#3b7dd8", size=34.0, in_cures=False),
        WorkKind(key="add_low_band", marker="o", color="#1b9e77", size=34.0, in_plans=False),
        WorkKind(key="share_mast", marker="D", color="#2a9d8f", size=38.0),
        WorkKind(key="build_approved", marker="^", color="#d1495b", size=70.0, builds=True),
        WorkKind(
            key="new_mast",
            marker="s",
            color="#edae49",
            size=56.0,
            builds=True,
            at_new_position=True,
        ),
    )
}

#: What cures of villages are sought among.
CURE_KINDS: Final = tuple(key for key, kind in WORK_KINDS.items() if kind.in_cures)

#: What plans choose among.
PLAN_KINDS: Final = tuple(key for key, kind in WORK_KINDS.items() if kind.in_plans)
