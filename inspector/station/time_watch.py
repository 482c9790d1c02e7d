# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether something keeps the computer's clock in time: records carry UTC, and people compare it with other systems."""

from __future__ import annotations

import math

from inspector.child import Child
from inspector.station.readiness import Reason, clock_off, clock_unsynchronised

EVERY_NS = 60_000_000_000


class TimeWatch:
    """Asks the operating system once a minute. A clock that is off stops nothing, unless the settings require it.

    Args:
        child: Settings, time, and how far the clock may be off.
    """

    def __init__(self, child: Child) -> None:
        self._settings = child.config.clock
        self._clock = child.clock
        self._ask = child.utc_error_ms
        self._asked_ns: int | None = None
        self._wrong: Reason | None = None
        self._grave = False

    def look(self) -> str:
        """Ask if it is time to; what a record has to say of a change since the last answer, or empty."""
        now_ns = self._clock.monotonic_ns()
        if self._settings.synchronised == "ignore":
            return ""
        if self._asked_ns is not None and now_ns - self._asked_ns < EVERY_NS:
            return ""
        self._asked_ns, before = now_ns, self._wrong
        self._judge(self._ask())
        if (before and before.code) == (self._wrong and self._wrong.code):
            return ""
        return "the clock is in time again" if self._wrong is None else self._wrong.text()

    def texts(self) -> list[str]:
        """What each shift has to say of the clock; nothing when it is in time or nobody asks."""
        self.look()
        return [] if self._wrong is None else [self._wrong.text()]

    def warnings(self) -> list[Reason]:
        """What somebody should look at while parts still come."""
        return [] if self._wrong is None else [self._wrong]

    def reasons(self) -> list[Reason]:
        """Why no more parts may come."""
        return self.warnings() if self._grave and self._settings.synchronised == "require" else []

    def _judge(self, error_ms: float | None) -> None:
        if error_ms is None:  # a system that does not say is no trouble, unless the clock must be right
            error_ms = math.inf if self._settings.synchronised == "require" else 0.0
        self._grave = error_ms > self._settings.alarm_ms
        if math.isinf(error_ms):
            self._wrong = clock_unsynchronised()
        else:
            self._wrong = clock_off(error_ms) if error_ms > self._settings.warn_ms else None
