"""What the command finds doubtful in a list of sites, and its exit status."""

import pytest
from typer.testing import CliRunner

from coverage_sim.cli.app import app
from coverage_sim.errors import InputError

HEADER = (
    "id,name,longitude,latitude,status,structure,antenna_height_m,operators,layers,azimuths_deg"
)
GOOD = "A,Trạm A,106.1683,20.4203,existing,ground,38,viettel,lte_b3,10;130;250"
FAR = "Z,Trạm Z,106.1953,20.4403,existing,roof,24,vnpt,lte_b3,0;120;240"


def lint(tmp_path, *lines, name="sites.csv", header=HEADER, options=()):
    path = tmp_path / name
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return CliRunner().invoke(app, ["site", "lint", str(path), *map(str, options)])


def test_a_clean_list_has_no_finding(tmp_path):
    done = lint(tmp_path, GOOD, FAR)
    assert done.exit_code == 0
    assert "nothing is doubtful" in done.output


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        (GOOD.replace("106.1683", "106.17"), "longitude is 106.17: a position to no better"),
        (GOOD.replace("106.1683,20.4203", "20.4203,106.1683"), "latitude and longitude exchanged"),
        (GOOD.replace("106.1683", "569546.33"), "metres and no degrees"),
        (GOOD.replace(",38,", ",380,"), "antenna_height_m is 380 on a ground structure"),
        (GOOD.replace(",38,", ",3,"), "12 to 100 is usual; correct the height"),
        (GOOD.replace("10;130;250", "10;20;250"), "has 10 and 20, 10 degrees apart"),
        (GOOD.replace("10;130;250", "355;5"), "has 355 and 5, 10 degrees apart"),
        (GOOD.replace("existing", "exists"), "status is 'exists'"),
        (FAR.replace("Z,", "A,"), "id A stands already in sites.csv, line 2"),
        (
            GOOD.replace("A,", "B,").replace("20.4203", "20.42039").replace("viettel", "vnpt"),
            "site B stands 10 m from A (sites.csv, line 2); is it one mast that operators share",
        ),
    ],
)
def test_each_doubt_is_told_with_its_line(tmp_path, line, finding):
    if "id A" not in finding:
        line = line.replace("A,", "X,", 1)
    done = lint(tmp_path, GOOD, line)
    assert done.exit_code == 1
    assert finding in done.output
    assert "sites.csv, line 3" in done.output


def test_what_is_no_list_of_sites_is_unreadable(tmp_path):
    for lines, header in (((GOOD,), "id,name"), ((), "")):
        done = lint(tmp_path, *lines, header=header)
        assert isinstance(done.exception, InputError)
        assert done.exception.exit_status == 2
