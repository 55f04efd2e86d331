"""The numbers behind the sample network: what is published, and what is assumed."""

from dataclasses import dataclass, field


def _of_operators(viettel: float, vnpt: float, mobifone: float) -> dict[str, float]:
    return {"viettel": viettel, "vnpt": vnpt, "mobifone": mobifone}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """The numbers behind the sample network, all in one place to be tuned.

    Published figures: ``built`` and ``unbuilt`` (579 positions approved since 2020), and 1,388
    BTS on 1,147 positions at the end of 2021. Everything else is an assumption.

    Parameters
    ----------
    old, built, unbuilt : int
        Positions of status ``existing``, ``approved_built`` and ``approved_unbuilt``.
    bts : int
        Operator-BTS on the positions that work (``old`` and ``built``).
    bts_percent : dict of str to float
        Each operator's part of them; they add up to 100. [%]
    unbuilt_bts_per_position : float
        Operator-BTS of an unbuilt position.
    nr_percent : float
        Part of each large operator's BTS that also has 5G, towns first. [%]
    town_spacing_m, rural_spacing_m : float
        Least distance between two positions. [m]
    people_exponent : float
        How strongly the older network follows the people; 0 is not at all.
    fill_exponent : float
        The same for the positions that fill the sparser places.
    operator_sure_m, operator_reach_m : float
        Up to which distance a mast reaches a village in any direction, and in any at all; only
        to plan the operators' nets. [m]
    town_reach_percent : float
        Both as far as that in a town. [%]
    reach_m : float
        Distance beyond which a mast is taken not to serve a village; only to plan the gaps. [m]
    gap_margin_m : float
        A gap is free of masts to ``reach_m`` and this distance round its middle. [m]
    operator_gap_percent : dict of str to float
        Residents whom the operator's own masts are not meant to reach. [%]
    open_margin_m : float
        Working masts keep so far from open land. [m]
    to_hamlets_percent : float
        Part of the unbuilt positions that are meant for hamlets. [%]
    hamlet_reach_m : float
        How far from such a position a hamlet may be. [m]
    kept_percent : float
        Part of the hamlets that the unbuilt positions leave as well: work for a planner. [%]
    kept_reach_m : float
        Unbuilt positions keep so far from these. [m]
    ring_m : float
        Width of the belt of neighbours' masts beyond the border. [m]
    ring_per_km2 : float
        Their density on land. [1/km2]
    """

    old: int = 832
    built: int = 315
    unbuilt: int = 264
    bts: int = 1388
    bts_percent: dict[str, float] = field(
        default_factory=lambda: {**_of_operators(45.0, 30.0, 20.0), "vietnamobile": 5.0}
    )
    unbuilt_bts_per_position: float = 1.2
    nr_percent: float = 12.0
    town_spacing_m: float = 250.0
    rural_spacing_m: float = 700.0
    people_exponent: float = 1.0
    fill_exponent: float = 0.5
    operator_sure_m: float = 600.0
    operator_reach_m: float = 2000.0
    town_reach_percent: float = 45.0
    reach_m: float = 2000.0
    gap_margin_m: float = 200.0
    operator_gap_percent: dict[str, float] = field(
        default_factory=lambda: _of_operators(0.4, 0.2, 0.0)
    )
    open_margin_m: float = 1050.0
    to_hamlets_percent: float = 50.0
    hamlet_reach_m: float = 1000.0
    kept_percent: float = 30.0
    kept_reach_m: float = 1600.0
    ring_m: float = 10_000.0
    ring_per_km2: float = 0.55

    @property
    def working(self) -> int:
        """Positions that work: the older network and what was built."""
        return self.old + self.built
