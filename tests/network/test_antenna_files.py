"""Antenna pattern files: what makers write is read, what is broken is refused by line."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage_sim.errors import InputError
from coverage_sim.network.antenna_files import read_antenna_file, write_msi
from coverage_sim.network.antenna_table import PatternFile
from coverage_sim.network.antennas import gain_table_dbi
from coverage_sim.network.pattern_cuts import PatternCuts

DATA = Path(__file__).parents[1] / "data" / "antennas"
SIMULATED = DATA / "simulated_05T.msi"

# From the files' own headers and names: file, gain [dBi], frequency [MHz], tilt [deg].
HEADERS = [
    ("AMB4520R8v06_05T.msi", 16.95 + 2.15, 1845.0, 5.0),
    ("AMB4520R8v06_1845_M45_04T_y1.msi", 16.87 + 2.15, 1845.0, 4.0),
    ("AMB4520R8v06_1845_M45_04T_y2.msi", 16.94 + 2.15, 1845.0, 4.0),
    ("B800A065-18-0E.pln", 13.6 + 2.15, 851.0, 0.0),
    ("B800A065-18-4E.pln", 13.6 + 2.15, 851.0, 4.0),
    ("SV460-SF2SNM_0920_00T.msi", 15.0 + 2.15, 920.0, 0.0),
    ("merged_04T.msi", 19.08, 1845.0, 4.0),
    ("simulated_05T.msi", 19.09, 1845.0, 5.0),
    ("anonymous.msi", 7.69 + 2.15, 2450.0, 0.0),
]


@pytest.mark.parametrize(("name", "gain_dbi", "frequency_mhz", "tilt_deg"), HEADERS)
def test_real_files_say_what_their_headers_say(request, name, gain_dbi, frequency_mhz, tilt_deg):
    path = DATA / name
    if not path.is_file():
        path = request.getfixturevalue("shared") / "data" / "antennas" / name
    cuts = read_antenna_file(path).cuts
    assert cuts.gain_dbi == pytest.approx(gain_dbi, abs=1e-9)
    assert cuts.frequency_mhz == (frequency_mhz, frequency_mhz)
    assert cuts.electrical_downtilt_deg == tilt_deg
    # The top of a lobe lies within a quarter of its width about the middle.
    near_deg = max(1.1, 0.25 * cuts.beamwidths_deg[1])
    assert cuts.lobe_downtilt_deg == pytest.approx(tilt_deg, abs=near_deg)


@pytest.mark.parametrize(
    ("name", "widths_deg", "tolerance_deg"),
    # H_WIDTH and V_WIDTH of the headers. The first maker's panels differ from their headers' 65
    # by a few degrees, as the cuts themselves show.
    [("B800A065-18-0E.pln", (65.0, 11.2), 4.0), ("SV460-SF2SNM_0920_00T.msi", (14.5, 29.0), 1.5)],
)
def test_beamwidths_are_those_of_the_header(shared, name, widths_deg, tolerance_deg):
    cuts = read_antenna_file(shared / "data" / "antennas" / name).cuts
    assert cuts.beamwidths_deg == pytest.approx(widths_deg, abs=tolerance_deg)


def test_a_simulated_panel_has_the_beamwidths_in_its_name():
    # "beam width 59/7"; the losses have two decimals and angles of a whole degree
    assert read_antenna_file(SIMULATED).cuts.beamwidths_deg == pytest.approx((59, 7), abs=1.0)
    assert read_antenna_file(DATA / "anonymous.msi").cuts.beamwidths_deg[0] == 360.0


def test_a_least_loss_above_nothing_is_kept(shared):
    cuts = read_antenna_file(shared / "data" / "antennas" / "LTE-L_1960MHz_P1.txt").cuts
    assert min(cuts.horizontal_loss_db) == 1.558
    assert max(cuts.gain_dbi - cuts.loss_db(np.arange(360.0), np.zeros(360))) <= cuts.gain_dbi


# --- odd files ---


def parts(text):
    """Header, rows of the horizontal cut, rows of the vertical cut."""
    lines = text.splitlines()
    first, second = lines.index("HORIZONTAL 360"), lines.index("VERTICAL 360")
    rows = [
        [tuple(map(float, line.split())) for line in lines[at + 1 : at + 361]]
        for at in (first, second)
    ]
    return lines[:first], *rows


def written(header, horizontal, vertical, row="{:g} {:.2f}"):
    lines = list(header)
    for name, rows in (("HORIZONTAL", horizontal), ("VERTICAL", vertical)):
        lines += [f"{name} {len(rows)}", *(row.format(*pair) for pair in rows)]
    return "\n".join(lines) + "\n"


HEADER, ACROSS, DOWN = parts(SIMULATED.read_text())
EXPECTED = read_antenna_file(SIMULATED).cuts


def shuffled(rows):
    return [rows[i] for i in np.random.default_rng(3).permutation(len(rows))]


def halved(rows):
    """Rows every half degree; the new ones midway."""
    closed = [*rows, (360.0, rows[0][1])]
    middle = [(a + 0.5, 0.5 * (x + y)) for (a, x), (_, y) in itertools.pairwise(closed)]
    return sorted([*rows, *middle])


ODD = {
    "byte order mark": ("\ufeff" + written(HEADER, ACROSS, DOWN), None),
    "windows line ends": (written(HEADER, ACROSS, DOWN).replace("\n", "\r\n"), None),
    "blank lines": ("\n\n" + written(HEADER, ACROSS, DOWN).replace("\n", "\n\n"), None),
    "tabs": (written(HEADER, ACROSS, DOWN).replace(" ", "\t"), None),
    "decimal commas": (written(HEADER, ACROSS, DOWN).replace(".", ","), None),
    "not in order": (written(HEADER, shuffled(ACROSS), shuffled(DOWN)), "not in order"),
    "the first row again": (written(HEADER, [*ACROSS, (360, ACROSS[0][1])], DOWN), None),
    "sign turned": (
        written(HEADER, [(a, -x) for a, x in ACROSS], [(a, -x) for a, x in DOWN]),
        "sign is turned",
    ),
    "angles from -180": (
        written(HEADER, [((a + 180) % 360 - 180, x) for a, x in ACROSS], DOWN),
        None,
    ),
    "half degrees": (written(HEADER, halved(ACROSS), halved(DOWN), "{:g} {:.4f}"), "interpolated"),
    "no word NAME": (
        written([HEADER[0].removeprefix("NAME "), *HEADER[1:]], ACROSS, DOWN),
        "NAME is missing",
    ),
    "gain in dBd, not said": (
        written([h if "GAIN" not in h else "GAIN 16.94" for h in HEADER], ACROSS, DOWN),
        "taken in dBd",
    ),
    "tilt in the comment": (
        written([h for h in HEADER if "ELECTRICAL" not in h], ACROSS, DOWN),
        "read from COMMENT",
    ),
    "tilt nowhere": (
        written([h for h in HEADER if "05" not in h], ACROSS, DOWN),
        "no electrical tilt is stated",
    ),
    "gain with its unit in brackets": (
        written([h if "GAIN" not in h else "GAIN 19.09 (dBi)" for h in HEADER], ACROSS, DOWN),
        None,
    ),
    "gain with its unit before it": (
        written([h if "GAIN" not in h else "GAIN dBi 19.09" for h in HEADER], ACROSS, DOWN),
        None,
    ),
    "gain with its unit in the key": (
        written([h if "GAIN" not in h else "GAIN(dBi) 19.09" for h in HEADER], ACROSS, DOWN),
        None,
    ),
    "frequency with thousands": (
        written([h if "FREQUENCY" not in h else "FREQUENCY 1,845" for h in HEADER], ACROSS, DOWN),
        "is read as 1845 MHz",
    ),
    "a mechanical tilt": (
        written([*HEADER, "TILT MECHANICAL 2"], ACROSS, DOWN),
        None,
    ),
    "a width that contradicts the cut": (
        written([*HEADER, "H_WIDTH 90"], ACROSS, DOWN),
        "H_WIDTH says 90 degrees",
    ),
    "tilt that is not there": (
        written([h.replace("TILT 05", "TILT 12") for h in HEADER], ACROSS, DOWN),
        "points 5.0 degrees down",
    ),
}


@pytest.mark.parametrize("what", ODD)
def test_odd_files_are_understood_and_told(tmp_path, what):
    text, finding = ODD[what]
    path = tmp_path / "odd.msi"
    path.write_bytes(text.encode())
    found = read_antenna_file(path)
    cuts = found.cuts
    assert cuts.gain_dbi == pytest.approx(EXPECTED.gain_dbi, abs=1e-9)
    assert cuts.frequency_mhz == (1845.0, 1845.0)
    np.testing.assert_allclose(cuts.horizontal_loss_db, EXPECTED.horizontal_loss_db, atol=1e-9)
    np.testing.assert_allclose(cuts.vertical_loss_db, EXPECTED.vertical_loss_db, atol=1e-9)
    assert cuts.electrical_downtilt_deg == (12.0 if "not there" in what else 5.0)
    if finding is None:
        assert found.findings == ()
    else:
        assert any(finding in sentence for sentence in found.findings), found.findings


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("1710-1880", (1710.0, 1880.0)),
        ("1710 - 1880 MHz", (1710.0, 1880.0)),
        ("1.8 GHz", (1800.0, 1800.0)),
        ("2,6GHz", (2600.0, 2600.0)),
    ],
)
def test_a_frequency_may_be_a_range_or_carry_a_unit(tmp_path, given, expected):
    path = tmp_path / "f.msi"
    header = [h if "FREQUENCY" not in h else f"FREQUENCY {given}" for h in HEADER]
    path.write_text(written(header, ACROSS, DOWN))
    assert read_antenna_file(path).cuts.frequency_mhz == pytest.approx(expected)


def test_a_frequency_with_two_points_is_none_and_told(tmp_path):
    path = tmp_path / "f.msi"
    header = [h if "FREQUENCY" not in h else "FREQUENCY 1.234.5" for h in HEADER]
    path.write_text(written(header, ACROSS, DOWN))
    found = read_antenna_file(path)
    assert found.cuts.frequency_mhz is None
    assert "FREQUENCY is '1.234.5'; no frequency is known." in found.findings


GAPS = [row for row in ACROSS if not 100 <= row[0] <= 120]
BROKEN = {
    "cut short": (written(HEADER, ACROSS, DOWN)[:-2000], r"end of the file where row \d+ of 360"),
    "no vertical cut": (written(HEADER, ACROSS, DOWN).split("VERTICAL")[0], "no VERTICAL cut"),
    "a gap": (written(HEADER, GAPS, DOWN), "gap of 22 degrees"),
    "a word": (
        written(HEADER, ACROSS, DOWN).replace("\n17 ", "\nseventeen ", 1),
        r"line \d+: 'seventeen .*' where row 18 of 360 of HORIZONTAL",
    ),
    "no gain": (
        written([h for h in HEADER if "GAIN" not in h], ACROSS, DOWN),
        "GAIN is ''; it must be a number",
    ),
    "a gain of 400": (
        written([h if "GAIN" not in h else "GAIN 400 dBi" for h in HEADER], ACROSS, DOWN),
        "-50 to 60 dBi",
    ),
    "rows outside": ("NAME x\n12 3.0\n" + written(HEADER, ACROSS, DOWN), "line 2.*outside a cut"),
    "nothing": ("", "no line of a pattern file"),
    "a loss of 999": (written(HEADER, [(0, 999.0), *ACROSS[1:]], DOWN), "loss of 999 dB"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_files_are_refused_with_the_place(tmp_path, what):
    text, message = BROKEN[what]
    path = tmp_path / "broken.msi"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as refused:
        read_antenna_file(path)
    assert all("broken.msi" in problem for problem in refused.value.problems)


def test_what_is_no_text_or_not_there_is_refused(tmp_path):
    for name, content, message in (
        ("binary.msi", b"NAME x\n\0\1\2", "binary data"),
        ("huge.msi", b"1" * (4 * 1024 * 1024 + 1), "larger than 4 MiB"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=message):
            read_antenna_file(tmp_path / name)
    with pytest.raises(InputError, match="cannot be read"):
        read_antenna_file(tmp_path / "absent.msi")


@settings(max_examples=300)
@given(st.text(alphabet="NAMEGINHORZTLVC 0123456789.,-+:\n\t", max_size=400))
def test_no_text_breaks_the_reader(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "any.msi"
    path.write_text(text)
    with pytest.raises(InputError):  # too short to hold two whole cuts
        read_antenna_file(path)


# --- NSMA WG16.99.050 ---


def nsma(*, upward=True, tilt="5"):
    """The simulated panel in the other layout: levels over the gain, elevation upward."""
    sign = -1 if upward else 1
    lines = [
        "REVNUM:,NSMA WG16.99.050", "REVDAT:,19990520", "ANTMAN:,nobody", "MODNUM:,sim 59/7",
        "LOWFRQ:,1710", "HGHFRQ:,1880", "GUNITS:,DBI/DBR", "MDGAIN:,19.09", f"ELTILT:,{tilt}",
        "PATTYP:,TYPICAL", "NOFREQ:,1", "PATFRE:,1845", "NUMCUT:,2",
    ]  # fmt: skip
    for cut, rows, turn in (("H", ACROSS, 1), ("V", DOWN, sign)):
        points = sorted((turn * ((a + 180) % 360 - 180), -x) for a, x in rows)
        lines += [f"PATCUT:,{cut}", "POLARI:,V/V", "NUPOIN:,360", "FSTLST:,-180,179"]
        lines += [f"{angle:g},{level:.2f}," for angle, level in points]
    return "\n".join([*lines, "ENDFIL:,EOF"]) + "\n"


@pytest.mark.parametrize("upward", [True, False])
def test_the_other_layout_gives_the_same_antenna(tmp_path, upward):
    path = tmp_path / "panel.adf"
    path.write_text(nsma(upward=upward))
    found = read_antenna_file(path)
    assert found.layout == "nsma"
    assert found.cuts.name == "sim 59/7"
    assert found.cuts.gain_dbi == pytest.approx(19.09)
    assert found.cuts.frequency_mhz == (1710.0, 1880.0)
    np.testing.assert_allclose(found.cuts.horizontal_loss_db, EXPECTED.horizontal_loss_db)
    np.testing.assert_allclose(found.cuts.vertical_loss_db, EXPECTED.vertical_loss_db)
    assert any("against the stated tilt" in text for text in found.findings) == (not upward)


def test_the_other_layout_cut_short_is_refused(tmp_path):
    path = tmp_path / "panel.adf"
    path.write_text(nsma()[:3000])
    with pytest.raises(InputError, match=r"line 257: .* where point \d+ of 360 of the cut H"):
        read_antenna_file(path)


# --- writing ---


@pytest.mark.parametrize("name", [row[0] for row in HEADERS if (DATA / row[0]).is_file()])
def test_a_written_file_is_read_as_what_it_was(tmp_path, name):
    before = read_antenna_file(DATA / name).cuts
    write_msi(before, tmp_path / "again.msi")
    found = read_antenna_file(tmp_path / "again.msi")
    assert found.findings == ()
    after = found.cuts
    assert (after.name, after.frequency_mhz) == (before.name, before.frequency_mhz)
    assert after.electrical_downtilt_deg == before.electrical_downtilt_deg
    # two decimals are written
    assert after.gain_dbi == pytest.approx(before.gain_dbi, abs=0.005)
    assert after.horizontal_loss_db == pytest.approx(before.horizontal_loss_db, abs=0.005)
    assert after.vertical_loss_db == pytest.approx(before.vertical_loss_db, abs=0.005)
    write_msi(after, tmp_path / "third.msi")
    assert (tmp_path / "third.msi").read_bytes() == (tmp_path / "again.msi").read_bytes()


# --- two cuts to a sphere ---


@pytest.mark.parametrize("method", ["projection", "sum"])
def test_the_vertical_cut_is_met_ahead(method):
    angles = np.arange(-90.0, 91.0)
    found = EXPECTED.loss_db(np.zeros(angles.size), -angles, method)
    expected = np.array(EXPECTED.vertical_loss_db)[angles.astype(int) % 360]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_the_projection_meets_the_vertical_cut_behind_too():
    angles = np.arange(-90.0, 91.0)
    found = EXPECTED.loss_db(np.full(angles.size, 180.0), -angles)
    expected = np.array(EXPECTED.vertical_loss_db)[(180 - angles.astype(int)) % 360]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_the_horizontal_cut_is_met_at_the_beams_own_elevation():
    azimuth_deg = np.arange(-180.0, 180.0)
    expected = np.array(EXPECTED.horizontal_loss_db)[azimuth_deg.astype(int) % 360]
    # ahead and to the sides; behind, the two cuts of the file speak of different directions
    near = np.abs(azimuth_deg) <= 30.0
    found = EXPECTED.loss_db(azimuth_deg, np.full(360, -5.0))
    np.testing.assert_allclose(found[near], expected[near], atol=1.0)
    np.testing.assert_allclose(
        EXPECTED.loss_db(azimuth_deg, np.full(360, -5.0), "sum"), expected, atol=1e-9
    )


def test_a_twin_beam_has_its_gain_where_its_beam_is(shared):
    cuts = read_antenna_file(shared / "data" / "antennas" / "AMB4520R8v06_05T.msi").cuts
    azimuth_deg, elevation_deg = np.meshgrid(np.arange(-180.0, 180.0), np.arange(-30.0, 31.0))
    loss_db = cuts.loss_db(azimuth_deg, elevation_deg)
    row, col = np.unravel_index(np.argmin(loss_db), loss_db.shape)
    assert (azimuth_deg[row, col], elevation_deg[row, col]) == (32.0, -5.0)
    assert loss_db.min() == pytest.approx(0.0, abs=0.05)  # 0.02 dB in the vertical cut
    assert cuts.loss_db(np.array([0.0]), np.array([-5.0]))[0] == pytest.approx(7.13, abs=1.0)


@given(
    azimuth_deg=st.floats(-720.0, 720.0),
    elevation_deg=st.floats(-90.0, 90.0),
    method=st.sampled_from(["projection", "sum"]),
)
def test_no_direction_has_more_gain_than_stated(azimuth_deg, elevation_deg, method):
    loss_db = EXPECTED.loss_db(np.array(azimuth_deg), np.array(elevation_deg), method)
    assert 0.0 <= loss_db <= 200.0


@pytest.mark.parametrize("method", ["projection", "sum"])
def test_an_antenna_that_is_alike_all_around_stays_so(method):
    vertical = tuple(12.0 * ((a + 90) % 180 - 90) ** 2 / 900.0 for a in range(360))
    cuts = PatternCuts(
        name="omni", gain_dbi=8.0, horizontal_loss_db=(0.0,) * 360, vertical_loss_db=vertical
    )
    elevation_deg = np.arange(-90.0, 91.0)
    for azimuth_deg in (0.0, 33.3, 180.0, -90.0):
        found = cuts.loss_db(np.full(181, azimuth_deg), elevation_deg, method)
        np.testing.assert_allclose(found, np.array(vertical)[(-elevation_deg).astype(int) % 360])


def test_a_pattern_file_is_an_antenna_whose_tilt_is_its_own():
    antenna, odd = PatternFile(pattern="file", file=SIMULATED).read()
    assert odd == read_antenna_file(SIMULATED).findings
    assert antenna.own_downtilt_deg == 5.0
    table = gain_table_dbi(antenna, 5.0)
    assert table.max() == pytest.approx(19.09, abs=1e-5)
    row = np.unravel_index(table.argmax(), table.shape)[0]
    assert -90.0 + 0.25 * row == pytest.approx(-5.0, abs=0.26)
    leaning = gain_table_dbi(antenna, 5.0, 3.0)
    ahead = leaning[:, 180]
    assert -90.0 + 0.25 * ahead.argmax() == pytest.approx(-8.0, abs=0.26)


def test_a_mechanical_tilt_is_none_of_the_pattern(tmp_path):
    path = tmp_path / "m.msi"
    plain = [h for h in HEADER if "05" not in h and "TILT" not in h]
    path.write_text(written([*plain, "TILT MECHANICAL 2"], ACROSS, DOWN), encoding="utf-8")
    found = read_antenna_file(path)
    assert found.cuts.electrical_downtilt_deg == 5.0  # where the cut peaks
    assert not found.cuts.tilt_is_stated
    assert any("is a mechanical tilt" in finding for finding in found.findings)


def lobe_with_shoulder():
    """A lobe at the horizon, 2.5 dB below it a shoulder down to 18 degrees, as filled nulls are."""
    angles = (np.arange(360) + 180) % 360 - 180.0
    loss_db = np.minimum(12.0 * (angles / 7.0) ** 2, 25.0)
    return tuple(np.where((angles > 2.0) & (angles < 18.0), np.minimum(loss_db, 2.5), loss_db))


@pytest.mark.parametrize(
    ("vertical", "tilt_deg"),
    [
        (lobe_with_shoulder(), 0.0),
        # As strong within 60 degrees: such a lobe points nowhere in particular.
        (tuple(12.0 * (((a + 180) % 360 - 180 - 9) / 65.0) ** 2 for a in range(360)), 0.0),
        (
            tuple(min(12.0 * (((a + 180) % 360 - 180 - 6) / 7.0) ** 2, 20.0) for a in range(360)),
            6.0,
        ),
    ],
)
def test_the_tilt_of_a_cut_is_where_it_peaks(vertical, tilt_deg, tmp_path):
    cuts = PatternCuts(
        name="x",
        gain_dbi=17.0,
        tilt_is_stated=False,
        horizontal_loss_db=(0.0,) * 360,
        vertical_loss_db=vertical,
    )
    assert cuts.lobe_downtilt_deg == pytest.approx(tilt_deg, abs=0.05)
    write_msi(cuts, tmp_path / "x.msi")
    text = (tmp_path / "x.msi").read_text(encoding="utf-8")
    assert "TILT" not in text  # a guess is not written
    found = read_antenna_file(tmp_path / "x.msi").cuts
    assert found.electrical_downtilt_deg == pytest.approx(tilt_deg, abs=0.05)


def test_a_map_is_drawn_with_the_cut_and_not_with_what_contradicts_it(tmp_path):
    path = tmp_path / "x.msi"
    text = written([h.replace("TILT 05", "TILT 12") for h in HEADER], ACROSS, DOWN)
    path.write_text(text, encoding="utf-8")
    antenna, odd = PatternFile(pattern="file", file=path).read()
    assert antenna.own_downtilt_deg == 5.0
    assert any("a map is drawn with the cut" in finding for finding in odd)


def test_comments_of_the_nsma_layout_are_left_out(tmp_path):
    levels = "".join(f"{a},{-min(12.0 * (a / 65.0) ** 2, 25.0):.2f}\n" for a in range(-180, 180))
    path = tmp_path / "c.adf"
    path.write_text(
        "REVNUM:,NSMA WG16.99.050\nMODNUM:,T ! made up\nLOWFRQ:,1710\nHGHFRQ:,1880\n"
        "GUNITS:,DBI/DBR\nMDGAIN:,17.5 ! measured\nELTILT:,0\nNUMCUT:,2\n"
        f"PATCUT:,AZ ! across\nNUPOIN:,360\n{levels}PATCUT:,EL ! down\nNUPOIN:,360\n{levels}"
        "ENDFIL:,EOF\n",
        encoding="utf-8",
    )
    cuts = read_antenna_file(path).cuts
    assert (cuts.name, cuts.gain_dbi, cuts.frequency_mhz) == ("T", 17.5, (1710.0, 1880.0))


def test_the_layout_of_radio_mobile_is_one_problem(tmp_path):
    path = tmp_path / "r.ant"
    path.write_text("\n".join(["-0.5"] * 720), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_antenna_file(path)
    assert len(refused.value.problems) == 1
    assert "Radio Mobile" in str(refused.value)
