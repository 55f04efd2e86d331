"""A province's own lists: communes as polygons, its own crosswalk, and dates on every table."""

import json
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from coverage_sim.cli.app import app
from coverage_sim.engine.store import MemoryStore
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.compare.compare import compare
from coverage_sim.studies.run.run import run

TODAY = Path(__file__).parents[2] / "scenarios/nam_dinh/today.toml"
WEST, SOUTH, EAST, NORTH = 569_220.0, 2_258_040.0, 573_180.0, 2_262_000.0


def polygons(path, edges, codes):
    """Write strips of the area from west to east."""
    sides = [WEST, *edges, EAST]
    shapes = [shapely.box(left, SOUTH, right, NORTH) for left, right in pairwise(sides)]
    table = {"code": codes, "name": [f"Xã {code}" for code in codes]}
    gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:9209").to_file(path)


@pytest.fixture
def own(project, edit):
    """Give the project its communes as polygons, and two lists of later units."""
    polygons(project / "communes.gpkg", [572_000.0], ["00001", "00002"])
    polygons(project / "later.gpkg", [571_000.0, 572_700.0], ["00011", "00012", "00013"])
    edit("tiny.toml", 'communes = { file = "communes.csv" }', "")
    text = (project / "tiny.toml").read_text(encoding="utf-8")
    (project / "tiny.toml").write_text(
        text + '\n[places.communes]\nfile = "communes.gpkg"\nas_of = "2024-09"\n', encoding="utf-8"
    )
    (project / "crosswalk.csv").write_text(
        "from_code,to_code,share\n00001,00011,0.6\n00001,00012,0.4\n00002,00012,0.7\n"
        "00002,00013,0.3\n"
    )
    return project


def later(project, lines, name="later"):
    path = project / f"{name}.toml"
    path.write_text(
        f'format = 1\nextends = "tiny.toml"\nname = "{name}"\n[places.communes]\n{lines}\n'
    )
    return path


def refused(path):
    with pytest.raises(InputError) as told:
        prepare(load_scenario(path))
    return "\n".join(told.value.problems)


def test_a_result_in_ones_own_polygons(own, tmp_path):
    result = run(own / "tiny.toml", store=MemoryStore(), ledger=True)
    communes = result.communes
    assert list(communes["as_of"]) == ["2024-09", "2024-09"]
    assert set(communes.geom_type) == {"Polygon"}
    assert communes["boundary_km2"].tolist() == pytest.approx([2.78 * 3.96, 1.18 * 3.96], rel=5e-4)
    assert communes["people"].sum() == 1100.0
    assert set(result.villages["commune_as_of"]) == {"2024-09"}
    assert set(result.ledger.villages["commune_as_of"]) == {"2024-09"}
    assert result.summary["communes_as_of"] == "2024-09"
    out = result.save(tmp_path / "out")  # maps and all
    listed = pd.read_csv(out / "communes.csv", dtype={"code": str})
    assert set(listed["as_of"]) == {"2024-09"}
    assert (out / "maps/communes_any_4g.png").is_file()
    assert len(gpd.read_file(out / "coverage.gpkg", layer="communes")) == 2
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["communes"]["polygons"] is True
    assert manifest["inputs"]["places.communes"]["file"] == "communes.gpkg"


def test_villages_without_codes_get_them_by_position(own, edit):
    for code in ("00001", "00002"):
        path = own / "villages_synthetic.csv"
        path.write_text(path.read_text(encoding="utf-8").replace(f",{code},", ",,"), "utf-8")
    prepared = prepare(load_scenario(own / "tiny.toml"))
    codes = {village.id: village.commune_code for village in prepared.villages}
    assert codes == {"v1": "00001", "v2": "00001", "v3": "00002", "v4": "00002"}
    assert prepared.communes_method["villages_without_code"] == 4
    edit("tiny.toml", 'file = "communes.gpkg"', 'file = "communes.csv"')
    told = refused(own / "tiny.toml")
    assert (
        "commune_code is missing in 4 lines (lines 2, 3, 4, 5); give it. Or name the communes'"
        in told
    )


@pytest.mark.parametrize(
    ("lines", "carried_by"),
    [
        ('crosswalk = "crosswalk.csv"', "crosswalk"),
        ("", "positions of the villages"),
    ],
)
def test_the_same_people_are_reported_in_other_units(own, lines, carried_by):
    path = later(own, f'report_file = "later.gpkg"\nreport_as_of = "2025-07"\n{lines}')
    prepared = prepare(load_scenario(path))
    codes = {village.id: village.commune_code for village in prepared.villages}
    assert codes == {"v1": "00011", "v2": "00012", "v3": "00012", "v4": "00013"}
    assert sum(village.people for village in prepared.villages) == 1100.0
    method = prepared.communes_method
    assert (method["as_of"], method["villages_as_of"]) == ("2025-07", "2024-09")
    assert method["carried_by"] == carried_by
    assert method["villages_outside_their_unit"] == 0
    if "crosswalk" in lines:
        told = [(part["from_code"], part["people_share"]) for part in method["divided"]]
        assert told[0] == ("00001", pytest.approx(400 / 650, abs=5e-5))


def test_units_of_no_stated_date_say_so(own):
    prepared = prepare(load_scenario(later(own, 'report_file = "later.gpkg"')))
    assert set(prepared.communes["as_of"]) == {"not stated"}


