"""What an office gets of a check: sheets, letter, reasons, field map, archive, and JSON."""

import hashlib
import io
import json
import re
import shutil
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree as ET

import docx
import geopandas as gpd
import jsonschema
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from PIL import Image
from typer.testing import CliRunner

import coverage_sim
from coverage_sim.cli.app import app
from coverage_sim.errors import InputError
from coverage_sim.results.check_report import FindingRow, ReasonRow, SiteRow
from coverage_sim.studies.permits import site_papers
from tests.small_project import write_project
from tests.zoned_project import ASKED, zone_project

DAY = "2025-05-01"
HEADER, LINE = ASKED.splitlines()
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def run(project, *arguments, sites="ask_synthetic.csv", scenario="zoned.toml", date=DAY):
    return CliRunner().invoke(
        app,
        [
            "site", "check", str(project / sites), "--scenario", str(project / scenario),
            "--date", date, *arguments,
        ],
        catch_exceptions=False,
    )  # fmt: skip


def list_of(project, count, more="", values=""):
    """Write a list of so many sites a hundred metres apart, the first within the zone."""
    lines = [
        LINE.replace("P1", f"P{k}").replace("570000,2259000", f"{571_500 - 25 * k},2260500")
        + values
        for k in range(count)
    ]
    text = "\n".join([HEADER + more, *lines]) + "\n"
    (project / "ask_synthetic.csv").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def asked_of_many(tmp_path_factory):
    """Write a project in which 61 sites are asked about; no test changes it."""
    folder = tmp_path_factory.mktemp("many")
    write_project(folder)
    zone_project(folder)
    list_of(folder, 61)
    return folder


@pytest.fixture(scope="module")
def many(asked_of_many, tmp_path_factory):
    """Check the 61 sites once; no test changes what is written."""
    out = tmp_path_factory.mktemp("checked") / "out"
    run(asked_of_many, "-o", str(out))
    return out


def test_every_site_has_its_sheet_whatever_their_number(many):
    names = sorted(path.stem for path in (many / "sheets").iterdir())
    assert names == sorted(f"P{k}" for k in range(61))


def test_ids_that_files_cannot_tell_apart_have_a_sheet_each(zoned, tmp_path):
    ids = ["ND/01", "ND_01", "nd_01", "ND-01", "ND 01"]
    lines = [LINE.replace("P1", one) for one in ids]
    (zoned / "ask_synthetic.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    run(zoned, "-o", str(tmp_path / "out"))
    sheets = list((tmp_path / "out/sheets").iterdir())
    assert len({path.name.casefold() for path in sheets}) == 5
    told = "".join(path.read_text(encoding="utf-8") for path in sheets)
    assert all(f"Check of mast position {one}</h1>" in told for one in ids)


def test_without_sheets_there_are_tables_and_json_only(zoned, tmp_path):
    run(zoned, "-o", str(tmp_path / "out"), "--no-sheets")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "check.gpkg", "check.json", "check.schema.json", "findings.csv", "manifest.json",
        "reasons.csv", "sites.csv", "tables.xlsx",
    ]  # fmt: skip


