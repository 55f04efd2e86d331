"""Field types of everything a file can hold: a number with its unit, its range and no NaN."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AllowInfNan, ConfigDict, StringConstraints

#: Unknown keys are refused, and so is what is no finite number where one is meant.
STRICT = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)

Finite = AllowInfNan(False)

AzimuthDeg = Annotated[float, Ge(0.0), Lt(360.0), Finite]
DowntiltDeg = Annotated[float, Ge(-30.0), Le(30.0), Finite]
TiltDeg = Annotated[float, Ge(-180.0), Le(180.0), Finite]
BeamwidthDeg = Annotated[float, Gt(0.0), Le(360.0), Finite]
#: Larger than any coordinate or length on Earth, whose circumference is 4e7 m. [m]
LARGEST_M = 1e8
Coordinate = Annotated[float, Ge(-LARGEST_M), Le(LARGEST_M), Finite]
HeightM = Annotated[float, Gt(0.0), Le(1000.0), Finite]
LengthM = Annotated[float, Gt(0.0), Le(LARGEST_M), Finite]
#: Side of a cell. [m]
SMALLEST_CELL_M, LARGEST_CELL_M = 0.01, 10_000.0
CellM = Annotated[float, Ge(SMALLEST_CELL_M), Le(LARGEST_CELL_M), Finite]
#: No layer of a mobile network serves farther; beyond, the work grows without an answer.
LARGEST_RADIUS_M = 200_000.0
RadiusM = Annotated[float, Gt(0.0), Le(LARGEST_RADIUS_M), Finite]
ReceiverHeightM = Annotated[float, Ge(1.0), Le(3000.0), Finite]
FrequencyMhz = Annotated[float, Gt(0.0), Finite]
GainDbi = Annotated[float, Ge(-50.0), Le(60.0), Finite]
LossDb = Annotated[float, Ge(0.0), Le(200.0), Finite]
Fraction = Annotated[float, Ge(0.0), Le(1.0), Finite]
PowerDbm = Annotated[float, Ge(-50.0), Le(90.0), Finite]
#: What cells can broadcast: referenceSignalPower of TS 36.331, ss-PBCH-BlockPower of TS 38.331.
ReferencePowerDbm = Annotated[float, Ge(-60.0), Le(50.0), Finite]
#: TS 36.211 clause 6.11 and TS 38.211 clause 7.4.2: LTE has 504 of them, NR 1008.
PhysicalCellId = Annotated[int, Ge(0), Le(1007)]
LevelDbm = Annotated[float, Ge(-200.0), Le(50.0), Finite]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=60)]
