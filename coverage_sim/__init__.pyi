from .engine.folder_store import FolderStore
from .engine.store import MemoryStore
from .errors import CoverageSimError, InputError, OlderVersionWarning
from .links.analyse import Link, analyse_link
from .links.path import Position, terrain_path
from .links.profile_file import profile_path
from .network.antenna_files import read_antenna_file, write_msi
from .network.antennas import gain_table_dbi
from .network.layers import epre_dbm
from .places.communes import load_communes
from .propagation.drivers import Driver
from .propagation.model import register_model
from .propagation.points import path_loss_points
from .propagation.predict import path_loss, profile_path_loss
from .propagation.registry import get_model, registered_models
from .reporting.antenna_picture import save_antenna_picture
from .reporting.link_picture import save_link_picture
from .reporting.report.report import report
from .reporting.result_files import Result
from .results.comparison import Comparison
from .results.difference import Difference
from .results.measured import Measured
from .results.permits import Alternatives, Assessment, Assessments, SiteCheck, ZoningMap
from .results.state import State
from .scenario.load import LoadedScenario, load_scenario
from .scenario.schema import Scenario
from .siting.max_cover import solve_max_cover
from .siting.min_cost import solve_min_cost
from .siting.plan import Plan
from .siting.problem import MinimumService
from .studies.compare.compare import compare
from .studies.lists.site_lists import convert_site_list, lint_site_list
from .studies.measure.measure import measure
from .studies.permits.alternatives import alternatives
from .studies.permits.assess import assess
from .studies.permits.check import check_sites
from .studies.permits.exposure import Exposure, exposure
from .studies.permits.zoning_map import zoning_map
from .studies.plan.candidates import candidates
from .studies.plan.optimize import optimize
from .studies.plan.records import Candidates, SitePlan
from .studies.run.run import run
from .studies.session.session import Session
from .studies.start.demo import Demo, demo
from .studies.start.new_project import new_project
from .studies.start.own_project import project_from_lists
from .terrain.assemble import assemble_terrain, terrain_from_arrays
from .terrain.catalog import load_catalog
from .terrain.grid import make_grid

__all__ = [
    "Alternatives",
    "Assessment",
    "Assessments",
    "Candidates",
    "Comparison",
    "CoverageSimError",
    "Demo",
    "Difference",
    "Driver",
    "Exposure",
    "FolderStore",
    "InputError",
    "Link",
    "LoadedScenario",
    "Measured",
    "MemoryStore",
    "MinimumService",
    "OlderVersionWarning",
    "Plan",
    "Position",
    "Result",
    "Scenario",
    "Session",
    "SiteCheck",
    "SitePlan",
    "State",
    "ZoningMap",
    "__version__",
    "alternatives",
    "analyse_link",
    "assemble_terrain",
    "assess",
    "candidates",
    "check_sites",
    "compare",
    "convert_site_list",
    "demo",
    "epre_dbm",
    "exposure",
    "gain_table_dbi",
    "get_model",
    "lint_site_list",
    "load_catalog",
    "load_communes",
    "load_scenario",
    "make_grid",
    "measure",
    "new_project",
    "optimize",
    "path_loss",
    "path_loss_points",
    "profile_path",
    "profile_path_loss",
    "project_from_lists",
    "read_antenna_file",
    "register_model",
    "registered_models",
    "report",
    "run",
    "save_antenna_picture",
    "save_link_picture",
    "solve_max_cover",
    "solve_min_cost",
    "terrain_from_arrays",
    "terrain_path",
    "write_msi",
    "zoning_map",
]

__version__: str
