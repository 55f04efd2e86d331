"""One line about the machine, for the head of a table."""

import datetime as dt
import os
import platform
from pathlib import Path

import numba


def machine_line() -> str:
    """Return date, processor, cores, memory and versions."""
    processor = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        processor = names[0].partition(":")[2].strip() if names else processor
    memory_gb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    today = dt.datetime.now(tz=dt.UTC).date()
    return (
        f"{today}, {processor}, {os.cpu_count()} cores, {memory_gb:.0f} GB, "
        f"Python {platform.python_version()}, Numba {numba.__version__}"
    )
