# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether somebody sets the computer's clock while the station runs, or did so while it was stopped."""

from __future__ import annotations

from inspector.clock import Clock
from inspector.station.alarms import AlarmBoard, AlarmCode
from inspector.station.recorder import Recorder

STEP_US = 500_000
"""A time server that does its work slews the clock; what moves it further at once is a person or a fault."""
ACTION = "find out who set the clock, and compare it with another one"


class ClockWatch:
    """Compares UTC with the monotonic clock at every heartbeat.

    Args:
        clock: Both.
        recorder: The station's pen.
        alarms: Takes each step.
    """

    def __init__(self, clock: Clock, recorder: Recorder, alarms: AlarmBoard) -> None:
        self._clock = clock
        self._recorder = recorder
        self._alarms = alarms
        self._offset_us: int | None = None
        self._told_in: int | None = None

    def started(self, last_record_us: int) -> None:
        """Compare with the newest record: UTC cannot be before it."""
        behind_us = last_record_us - self._clock.utc_us()
        if behind_us > STEP_US:
            cause = f"the clock is {behind_us / 1e6:.1f} s behind the newest record of this station"
            self._alarms.raise_alarm(AlarmCode.CLOCK_STEPPED, cause, ACTION)

    def look(self, shift: int) -> None:
        """Record a step and raise the alarm; it stands until the next shift.

        Args:
            shift: Number of the present shift.
        """
        mono_us, utc_us = self._clock.monotonic_ns() // 1000, self._clock.utc_us()
        before_us, self._offset_us = self._offset_us, utc_us - mono_us
        if before_us is not None and abs(self._offset_us - before_us) > STEP_US:
            self._stepped(mono_us + before_us, utc_us, shift)
        elif self._told_in is not None and shift != self._told_in:
            self._told_in = None
            self._alarms.clear(AlarmCode.CLOCK_STEPPED)

    def _stepped(self, expected_us: int, utc_us: int, shift: int) -> None:
        words = f"UTC went {'back' if utc_us < expected_us else 'forward'} by {abs(utc_us - expected_us) / 1e6:.1f} s"
        fields = {
            "what": "clock",
            "name": "UTC",
            "old": str(expected_us),
            "new": str(utc_us),
            "by": None,
            "why": f"{words} while the station ran; nobody has said who did it or why",
        }
        self._recorder.people("change", fields)
        self._told_in = shift
        self._alarms.raise_alarm(AlarmCode.CLOCK_STEPPED, words, ACTION)
