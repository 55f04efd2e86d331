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
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coverage_sim.io.atomic_files import write_text
from coverage_sim.io.validation import GivenPath, checks_arguments
from coverage_sim.network.pattern_cuts import DBD_TO_DBI, PatternCuts
from coverage_sim.network.pattern_lines import (
    CUTS,
    MSI_KEYS,
    NUMBER,
    PatternDraft,
    pattern_lines,
    read_msi,
    read_nsma,
)

#: Between two angles of a cut there may be no more. [deg]
_WIDEST_GAP_DEG = 10.0

#: Losses above this are a dead direction or a typing error. [dB]
_LARGEST_LOSS_DB = 200.0

#: What a cut and the stated half-power width may differ by without a word, as a share of it.
_WIDTH_TOLERANCE = 0.2

#: Tilt in a name or a comment: "_05T", "04T degree", "-4E".
_HIDDEN_TILTS = (
    re.compile(r"(?:^|[^0-9A-Za-z.])(\d{1,2}(?:\.\d+)?)T(?![0-9A-Za-z])", re.IGNORECASE),
    re.compile(r"(?:^|[^0-9A-Za-z.])(\d{1,2}(?:\.\d+)?)E(?![0-9A-Za-z])", re.IGNORECASE),
)


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


@checks_arguments
def read_antenna_file(path: GivenPath) -> AntennaFile:
    """Read an antenna pattern file of either layout.

    Parameters
    ----------
    path : str or Path
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
    (8.0, ('no electrical tilt is stated; the lobe of the vertical cut is too wide for one.',))
    """
    path = Path(path)
    lines = pattern_lines(path)
    draft = PatternDraft(path)
    nsma = any(line.upper().startswith(("REVNUM:", "MDGAIN:", "NUMCUT:")) for line in lines)
    if nsma:
        read_nsma(lines, draft)
    else:
        read_msi(lines, draft)
    draft.problems.raise_if_any()
    horizontal, vertical = (_even_cut(name, draft) for name in CUTS)
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
    _compare_widths(cuts, draft)
    cuts = dataclasses.replace(
        _with_tilt(cuts, draft, may_turn=nsma), tags=tuple(draft.tags.items())
    )
    return AntennaFile(
        cuts=cuts, layout="nsma" if nsma else "msi", findings=tuple(dict.fromkeys(draft.findings))
    )


def write_msi(cuts: PatternCuts, path: str | Path) -> None:
    """Write an antenna as a strict MSI file: known keys in order, 360 rows a cut, gain in dBi.

    A tilt that nobody stated is not written: what is read off a cut stays a guess.

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
        "TILT": "ELECTRICAL" if cuts.tilt_is_stated else "",
        "ELECTRICAL_TILT": f"{cuts.electrical_downtilt_deg:g}" if cuts.tilt_is_stated else "",
    }
    tags = {**dict.fromkeys(MSI_KEYS, ""), **dict(cuts.tags), **ours}
    lines = [f"{key} {value}" for key, value in tags.items() if value]
    for name, cut in zip(CUTS, (cuts.horizontal_loss_db, cuts.vertical_loss_db), strict=True):
        lines.append(f"{name} 360")
        lines += [f"{angle} {loss_db:.2f}" for angle, loss_db in enumerate(cut)]
    write_text(path, "\n".join(lines) + "\n")


def _even_cut(name: str, draft: PatternDraft) -> tuple[float, ...]:
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
        half = "; only half of the circle is there, so export all of it" if gap > 170.0 else ""
        draft.problems.add(
            f"{draft.path}: {name} has a gap of {gap:g} degrees; a cut covers the whole circle, "
            f"0 to 359, at least every {_WIDEST_GAP_DEG:g} degrees{half}."
        )
        return (0.0,) * 360
    if angles.size != 360 or not np.allclose(angles, np.arange(360.0), atol=1e-6):
        draft.findings.append(
            f"{name} has {angles.size} angles, not one a whole degree; it is interpolated."
        )
        losses = np.interp(np.arange(360.0), angles, losses, period=360.0)
    return tuple(float(loss) for loss in losses)


def _gain_dbi(draft: PatternDraft) -> float:
    text = draft.tags.pop("GAIN", "")
    number = NUMBER.search(text)
    if number is None:
        draft.problems.add(f"{draft.path}: GAIN is {text!r}; it must be a number, dBi or dBd.")
        return 0.0
    value = float(number.group().replace(",", "."))
    # Before or after the number, in brackets or not.
    unit = "".join(re.findall("[a-z]+", (text[: number.start()] + text[number.end() :]).lower()))
    if not unit:
        draft.findings.append("GAIN has no unit and is taken in dBd, as the layout has it.")
    elif unit not in ("dbd", "dbi", "d", "i"):
        draft.findings.append(f"GAIN has the unit {unit!r}; it is taken in dBd.")
    gain_dbi = value if unit in ("dbi", "i") else value + DBD_TO_DBI
    if not -50.0 <= gain_dbi <= 60.0:
        draft.problems.add(f"{draft.path}: GAIN is {text}; -50 to 60 dBi is believed.")
    return gain_dbi


def _frequency_mhz(draft: PatternDraft) -> tuple[float, float] | None:
    text = draft.tags.pop("FREQUENCY", "")
    # A hyphen between two numbers is a range and no sign.
    words = re.findall(r"\d+(?:[.,]\d+)*", text)
    factor = 1000.0 if "ghz" in text.lower() else 0.001 if "khz" in text.lower() else 1.0
    plain = [_without_thousands(word, in_mhz=factor == 1.0) for word in words]
    try:
        numbers = [float(word) for word in plain]
    except ValueError:  # two points in one
        numbers = []
    if numbers and plain != [word.replace(",", ".") for word in words]:
        low, high = (f"{factor * end(numbers):g}" for end in (min, max))
        draft.findings.append(
            f"FREQUENCY {text} is read as {low if low == high else f'{low} to {high}'} MHz."
        )
    if not numbers:
        draft.findings.append(f"FREQUENCY is {text!r}; no frequency is known.")
        return None
    return factor * min(numbers), factor * max(numbers)


def _without_thousands(word: str, *, in_mhz: bool) -> str:
    """Return a number's digits with a point: three digits after a comma are thousands, in MHz."""
    if in_mhz and re.fullmatch(r"\d{1,3}(?:,\d{3})+", word):
        return word.replace(",", "")
    return word.replace(",", ".")


