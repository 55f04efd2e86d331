"""What the network's answer depends on, hashed: for the keys under which pieces of it are kept."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from coverage_sim.caches import sources_hash
from coverage_sim.engine.radio import Radio, window_source
from coverage_sim.engine.windows import Mast
from coverage_sim.terrain.ground import Ground

#: What finds the answer, and is no import of this file.
EVALUATION = "coverage_sim.engine.evaluate"


def digest_of_all(ground: Ground, radio: Radio) -> bytes:
    """Hash what all pieces of the answer have in common."""
    parts = {
        # The evaluation imports all of it but terminals, which are found by name.
        "sources": sources_hash(
            EVALUATION,
            *sorted({type(terminal) for terminal in radio.terminals}, key=repr),
        ),
        "area": [float(axis[0]) for axis in ground.axes] + [ground.cell_m],
        "phone": [radio.rx_height_m, radio.server_threshold_dbm],
        "terminals": [[terminal.name, asdict(terminal)] for terminal in radio.terminals],  # type: ignore[call-overload]
        "offsets": {key: table.tolist() for key, table in radio.offsets.by_layer.items()},
        "carriers": radio.carriers(),
        "meets_references": radio.meets_references(),
    }
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=20).digest()


def _mast_digest(
    mast: Mast, radio: Radio, sectors: Sequence[int], patterns: Mapping[str, str]
) -> bytes:
    """Hash what a mast's sectors do to the cells that they reach."""
    parts: list[object] = [mast.col, mast.row, mast.ground_m, mast.convergence_deg]
    for number in sectors:
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


def mast_digests(
    masts: Sequence[Mast], radio: Radio, by_site: Mapping[int, Sequence[int]]
) -> dict[int, bytes]:
    """Return of each site the hash of what its sectors do to the cells that they reach."""
    patterns = {key: repr(antenna) for key, antenna in radio.antennas.items()}
    return {mast.site: _mast_digest(mast, radio, by_site[mast.site], patterns) for mast in masts}
