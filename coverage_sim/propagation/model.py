"""What a propagation model is: a name, a range, and a formula of a path.

There are two kinds. A `PathModel` is a formula of the path parameters that
`coverage_sim.propagation.paths` finds, which every such model shares and both raster drivers
supply. A `ProfileModel` analyses the profile in its own way, so only the exact driver serves it.
A model file in `coverage_sim.propagation.models` defines a frozen dataclass decorated with
`register_model`; nothing else has to be edited. `PathFormula` and `ProfileFormula` hold what most
of them have in common.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, TypeGuard, TypeVar

from coverage_sim.array_types import Floats
from coverage_sim.constants import EARTH_RADIUS_KM
from coverage_sim.errors import Problems
from coverage_sim.propagation.paths import Paths
from coverage_sim.terrain.profile import Profiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """The range a Recommendation states for its model, or that our tests cover.

    Parameters
    ----------
    frequency_mhz, distance_m, tx_height_m, rx_height_m : tuple of float
        Smallest and largest value. [MHz, m, m, m]
    stated_tx_height_m : tuple of float, optional
        Heights of the mast's antenna that the source states, where its formula is used beyond
        them; whoever uses it there says so. [m]
    """

    frequency_mhz: tuple[float, float]
    distance_m: tuple[float, float]
    tx_height_m: tuple[float, float] = (1.0, 3000.0)
    rx_height_m: tuple[float, float] = (1.0, 3000.0)
    stated_tx_height_m: tuple[float, float] | None = None

    def check(
        self,
        model: str,
        *,
        frequency_mhz: float,
        rx_height_m: float,
        tx_height_m: float | None = None,
    ) -> None:
        """Refuse a frequency or an antenna height outside the range.

        Raises
        ------
        InputError
            With every value that is out of range.
        """
        problems = Problems()
        for what, value, (low, high), unit in (
            ("frequency_mhz", frequency_mhz, self.frequency_mhz, "MHz"),
            ("tx_height_m", tx_height_m, self.tx_height_m, "m"),
            ("rx_height_m", rx_height_m, self.rx_height_m, "m"),
        ):
            if value is not None and not low <= value <= high:
                problems.add(
                    f"{what} is {value:g} {unit}; {model} is valid from {low:g} to {high:g} {unit}."
                    " Choose another model or correct the value."
                )
        problems.raise_if_any()


def beyond_distance_range(model: "Model", length_m: float) -> str | None:
    """Return the sentence that a path is shorter or longer than a model is stated for, or None."""
    near_m, far_m = model.validity.distance_m
    if near_m <= length_m <= far_m:
        return None
    return (
        f"the path is {length_m / 1000.0:.3f} km long; {model.name} is stated for "
        f"{near_m / 1000.0:g} to {far_m / 1000.0:g} km"
    )


class Model(Protocol):
    """A propagation model with its parameters; immutable, so that a result can name it."""

    name: ClassVar[str]
    title: ClassVar[str]
    reference: ClassVar[str]
    good_for: ClassVar[str]
    uses_clutter_profile: ClassVar[bool]  # it reads the clutter heights of the profile
    includes_clutter: ClassVar[bool]  # its statistics hold what surrounds the phone
    validity: ClassVar[Validity]

    def __hash__(self) -> int: ...

    def at_mast(self, latitude_deg: float | None) -> Self:
        """Return the model for a raster round a mast, with its latitude if that is known."""


class PathModel(Model, Protocol):
    """A formula of the shared path parameters."""

    def fill(self, paths: Paths, *, frequency_mhz: float, out: Floats) -> None:
        """Path loss of every path, in dB, into ``out`` of the same length.

        NaN for a path whose distance is NaN; free space for one of fewer points than
        `coverage_sim.propagation.paths.FEWEST_POINTS`, whose other parameters are not set.
        """

    def effective_earth_radius_km(self) -> float:
        """Return the Earth radius that the path analysis must use. [km]"""

    def needs_beta(self) -> bool:
        """Say whether the Earth radius of the time beta0 enters the result."""


class ProfileModel(Model, Protocol):
    """A model that analyses the profile itself."""

    def fill_profiles(
        self,
        profiles: Profiles,
        *,
        frequency_mhz: float,
        tx_height_m: float,
        rx_height_m: float,
        out: Floats,
    ) -> None:
        """Path loss over every profile, in dB, into ``out`` of the same length.

        NaN for a profile with a void; free space for one of fewer points than
        `coverage_sim.propagation.paths.FEWEST_POINTS`.
        """


class ProfileFormula:
    """What most models have in common: they are the same at every mast."""

    __slots__ = ()

    def at_mast(self, latitude_deg: float | None) -> Self:  # noqa: ARG002  # the same everywhere
        """Return the model itself."""
        return self


class PathFormula(ProfileFormula):
    """What most formulas of path parameters have in common: nothing in them is refracted."""

    __slots__ = ()

    def effective_earth_radius_km(self) -> float:
        """Return the true Earth radius: the formula reads nothing that depends on it. [km]"""
        return EARTH_RADIUS_KM

    def needs_beta(self) -> bool:
        """Say whether the Earth radius of the time beta0 enters the result: never."""
        return False


def takes_paths(model: Model) -> TypeGuard[PathModel]:
    """Say whether a model is a formula of the shared path parameters.

    Asked of each path and window; asking the protocol itself takes a hundred times as long.
    """
    return hasattr(model, "fill")


def takes_profiles(model: Model) -> TypeGuard[ProfileModel]:
    """Say whether a model analyses the profile itself."""
    return hasattr(model, "fill_profiles")


ModelT = TypeVar("ModelT", bound="type[PathModel] | type[ProfileModel]")
#: Every model class that was imported, by name.
MODELS: dict[str, type[Model]] = {}


def register_model(model: ModelT) -> ModelT:
    """Make a model known by its name; the decorator of every model class.

    Raises
    ------
    ValueError
        If another class holds the name: a new edition needs a new name.

    Examples
    --------
    >>> import coverage_sim
    >>> from coverage_sim.propagation.models.free_space import FreeSpace
    >>> coverage_sim.register_model(FreeSpace).name in coverage_sim.registered_models()
    True
    """
    name: str = model.name
    if name in MODELS and MODELS[name].__qualname__ != model.__qualname__:
        msg = f"two models are called {name!r}"
        raise ValueError(msg)
    MODELS[name] = model
    return model
