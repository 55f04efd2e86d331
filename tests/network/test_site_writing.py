"""Every layout written and read again is equal."""

import pyogrio
import pytest
from pyproj import CRS
from typer.testing import CliRunner

from coverage_sim.cli.app import app
from coverage_sim.errors import InputError
from coverage_sim.io.spreadsheets import read_sheets
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import ANYTHING_ASSUMED, SiteListLayout
from coverage_sim.network.site_writing import LAYOUTS, write_sites
from coverage_sim.network.sites import Site

TM3 = CRS("EPSG:9209")


def site(number, name, **given):
    return Site(
        **(
            {
                "id": f"0{number}",
                "name": name,
                "x": 569546.33 + 137.123 * number,
                "y": 2258921.42 - 91.7 * number,
                "status": "existing",
                "structure": "roof",
                "setting": "town",
                "antenna_height_m": 24.5,
                "operators": ("viettel", "vnpt"),
                "layers": ("lte_b3", "nr_n78"),
                "azimuths_deg": (0.0, 117.25, 240.0),
                "downtilt_deg": 3.5,
            }
            | given
        )
    )


SITES = (
    site(1, "Trạm Thị trấn Gôi"),
    site(2, 'with "quotes", commas; and <marks> & more'),
    site(3, "=1+1"),
    site(4, "@SUM(A1)", downtilt_deg=None, assumed=("downtilt_deg",)),
    site(
        5,
        "'quoted'",
        antenna_height_m=30.0,
        azimuths_deg=(0.0,),
        assumed=("antenna_height_m", "azimuths_deg"),
    ),
    site(6, "Trạm Nghĩa Hưng"),
    site(
        7,
        "with room",
        total_height_m=33.5,
        mast_class="A2b",
        position_accuracy_m=0.5,
        free_slots=0,
        free_height_m=21.5,
        load_percent=100.0,
    ),
    site(8, "with more room", free_slots=12, load_percent=0.0),
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_written_is_read_again(tmp_path, layout):
    path = tmp_path / f"sites{layout}"
    write_sites(SITES, path, crs=TM3)
    found = read_sites(
        path, SiteListLayout(positions_crs="EPSG:4326", crs=TM3, assumed=ANYTHING_ASSUMED)
    )
    assert len(found) == len(SITES)
    for one, other in zip(found, SITES, strict=True):
        # eight decimals of degrees are a millimetre; KML's writer keeps as many
        assert (one.x, one.y) == pytest.approx((other.x, other.y), abs=2e-3)
        for name in Site.__dataclass_fields__:
            if name not in ("x", "y"):
                assert getattr(one, name) == getattr(other, name), name


#: Texts that some layout, or some reader of it, takes for something else.
TEXTS = (
    *("007", "1e5", "1,5", "1.200", "-5", "+84 912", "1/2", "12:30", "2020-01-01", "50%", "inf"),
    *("null", "None", "NaN", "NULL", "-", "--", "true", "FALSE"),
    *("=1+1", "'=1+1", "''=1+1", "'-5", "'quoted'", "'", '=HYPERLINK("x")', "＝1", "#tag"),
    *("&amp; <b>x</b> ]]>", "O'Brien", '{"a":1}', "[1]", "{not json", "_x0041_", "http://a.b"),
    *("tab\there", "a\nb", "a\r\nb", "a\u2028b", "a\u0085b", "\u200bzero", "e\u0301", "mast 🗼"),
    "Ủ" * 60,
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_text_is_the_same_text_in_every_layout(tmp_path, layout):
    path = tmp_path / f"sites{layout}"
    sites = tuple(site(n, text, id=text) for n, text in enumerate(TEXTS))
    write_sites(sites, path, crs=TM3)
    found = read_sites(
        path, SiteListLayout(positions_crs="EPSG:4326", crs=TM3, assumed=ANYTHING_ASSUMED)
    )
    assert [(one.id, one.name) for one in found] == [(text, text) for text in TEXTS]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_list_is_the_same_bytes_each_time(tmp_path, layout):
    kept = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        write_sites(SITES, folder / f"sites{layout}", crs=TM3)
        kept.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert kept[0] == kept[1]


@pytest.mark.parametrize("layout", [".gpkg", ".geojson", ".shp"])
def test_numbers_are_numbers_in_vector_files(tmp_path, layout):
    path = tmp_path / f"sites{layout}"
    write_sites(SITES, path, crs=TM3)
    written = pyogrio.read_dataframe(path).rename(columns=lambda name: name[:10])
    assert written["antenna_he"].dropna().tolist() == [24.5] * 7
    assert written["downtilt_d"].dropna().tolist() == [3.5] * 7


def test_numbers_are_numbers_in_a_spreadsheet(tmp_path):
    write_sites(SITES, tmp_path / "sites.xlsx", crs=TM3)
    (sheet,) = read_sheets(tmp_path / "sites.xlsx")
    header, first, *_ = sheet.rows
    kinds = {name: type(cell) for name, cell in zip(header, first, strict=True)}
    numbers = {"antenna_height_m", "downtilt_deg", "longitude", "latitude"}
    assert {name for name, kind in kinds.items() if kind is float} == numbers


def test_a_kml_calls_its_folder_the_sites(tmp_path):
    write_sites(SITES, tmp_path / "sites.kml", crs=TM3)
    assert [str(name) for name in pyogrio.list_layers(tmp_path / "sites.kml")[:, 0]] == ["sites"]


def test_what_a_layout_cannot_hold_is_refused_with_its_site(tmp_path):
    long = (site(1, "Ủ" * 90),)
    with pytest.raises(InputError, match="site 01: name has 270 bytes, and a shapefile holds 254"):
        write_sites(long, tmp_path / "sites.shp", crs=TM3)
    with pytest.raises(InputError, match="which has a character that KML cannot hold"):
        write_sites((site(1, "ring \x07"),), tmp_path / "sites.kml", crs=TM3)
    assert not [*tmp_path.iterdir()]


def test_a_shapefile_replaces_no_part_of_another(tmp_path):
    (tmp_path / "sites.dbf").write_text("another's", encoding="utf-8")
    with pytest.raises(InputError, match=r"sites.dbf exists; nothing is overwritten"):
        write_sites(SITES, tmp_path / "sites.shp", crs=TM3)
    assert [path.name for path in tmp_path.iterdir()] == ["sites.dbf"]


def test_no_cell_begins_like_a_formula(tmp_path):
    write_sites(SITES, tmp_path / "sites.csv", crs=TM3)
    cells = (tmp_path / "sites.csv").read_text(encoding="utf-8-sig").replace("\n", ",").split(",")
    assert not any(cell.startswith(("=", "@")) for cell in cells)


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"the ending of sites.doc is '.doc'"):
        write_sites(SITES, tmp_path / "sites.doc", crs=TM3)


def test_the_command_converts_and_overwrites_nothing(tmp_path):
    write_sites(SITES, tmp_path / "sites.csv", crs=TM3)
    given = ["site", "convert", str(tmp_path / "sites.csv"), str(tmp_path / "sites.kmz")]
    done = CliRunner().invoke(app, given)
    assert (done.exit_code, "8 sites" in done.output) == (0, True)
    again = CliRunner().invoke(app, given)
    assert isinstance(again.exception, InputError)
