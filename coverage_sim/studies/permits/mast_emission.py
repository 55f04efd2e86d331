"""What all antennas on one mast radiate together, whosever site they belong to."""

from collections.abc import Sequence
from dataclasses import replace

from scipy.spatial import cKDTree

from coverage_sim.inputs.deployment import deployed_on, sectors_on
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.sites import SAME_PLACE_M, Sector, Site
from coverage_sim.radio.emf import Emission, Limit, emission_and_limit, reach_of


class MastEmissions:
    """The antennas on air, by the mast on which they are.

    Sites within `SAME_PLACE_M` of each other count as one mast, as ``site lint`` takes them: lists
    of several operators give the same mast with some metres between.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    proposed : sequence of Site
        Sites that are asked about together: they may share a mast too.
    """

    def __init__(self, prepared: Prepared, proposed: Sequence[Site] = ()) -> None:
        self._prepared = prepared
        radio = prepared.radio
        self._tree = _tree(radio.sites)
        self._sectors: dict[int, list[Sector]] = {}
        for sector in radio.sectors:
            self._sectors.setdefault(sector.site, []).append(sector)
        self._proposed, self._proposed_tree = tuple(proposed), _tree(proposed)
        self._reach_m: dict[tuple[object, ...], float] = {}

    def rows_at(self, x: float, y: float) -> list[int]:
        """Return the rows of the sites on air on the mast at a place."""
        return _near(self._tree, x, y)

    def standing_at(self, x: float, y: float) -> list[Sector]:
        """Return the sectors on air on the mast at a place."""
        return [sector for row in self.rows_at(x, y) for sector in self._sectors.get(row, [])]

    def with_site(self, site: Site) -> list[Sector]:
        """Return a site's sectors and those that stand or are proposed on its mast.

        What a proposed site has on air already is there once: as the proposal says it.
        """
        near = [self._proposed[row] for row in _near(self._proposed_tree, site.x, site.y)]
        others = {one.id: one for one in near if one.id != site.id}
        radio = self._prepared.radio
        found: list[Sector] = []
        said = set()
        for one in (site, *others.values()):
            own = self._of_proposal(one)
            found += own
            said |= {(one.id, sector.operator, sector.layer) for sector in own}
        standing = [
            sector
            for sector in self.standing_at(site.x, site.y)
            if (radio.sites[sector.site].id, sector.operator, sector.layer) not in said
        ]
        return [*found, *standing]

    def _of_proposal(self, site: Site) -> tuple[Sector, ...]:
        scenario = self._prepared.loaded.scenario
        alone = (deployed_on(replace(site, in_ring=False), scenario),)
        return sectors_on(alone, scenario, self._prepared.radio.antennas)

    def emission(self, sectors: Sequence[Sector]) -> tuple[Emission, Limit]:
        """Return what sectors radiate together, and the limit that holds."""
        return emission_and_limit(
            sectors, self._prepared.loaded.scenario.layers, self._prepared.radio.antennas
        )

    def reach_m(self, site: Site) -> float | None:
        """Return how far the limit reaches from a site's mast at worst; None without sectors."""
        sectors = self.with_site(site)
        if not sectors:
            return None
        # Of masts alike the answer is the same, and slow to find.
        key = tuple(sorted(_radiating(sector) for sector in sectors))
        if key not in self._reach_m:
            emission, limit = self.emission(sectors)
            reach = reach_of(emission.worst_w, limit.power_density_w_m2)
            self._reach_m[key] = float(reach.horizontal_m.max())
        return self._reach_m[key]


def _tree(sites: Sequence[Site]) -> cKDTree | None:
    return cKDTree([(site.x, site.y) for site in sites]) if sites else None


def _near(tree: cKDTree | None, x: float, y: float) -> list[int]:
    """Return the rows of the sites on the mast at a place."""
    return [] if tree is None else sorted(tree.query_ball_point((x, y), SAME_PLACE_M))


def _radiating(sector: Sector) -> tuple[str, str, float, float, float, float, float]:
    """Return what of a sector matters for what it radiates."""
    return (
        sector.layer,
        sector.antenna,
        sector.azimuth_deg,
        sector.electrical_downtilt_deg,
        sector.mechanical_downtilt_deg,
        sector.power_offset_db,
        sector.feeder_loss_db,
    )
