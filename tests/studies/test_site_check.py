"""Sites of a list checked from the command: verdicts, exit status, sheets, and bad input."""

import html
import json
import re

import geopandas as gpd
import pandas as pd
import pytest
import rasterio
import shapely
from typer.testing import CliRunner

import coverage_sim
from coverage_sim.cli.app import app
from coverage_sim.errors import InputError
from tests.zoned_project import ASKED


def run(project, *arguments):
    return CliRunner().invoke(
        app,
        [
            "site", "check", str(project / "ask_synthetic.csv"),
            "--scenario", str(project / "zoned.toml"), "--date", "2025-12-01", *arguments,
        ],
        catch_exceptions=False,
    )  # fmt: skip


def move(project, x, y):
    path = project / "ask_synthetic.csv"
    path.write_text(path.read_text().replace("570000,2259000", f"{x},{y}"))


def test_exit_status_and_files_say_pass_fail_and_review(zoned, tmp_path):
    assert run(zoned, "-o", str(tmp_path / "pass")).exit_code == 0
    move(zoned, 571500, 2260500)
    done = run(zoned, "-o", str(tmp_path / "fail"))
    assert done.exit_code == 1
    assert "1 fail" in done.output
    findings = pd.read_csv(tmp_path / "fail/findings.csv")
    assert list(findings["verdict"]) == ["block"]
    assert findings["margin_m"].iloc[0] == pytest.approx(-500.0, abs=0.5)
    assert findings["feature"].iloc[0] == "Vùng"
    assert json.loads((tmp_path / "fail/check.json").read_text())["decisions"] == {"P1": "fail"}
    assert len(gpd.read_file(tmp_path / "fail/check.gpkg")) == 1
    move(zoned, 570000, 2259000)
    text = (zoned / "zoned.toml").read_text().replace("{ zone = ", "{ another = ")
    (zoned / "zoned.toml").write_text(text)
    (zoned / "ask_synthetic.csv").write_text(ASKED)
    done = run(zoned, "-o", str(tmp_path / "review"))
    assert done.exit_code == 3
    findings = pd.read_csv(tmp_path / "review/findings.csv")
    assert list(findings["verdict"]) == ["not_evaluated"]
    assert list(findings["note"]) == ["zone"]


def test_a_sheet_has_clause_authority_and_advice_in_its_language(zoned, tmp_path):
    move(zoned, 571500, 2260500)
    run(zoned, "-o", str(tmp_path / "out"), "--lang", "vi")
    text = (tmp_path / "out/sheets/P1.html").read_text(encoding="utf-8")
    assert "Sở Thử" in text
    assert "Law 1, Điều 1" in text
    assert "cần kiểm tra lại với cơ quan có thẩm quyền" in text
    assert "check with the authority" not in text
    assert "KHÔNG ĐẠT" in text
    assert "<b>one</b>" not in text
    assert not re.search(r"""(src|href)=["']?https?:""", text)
    assert "DỮ LIỆU MÔ PHỎNG" in text
    # In Vietnam X is the northing. Jinja escapes the sign of minutes.
    told = html.unescape(text)
    assert "VN-2000, kinh tuyến trục 105°30', múi 3°; X (bắc), Y (đông)" in told
    assert re.search(r"Y \(đông\)</th><td>2[. ]260[. ]500,0; 571[. ]500,0", told)


def test_the_same_check_gives_the_same_bytes(zoned, tmp_path):
    for name in ("one", "two"):
        run(zoned, "-o", str(tmp_path / name))
    for file in ("findings.csv", "check.json", "check.gpkg", "sheets/P1.html"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_what_a_list_does_not_say_is_assumed_and_told(zoned, tmp_path):
    lines = [line.rsplit(",", 3)[0] for line in ASKED.splitlines()]
    (zoned / "ask_synthetic.csv").write_text("\n".join(lines) + "\n")
    run(zoned, "-o", str(tmp_path / "out"))
    sites = pd.read_csv(tmp_path / "out/sites.csv")
    assert sites["assumed"].iloc[0] == "total_height_m;mast_class;position_accuracy_m"
    assert sites["total_height_m"].iloc[0] == 41.0  # 3 m above the antennas
    assert sites["mast_class"].iloc[0] == "A2b"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "outside_area"', 'kind = "outside"', "rules.0.*kind|kind"),
        ('document = "law"', 'document = "lax"', "document is 'lax'"),
        ('severity = "block"', 'severity = "blok"', "severity"),
    ],
)
def test_bad_rules_are_refused(zoned, old, new, said):
    path = zoned / "rules.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=said):
        run(zoned)


def test_bad_layers_are_refused_all_at_once(zoned):
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    gpd.GeoDataFrame(geometry=[bow], crs="EPSG:4326").to_file(zoned / "bow.geojson")
    text = (zoned / "zoned.toml").read_text()
    (zoned / "zoned.toml").write_text(
        text.replace(
            "layers = { ",
            'layers = { bow = { file = "bow.geojson" }, gone = { file = "gone.geojson" }, ',
        )
    )
    with pytest.raises(InputError) as caught:
        run(zoned)
    said = "\n".join(caught.value.problems)
    assert "bow.geojson, feature 1" in said
    assert "Self-intersection" in said
    assert "gone.geojson" in said


def test_another_folder_is_not_overwritten(zoned, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/precious.txt").write_text("x")
    with pytest.raises(InputError, match="was not written by this program"):
        run(zoned, "-o", str(tmp_path / "mine"))
    assert (tmp_path / "mine/precious.txt").is_file()


def test_rules_may_be_named_on_the_command_line(zoned):
    assert coverage_sim.load_scenario(zoned / "zoned.toml").scenario.zoning.rules.endswith(
        "rules.toml"
    )
    done = run(zoned, "--rules", "builtin:hai_duong_spacing")
    assert done.exit_code == 3  # which is a town is not known
    with pytest.raises(InputError, match="builtin:nam_dinh"):
        run(zoned, "--rules", "builtin:nam_din")


def test_the_zoning_map_writes_rasters_that_agree_with_the_check(zoned, tmp_path):
    done = CliRunner().invoke(
        app,
        [
            "zoning", "map", "--scenario", str(zoned / "zoned.toml"), "--date", "2025-12-01",
            "-o", str(tmp_path / "map"),
        ],
        catch_exceptions=False,
    )  # fmt: skip
    assert done.exit_code == 0
    with rasterio.open(tmp_path / "map/buildable.tif") as state:
        inside, outside = (
            next(state.sample([place]))[0]
            for place in ((571_500.0, 2_260_500.0), (570_000.0, 2_259_000.0))
        )
        assert (inside, outside) == (2, 0)
        assert state.tags()["SYNTHETIC"].startswith("yes")
    with rasterio.open(tmp_path / "map/free_m.tif") as free:
        away_m = next(free.sample([(571_500.0, 2_260_500.0)]))[0]
        assert away_m == pytest.approx(500.0, abs=60.0)
    rules = pd.read_csv(tmp_path / "map/rules.csv")
    assert list(rules["rule"]) == ["zone"]
    # The square kilometre, and a band of a cell along its edge that is for review.
    assert 1.0 < rules["land_km2"].iloc[0] < 1.2
    assert (tmp_path / "map/buildable.png").is_file()
    shares = json.loads((tmp_path / "map/zoning.json").read_text())["land_percent"]
    assert sum(shares.values()) == pytest.approx(100.0)
