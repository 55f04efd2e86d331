"""The catalogue: every layer with its product, datum, licence and files, found by name.

A layer says what its heights are (ground or surface, above which geoid) and who may use it; code
never holds a path.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic.dataclasses import dataclass

from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.io.atomic_files import sha256_of
from coverage_sim.io.file_size import is_file, is_folder
from coverage_sim.io.toml_files import read_toml
from coverage_sim.io.validation import GivenPath, checks_arguments, possible_path, validate
from coverage_sim.terrain.index_files import is_index, read_index
from coverage_sim.units import STRICT, Key, Name

#: Makes the file of a generated or packaged source when it is first asked for.
Builtins = Mapping[str, Callable[[], Path]]

FileName = Annotated[Name, AfterValidator(possible_path)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Layer:
    """One layer of terrain: what it is, where it comes from, which files hold it.

    Parameters
    ----------
    kind : {"ground", "land_cover"}
        Heights, or classes.
    product : str
        What it is called where it was published, with its edition.
    licence : str
        Under which terms it may be used.
    source : str
        Where it was taken from.
    files : tuple of str
        Files relative to the catalogue: GeoTIFF, VRT, .hgt or an ``index.txt`` of Planet or
        Atoll tiles; ``*`` and ``?`` allowed. Several are a mosaic, in which the first with data
        wins.
    builtin : str, optional
        Name of a generated or packaged source, instead of ``files``.
    crs : str, optional
        Coordinate system, only where a file carries none.
    vertical_reference : str, optional
        What the heights are above, e.g. ``"EGM96"``; required for ground.
    surface : {"dtm", "dsm"}, optional
        Bare earth, or roofs and treetops; required for ground.
    nodata : float, optional
        The value that means "no data", where the file does not say so or says it wrongly.
    synthetic : bool
        True for what nobody measured.
    sha256 : dict of str to str
        SHA-256 of a file by its name as in ``files``; checked where given.
    clutter_table : str, optional
        File with a height for each class, relative to the catalogue; required for land cover.
    """

    kind: Literal["ground", "land_cover"]
    product: Name
    licence: Name
    source: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    files: tuple[FileName, ...] = ()
    builtin: Key | None = None
    crs: Name | None = None
    vertical_reference: Name | None = None
    surface: Literal["dtm", "dsm"] | None = None
    nodata: float | None = None
    synthetic: bool = False
    sha256: dict[str, Sha256] = Field(default_factory=dict)
    clutter_table: FileName | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "Layer":
        wrong: list[str] = []
        if bool(self.files) == (self.builtin is not None):
            given = "both" if self.files else "neither"
            wrong.append(f"{given} of files and builtin are given; exactly one is needed")
        is_ground = self.kind == "ground"
        if is_ground:
            if self.vertical_reference is None:
                wrong.append("vertical_reference is missing; ground needs it, e.g. 'EGM96'")
            if self.surface is None:
                wrong.append("surface is missing; ground needs it: 'dtm' or 'dsm'")
            if self.clutter_table is not None:
                wrong.append("clutter_table is given; only land cover has one")
        else:
            if self.clutter_table is None:
                wrong.append("clutter_table is missing; land cover needs a height for each class")
            wrong += [
                f"{name} is given; only ground has one"
                for name in ("vertical_reference", "surface")
                if getattr(self, name) is not None
            ]
        if wrong:
            msg = "; ".join(wrong) + "."
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class CatalogFile:
    """What a catalogue file holds.

    Parameters
    ----------
    format : {1}
        Version of the file's layout.
    layer : dict of str to Layer
        The layers by name.
    """

    format: Literal[1]
    layer: dict[Key, Layer]


class Catalog(Mapping[str, Layer]):
    """The layers of one catalogue file, by name.

    Parameters
    ----------
    layers : mapping of str to Layer
        The layers.
    path : Path
        The file they stand in; paths are relative to its folder, messages name it.
    """

    def __init__(self, layers: Mapping[str, Layer], path: Path) -> None:
        self._layers = dict(layers)
        self.path = path

    @property
    def folder(self) -> Path:
        """The folder that the layers' paths are relative to."""
        return self.path.parent

    def __getitem__(self, name: str) -> Layer:
        return self._layers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    def find(self, name: str, kind: Literal["ground", "land_cover"]) -> Layer:
        """Return a layer of that kind.

        Parameters
        ----------
        name : str
            Name in the catalogue.
        kind : {"ground", "land_cover"}
            What it must be.

        Returns
        -------
        Layer
            The layer.

        Raises
        ------
        InputError
            If no layer of that kind has the name; the message lists those that there are.
        """
        names = [key for key, layer in self._layers.items() if layer.kind == kind]
        if name not in names:
            raise must_be_one_of(what=f"{self.path}: {kind} layer", given=name, allowed=names)
        return self._layers[name]


