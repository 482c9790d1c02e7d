# SPDX-License-Identifier: AGPL-3.0-or-later
"""The course of a part through the station: announced, decided, recorded, granted or not, and where it ended up."""

from __future__ import annotations

from collections.abc import Callable

from inspector.ipc import Connections, Message
from inspector.part import Commanded, Confirmed, Purpose, Trigger, Verdict
from inspector.station.challenges import ChallengeKeeper
from inspector.station.events import EventBus
from inspector.station.judge import Hold, PartResult, not_seen
from inspector.station.model import InForce
from inspector.station.part_images import PartImages
from inspector.station.parts import PartInFlight, PartTable, key_of, trigger_of
from inspector.station.recorder import Recorder
from inspector.station.serial_desk import SerialDesk
from inspector.station.shift import ShiftState
from inspector.station.shifts import ShiftKeeper
from inspector.station.sight import Sight
from inspector.station.stops import facts_of
from inspector.station.told import part_event, previews_of
from inspector.store.writer import Appended


class PartCourse:
    """What the line process says of parts, and what our own threads have done with them.

    Used on the main thread of the station.

    Args:
        hub: Connection to the line process.
        recorder: Records outcomes and gaps.
        parts: Parts in flight.
        images: Images of parts that are recorded.
        rules: What judges now, for what screens are told.
        shifts: Knows why a part is not judged; counts.
        challenge: Passes results on to the records.
        sight: Has the cameras show a part.
        serials: Brings a part's serial.
        bus: Screens and other subscribers.
        stopped_by: Called with whether what came has stopped the line.
    """

    def __init__(
        self,
        hub: Connections,
        recorder: Recorder,
        parts: PartTable,
        images: PartImages,
        rules: InForce,
        shifts: ShiftKeeper,
        challenge: ChallengeKeeper,
        sight: Sight,
        serials: SerialDesk,
        bus: EventBus,
        stopped_by: Callable[[bool], None],
    ) -> None:
        self._hub = hub
        self._recorder = recorder
        self._parts = parts
        self._images = images
        self._rules = rules
        self._shifts = shifts
        self._challenge = challenge
        self._sight = sight
        self._serials = serials
        self._bus = bus
        self._stopped_by = stopped_by

    def trigger(self, message: Message) -> None:
        """A part has passed the sensor, or passed it while the station was not there."""
        trigger = trigger_of(message)
        part = self._parts.get(trigger.key)
        if part is not None:
            if part.record:
                self._acknowledge(trigger)  # the first one was lost with its connection
            return
        part = self._parts.add(trigger)
        self._shifts.counts.edge(trigger.plc_count)
        if not trigger.live:
            part.turned_away = True
            reason = "the station was not there when the part passed"
            self.decide(trigger, not_seen(Verdict.ERROR, reason, hold=Hold.ALWAYS))
        elif reason := self._shifts.not_judging():
            part.turned_away = True
            self.decide(trigger, not_seen(Verdict.ERROR, f"not ready: {reason}", hold=self._shifts.hold()))
        self._sight.trigger(trigger, judged=not part.decided)
        self._serials.trigger(trigger)

    def outcome(self, message: Message) -> None:
        """What the line commanded for a part, and where it ended up."""
        key = key_of(message)
        part = self._parts.get(key)
        if part is None:
            # The part record is from an earlier run of the station; without one the trigger comes first again.
            known = self._shifts.part_record(key)
            if known:
                self._recorder.outcome(key, known, message)
            return
        part.outcome = message
        if part.record:
            self._recorder.outcome(key, part.record, message)

    def gap(self, message: Message) -> None:
        """Edges that only another counter has seen."""
        if message["first_plc_count"] is not None:
            self._shifts.counts.edge(int(message["first_plc_count"]))
        self._recorder.gap(message)

    def decide(self, trigger: Trigger, result: PartResult) -> None:
        """Give a part this result, unless it has one."""
        part = self._parts.get(trigger.key)
        if part is not None and not part.decided:
            part.decided = True
            self._challenge.judged(trigger, result)

    def recorded(self, message: Message) -> None:
        """The record of a part is committed: count it, keep its images, tell the screens."""
        trigger: Trigger = message["trigger"]
        result: PartResult = message["result"]
        appended: Appended = message["appended"]
        self._acknowledge(trigger)
        part = self._parts.get(trigger.key) or PartInFlight(trigger)
        of_an_earlier_run = appended.existing and not part.record
        part.decided, part.record, part.purpose = True, appended.hash, result.purpose
        if not appended.existing:
            if result.purpose is Purpose.CHALLENGE:
                self._challenge.part(appended.hash, trigger, result)
            else:
                self._shifts.statistics.part(result.verdict, message["latency_us"])
                self._shifts.production.part(result.verdict, appended.t_us, message["latency_us"])
                if self._counts_for_stops(part) and result.verdict is not Verdict.BYPASSED:
                    self._stopped_by(self._shifts.stops.part(facts_of(trigger, result, message["latency_us"])))
            for view in result.views:
                self._images.keep(part, view)
            self._tell(trigger, result, appended)
        if part.outcome is not None:
            self._recorder.outcome(trigger.key, part.record, part.outcome)
        elif of_an_earlier_run:
            self._parts.forget(trigger.key)  # an outcome that is still to come finds its record in the store

    def outcome_recorded(self, message: Message) -> None:
        """The record of an outcome is committed: the part needs nothing more but its images."""
        key, fields = message["key"], message["fields"]
        self._hub.send("line", {"type": "ack", "kind": "outcome", "key": [key.line_boot, key.part_seq]})
        part = self._parts.get(key)
        if not message["existing"]:
            commanded, confirmed = Commanded(fields["commanded"]), Confirmed(fields["confirmed"])
            if part is not None and part.purpose is Purpose.CHALLENGE:
                self._challenge.outcome(fields["part"], confirmed)
            else:
                self._shifts.statistics.outcome(commanded, confirmed)
            if self._shifts.shift.state is not ShiftState.NONE:
                self._stopped_by(self._shifts.stops.outcome(key, commanded, confirmed))
            self._bus.publish("outcome", {name: fields[name] for name in ("key", "commanded", "confirmed", "reason")})
        if part is not None:
            part.outcome_done = True
            self._parts.forget_if_done(key)

    def gap_recorded(self, message: Message) -> None:
        """The record of a gap is committed."""
        self._hub.send("line", message["ack"])

    def _counts_for_stops(self, part: PartInFlight) -> bool:
        """What is rejected because nobody was to judge it, or until a challenge is passed, says nothing of the line."""
        in_shift = self._shifts.shift.state is not ShiftState.NONE
        return in_shift and not part.turned_away and not self._challenge.closed

    def _acknowledge(self, trigger: Trigger) -> None:
        key = [trigger.key.line_boot, trigger.key.part_seq]
        self._hub.send("line", {"type": "ack", "kind": "trigger", "key": key})

    def _tell(self, trigger: Trigger, result: PartResult, appended: Appended) -> None:
        self._bus.publish("part", part_event(trigger, result, appended, self._rules.recipe))
        for preview in previews_of(trigger, result, self._rules.recipe):
            self._bus.show(preview)
