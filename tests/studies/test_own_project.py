"""A project made around a list of sites: area, zone, catalogue, guesses to be confirmed."""

import tomllib

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer
from typer.testing import CliRunner

import coverage_sim
from coverage_sim.cli.app import app
from coverage_sim.errors import InputError
from coverage_sim.scenario.load import load_scenario

HEADER = "Mã trạm,Tên trạm,Vĩ độ,Kinh độ,Tình trạng,Chiều cao cột (m),Độ cao treo anten (m),Nhà mạng,Công nghệ,Góc phương vị"  # noqa: E501
LINES = [
    "ND-1,Trạm Một,20.3123,106.2123,Đang hoạt động,45,42,Viettel,4G,0/120/240",
    "ND-2,Trạm Hai,20.3523,106.2723,Đang hoạt động,33,30,VNPT,4G B3,0/120/240",
    "ND-3,Trạm Ba,20.3323,106.2423,Chưa xây dựng,45,42,Viettel,LTE1800,0/120/240",
]
GUESSES = {
    "network.headers": {"Chiều cao cột (m)": "total_height_m"},
    "network.values.layers": {"4G": "lte_b3"},
}


@pytest.fixture
def lists(tmp_path):
    (tmp_path / "tram.csv").write_text("\n".join([HEADER, *LINES]) + "\n", encoding="utf-8")
    ground(tmp_path / "ground_synthetic.tif")
    return tmp_path


def ground(path, *, west=106.05, north=20.5, side_deg=0.4, crs="EPSG:4326"):
    heights = np.add.outer(np.arange(400.0), np.arange(400.0)).astype(np.float32) * 0.01
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=400,
        height=400,
        count=1,
        dtype="float32",
        crs=crs,
        transform=Affine(side_deg / 400, 0, west, 0, -side_deg / 400, north),
    ) as file:
        file.write(heights, 1)


def make(lists, **given):
    return coverage_sim.project_from_lists(
        lists / "project", lists / "tram.csv", dem=[lists / "ground_synthetic.tif"], **given
    )


def scenario_of(made):
    return tomllib.loads(made.scenario.read_text(encoding="utf-8"))


def test_the_area_lies_round_the_sites_in_the_zone_of_their_province(lists):
    area = scenario_of(make(lists))["area"]
    assert area["crs"] == "EPSG:9209"  # VN-2000 with Nam Định's central meridian, 105°30'
    west, south, east, north = area["bbox_deg"]
    assert 106.1 < west <= 106.2123 < 106.2723 <= east < 106.35
    assert 20.25 < south <= 20.3123 < 20.3523 <= north < 20.45
    assert area["margin_m"] == 5000.0


def test_guesses_stand_beside_as_comments_until_somebody_confirms_them(lists):
    made = make(lists)
    text = made.scenario.read_text(encoding="utf-8")
    assert made.prepared is None
    assert made.problems
    assert {one.table for one in made.suggestions} == set(GUESSES)
    assert '# "4G" = "lte_b3"' in text
    confirmed = text.replace('# "', '"')
    made.scenario.write_text(confirmed, encoding="utf-8")
    done = CliRunner().invoke(app, ["validate", str(made.scenario)])
    assert done.exit_code == 0, done.output


def test_accepted_guesses_count_at_once(lists):
    made = make(lists, accept_guesses=True)
    assert made.problems == ()
    assert [site.total_height_m for site in made.prepared.sites] == [45.0, 33.0, 45.0]
    given = scenario_of(made)["network"]
    assert given["headers"] == GUESSES["network.headers"]
    assert given["values"]["layers"] == GUESSES["network.values.layers"]
    assert made.prepared.synthetic == ("terrain",)


