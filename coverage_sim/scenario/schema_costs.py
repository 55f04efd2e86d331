"""What a scenario file can say of costs, and of which cures are looked for."""

from typing import Annotated

from annotated_types import Ge, Gt, Le
from pydantic.dataclasses import dataclass

from coverage_sim.units import STRICT, Finite, HeightM, Key

Vnd = Annotated[float, Ge(0.0), Le(1e15), Finite]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Costs:
    """What work on masts costs.

    Parameters
    ----------
    mast_vnd : float
        A mast on the ground of the height below: foundation, tower, land. [VND]
    mast_height_m : float
        Height for which that is the price: the list's total height, else that of the highest
        antenna. [m]
    mast_per_m_vnd : float
        What each metre more costs, and each metre less spares. [VND]
    roof_mast_vnd : float
        One on a building. [VND]
    power_fibre_vnd : float
        Bringing power and fibre to a new mast. [VND]
    marking_vnd : float
        Lights and paint of a mast that aviation must see. [VND]
    marking_from_m : float
        Height from which a mast needs them: the list's total height, else that of its highest
        antenna. [m]
    layer_vnd : float
        Equipment of one layer of one operator on a site, all directions, put up. [VND]
    share_vnd : float
        What an operator who is new on a mast costs beside its equipment. [VND]
    raise_vnd, raise_per_m_vnd : float
        Bringing antennas higher: once a site, and for each metre. [VND]
    visit_vnd : float
        A crew's visit that turns, tilts or lowers antennas of one operator on a site. [VND]
    """

    mast_vnd: Vnd
    mast_height_m: HeightM = 42.0
    mast_per_m_vnd: Vnd = 0.0
    roof_mast_vnd: Vnd
    power_fibre_vnd: Vnd = 0.0
    marking_vnd: Vnd = 0.0
    marking_from_m: HeightM = 45.0
    layer_vnd: Vnd
    share_vnd: Vnd
    raise_vnd: Vnd
    raise_per_m_vnd: Vnd
    visit_vnd: Vnd


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class CuresChoice:
    """Which cures of villages that are not covered are looked for.

    Parameters
    ----------
    networks : list of str
        Keys of the networks that villages lack, as the tables name them.
    villages : int
        For so many villages of each, those with the most people uncovered.
    raise_m : list of float
        By how much antennas may be brought higher. [m]
    highest_antenna_m : float
        No antenna is brought higher than this. [m]
    new_mast_height_m : float
        Antenna height of a new mast. [m]
    """

    networks: tuple[Key, ...] = ("any_4g",)
    villages: Annotated[int, Ge(0), Le(100_000)] = 50
    raise_m: tuple[Annotated[float, Gt(0.0), Le(100.0), Finite], ...] = (6.0, 12.0)
    highest_antenna_m: HeightM = 60.0
    new_mast_height_m: HeightM = 42.0
