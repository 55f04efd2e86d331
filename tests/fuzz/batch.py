"""Try a reader with damaged files, in a process that may be ended from outside.

``python -m tests.fuzz.batch READER COUNT SEED FOLDER`` damages the reader's files COUNT times. It
writes a line of JSON for each input that is begun and for each fault, and keeps what broke the
reader in FOLDER. The same seed makes the same inputs, whatever was tried before.
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
from tests.fuzz.readers import READERS

#: What reading one small file may take, in this process and those that it starts. [s]
MOST_S = 10.0


def main(name: str, count: int, seed: int, folder: Path) -> None:
    """Try a reader."""
    warnings.simplefilter("ignore")  # what a reader says beside its answer is tested elsewhere
    reader = READERS[name]
    project = folder / "project"
    project.mkdir(parents=True)
    reader.prepare(project)
    whole = {file: (project / file).read_bytes() for file in reader.files}
    for file in reader.files:
        reader.read(project, project / file)  # undamaged, it is read
    _say({"ready": True})
    for number in range(count):
        chance = random.Random(f"{name} {seed} {number}")  # noqa: S311  # the same each time
        file = chance.choice(reader.files)
        content = mutate(whole[file], Path(file).suffix, chance)
        _say({"begun": number})
        (project / file).write_bytes(content)
        began = time.monotonic()
        fault = ""
        try:
            reader.read(project, project / file)
        except InputError as error:
            if not all(problem.strip() for problem in error.problems):
                fault = "a problem without words"
        except Exception:  # noqa: BLE001  # any other one is the fault that is looked for
            fault = traceback.format_exc()
        if time.monotonic() - began > MOST_S:
            fault += f"took {time.monotonic() - began:.1f} s"
        if fault:
            kept = folder / f"{name}_{seed}_{number}_{Path(file).name}"
            kept.write_bytes(content)
            _say({"fault": fault, "kept": str(kept)})
        (project / file).write_bytes(whole[file])


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
