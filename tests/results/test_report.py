"""Reports and sheets: whole, in both languages, safe against what files say, alike each time."""

import json
import re
import shutil
from typing import get_args

import pytest
from typer.testing import CliRunner

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.cli.app import app
from coverage_sim.errors import InputError
from coverage_sim.links.shortage import NoSector
from coverage_sim.links.spared_levels import LIMITS as CAUSES
from coverage_sim.network.sites import STATUSES
from coverage_sim.reporting.report.language import CODES, Language, words
from coverage_sim.reporting.report.page import languages_of, read_results, write_report
from coverage_sim.reporting.report.sheets import write_commune_sheet, write_site_sheet
from coverage_sim.results.limits import LIMITS
from coverage_sim.results.saved import read_result
from coverage_sim.works.kinds import CURE_KINDS, WORK_KINDS

STORE = MemoryStore()
HOSTILE = '</script><b onclick="x()">Thôn & Một'


@pytest.fixture
def folder(project, edit, tmp_path):
    """Return a result with villages that lack signal, and one with a hostile name."""
    edit("tiny.toml", "radius_m = 3000.0", "radius_m = 3000.0\nport_power_dbm = 10.0")
    edit("villages_synthetic.csv", "Thôn Một", HOSTILE.replace('"', "'"))
    return coverage_sim.run(project / "tiny.toml", store=STORE, ledger=True).save(
        tmp_path / "result", maps=False
    )


def data_of(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'<script id="data"[^>]*>(.*?)</script>', text, re.DOTALL)[1])


def test_words_are_in_both_languages_with_the_same_values():
    for key, text in words().items():
        values = [set(re.findall(r"{(\w+)}", text[code])) for code in CODES]
        assert values[0] == values[1], key
        assert all(text[code].strip() for code in CODES), key


def test_everything_the_program_says_has_words():
    needed = [f"cause.{cause}" for cause in (*CAUSES, "distance", *get_args(NoSector))]
    needed += [f"limit.{limit}" for limit in LIMITS]
    needed += [f"cure.{kind}" for kind in (*CURE_KINDS, "none")]
    needed += [f"work.{kind}" for kind in WORK_KINDS]
    needed += [f"site_status.{status}" for status in STATUSES]
    needed += [f"status.{status}" for status in ("covered", "lom_song", "trang_song")]
    assert not [key for key in needed if key not in words()]


@pytest.mark.parametrize("asked", ["vi", "en", "both"])
def test_a_report_is_one_file_that_needs_no_other(folder, tmp_path, asked):
    path = write_report(read_results([folder]), tmp_path / "report.html", languages_of(asked))
    text = path.read_text(encoding="utf-8")
    linked = set(re.findall(r"""(?:src|href)=["']?(https?://[^/"']+)""", text))
    assert linked == {"https://leafletjs.com"}  # a link of the map library, which is not shown
    assert not re.search(r"""url\(["']?(?!data:|#)""", text.replace("url(#default#VML)", ""))
    assert "@import" not in text
    codes = CODES if asked == "both" else (asked,)
    assert data_of(path)["languages"] == list(codes)
    for code in CODES:
        assert (Language(code)("worst.heading") in text) == (code in codes)
        assert (Language(code)("report.synthetic") in text) == (code in codes)
    data = data_of(path)["results"][0]
    assert [overlay["network"] for overlay in data["overlays"]] == ["any_4g", "any_5g"]
    assert data["overlays"][0]["url"].startswith("data:image/png;base64,")


def test_names_from_files_are_names_and_no_markup(folder, tmp_path):
    path = write_report(read_results([folder]), tmp_path / "report.html", languages_of("both"))
    text = path.read_text(encoding="utf-8")
    assert "<b onclick" not in text
    name = HOSTILE.replace('"', "'")
    assert name in {village[1] for village in data_of(path)["results"][0]["villages"]}


