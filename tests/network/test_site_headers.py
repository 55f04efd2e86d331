"""Headers that nobody could know: a guess is offered, and counts only once it is confirmed."""

import unicodedata

import pytest
from pyproj import CRS
from typer.testing import CliRunner

from coverage_sim.cli.app import app
from coverage_sim.errors import InputError
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import SiteListLayout

TM3 = CRS("EPSG:9209")
PLAIN = (
    "id,name,longitude,latitude,status,structure,setting,antenna_height_m,"
    "operators,layers,azimuths_deg\n"
)
#: As a department's list might have it.
HEADER = (
    "Mã trạm (BTS) số,Tên trạm,Kinh độ,Vĩ độ,Trạng thái,structure,setting,Chiều cao cột anten (m),"
    "Nhà mạng,Lớp mạng,Hướng (độ),Ý kiến\n"
)
VALUES = "a1,Trạm A,106.1683,20.4203,existing,ground,rural,38,viettel;vnpt,lte_b3,17;137;257"
MEANT = {
    "Mã trạm (BTS) số": "id",
    "Chiều cao cột anten (m)": "antenna_height_m",
    "Lớp mạng": "layers",
    "Hướng (độ)": "azimuths_deg",
    "Ý kiến": "ignore",
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text(HEADER + VALUES + ",xem lại\n", encoding="utf-8")
    return path


def test_each_unknown_header_is_told_with_a_guess_and_how_to_confirm_it(path):
    with pytest.raises(InputError) as caught:
        read_sites(path, SiteListLayout(positions_crs="EPSG:4326", crs=TM3))
    told = "\n".join(caught.value.problems)
    where = "under [network.headers] of the scenario, or by --header"
    assert f'Did you mean \'id\'? Confirm it {where}: "Mã trạm (BTS) số" = "id".' in told
    assert "Did you mean 'total_height_m'?" in told  # cột anten is the mast
    assert "as ground_height_m under [network.assumed] of the scenario" in told
    assert f'{where}: "Hướng (độ)" = "azimuths_deg".' in told
    assert f'Say what it means {where}: "Ý kiến" = "ignore".' in told


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_confirmed_headers_read_the_same_sites(path, tmp_path, form):
    plain = tmp_path / "plain.csv"
    plain.write_text(PLAIN + VALUES + "\n", encoding="utf-8")
    path.write_text(unicodedata.normalize(form, path.read_text(encoding="utf-8")), encoding="utf-8")
    other = {"NFC": "NFD", "NFD": "NFC"}[form]
    meant = {unicodedata.normalize(other, header): column for header, column in MEANT.items()}
    (found,) = read_sites(path, SiteListLayout(positions_crs="EPSG:4326", crs=TM3, headers=meant))
    (expected,) = read_sites(plain, SiteListLayout(positions_crs="EPSG:4326", crs=TM3))
    assert unicodedata.normalize("NFC", found.name) == expected.name
    assert (found.id, found.x, found.layers) == (expected.id, expected.x, expected.layers)
    assert found.azimuths_deg == expected.azimuths_deg


def test_a_table_of_headers_may_serve_lists_that_lack_some(tmp_path):
    plain = tmp_path / "plain.csv"
    plain.write_text(PLAIN + VALUES + "\n", encoding="utf-8")
    assert (
        len(read_sites(plain, SiteListLayout(positions_crs="EPSG:4326", crs=TM3, headers=MEANT)))
        == 1
    )


def test_what_a_header_is_said_to_mean_must_be_a_column(path):
    with pytest.raises(InputError, match="'height_of_mast'; it must be one of"):
        read_sites(
            path,
            SiteListLayout(
                positions_crs="EPSG:4326",
                crs=TM3,
                headers={**MEANT, "Chiều cao cột anten (m)": "height_of_mast"},
            ),
        )


def test_the_commands_take_headers(path, tmp_path):
    options = [
        word for header, column in MEANT.items() for word in ("--header", f"{header}={column}")
    ]
    done = CliRunner().invoke(app, ["site", "lint", str(path)])
    assert isinstance(done.exception, InputError)  # exit status 2, says test_commands
    done = CliRunner().invoke(app, ["site", "lint", str(path), *options])
    assert done.exit_code == 0, done.output
    out = tmp_path / "out.csv"
    done = CliRunner().invoke(app, ["site", "convert", str(path), str(out), *options])
    assert done.exit_code == 0, done.output
    read = read_sites(out, SiteListLayout(positions_crs="EPSG:4326", crs=TM3))
    assert read[0].id == "a1"
