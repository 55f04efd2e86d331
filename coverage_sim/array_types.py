"""Arrays by what they hold; the docstrings of those who take them give shapes and units."""

import numpy as np
from numpy.typing import NDArray

#: What is computed with.
Floats = NDArray[np.float64]

#: Rasters that are kept, and levels in them.
Floats32 = NDArray[np.float32]

#: Either of both.
AnyFloats = NDArray[np.floating]

#: Rows, cells and counts.
Ints = NDArray[np.int64]

#: Rows in rasters that are kept.
Ints32 = NDArray[np.int32]

#: Yes or no.
Flags = NDArray[np.bool_]

#: Classes of land cover, of service, of colours.
Codes = NDArray[np.uint8]

#: Small counts.
Shorts = NDArray[np.uint16]
