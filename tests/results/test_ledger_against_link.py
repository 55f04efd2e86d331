"""What the ledger says a village lacks, and why, is what `link` says of the sector it names."""

from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.coordinates import transformer
from coverage_sim.inputs.prepare import prepare
from coverage_sim.links.path import Position
from coverage_sim.network.antennas import gain_table_dbi
from coverage_sim.radio.antenna_gain import gains_toward_dbi
from coverage_sim.scenario.load import load_scenario

SAMPLE = Path(__file__).parents[2] / "scenarios" / "nam_dinh" / "today.toml"

#: Causes that `link` knows of too, under the same names.
ON_THE_PATH = ("clutter", "terrain")


class Asked:
    """Asks `link` about the rows of a ledger."""

    def __init__(self, scenario, store):
        self.prepared = prepare(load_scenario(scenario))
        self.result = coverage_sim.run(scenario, store=store, ledger=True)
        self.sectors = {one.name: one for one in self.prepared.radio.sectors}
        rows = self.result.ledger.villages
        self.lacking = rows[(rows["cause_sector"] != "") & rows["missing_db"].notna()]

    def link(self, row):
        """Return the link to the row's place, the level there, and the mast's distance."""
        prepared, radio = self.prepared, self.prepared.radio
        sector = self.sectors[row["cause_sector"]]
        site = radio.sites[sector.site]
        layer = radio.layers[sector.layer]
        to_degrees = transformer(prepared.ground.crs, "EPSG:4326")
        here = to_degrees.transform(site.x, site.y)
        there = row["lacking_longitude"], row["lacking_latitude"]
        ends = [Position(longitude_deg=one[0], latitude_deg=one[1]) for one in (here, there)]
        link = coverage_sim.analyse_link(
            prepared.loaded.model,
            coverage_sim.terrain_path(
                prepared.ground.terrain,
                transmitter=ends[0],
                receiver=ends[1],
                profile_step_m=radio.profile_step_m,
            ),
            frequency_mhz=layer.frequency_mhz,
            tx_height_m=sector.antenna_height_m,
            rx_height_m=radio.rx_height_m,
        )
        profile = link.path.profile
        away_m = 1000.0 * profile.distance_km[-1]
        rise_m = profile.ground_m[-1] + radio.rx_height_m
        rise_m -= profile.ground_m[0] + sector.antenna_height_m
        bearing_deg, _, _ = Geod(ellps="WGS84").inv(*here, *there)  # from true north
        table = gain_table_dbi(
            radio.antennas[sector.antenna],
            sector.electrical_downtilt_deg,
            sector.mechanical_downtilt_deg,
        )
        elevation_deg = np.degrees(np.arctan2(rise_m, away_m))
        gain_dbi, _, _ = gains_toward_dbi(table, bearing_deg - sector.azimuth_deg, elevation_deg)
        return link, radio.received_dbm(sector) + gain_dbi - link.path_loss_db, away_m


def check(asked, count, *, level_db, seed=3):
    """Compare rows of the ledger with `link`, as many as there are up to a count."""
    rows = asked.lacking
    rows = rows.sample(min(count, len(rows)), random_state=seed).to_dict("records")
    threshold_dbm = asked.result.scenario.service.least_dbm
    off_db, seen = [], set()
    for row in rows:
        link, level_dbm, away_m = asked.link(row)
        seen.add(row["cause"])
        assert row["mast_m"] == pytest.approx(away_m, rel=2e-3, abs=1.0)
        off_db.append(level_dbm - (threshold_dbm - row["missing_db"]))
        if row["cause"] in ON_THE_PATH:
            spared_db = link.reason.spared_db[row["cause"]]
            enough = spared_db >= row["missing_db"]
            near = abs(spared_db - row["missing_db"]) < 0.05
            assert near or row["enough_alone"] == enough, row
    assert np.median(np.abs(off_db)) < 0.25
    assert np.abs(off_db).max() < level_db
    return seen


def test_a_small_network_lacks_what_link_says(project):
    path = project / "high.toml"
    path.write_text(
        'format = 1\nextends = "tiny.toml"\n[propagation]\ndriver = "exact"\n'
        "[layers.lte_b3]\nradius_m = 6000.0\n"
        "[service.levels_dbm]\nbasic = -60.0\ngood = -55.0\nindoor = -50.0\n",
        encoding="utf-8",
    )
    asked = Asked(path, MemoryStore())
    assert len(asked.lacking) > 5
    # the gain is read at the nearest angle, losses are kept to 1/128 dB
    assert check(asked, 20, level_db=0.5)


@pytest.mark.slow
def test_a_hundred_villages_of_the_sample_lack_what_link_says():
    asked = Asked(SAMPLE, None)
    # the sweep reads a cell's loss off the nearest of its radials
    assert check(asked, 100, level_db=5.0) >= {"clutter"}


@pytest.mark.slow
def test_a_hundred_villages_of_real_ground_lack_what_link_says(shared):
    asked = Asked(shared / "cases" / "bavi" / "today_exact.toml", None)
    assert check(asked, 100, level_db=0.6) >= {"terrain", "antenna_direction"}
