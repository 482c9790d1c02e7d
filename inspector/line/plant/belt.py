# SPDX-License-Identifier: AGPL-3.0-or-later
"""The belt, its gate and its watchdog on any clock: given messages and time, it says what happened."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from inspector.clock import Clock
from inspector.config import PlantSettings
from inspector.line.plant.feed import Disturbance, Feed, Item
from inspector.part import Confirmed

BOUNCE_AFTER_NS = 400_000


@dataclass(frozen=True, slots=True)
class EdgeHappened:
    """The part-present sensor switched.

    Attributes:
        plc_count: The new count.
        t_ns: When.
        item: The part, or None for a bounce of the sensor, behind which there is no part.
    """

    plc_count: int
    t_ns: int
    item: Item | None


@dataclass(frozen=True, slots=True)
class LaneReached:
    """A part passed a lane sensor.

    Attributes:
        plc_count: Its count.
        t_ns: When.
        lane: Which lane.
        grant_seen: Whether a grant for it arrived before it passed the gate (a watchdog may have dropped it).
    """

    plc_count: int
    t_ns: int
    lane: Confirmed
    grant_seen: bool


BeltEvent = EdgeHappened | LaneReached


@dataclass(slots=True)
class _OnBelt:
    plc_count: int
    t_edge_ns: int
    grant_seen: bool = False
    grant_held: bool = False
    lane: Confirmed | None = None


class Belt:
    """Parts between the sensor and the lanes.

    The gate's rest position leads to the reject lane. It opens for a part only while a grant for its count is held;
    the watchdog drops all grants and Ready when the line process has been silent for too long.

    Args:
        settings: `[plant]`.
        clock: System or simulated time.
        feed: The row of parts.
        plc_count: Count of the last edge before this start.
        fed: Parts already fed in this run.
    """

    def __init__(self, settings: PlantSettings, clock: Clock, feed: Feed, plc_count: int = 0, fed: int = 0) -> None:
        self._clock = clock
        self._feed = feed
        self._always = settings.feed == "always"
        self._parts_wanted = settings.parts
        self._gate_ns = settings.decide_at_ms * 1_000_000
        self._lane_ns = settings.confirm_at_ms * 1_000_000
        self._watchdog_ns = settings.watchdog_ms * 1_000_000
        self.plc_count = plc_count
        self.fed = fed
        self.watchdog_tripped = True  # outputs are safe until the first heartbeat
        self._ready = False
        self._gate_by_hand = False
        self._heard_ns = clock.monotonic_ns()
        self._parts: deque[_OnBelt] = deque()
        self._next_feed_ns: int | None = None

    @property
    def ready(self) -> bool:
        """Whether the line allows parts."""
        return self._ready and not self.watchdog_tripped

    @property
    def finished(self) -> bool:
        """Whether every part that was asked for has been fed and has left the belt."""
        return self._all_fed and not self._parts

    def heartbeat(self, ready: bool) -> None:
        """The line process lives."""
        self._heard_ns = self._clock.monotonic_ns()
        self.watchdog_tripped = False
        self._ready = ready

    @property
    def empty(self) -> bool:
        """Whether no part is on the belt."""
        return not self._parts

    @property
    def gate_by_hand(self) -> bool:
        """Whether a person has opened the gate; it is shut before any part can reach it."""
        return self._gate_by_hand

    def open_gate(self, wanted: bool) -> None:
        """A person opens or shuts the gate; it opens only while no part is on the belt and none may come."""
        self._gate_by_hand = wanted and self.empty and not self.ready and not self.watchdog_tripped

    def grant(self, plc_count: int) -> None:
        """Accept this part, unless it has passed the gate or the watchdog holds the outputs."""
        for part in self._parts:
            if part.plc_count == plc_count and part.lane is None:
                part.grant_seen = True
                part.grant_held = not self.watchdog_tripped

    def step(self) -> list[BeltEvent]:
        """Everything that happened up to now, in order."""
        now = self._clock.monotonic_ns()
        if now - self._heard_ns > self._watchdog_ns:
            self.watchdog_tripped = True
            self._ready = False
            for part in self._parts:
                part.grant_held = False
        events = self._move(now) + self._feed_parts(now)
        self._gate_by_hand = self._gate_by_hand and self.empty and not self.ready and not self.watchdog_tripped
        return events

    def next_ns(self) -> int:
        """When something happens by itself."""
        times = [self._clock.monotonic_ns() + 50_000_000]
        if not self.watchdog_tripped:
            times.append(self._heard_ns + self._watchdog_ns + 1)
        times += [part.t_edge_ns + (self._gate_ns if part.lane is None else self._lane_ns) for part in self._parts]
        if self._next_feed_ns is not None:
            times.append(self._next_feed_ns)
        return min(times)

    @property
    def _all_fed(self) -> bool:
        return 0 < self._parts_wanted <= self.fed

    def _move(self, now: int) -> list[BeltEvent]:
        events: list[BeltEvent] = []
        for part in list(self._parts):
            if part.lane is None and now >= part.t_edge_ns + self._gate_ns:
                part.lane = Confirmed.GOOD_LANE if part.grant_held else Confirmed.REJECT_LANE
            if part.lane is not None and now >= part.t_edge_ns + self._lane_ns:
                self._parts.remove(part)
                events.append(LaneReached(part.plc_count, now, part.lane, part.grant_seen))
        return events

    def _feed_parts(self, now: int) -> list[BeltEvent]:
        if self._all_fed or not (self._always or self.ready):
            self._next_feed_ns = None
            return []
        if self._next_feed_ns is None:
            self._next_feed_ns = now
        if now < self._next_feed_ns:
            return []
        item = self._feed.next()
        # A loop that was held up does not make up for it: parts on a belt keep their distance.
        self._next_feed_ns = max(self._next_feed_ns + item.gap_ns, now + item.gap_ns * 9 // 10)
        self.fed += 1
        self.plc_count += 1
        self._parts.append(_OnBelt(self.plc_count, now))
        events: list[BeltEvent] = [EdgeHappened(self.plc_count, now, item)]
        if item.disturbance is Disturbance.BOUNCE:
            self.plc_count += 1
            events.append(EdgeHappened(self.plc_count, now + BOUNCE_AFTER_NS, None))
        return events