def test_check_json_keeps_its_schema_and_says_where_all_came_from(many, asked_of_many):
    content = json.loads((many / "check.json").read_text(encoding="utf-8"))
    schema = json.loads((many / "check.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(content)
    assert content["version"] == coverage_sim.__version__
    for role, name in (
        ("sites", "ask_synthetic.csv"),
        ("zoning.rules", "rules.toml"),
        ("zoning.layers.zone.file", "zone.geojson"),
        ("scenario", "zoned.toml"),
    ):
        digest = hashlib.sha256((asked_of_many / name).read_bytes()).hexdigest()
        assert content["files"][role] == {"file": name, "sha256": digest}
    (rule,) = content["rules"]
    assert (rule["id"], rule["standing"], rule["begins"]) == ("zone", "in_force", None)
    assert len(content["sites"]) == len(content["decisions"]) == len(content["findings"]) == 61
    manifest = json.loads((many / "manifest.json").read_text())
    assert manifest["inputs"]["sites"]["sha256"] == content["files"]["sites"]["sha256"]


def test_a_schema_refuses_what_no_check_says(many):
    content = json.loads((many / "check.json").read_text(encoding="utf-8"))
    schema = json.loads((many / "check.schema.json").read_text(encoding="utf-8"))
    content["findings"][0]["verdict"] = "fine"
    with pytest.raises(jsonschema.ValidationError, match="fine"):
        jsonschema.Draft202012Validator(schema).validate(content)


def test_tables_have_the_columns_of_the_schema(many):
    for name, row in (("findings", FindingRow), ("sites", SiteRow), ("reasons", ReasonRow)):
        assert list(pd.read_csv(many / f"{name}.csv")) == list(row.__annotations__)


def test_json_on_the_output_is_the_files_and_nothing_else(many, asked_of_many):
    done = run(asked_of_many, "--json")
    assert done.exit_code == 1
    assert done.stdout == (many / "check.json").read_text(encoding="utf-8")


def test_reasons_count_sites_by_clause(many):
    # Recounted from the geometry of the list: 25 m apart from the middle of a zone 1 km wide, each
    # 5 m and the layer 1 m off.
    inside_m = 500.0 - 25.0 * np.arange(61)
    (row,) = pd.read_csv(many / "reasons.csv").to_dict("records")
    assert row["blocked"] == int((inside_m > 6.0).sum())
    assert row["unsure"] == int((np.abs(inside_m) < 6.0).sum())
    assert (row["document"], row["article"]) == ("Law 1", "Điều 1")
    assert row["sites"].split(";") == [f"P{k}" for k in range(61) if inside_m[k] > -6.0]


def test_a_rule_may_be_left_out_of_a_check(zoned):
    text = (zoned / "rules.toml").read_text(encoding="utf-8")
    rule = text[text.index("[[rules]]") :]
    more = rule.replace('id = "zone"', 'id = "other"').replace('layer = "zone"', 'layer = "no"')
    (zoned / "rules.toml").write_text(text + more, encoding="utf-8")
    assert run(zoned).exit_code == 3
    done = run(zoned, "--without", "other", "--json")
    assert done.exit_code == 0
    assert [rule["id"] for rule in json.loads(done.stdout)["rules"]] == ["zone"]
    assert "without other" in json.loads(done.stdout)["rule_file"]["title_en"]
    with pytest.raises(InputError, match=r"--without is 'otter'.*other"):
        coverage_sim.check_sites(
            zoned / "ask_synthetic.csv", zoned / "zoned.toml", without=["otter"]
        )


def test_the_archive_holds_the_papers_and_is_the_same_each_time(many, asked_of_many, tmp_path):
    with zipfile.ZipFile(many / "dossier.zip") as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert archive.read("sheets/P7.html") == (many / "sheets/P7.html").read_bytes()
    assert {"letter.html", "letter_vi.docx", "letter_en.docx", "field.kmz", "tables.xlsx"} <= set(
        names
    )
    assert sum(name.startswith("sheets/") for name in names) == 61
    run(asked_of_many, "-o", str(tmp_path / "again"))
    for name in ("dossier.zip", "letter_vi.docx", "field.kmz", "letter.html", "tables.xlsx"):
        assert (tmp_path / "again" / name).read_bytes() == (many / name).read_bytes()


def cells(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_a_letter_says_how_many_fail_and_by_which_clause(many):
    letter = docx.Document(many / "letter_vi.docx")
    said = "\n".join(one.text for one in letter.paragraphs)
    assert "Kính gửi: Sở Thử" in said
    assert "Kết quả: 20 vị trí không đạt, 1 vị trí cần xem xét, 40 vị trí đạt." in said
    assert "DỮ LIỆU MÔ PHỎNG" in said
    sites, reasons, signed = letter.tables
    rows = cells(sites)
    assert len(rows) == 62
    # In Vietnam X is the northing; those that fail come first.
    assert rows[0][3:5] == ["X (bắc), m", "Y (đông), m"]
    assert rows[1][1:] == ["P0", "–", "2.260.500,0", "571.500,0", "44", "A2b", "Không đạt"]
    assert rows[-1][-1] == "Đạt"
    assert cells(reasons)[1][:3] == [
        "Law 1, Điều 1",
        "Ngoài vùng cấm",
        "vi phạm: 20; trong sai số: 1",
    ]
    assert "P0, P1" in cells(reasons)[1][3]
    assert "21" not in cells(reasons)[1][3]
    assert "và 9 vị trí khác" in cells(reasons)[1][3]
    assert "Người kiểm tra" in cells(signed)[0][2]
    page = (many / "letter.html").read_text(encoding="utf-8")
    assert "20 fail, 1 for review, 40 pass" in page
    assert "To: Test department" in page


PAPERS = ",Địa chỉ,Xã,Huyện,Chủ đầu tư,Số hồ sơ,Chủ đất"


def test_papers_come_from_the_list_and_then_from_the_scenario(zoned, tmp_path):
    list_of(zoned, 1, PAPERS, ",Xóm 4,Xã Giao <An>,Giao Thủy,,HS-12,Ông Nguyễn Văn A")
    with (zoned / "zoned.toml").open("a", encoding="utf-8") as stream:
        stream.write(
            '[zoning.dossier]\napplicant = "Viettel"\nform_number = "HS-0"\nplace = "Nam Định"\n'
            'addressee = "UBND xã"\nsignatures = ["Trưởng phòng", "Giám đốc"]\n'
        )
    rules = (
        (zoned / "rules.toml").read_text().replace("has_districts = false", "has_districts = true")
    )
    (zoned / "rules.toml").write_text(rules)
    run(zoned, "-o", str(tmp_path / "out"), "--lang", "vi")
    (row,) = pd.read_csv(tmp_path / "out/sites.csv").to_dict("records")
    said = ("address", "commune", "district", "province", "applicant", "form_number", "landowner")
    assert [row[name] for name in said] == [
        "Xóm 4", "Xã Giao <An>", "Giao Thủy", "tỉnh Thử", "Viettel", "HS-12", "Ông Nguyễn Văn A",
    ]  # fmt: skip
    sheet = (tmp_path / "out/sheets/P0.html").read_text(encoding="utf-8")
    for words in ("Xã Giao &lt;An&gt;; Giao Thủy", "HS-12", "Ông Nguyễn Văn A", "Viettel"):
        assert words in sheet
    assert re.search(r"<strong>Trưởng phòng</strong>.*<strong>Giám đốc</strong>", sheet)
    assert "Nam Định, ngày" in sheet
    assert not list((tmp_path / "out").glob("letter_en.docx"))
    letter = docx.Document(tmp_path / "out/letter_vi.docx")
    assert letter.paragraphs[0].text == "Viettel"
    assert any(one.text == "Kính gửi: UBND xã" for one in letter.paragraphs)


@pytest.fixture
def bounded(zoned):
    """Let the communes be polygons of 2024: the western one, and the eastern one."""
    halves = [(569_000.0, "Xã Một"), (571_300.0, "Xã Hai")]
    frame = gpd.GeoDataFrame(
        {
            "code": ["00001", "00002"],
            "name": [name for _, name in halves],
            "district": ["Huyện Thử"] * 2,
        },
        geometry=[shapely.box(x, 2_257_000.0, x + 2_300.0, 2_263_000.0) for x, _ in halves],
        crs="EPSG:9209",
    )
    frame.to_file(zoned / "units.gpkg")
    with (zoned / "zoned.toml").open("a", encoding="utf-8") as stream:
        stream.write(
            '[places.communes]\nfile = "units.gpkg"\nas_of = "2024-09"\ntolerance_m = 5000.0\n'
        )
    rules = (
        (zoned / "rules.toml").read_text().replace("has_districts = false", "has_districts = true")
    )
    law = '[[authorities]]\nsince = 2025-07-01\nprovince_vi = "tỉnh Mới"\nprovince_en = "New"\n'
    law += 'department_vi = "Sở Mới"\ndepartment_en = "New"\nhas_districts = false\n[documents.law]'
    (zoned / "rules.toml").write_text(rules.replace("[documents.law]", law))
    return zoned


def test_commune_and_district_are_those_of_the_day(bounded, tmp_path):
    run(bounded, "-o", str(tmp_path / "then"), "--no-sheets")
    (row,) = pd.read_csv(tmp_path / "then/sites.csv", keep_default_na=False).to_dict("records")
    assert (row["commune"], row["district"], row["province"]) == ("Xã Một", "Huyện Thử", "tỉnh Thử")
    # There are other communes from July 2025 on, and no districts.
    run(bounded, "-o", str(tmp_path / "now"), "--no-sheets", date="2025-08-01")
    (row,) = pd.read_csv(tmp_path / "now/sites.csv", keep_default_na=False).to_dict("records")
    assert (row["commune"], row["district"], row["province"]) == ("", "", "tỉnh Mới")


def photo(path, *, at=None):
    picture = Image.new("RGB", (2000, 1000), "#88aa66")
    exif = Image.Exif()
    if at is not None:
        longitude, latitude = at
        block = exif.get_ifd(0x8825)
        for first, value, names in ((1, latitude, "NS"), (3, longitude, "EW")):
            size = abs(value)
            block[first] = names[value < 0.0]
            block[first + 1] = (int(size), int(size % 1.0 * 60.0), size * 60.0 % 1.0 * 60.0)
    exif[0x010E] = "whose house this is"
    picture.save(path, exif=exif)


def test_photos_lie_where_they_were_taken(zoned, tmp_path):
    list_of(
        zoned, 1, ",photos", ",north.jpg; plain.png;../secret.jpg;/etc/passwd;none.jpg;text.jpg"
    )
    photo(zoned / "north.jpg", at=(106.18125, -20.43212))
    photo(zoned / "plain.png")
    photo(zoned.parent / "secret.jpg")
    (zoned / "text.jpg").write_text("no picture")
    done = run(zoned, "-o", str(tmp_path / "out"))
    for told in ("'../secret.jpg'", "'/etc/passwd'", "'none.jpg'"):
        assert f"there is no photo {told} beside the list" in done.output.replace("\n", " ")
    assert "'text.jpg' cannot be read as a JPEG or PNG" in done.output.replace("\n", " ")
    remarks = json.loads((tmp_path / "out/check.json").read_text())["remarks"]
    assert len(remarks) == 4
    with zipfile.ZipFile(tmp_path / "out/field.kmz") as archive:
        pictures = sorted(name for name in archive.namelist() if name.startswith("photos/"))
        assert pictures == ["photos/0001.jpg", "photos/0002.jpg"]
        copy = archive.read(pictures[0])
        assert Image.open(io.BytesIO(copy)).size == (1280, 640)
        assert b"whose house" not in copy
    frame = placemarks(tmp_path / "out/field.kmz")
    (taken,) = frame[frame["Name"] == "P0: north.jpg"].geometry
    assert (taken.x, taken.y) == pytest.approx((106.18125, -20.43212), abs=2e-6)
    (beside,) = frame[frame["Name"] == "P0: plain.png"].geometry
    (site,) = frame[frame["Name"] == "P0"].geometry
    assert beside.equals(site)


def placemarks(path):
    found = [
        pyogrio.read_dataframe(path, layer=name) for name, _ in pyogrio.list_layers(path).tolist()
    ]
    return pd.concat(found, ignore_index=True)


def test_the_field_map_has_every_site_and_why(many):
    frame = placemarks(many / "field.kmz")
    assert sorted(frame["Name"]) == sorted(f"P{k}" for k in range(61))
    told = frame.set_index("Name").geometry["P3"]
    where = gpd.GeoSeries([told], crs="EPSG:4326").to_crs("EPSG:9209").iloc[0]
    assert (where.x, where.y) == pytest.approx((571_425.0, 2_260_500.0), abs=0.1)
    with zipfile.ZipFile(many / "field.kmz") as archive:
        document = archive.read("doc.kml").decode()
    assert "Law 1, Điều 1" in document
    assert "SYNTHETIC" in document
    assert "Không đạt" in document


SVG = "{http://www.w3.org/2000/svg}"


def plan_of(sheet):
    return ET.fromstring(re.search(r"<svg class=\"plan\".*?</svg>", sheet, re.DOTALL)[0])  # noqa: S314


def test_a_plan_has_labels_scale_north_and_clear_holes(zoned, tmp_path):
    ring = shapely.box(569_900.0, 2_258_900.0, 570_300.0, 2_259_300.0).difference(
        shapely.box(569_950.0, 2_258_950.0, 570_100.0, 2_259_100.0)
    )
    frame = gpd.GeoDataFrame({"name": ['Vùng <b>"1"']}, geometry=[ring], crs="EPSG:9209")
    frame.to_crs("EPSG:4326").to_file(zoned / "zone.geojson")
    run(zoned, "-o", str(tmp_path / "out"))
    plan = plan_of((tmp_path / "out/sheets/P1.html").read_text(encoding="utf-8"))
    words = [one.text for one in plan.iter("text")]
    assert 'Vùng <b>"1"' in words
    assert {"N", "0", "200 m"} <= set(words)
    assert any("SYNTHETIC" in one for one in words)
    # The mast at 570 000, 2 259 000 is in the middle, at 600, 600, a metre a unit, north up.
    (area,) = (one for one in plan.iter("path") if one.get("fill-rule"))
    assert area.get("fill-rule") == "evenodd"
    corners = [
        tuple(map(int, corner.split()))
        for corner in re.findall(r"[ML](-?\d+ -?\d+)", area.get("d"))
    ]
    assert {(500, 700), (900, 300)} <= set(corners)
    assert {(550, 650), (700, 500)} <= set(corners)
    scale = next(one for one in plan.iter("rect") if one.get("height") == "8")
    assert float(scale.get("width")) == 200.0
    # Letters lie on the paper, and none over another.
    assert all(0.0 <= float(one.get("x")) <= 1200.0 for one in plan.iter("text"))
    # True north is turned from the grid's by the convergence of meridians, here 0.23 degrees.
    (turned,) = (one.get("transform") for one in plan.iter("g"))
    assert float(re.search(r"rotate\((-?[\d.]+)", turned)[1]) == pytest.approx(-0.23, abs=0.02)


def test_what_a_kept_rule_says_is_that_it_is_kept_and_no_key_is_shown(zoned, tmp_path):
    rules = (zoned / "rules.toml").read_text(encoding="utf-8")
    (zoned / "rules.toml").write_text(rules + 'kept_vi = "Ngoài vùng cấm thử."\n', encoding="utf-8")
    run(zoned, "-o", str(tmp_path / "out"), "--lang", "vi")
    sheet = (tmp_path / "out/sheets/P1.html").read_text(encoding="utf-8")
    assert "Ngoài vùng cấm thử." in sheet
    text = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", sheet, flags=re.DOTALL)
    assert not re.findall(r"\b[a-z]+_[a-z_]+\b|\w+\[\d+\]|places\.", text)
    assert "danh sách được kiểm tra" in text  # which is synthetic, by its name


@pytest.mark.skipif(not CHROMIUM, reason="NOT TESTED: no Chromium here")
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_sheet_by_all_rules_of_a_province_is_two_printed_pages(zoned, tmp_path, language):
    run(zoned, "-o", str(tmp_path / "out"), "--rules", "builtin:nam_dinh", "--lang", language)
    assert pages_of(tmp_path / "out/sheets/P1.html", tmp_path / "sheet.pdf") == 2


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="NOT TESTED: no Chromium here")
@pytest.mark.parametrize("language", ["vi", "en"])
def test_ten_real_sheets_are_two_printed_pages_each(shared, tmp_path, language):
    cases = shared / "cases/permits"
    layers = {
        "power_lines": "power_lines.geojson",
        "road_edges": "road_edges.geojson",
        "obstacle_limitation_surface": "air.geojson",
        "heritage_1": "adj2.gpkg",
    }
    lines = [f'{name} = {{ file = "{cases / file}" }}' for name, file in layers.items()]
    scenario = tmp_path / "real.toml"
    today = Path(__file__).parents[2] / "scenarios/nam_dinh/today.toml"
    scenario.write_text(
        f'format = 1\nextends = "{today}"\nname = "real"\n[zoning]\nrules = "builtin:nam_dinh"\n'
        "[zoning.layers]\n" + "\n".join(lines) + "\n"
    )
    listed = (cases / "proposals.csv").read_text(encoding="utf-8-sig").splitlines()[:11]
    (tmp_path / "ten.csv").write_text("\n".join(listed) + "\n", encoding="utf-8")
    done = coverage_sim.check_sites(tmp_path / "ten.csv", scenario)
    done.save(tmp_path / "out", language=language)
    sheets = sorted((tmp_path / "out/sheets").iterdir())
    assert [pages_of(sheet, tmp_path / f"{sheet.stem}.pdf") for sheet in sheets] == [2] * 10


def pages_of(page, pdf):
    """Print a page as a reader would, and count its sheets of paper."""
    subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
            f"--print-to-pdf={pdf}", page.as_uri(),
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))


