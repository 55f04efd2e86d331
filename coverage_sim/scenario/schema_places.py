"""What a scenario says of villages, their people and communes."""

from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le
from pydantic import Field, StringConstraints
from pydantic.dataclasses import dataclass

from coverage_sim.places.boundaries import TOLERANCE_M
from coverage_sim.units import (
    STRICT,
    Finite,
    Name,
)

Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])(-[0-3]\d)?$")]

#: Date of a province's communes where the scenario states none: their codes are in most lists.
_PROVINCE_AS_OF = "2024-09"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class CommunesChoice:
    """Where the communes come from.

    Parameters
    ----------
    province : str, optional
        Code or name of a Vietnamese province of before July 2025: its communes, as of any date
        from 2023 on.
    file : path, optional
        List with code, name and, optionally, district: polygons (vector file, or table with WKT)
        or points (longitude, latitude); give this or province.
    as_of : str, optional
        Date of the communes whose codes the villages have; of a province ``"2024-09"`` where
        absent.
    report_file : path, optional
        Units that results are summed into, a list like ``file``.
    crosswalk : path, optional
        Table of what became of each commune among those units: from_code, to_code and, of a
        divided one, share. Without it each village goes into the unit whose polygon it lies in,
        or where the province's successions are asked for, by those.
    report_as_of : str, optional
        Date of the communes that results are summed into; ``as_of`` where absent. Without
        report_file the province's communes of that date, by the official successions.
    headers : table of str
        What headers in these files mean that are not understood: the column, or "ignore".
    crs, report_crs : str, optional
        CRS of the polygons of file and report_file where the file does not say it or says it
        wrongly; a table with WKT is in WGS 84 by default.
    tolerance_m : float
        How far outside its commune's polygon a village may lie. [m]
    """

    province: Name | None = None
    file: Path | None = None
    as_of: Month | None = None
    report_file: Path | None = None
    crosswalk: Path | None = None
    report_as_of: Month | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    crs: str | None = None
    report_crs: str | None = None
    tolerance_m: Annotated[float, Ge(0.0), Le(10_000.0), Finite] = TOLERANCE_M

    @property
    def counted_as_of(self) -> str | None:
        """Date of the communes that the villages name; None where no one states it."""
        return self.as_of or (None if self.province is None else _PROVINCE_AS_OF)

    @property
    def reported_as_of(self) -> str | None:
        """Date of the communes that results are summed into; None where no one states it."""
        return self.report_as_of or (None if self.report_file else self.counted_as_of)


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PeopleChoice:
    """How people are spread over the ground, and what says how many there are.

    Parameters
    ----------
    source : "villages", "raster", "buildings" or "land_cover"
        Evenly over each village's circle; by a raster of people a cell; by the roofs' area; by
        the land cover of the terrain. A cell is of the nearest village.
    file : path, optional
        The raster, or the buildings (vector file, or CSV with WKT in WGS 84).
    totals : "villages", "source" or "control"
        Each village's count; the raster itself; or a table of people by commune.
    control : path, optional
        That table: CSV with code and people.
    weights : table of float
        What a cell counts by its class of the land cover.
    reach_m : float
        Cells farther than this from every village belong to none. [m]
    """

    source: Literal["villages", "raster", "buildings", "land_cover"] = "villages"
    file: Path | None = None
    totals: Literal["villages", "source", "control"] = "villages"
    control: Path | None = None
    weights: dict[str, Annotated[float, Ge(0.0), Finite]] = Field(
        default_factory=lambda: {"built_up": 1.0, "built_up_town": 1.0}
    )
    reach_m: Annotated[float, Gt(0.0), Le(50_000.0), Finite] = 2000.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PlacesChoice:
    """Where people are.

    Parameters
    ----------
    villages : path
        CSV of villages.
    villages_crs : str
        CRS of their positions.
    sheet, header_row : str, int
        Which sheet and row of the list of villages, as in ``network``.
    headers : table of str
        What headers mean that are not understood: the column, or "ignore".
    values : table of tables of str
        By column, what words mean, as in ``network.values``.
    constants : table of str
        What a column says that a list lacks.
    must_cover_headers, must_cover_values, must_cover_constants : table
        The same of the lists of ``must_cover``, beside those above.
    communes : table
        The units that villages belong to.
    people : table
        How people are spread over the ground.
    must_cover : list of path
        Places that must have service, in ``villages_crs``: id, name, kind and a position.
    """

    villages: Path
    villages_crs: str = "EPSG:4326"
    sheet: str = ""
    header_row: Annotated[int, Ge(1)] | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    must_cover_headers: dict[str, str] = Field(default_factory=dict)
    must_cover_values: dict[str, dict[str, str]] = Field(default_factory=dict)
    must_cover_constants: dict[str, str] = Field(default_factory=dict)
    communes: CommunesChoice
    people: PeopleChoice = PeopleChoice()
    must_cover: tuple[Path, ...] = ()
