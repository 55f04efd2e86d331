"""Rule files: what a province asks of masts, by document and article; no law stands in code."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass as plain
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.io.toml_files import read_toml
from coverage_sim.io.validation import validate
from coverage_sim.units import STRICT, Key, Name
from coverage_sim.zoning.rules import AnyRule
from coverage_sim.zoning.rules.base import Mark

_BUILTIN: Final = "builtin:"

RuleStanding = Literal["not_yet", "in_force", "superseded", "given_way"]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Document:
    """A text that rules come from.

    Parameters
    ----------
    number : str
        As it is cited.
    title_vi, title_en : str
        What it is about.
    in_force : date, optional
        From which day on.
    replaced_from : date, optional
        From which day on another text stands in its place.
    replaced_by : str
        Which one.
    mark : "verified" or "unverified"
        Whether the two dates were read at a source.
    """

    number: Name
    title_vi: Name
    title_en: Name
    in_force: dt.date | None = None
    replaced_from: dt.date | None = None
    replaced_by: str = ""
    mark: Mark = "unverified"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Authority:
    """Who decides, and from when on under this name.

    Parameters
    ----------
    since : date
        First day.
    province_vi, province_en, department_vi, department_en : str
        What the province and its department are called then.
    has_districts : bool
        Whether there are districts then.
    """

    since: dt.date
    province_vi: Name
    province_en: Name
    department_vi: Name
    department_en: Name
    has_districts: bool


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class LayerTitle:
    """What a layer is called, for those who have to find or draw it.

    Parameters
    ----------
    vi, en : str
        What its shapes are.
    """

    vi: Name
    en: Name


#: Layers that the site lists make.
_OWN_LAYERS: Final = {
    "masts": LayerTitle(vi="cột hiện có", en="masts that stand"),
    "approved_positions": LayerTitle(vi="vị trí đã được phê duyệt", en="approved positions"),
}


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class RuleFile:
    """A province's rules.

    Parameters
    ----------
    format : 1
        Version of this file's layout.
    id : str
        Of the file.
    title_vi, title_en : str
        For sheets.
    note_vi, note_en : str
        What a reader must know of the whole.
    authorities : list of tables
        Who decides, by date.
    documents : table of tables
        Where rules come from, by key.
    layers : table of tables
        What the layers are that its rules speak of, by key.
    rules : list of tables
        The rules.
    """

    format: Literal[1]
    id: Key
    title_vi: Name
    title_en: Name
    note_vi: str = ""
    note_en: str = ""
    authorities: tuple[Authority, ...] = ()
    documents: dict[Key, Document] = Field(default_factory=dict)
    layers: dict[Key, LayerTitle] = Field(default_factory=dict)
    rules: tuple[AnyRule, ...]

    def begins(self, rule: AnyRule) -> dt.date | None:
        """Return the first day on which a rule is in force; None where that is not told."""
        return rule.valid_from or self.documents[rule.document].in_force

    def ends(self, rule: AnyRule) -> dt.date | None:
        """Return the first day on which a rule is in force no more; None where that is not told."""
        after = rule.valid_to and rule.valid_to + dt.timedelta(days=1)
        replaced = self.documents[rule.document].replaced_from
        told = [day for day in (after, replaced) if day is not None]
        return min(told) if told else None

    def standing_on(self, rule: AnyRule, date: dt.date) -> RuleStanding:
        """Return whether a rule is in force on a day, not yet, or no more.

        Returns
        -------
        str
            ``"superseded"``: its days are over, and no rule of the file stands in its place, so
            that what it asks is for review; ``"given_way"``: `successor_on` stands in its place.
        """
        begins, ends = self.begins(rule), self.ends(rule)
        if begins is not None and begins > date:
            return "not_yet"
        if ends is None or ends > date:
            return "in_force"
        return "superseded" if self.successor_on(rule, date) is None else "given_way"

    def successor_on(self, rule: AnyRule, date: dt.date) -> AnyRule | None:
        """Return the rule in force in place of one whose days are over; None if there is none."""
        ends = self.ends(rule)
        if ends is None or ends > date:
            return None
        for other in self.rules:
            begins, over = self.begins(other), self.ends(other)
            if (begins is not None and begins > date) or (over is not None and over <= date):
                continue
            if rule.successor is not None:
                if other.id == rule.successor:
                    return other
            elif begins is not None and begins >= ends and _asks_the_same(other, rule):
                return other
        return None

    def layer_titles(self, name: str) -> LayerTitle:
        """Return what a layer is called; its key where neither the file nor the program says it."""
        plain_name = name.replace("_", " ")
        usual = _OWN_LAYERS.get(name, LayerTitle(vi=plain_name, en=plain_name))
        return self.layers.get(name, usual)

    def authority_on(self, date: dt.date) -> Authority | None:
        """Return who decides on a day; None where the file does not say."""
        begun = [one for one in self.authorities if one.since <= date]
        return max(begun, key=lambda one: one.since) if begun else None


@plain(frozen=True, kw_only=True)
class LoadedRules:
    """A rule file and where it came from.

    Parameters
    ----------
    rules : RuleFile
        What it says.
    path : Path
        The file.
    """

    rules: RuleFile
    path: Path


#: How much a rule means, the most first.
_SEVERITIES: Final = ("block", "warn", "ask")


def _asks_the_same(other: AnyRule, rule: AnyRule) -> bool:
    """Say whether a rule asks the masts that another one asks about the same, and no more gently.

    Else the file says itself which rule stands in the place of which.
    """
    return (
        other.kind == rule.kind
        and other.needed_layers() == rule.needed_layers()
        and set(getattr(rule, "classes", ())) <= set(getattr(other, "classes", ()))
        and _SEVERITIES.index(other.severity) <= _SEVERITIES.index(rule.severity)
        and _is_about_all(other, rule)
    )


def _is_about_all(other: AnyRule, rule: AnyRule) -> bool:
    """Say whether a rule is about every class of mast that another one is about."""
    if not other.mast_classes:
        return True
    return bool(rule.mast_classes) and set(rule.mast_classes) <= set(other.mast_classes)


def builtin_rules() -> list[str]:
    """Return the names of the rule files that come with the program."""
    folder = resources.files("coverage_sim.zoning") / "provinces"
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )


def load_rules(given: str | Path) -> LoadedRules:
    """Read a rule file.

    Parameters
    ----------
    given : str or Path
        TOML, or ``"builtin:nam_dinh"`` for one that comes with the program.

    Raises
    ------
    InputError
        With everything that is wrong with it: unknown keys and kinds, numbers out of range, ids
        that stand twice, documents that are not listed, texts that are missing.
    """
    text = str(given)
    if text.startswith(_BUILTIN):
        name = text.removeprefix(_BUILTIN)
        if name not in builtin_rules():
            raise must_be_one_of(
                what="rules", given=text, allowed=[_BUILTIN + known for known in builtin_rules()]
            )
        with resources.as_file(
            resources.files("coverage_sim.zoning") / "provinces" / f"{name}.toml"
        ) as path:
            return LoadedRules(rules=_check(path), path=path)
    return LoadedRules(rules=_check(Path(given)), path=Path(given))


def without_rules(rules: RuleFile, left_out: Sequence[str]) -> RuleFile:
    """Return a rule file without some of its rules; its titles name them.

    Raises
    ------
    InputError
        With every id that no rule has, and if no rule is left.
    """
    known = [rule.id for rule in rules.rules]
    problems = Problems()
    for name in left_out:
        if name not in known:
            with problems.collect():
                raise must_be_one_of(what="--without", given=name, allowed=known)
    kept = tuple(rule for rule in rules.rules if rule.id not in left_out)
    if not kept:
        problems.add("--without leaves no rule.")
    problems.raise_if_any()
    if not left_out:
        return rules
    names = ", ".join(left_out)
    return replace(
        rules,
        rules=kept,
        title_vi=f"{rules.title_vi} (không xét {names})",
        title_en=f"{rules.title_en} (without {names})",
    )


def _check(path: Path) -> RuleFile:
    rules: RuleFile = validate(RuleFile, read_toml(path), where=path.name)
    problems = Problems()
    for message in _contradictions(rules):
        problems.add(f"{path.name}: {message}")
    problems.raise_if_any()
    return rules


def _successor_problems(rule: AnyRule, rules: RuleFile) -> Iterator[str]:
    follower = next((one for one in rules.rules if one.id == rule.successor), None)
    if follower is None:
        yield f"rule {rule.id}: successor is {rule.successor!r}; no rule has this id."
    elif not _is_about_all(follower, rule):
        yield (
            f"rule {rule.id}: successor is {rule.successor!r}, which is about fewer classes of "
            "mast; make a rule of each class."
        )


def _contradictions(rules: RuleFile) -> Iterator[str]:
    if not rules.rules:
        yield "rules: the list is empty; a file has at least one rule."
    spoken_of = {name for rule in rules.rules for name in rule.needed_layers()}
    for name in rules.layers:
        if name not in spoken_of:
            yield f"layers.{name}: no rule speaks of it; remove it, or mend its name."
    seen: set[str] = set()
    for rule in rules.rules:
        if rule.id in seen:
            yield f"rule {rule.id!r} stands twice; ids are unique."
        seen.add(rule.id)
        if rule.document not in rules.documents:
            try:
                raise must_be_one_of(
                    what=f"rule {rule.id}: document", given=rule.document, allowed=rules.documents
                )
            except InputError as error:
                yield from error.problems
        if rule.successor is not None:
            yield from _successor_problems(rule, rules)
        if rule.valid_from and rule.valid_to and rule.valid_from > rule.valid_to:
            yield (
                f"rule {rule.id}: valid_from is {rule.valid_from} and valid_to {rule.valid_to}; "
                "the first comes after the last."
            )
