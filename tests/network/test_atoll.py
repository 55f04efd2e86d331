"""Atoll's tables: read as exported, written and read again equal, every problem told.

The columns are those that public readers of real exports list (an LTE trial network of 2010 and
an LTE and NR project of 2021); values and names here are written by hand.
"""

import dataclasses
import math

import pytest
from pyproj import CRS
from typer.testing import CliRunner

from coverage_sim.cli.app import app
from coverage_sim.errors import InputError
from coverage_sim.network.antennas import Panel
from coverage_sim.network.applications import Application
from coverage_sim.network.layers import Layer
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import (
    ANYTHING_ASSUMED,
    NOTHING_ASSUMED,
    Assumed,
    AtollWords,
    SiteListLayout,
)
from coverage_sim.network.site_lint import lint_sites
from coverage_sim.network.site_writing import write_sites
from coverage_sim.network.sites import STRUCTURE_COLUMNS, Site, Transmitter, make_sectors

TM3 = CRS("EPSG:9209")

# As Windows writes them: tabs, carriage returns, decimal commas, computed heights in brackets,
# and many columns of no concern here.
SITES = """\
Name\tX\tY\tAltitude (m)\tPylon Height (m)\tSupport Type\tSITENAME\tComments
ND0001\t569546,33\t2258921,42\t[2]\t45\t\tTrạm Cổ Lễ\t
ND0002\t571000\t2259500,5\t[3]\t30\t\t\t
ND0003\t572000\t2259900\t[3]\t30\t\t\tnot built
"""
TRANSMITTERS = """\
Site\tTransmitter\tActive\tDX (m)\tDY (m)\tAntenna\tHeight (m)\tAzimuth (°)\
\tMechanical Downtilt (°)\tMain Calculation Radius (m)\tMain Propagation Model\
\tTransmission Losses (dB)\tAdditional Electrical Downtilt (°)\tTransmitter Type
ND0001\tND0001_1\tTrue\t0\t0\tK742215|X|65\t42,5\t30\t2\t8000\tSPM\t1,5\t4\tIntra-network
ND0001\tND0001_2\tCó\t0,5\t0\tK742215|X|65\t38\t150\t0\t8000\tSPM\t0,5\t3\tIntra-network
ND0001\tND0001_3\tKhông\t0\t0\tAAU\t36\t-90\t\t4000\tSPM\t\t\tIntra-network
ND0002\tND0002_1\t-1\t0\t0\tunheard of\t28\t360\t\t8000\tSPM\t\t\tIntra-network
ND0002\tND0002_2\t-1\t0\t0\tAAU\t28\t120\t\t8000\tSPM\t\t\tIntra-network
"""
CELLS = """\
Name\tTransmitter\tActive\tMax Power (dBm)\tFrequency Band\tChannel Number\tPhysical Cell ID
ND0001_1(0)\tND0001_1\tTrue\t46\tBand 3 - 20MHz\t0\t12
ND0001_1(1)\tND0001_1\tTrue\t43,5\tBand 1 - 10MHz\t0\t12
ND0001_2(0)\tND0001_2\tTrue\t\tBand 3 - 20MHz\t0\t13
ND0001_3(0)\tND0001_3\tTrue\t\tn78\t0\t14
ND0002_1(0)\tND0002_1\tTrue\t\tBand 3 - 20MHz\t0\t21
"""
WORDS = AtollWords(
    operator="viettel",
    status="approved_built",
    layers={"Band 3 - 20MHz": "lte_b3", "Band 1 - 10MHz": "lte_b1", "n78": "nr_n78"},
    antennas={"K742215|X|65": "panel", "AAU": "array"},
)


def folder_of(tmp_path, sites=SITES, transmitters=TRANSMITTERS, cells=CELLS):
    folder = tmp_path / "atoll"
    folder.mkdir()
    for name, text in (
        ("LTE_sites", sites),
        ("LTE_transmitters", transmitters),
        ("LTE_cells", cells),
    ):
        (folder / f"{name}.txt").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    return folder


