"""Plan mobile coverage over terrain: ITU-R P.1812, 4G and 5G, village by village.

Everything an outside script needs has a name here, listed with its type in ``__init__.pyi``; it is
imported when it is first used, so that ``import coverage_sim`` and ``coverage-sim --help`` cost
nothing.

Examples in this package name files of a small synthetic project; they are run as tests.

Examples
--------
>>> import coverage_sim
>>> coverage_sim.get_model("free_space").name
'free_space'
"""

from importlib import metadata as _metadata

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

__version__ = _metadata.version("coverage-sim")