@checks_arguments
def load_catalog(path: GivenPath) -> Catalog:
    """Read a catalogue file.

    Parameters
    ----------
    path : str or Path
        A TOML file with ``format = 1`` and a table ``[layer.NAME]`` for each layer.

    Returns
    -------
    Catalog
        Its layers by name.

    Raises
    ------
    InputError
        With everything wrong in it: file, key, value, what is allowed.

    Examples
    --------
    >>> from pathlib import Path
    >>> import coverage_sim
    >>> sorted(coverage_sim.load_catalog(Path("catalog.toml")))
    ['cover_synthetic', 'ground_synthetic']
    """
    path = Path(path)
    content: dict[str, Any] = read_toml(path)
    return Catalog(validate(CatalogFile, content, where=str(path)).layer, path)


def layer_files(name: str, layer: Layer, catalog_dir: Path, builtins: Builtins) -> list[Path]:
    """Return the files of a layer in the order of the mosaic; builtin ones are made if missing.

    Parameters
    ----------
    name : str
        Name of the layer, for messages.
    layer : Layer
        The layer.
    catalog_dir : Path
        Folder of the catalogue.
    builtins : mapping of str to callable
        What makes each builtin source.

    Returns
    -------
    list of Path
        Existing files, each once.

    Raises
    ------
    InputError
        If a file is missing or is a folder, a pattern matches nothing, a builtin is unknown, or
        a file is not the one whose hash the catalogue states.
    """
    if layer.builtin is not None:
        if layer.builtin not in builtins:
            raise must_be_one_of(
                what=f"layer {name}: builtin", given=layer.builtin, allowed=builtins
            )
        return [builtins[layer.builtin]()]

    problems = Problems()
    found: dict[Path, str] = {}
    for file in layer.files:
        pattern = Path(file)
        if "**" in file:
            problems.add(
                f"layer {name}: {file!r}: '**' asks all folders; name the one, or use '*'."
            )
        elif any(sign in file for sign in "*?["):
            base = Path(pattern.anchor) if pattern.is_absolute() else catalog_dir
            relative = pattern.relative_to(pattern.anchor) if pattern.is_absolute() else pattern
            matches = sorted(base.glob(str(relative)))
            if not matches:
                problems.add(f"layer {name}: no file matches {file!r} in {base}; check the path.")
            found.update((match, match.name) for match in matches)
        else:
            found.setdefault(catalog_dir / pattern, file)
    for path in found:
        if is_folder(path):
            problems.add(f"layer {name}: {path} is a folder; name the files in it.")
        elif not is_file(path):
            problems.add(f"layer {name}: {path}: there is no such file; check the path.")
    problems.raise_if_any()
    for message in _other_contents(name, layer, found):
        problems.add(message)
    problems.raise_if_any()
    return list(found)


def _other_contents(name: str, layer: Layer, found: Mapping[Path, str]) -> Iterator[str]:
    """Yield which files are not those whose hash the catalogue states."""
    for file, stated in layer.sha256.items():
        named = [path for path, given in found.items() if file in {given, path.name}]
        if not named:
            yield f"layer {name}: sha256 names {file!r}, which is none of its files."
        for path in named:
            if (actual := sha256_of(path)) != stated:
                yield (
                    f"layer {name}: {path} has SHA-256 {actual}; the catalogue states {stated}. "
                    "Fetch the file again, or state the new hash."
                )


def _with_tiles(paths: Sequence[Path]) -> Iterator[Path]:
    """Return files and, after an index of tiles, its tiles."""
    for path in paths:
        yield path
        if is_index(path):
            yield from dict.fromkeys(tile.path for tile in read_index(path))


def layer_hash(name: str, layer: Layer, catalog_dir: Path, *, builtins: Builtins) -> dict[str, str]:
    """Return the SHA-256 of each file of a layer, for the manifest.

    Parameters
    ----------
    name : str
        Name of the layer, for messages.
    layer : Layer
        The layer.
    catalog_dir : Path
        Folder of the catalogue.
    builtins : mapping of str to callable
        What makes each builtin source.

    Returns
    -------
    dict of str to str
        Hash by file name, in the order of the mosaic.

    Raises
    ------
    InputError
        As `layer_files`, and if a file cannot be read.
    """
    hashes: dict[str, str] = {}
    for path in _with_tiles(layer_files(name, layer, catalog_dir, builtins)):
        try:
            inside = path.is_relative_to(catalog_dir)
            name_of = path.relative_to(catalog_dir).as_posix() if inside else path.name
            hashes[name_of] = sha256_of(path)
        except OSError as error:
            msg = f"layer {name}: {path} cannot be read: {error.strerror}."
            raise InputError(msg) from None
    return hashes