def read(folder, words=WORDS, assumed=NOTHING_ASSUMED, sites_crs="EPSG:9209"):
    return read_sites(
        folder, SiteListLayout(positions_crs=sites_crs, crs=TM3, words=words, assumed=assumed)
    )


@pytest.mark.parametrize(
    "header", ["RS EPRE per antenna port (dBm)", "SSS EPRE (dBm)", "reference_signal_power_dbm"]
)
def test_the_power_of_a_reference_element_speaks_where_no_other_is_given(tmp_path, header):
    added = [header, "15.2", "15.2", "18", "", ""]
    lines = zip(CELLS.splitlines(), added, strict=True)
    one, two = read(folder_of(tmp_path, cells="".join(f"{a}\t{b}\n" for a, b in lines)))
    sectors = make_sectors((one, two), {"lte_b3": LAYERS["lte_b3"]}, USUAL, {"panel": PANEL})
    offsets_db = {sector.name.split("/")[1]: sector.power_offset_db for sector in sectors}
    assert offsets_db["ND0001_1(0)"] == pytest.approx(3.0)  # its 46 dBm, the layer's 43 dBm
    assert offsets_db["ND0001_2(0)"] == pytest.approx(18.0 - (43.0 - 10.0 * math.log10(1200.0)))
    assert offsets_db["ND0002_1(0)"] == 0.0


def test_the_tables_are_joined_by_their_names(tmp_path):
    one, two = read(folder_of(tmp_path))
    assert (one.id, one.name, one.status) == ("ND0001", "Trạm Cổ Lễ", "approved_built")
    assert (one.x, one.y) == pytest.approx((569546.33, 2258921.42))
    assert one.antenna_height_m == 36.0
    assert one.azimuths_deg == (30.0, 150.0, 270.0)
    assert one.layers == ("lte_b3", "lte_b1", "nr_n78")
    assert one.transmitters[0] == Transmitter(
        name="ND0001_1(0)",
        operator="viettel",
        layer="lte_b3",
        azimuth_deg=30.0,
        antenna_height_m=42.5,
        electrical_downtilt_deg=4.0,
        mechanical_downtilt_deg=2.0,
        antenna="panel",
        power_dbm=46.0,
        feeder_loss_db=1.5,
        pci=12,
        dx_m=0.0,
        dy_m=0.0,
    )
    assert (one.transmitters[2].dx_m, one.transmitters[2].dy_m) == (0.5, 0.0)
    assert (one.total_height_m, two.total_height_m) == (45.0, 30.0)
    assert one.transmitters[1].layer == "lte_b1"
    assert one.transmitters[1].power_dbm == 43.5
    assert [t.active for t in one.transmitters] == [True, True, True, False]
    assert one.assumed == ("downtilt_deg",)
    assert two.name == "ND0002"
    assert two.transmitters[0].azimuth_deg == 0.0
    assert two.transmitters[0].antenna is None
    assert two.assumed == ("downtilt_deg", "antenna")


PANEL = Panel(pattern="tr36814", gain_dbi=17.0)
LAYER = {
    "technology": "lte",
    "band": "b3",
    "frequency_mhz": 1840.0,
    "bandwidth_mhz": 20.0,
    "operators": ("viettel", "vnpt"),
    "port_power_dbm": 43.0,
    "antenna": "panel",
    "radius_m": 8000.0,
}
LAYERS = {
    "lte_b3": Layer(**LAYER),
    "lte_b1": Layer(**LAYER | {"band": "b1", "frequency_mhz": 2150.0, "operators": ("viettel",)}),
}
USUAL = {"rural": 4.0, "town": 6.0}


def test_sectors_have_what_their_transmitters_say(tmp_path):
    sites = read(folder_of(tmp_path))
    sectors = make_sectors(sites, LAYERS, USUAL, {"panel": PANEL})
    # nr_n78 is no layer of this scenario
    assert [sector.name for sector in sectors] == [
        "ND0001/ND0001_1(0)",
        "ND0001/ND0001_1(1)",
        "ND0001/ND0001_2(0)",
        "ND0002/ND0002_1(0)",
    ]
    assert [sector.antenna_height_m for sector in sectors] == [42.5, 42.5, 38.0, 28.0]
    assert [sector.electrical_downtilt_deg for sector in sectors] == [4.0, 4.0, 3.0, 4.0]
    assert [sector.mechanical_downtilt_deg for sector in sectors] == [2.0, 2.0, 0.0, 0.0]
    assert [sector.power_offset_db for sector in sectors] == [3.0, 0.5, 0.0, 0.0]
    assert [sector.feeder_loss_db for sector in sectors] == [1.5, 1.5, 0.5, 0.5]


