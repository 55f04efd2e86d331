"""What the network's answer depends on, hashed: for the keys under which pieces of it are kept."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

from coverage_sim.caches import sources_hash
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.radio import window_source
from coverage_sim.engine.windows import Mast

#: What finds the answer, and is no import of this file.
EVALUATION = "coverage_sim.engine.evaluate"


def digest_of_all(network: Competition) -> bytes:
    """Hash what all pieces of a network's answer have in common."""
    ground, radio = network.ground, network.radio
    layers = {carrier.layer for carrier in network.carriers}
    parts = {
        # The evaluation imports all of it but terminals, which are found by name.
        "sources": sources_hash(
            EVALUATION,
            *sorted({type(terminal) for terminal in radio.terminals}, key=repr),
        ),
        "area": [float(axis[0]) for axis in ground.axes] + [ground.cell_m],
        "phone": [radio.rx_height_m, radio.server_threshold_dbm],
        "terminals": [[terminal.name, asdict(terminal)] for terminal in radio.terminals],  # type: ignore[call-overload]
        "offsets": {
            key: table.tolist() for key, table in radio.offsets.by_layer.items() if key in layers
        },
        "carriers": network.carriers,
        "meetings": network.meetings,
        "sums": [[network.groups[one], one in network.beams] for one in network.carriers],
    }
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=20).digest()


def _mast_digest(network: Competition, mast: Mast, patterns: Mapping[str, str]) -> bytes:
    """Hash what a mast's sectors do to the cells that they reach."""
    radio = network.radio
    parts: list[object] = [mast.col, mast.row, mast.ground_m, mast.convergence_deg]
    for number in network.sectors[mast.site]:
        sector = radio.sectors[number]
        layer, window = radio.layers[sector.layer], mast.windows[window_source(sector)]
        parts.append(
            [
                sector.operator,
                sector.layer,
                window.key,
                window.where.rows.start,
                window.where.cols.start,
                layer.frequency_mhz,
                layer.radius_m is not None,  # only then rims are counted
                radio.powers(sector),
                radio.group(sector),
                sector.antenna_height_m,
                sector.azimuth_deg,
                sector.electrical_downtilt_deg,
                sector.mechanical_downtilt_deg,
                patterns[sector.antenna],
            ]
        )
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=20).digest()


def mast_digests(network: Competition) -> dict[int, bytes]:
    """Return of each site the hash of what its sectors do to the cells that they reach."""
    radio = network.radio
    used = {radio.sectors[k].antenna for numbers in network.sectors.values() for k in numbers}
    patterns = {key: repr(radio.antennas[key]) for key in used}
    return {mast.site: _mast_digest(network, mast, patterns) for mast in network.masts}
