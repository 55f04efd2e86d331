"""What is wrong with an input, as a table on request: each cell in a line."""

import subprocess
import sys

import pandas as pd
from typer.testing import CliRunner

from coverage_sim.cli.app import app

HEADER = "id,name,longitude,latitude,status,antenna_height_m,operators,layers,azimuths_deg"
LINES = [
    f"A{number},Trạm {number},106.{1000 + 137 * number},20.4203,{status},38,viettel,lte_b3,0"
    for number, status in enumerate(["sẽ xem", "sẽ xem", "existing", "chờ", "sẽ xem", "existing"])
]


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "coverage_sim", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def listed(tmp_path, lines):
    path = tmp_path / "sites.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def test_each_cell_stands_in_a_line_of_the_table(tmp_path):
    sites, table = listed(tmp_path, LINES), tmp_path / "problems.csv"
    convert = ("site", "convert", sites, tmp_path / "sites.gpkg")
    done = run(*convert)
    assert done.returncode == 2
    assert "put --problems FILE.csv before the command" in done.stderr
    again = run("--problems", table, *convert)
    assert (again.returncode, f"Written: {table}" in again.stderr) == (2, True)
    found = pd.read_csv(table)
    assert [*found.columns] == ["place", "column", "value", "problem", "cure"]
    assert found["place"].tolist() == [f"sites.csv, line {n}" for n in (2, 3, 5, 6)]
    assert found["value"].tolist() == ["sẽ xem", "sẽ xem", "chờ", "sẽ xem"]
    assert set(found["column"]) == {"status"}
    assert found["problem"][0] == "status is 'sẽ xem'"
    assert found["cure"].str.startswith("it must be one of").all()
    assert run("--problems", table, *convert).returncode == 2  # a table of problems is replaced
    kept = sites.read_bytes()
    over = run("--problems", sites, *convert)
    assert (over.returncode, "is no table of problems" in over.stderr) == (2, True)
    assert sites.read_bytes() == kept


def test_lint_writes_what_it_finds_and_shows_the_first_of_it(tmp_path):
    doubtful = [f"B{n},Trạm,106.{1000 + n},20.42,existing,38,vnpt,lte_b3,0" for n in range(150)]
    sites, table = listed(tmp_path, doubtful), tmp_path / "findings.csv"
    done = CliRunner().invoke(app, ["site", "lint", str(sites), "--out", str(table)])
    assert done.exit_code == 1
    found = pd.read_csv(table)
    assert (
        f"{len(found):,} findings. The first 100 are shown; --out FILE.csv has all." in done.output
    )
    assert found["problem"].str.startswith("latitude is 20.42: a position").sum() == 150
    assert len(done.output.splitlines()) == 102
