# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a shift that is asked to close still waits for: parts on the belt, their records, the counters."""

from __future__ import annotations

from inspector.config.line import LineSettings
from inspector.part import PartKey
from inspector.station.parts import OVERDUE_MS, PartTable

DRAIN_MARGIN_MS = 2_000
SETTLE_MS = 300
"""Ready off needs a heartbeat or two to reach the belt; parts that still come belong to this shift."""
COUNTS_WITHIN_MS = 1_500
"""Counters are told every half a second; so long a difference may be only of what was told last."""


class Drain:
    """The end of one shift, until it can be sealed.

    Args:
        parts: Parts in flight.
        line: How long a part is decided and confirmed.
        now_ns: When it was asked for (`perf_counter_ns`).

    Attributes:
        settle_ns: Until when parts may still arrive because Ready was on (`perf_counter_ns`).
        give_up_ns: When outcomes are no longer waited for (`perf_counter_ns`).
    """

    def __init__(self, parts: PartTable, line: LineSettings, now_ns: int) -> None:
        wait_ms = line.decide_by_ms + line.confirm_by_ms + OVERDUE_MS + DRAIN_MARGIN_MS
        self.settle_ns = now_ns + SETTLE_MS * 1_000_000
        self.give_up_ns = now_ns + wait_ms * 1_000_000
        self._parts = parts
        self._draining: set[PartKey] = set()
        self._settled = False
        self._drained_ns: int | None = None

    def over(self, now_ns: int) -> bool:
        """Whether the shift can be sealed.

        Records and images are waited for without limit: they always come, if only as ERROR or as lost. Outcomes
        are given up after a time, because the plant may be gone; one that comes later belongs to the next seal.
        """
        if not self._settled:
            # Once more after the time is over: parts were judged until then, also since the last look.
            self._draining |= self._parts.parts.keys()
            self._settled = now_ns >= self.settle_ns
            return False
        pending = [self._parts.parts[key] for key in self._draining & self._parts.parts.keys()]
        if any(not part.record or part.images for part in pending):
            return False
        return not pending or now_ns > self.give_up_ns

    def counts_told(self, now_ns: int) -> bool:
        """Whether every counter has had its time to tell what it has counted."""
        if self._drained_ns is None or (self._parts.parts and now_ns < self.give_up_ns):
            self._drained_ns = now_ns  # what is on the belt has not reached the lanes
        return now_ns >= self._drained_ns + COUNTS_WITHIN_MS * 1_000_000
