"""Where masts may stand and should stand."""

from coverage_sim.planning.siting.max_cover import solve_max_cover
from coverage_sim.planning.siting.min_cost import solve_min_cost
from coverage_sim.planning.siting.plan import Plan
from coverage_sim.planning.siting.problem import MinimumService

__all__ = ["MinimumService", "Plan", "solve_max_cover", "solve_min_cost"]
