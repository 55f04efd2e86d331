"""Try readers with damaged files, in a process that may be ended from outside.

``python -m tests.fuzz.batch FOLDER COUNT SEED READER...`` damages the files of each reader COUNT
times. It writes a line of JSON for each input that is begun and for each fault, and keeps in
FOLDER what broke a reader. The same seed makes the same inputs, whatever was tried before.
"""

import json
import random
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

from coverage_sim.errors import InputError
from tests.fuzz.mutations import mutate
from tests.fuzz.readers import READERS, Reader

#: What reading one small file may take, in this process and those that it starts. [s]
MOST_S = 10.0


def main(folder: Path, count: int, seed: int, names: list[str]) -> None:
    """Try readers, one after the other."""
    warnings.simplefilter("ignore")  # what a reader says beside its answer is tested elsewhere
    projects: dict[Any, Path] = {}
    for name in names:
        reader = READERS[name]
        if reader.prepare not in projects:
            projects[reader.prepare] = folder / f"project_{len(projects)}"
            projects[reader.prepare].mkdir(parents=True)
            reader.prepare(projects[reader.prepare])
        _try(name, reader, projects[reader.prepare], folder, range(count), seed)


def _try(name: str, reader: Reader, project: Path, folder: Path, numbers: range, seed: int) -> None:
    whole = {file: (project / file).read_bytes() for file in reader.files}
    for file in reader.files:
        reader.read(project, project / file)  # undamaged, it is read
    for number in numbers:
        chance = random.Random(f"{name} {seed} {number}")  # noqa: S311  # the same each time
        file = chance.choice(reader.files)
        content = mutate(whole[file], Path(file).suffix, chance)
        _say({"reader": name, "begun": number})
        (project / file).write_bytes(content)
        fault = _fault(reader, project, project / file)
        if fault:
            kept = folder / f"{name}_{seed}_{number}_{Path(file).name}"
            kept.write_bytes(content)
            _say({"reader": name, "fault": fault, "kept": str(kept)})
        (project / file).write_bytes(whole[file])


def _fault(reader: Reader, project: Path, path: Path) -> str:
    """Return what is wrong with how a file was read; "" for nothing."""
    began = time.monotonic()
    fault = ""
    try:
        reader.read(project, path)
    except InputError as error:
        if not error.problems or not all(problem.strip() for problem in error.problems):
            fault = "a problem without words"
    except Exception:  # noqa: BLE001  # any other one is the fault that is looked for
        fault = traceback.format_exc()
    took_s = time.monotonic() - began
    return f"{fault}\ntook {took_s:.1f} s" if took_s > MOST_S else fault


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
