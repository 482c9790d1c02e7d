# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the belt is: from the counter of an encoder that wraps, or from time and speed when there is none."""

from __future__ import annotations

from inspector.config import TrackingSettings
from inspector.line.wire import Reason

JUMP_FACTOR = 1.5
JUMP_MM = 5.0
FAST_FACTOR = 1.1
SPEED_OVER_NS = 250_000_000
STANDS_COUNTS = 1.5

ENCODER_MISSING = Reason("ENCODER_MISSING", "The encoder is not read", "Check its module and its cable")
ENCODER_STALLED = Reason("ENCODER_STALLED", "The belt runs and its encoder does not count", "Check the encoder")
ENCODER_JUMPED = Reason("ENCODER_JUMPED", "The encoder jumped", "Check its cable and shield, then reset the stop")
BELT_BACKWARDS = Reason("BELT_BACKWARDS", "The belt was moved back too far", "Run it forward again")
BELT_TOO_FAST = Reason("BELT_TOO_FAST", "The belt is faster than tracking.speed_mm_s", "Slow it down")
UNMEASURED = (ENCODER_MISSING, ENCODER_STALLED, ENCODER_JUMPED)
"""With these the travel is not known, and so not the length of what covers the part-present sensor."""


class CounterUnwrap:
    """The true travel of a counter that wraps: right as long as two readings are less than half its range apart.

    Args:
        bits: Width of the counter.
    """

    def __init__(self, bits: int) -> None:
        self._range = 1 << bits
        self._last: int | None = None

    def step(self, raw: int) -> int:
        """Counts since the reading before, negative when it went back; 0 for the first."""
        last, self._last = self._last, raw
        if last is None:
            return 0
        half = self._range // 2
        return (raw - last + half) % self._range - half

    def forget(self) -> None:
        """Begin anew with the next reading."""
        self._last = None


class BeltPosition:
    """Travel of the belt since the start, and what is wrong with it.

    As with the SFNC's EncoderOutputMode "PositionUp" what has passed once does not count again when the belt jogs back
    and comes anew: see `repeating`.

    Args:
        settings: `[tracking]`.

    Attributes:
        mm: Position now.
        furthest_mm: The furthest that it has been.
        fault: What keeps parts from being followed.
    """

    def __init__(self, settings: TrackingSettings) -> None:
        self._settings = settings
        self._stall_ns = settings.stall_ms * 1_000_000
        self._unwrap = CounterUnwrap(settings.encoder_bits)
        self._last_ns: int | None = None
        self._moved = (0, 0.0)  # when and where it was last seen to move
        self._ran_ns = 0  # since when it is told to run
        self._running: bool | None = None
        self._speed_from = (0, 0.0)
        self.mm = 0.0
        self.furthest_mm = 0.0
        self.fault: Reason | None = None

    @property
    def repeating(self) -> bool:
        """Whether what passes the sensor now has passed it before."""
        return self.mm < self.furthest_mm

    @property
    def moves(self) -> bool:
        """Whether the belt was seen to move within `stall_ms`."""
        return (self._last_ns or 0) - self._moved[0] <= self._stall_ns

    def begin(self) -> None:
        """The readings begin anew: the counter may be another one, and the belt may have moved."""
        self._unwrap.forget()
        self._last_ns = None
        self.furthest_mm = self.mm
        if self.fault is not ENCODER_JUMPED:
            self.fault = None

    def reset(self) -> None:
        """A person has seen to it: what is on the belt now is new."""
        self.fault = None
        self.furthest_mm = self.mm

    def update(self, t_ns: int, count: int | None, running: bool | None) -> str:
        """Move to a reading.

        Args:
            t_ns: Its time.
            count: The encoder's counter as it is read.
            running: The belt's running bit; None when nobody says.

        Returns:
            Why what lies on the belt has to be purged, or empty.
        """
        if self._last_ns is None:
            self._last_ns = t_ns
            self._moved = self._speed_from = (t_ns, self.mm)
            self._ran_ns = t_ns
        since_ns, self._last_ns = t_ns - self._last_ns, t_ns
        was_running, self._running = self._running, running
        if running is not True:
            self._ran_ns = t_ns
        before = self.fault
        if self._settings.encoder_bits:
            self._follow(t_ns, since_ns, count)
        elif running is not False:
            self._move(self._settings.speed_mm_s * since_ns / 1e9, t_ns)
        elif was_running is not False:
            return "the belt stopped, and it has no encoder"
        self.furthest_mm = max(self.furthest_mm, self.mm)
        if self.fault in (None, BELT_TOO_FAST) or self.fault is before:
            return ""
        return self.fault.message[0].lower() + self.fault.message[1:]

    def _move(self, step_mm: float, t_ns: int) -> None:
        self.mm += step_mm
        # An encoder that has lost a channel counts up and down by one.
        if abs(self.mm - self._moved[1]) > STANDS_COUNTS * self._settings.mm_per_count:
            self._moved = (t_ns, self.mm)

    def _follow(self, t_ns: int, since_ns: int, count: int | None) -> None:
        settings = self._settings
        if self.fault is ENCODER_JUMPED:  # until a person has looked
            self._unwrap.forget()
            self._ran_ns = t_ns
            return
        if count is None:
            self._unwrap.forget()
            self._ran_ns = t_ns
            self.fault = ENCODER_MISSING
            return
        step_mm = self._unwrap.step(count) * settings.mm_per_count
        self._move(step_mm, t_ns)
        if abs(step_mm) > settings.speed_mm_s * since_ns / 1e9 * JUMP_FACTOR + JUMP_MM:
            self.furthest_mm = self.mm  # nobody knows where the belt is, so nothing is known to come again
            self.fault = ENCODER_JUMPED
        elif t_ns - max(self._moved[0], self._ran_ns) > self._stall_ns:
            self.fault = ENCODER_STALLED
        elif self.furthest_mm - self.mm > settings.reverse_tolerance_mm:
            self.fault = BELT_BACKWARDS
        else:
            self._measure_speed(t_ns)

    def _measure_speed(self, t_ns: int) -> None:
        """Over a quarter of a second, so that the time of one reading does not matter."""
        from_ns, from_mm = self._speed_from
        if self.fault is not BELT_TOO_FAST:
            self.fault = None
        if t_ns - from_ns >= SPEED_OVER_NS:
            speed = (self.mm - from_mm) / (t_ns - from_ns) * 1e9
            self.fault = BELT_TOO_FAST if speed > self._settings.speed_mm_s * FAST_FACTOR else None
            self._speed_from = (t_ns, self.mm)
