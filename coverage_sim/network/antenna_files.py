"""Antenna pattern files: MSI / Planet and NSMA WG16.99.050 read leniently, MSI written strictly.

MSI files come as .msi .pln .pla .ptn .txt .ant: lines of a key and a value, then
``HORIZONTAL 360`` and ``VERTICAL 360`` with a line an angle, loss in dB below the gain. Makers and
converters differ in everything else, so whatever can be understood is, and what was odd is told.

References
----------
.. [1] NSMA Recommendation WG16.99.050 (05/1999), "Standard Format for Digitized Antenna Patterns".
   The sign of its elevation angles, positive upward, is general practice and not read in it:
   a main lobe against the stated tilt is turned, and told.
"""

import dataclasses
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.atomic_files import write_text
from coverage_sim.network.pattern_cuts import DBD_TO_DBI, PatternCuts

#: Pattern files have some ten kilobytes; one of thousands is no antenna. [B]
_LARGEST_BYTES = 4 * 1024 * 1024

#: Between two angles of a cut there may be no more. [deg]
_WIDEST_GAP_DEG = 10.0

#: Losses above this are a dead direction or a typing error. [dB]
_LARGEST_LOSS_DB = 200.0

#: What the vertical cut and the stated tilt may differ by without a word. [deg]
_TILT_TOLERANCE_DEG = 2.0

_NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?")
#: Tilt in a name or a comment: "_05T", "04T degree", "-4E".
_HIDDEN_TILTS = (
    re.compile(r"(?:^|[^0-9A-Za-z.])(\d{1,2}(?:\.\d+)?)T(?![0-9A-Za-z])", re.IGNORECASE),
    re.compile(r"(?:^|[^0-9A-Za-z.])(\d{1,2}(?:\.\d+)?)E(?![0-9A-Za-z])", re.IGNORECASE),
)
_CUTS = ("HORIZONTAL", "VERTICAL")
#: Of MSI, in the order in which they are written; a file may have more.
_KEYS = (
    "NAME", "MAKE", "FREQUENCY", "H_WIDTH", "V_WIDTH", "FRONT_TO_BACK", "GAIN", "TILT",
    "ELECTRICAL_TILT", "POLARIZATION", "COMMENT",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AntennaFile:
    """What a pattern file holds, and what was odd about it.

    Parameters
    ----------
    cuts : PatternCuts
        The antenna.
    layout : {"msi", "nsma"}
        Layout of the file.
    findings : tuple of str
        A sentence for each thing that had to be guessed or mended.
    """

    cuts: PatternCuts
    layout: str
    findings: tuple[str, ...]


@dataclass(slots=True)
class _Draft:
    """A file as it is read."""

    path: Path
    tags: dict[str, str] = field(default_factory=dict)
    cuts: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)


def read_antenna_file(path: Path) -> AntennaFile:
    """Read an antenna pattern file of either layout.

    Parameters
    ----------
    path : Path
        MSI / Planet or NSMA WG16.99.050; the content decides which.

    Returns
    -------
    AntennaFile
        Cuts of 360 degrees; what was odd stands in ``findings``.

    Raises
    ------
    InputError
        With every problem by line: not readable, no gain, a cut missing, cut short or with gaps,
        words where numbers should be.

    Examples
    --------
    >>> from pathlib import Path
    >>> import coverage_sim
    >>> antenna = coverage_sim.read_antenna_file(Path("synthetic.msi"))
    >>> antenna.cuts.gain_dbi, antenna.findings
    (8.0, ('no electrical tilt is stated; that of the vertical cut is 0.0 degrees.',))
    """
    lines = _lines(path)
    draft = _Draft(path)
    nsma = any(line.upper().startswith(("REVNUM:", "MDGAIN:", "NUMCUT:")) for line in lines)
    if nsma:
        _read_nsma(lines, draft)
    else:
        _read_msi(lines, draft)
    draft.problems.raise_if_any()
    horizontal, vertical = (_even_cut(name, draft) for name in _CUTS)
    gain_dbi = _gain_dbi(draft)
    frequency_mhz = _frequency_mhz(draft)
    draft.problems.raise_if_any()
    cuts = PatternCuts(
        name=draft.tags.pop("NAME", "") or path.stem,
        gain_dbi=gain_dbi,
        frequency_mhz=frequency_mhz,
        horizontal_loss_db=horizontal,
        vertical_loss_db=vertical,
    )
    tilt_deg, cuts = _split_tilt(cuts, draft, may_turn=nsma)
    cuts = dataclasses.replace(
        cuts, electrical_downtilt_deg=tilt_deg, tags=tuple(draft.tags.items())
    )
    return AntennaFile(
        cuts=cuts, layout="nsma" if nsma else "msi", findings=tuple(dict.fromkeys(draft.findings))
    )


