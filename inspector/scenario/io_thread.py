# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line process' thread to its devices, which sleeps on the schedule's clock."""

from __future__ import annotations

from inspector.line.io_thread import IoThread
from inspector.scenario.schedule import Schedule


class SleepingThread(IoThread):
    """`IoThread` on simulated or real time.

    Args:
        name: Name of the thread.
        schedule: Time.
    """

    def __init__(self, name: str, schedule: Schedule) -> None:
        super().__init__(name)
        self._schedule = schedule

    def wait(self, seconds: float) -> None:
        """See `IoThread`; nobody wakes it sooner, a scan is short enough."""
        self._schedule.sleep_ms(1000.0 * seconds, self)

    def end(self) -> None:
        """Its process ends: it does not wait any more."""
        self._schedule.end(self)
