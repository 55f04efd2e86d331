"""What the papers of a proposed mast say beside its data: where it is in words, who asks for it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from pydantic.dataclasses import dataclass

from coverage_sim.units import STRICT

#: What joins several values in one field of a list.
_JOIN: Final = ";"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Application:
    """What an application for a mast says; "" for what it does not say.

    Parameters
    ----------
    address, commune, district, province : str
        Where it is, as the application has it.
    applicant : str
        Who asks for it.
    form_number : str
        Of the application.
    landowner : str
        Whose land or house it is.
    photos : tuple of str
        Files of pictures of the place, beside the list.
    """

    address: str = ""
    commune: str = ""
    district: str = ""
    province: str = ""
    applicant: str = ""
    form_number: str = ""
    landowner: str = ""
    photos: tuple[str, ...] = ()

    def text(self, column: str) -> str:
        """Return what a list has in a column of `APPLICATION_COLUMNS`."""
        value = getattr(self, column)
        return value if isinstance(value, str) else _JOIN.join(value)


#: Of a site of which no list says anything of the kind.
NO_APPLICATION: Final = Application()

#: The columns of a list that say it.
APPLICATION_COLUMNS: Final = tuple(field.name for field in fields(Application))


def application_of(cells: Mapping[str, str]) -> Application:
    """Return what a line of a list says of an application.

    Parameters
    ----------
    cells : mapping of str to str
        Texts of the line by column.
    """
    said = {column: cells[column] for column in APPLICATION_COLUMNS if cells.get(column)}
    if not said:
        return NO_APPLICATION
    photos = [name.strip() for name in said.pop("photos", "").split(_JOIN)]
    return Application(**said, photos=tuple(filter(None, photos)))