def write_msi(cuts: PatternCuts, path: Path) -> None:
    """Write an antenna as a strict MSI file: known keys in order, 360 rows a cut, gain in dBi.

    Examples
    --------
    >>> from pathlib import Path
    >>> import coverage_sim
    >>> from coverage_sim.network.pattern_cuts import PatternCuts
    >>> flat = PatternCuts(
    ...     name="Synthetic",
    ...     gain_dbi=8.0,
    ...     horizontal_loss_db=360 * (0.0,),
    ...     vertical_loss_db=360 * (0.0,),
    ... )
    >>> coverage_sim.write_msi(flat, Path("synthetic.msi"))
    >>> coverage_sim.read_antenna_file(Path("synthetic.msi")).cuts.gain_dbi
    8.0
    """
    frequency = ""
    if cuts.frequency_mhz is not None:
        low, high = cuts.frequency_mhz
        frequency = f"{low:g}" if low == high else f"{low:g}-{high:g}"
    ours = {
        "NAME": cuts.name,
        "FREQUENCY": frequency,
        "GAIN": f"{cuts.gain_dbi:.2f} dBi",
        "TILT": "ELECTRICAL",
        "ELECTRICAL_TILT": f"{cuts.electrical_downtilt_deg:g}",
    }
    tags = {**dict.fromkeys(_KEYS, ""), **dict(cuts.tags), **ours}
    lines = [f"{key} {value}" for key, value in tags.items() if value]
    for name, cut in zip(_CUTS, (cuts.horizontal_loss_db, cuts.vertical_loss_db), strict=True):
        lines.append(f"{name} 360")
        lines += [f"{angle} {loss_db:.2f}" for angle, loss_db in enumerate(cut)]
    write_text(path, "\n".join(lines) + "\n")


def _lines(path: Path) -> list[str]:
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


def _read_msi(lines: Sequence[str], draft: _Draft) -> None:
    numbered = iter([(n, line.strip()) for n, line in enumerate(lines, start=1) if line.strip()])
    first = True
    for number, line in numbered:
        key, _, value = line.replace("\t", " ").partition(" ")
        key, value = key.upper().rstrip(":"), value.strip()
        if key in _CUTS:
            _read_rows(key, value, number, numbered, draft)
        elif first and key not in _KEYS:
            draft.tags["NAME"] = line
            draft.findings.append("the first line is taken for the name; the word NAME is missing.")
        elif _NUMBER.fullmatch(key):
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
    name: str, announced: str, number: int, lines: Iterator[tuple[int, str]], draft: _Draft
) -> None:
    """Read as many rows of a cut as its first line announces, 360 where it does not say."""
    count = int(announced) if announced.isdigit() else 360
    if not 1 <= count <= 100_000:
        draft.problems.add(f"{draft.path}, line {number}: {name} announces {count} rows.")
        return
    rows: list[tuple[float, float]] = []
    for _ in range(count):
        at, line = next(lines, (0, ""))
        words = _NUMBER.findall(line)
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


def _read_nsma(lines: Sequence[str], draft: _Draft) -> None:
    numbered = iter([(n, line.strip()) for n, line in enumerate(lines, start=1) if line.strip()])
    kind = ""
    names = {"MODNUM": "NAME", "ANTMAN": "MAKE", "ELTILT": "ELECTRICAL_TILT"}
    for number, line in numbered:
        tag, _, value = line.partition(":")
        tag, value = tag.strip().upper(), value.strip().strip(",").strip()
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
    number: int, count: int, kind: str, lines: Iterator[tuple[int, str]], draft: _Draft
) -> Iterator[tuple[float, float]]:
    """Read the points of a cut: angle and level over the gain, so a loss has the other sign."""
    read = 0
    while read < count:
        at, line = next(lines, (0, ""))
        if line.upper().startswith(("FSTLST", "POLARI")):
            continue
        words = [word for word in re.split(r"[,;\s]+", line) if word]
        if len(words) < 2 or not all(_NUMBER.fullmatch(word) for word in words[:2]):
            draft.problems.add(
                f"{draft.path}, {_at(at, line)} where point {read + 1} of {count} of the cut "
                f"{kind} (line {number}) should be. Was the file cut short?"
            )
            return
        yield float(words[0]), -float(words[1])
        read += 1


# --- what the file says, in our terms ---


def _same_direction(one: float, other: float) -> bool:
    return abs((one - other + 180.0) % 360.0 - 180.0) < 1e-6


