"""Published covering problems as matrices: the folder ``validation/optimizer`` of the shared data.

Sources and licences stand in that folder's README; `generated` draws any size anew.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import sparse

from coverage_sim.array_types import Floats

_EARTH_RADIUS_M = 6_378_100.0


class Instance(NamedTuple):
    """A covering problem and what is known of it.

    Parameters
    ----------
    name : str
        File and parameters.
    matrix : scipy.sparse.csr_array
        Which column covers which row.
    weights, costs : ndarray of float64
        Of rows and of columns.
    budget : float
        What may be spent; of set covering there is none: NaN.
    value : float
        The published value.
    proved : bool
        Whether that is an optimum; else the best known.
    """

    name: str
    matrix: sparse.csr_array
    weights: Floats
    costs: Floats
    budget: float
    value: float
    proved: bool


def urban(folder: Path) -> Iterator[Instance]:
    """Yield the urban instances of Maximo, Cordeau and Nascimento (2023)."""
    points: dict[tuple[str, str], tuple[sparse.csr_array, Floats]] = {}
    for row in _table(folder / "mclp_ails/best_known.csv"):
        name, radius = row["instance"], row["radius_m"]
        if (name, radius) not in points:
            points[name, radius] = _points(folder / f"mclp_ails/{name}.txt", float(radius))
        matrix, weights = points[name, radius]
        yield Instance(
            name=f"{name} p={row['p']}",
            matrix=matrix,
            weights=weights,
            costs=np.ones(matrix.shape[1]),
            budget=float(row["p"]),
            value=float(row["best_known_value"]),
            proved=False,
        )


def _points(path: Path, radius_m: float) -> tuple[sparse.csr_array, Floats]:
    lines = path.read_text().splitlines()
    count = next(int(line.split(":")[1]) for line in lines if line.startswith("DIMENSION"))
    begin = next(k for k, line in enumerate(lines) if line.startswith("NODE_COORD")) + 1
    degrees = np.array([line.split()[-2:] for line in lines[begin : begin + count]], dtype=float)
    rest = [
        line
        for line in lines[begin + count :]
        if line.strip() and not line.startswith(("DEMAND", "EOF"))
    ]
    weights = np.array([line.split()[-1] for line in rest[:count]], dtype=float)
    latitude, longitude = np.radians(degrees).T
    cosine = np.sin(latitude)[:, None] * np.sin(latitude) + (
        np.cos(latitude)[:, None] * np.cos(latitude) * np.cos(longitude[:, None] - longitude)
    )
    away_m = (_EARTH_RADIUS_M * np.arccos(np.clip(cosine, -1.0, 1.0))).astype(np.float32)
    return sparse.csr_array(away_m <= radius_m), weights


def generated_files(folder: Path, most_rows: int) -> Iterator[Instance]:
    """Yield the files of Cordeau, Furini and Ljubic's generator, with the proved optima."""
    for row in _table(folder / "bds/proven_optima.csv"):
        if int(row["m"]) > most_rows:
            continue
        name = f"BDS{row['m']}" + ("ABC"[int(row["seed"]) - 1] if row["m"] == "10000" else "")
        lines = [line.split() for line in (folder / f"bds/{name}.txt").read_text().splitlines()]
        facilities, clients = (
            np.array(
                [line[2 : 2 + many] for line in lines if line and line[0] == kind], dtype=float
            )
            for kind, many in (("F", 2), ("C", 3))
        )
        matrix = _within(clients, facilities, float(row["radius"]))
        yield Instance(
            name=f"{name} R={row['radius']} p={row['budget_p']}",
            matrix=matrix,
            weights=clients[:, 2],
            costs=np.ones(matrix.shape[1]),
            budget=float(row["budget_p"]),
            value=float(row["optimum_or_best"]),
            proved=True,
        )


def _within(clients: Floats, facilities: Floats, radius: float) -> sparse.csr_array:
    away = np.hypot(clients[:, None, 0] - facilities[:, 0], clients[:, None, 1] - facilities[:, 1])
    return sparse.csr_array(away <= radius)


def set_coverings(folder: Path, names: tuple[str, ...] | None = None) -> Iterator[Instance]:
    """Yield set coverings of the OR-Library; all by default."""
    for row in _table(folder / "orlib_scp/known_optima.csv"):
        if names is not None and row["instance"] not in names:
            continue
        path = folder / f"orlib_scp/{row['instance']}.txt"
        numbers = [int(word) for word in path.read_text().split()]
        rows, columns = numbers[:2]
        at, of_row, of_column = 2 + columns, [], []
        for number in range(rows):
            count = numbers[at]
            of_column += [one - 1 for one in numbers[at + 1 : at + 1 + count]]
            of_row += [number] * count
            at += 1 + count
        yield Instance(
            name=row["instance"],
            matrix=sparse.csr_array((np.ones(len(of_row)), (of_row, of_column)), (rows, columns)),
            weights=np.ones(rows),
            costs=np.array(numbers[2 : 2 + columns], dtype=float),
            budget=float("nan"),
            value=float(row["value"]),
            proved=row["kind"] == "optimum",
        )


def _table(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))