def test_a_measured_pattern_is_turned_by_what_is_beyond_its_own_tilt():
    class Measured:
        own_downtilt_deg = 6.0

    site = _site(1, transmitters=(_transmitter(1, mechanical_downtilt_deg=1.0),))
    site = dataclasses.replace(
        site,
        transmitters=(
            *site.transmitters,
            _transmitter(2, electrical_downtilt_deg=2.0, mechanical_downtilt_deg=1.0),
            _transmitter(3, electrical_downtilt_deg=2.0, downtilt_deg=5.0),
            _transmitter(4),
        ),
    )
    sectors = make_sectors((site,), LAYERS, USUAL, {"panel": Measured()})
    assert {sector.electrical_downtilt_deg for sector in sectors} == {6.0}
    assert [sector.mechanical_downtilt_deg for sector in sectors] == [1.0, 3.0, -1.0, 0.0]


def _transmitter(number, **given):
    return Transmitter(
        **(
            {
                "name": f"t{number}",
                "operator": "viettel",
                "layer": "lte_b3",
                "azimuth_deg": 10.0 * number,
                "antenna_height_m": 30.0,
            }
            | given
        )
    )


def _site(number, **given):
    return Site(
        **(
            {
                "id": f"{number}",
                "name": f"Trạm {number}",
                "x": 569546.33 + 137.123 * number,
                "y": 2258921.42,
                "status": "existing",
                "structure": "roof",
                "setting": "town",
                "antenna_height_m": 24.5,
                "operators": ("viettel", "vnpt"),
                "layers": ("lte_b3", "lte_b1"),
                "azimuths_deg": (0.0, 117.25, 240.0),
            }
            | given
        )
    )


def test_what_is_written_is_read_again(tmp_path):
    sites = read(folder_of(tmp_path))
    write_sites(sites, tmp_path / "again", crs=TM3)
    words = WORDS.knowing(layers=("lte_b3", "lte_b1", "nr_n78"), antennas=("panel", "array"))
    found = read(tmp_path / "again", words=words, sites_crs="EPSG:4326")
    for one, other in zip(found, sites, strict=True):
        assert (one.x, one.y) == pytest.approx((other.x, other.y), abs=2e-3)

        # Once left aside, the name of an unknown antenna is not known any more.
        def left(names):
            return tuple(name for name in names if name != "antenna")

        transmitters = tuple(
            dataclasses.replace(t, assumed=left(t.assumed)) for t in other.transmitters
        )
        assert dataclasses.replace(one, x=0.0, y=0.0) == dataclasses.replace(
            other, x=0.0, y=0.0, assumed=left(other.assumed), transmitters=transmitters
        )


def test_what_atoll_has_no_columns_for_lies_beside_and_is_read_again(tmp_path):
    sites = (
        _site(
            1,
            structure="ground",
            total_height_m=33.5,
            mast_class="A2b",
            position_accuracy_m=2.5,
            free_slots=0,
            free_height_m=18.0,
            load_percent=85.5,
            application=Application(address="Xóm 4", photos=("a.jpg", "b.jpg")),
        ),
        _site(2, total_height_m=31.0),
        _site(3),
    )
    write_sites(sites, tmp_path / "tables", crs=TM3)
    found = read(tmp_path / "tables", AtollWords(), sites_crs="EPSG:4326")
    for one, other in zip(found, sites, strict=True):
        for name in (*STRUCTURE_COLUMNS, "application", "structure"):
            assert getattr(one, name) == getattr(other, name)
    more = (tmp_path / "tables/more.txt").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split("\t")[0] for line in more] == ["name", "1", "2"]
    # The pylon of a mast on the ground is its height; of one on a roof it begins there.
    assert "33.5" not in more[1]
    assert "31" in more[2]
    first = (tmp_path / "tables/Sites.txt").read_text(encoding="utf-8-sig").splitlines()
    place = first[0].split("\t").index("Pylon Height (m)")
    assert [line.split("\t")[place] for line in first[1:]] == ["33.5", "", ""]


