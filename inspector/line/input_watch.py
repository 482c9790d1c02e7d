# SPDX-License-Identifier: AGPL-3.0-or-later
"""The inputs of a line whose parts the station follows, and what in them keeps parts from coming."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from inspector.config import TrackingSettings
from inspector.line.wire import Reason

RATE_OVER = 10
RATE_FROM = 5
RATE_FACTOR = 1.1
"""Parts lie unevenly; their mean over `RATE_OVER` is looked at, and allowed so much."""

EMERGENCY_STOP = Reason("EMERGENCY_STOP", "The belt's emergency stop is active", "Clear the belt, then release it")
PART_SENSOR_STUCK = Reason(
    "PART_SENSOR_STUCK", "The part-present sensor is covered for too long", "Clear it: parts without a gap, or dirt"
)
LANE_SENSOR_STUCK = Reason("LANE_SENSOR_STUCK", "A lane sensor is covered for too long", "Clear it, check the chute")
PARTS_TOO_FAST = Reason("PARTS_TOO_FAST", "More parts a minute than tracking.max_rate_ppm", "Slow the line down")
BIN_FULL = Reason("BIN_FULL", "The reject bin is full", "Empty it")
AIR_LOW = Reason("AIR_LOW", "The ejector has no air", "Check the air supply")


@dataclass(frozen=True, slots=True)
class InputsRead:
    """One reading of all inputs. A level holds until the next reading.

    Attributes:
        t_ns: Time of the reading on the system-wide clock.
        part: The part-present sensor sees something.
        good_lane: The sensor of the good lane does.
        reject_lane: The sensor of the reject lane does.
        encoder_count: The encoder's counter; None when it could not be read or there is none.
        running: The belt is told to run; None when nobody says.
        emergency_stop: The belt's emergency stop is active.
        bin_full: The reject bin is full.
        air_low: The ejector has no air.
        outputs_safe: The module's watchdog holds the outputs in their safe state.
    """

    t_ns: int
    part: bool
    good_lane: bool
    reject_lane: bool
    encoder_count: int | None = None
    running: bool | None = None
    emergency_stop: bool = False
    bin_full: bool = False
    air_low: bool = False
    outputs_safe: bool = False


class _Held:
    """A level that counts once it has held for a while."""

    def __init__(self, hold_ms: float) -> None:
        self._hold_ns = int(hold_ms * 1e6)
        self._since_ns: int | None = None

    def see(self, t_ns: int, level: bool) -> bool:
        if not level:
            self._since_ns = None
        elif self._since_ns is None:
            self._since_ns = t_ns
        return self._since_ns is not None and t_ns - self._since_ns >= self._hold_ns


class InputWatch:
    """Looks at levels that last too long and at parts that come too fast.

    Args:
        settings: `[tracking]`.

    Attributes:
        fault: What keeps parts from coming now; the gravest.
    """

    def __init__(self, settings: TrackingSettings) -> None:
        self._period_ns = 60_000_000_000 // settings.max_rate_ppm
        self._parts_ns: deque[int] = deque(maxlen=RATE_OVER)
        # A lane sensor may be covered for twice as long as the longest part needs; longer while the belt stands.
        covered_ms = 2000 * settings.max_length_mm / settings.speed_mm_s
        self._good, self._reject = _Held(covered_ms), _Held(covered_ms)
        self._bin_full, self._air_low = _Held(settings.bin_full_ms), _Held(settings.air_low_ms)
        self.fault: Reason | None = None

    def part(self, t_ns: int) -> None:
        """A part came."""
        self._parts_ns.append(t_ns)

    def see(self, read: InputsRead, part_sensor_stuck: bool) -> None:
        """Look at one reading."""
        t_ns, moves = read.t_ns, read.running is not False
        faults = {
            EMERGENCY_STOP: read.emergency_stop,
            PART_SENSOR_STUCK: part_sensor_stuck,
            LANE_SENSOR_STUCK: self._good.see(t_ns, read.good_lane and moves)
            | self._reject.see(t_ns, read.reject_lane and moves),
            BIN_FULL: self._bin_full.see(t_ns, read.bin_full),
            AIR_LOW: self._air_low.see(t_ns, read.air_low),
            PARTS_TOO_FAST: self._too_fast(t_ns),
        }
        self.fault = next((reason for reason, present in faults.items() if present), None)

    def _too_fast(self, t_ns: int) -> bool:
        parts = self._parts_ns
        if parts and t_ns - parts[-1] > 2 * self._period_ns:
            parts.clear()
        if len(parts) < RATE_FROM:
            return False
        return (parts[-1] - parts[0]) * RATE_FACTOR < self._period_ns * (len(parts) - 1)
