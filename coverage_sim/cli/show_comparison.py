"""Tables of a comparison in the terminal."""

from collections.abc import Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table

from coverage_sim.cli.show_run import WORST, communes_as_of, least_in_words
from coverage_sim.network.network_names import ANY, split_any_column, split_network_key
from coverage_sim.reporting.table_writing import Column, rich_table, whole
from coverage_sim.results.comparison import Comparison
from coverage_sim.results.counted import Counted
from coverage_sim.results.difference import Difference

#: Counts before and after, and what is gained and lost, in one column: a terminal is narrow.
_TO, _CHANGE = "{} to {}", "+{} -{}"

#: Who is covered: expected over the prediction's error, and by its median, as a map shows.
_COUNTS = {"expected_people": "People expected", "people": "On the map"}


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print the tables of a comparison: losses first, then gains, costs and the inputs."""
    baseline, *others = comparison.results
    of_scenario = () if len(others) == 1 else (_column_of("scenario", "Scenario"),)
    after = "; ".join(result.scenario.title for result in others)
    title = f"{after}\nagainst {baseline.scenario.title}"
    _print_gains(console, comparison.networks, baseline, of_scenario, title=title)
    _print_villages_and_places(console, comparison, of_scenario)
    if len(comparison.matrix):
        console.print(_matrix_table(comparison))
    if len(comparison.costs):
        console.print(_cost_table(comparison.costs, of_scenario))
    console.print(
        rich_table(
            comparison.inputs,
            title=f"What differs in the inputs from {baseline.scenario.title}",
            columns=[
                _column_of("scenario", "Scenario"),
                _column_of("key", "Key"),
                _column_of("before", "Before"),
                _column_of("after", "After"),
            ],
        )
    )


def print_difference(console: Console, difference: Difference, before: Counted) -> None:
    """Print the tables of what some changes of sites do: losses first, then gains and costs.

    Parameters
    ----------
    console : Console
        Where.
    difference : Difference
        What they do.
    before : Counted
        The network without them.
    """
    title = f"{before.scenario.title}: with the changes, against the scenario as it is"
    _print_gains(console, difference.networks, before, (), title=title)
    _print_villages_and_places(console, difference, ())
    if len(difference.communes):
        _print_communes(console, difference.communes, before)
    if len(difference.costs):
        console.print(_cost_table(difference.costs, ()))


def _print_villages_and_places(
    console: Console, told: Comparison | Difference, of_scenario: tuple[Column, ...]
) -> None:
    """Print who loses, who gains, and which places change."""
    for column, sign, ending, label in (
        ("worst_change_people", -1.0, "worse", "Largest loss, people"),
        ("best_change_people", 1.0, "better", "Largest gain, people"),
    ):
        villages = pd.DataFrame(told.villages)
        changed = villages[sign * villages[column] >= 1.0] if len(villages) else villages
        if len(changed):
            most = changed.sort_values(column, ascending=sign < 0.0, kind="stable")
            console.print(
                rich_table(
                    most.head(WORST),
                    title=f"Villages that get {ending}: {len(changed):,}",
                    columns=[
                        *of_scenario,
                        *_named_columns(changed, "Village"),
                        Column(name="people", label="People"),
                        Column(name=column, label=label),
                    ],
                )
            )
    if len(told.places):
        console.print(
            rich_table(
                told.places.head(WORST),
                title=f"Places that must be covered and change: {len(told.places):,}",
                columns=[
                    *of_scenario,
                    _column_of("name", "Place"),
                    _column_of("kind", "Kind"),
                    _column_of("before_covered", "Before"),
                    _column_of("after_covered", "After"),
                    Column(name="after_dbm", label="RSRP, dBm", digits=1),
                ],
            )
        )


def _column_of(name: str, label: str) -> Column:
    return Column(name=name, label=label, align="left")


def _named_columns(table: pd.DataFrame, what: str) -> list[Column]:
    labels = {"name": what, "commune": "Commune", "district": "District"}
    return [_column_of(name, label) for name, label in labels.items() if name in table]


def _print_gains(
    console: Console,
    table: pd.DataFrame,
    baseline: Counted,
    of_scenario: tuple[Column, ...],
    *,
    title: str,
) -> None:
    """Print what networks gain and lose at the least level, beside their people."""
    table = table[table["level"] == baseline.scenario.service.least_level]
    counts = {what: label for what, label in _COUNTS.items() if f"before_{what}" in table}
    table = table.assign(
        **{
            f"both_{what}": _pairs(table[[f"before_{what}", f"after_{what}"]], _TO)
            for what in counts
        }
    )
    title = f"{title}, at {least_in_words(baseline)}"
    gains = gains_table(
        table,
        [
            *of_scenario,
            _column_of("network", "Network"),
            *(
                Column(name=f"both_{what}", label=label, align="right")
                for what, label in counts.items()
            ),
        ],
        title=title,
    )
    if gains.row_count:
        console.print(gains)
    else:
        console.print(f"{title}: nobody gains or loses anything.", markup=False)


def _print_communes(console: Console, changes: pd.DataFrame, before: Counted) -> None:
    """Print the communes whose covered people change most, in any operator's networks."""
    keys = [network.key for network in before.networks if network.operator == ANY]
    keys = [key for key in keys if key in changes]
    of_any = changes[keys].set_axis(before.communes.index)
    table = pd.DataFrame(before.communes[["name", "district", "people"]]).join(of_any)
    largest = of_any.abs().max(axis=1).sort_values(ascending=False, kind="stable")
    most = largest[largest >= 1.0].index
    if len(most):
        console.print(
            rich_table(
                table.loc[most[:WORST]],
                title=f"Communes whose covered people change: {len(most):,}",
                caption=f"communes as of {before.communes['as_of'].iloc[0]}",
                columns=[
                    *_named_columns(table, "Commune"),
                    Column(name="people", label="People"),
                    *(Column(name=key, label=key.replace("_", " ")) for key in keys),
                ],
            )
        )


