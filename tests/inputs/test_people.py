"""What a scenario chooses of where people live, from its file to its result."""

import numpy as np
import pytest
import rasterio
from affine import Affine

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.scenario.load import load_scenario

STORE = MemoryStore()


def with_people(project, text):
    path = project / "people.toml"
    path.write_text(f'format = 1\nextends = "tiny.toml"\nname = "p"\n[places.people]\n{text}\n')
    return path


@pytest.fixture
def raster(project):
    people = np.zeros((66, 66), dtype=np.float32)
    people[10:60, 10:60] = np.random.default_rng(5).uniform(0.0, 2.0, (50, 50))
    with rasterio.open(
        project / "people.tif", "w", driver="GTiff", height=66, width=66, count=1,
        dtype="float32", crs="EPSG:9209",
        transform=Affine(60.0, 0.0, 569220.0, 0.0, -60.0, 2262000.0),
    ) as file:  # fmt: skip
        file.write(people, 1)
    return people


def test_a_raster_says_who_lives_where(project, raster):
    text = 'source = "raster"\nfile = "people.tif"\ntotals = "source"\nreach_m = 20000.0'
    result = coverage_sim.run(with_people(project, text), store=STORE)
    assert result.villages["people"].sum() == pytest.approx(raster.sum(), rel=1e-6)
    assert result.communes["people"].sum() == pytest.approx(raster.sum(), rel=1e-6)
    assert result.manifest["people"]["source"] == "raster"
    assert result.manifest["people"]["people"] == pytest.approx(raster.sum(), rel=1e-6)
    assert result.manifest["inputs"]["places.people.file"]["file"] == "people.tif"


def test_control_totals_hold_in_the_commune_table(project, raster):
    (project / "totals.csv").write_text("code,people\n00001,1234\n00002,77\n", encoding="utf-8")
    text = 'source = "raster"\nfile = "people.tif"\ntotals = "control"\ncontrol = "totals.csv"'
    communes = coverage_sim.run(with_people(project, text), store=STORE).communes
    assert dict(zip(communes["code"], communes["people"], strict=True)) == pytest.approx(
        {"00001": 1234.0, "00002": 77.0}
    )


def test_control_totals_keep_the_shares_of_the_villages_and_their_circles(project):
    (project / "totals.csv").write_text("code,people\n00001,1300\n00002,9\n", encoding="utf-8")
    before = prepare(load_scenario(project / "tiny.toml"))
    after = prepare(
        load_scenario(with_people(project, 'totals = "control"\ncontrol = "totals.csv"'))
    )
    # 400 and 250 people are 800 and 500 of 1300; 350 and 100 are 7 and 2 of 9
    assert [village.people for village in after.villages] == [800.0, 500.0, 7.0, 2.0]
    np.testing.assert_array_equal(after.people.demand.cell, before.people.demand.cell)


def test_land_cover_keeps_the_counts_of_the_villages(project):
    before = prepare(load_scenario(project / "tiny.toml"))
    after = prepare(load_scenario(with_people(project, 'source = "land_cover"')))
    assert [v.people for v in after.villages] == [v.people for v in before.villages]
    assert after.people.demand.people.sum() == pytest.approx(before.people.demand.people.sum())
    cover = after.ground.area_terrain["clutter_class"].to_numpy().ravel()
    weighted = after.people.demand.village == 2  # the built-up land is at the third village
    assert set(cover[after.people.demand.cell[weighted]]) == {50}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('source = "raster"', "name its file as places.people.file"),
        ('source = "land_cover"\nfile = "x.tif"', "which reads no file"),
        ('source = "land_cover"\ntotals = "source"', "does not say how many people"),
        ('totals = "control"', "give control"),
        ('control = "totals.csv"', "give control"),
        ('source = "land_cover"\nweights = { houses = 1.0 }', "weights has 'houses'"),
        (
            'totals = "control"\ncontrol = "t.csv"\n[area]\noutside = "cut"',
            "the totals are those of whole communes",
        ),
        ('source = "raster"\nfile = "gone.tif"', "gone.tif: no such file"),
    ],
)
def test_what_cannot_be_is_refused(project, text, message):
    with pytest.raises(InputError) as refused:
        prepare(load_scenario(with_people(project, text)))
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("code,people\n00001,10\n", "commune 00002 has villages and no total"),
        ("code,people\n1,10\n00002,5\n", "leading zero of '00001'"),
        ("code,people\n00001,1\n00002,5\n00009,7\n", "'00009' has 7 people and no village"),
        ("code,people\n00001,-3\n00002,5\n", "people is -3"),
        ("code,people\n00001,1\n00001,5\n", "stands already in"),
    ],
)
def test_totals_must_fit_the_communes(project, raster, table, message):
    (project / "totals.csv").write_text(table, encoding="utf-8")
    text = 'source = "raster"\nfile = "people.tif"\ntotals = "control"\ncontrol = "totals.csv"'
    with pytest.raises(InputError) as refused:
        prepare(load_scenario(with_people(project, text)))
    assert message in str(refused.value)
