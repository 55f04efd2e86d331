"""What a list says of applications beside the data of sites: read, kept, and no hindrance."""

import pytest
import xlsxwriter
from pyproj import CRS

from coverage_sim.network.applications import APPLICATION_COLUMNS, NO_APPLICATION, Application
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.network.site_writing import write_sites

LAYOUT = SiteListLayout(positions_crs="EPSG:4326", crs=CRS("EPSG:9209"))
HEAD = "id,longitude,latitude,status,antenna_height_m,operators,layers,azimuths_deg"
LINE = "P1,106.17,20.42,candidate,36,viettel,lte_b3,0"


def read(path, text):
    path.write_text(text, encoding="utf-8")
    return read_sites(path, LAYOUT)[0].application


def test_a_list_says_what_an_application_does_in_either_language(tmp_path):
    said = Application(
        address="Xóm 4",
        commune="Giao An",
        district="Giao Thủy",
        province="Nam Định",
        applicant="Viettel",
        form_number="12/HS",
        landowner="Ông A",
        photos=("a.jpg", "b.jpg"),
    )
    values = "Xóm 4,Giao An,Giao Thủy,Nam Định,Viettel,12/HS,Ông A,a.jpg; b.jpg"
    for heads in (
        "address,commune,district,province,applicant,form_number,landowner,photos",
        "Địa chỉ,Phường/xã,Huyện,Tỉnh,Đơn vị đề nghị,Số hồ sơ,Chủ sử dụng đất,Ảnh",
    ):
        assert read(tmp_path / "a.csv", f"{HEAD},{heads}\n{LINE},{values}\n") == said


def test_a_list_without_them_says_nothing(tmp_path):
    assert read(tmp_path / "a.csv", f"{HEAD}\n{LINE}\n") == NO_APPLICATION


def test_two_headers_of_one_are_no_mistake_and_the_first_counts(tmp_path):
    text = f"{HEAD},Địa chỉ,Địa điểm\n{LINE},Xóm 4,Xóm 5\n"
    assert read(tmp_path / "a.csv", text).address == "Xóm 4"


def test_a_formula_that_failed_leaves_them_empty(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [*HEAD.split(","), "Xã", "Ghi chú"])
        values = LINE.split(",")
        sheet.write_row(
            1, 0, [float(one) if one.replace(".", "").isdigit() else one for one in values]
        )
        sheet.write_formula(1, len(values), "=NA()", value="#N/A")
    assert read_sites(tmp_path / "a.xlsx", LAYOUT)[0].application == NO_APPLICATION


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson", "gpkg", "kml", "shp"])
def test_they_are_written_and_read_again(tmp_path, ending):
    columns = ",".join(APPLICATION_COLUMNS)
    (tmp_path / "a.csv").write_text(
        f"{HEAD},{columns}\n"
        f"{LINE},Xóm 4,Giao An,Giao Thủy,Nam Định,Viettel,12/HS,Ông A,a.jpg;b.jpg\n"
        f"{LINE.replace('P1', 'P2').replace('106.17', '106.18')},,,,,,,,\n",
        encoding="utf-8",
    )
    sites = read_sites(tmp_path / "a.csv", LAYOUT)
    write_sites(sites, tmp_path / f"b.{ending}", crs=LAYOUT.crs)
    again = read_sites(tmp_path / f"b.{ending}", LAYOUT)
    assert [one.application for one in again] == [one.application for one in sites]
