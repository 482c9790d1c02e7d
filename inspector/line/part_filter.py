# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a sensor's bouncing level means: when it switched, and what of it is a part. On any clock, without I/O."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.config import TrackingSettings


@dataclass(frozen=True, slots=True)
class Switched:
    """A sensor's level is another one now.

    Attributes:
        on: The level.
        t_ns: When it became stable.
        mm: Position of the belt then.
    """

    on: bool
    t_ns: int
    mm: float


class Debouncer:
    """On-delay and off-delay: a level counts once it has stayed for so long. It holds from one reading to the next.

    Args:
        on_delay_ms: For on.
        off_delay_ms: For off.
        level: Level before the first reading.
    """

    def __init__(self, on_delay_ms: float, off_delay_ms: float, level: bool = False) -> None:
        self._delay_ns = {True: int(on_delay_ms * 1e6), False: int(off_delay_ms * 1e6)}
        self._raw = Switched(level, 0, 0.0)
        self.level = level

    def read(self, t_ns: int, level: bool, mm: float) -> Switched | None:
        """Take a reading; what has become of the level since the one before.

        Args:
            t_ns: Time of the reading, not before the last one.
            level: Level from then on.
            mm: Position of the belt.
        """
        raw, switched = self._raw, None
        if raw.on is not self.level and t_ns - raw.t_ns >= self._delay_ns[raw.on]:
            self.level, switched = raw.on, raw
        if level is not raw.on:
            self._raw = Switched(level, t_ns, mm)
        return switched


@dataclass(frozen=True, slots=True)
class PartBegan:
    """A part came under the sensor: its leading edge.

    Attributes:
        t_ns: Time of the edge.
        mm: Position of the belt at the edge.
    """

    t_ns: int
    mm: float


@dataclass(frozen=True, slots=True)
class PartEnded:
    """The part has left the sensor.

    Attributes:
        length_mm: Its length.
    """

    length_mm: float


@dataclass(frozen=True, slots=True)
class PartTooLong:
    """The sensor is covered for longer than one part can cover it: two without a gap, or a stuck sensor."""


PartEvent = PartBegan | PartEnded | PartTooLong


class PartFilter:
    """Turns the part-present sensor into parts: debounced, long enough, far enough apart, not too long.

    Args:
        settings: `[tracking]`.

    Attributes:
        stuck: The sensor is covered for too long.
        ghosts: What covered the sensor for too short to be a part.
    """

    def __init__(self, settings: TrackingSettings) -> None:
        self._settings = settings
        self._debouncer: Debouncer | None = None
        self._head: Switched | None = None
        self._tail: Switched | None = None
        self._told = False
        self.stuck = False
        self.ghosts = 0

    def read(self, t_ns: int, level: bool, mm: float) -> list[PartEvent]:
        """Take a reading of the sensor; what has become of it.

        Args:
            t_ns: Time of the reading.
            level: True: the sensor sees something.
            mm: Position of the belt; never smaller than before.
        """
        if self._debouncer is None:
            # What lies under the sensor at the start came when nobody was watching: it is no edge.
            self._debouncer = Debouncer(self._settings.on_delay_ms, self._settings.off_delay_ms, level)
            self._head, self._told = (Switched(True, t_ns, mm), True) if level else (None, False)
        switched = self._debouncer.read(t_ns, level, mm)
        events: list[PartEvent] = []
        if switched is not None and not switched.on:
            events += self._uncovered(switched)
        if self._tail is not None:
            events += self._gap(self._tail, switched.mm if switched is not None and switched.on else mm)
        if switched is not None and switched.on:
            self._head = self._head or switched
            self._tail = None
        if self._head is not None and self._tail is None:
            events += self._cover(self._head, mm)
        return events

    def _uncovered(self, tail: Switched) -> list[PartEvent]:
        """The sensor is free: what was too short is forgotten, a part may have a hole here."""
        if self._head is None:
            return []
        events = self._cover(self._head, tail.mm)
        if self._told:
            self._tail = tail
        else:
            self._head = None
            self.ghosts += 1
        return events

    def _gap(self, tail: Switched, until_mm: float) -> list[PartEvent]:
        """After the least gap the part is over."""
        head = self._head
        if head is None or until_mm - tail.mm < self._settings.min_gap_mm:
            return []
        self._head = self._tail = None
        self._told = self.stuck = False
        return [PartEnded(tail.mm - head.mm)]

    def _cover(self, head: Switched, until_mm: float) -> list[PartEvent]:
        """After the least length it is a part."""
        events: list[PartEvent] = []
        length_mm = until_mm - head.mm
        if not self._told and length_mm >= self._settings.min_length_mm:
            self._told = True
            events.append(PartBegan(head.t_ns, head.mm))
        if not self.stuck and length_mm > self._settings.max_length_mm:
            self.stuck = True
            events.append(PartTooLong())
        return events