def test_two_heights_of_one_mast_are_refused(tmp_path):
    folder = folder_of(tmp_path)
    (folder / "more.csv").write_text("name,total_height_m\nND0001,39\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"has a pylon of 45 m, more.csv total_height_m 39"):
        read(folder)


def test_what_is_left_out_of_the_tables_is_told(tmp_path):
    said = []
    sites = SITES.replace("Support Type", "Structure").replace("30\t\t\t\n", "9\troof\t\t\n")
    layout = SiteListLayout(positions_crs="EPSG:9209", crs=TM3, words=WORDS, tell=said.append)
    found = read_sites(folder_of(tmp_path, sites=sites), layout)
    assert found[1].total_height_m is None
    assert [one.partition(": ")[2] for one in said] == [
        (
            "a pylon of 9 m on a roof with antennas 28 m above ground does not say how high the "
            "top is; it is left out"
        ),
        "transmitter ND0002_2 has no cell in LTE_cells.txt; it is left out",
        "no transmitter stands on site ND0003; it is left out",
    ]


def test_a_header_that_means_no_column_of_any_table_is_told_once(tmp_path):
    layout = SiteListLayout(
        positions_crs="EPSG:9209", crs=TM3, words=WORDS, headers={"Hướng": "azimut"}
    )
    with pytest.raises(InputError) as caught:
        read_sites(folder_of(tmp_path), layout)
    assert len(caught.value.problems) == 1
    assert "the column of 'Hướng' is 'azimut'" in str(caught.value)


def test_a_site_beside_that_no_table_has_is_refused(tmp_path):
    write_sites((_site(1, mast_class="A1a"),), tmp_path / "tables", crs=TM3)
    more = tmp_path / "tables/more.txt"
    more.write_text("name\tmast_class\n9\tA1a\n1\tA9\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(tmp_path / "tables", AtollWords(), sites_crs="EPSG:4326")
    assert "more.txt, line 2: name '9' is not in Sites.txt" in str(caught.value)
    assert "line 3: mast_class" in str(caught.value)


def test_carrier_and_offsets_of_antennas_are_kept(tmp_path):
    cells = CELLS.replace("\tFrequency Band", "\tCarrier\tFrequency Band")
    cells = cells.replace("\tBand 3", "\tL1800 E1\tBand 3").replace("\tBand 1", "\t\tBand 1")
    sites = read(folder_of(tmp_path, cells=cells.replace("\tn78", "\t\tn78")))
    assert [one.carrier for one in sites[0].transmitters] == ["L1800 E1", None, "L1800 E1", None]
    write_sites(sites, tmp_path / "again", crs=TM3)
    words = WORDS.knowing(layers=("lte_b3", "lte_b1", "nr_n78"), antennas=("panel", "array"))
    found = read(tmp_path / "again", words=words, sites_crs="EPSG:4326")
    for one, other in zip(found, sites, strict=True):
        for name in ("carrier", "dx_m", "dy_m", "pci", "layer"):
            assert [getattr(t, name) for t in one.transmitters] == [
                getattr(t, name) for t in other.transmitters
            ]
        assert one.total_height_m == other.total_height_m


def test_headers_are_for_the_kind_of_list_that_has_such_columns(tmp_path):
    sites = SITES.replace("SITENAME", "Nơi đặt")
    headers = {"Nơi đặt": "site_name", "Cao nhất": "total_height_m", "Hướng": "azimuth"}
    layout = SiteListLayout(positions_crs="EPSG:9209", crs=TM3, words=WORDS, headers=headers)
    assert read_sites(folder_of(tmp_path, sites=sites), layout)[0].name == "Trạm Cổ Lễ"
    path = tmp_path / "list.csv"
    path.write_text(
        "id,status,operators,layers,x,y,antenna_height_m,azimuths_deg,Cao nhất\n"
        "1,existing,viettel,lte_b3,569546,2258921,30,0;120,36\n",
        encoding="utf-8",
    )
    assert read_sites(path, layout)[0].total_height_m == 36.0
    # What no list of any kind has is refused all the same.
    with pytest.raises(InputError, match="the column of 'Hướng' is 'azimut'"):
        read_sites(path, dataclasses.replace(layout, headers=headers | {"Hướng": "azimut"}))


def test_a_site_of_one_line_has_the_same_sectors_after_the_tables(tmp_path):
    sites = (
        _site(1),
        _site(2, downtilt_deg=3.5),
        _site(3, name="=1+1", assumed=("antenna_height_m", "downtilt_deg")),
    )
    write_sites(sites, tmp_path / "tables", crs=TM3)
    found = read(
        tmp_path / "tables",
        words=AtollWords(),
        assumed=Assumed(roof_height_m=24.5),
        sites_crs="EPSG:4326",
    )
    antennas = {"panel": PANEL}
    assert make_sectors(found, LAYERS, USUAL, antennas) == make_sectors(
        sites, LAYERS, USUAL, antennas
    )
    assert [site.name for site in found] == [site.name for site in sites]
    assert found[2].assumed == ("antenna_height_m", "downtilt_deg")
    assert "=" not in {c[:1] for c in (tmp_path / "tables/Sites.txt").read_text().split("\t")}


def test_a_missing_height_of_one_transmitter_stays_missing_and_the_others_stay(tmp_path):
    transmitters = TRANSMITTERS.replace("\t38\t150\t", "\t\t150\t")
    assumed = Assumed(ground_height_m=33.0)
    sites = read(folder_of(tmp_path, transmitters=transmitters), assumed=assumed)
    heights = [one.antenna_height_m for one in sites[0].transmitters]
    assert heights == [42.5, 42.5, 33.0, 36.0]
    assert "antenna_height_m" in sites[0].assumed
    write_sites(sites, tmp_path / "again", crs=TM3)
    words = WORDS.knowing(layers=("lte_b3", "lte_b1", "nr_n78"), antennas=("panel", "array"))
    found = read(tmp_path / "again", words, assumed, sites_crs="EPSG:4326")
    assert [one.antenna_height_m for one in found[0].transmitters] == heights
    assert [one.assumed for one in found[0].transmitters] == [
        one.assumed for one in sites[0].transmitters
    ]


def test_what_has_no_use_is_a_finding_of_the_lint(tmp_path):
    findings = lint_sites(
        folder_of(tmp_path), SiteListLayout(positions_crs="EPSG:9209", crs=TM3, words=WORDS)
    )
    assert [(where, what) for where, what, _ in findings] == [
        (
            "LTE_transmitters.txt, line 6",
            "transmitter ND0002_2 has no cell in LTE_cells.txt",
        ),
        ("LTE_sites.txt, line 4", "no transmitter stands on site ND0003"),
    ]


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("transmitters", "ND0002\tND0002_1", "ND9\tND0002_1", r"line 5: site 'ND9' is not in LTE_"),
        ("cells", "\tND0002_1\t", "\tND0002_9\t", r"line 6: transmitter 'ND0002_9' is not in LTE"),
        ("cells", "Band 1 - 10MHz", "Band 8", r'line 3: .* which layer .Band 8. is.*"Band 8" = "'),
        ("cells", "Band 1 - 10MHz", "", r"line 3: carrier and frequency band are missing"),
        ("cells", "ND0001_1(1)", "ND0001_1(0)", r"line 2: two cells .* called 'ND0001_1\(0\)'"),
        ("cells", "\t46\t", "\t460\t", r"line 2: max_power_dbm is 460; it must be -50 to 90"),
        ("cells", "\t0\t13\n", "\t0\t13.5\n", r"line 4: physical_cell_id is 13.5; it is a whole"),
        ("cells", "\t0\t13\n", "\t0\t1008\n", r"line 4: physical_cell_id is 1008; it must be 0 "),
        ("sites", "ND0002\t", "ND0001\t", r"line 3: name 'ND0001' stands already in LTE_sites.txt"),
        ("sites", "\t571000\t", "\t\t", r"line 3: x is missing"),
        ("transmitters", "\t38\t150\t", "\t38\teast\t", r"line 3: azimuth is 'east'"),
        ("transmitters", "\t38\t150\t", "\t\t150\t", r"line 3: antenna_height_m is missing"),
        ("transmitters", "\t0,5\t0\t", "\t500\t0\t", r"line 3: dx_m is 500; it must be -100 to"),
        (
            "transmitters",
            "_2\tCó",
            "_2\tperhaps",
            r"line 3: active is 'perhaps'; it must be one of",
        ),
        ("transmitters", "\tAzimuth (°)", "\tDirection", r"line 1: missing column\(s\) azimuth"),
    ],
)
def test_every_mistake_is_told_with_its_line(tmp_path, table, old, new, message):
    tables = {"sites": SITES, "transmitters": TRANSMITTERS, "cells": CELLS}
    assert old in tables[table]
    tables[table] = tables[table].replace(old, new, 1)
    with pytest.raises(InputError, match=message):
        read(folder_of(tmp_path, **tables))


