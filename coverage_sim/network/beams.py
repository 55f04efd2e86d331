"""Which beams of its antenna a sector sends over, and how strong its data is in them."""

from typing import NamedTuple, get_args

from coverage_sim.array_types import Floats32
from coverage_sim.network.antennas import Beam, Pattern, gain_table_dbi
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import Sector


class BeamTables(NamedTuple):
    """Gain over all directions of each `Beam`, as `gain_table_dbi` makes them. [dBi]

    They are one and the same array where everything is sent the same way.
    """

    reference: Floats32
    reference_of_others: Floats32
    data: Floats32
    data_of_others: Floats32
    alike: bool


def beam_tables(sector: Sector, layer: Layer, antenna: Pattern) -> BeamTables:
    """Return the gain tables of a sector, with its tilts.

    LTE's cell-specific reference signals and the data beside them go the same way whatever the
    antenna could do.
    """
    tilts_deg = (sector.electrical_downtilt_deg, sector.mechanical_downtilt_deg)
    if not has_beams(layer, antenna):
        one = gain_table_dbi(antenna, *tilts_deg)
        return BeamTables(one, one, one, one, alike=True)
    tables = {beam: gain_table_dbi(antenna, *tilts_deg, beam) for beam in get_args(Beam)}
    return BeamTables(**tables, alike=False)


def has_beams(layer: Layer, antenna: Pattern) -> bool:
    """Say whether data goes over other beams than reference signals, and which is known."""
    return layer.technology == "nr" and antenna.has_beams


def own_beam_db(layer: Layer, antenna: Pattern) -> float:
    """Return the gain of data toward its own phone beyond that of the table ``data``. [dB]"""
    return 0.0 if has_beams(layer, antenna) else layer.traffic_gain_db
