"""What would cure a village that is not covered, what it costs, and how many people it reaches.

Every action that could help is applied to its one site and evaluated over the village as the whole
network is: the same path loss, rounded alike, the same antennas. What is said of a gain is
therefore what a run of the changed scenario finds.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pandas as pd

from coverage_sim.engine.run_context import RunContext
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.results.result import Result
from coverage_sim.scenario.schema_network import NetworkChoice
from coverage_sim.studies.cures.trials import Trial, Trials

#: A village of which nothing helps has one row of this kind.
NONE = "none"


def find_cures(result: Result, prepared: Prepared, context: RunContext) -> pd.DataFrame:
    """Return what would cure the villages that most people lack a network in.

    A cure covers its village and takes the network from next to nobody elsewhere. Of each kind of
    work the cheapest cure is listed, or where there is none the action that reaches most people
    for the money.

    Parameters
    ----------
    result : Result
        With its ledger, of a scenario with prices.
    prepared : Prepared
        What was run.
    context : RunContext
        Its store keeps the path loss of the masts that may be turned.

    Returns
    -------
    DataFrame
        One row a network, village and kind of work: who the village is, ``uncovered_people``,
        ``rank`` (1 is the cheapest cure; what is none follows, by people for the money),
        ``kind`` (``"none"`` where nothing helps), ``site``, ``operators``, ``layers``, ``was``
        and ``becomes`` (azimuth or tilt in degrees, height in metres), ``cost_vnd``,
        ``gain_people`` and ``covered_percent`` of the village, ``covers``, ``lost_people`` (who
        lose this network elsewhere, at most; NaN where antennas brought higher are no cure anyway),
        ``is_cure``, and ``change``: the line for a scenario. Zoning is not looked at.
    """
    scenario = result.scenario
    if result.ledger is None or scenario.costs is None:
        msg = "cures need a ledger and a scenario with [costs]"
        raise ValueError(msg)
    tried = Trials(result, prepared, context.store)
    jobs = [
        (network, village)
        for network in result.networks
        if network.key in scenario.cures.networks
        for village in tried.worst(network)
    ]
    of_network = dict(iter(result.ledger.villages.groupby("network")))
    rows = []
    with ThreadPoolExecutor(context.workers) as pool:
        found = pool.map(lambda job: tried.of_village(*job), jobs)
        for done, ((network, village), trials) in enumerate(zip(jobs, found, strict=True), start=1):
            own = of_network[network.key].iloc[village.row]
            rows += _told(own, trials, scenario.network)
            context.progress("cures", done, len(jobs))
    return pd.DataFrame(rows, columns=_COLUMNS)


_WHO = ["id", "name", "commune_code", "commune", "commune_as_of", "district"]
_COLUMNS = [
    "network", *_WHO, "people", "uncovered_people", "rank", "kind", "site", "operators", "layers",
    "was", "becomes", "cost_vnd", "gain_people", "covered_percent", "covers", "lost_people",
    "is_cure", "change",
]  # fmt: skip


def _told(
    village: pd.Series, trials: Sequence[Trial], choice: NetworkChoice
) -> list[dict[str, object]]:
    """Return the rows of a village, of which the ledger's row is given."""
    names = ("network", *_WHO, "people", "uncovered_people")
    head = {name: village[name] for name in names if name in village}
    if not trials:
        return [
            {
                **head,
                "rank": 1,
                "kind": NONE,
                "gain_people": 0.0,
                "covered_percent": village["covered_percent"],
                "covers": False,
                "is_cure": False,
            }
        ]
    return [
        {
            **head,
            "rank": rank,
            "kind": one.action.kind,
            "site": one.action.site,
            "operators": ";".join(one.action.operators),
            "layers": ";".join(one.action.layers),
            "was": one.action.was,
            "becomes": one.action.becomes,
            "cost_vnd": one.cost_vnd,
            "gain_people": one.gain_people,
            "covered_percent": one.covered_percent,
            "covers": one.covers,
            "lost_people": one.lost_people,
            "is_cure": one.is_cure,
            "change": one.action.as_toml(choice),
        }
        for rank, one in enumerate(trials, start=1)
    ]
