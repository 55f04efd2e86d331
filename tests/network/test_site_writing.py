"""Every layout written and read again is equal."""

import pytest
from pyproj import CRS
from typer.testing import CliRunner

from coverage_sim.cli.app import app
from coverage_sim.errors import InputError
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
    assert (done.exit_code, "6 sites" in done.output) == (0, True)
    again = CliRunner().invoke(app, given)
    assert isinstance(again.exception, InputError)