def layer(project, shapes, names=None):
    """Write shapes as the zone that the rules speak of."""
    named = names or [f"Vùng {k}" for k in range(len(shapes))]
    frame = gpd.GeoDataFrame({"name": named}, geometry=shapes, crs="EPSG:9209")
    frame.to_file(project / "zone.gpkg")
    path = project / "zoned.toml"
    path.write_text(path.read_text().replace("zone.geojson", "zone.gpkg"))


def test_an_area_that_rounding_makes_cross_itself_is_asked_and_drawn(zoned, tmp_path):
    # Valid in degrees, and not after it is moved into the scenario's metres.
    thin = shapely.from_wkt(
        "POLYGON ((106.17108082038274 20.419527507222906, 106.17359053841069 20.42221700118891, "
        "106.17282769011057 20.4213995085952, 106.17201485966551 20.42141648407196, "
        "106.17108082038274 20.419527507222906))"
    )
    assert thin.is_valid
    layer(zoned, gpd.GeoSeries([thin], crs="EPSG:4326").to_crs("EPSG:9209").tolist())
    gpd.GeoDataFrame({"name": ["Vùng"]}, geometry=[thin], crs="EPSG:4326").to_file(
        zoned / "zone.gpkg"
    )
    done = run(zoned, "-o", str(tmp_path / "out"))
    assert done.exit_code in (0, 1, 3), done.output
    assert plan_of((tmp_path / "out/sheets/P1.html").read_text(encoding="utf-8")) is not None


