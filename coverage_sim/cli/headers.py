"""What ``--header`` says of the columns of a table."""

from collections.abc import Sequence

from coverage_sim.errors import Problems
from coverage_sim.io.headers import IGNORE


def headers_of(given: Sequence[str]) -> dict[str, str]:
    """Return what ``--header measured_name=our_name`` says, header to column.

    Raises
    ------
    InputError
        With every one that is not of this form.

    Examples
    --------
    >>> headers_of(["Signal (dBm)=rsrp_dbm"])
    {'Signal (dBm)': 'rsrp_dbm'}
    """
    problems = Problems()
    headers: dict[str, str] = {}
    for text in given:
        header, sign, column = (part.strip() for part in text.rpartition("="))
        if not (header and sign and column):
            problems.add(f"--header is {text!r}; it must be measured_name=our_name.")
        elif column != IGNORE and column in headers.values():
            problems.add(f"--header: two headers are to be {column}; name one.")
        headers[header] = column
    problems.raise_if_any()
    return headers
