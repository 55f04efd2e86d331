"""Every reader, with damaged files: a sentence, never a traceback, a hang or gigabytes."""

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.fuzz.readers import READERS

ROOT = Path(__file__).parents[2]

#: What a reader may take of memory, with the processes that it starts. [B]
MOST_BYTES = 2 * 1024**3

#: A batch that says nothing for so long hangs; the first input waits for what is compiled. [s]
SILENT_S = 120.0
LOOK_S = 0.1


class Batch:
    """A process that tries readers, and what it says."""

    def __init__(self, folder: Path, names: list[str], *, count: int, seed: int) -> None:
        folder.mkdir()
        self.said = folder / "said.jsonl"
        self.errors = folder / "errors.txt"
        command = [sys.executable, "-m", "tests.fuzz.batch", str(folder), str(count), str(seed)]
        with self.said.open("wb") as said, self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [*command, *names], cwd=ROOT, stdout=said, stderr=errors
            )
        self.seen = psutil.Process(self.process.pid)
        self.size, self.since = 0, time.monotonic()
        self.ended = ""

    def look(self) -> bool:
        """Say whether it still runs; end it once it hangs or fills the memory."""
        if self.process.poll() is not None:
            return False
        size = self.said.stat().st_size
        if size > self.size:
            self.size, self.since = size, time.monotonic()
        used = 0
        for one in (self.seen, *self.seen.children()):
            try:
                used += one.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        if time.monotonic() - self.since > SILENT_S:
            self.ended = f"hangs for {SILENT_S:.0f} s"
        elif used > MOST_BYTES:
            self.ended = f"takes {used / 1024**3:.1f} GiB"
        if self.ended:
            self.process.kill()
        return True

    def faults(self) -> list[str]:
        """Return what went wrong, with what was tried."""
        lines = [json.loads(line) for line in self.said.read_text().splitlines()]
        told = [f"{line['kept']}: {line['fault'][-1500:]}" for line in lines if "fault" in line]
        if self.process.returncode != 0:
            last = lines[-1] if lines else "before the first input"
            told.append(f"{last}: {self.ended or self.errors.read_text()[-3000:]}")
        return told

    def begun(self) -> int:
        """Return how many inputs it tried."""
        return self.said.read_text().count('"begun"')


def tried(folder: Path, groups: list[list[str]], *, count: int, seed: int) -> None:
    batches = [
        Batch(folder / f"batch_{number}", names, count=count, seed=seed)
        for number, names in enumerate(groups)
    ]
    try:
        running = True
        while running:
            time.sleep(LOOK_S)
            running = bool(sum(batch.look() for batch in batches))
    finally:
        for batch in batches:
            batch.process.kill()
            batch.process.wait()
    faults = [fault for batch in batches for fault in batch.faults()]
    assert not faults, f"{len(faults)} faults, of which the first are\n\n" + "\n\n".join(faults[:5])
    assert sum(batch.begun() for batch in batches) == count * sum(map(len, groups))


def test_every_reader_tells_what_is_wrong_with_a_damaged_file(tmp_path):
    # The two halves take about as long; "result" draws a whole page each time.
    long = ["result", "rasters", "index", "people_raster"]
    tried(tmp_path, [long, [name for name in READERS if name not in long]], count=120, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_reader_tells_what_is_wrong_with_many_damaged_files(tmp_path, name):
    tried(tmp_path, [[name]], count=20_000, seed=2)
