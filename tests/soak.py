# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station at work for a long time in real time, with everything that people run beside it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from inspector.config import load_config
from tests.rig import StationRig

RATE_PPM = 300
SAMPLE_S = 10.0
PAUSE_S = 20.0


@dataclass
class Companion:
    """A command that is run again and again.

    Attributes:
        name: For the report.
        arguments: After `inspector`.
        exit_codes: Of every run.
    """

    name: str
    arguments: list[str]
    exit_codes: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class SoakResult:
    """What came of it.

    Attributes:
        parts: Parts by verdict.
        late: Parts whose verdict came after the deadline: LATE, a PASS that was not granted any more, or a reject.
        latency_us: Quantiles from edge to record at the end.
        memory_mb: Sum of PSS over the station's processes, one sample each ten seconds, and the screen's.
        exit_codes: Of each companion's runs.
        seconds: How long it was.
    """

    parts: dict[str, int]
    late: int
    latency_us: dict[str, int]
    memory_mb: dict[str, list[float]]
    exit_codes: dict[str, list[int]]
    seconds: float

    def growth(self, name: str) -> float:
        """Memory in the last third of the time to that in the second: in the first the caches fill."""
        samples = self.memory_mb[name]
        third = len(samples) // 3
        return statistics.median(samples[2 * third :]) / statistics.median(samples[third : 2 * third])


def command(*arguments: str) -> list[str]:
    """An `inspector` command of this installation."""
    return [sys.executable, "-m", "inspector.cli", *arguments]


def run_again_and_again(companion: Companion, stop: threading.Event) -> None:
    """Run a command, pause, and run it again; the last run is waited for."""
    while not stop.is_set():
        done = subprocess.run(command(*companion.arguments), stdout=subprocess.DEVNULL, check=False)
        companion.exit_codes.append(done.returncode)
        stop.wait(PAUSE_S)


def pss_mb(processes: list[psutil.Process]) -> float:
    """Their memory, shared pages counted once."""
    total = 0.0
    for process in processes:
        try:
            total += process.memory_full_info().pss / 1e6
        except psutil.NoSuchProcess:
            continue  # it ended in between
    return total


def soak(directory: Path, parts: int, tell: Callable[[str], None]) -> SoakResult:
    """Inspect this many parts at 300 per minute while the screen, exports and verifications run.

    The station is left as it is at the end of the shift: closed, sealed, anchored, and its promises are checked.
    """
    rig = StationRig(directory, rate_ppm=RATE_PPM, parts=parts)
    place = str(directory)
    companions = [
        Companion("verify", ["verify", "--station", place]),
        Companion("export", ["show", "--station", place, "--last", "1000000", "--json"]),
    ]
    stop = threading.Event()
    threads = [threading.Thread(target=run_again_and_again, args=(one, stop)) for one in companions]
    memory: dict[str, list[float]] = {"station": [], "screen": []}
    begin = time.monotonic()
    with rig:
        rig.open_shift()
        screen = subprocess.Popen(
            command("gui", "--station", place, "--size", "1920x1080"),
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )
        for thread in threads:
            thread.start()
        try:
            status = _watch(rig, parts, memory, screen.pid, tell)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            screen.terminate()
            screen.wait(60)
        rig.wait_line_quiet()
        assert rig.close_shift()["sealed"] == "sealed"
        rig.wait_anchored()
        seconds = time.monotonic() - begin
        rig.stop()
    verdicts = rig.check_promises()
    codes = {one.name: one.exit_codes for one in companions}
    return SoakResult(dict(verdicts), late_parts(rig), status["latency_us"], memory, codes, seconds)


def late_parts(rig: StationRig) -> int:
    """How many parts got their verdict too late, from the records."""
    deadline_us = load_config(rig.directory).line.decide_by_ms * 1000
    rejected = [outcome["key"] for outcome in rig.records("outcome") if outcome["commanded"] == "reject"]
    not_granted = {(key["line_boot"], key["part_seq"]) for key in rejected}
    late = 0
    for part in rig.records("part"):
        too_late = part["verdict"] == "LATE" or part["latency_us"] >= deadline_us
        key = (part["key"]["line_boot"], part["key"]["part_seq"])
        late += too_late or (part["verdict"] == "PASS" and key in not_granted)
    return late


def _watch(
    rig: StationRig, parts: int, memory: dict[str, list[float]], screen: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Sample until all parts are judged; the last status."""
    while True:
        time.sleep(SAMPLE_S)
        memory["station"].append(pss_mb(rig.family()))
        memory["screen"].append(pss_mb([psutil.Process(screen)]))
        status = rig.status()
        done = sum(status["counts"].values())
        tell(f"{done} of {parts} parts, {memory['station'][-1]:.0f} MB, {status['counts']}, {status['latency_us']}")
        assert not status["stopped"], status["reasons"]
        if done >= parts:
            return status
