"""The solver: rows, columns, weights, budgets. Knows nothing of masts."""

from coverage_sim.siting.max_cover import solve_max_cover
from coverage_sim.siting.min_cost import solve_min_cost
from coverage_sim.siting.plan import Plan
from coverage_sim.siting.problem import MinimumService

__all__ = ["MinimumService", "Plan", "solve_max_cover", "solve_min_cost"]
