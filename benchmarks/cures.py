"""Whether a cure brings what is said of it: each is run as a scenario, and its village counted.

    python -m benchmarks.cures [VILLAGES] [SCENARIO]

The cheapest cure of each of the worst villages, and the first three of every other kind of work.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import coverage_sim
from benchmarks.machine import machine_line

_SCENARIO = Path(__file__).parent.parent / "scenarios/nam_dinh/today.toml"


def main() -> None:
    """Print stated and found gains."""
    villages = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    path = Path(sys.argv[2]) if len(sys.argv) > 2 else _SCENARIO
    today = coverage_sim.run(path, ledger=True)
    today = coverage_sim.run(path, ledger=True)  # what is kept is not computed again
    print(machine_line())
    print({stage: f"{seconds:.1f} s" for stage, seconds in today.seconds.items()})
    assert today.cures is not None
    cures = today.cures
    chosen = cures[(cures["rank"] == 1) & (cures["kind"] != "none")].head(villages)
    others = cures[(cures["rank"] > 1) & (cures["kind"] != "none")]
    others = others.groupby("kind", sort=True).head(3)
    level = next(iter(today.scenario.service.levels_dbm))
    worst, seconds = 0.0, []
    print("village, kind, people, stated gain, found gain, difference in % of the village's people")
    for cure in (*chosen.to_dict("records"), *others.to_dict("records")):
        began = time.perf_counter()
        after = _with(path, str(cure["change"]))
        seconds.append(time.perf_counter() - began)
        column = f"{cure['network']}_{level}_people"
        had, has = (
            float(result.villages.set_index("id").loc[cure["id"], column])
            for result in (today, after)
        )
        off = 100.0 * abs((has - had) - cure["gain_people"]) / cure["people"]
        worst = max(worst, off)
        print(
            f"{cure['name']}, {cure['kind']}, {cure['people']:.0f}, {cure['gain_people']:.1f}, "
            f"{has - had:.1f}, {off:.3f}"
        )
    print(f"{len(seconds)} cures; largest difference {worst:.4f} % of the people of the village")
    print(f"median {statistics.median(seconds):.1f} s a run")


def _with(path: Path, change: str) -> coverage_sim.Result:
    """Run a scenario with one more line."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cure.toml"
        file.write_text(f'format = 1\nextends = "{path.resolve()}"\nname = "cure"\n{change}\n')
        return coverage_sim.run(file)


if __name__ == "__main__":
    main()
