"""Villages that name communes of one date are reported in those of a later one."""

from pathlib import Path

import pytest

from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.scenario.load import load_scenario

TODAY = Path(__file__).parents[2] / "scenarios/nam_dinh/today.toml"


def scenario(tmp_path, communes):
    path = tmp_path / "later.toml"
    path.write_text(
        f'format = 1\nextends = "{TODAY.as_posix()}"\nname = "later"\n'
        f"[area]\ncell_m = 600.0\n[terrain]\ncell_m = 600.0\n[places.communes]\n{communes}\n"
    )
    return path


def test_people_stay_when_communes_are_merged(tmp_path):
    before = prepare(load_scenario(scenario(tmp_path, "")))
    after = prepare(load_scenario(scenario(tmp_path, 'report_as_of = "2025-07"')))
    assert (len(before.communes), len(after.communes)) == (175, 57)
    codes = set(after.communes["code"])
    assert {village.commune_code for village in after.villages} == codes
    assert sum(v.people for v in after.villages) == sum(v.people for v in before.villages)
    by_code = {}
    for one, other in zip(before.villages, after.villages, strict=True):
        by_code.setdefault(one.commune_code, set()).add(other.commune_code)
    assert all(len(later) == 1 for later in by_code.values())  # none of the 175 was divided


def test_the_date_of_a_run_wins_over_the_scenarios():
    prepared = prepare(load_scenario(TODAY, as_of="2025-07"))
    assert set(prepared.communes["as_of"]) == {"2025-07"}
    assert len(prepared.communes) == 57
    assert prepared.communes_method["villages_as_of"] == "2024-09"
    assert prepared.loaded.as_written()["places"]["communes"]["report_as_of"] == "2025-07"


@pytest.mark.parametrize(
    ("communes", "message"),
    [
        ('report_as_of = "2023-05"', "cannot be taken apart"),
        ('as_of = "2019-05"', "known from 2023-01 on"),
        ('as_of = "May 2024"', "as_of"),
        ('as_of = "2025-08"\nreport_as_of = "2025-08"', "is not in the list of 57 communes"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, communes, message):
    with pytest.raises(InputError) as refused:
        prepare(load_scenario(scenario(tmp_path, communes)))
    assert message in str(refused.value)


def test_communes_of_a_file_have_no_known_successors(project):
    path = project / "later.toml"
    path.write_text(
        'format = 1\nextends = "tiny.toml"\n[places.communes]\nreport_as_of = "2025-07"\n'
    )
    with pytest.raises(InputError, match="what became of the communes of a file is not known"):
        load_scenario(path)