def test_a_list_in_vn_2000_keeps_its_own_zone_and_is_asked_for_it(lists):
    lines = "id,name,x,y,status,operators,layers,antenna_height_m,azimuths_deg\n"
    lines += "A,A,2247500,574500,existing,viettel,lte_b3,30,0\n"
    lines += "B,B,2251500,579500,existing,viettel,lte_b3,30,0\n"
    (lists / "tram.csv").write_text(lines, encoding="utf-8")
    with pytest.raises(InputError, match="state the one of the list as --sites-crs"):
        make(lists)
    assert not (lists / "project").exists()
    made = make(lists, sites_crs="EPSG:9209")
    assert made.problems == ()
    assert scenario_of(made)["area"]["crs"] == "EPSG:9209"


def test_one_wrong_position_does_not_widen_the_area(lists):
    with (lists / "tram.csv").open("a", encoding="utf-8") as file:
        file.write(LINES[0].replace("ND-1", "ND-9").replace("20.3123", "10.3123") + "\n")
    made = make(lists, accept_guesses=True)
    assert scenario_of(made)["area"]["bbox_deg"][1] > 20.2
    assert any("ND-9" in problem for problem in made.problems)


def test_ground_of_another_place_is_refused_and_nothing_is_written(lists):
    ground(lists / "ground_synthetic.tif", west=108.0, north=16.0)
    with pytest.raises(InputError, match=r"the ground covers 108.00 to 108.40 E"):
        make(lists)
    with pytest.raises(InputError, match="a project needs the heights of the ground"):
        coverage_sim.project_from_lists(lists / "project", lists / "tram.csv", dem=[])
    assert not (lists / "project").exists()


def test_what_cannot_be_is_told_before_anything_is_written(lists):
    with pytest.raises(InputError, match="--sites-crs is 'EPSG:1'"):
        make(lists, sites_crs="EPSG:1")
    with pytest.raises(InputError, match=r"tram.csv: no line has a position in EPSG:9209"):
        make(lists, sites_crs="EPSG:9209")
    with pytest.raises(InputError, match=r"nowhere.csv: no such file"):
        make(lists, villages=lists / "nowhere.csv")
    assert not (lists / "project").exists()


@pytest.mark.parametrize("name", ['"quoted" \\n', "line\nbreak", "Dự án # 1", "a]b"])
def test_any_name_of_a_folder_makes_a_scenario_that_can_be_read(lists, name):
    made = coverage_sim.project_from_lists(
        lists / name,
        lists / "tram.csv",
        dem=[lists / "ground_synthetic.tif"],
        accept_guesses=True,
    )
    assert made.problems == ()
    assert scenario_of(made)["title"] == " ".join(name.split())


def test_the_command_says_what_comes_next(lists):
    given = ["new", str(lists / "p"), "--from", str(lists / "tram.csv")]
    given += ["--dem", str(lists / "ground_synthetic.tif")]
    done = CliRunner().invoke(app, [*given, "--accept-guesses"])
    assert done.exit_code == 0, done.output
    assert "Next: coverage-sim run" in done.output
    assert '[network.values.layers] "4G" = "lte_b3"' in done.output
    again = CliRunner().invoke(app, given)
    assert isinstance(again.exception, InputError)
    assert "is not empty" in str(again.exception)


def relief(lists, *, hills_m):
    """Replace the ground by one whose heights rise by so much."""
    ground(lists / "ground_synthetic.tif")
    with rasterio.open(lists / "ground_synthetic.tif", "r+") as file:
        heights = file.read(1)
        file.write(heights * np.float32(hills_m / np.ptp(heights)), 1)


@pytest.mark.parametrize(("hills_m", "is_hilly"), [(20.0, False), (900.0, True)])
def test_on_hills_the_radii_of_flat_deltas_are_taken_away(lists, hills_m, is_hilly):
    relief(lists, hills_m=hills_m)
    given = scenario_of(make(lists, accept_guesses=True))
    assert ("unset" in given) == is_hilly
    if is_hilly:
        scenario = load_scenario(lists / "project" / "today.toml").scenario
        assert {layer.radius_m for layer in scenario.layers.values()} == {None}


