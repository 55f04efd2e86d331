"""What networks are called: the one place where keys and columns are made and read."""

import re
from typing import Final

_GAINED: Final = "gained_people"
_SERVED: Final = "served_people"
_AT_MARGIN: Final = re.compile(r"(.+)_([0-9.]+)_db_people")

#: Operator of a network that takes whoever is strongest.
ANY: Final = "any"


def network_key(operator: str, generation: str) -> str:
    """Return the key of all carriers of an operator, or of any, of a generation.

    Examples
    --------
    >>> network_key("viettel", "4g"), network_key(ANY, "5g")
    ('viettel_4g', 'any_5g')
    """
    return f"{operator}_{generation}"


def split_network_key(key: str) -> tuple[str, str]:
    """Return operator and generation of a key that `network_key` made.

    Examples
    --------
    >>> split_network_key("mobi_fone_4g")
    ('mobi_fone', '4g')
    """
    operator, _, generation = key.rpartition("_")
    return operator, generation


def is_of_any_operator(key: str) -> bool:
    """Say whether a network takes whoever is strongest.

    Examples
    --------
    >>> is_of_any_operator("any_5g"), is_of_any_operator("viettel_5g")
    (True, False)
    """
    return split_network_key(key)[0] == ANY


def network_column(key: str, what: str) -> str:
    """Return the column that holds something of a network.

    Examples
    --------
    >>> network_column("any_4g", "rsrp_median_dbm")
    'any_4g_rsrp_median_dbm'
    """
    return f"{key}_{what}"


def people_column(key: str, level: str) -> str:
    """Return the column that holds the people a network serves at a level.

    Examples
    --------
    >>> people_column("any_4g", "basic")
    'any_4g_basic_people'
    """
    return network_column(key, f"{level}_people")


def gained_column(key: str) -> str:
    """Return the column that holds the people who gain a network.

    Examples
    --------
    >>> gained_column("any_4g")
    'any_4g_gained_people'
    """
    return network_column(key, _GAINED)


def network_of_gained(column: str) -> str:
    """Return the network of a column that `gained_column` made; "" for others.

    Examples
    --------
    >>> network_of_gained("any_4g_gained_people"), network_of_gained("cost_vnd")
    ('any_4g', '')
    """
    return _network_before(column, _GAINED)


def served_column(key: str) -> str:
    """Return the column that holds the people whom one mast serves best of a network.

    Examples
    --------
    >>> served_column("viettel_4g")
    'viettel_4g_served_people'
    """
    return network_column(key, _SERVED)


def network_of_served(column: str) -> str:
    """Return the network of a column that `served_column` made; "" for others.

    Examples
    --------
    >>> network_of_served("viettel_4g_served_people"), network_of_served("any_4g_gained_people")
    ('viettel_4g', '')
    """
    return _network_before(column, _SERVED)


def _network_before(column: str, what: str) -> str:
    ending = f"_{what}"
    return column.removesuffix(ending) if column.endswith(ending) else ""


def percent_column(key: str) -> str:
    """Return the column that holds the covered share of people of a network.

    Examples
    --------
    >>> percent_column("any_4g")
    'any_4g_percent'
    """
    return network_column(key, "percent")


def margin_column(key: str, margin_db: float) -> str:
    """Return the column that holds the people a network serves with a margin.

    Examples
    --------
    >>> margin_column("any_4g", 3.0)
    'any_4g_3_db_people'
    """
    return network_column(key, f"{margin_db:g}_db_people")


def split_margin_column(column: str) -> tuple[str, float] | None:
    """Return network and margin of a column that `margin_column` made; None for others. [dB]

    Examples
    --------
    >>> split_margin_column("any_4g_3_db_people"), split_margin_column("cost_vnd")
    (('any_4g', 3.0), None)
    """
    found = _AT_MARGIN.fullmatch(column)
    return (found[1], float(found[2])) if found else None


def scenario_column(scenario: str, column: str) -> str:
    """Return the column of a comparison that holds what a scenario has in a column.

    Examples
    --------
    >>> scenario_column("approved", percent_column("any_4g"))
    'approved_any_4g_percent'
    """
    return f"{scenario}_{column}"


def split_any_column(column: str) -> tuple[str, str]:
    """Return scenario and column of any operator's network in a comparison.

    Examples
    --------
    >>> split_any_column("approved_any_4g_percent")
    ('approved', 'any_4g_percent')
    """
    scenario, _, rest = column.rpartition(f"_{ANY}_")
    return scenario, f"{ANY}_{rest}"