def test_the_ledger_of_the_page_is_that_of_the_result(folder, tmp_path):
    path = write_report(read_results([folder]), tmp_path / "report.html", languages_of("en"))
    data = data_of(path)["results"][0]
    ledger = read_result(folder).tables["ledger"]
    at = data["ledger_columns"].index("covered_percent")
    for network, rows in data["ledger"].items():
        own = ledger[ledger["network"] == network].set_index("id")
        for village, row in zip(data["villages"], rows, strict=True):
            assert row[at] == pytest.approx(own.loc[village[0], "covered_percent"], abs=0.051)
    bounds = data["overlays"][0]["bounds"]
    for _, _, _, longitude, latitude, _ in data["villages"]:
        assert bounds[0][0] < latitude < bounds[1][0]
        assert bounds[0][1] < longitude < bounds[1][1]


def test_the_same_result_gives_the_same_bytes(folder, tmp_path):
    for name in ("one.html", "two.html"):
        write_report(read_results([folder]), tmp_path / name, languages_of("both"))
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_several_results_stand_beside_each_other(project, folder, tmp_path):
    (project / "built.toml").write_text(
        'format = 1\nextends = "tiny.toml"\nname = "built"\ntitle = "Built"\n'
        'title_vi = "Đã xây"\n[network]\non_air = ["existing", "approved_unbuilt"]\n'
    )
    built = coverage_sim.run(project / "built.toml", store=STORE, ledger=True).save(
        tmp_path / "built", maps=False
    )
    path = write_report(
        read_results([folder, built]), tmp_path / "report.html", languages_of("both")
    )
    text = path.read_text(encoding="utf-8")
    assert "Đã xây" in text
    assert [result["name"] for result in data_of(path)["results"]] == ["tiny", "built"]
    with pytest.raises(InputError, match="each may stand in a report once"):
        read_results([folder, folder])


def test_sheets_of_a_site_and_a_commune(folder, tmp_path):
    result = read_result(folder)
    path = write_site_sheet(result, "A", tmp_path / "site.html", languages_of("both"))
    text = path.read_text(encoding="utf-8")
    assert Language("vi")("sheet.sectors") in text
    assert data_of(path)["focus"]["site"] == "A"
    path = write_commune_sheet(result, "00002", tmp_path / "commune.html", languages_of("en"))
    text = path.read_text(encoding="utf-8")
    assert "Xã Hai" in text
    assert "Thôn Ba" in text
    with pytest.raises(InputError, match=r"no site 'AA'.*Did you mean"):
        write_site_sheet(result, "AA", tmp_path / "none.html", languages_of("en"))
    with pytest.raises(InputError, match=r"no commune of code 'Xã Hai'\. Is it '00002'"):
        write_commune_sheet(result, "Xã Hai", tmp_path / "none.html", languages_of("en"))
    assert not (tmp_path / "none.html").exists()


def test_damaged_results_are_told_all_at_once(folder, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / "summary.json").write_text("{", encoding="utf-8")
    (broken / "sites.csv").unlink()
    villages = (broken / "villages.csv").read_text(encoding="utf-8-sig")
    (broken / "villages.csv").write_text(villages.replace("people", "persons", 1))
    with pytest.raises(InputError) as caught:
        read_result(broken)
    said = "\n".join(caught.value.problems)
    assert "summary.json is damaged" in said
    assert "sites.csv is missing" in said
    assert "villages.csv has no column people" in said
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="is no result folder"):
        read_result(empty)


def test_a_raster_that_is_none_is_told(folder, tmp_path):
    (folder / "rasters/class_any_4g.tif").write_bytes(b"II*\0 nothing")
    with pytest.raises(InputError, match=r"class_any_4g\.tif cannot be read"):
        write_report(read_results([folder]), tmp_path / "report.html", languages_of("en"))
    assert not (tmp_path / "report.html").exists()


