"""What networks are called: the one place where keys and columns are made and read."""

from typing import Final

_GAINED: Final = "gained_people"

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
    ending = f"_{_GAINED}"
    return column.removesuffix(ending) if column.endswith(ending) else ""
