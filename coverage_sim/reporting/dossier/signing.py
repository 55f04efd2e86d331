"""Who signs sheets and letters, and where."""

from typing import NamedTuple

from coverage_sim.reporting.report.language import Language
from coverage_sim.scenario.schema_zoning import DossierChoice


class Signing(NamedTuple):
    """What stands where papers are signed, in one language.

    Parameters
    ----------
    at : str
        Place and room for the date.
    names : tuple of str
        Whose signatures there is room for, from left to right.
    here : str
        What stands below each.
    """

    at: str
    names: tuple[str, ...]
    here: str


def signing_of(dossier: DossierChoice, t: Language) -> Signing:
    """Return where a scenario's papers are signed: what it does not say there is room for."""
    return Signing(
        at=t("permit.signed_at", place=dossier.place or "……………"),
        names=dossier.signatures or tuple(t("permit.signatures").split("; ")),
        here=t("permit.sign_here"),
    )