def _compare_widths(cuts: PatternCuts, draft: PatternDraft) -> None:
    """Note where the head of a file and its cuts contradict each other."""
    for key, found_deg in zip(("H_WIDTH", "V_WIDTH"), cuts.beamwidths_deg, strict=True):
        number = NUMBER.search(draft.tags.get(key, ""))
        if number is None:
            continue
        stated_deg = float(number.group().replace(",", "."))
        if abs(stated_deg - found_deg) > max(_WIDTH_TOLERANCE * stated_deg, 1.0):
            draft.findings.append(
                f"{key} says {stated_deg:g} degrees, and the cut is {found_deg:.1f} degrees wide "
                "3 dB below its peak; the cut counts."
            )


def _with_tilt(cuts: PatternCuts, draft: PatternDraft, *, may_turn: bool) -> PatternCuts:
    """Return the antenna with its electrical downtilt, having compared it with the cut.

    Where none is stated it is read off the cut.
    """
    stated = _stated_tilt_deg(draft, cuts.name)
    lobe_deg = cuts.lobe_downtilt_deg
    if may_turn and stated and abs(lobe_deg + stated) < 1.0 < abs(lobe_deg - stated):
        draft.findings.append(
            "the vertical cut leans against the stated tilt; its angles are turned."
        )
        first, *others = cuts.vertical_loss_db
        cuts = dataclasses.replace(cuts, vertical_loss_db=(first, *others[::-1]))
        lobe_deg = cuts.lobe_downtilt_deg
    if stated is not None:
        if cuts.denies_downtilt(stated):
            draft.findings.append(
                f"the stated electrical tilt is {stated:g} degrees, the main lobe of the vertical "
                f"cut points {lobe_deg:.1f} degrees down; a map is drawn with the cut."
            )
        return dataclasses.replace(cuts, electrical_downtilt_deg=stated)
    found = f"that of the vertical cut is {lobe_deg:.1f} degrees"
    if not cuts.has_narrow_lobe:
        found = "the lobe of the vertical cut is too wide for one"
    draft.findings.append(f"no electrical tilt is stated; {found}.")
    return dataclasses.replace(
        cuts, electrical_downtilt_deg=round(lobe_deg, 1) + 0.0, tilt_is_stated=False
    )


def _stated_tilt_deg(draft: PatternDraft, name: str) -> float | None:
    for key in ("ELECTRICAL_TILT", "TILT"):
        text = draft.tags.get(key, "")
        number = NUMBER.search(text)
        if number is None:
            continue
        if "MECH" in text.upper():
            draft.findings.append(
                f"{key} {text} is a mechanical tilt, which no pattern holds; state it of the site."
            )
            continue
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
