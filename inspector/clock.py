# SPDX-License-Identifier: AGPL-3.0-or-later
"""Time as a dependency, so that everything that waits or expires can be tested on simulated time."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """The two times the station uses."""

    def monotonic_ns(self) -> int:
        """Nanoseconds on the clock that all processes of this machine share; never steps back."""
        ...

    def utc_us(self) -> int:
        """UTC, microseconds since 1970; may step when the operating system corrects it."""
        ...


class SystemClock:
    """`perf_counter_ns` is CLOCK_MONOTONIC on Linux and QueryPerformanceCounter on Windows: one per machine."""

    def monotonic_ns(self) -> int:
        """See `Clock`."""
        return time.perf_counter_ns()

    def utc_us(self) -> int:
        """See `Clock`."""
        return time.time_ns() // 1000


class SimulatedClock:
    """A clock that moves only when told.

    Args:
        start_ns: First monotonic reading.
        start_us: First UTC reading.
    """

    def __init__(self, start_ns: int = 1_000_000_000, start_us: int = 1_700_000_000_000_000) -> None:
        self._ns = start_ns
        self._utc_ns = start_us * 1_000 - start_ns

    def monotonic_ns(self) -> int:
        """See `Clock`."""
        return self._ns

    def utc_us(self) -> int:
        """See `Clock`."""
        return (self._ns + self._utc_ns) // 1_000

    def advance_ms(self, ms: float) -> None:
        """Move both times forward."""
        self.advance_ns(int(ms * 1_000_000))

    def advance_ns(self, ns: int) -> None:
        """Move both times forward."""
        self._ns += ns

    def step_utc_ms(self, ms: float) -> None:
        """Step the wall clock alone, as a time server would; may be negative."""
        self._utc_ns += int(ms * 1_000_000)