def test_a_name_at_the_mast_is_shown_in_one_line_and_its_letters_keep_their_order(zoned, tmp_path):
    names = ["at the\nmast\x07", "\u202eturned round"]
    at = [shapely.Point(570_000.0, 2_259_000.0), shapely.Point(570_300.0, 2_259_300.0)]
    layer(zoned, [one.buffer(5.0) for one in at], names)
    run(zoned, "-o", str(tmp_path / "out"))
    sheet = (tmp_path / "out/sheets/P1.html").read_text(encoding="utf-8")
    words = [one.text for one in plan_of(sheet).iter("text")]
    assert {"at the mast", "turned round"} <= set(words)
    assert not re.search("[\u202a-\u202e\x00-\x08]", sheet)


def test_no_two_layers_of_a_plan_look_alike(zoned, tmp_path):
    square = shapely.box(569_990.0, 2_258_990.0, 570_010.0, 2_259_010.0)
    keys = [f"layer_{k:02d}" for k in range(14)]
    lines = ["zone = { file = 'zone.geojson', accuracy_m = 1.0 }"]
    for key in keys:
        frame = gpd.GeoDataFrame({"name": [key]}, geometry=[square], crs="EPSG:9209")
        frame.to_file(zoned / f"{key}.gpkg")
        lines.append(f"{key} = {{ file = '{key}.gpkg' }}")
    text = (zoned / "zoned.toml").read_text()
    head = text[: text.index("layers =")]
    (zoned / "zoned.toml").write_text(head + "[zoning.layers]\n" + "\n".join(lines) + "\n")
    run(zoned, "-o", str(tmp_path / "out"), "--lang", "vi")
    sheet = (tmp_path / "out/sheets/P1.html").read_text(encoding="utf-8")
    looks = re.findall(r'<path d="M0 6H24" stroke="(#\w+)" .*?stroke-dasharray="([^"]+)"/>', sheet)
    assert len(looks) >= 14
    assert len(set(looks)) == len(looks)
    assert "cột hiện có" in sheet  # the program's own layer has words of its own


