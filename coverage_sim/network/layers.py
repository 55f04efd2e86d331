"""A layer is a technology on a band: its carrier, its power, its antenna, its reach."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ValidationInfo, field_validator
from pydantic.dataclasses import dataclass

from coverage_sim.constants import SUBCARRIERS_PER_RB
from coverage_sim.errors import InputError, Problems
from coverage_sim.network.bands import (
    TDD_BANDS,
    check_band,
    lte_resource_blocks,
    nr_resource_blocks,
    ue_power_dbm,
)
from coverage_sim.units import (
    STRICT,
    Finite,
    Fraction,
    FrequencyMhz,
    GainDbi,
    Key,
    LossDb,
    PowerDbm,
    RadiusM,
    ReferencePowerDbm,
)

Technology = Literal["lte", "nr"]

#: What people call the two technologies in tables and on maps.
GENERATION = {"lte": "4g", "nr": "5g"}
GENERATIONS = tuple(dict.fromkeys(GENERATION.values()))

#: The ways to state a layer's power, and the technology that has each; None for both.
_POWERS: dict[str, str | None] = {
    "port_power_dbm": None,
    "total_power_dbm": None,
    "reference_signal_power_dbm": "lte",
    "ss_pbch_block_power_dbm": "nr",
}

#: rho_B / rho_A by P_B, of one port and of several: TS 36.213 Table 5.2-1.
_RHO_B_OVER_RHO_A = ((1.0, 0.8, 0.6, 0.4), (1.25, 1.0, 0.75, 0.5))

#: What only one technology has: its signals, and of each field the value where nothing is said.
_OF_ONE_TECHNOLOGY: dict[str, tuple[str, dict[str, int | None]]] = {
    "lte": ("cell-specific reference signals", {"p_a_db": None, "p_b": None}),
    "nr": ("synchronisation signals", {"ssb_polarisations": 2, "synchronised": None}),
}
#: How far a layer may reach of which no radius is stated, where only a rough figure is asked. [m]
USUAL_REACH_M = 20_000.0

#: Rate at the edge of the uplink. Unverified. [Mb/s]
UPLINK_EDGE_MBPS = {"lte": 0.5, "nr": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Layer:
    """One radio layer of one or more operators, each with spectrum of its own.

    Parameters
    ----------
    technology : {"lte", "nr"}
        4G or 5G.
    band : str
        3GPP band, ``"b3"`` or ``"n78"``.
    frequency_mhz : float
        Centre of the downlink, used for propagation. [MHz]
    bandwidth_mhz : float
        Channel bandwidth of each operator. [MHz]
    subcarrier_spacing_khz : int
        15 for LTE; 15, 30 or 60 for NR. [kHz]
    operators : tuple of str
        Who holds such a carrier.
    port_power_dbm : float, optional
        Conducted power of one antenna port over the whole bandwidth. One of the four powers is
        given. [dBm]
    total_power_dbm : float, optional
        Conducted power of all ports together: those of LTE share it evenly, and each sends
        reference signals of its own. [dBm]
    reference_signal_power_dbm : float, optional
        Of LTE, power of a reference element of one port, as the cells broadcast it
        (referenceSignalPower of TS 36.331). [dBm]
    ss_pbch_block_power_dbm : float, optional
        Of NR, power of an element of the synchronisation signal, as the cells broadcast it
        (ss-PBCH-BlockPower of TS 38.331). [dBm]
    ssb_polarisations : int
        Polarisations that feed a beam of NR's synchronisation signals: 2 where every transceiver
        does, so that it has the whole power, 1 where half of them do.
    reference_boost_db : float
        Boost of the reference elements over the others. [dB]
    p_a_db : float, optional
        Of LTE, power of a port's data element over its reference element, as the cells are given
        it (P_A of TS 36.213 clause 5.2); in place of the boost, which is its opposite. [dB]
    p_b : int, optional
        Of LTE, index of the ratio of data elements in symbols with reference elements to those in
        the others (P_B of TS 36.213, Table 5.2-1); the one of ratio 1 where absent.
    antenna : str
        Key of the scenario's antenna table.
    feeder_loss_db : float
        Between radio unit and antenna. [dB]
    radius_m : float, optional
        Its sectors serve out to here; as far as their power reaches over bare flat ground where
        absent. [m]
    ports : int
        Antenna ports, and so the most streams to one phone.
    load : float
        Share of the carrier's resources in use in the busy hour, 0 to 1.
    tdd_downlink_share : float
        Share of the time that the downlink has on a TDD band; without effect on the others.
    traffic_gain_db : float
        Gain of the beam that carries a user's data over that of the reference signals, where the
        antenna's pattern is of the latter alone; an array has beams of its own. [dB]
    synchronised : bool, optional
        Of NR, whether neighbouring cells send their synchronisation signals at the same time, so
        that these meet each other whatever the load; on TDD bands where absent.
    beam_power_factor : float
        Share of the power that any one direction gets over some minutes, for exposure: 1 where
        there is one beam.
    ue_power_dbm : float, optional
        Largest power of a phone, by band where absent. [dBm]
    base_noise_figure_db : float
        Of the base station. [dB]
    uplink_interference_margin_db : float
        By which other cells' phones raise its noise. [dB]
    uplink_edge_mbps : float, optional
        Rate that the uplink must reach, 0.5 for LTE and 1 for NR where absent. [Mb/s]
    """

    technology: Technology
    band: str
    frequency_mhz: FrequencyMhz
    bandwidth_mhz: FrequencyMhz
    subcarrier_spacing_khz: int = 15
    operators: tuple[Key, ...]
    port_power_dbm: PowerDbm | None = None
    total_power_dbm: PowerDbm | None = None
    reference_signal_power_dbm: ReferencePowerDbm | None = None
    ss_pbch_block_power_dbm: ReferencePowerDbm | None = None
    ssb_polarisations: Literal[1, 2] = 2
    reference_boost_db: GainDbi = 0.0
    p_a_db: Annotated[float, Ge(-6.0), Le(3.0), Finite] | None = None
    p_b: Literal[0, 1, 2, 3] | None = None
    antenna: Key
    feeder_loss_db: LossDb = 0.5
    radius_m: RadiusM | None = None
    ports: Annotated[int, Ge(1), Le(8)] = 2
    load: Fraction = 0.5
    tdd_downlink_share: Annotated[float, Gt(0.0), Lt(1.0), Finite] = 0.74
    traffic_gain_db: GainDbi = 0.0
    synchronised: bool | None = None
    beam_power_factor: Fraction = 1.0
    ue_power_dbm: PowerDbm | None = None
    base_noise_figure_db: LossDb = 3.0
    uplink_interference_margin_db: LossDb = 3.0
    uplink_edge_mbps: Annotated[float, Gt(0.0), Finite] | None = None

    @field_validator("operators")
    @classmethod
    def _operators_are_named(cls, value: tuple[str, ...], _: ValidationInfo) -> tuple[str, ...]:
        if not value or len(set(value)) != len(value):
            msg = "name each operator of the layer once, and at least one"
            raise ValueError(msg)
        return value

    @property
    def usual_reach_m(self) -> float:
        """How far to look for masts that may serve a place, before any is built there. [m]"""
        return USUAL_REACH_M if self.radius_m is None else self.radius_m

    def problems(self, key: str) -> list[str]:
        """Return what is wrong with the layer called ``key``, beyond single values."""
        what = f"layers.{key}"
        problems = Problems()
        if not self.band.startswith("b" if self.technology == "lte" else "n"):
            problems.add(
                f"{what}.band is {self.band!r} and the technology {self.technology!r}; LTE bands "
                "begin with 'b', NR bands with 'n'."
            )
        with problems.collect():
            check_band(
                what=what,
                band=self.band,
                frequency_mhz=self.frequency_mhz,
                bandwidth_mhz=self.bandwidth_mhz,
            )
        if self.technology == "lte" and self.subcarrier_spacing_khz != 15:
            problems.add(
                f"{what}.subcarrier_spacing_khz is {self.subcarrier_spacing_khz}; LTE has 15."
            )
        with problems.collect():
            self.resource_blocks()
        for message in (*self._power_problems(), *self._strangers()):
            problems.add(f"{what}{message}")
        return [
            message if message.startswith(what) else f"{what}: {message}"
            for message in problems.messages
        ]

    def resource_blocks(self) -> int:
        """Return the number of resource blocks of the carrier.

        Raises
        ------
        InputError
            If the technology has no such bandwidth.
        """
        if self.technology == "lte":
            return lte_resource_blocks(self.bandwidth_mhz)
        return nr_resource_blocks(self.bandwidth_mhz, self.subcarrier_spacing_khz)

    def _power_problems(self) -> Iterator[str]:
        """Yield what is wrong with how the power is stated."""
        possible = [name for name, owner in _POWERS.items() if owner in (None, self.technology)]
        given = [name for name in _POWERS if getattr(self, name) is not None]
        if len(given) != 1:
            found = f"gives {' and '.join(given)}" if given else "gives no power"
            ways = f"{', '.join(possible[:-1])} or {possible[-1]}"
            yield f" {found}; the power of a layer is stated in exactly one way: {ways}."
        for name in given:
            if name not in possible:
                other = " and ".join(possible[2:])
                yield (
                    f".{name} is of another technology than {self.technology!r}, which has {other}."
                )
        if self.p_a_db is not None and self.reference_boost_db:
            yield (
                ".p_a_db and .reference_boost_db say the same, each the opposite of the other; "
                "give one of them."
            )

    def _strangers(self) -> Iterator[str]:
        """Yield what is said that only the other technology has."""
        for owner, (signals, absent) in _OF_ONE_TECHNOLOGY.items():
            for name, value in absent.items():
                if self.technology != owner and getattr(self, name) != value:
                    yield (
                        f".{name} is of {owner.upper()}'s {signals}; "
                        f"{self.technology.upper()} has none."
                    )

    def all_ports_dbm(self) -> float:
        """Return the power of all antenna ports together. [dBm]

        Raises
        ------
        InputError
            If no power is given.
        """
        if self.total_power_dbm is not None:
            return self.total_power_dbm
        if self.port_power_dbm is not None:
            return self.port_power_dbm + 10.0 * math.log10(self.ports)
        return self.epre_dbm() - self._share_of_element_db()

    @property
    def transmitter_power_dbm(self) -> float:
        """What a transmitter's own power is compared with: of a port where that is given. [dBm]

        Raises
        ------
        InputError
            If no power is given.
        """
        return self.all_ports_dbm() if self.port_power_dbm is None else self.port_power_dbm

    def epre_dbm(self) -> float:
        """Return the power of a reference element before feeder and antenna. [dBm]

        Of LTE's cell-specific reference signals, whose elements one port sends by itself, or of
        NR's synchronisation signal, which all transceivers send that feed a beam.

        Raises
        ------
        InputError
            If no power is given.
        """
        for stated_dbm in (self.reference_signal_power_dbm, self.ss_pbch_block_power_dbm):
            if stated_dbm is not None:
                return stated_dbm
        if self.port_power_dbm is None and self.total_power_dbm is None:
            msg = f"a layer needs a power: one of {', '.join(_POWERS)}."
            raise InputError(msg)
        if self.technology == "lte" and self.port_power_dbm is not None:
            return epre_dbm(self.port_power_dbm, self.resource_blocks(), self._boost_db)
        return self.all_ports_dbm() + self._share_of_element_db()

    def data_over_reference_db(self) -> float:
        """Return the power of a data element, all ports together, over a reference element. [dB]

        LTE's reference element is of one port, NR's of all that feed a synchronisation beam. LTE's
        data is that in symbols without reference elements.
        """
        return 10.0 * math.log10(self._senders) - self._boost_db

    def beside_references(self) -> float:
        """Return LTE's ratio of data elements in symbols with references to the others. [linear]

        TS 36.213 Table 5.2-1: rho_B / rho_A by P_B and the number of ports.
        """
        if self.p_b is None:
            return 1.0
        return _RHO_B_OVER_RHO_A[self.ports > 1][self.p_b]

    def meets_references(self) -> float:
        """Return the share of other cells whose reference signals meet those of the server.

        Of LTE's cells one in three has a physical cell identity that is equal modulo 3 (TS 36.211
        clause 6.10.1.2), where the list does not say which; of NR's all or none.
        """
        if self.technology == "lte":
            return 1.0 / 3.0
        synchronised = self.band in TDD_BANDS if self.synchronised is None else self.synchronised
        return 1.0 if synchronised else 0.0

    @property
    def _boost_db(self) -> float:
        """Reference over data element of one sender. [dB]"""
        return self.reference_boost_db if self.p_a_db is None else -self.p_a_db

    @property
    def _senders(self) -> int:
        """How many share the power of which one feeds a reference element."""
        return self.ports if self.technology == "lte" else 2 // self.ssb_polarisations

    def _share_of_element_db(self) -> float:
        """Return what a reference element has of the power of all ports. [dB]"""
        one_db = epre_dbm(0.0, self.resource_blocks(), self._boost_db)
        return one_db - 10.0 * math.log10(self._senders)

    def downlink_share(self) -> float:
        """Return the share of the time that the downlink has."""
        return self.tdd_downlink_share if self.band in TDD_BANDS else 1.0

    def uplink_share(self) -> float:
        """Return the share of the time that the uplink has."""
        return 1.0 - self.tdd_downlink_share if self.band in TDD_BANDS else 1.0

    def phone_power_dbm(self) -> float:
        """Return the largest power of a phone. [dBm]"""
        return ue_power_dbm(self.band) if self.ue_power_dbm is None else self.ue_power_dbm

    def edge_mbps(self) -> float:
        """Return the rate that the uplink must reach. [Mb/s]"""
        return (
            UPLINK_EDGE_MBPS[self.technology]
            if self.uplink_edge_mbps is None
            else (self.uplink_edge_mbps)
        )


def epre_dbm(power_dbm: float, resource_blocks: int, boost_db: float = 0.0) -> float:
    """Return the energy per resource element as power.

    Parameters
    ----------
    power_dbm : float
        Power over the whole carrier. [dBm]
    resource_blocks : int
        Resource blocks of the carrier, 12 subcarriers each.
    boost_db : float
        Boost of the reference elements. [dB]

    Returns
    -------
    float
        ``P - 10 log10(12 N_RB) + boost``. [dBm]

    Raises
    ------
    InputError
        If there is no resource block.

    Examples
    --------
    >>> round(epre_dbm(46.0, 100), 1)  # LTE 20 MHz, 40 W a port
    15.2
    """
    if not resource_blocks >= 1:
        msg = f"resource_blocks is {resource_blocks}; a carrier has at least one."
        raise InputError(msg)
    return power_dbm - 10.0 * math.log10(SUBCARRIERS_PER_RB * resource_blocks) + boost_db
