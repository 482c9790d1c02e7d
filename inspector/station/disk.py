# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether the disk has room for what is to be kept: no record, no pass, so parts stop before it is full."""

from __future__ import annotations

from collections import deque

from inspector.child import Child
from inspector.station.readiness import Reason, disk_getting_full, disk_low

MINUTE_NS = 60_000_000_000
LOOKED_BACK_MIN = 10
"""The images of so many minutes say how fast the disk fills."""


class DiskWatch:
    """Free space, and how long it lasts at the rate at which images were stored lately.

    Args:
        child: Settings, time, and the disk of the station directory.
    """

    def __init__(self, child: Child) -> None:
        self._child = child
        self._settings = child.config.records
        self._minutes: deque[tuple[int, int]] = deque(maxlen=LOOKED_BACK_MIN)  # minute, bytes stored in it

    def stored(self, size: int) -> None:
        """An image of so many bytes is on the disk."""
        minute = self._child.clock.monotonic_ns() // MINUTE_NS
        if self._minutes and self._minutes[-1][0] == minute:
            size += self._minutes.pop()[1]
        self._minutes.append((minute, size))

    def free_mb(self) -> int:
        """Free space, MB."""
        return self._free() // 1_000_000

    def reasons(self) -> list[Reason]:
        """Why no more parts may come."""
        settings, free = self._settings, self._free()
        if free < settings.stop_below_mb * 1_000_000 or self._percent(free) < settings.stop_below_percent:
            return [disk_low(f"only {free // 1_000_000} MB are free on the disk")]
        minutes = self._lasts_min(free)
        if minutes is not None and minutes < settings.stop_below_min:
            return [disk_low(f"the disk is full in {minutes:.0f} minutes")]
        return []

    def warnings(self) -> list[Reason]:
        """What somebody should look at while parts still come."""
        free = self._free()
        percent = self._percent(free)
        return [disk_getting_full(percent)] if percent < self._settings.warn_below_percent else []

    def _free(self) -> int:
        return self._child.free_bytes(self._child.station)

    def _percent(self, free: int) -> float:
        return 100 * free / max(free, self._child.size_bytes(self._child.station), 1)

    def _lasts_min(self, free: int) -> float | None:
        """Minutes until the disk is full; None as long as no whole minute was seen, or nothing is stored."""
        now = self._child.clock.monotonic_ns() // MINUTE_NS
        whole = [(minute, size) for minute, size in self._minutes if now - LOOKED_BACK_MIN <= minute < now]
        if not whole:
            return None
        per_minute = sum(size for _, size in whole) / (now - whole[0][0])
        return free / per_minute if per_minute else None