def test_the_command_writes_a_report_and_refuses_other_names(folder, tmp_path):
    runner = CliRunner()
    out = tmp_path / "report.html"
    done = runner.invoke(app, ["report", str(folder), "-o", str(out), "--lang", "vi"])
    assert done.exit_code == 0, done.output
    assert out.is_file()
    again = runner.invoke(app, ["report", str(folder), "-o", str(out), "--lang", "vi"])
    assert again.exit_code == 0  # a page of the program is replaced
    mine = tmp_path / "mine.html"
    mine.write_text("<html>mine</html>")
    with pytest.raises(InputError, match="is no page of this program; nothing is overwritten"):
        runner.invoke(app, ["report", str(folder), "-o", str(mine)], catch_exceptions=False)
    assert mine.read_text() == "<html>mine</html>"
    for wrong in (["-o", str(tmp_path / "report.pdf")], ["--site", "A", "--commune", "00001"]):
        with pytest.raises(InputError):
            runner.invoke(app, ["report", str(folder), *wrong], catch_exceptions=False)


def result_of(project, tmp_path, text, name="variant"):
    path = project / f"{name}.toml"
    path.write_text(f'format = 1\nextends = "tiny.toml"\nname = "{name}"\n{text}\n')
    return coverage_sim.run(path, store=STORE, ledger=True).save(tmp_path / name, maps=False)


def shown_of(path):
    """Return what a reader sees: the page without its program, data and style."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", text, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", text)


def test_without_villages_land_is_called_land(project, edit, tmp_path):
    text = (project / "tiny.toml").read_text()
    places = text[text.index("[places]") : text.index("[layers.lte_b3]")]
    edit("tiny.toml", places, "")
    folder = coverage_sim.run(project / "tiny.toml", store=STORE).save(tmp_path / "r", maps=False)
    path = write_report(read_results([folder]), tmp_path / "report.html", languages_of("en"))
    shown = shown_of(path)
    assert "of the land has 4G, any operator" in shown
    assert "of people have" not in shown
    assert "People covered by network" not in shown


def test_what_is_missing_is_not_called_nan_and_what_is_called_na_is(project, edit, tmp_path):
    edit("communes.csv", ",Huyện Thử,", ",,")
    edit("sites_synthetic.csv", "A,Synthetic A", "NA,Synthetic A")
    edit("villages_synthetic.csv", "v1,Thôn Một", "null,None")
    edit("tiny.toml", "radius_m = 3000.0", "radius_m = 3000.0\nport_power_dbm = 10.0")
    text = (project / "communes.csv").read_text()
    (project / "communes.csv").write_text(text.replace(",district", "").replace(",,", ","))
    folder = result_of(project, tmp_path, "")
    result = read_result(folder)
    path = write_report([result], tmp_path / "report.html", languages_of("both"))
    assert not re.search(r"\bnan\b", shown_of(path), re.IGNORECASE)
    assert "null" in {village[0] for village in data_of(path)["results"][0]["villages"]}
    path = write_site_sheet(result, "NA", tmp_path / "site.html", languages_of("en"))
    assert "Site sheet: NA" in shown_of(path)
    path = write_commune_sheet(result, "00001", tmp_path / "commune.html", languages_of("en"))
    assert not re.search(r"\bnan\b", shown_of(path), re.IGNORECASE)


def test_settings_are_shown_as_they_are(project, tmp_path):
    folder = result_of(
        project,
        tmp_path,
        "[service]\nvillage_covered_percent = 99.5\nfast_4g_mbps = 2.5\n"
        "[service.levels_dbm]\nbasic = -110.5\n",
    )
    path = write_report(read_results([folder]), tmp_path / "report.html", languages_of("vi"))
    shown = shown_of(path)
    assert "99,5 %" in shown
    assert "-110,5 dBm" in shown
    assert "2,5/100 Mb/s" in shown


def test_sheets_say_what_was_not_looked_for(project, tmp_path):
    folder = coverage_sim.run(project / "tiny.toml", store=STORE).save(tmp_path / "r", maps=False)
    result = read_result(folder)
    path = write_site_sheet(result, "A", tmp_path / "site.html", languages_of("en"))
    assert "This result has no ledger" in shown_of(path)
    assert "No cures were looked for" in shown_of(path)


def test_an_operator_is_not_called_any(project):
    path = project / "any.toml"
    path.write_text('format = 1\nextends = "tiny.toml"\n[operators.any_tel]\nname = "x"\n')
    with pytest.raises(InputError, match=r"operators\.any_tel: results use this name"):
        coverage_sim.load_scenario(path)
