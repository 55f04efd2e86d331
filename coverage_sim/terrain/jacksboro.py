"""Real mountains that come with a dependency: the Jacksboro fault in Tennessee."""

import hashlib
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from coverage_sim.errors import InputError
from coverage_sim.io.atomic_files import sha256_of, written_atomically

#: Name by which a catalogue calls for it.
JACKSBORO = "jacksboro_fault_dem"

_SAMPLE = f"{JACKSBORO}.npz"
_SIDE_DEG = 1.0 / 1200.0


def jacksboro_geotiff(folder: Path) -> Path:
    """Write matplotlib's sample terrain as a GeoTIFF, once.

    The heights come from the Shuttle Radar Topography Mission, 3 arc-seconds, 236 to 1,076 m.
    The file calls its northern edge ``ymin`` and its southern one ``ymax``; its first row is the
    northernmost.

    Parameters
    ----------
    folder : Path
        Where to write; made if missing.

    Returns
    -------
    Path
        The GeoTIFF, in EPSG:4326. Its folder is named by a hash of matplotlib's file.

    Raises
    ------
    InputError
        If this matplotlib does not carry the sample.
    """
    from matplotlib.cbook import get_sample_data  # heavy: import late

    try:
        packed = Path(str(get_sample_data(_SAMPLE, asfileobj=False)))
        # the hash of this file too: another way of writing is another file
        token = hashlib.sha256((sha256_of(packed) + sha256_of(Path(__file__))).encode()).hexdigest()
    except OSError:
        msg = f"builtin {JACKSBORO}: this matplotlib has no sample {_SAMPLE}; install 3.9 or newer."
        raise InputError(msg) from None
    path = folder / token[:12] / f"{JACKSBORO}.tif"
    if path.is_file():
        return path
    with np.load(packed) as sample:
        elevation_m = sample["elevation"]
        west_deg = float(sample["xmin"])
        north_deg = float(max(sample["ymin"], sample["ymax"]))
    rows, columns = elevation_m.shape
    with (
        written_atomically(path) as temporary,
        rasterio.open(
            temporary,
            "w",
            driver="GTiff",
            height=rows,
            width=columns,
            count=1,
            dtype=elevation_m.dtype,
            crs="EPSG:4326",
            transform=Affine(_SIDE_DEG, 0.0, west_deg, 0.0, -_SIDE_DEG, north_deg),
            nodata=-32768,
            compress="deflate",
        ) as dataset,
    ):
        dataset.write(elevation_m, 1)
    return path