def test_a_division_without_polygons_is_refused_with_the_cure(own):
    (own / "later.csv").write_text(
        "code,name,longitude,latitude\n"
        "00011,A,106.17,20.42\n00012,B,106.18,20.42\n00013,C,106.19,20.42\n"
    )
    told = refused(later(own, 'report_file = "later.csv"\ncrosswalk = "crosswalk.csv"'))
    assert "commune 00001 was divided into 00011, 00012" in told
    assert "commune 00002 was divided into 00012, 00013" in told
    told = refused(later(own, 'report_file = "later.csv"'))
    assert "later.csv has points, which do not say which village lies in which unit" in told
    # a share of 1 decides
    (own / "crosswalk.csv").write_text(
        "from_code,to_code,share\n00001,00011,1\n00001,00012,0\n00002,00013,1\n"
    )
    prepared = prepare(
        load_scenario(later(own, 'report_file = "later.csv"\ncrosswalk = "crosswalk.csv"'))
    )
    codes = {village.id: village.commune_code for village in prepared.villages}
    assert codes == {"v1": "00011", "v2": "00011", "v3": "00013", "v4": "00013"}
    assert len(prepared.communes) == 3


def test_problems_of_every_list_are_told_at_once(own, edit):
    edit("villages_synthetic.csv", "v1,Thôn Một,00001,570300", "v1,Thôn Hai,1,570300")
    edit("villages_synthetic.csv", "v4,Thôn Bốn,00002,573000", "v4,Thôn Ba,00002,573000")
    edit("sites_synthetic.csv", "570000,2259000", "2259000,570000")
    edit("crosswalk.csv", "00001,00011,0.6", "1,00011,0.6")
    told = refused(
        later(own, 'report_file = "missing.gpkg"\ncrosswalk = "crosswalk.csv"')
    ).splitlines()
    for words in (
        "villages v3, v4 of commune 00002 are all called 'Thôn Ba'",
        "village v1: commune_code '1' is not in the list of 2 communes; correct it",
        "Did a spreadsheet drop the leading zero of '00001'",
        "missing.gpkg: no such file",
        "sites_synthetic.csv, line 2: x is 2259000 beside y 570000",
        "the shares of commune 1 add up to 0.6",
    ):
        assert any(words in line for line in told), (words, told)


def test_villages_are_read_though_their_communes_cannot_be(own, edit):
    (own / "communes.gpkg").unlink()
    edit("villages_synthetic.csv", "2259300,400", "2259300,-400")
    edit("villages_synthetic.csv", "v2,Thôn Hai,00001", "v2,Thôn Hai,")
    told = refused(own / "tiny.toml").splitlines()
    assert len(told) == 2
    assert "communes.gpkg: no such file" in told[0]
    assert "people is -400" in told[1]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('crosswalk = "crosswalk.csv"', "leads to units that are not listed"),
        ('report_crs = "EPSG:9209"', "report_crs is the CRS of report_file"),
        ('crs = "EPSG:1"', "places.communes.crs is 'EPSG:1'; it must be a CRS"),
        ('[places.communes.headers]\n"X" = "kode"', "Did you mean 'code'?"),
        ("tolerance_m = -1.0", "tolerance_m"),
        ('report_as_of = "2025-07"', "what became of the communes of a file is not known"),
    ],
)
def test_keys_that_cannot_be_together_are_refused(own, lines, words):
    with pytest.raises(InputError) as told:
        load_scenario(later(own, lines))
    assert words in str(told.value)


def test_results_in_different_units_are_not_compared(own, tmp_path):
    as_then = own / "tiny.toml"
    now = later(own, 'report_file = "later.gpkg"\nreport_as_of = "2025-07"', "now")
    store = MemoryStore()
    with pytest.raises(InputError, match="now is summed into 3 communes as of 2025-07 and tiny"):
        compare([as_then, now], store=store)
    other = own / "other.toml"
    other.write_text('format = 1\nextends = "now.toml"\nname = "other"\n')
    changes = compare([now, other], store=store, as_of="2025-08").communes
    assert set(changes["as_of"]) == {"2025-08"}


def test_the_date_is_an_option_of_run(own, tmp_path, monkeypatch):
    monkeypatch.setenv("COVERAGE_SIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    later(own, 'report_file = "later.gpkg"\nreport_as_of = "2025-07"', "now")
    asked = ["run", str(own / "now.toml"), "-o", "out", "--no-maps", "--as-of", "2026-01"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "People covered, by commune as of 2026-01, worst first" in done.output
    assert set(pd.read_csv("out/communes.csv")["as_of"]) == {"2026-01"}
    assert load_scenario(own / "now.toml").scenario.places.communes.report_as_of == "2025-07"
    with pytest.raises(InputError, match="what became of the communes of a file"):
        load_scenario(own / "tiny.toml", as_of="2025-07")
    with pytest.raises(InputError, match="report_as_of"):
        load_scenario(own / "now.toml", as_of="July")


def test_the_sample_province_in_the_real_polygons_of_2025(shared, tmp_path):
    """The synthetic villages name communes of 2024, which went into the 57 units."""
    real = shared / "data/admin/namdinh_wards_2025.geojson"
    path = tmp_path / "real.toml"
    path.write_text(
        f'format = 1\nextends = "{TODAY.as_posix()}"\nname = "real"\n'
        "[area]\ncell_m = 600.0\n[terrain]\ncell_m = 600.0\n"
        f'[places.communes]\nreport_file = "{real.as_posix()}"\nreport_as_of = "2025-07"\n'
    )
    prepared = prepare(load_scenario(path))
    assert len(prepared.communes) == 57
    assert prepared.communes_method["carried_by"] == "official successions"
    before = prepare(load_scenario(TODAY)).villages
    assert sum(v.people for v in prepared.villages) == sum(v.people for v in before)
    # Round real positions villages were drawn without the boundaries: some lie beyond them.
    outside = prepared.communes_method["villages_outside_their_unit"]
    assert 0 < outside < 0.15 * len(before)
