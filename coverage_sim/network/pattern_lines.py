"""The lines of an antenna pattern file, layout by layout: MSI / Planet and NSMA WG16.99.050."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coverage_sim.errors import InputError, Problems

#: Pattern files have some ten kilobytes; one of thousands is no antenna. [B]
_LARGEST_BYTES = 4 * 1024 * 1024

NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?")
CUTS = ("HORIZONTAL", "VERTICAL")
_GAIN_WITH_UNIT = re.compile(r"GAIN[\s_(\[]*(DB[ID])[)\]]*:?")
#: Of MSI, in the order in which they are written; a file may have more.
MSI_KEYS = (
    "NAME", "MAKE", "FREQUENCY", "H_WIDTH", "V_WIDTH", "FRONT_TO_BACK", "GAIN", "TILT",
    "ELECTRICAL_TILT", "POLARIZATION", "COMMENT",
)  # fmt: skip


@dataclass(slots=True)
class PatternDraft:
    """A file as it is read: tags by MSI's names, rows of angle [deg] and loss [dB] by cut."""

    path: Path
    tags: dict[str, str] = field(default_factory=dict)
    cuts: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)


def pattern_lines(path: Path) -> list[str]:
    """Return the lines of a text file of a pattern file's size.

    Raises
    ------
    InputError
        If it cannot be read, is too large, or holds binary data.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_BYTES + 1)
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}). Give the name of a pattern file."
        raise InputError(msg) from None
    if len(content) > _LARGEST_BYTES:
        msg = f"{path}: larger than {_LARGEST_BYTES // 1024**2} MiB; no pattern file is."
        raise InputError(msg)
    if b"\0" in content:
        msg = f"{path}: holds binary data; a pattern file is text. Export it as MSI or NSMA."
        raise InputError(msg)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return text.splitlines()


def _at(at: int, line: str) -> str:
    """Word what stands where a row of a cut should."""
    return f"line {at}: {line!r}" if at else "the end of the file"


# --- MSI / Planet ---


def read_msi(lines: Sequence[str], draft: PatternDraft) -> None:
    """Read lines of a key and a value, and the rows of both cuts."""
    given = [(n, line.strip()) for n, line in enumerate(lines, start=1) if line.strip()]
    if given and all(NUMBER.fullmatch(line) for _, line in given):
        draft.problems.add(
            f"{draft.path}: {len(given):,} numbers and nothing else, as Radio Mobile's .ant files "
            "have it: they state no gain and no name, so they are not read. Export the antenna as "
            "MSI or NSMA."
        )
        return
    numbered = iter(given)
    first = True
    for number, line in numbered:
        key, _, value = line.replace("\t", " ").partition(" ")
        key, value = key.upper().rstrip(":"), value.strip()
        gain = _GAIN_WITH_UNIT.fullmatch(key)
        if gain is not None:  # the unit stands in the key
            key, value = "GAIN", f"{value} {gain.group(1)}"
        if key in CUTS:
            _read_rows(key, value, number, numbered, draft)
        elif first and key not in MSI_KEYS:
            draft.tags["NAME"] = line
            draft.findings.append("the first line is taken for the name; the word NAME is missing.")
        elif NUMBER.fullmatch(key):
            draft.problems.add(
                f"{draft.path}, line {number}: {line!r} stands outside a cut; a row of a cut "
                "must follow HORIZONTAL or VERTICAL."
            )
        else:
            if key in draft.tags:
                draft.findings.append(f"{key} stands twice; the last one counts.")
            draft.tags[key] = value
        first = False
    if not draft.tags and not draft.cuts:
        draft.problems.add(
            f"{draft.path}: holds no line of a pattern file; MSI has lines such as "
            "'GAIN 15.5 dBd' and 'HORIZONTAL 360', NSMA such as 'MDGAIN:,15.5'."
        )


def _read_rows(
    name: str, announced: str, number: int, lines: Iterator[tuple[int, str]], draft: PatternDraft
) -> None:
    """Read as many rows of a cut as its first line announces, 360 where it does not say."""
    count = int(announced) if announced.isdigit() else 360
    if not 1 <= count <= 100_000:
        draft.problems.add(f"{draft.path}, line {number}: {name} announces {count} rows.")
        return
    rows: list[tuple[float, float]] = []
    for _ in range(count):
        at, line = next(lines, (0, ""))
        words = NUMBER.findall(line)
        if len(words) < 2 or re.match(r"[A-Za-z_]{2}", line):
            draft.problems.add(
                f"{draft.path}, {_at(at, line)} where row {len(rows) + 1} of {count} of {name} "
                "should be: an angle and a loss. Was the file cut short?"
            )
            return
        angle, loss = (float(word.replace(",", ".")) for word in words[:2])
        rows.append((angle, loss))
    draft.cuts[name] = rows
    if count == 361 and _same_direction(rows[0][0], rows[-1][0]):
        if rows[0][1] != rows[-1][1]:
            draft.findings.append(
                f"{name} has 361 rows whose first and last differ; the first counts."
            )
        draft.cuts[name] = rows[:-1]


# --- NSMA WG16.99.050 ---


def read_nsma(lines: Sequence[str], draft: PatternDraft) -> None:
    """Read tags of NSMA WG16.99.050, by MSI's names where it has one, and the first two cuts."""
    numbered = iter([(n, line.strip()) for n, line in enumerate(lines, start=1) if line.strip()])
    kind = ""
    names = {"MODNUM": "NAME", "ANTMAN": "MAKE", "ELTILT": "ELECTRICAL_TILT"}
    for number, line in numbered:
        tag, _, value = line.partition(":")
        # A comment begins with an exclamation mark.
        tag, value = tag.strip().upper(), value.partition("!")[0].strip().strip(",").strip()
        if tag == "PATCUT":
            kind = value.upper()
        elif tag == "NUPOIN":
            count = int(value) if value.isdigit() else 0
            rows = list(_nsma_rows(number, count, kind, numbered, draft))
            name = {"H": "HORIZONTAL", "AZ": "HORIZONTAL", "V": "VERTICAL", "EL": "VERTICAL"}.get(
                kind
            )
            if name is None or name in draft.cuts:
                draft.findings.append(
                    f"a further cut {kind or '(without a name)'} at line {number} is left out; "
                    "the first horizontal and the first vertical one count."
                )
            elif name == "VERTICAL":  # upward there, downward here
                draft.cuts[name] = [(-angle, loss) for angle, loss in rows]
            else:
                draft.cuts[name] = rows
        elif tag == "ENDFIL":
            break
        elif tag not in ("POLARI", "FSTLST"):
            draft.tags.setdefault(names.get(tag, tag), value)
    low, high = draft.tags.pop("LOWFRQ", ""), draft.tags.pop("HGHFRQ", "")
    if low or high:
        draft.tags["FREQUENCY"] = f"{low or high} - {high or low} MHz"
    units = draft.tags.pop("GUNITS", "")
    gain = draft.tags.pop("MDGAIN", "") or draft.tags.get("LWGAIN", "")
    if gain:
        draft.tags["GAIN"] = f"{gain} {units.split('/')[0] or ''}".strip()


def _nsma_rows(
    number: int, count: int, kind: str, lines: Iterator[tuple[int, str]], draft: PatternDraft
) -> Iterator[tuple[float, float]]:
    """Read the points of a cut: angle and level over the gain, so a loss has the other sign."""
    read = 0
    while read < count:
        at, line = next(lines, (0, ""))
        if line.upper().startswith(("FSTLST", "POLARI")):
            continue
        words = [word for word in re.split(r"[,;\s]+", line) if word]
        if len(words) < 2 or not all(NUMBER.fullmatch(word) for word in words[:2]):
            draft.problems.add(
                f"{draft.path}, {_at(at, line)} where point {read + 1} of {count} of the cut "
                f"{kind} (line {number}) should be. Was the file cut short?"
            )
            return
        yield float(words[0]), -float(words[1])
        read += 1


def _same_direction(one: float, other: float) -> bool:
    return abs((one - other + 180.0) % 360.0 - 180.0) < 1e-6
