# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long the station's own judging took on the machine at hand: gate, model, rules, serial and hash of the pixels."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

ENOUGH_FOR_P99 = 100


@dataclass(frozen=True)
class Latency:
    """Times of judging one picture.

    Attributes:
        runs: How many pictures were judged.
        p50_ms, p99_ms, longest_ms: Median, 99th percentile and longest.
        judged_by: Runtime, version, precision and threads in force.
        machine: Processor and its logical cores.
    """

    runs: int
    p50_ms: float
    p99_ms: float
    longest_ms: float
    judged_by: Mapping[str, str]
    machine: str

    @property
    def enough(self) -> bool:
        """Whether there were enough runs for a 99th percentile; with fewer it is the longest or close to it."""
        return self.runs >= ENOUGH_FOR_P99

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "runs": self.runs,
            "p50_ms": round(self.p50_ms, 3),
            "p99_ms": round(self.p99_ms, 3),
            "longest_ms": round(self.longest_ms, 3),
            "enough_for_p99": self.enough,
            "judged_by": dict(self.judged_by),
            "machine": self.machine,
        }


def latency_of(times_us: Sequence[float], judged_by: Mapping[str, str]) -> Latency:
    """Sum up times.

    Args:
        times_us: At least one, in microseconds.
        judged_by: What `Detector.describe` says.
    """
    times_ms = np.asarray(times_us, dtype=np.float64) / 1000
    middle, high = (float(value) for value in np.percentile(times_ms, (50, 99)))
    machine = f"{_processor()}, {os.cpu_count()} logical cores, {platform.system()}"
    return Latency(len(times_us), middle, high, float(times_ms.max()), judged_by, machine)


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as stream:  # noqa: PTH123 - no file of ours
            names = [line.split(":", 1)[1].strip() for line in stream if line.startswith("model name")]
    except OSError:  # not Linux
        names = []
    return names[0] if names else platform.processor() or platform.machine()