def _even_cut(name: str, draft: _Draft) -> tuple[float, ...]:
    """Return a cut as losses at 0 .. 359 degrees."""
    rows = draft.cuts.get(name)
    if not rows:
        draft.problems.add(f"{draft.path}: there is no {name} cut. Both cuts are needed.")
        return (0.0,) * 360
    angles, losses = np.array(rows).T
    angles = np.mod(angles, 360.0)
    if not (np.isfinite(losses).all() and np.isfinite(angles).all()):
        draft.problems.add(f"{draft.path}: {name} holds values that are no numbers.")
        return (0.0,) * 360
    if (losses <= 0.0).all() and (losses < 0.0).any():
        draft.findings.append(f"{name} has levels below the gain, so their sign is turned.")
        losses = -losses
    if losses.min() < 0.0:
        draft.findings.append(
            f"{name} has losses down to {losses.min():g} dB: more gain than the file states."
        )
    if losses.max() > _LARGEST_LOSS_DB:
        draft.problems.add(
            f"{draft.path}: {name} has a loss of {losses.max():g} dB; at most "
            f"{_LARGEST_LOSS_DB:g} dB is believed."
        )
    order = np.argsort(angles, kind="stable")
    if (np.diff(angles) < 0).sum() > 1:
        draft.findings.append(f"the angles of {name} are not in order; they are sorted.")
    angles, losses = angles[order], losses[order]
    fresh = np.concatenate([[True], np.diff(angles) > 1e-9])
    if not fresh.all():
        draft.findings.append(f"{name} has the same angle more than once; the first one counts.")
        angles, losses = angles[fresh], losses[fresh]
    gap = float(np.diff(np.concatenate([angles, [angles[0] + 360.0]])).max())
    if gap > _WIDEST_GAP_DEG:
        draft.problems.add(
            f"{draft.path}: {name} has a gap of {gap:g} degrees; a cut covers the whole circle, "
            f"at least every {_WIDEST_GAP_DEG:g} degrees."
        )
        return (0.0,) * 360
    if angles.size != 360 or not np.allclose(angles, np.arange(360.0), atol=1e-6):
        draft.findings.append(
            f"{name} has {angles.size} angles, not one a whole degree; it is interpolated."
        )
        losses = np.interp(np.arange(360.0), angles, losses, period=360.0)
    return tuple(float(loss) for loss in losses)


def _gain_dbi(draft: _Draft) -> float:
    text = draft.tags.pop("GAIN", "")
    number = _NUMBER.search(text)
    if number is None:
        draft.problems.add(f"{draft.path}: GAIN is {text!r}; it must be a number, dBi or dBd.")
        return 0.0
    value = float(number.group().replace(",", "."))
    unit = text[number.end() :].strip().lower()
    if not unit:
        draft.findings.append("GAIN has no unit and is taken in dBd, as the layout has it.")
    elif unit not in ("dbd", "dbi", "d", "i"):
        draft.findings.append(f"GAIN has the unit {unit!r}; it is taken in dBd.")
    gain_dbi = value if unit in ("dbi", "i") else value + DBD_TO_DBI
    if not -50.0 <= gain_dbi <= 60.0:
        draft.problems.add(f"{draft.path}: GAIN is {text}; -50 to 60 dBi is believed.")
    return gain_dbi


def _frequency_mhz(draft: _Draft) -> tuple[float, float] | None:
    text = draft.tags.pop("FREQUENCY", "")
    # A hyphen between two numbers is a range and no sign.
    numbers = [float(word.replace(",", ".")) for word in re.findall(r"\d+(?:[.,]\d+)?", text)]
    if not numbers:
        draft.findings.append(f"FREQUENCY is {text!r}; no frequency is known.")
        return None
    factor = 1000.0 if "ghz" in text.lower() else 0.001 if "khz" in text.lower() else 1.0
    return factor * min(numbers), factor * max(numbers)


def _split_tilt(cuts: PatternCuts, draft: _Draft, *, may_turn: bool) -> tuple[float, PatternCuts]:
    """Return the electrical downtilt, wherever it was said, checked against the vertical cut."""
    stated = _stated_tilt_deg(draft, cuts.name)
    lobe_deg = cuts.lobe_downtilt_deg
    if may_turn and stated and abs(lobe_deg + stated) < 1.0 < abs(lobe_deg - stated):
        draft.findings.append(
            "the vertical cut leans against the stated tilt; its angles are turned."
        )
        first, *others = cuts.vertical_loss_db
        cuts = dataclasses.replace(cuts, vertical_loss_db=(first, *others[::-1]))
        lobe_deg = cuts.lobe_downtilt_deg
    if stated is None:
        draft.findings.append(
            f"no electrical tilt is stated; that of the vertical cut is {lobe_deg:.1f} degrees."
        )
        return (round(lobe_deg, 1) if math.isfinite(lobe_deg) else 0.0), cuts
    if abs(stated - lobe_deg) > _TILT_TOLERANCE_DEG:
        draft.findings.append(
            f"the stated electrical tilt is {stated:g} degrees, the main lobe of the vertical cut "
            f"points {lobe_deg:.1f} degrees down."
        )
    return stated, cuts


def _stated_tilt_deg(draft: _Draft, name: str) -> float | None:
    for key in ("ELECTRICAL_TILT", "TILT"):
        number = _NUMBER.search(draft.tags.get(key, ""))
        if number is not None:
            return float(number.group().replace(",", "."))
    for where, text in (("NAME", name), ("COMMENT", draft.tags.get("COMMENT", ""))):
        for pattern in _HIDDEN_TILTS:
            found = pattern.search(text)
            if found is not None:
                draft.findings.append(
                    f"the electrical tilt of {found.group(1)} degrees is read from {where}."
                )
                return float(found.group(1))
    return None
