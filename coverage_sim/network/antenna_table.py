"""What a scenario's table of antennas may say: a formula, or the file of its maker."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from coverage_sim.network.antenna_files import read_antenna_file
from coverage_sim.network.antennas import ArrayPanel, Measured, Omni, Panel
from coverage_sim.network.pattern_cuts import Combination
from coverage_sim.units import STRICT


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PatternFile:
    """Two measured cuts in a file of the maker.

    Parameters
    ----------
    pattern : "file"
        Says that it is a file.
    file : path
        MSI / Planet (.msi .pln .pla .ptn .txt .ant) or NSMA WG16.99.050; `coverage-sim antenna`
        shows what is read of it.
    combination : "projection" or "sum"
        How two cuts become a sphere: the vertical cut weighted from front to back by the azimuth,
        or the sum of the losses of both.
    """

    pattern: Literal["file"]
    file: Path
    combination: Combination = "projection"

    def read(self) -> tuple[Measured, tuple[str, ...]]:
        """Read the file; return the pattern, and what was odd about it.

        Raises
        ------
        InputError
            If it is not a pattern file.
        """
        found = read_antenna_file(self.file)
        return Measured(found.cuts, self.combination), found.findings


Antenna = Annotated[Panel | ArrayPanel | Omni | PatternFile, Field(discriminator="pattern")]