def gains_table(table: pd.DataFrame, columns: Sequence[Column], *, title: str) -> Table:
    """Return the networks that gain or lose anything, with losses beside gains.

    What stays as it was stands in networks.csv.

    Parameters
    ----------
    table : DataFrame
        One row a network: ``gained_`` and ``lost_`` people, villages, communes, places.
    columns : sequence of Column
        What is shown before them.
    title : str
        Of the table.
    """
    changes = {
        what: [f"gained_{what}", f"lost_{what}"]
        for what in ("people", "villages", "communes", "places")
        if f"gained_{what}" in table
    }
    if changes:
        table = table[
            (table[[name for pair in changes.values() for name in pair]] >= 1.0).any(axis=1)
        ]
    labels = {what: what.capitalize() for what in changes}
    # Who is unknown before or after is neither gained nor lost, and stands beside it.
    unknown = ["before_unknown_people", "after_unknown_people"]
    if set(unknown) <= set(table) and (table[unknown] >= 1.0).any(axis=None):
        changes["unknown"], labels["unknown"] = unknown, "Unknown"
    paired = table.assign(
        **{
            f"change_{what}": _pairs(table[names], _TO if what == "unknown" else _CHANGE)
            for what, names in changes.items()
        }
    )
    shown = [
        Column(name=f"change_{what}", label=label, align="right") for what, label in labels.items()
    ]
    return rich_table(paired, title=title, columns=[*columns, *shown])


def _pairs(table: pd.DataFrame, form: str) -> list[str]:
    """Return the two counts of each row as one text; a dash where there are none."""
    return [
        "–" if pd.isna(one) else form.format(whole(one), whole(other))
        for one, other in table.itertuples(index=False)
    ]


def _matrix_table(comparison: Comparison) -> Table:
    """Return communes by scenarios: those whose covered share differs most between scenarios."""
    matrix = comparison.matrix
    shares = [column for column in matrix.columns if column.endswith("_percent")]
    by_network: dict[str, list[str]] = {}
    for column in shares:
        by_network.setdefault(split_any_column(column)[1], []).append(column)
    spread = pd.concat(
        [matrix[own].max(axis=1) - matrix[own].min(axis=1) for own in by_network.values()], axis=1
    ).max(axis=1)
    most = spread.sort_values(ascending=False, kind="stable").index[:WORST]
    changed = matrix.loc[[row for row in most if spread[row] > 0.0]]
    columns = []
    for column in shares:
        scenario, own = split_any_column(column)
        label = f"{scenario}\n{split_network_key(own.removesuffix('_percent'))[1]}"
        columns.append(Column(name=column, label=label, digits=1))
    return rich_table(
        changed,
        title=f"Communes by scenarios, % of people: the {len(changed)} that differ most",
        caption=f"communes as of {communes_as_of(comparison.results[0])}",
        columns=[
            *_named_columns(matrix, "Commune"),
            Column(name="people", label="People"),
            *columns,
        ],
    )


def _cost_table(costs: pd.DataFrame, of_scenario: tuple[Column, ...]) -> Table:
    by = [*(column.name for column in of_scenario), "work"]
    summed = costs.groupby(by, sort=False)[["quantity", "cost_vnd"]].sum().reset_index()
    total_vnd = float(costs["cost_vnd"].sum())
    return rich_table(
        summed.assign(cost_vnd=summed["cost_vnd"] / 1e6),
        title="Work and its cost" if of_scenario else f"Cost: {total_vnd / 1e9:,.1f} billion VND",
        caption="by the scenario's price list",
        columns=[
            *of_scenario,
            Column(name="work", label="Work", align="left"),
            Column(name="quantity", label="Number"),
            Column(name="cost_vnd", label="Million VND"),
        ],
    )
