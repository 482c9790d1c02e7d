# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station follows the parts itself: from readings of plain inputs to counted edges and lanes, and to one output.

It plays the PLC's part for slow lines, without any input or output of its own, on the time of the readings. The
output is the PASS valve: off is reject. Whatever makes the places of the parts uncertain purges them: they are
rejected, and none is followed from memory.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from inspector.config import TrackingSettings
from inspector.line.belt_window import BeltWindow
from inspector.line.encoder import BELT_TOO_FAST, UNMEASURED, BeltPosition
from inspector.line.input_watch import PARTS_TOO_FAST, InputsRead, InputWatch
from inspector.line.part_filter import Debouncer, PartBegan, PartEvent, PartFilter, PartTooLong
from inspector.line.protocol import Edge, LaneSeen, LineEvent, PlantStatus, Purged, Uncounted
from inspector.line.purge_zone import PurgeZone
from inspector.line.wire import Reason
from inspector.part import Confirmed

log = logging.getLogger(__name__)

LANES = (Confirmed.GOOD_LANE, Confirmed.REJECT_LANE)
HARMLESS = (None, BELT_TOO_FAST, PARTS_TOO_FAST)
"""With these the places are still known: Ready is off, and what was granted before may pass."""
TOO_LONG = "longer than a part can be: two without a gap, or a stuck sensor"
TOO_CLOSE = "too close to its neighbour to be told apart"
CLEAR = "Clear the belt, check gate and sensors, then reset the stop"