def test_ids_with_the_sign_that_joins_them_are_told_apart(zoned, tmp_path):
    lines = [LINE.replace("P1", "A;B").replace("570000,2259000", "571500,2260500"), LINE]
    (zoned / "ask_synthetic.csv").write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    run(zoned, "-o", str(tmp_path / "out"))
    (reason,) = json.loads((tmp_path / "out/check.json").read_text())["reasons"]
    assert reason["sites"] == ["A;B"]
    letter = docx.Document(tmp_path / "out/letter_en.docx")
    assert cells(letter.tables[1])[1][2:] == ["blocked: 1", "A;B"]


def test_the_archive_has_what_a_workbook_cannot_hold(many):
    with zipfile.ZipFile(many / "dossier.zip") as archive:
        for name in ("findings.csv", "sites.csv", "reasons.csv"):
            assert archive.read(name) == (many / name).read_bytes()


def png_with_cut_exif(path):
    memory = io.BytesIO()
    Image.new("RGB", (8, 8)).save(memory, "PNG")
    whole, block = memory.getvalue(), b"II*\0\xff"
    chunk = b"eXIf" + block
    packed = struct.pack(">I", len(block)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    path.write_bytes(whole[:33] + packed + whole[33:])


def jpeg_with_odd_exif(path, tag_type, value):
    """Write a picture whose Exif block says orientation 6, and a width of an unusual type."""
    entries = struct.pack("<HHHLHH", 2, 0x0100, tag_type, 1, value & 0xFFFF, 0)
    entries += struct.pack("<HHLHH", 0x0112, 3, 1, 6, 0)
    block = b"Exif\0\0II*\0" + struct.pack("<L", 8) + entries + struct.pack("<L", 0)
    Image.new("RGB", (300, 100), "#88aa66").save(path, exif=block)


def test_odd_photos_are_told_or_taken_and_never_end_the_check(zoned, tmp_path):
    png_with_cut_exif(zoned / "cut.png")
    for kind in (2, 7, 8, 9, 11):  # ASCII, UNDEFINED, SSHORT, SLONG, FLOAT
        jpeg_with_odd_exif(zoned / f"odd{kind}.jpg", kind, -5)
    Image.new("1", (11_000, 11_000)).save(zoned / "huge.png")
    names = ["cut.png", "huge.png", *(f"odd{kind}.jpg" for kind in (2, 7, 8, 9, 11))]
    list_of(zoned, 1, ",photos", f",{';'.join(names)}")
    done = run(zoned, "-o", str(tmp_path / "out"))
    assert done.exit_code == 1, done.output
    told = json.loads((tmp_path / "out/check.json").read_text())["remarks"]
    assert [re.search(r"'(.*)'", one)[1] for one in told if "huge" in one] == ["huge.png"]
    with zipfile.ZipFile(tmp_path / "out/field.kmz") as archive:
        copies = [name for name in archive.namelist() if name.startswith("photos/")]
        assert len(copies) + len(told) == len(names)
        # Orientation 6: the picture lay on its side, and stands upright now.
        sizes = {Image.open(io.BytesIO(archive.read(name))).size for name in copies}
    assert (100, 300) in sizes


def test_of_very_many_photos_the_first_are_taken_and_the_rest_is_told(zoned, monkeypatch, tmp_path):
    monkeypatch.setattr(site_papers, "_MOST_PHOTOS", 2)
    for name in "abc":
        photo(zoned / f"{name}.jpg")
    list_of(zoned, 1, ",photos", ",a.jpg;b.jpg;c.jpg")
    run(zoned, "-o", str(tmp_path / "out"))
    told = json.loads((tmp_path / "out/check.json").read_text())["remarks"]
    assert told == ["the list names 3 photos; 2 are taken"]
