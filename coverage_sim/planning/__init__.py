"""Where masts may stand and should stand."""

from coverage_sim.planning.siting.max_cover import solve_max_cover
from coverage_sim.planning.siting.plan import Plan
from coverage_sim.planning.siting.problem import MinimumService

__all__ = ["MinimumService", "Plan", "solve_max_cover"]