class SoftTracking:
    """Follows the parts of one line. Used from one thread.

    Args:
        settings: `[tracking]`.
        status_ms: Period of `PlantStatus`, ms.
        plc_count: Count of the last part that the journal knows.
        before: Rejected parts of a former start whose end is not known, oldest first.

    Attributes:
        plc_count: Count of the last part.
        pass_on: Whether the PASS output has to be energised.
    """

    def __init__(self, settings: TrackingSettings, status_ms: int, plc_count: int, before: Sequence[int] = ()) -> None:
        self._settings = settings
        self._status_ns = status_ms * 1_000_000
        self._lost_ns = settings.inputs_lost_ms * 1_000_000
        self._belt = BeltPosition(settings)
        self._window = BeltWindow(settings)
        self._zone = PurgeZone(settings, self._window.length_mm, before)
        self._watch = InputWatch(settings)
        self._begin_sensors()
        self._read_ns: int | None = None
        self._heard_ns = 0
        self._unread_because = "the station began to follow the belt"
        self._stopped = False
        self._latched: Reason | None = None
        self._next_status_ns = 0
        self._told: PlantStatus | None = None
        self.plc_count = plc_count
        self.pass_on = False

    @property
    def fault(self) -> Reason | None:
        """What keeps parts from being followed; the gravest."""
        return self._latched or self._belt.fault or self._watch.fault

    def inputs(self, read: InputsRead, now_ns: int) -> list[LineEvent]:
        """Follow one reading; then `pass_on` says what the output has to be.

        Args:
            read: All inputs; its time is not before that of the last one.
            now_ns: Time now; a reading that is heard too late opens no gate.

        Returns:
            What happened, in order.
        """
        self._heard_ns = now_ns
        events = self._continuity(read)
        events += self._travel(read)
        if read.emergency_stop and not self._stopped:
            events += self._purge("the emergency stop was active")
        self._stopped = read.emergency_stop
        # While the belt is behind where it was, what passes the sensors has passed them before.
        if not self._belt.repeating:
            for change in self._filter.read(read.t_ns, read.part, self._belt.mm):
                events += self._part(change)
        for lane, level in ((Confirmed.GOOD_LANE, read.good_lane), (Confirmed.REJECT_LANE, read.reject_lane)):
            events += self._lane(lane, level, read.t_ns)
        self._zone.over(self._belt.mm)
        self._watch.see(read, self._filter.stuck)
        opens = self._window.move(self._belt.mm)
        # A belt that stands is perhaps an encoder that does: the gate is not left open on its word.
        trusted = self._belt.moves and now_ns - read.t_ns <= self._lost_ns
        self.pass_on = opens and trusted and self.fault in HARMLESS and not read.outputs_safe
        return events + self._report(read)

    def grant(self, plc_count: int) -> bool:
        """Let this part through; False when it is too late, or it was purged or barred."""
        return self._window.grant(plc_count)

    def tick(self, now_ns: int) -> list[LineEvent]:
        """Time passes; without readings the output falls and the belt is purged."""
        if self._read_ns is not None and now_ns - self._heard_ns > self._lost_ns:
            return self.lost("the inputs were not read in time")
        return []

    def lost(self, reason: str) -> list[LineEvent]:
        """The inputs are not read any more: nothing of before counts when they come again.

        Args:
            reason: Why, for people.
        """
        self.pass_on = False
        if self._read_ns is None:
            return []
        self._read_ns, self._unread_because = None, reason
        return self._purge(reason)

    def reset(self) -> None:
        """A person has cleared the belt and lets the line go on."""
        self._latched = None
        self._belt.reset()

    def _begin_sensors(self) -> None:
        """What the sensors see at first came when nobody was watching: it is no edge."""
        settings = self._settings
        self._filter = PartFilter(settings)
        self._under_sensor: int | None = None
        self._lanes = {lane: Debouncer(settings.on_delay_ms, settings.off_delay_ms, level=True) for lane in LANES}

    def _continuity(self, read: InputsRead) -> list[LineEvent]:
        """Between two readings that are too far apart anything may have passed."""
        if self._read_ns is not None and not 0 <= read.t_ns - self._read_ns <= self._lost_ns:
            events = self.lost("the inputs were not read in time")
        else:
            events = []
        begins, self._read_ns = self._read_ns is None, read.t_ns
        if not begins:
            return []
        self._begin_sensors()
        self._belt.begin()
        self._zone.begin(self._belt.furthest_mm)
        return [*events, Uncounted(f"{self._unread_because}: what passed before was counted by nobody")]

    def _travel(self, read: InputsRead) -> list[LineEvent]:
        """Where the belt is now, or that nobody knows."""
        reason = self._belt.update(read.t_ns, read.encoder_count, read.running)
        events = self._purge(reason)
        if reason and self._belt.fault in UNMEASURED:
            # What passes the sensor without travel is too short for a part, and is not counted.
            events.append(Uncounted(f"{reason}: what passes meanwhile is counted by nobody"))
        return events

    def _part(self, change: PartEvent) -> list[LineEvent]:
        if isinstance(change, PartBegan):
            return self._began(change)
        if self._under_sensor is None:
            return []
        if isinstance(change, PartTooLong):
            return _purged(self._window.bar(self._under_sensor), TOO_LONG)
        if change.length_mm > self._settings.max_length_mm:
            self._window.bar(self._under_sensor, change.length_mm)
        self._under_sensor = None
        return []

    def _began(self, part: PartBegan) -> list[LineEvent]:
        self.plc_count += 1
        self._under_sensor = self.plc_count
        self._watch.part(part.t_ns)
        edge = Edge(self.plc_count, part.t_ns)
        if self._belt.fault not in HARMLESS:
            self._zone.add(self.plc_count)
            return [edge, *_purged([self.plc_count], self._belt.fault.message)]
        return [edge, *_purged(self._window.add(self.plc_count, part.mm), TOO_CLOSE)]

    def _lane(self, lane: Confirmed, level: bool, t_ns: int) -> list[LineEvent]:
        switched = self._lanes[lane].read(t_ns, level, self._belt.mm)
        if switched is None or not switched.on or self._belt.repeating:
            return []
        plc_count = self._window.lane(lane, switched.mm)
        if plc_count is None and self._zone.expects(lane, switched.mm):
            plc_count = self._zone.seen(lane)
            if plc_count is None:
                return []
        if plc_count is not None:
            return [LaneSeen(plc_count, lane, switched.t_ns)]
        where = "good" if lane is Confirmed.GOOD_LANE else "reject"
        lost = Reason("TRACKING_LOST", f"The sensor of the {where} lane saw a part where none can be", CLEAR)
        self._latched = self._latched or lost
        return self._purge(lost.message)

    def _purge(self, reason: str) -> list[LineEvent]:
        """Forget where the parts are; they are rejected. Nothing happens without a reason."""
        if not reason:
            return []
        forgotten = self._window.forget()
        self._zone.begin(self._belt.furthest_mm, forgotten.rejected, forgotten.accepted)
        self._under_sensor = None
        purged = forgotten.waiting
        log.warning("%s: %d parts are purged to reject", reason, len(purged))
        return _purged(purged, f"purged with {len(purged)} parts: {reason[0].lower()}{reason[1:]}")

    def _report(self, read: InputsRead) -> list[LineEvent]:
        status = PlantStatus(self.plc_count, read.outputs_safe, self.fault)
        changed = self._told is None or (status.fault, status.watchdog_tripped) != (
            self._told.fault,
            self._told.watchdog_tripped,
        )
        if not changed and read.t_ns < self._next_status_ns:
            return []
        self._told, self._next_status_ns = status, read.t_ns + self._status_ns
        return [status]


def _purged(plc_counts: list[int], reason: str) -> list[LineEvent]:
    return [Purged(tuple(plc_counts), reason)] if plc_counts else []