def test_results_of_two_projects_lie_side_by_side(lists):
    names = []
    for folder in ("Dự án 1", "Dự án 2"):
        made = coverage_sim.project_from_lists(
            lists / folder, lists / "tram.csv", dem=[lists / "ground_synthetic.tif"]
        )
        names.append(scenario_of(made)["name"])
    assert names == ["du_an_1_today", "du_an_2_today"]


@pytest.mark.parametrize("far", ["0,0", "20.3,-106.2", "89,20.3", "20.3123,179.9"])
def test_one_site_at_the_other_end_of_the_world_moves_no_area(lists, far):
    latitude, longitude = far.split(",")
    line = LINES[1].replace("20.3523,106.2723", f"{latitude},{longitude}")
    (lists / "tram.csv").write_text("\n".join([HEADER, LINES[0], line]) + "\n", encoding="utf-8")
    made = make(lists, accept_guesses=True)
    west, south, east, north = scenario_of(made)["area"]["bbox_deg"]
    assert 106.1 < west < 106.2123 < east < 106.35
    assert 20.25 < south < 20.3123 < north < 20.45
    assert any("ND-2" in problem for problem in made.problems)  # told, with its place


def test_ground_that_ends_at_the_site_is_told_as_too_little(lists):
    ground(lists / "ground_synthetic.tif", west=106.2023, north=20.3223, side_deg=0.02)
    lines = "\n".join([HEADER, LINES[0]]) + "\n"
    (lists / "tram.csv").write_text(lines, encoding="utf-8")
    with pytest.raises(InputError, match="too little around the sites"):
        make(lists)


def test_ground_whose_rows_go_north_is_read(lists):
    with rasterio.open(lists / "ground_synthetic.tif") as file:
        heights, meta = file.read(1)[::-1], file.meta
    meta["transform"] = Affine(0.001, 0, 106.05, 0, 0.001, 20.1)
    with rasterio.open(lists / "ground_synthetic.tif", "w", **meta) as file:
        file.write(heights, 1)
    assert make(lists, accept_guesses=True).problems == ()


def test_what_cannot_be_made_is_told_before_anything_is_written(lists):
    with pytest.raises(InputError, match="--communes needs --villages"):
        make(lists, communes=lists / "tram.csv")
    (lists / "file").write_text("mine")
    for folder in (lists / "file", lists / "file" / "project"):
        with pytest.raises(InputError, match=r"file is a file; name a new folder"):
            coverage_sim.project_from_lists(
                folder, lists / "tram.csv", dem=[lists / "ground_synthetic.tif"]
            )
    assert (lists / "file").read_text() == "mine"


def test_a_name_with_a_line_break_is_no_line_of_the_scenario(lists):
    (lists / "tram.csv").rename(lists / "tram\n[x.csv")
    made = coverage_sim.project_from_lists(
        lists / "project", lists / "tram\n[x.csv", dem=[lists / "ground_synthetic.tif"]
    )
    assert scenario_of(made)["network"]["sites"] == ["../tram\n[x.csv"]


def test_zones_are_offered_by_the_ground_with_their_meridians(lists):
    to_zone = Transformer.from_crs("EPSG:4326", "EPSG:9209", always_xy=True)  # 105°30'
    header = HEADER.replace("Vĩ độ", "X").replace("Kinh độ", "Y")
    lines = [header]
    for line in LINES:
        cells = line.split(",")
        east, north = to_zone.transform(float(cells[3]), float(cells[2]))
        lines.append(",".join([*cells[:2], f"{north:.2f}", f"{east:.2f}", *cells[4:]]))
    (lists / "tram.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        make(lists)
    offered = caught.value.problems[0].splitlines()[1:]
    assert any(line.startswith("    EPSG:9209: 105°30', VN-2000 / TM-3 105-30") for line in offered)
    assert not any("102°" in line for line in offered)  # far from this ground