def test_somebody_must_own_the_transmitters(tmp_path):
    with pytest.raises(InputError, match=r"line 2: nothing says whose transmitter this is"):
        read(folder_of(tmp_path), words=dataclasses.replace(WORDS, operator=None))


def test_a_folder_needs_one_file_of_each_table(tmp_path):
    folder = folder_of(tmp_path)
    (folder / "more sites.csv").write_text("Name\n", encoding="utf-8")
    (folder / "LTE_cells.txt").unlink()
    with pytest.raises(InputError) as caught:
        read(folder)
    assert "LTE_sites.txt, more sites.csv" in str(caught.value)
    assert "'cell' in its name is needed" in str(caught.value)


def test_one_line_a_site_cannot_hold_transmitters(tmp_path):
    with pytest.raises(InputError, match=r"site ND0001 lists its transmitters"):
        write_sites(read(folder_of(tmp_path)), tmp_path / "sites.csv", crs=TM3)


def test_a_transmitter_needs_a_direction(tmp_path):
    with pytest.raises(InputError, match=r"site 1: its list gives no azimuths"):
        write_sites((_site(1, assumed=("azimuths_deg",)),), tmp_path / "tables", crs=TM3)
    assert not (tmp_path / "tables").exists()


def test_the_command_converts_a_list_into_tables(tmp_path):
    sites = (_site(1, free_slots=2), _site(2, total_height_m=30.0))
    write_sites(sites, tmp_path / "sites.csv", crs=TM3)
    done = CliRunner().invoke(
        app, ["site", "convert", str(tmp_path / "sites.csv"), str(tmp_path / "tables")]
    )
    assert done.exit_code == 0, done.output
    found = read(tmp_path / "tables", AtollWords(), assumed=ANYTHING_ASSUMED, sites_crs="EPSG:4326")
    assert [len(site.transmitters) for site in found] == [12, 12]
    told = "Atoll has no columns for free_slots, total_height_m; they are in more.txt"
    assert told in " ".join(done.output.split())
    again = CliRunner().invoke(
        app, ["site", "convert", str(tmp_path / "tables"), str(tmp_path / "tables")]
    )
    assert isinstance(again.exception, InputError)
    assert "nothing is overwritten" in str(again.exception)


def test_what_is_synthetic_keeps_the_word(tmp_path):
    write_sites((_site(1),), tmp_path / "sites_synthetic.csv", crs=TM3)
    given = ["site", "convert", str(tmp_path / "sites_synthetic.csv")]
    done = CliRunner().invoke(app, [*given, str(tmp_path / "tables")])
    assert "keep the word 'synthetic'" in str(done.exception)
    assert not (tmp_path / "tables").exists()
    done = CliRunner().invoke(app, [*given, str(tmp_path / "tables_synthetic")])
    assert done.exit_code == 0, done.output
