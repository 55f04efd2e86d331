"""What a scenario file can say of zoning."""

from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Le
from pydantic import Field
from pydantic.dataclasses import dataclass

from coverage_sim.units import STRICT, Finite, Key, Name
from coverage_sim.zoning.layer_files import LayerChoice
from coverage_sim.zoning.verdicts import Waiver


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class DossierChoice:
    """What papers about masts say where the list of the masts does not.

    Parameters
    ----------
    applicant : str, optional
        Who asks for the masts.
    form_number : str, optional
        Of the application.
    landowner : str, optional
        Whose land it is.
    addressee : str, optional
        To whom the letter goes; by default the department that decides on the day.
    place : str, optional
        Where it is signed.
    signatures : list of str
        Whose signatures there is room for, from left to right.
    """

    applicant: Name | None = None
    form_number: Name | None = None
    landowner: Name | None = None
    addressee: Name | None = None
    place: Name | None = None
    signatures: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ZoningChoice:
    """By which rules masts are checked, and where the areas are that rules speak of.

    Parameters
    ----------
    rules : str, optional
        Path of a rule file, or ``"builtin:nam_dinh"``.
    layers : table of tables
        By the name that rules use. ``masts`` and ``approved_positions`` are those of the site
        lists unless named here.
    boundary : path, optional
        Polygons of the province that the rules are made for. Without it that is where the
        communes' polygons are, if there are any.
    waived : table of tables
        Rules that somebody answers for in place of data, by id.
    dossier : table
        What sheets and letter say beside what the list does.
    above_antenna_m : float
        What stands above the antennas' centre where a list gives no total height. [m]
    """

    rules: Name | None = None
    layers: dict[Key, LayerChoice] = Field(default_factory=dict)
    boundary: Path | None = None
    waived: dict[Key, Waiver] = Field(default_factory=dict)
    dossier: DossierChoice = Field(default_factory=DossierChoice)
    above_antenna_m: Annotated[float, Ge(0.0), Le(50.0), Finite] = 3.0
