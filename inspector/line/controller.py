# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the line process does with each message and each moment: journal first, then tell others."""

from __future__ import annotations

import logging
from typing import Protocol

from inspector.clock import Clock
from inspector.config import LineSettings
from inspector.errors import JournalFailed
from inspector.ipc import Message
from inspector.line.backlog import Backlog
from inspector.line.entries import SENSOR, Gap, Outcome, entry_message
from inspector.line.forcing import Forcing
from inspector.line.good_lane_watch import GoodLaneWatch
from inspector.line.journal import Journal
from inspector.line.lane_tally import LaneTally
from inspector.line.protocol import (
    Edge,
    LaneSeen,
    LineEvent,
    LineIO,
    PlantConnection,
    PlantStatus,
    Purged,
    Uncounted,
)
from inspector.line.readiness import Readiness
from inspector.line.tracker import Tracker
from inspector.line.wire import (
    Ack,
    ForceAsked,
    ForceEnded,
    Grant,
    IoAsked,
    Reason,
    Reject,
    StationFacts,
    StationMessage,
    StationState,
)
from inspector.part import Commanded, Confirmed, PartKey, Verdict

log = logging.getLogger(__name__)

FLUSH_NS = 500_000_000
"""Period of writing acknowledgements, which is also how soon a full disk that has space again is noticed."""


class StationPort(Protocol):
    """Where messages for the station go; never waits."""

    def put(self, message: Message) -> bool:
        """Queue one message."""
        ...

    def clear(self) -> None:
        """Forget what is queued."""
        ...


class LineController:
    """All decisions of the line process; its surroundings are given to it, so that tests can give others.

    Args:
        settings: `[line]`.
        clock: Time.
        journal: The journal; read and written here only.
        io: The plant.
        station: Messages to the station.
    """

    def __init__(
        self, settings: LineSettings, clock: Clock, journal: Journal, io: LineIO, station: StationPort
    ) -> None:
        self._settings = settings
        self._min_gap_ns = settings.min_gap_ms * 1_000_000
        self._clock = clock
        self._journal = journal
        self._io = io
        self._station = station
        self._backlog = Backlog(station.put)
        self._forcing = Forcing(clock, io.force)
        self._readiness = Readiness(clock, settings.heartbeat_lost_ms)
        self._tracker = Tracker(clock, settings.confirm_by_ms)
        for part in journal.in_flight():
            self._tracker.restore(part.trigger, part.granted)
        self._tally = LaneTally()
        self._good_lane = GoodLaneWatch(journal.last_plc_count)
        self._unjournaled: list[Outcome] = []
        self._resend_wanted = False
        self._unseen_because = "the line process was not running"
        self._last_edge_ns: int | None = None
        self._last_edge: Edge | None = None
        self._reported: Message = {}
        self._next_heartbeat_ns = clock.monotonic_ns()
        self._next_flush_ns = clock.monotonic_ns() + FLUSH_NS

    @property
    def ready(self) -> bool:
        """Whether parts may come and grants are passed on."""
        return self._readiness.ready

    def plant_event(self, event: LineEvent) -> None:
        """Act on one event of the plant."""
        if isinstance(event, PlantConnection):
            self._readiness.plant_connection(event.connected)
            if not event.connected:
                self._unseen_because = "the plant was not connected"
            self._beat()
            return
        self._readiness.plant_heard()
        try:
            if isinstance(event, Edge):
                self._edge(event)
            elif isinstance(event, LaneSeen):
                self._tally.lane(event.plc_count, event.lane)
                self._watch_good_lane(event)
                outcome = self._tracker.lane(event.plc_count, event.lane)
                self._end([outcome] if outcome is not None else [])
            elif isinstance(event, Purged):
                self._purge(event)
            elif isinstance(event, Uncounted):
                self._uncounted(event.reason)
            else:
                self._status(event)
        except JournalFailed as error:
            self._journal_failed(error)

    def station_connection(self, connected: bool) -> None:
        """The connection to the station was made or lost; either way parts in flight are purged to reject."""
        self._readiness.station_connection(connected)
        self._tracker.station_lost()
        self._backlog.clear()
        self._station.clear()
        self._resend_wanted = connected
        self._reported = {}
        self._io.show(StationFacts())
        if connected:
            self._station.put(
                {
                    "type": "line-hello",
                    "line_boot": self._journal.line_boot,
                    "backend": self._io.backend,
                    "simulated": self._io.simulated,
                }
            )
            try:
                self._resend()
            except JournalFailed as error:
                self._journal_failed(error)
        self._beat()

    def station_message(self, message: StationMessage) -> None:
        """Act on one message of the station."""
        if isinstance(message, StationState):
            self._readiness.station_state(message.ready, message.manual)
            self._io.show(message.facts)
            self._report_change()
        elif isinstance(message, Grant):
            self._grant(message.key)
        elif isinstance(message, Reject):
            self._reject(message)
        elif isinstance(message, Ack):
            self._journal.acknowledge(message.kind, message.key)
            self._backlog.acknowledged(message.kind, message.key)
        elif isinstance(message, IoAsked):
            points: Message = {"points": self._io.monitor.document(self._clock), "t_us": self._clock.utc_us()}
            self._station.put({"type": "answer", "id": message.number, "ok": True, "result": points})
        elif isinstance(message, ForceAsked):
            self._force(message)
        elif isinstance(message, ForceEnded):
            self._forcing.release("the station ends them")
        else:
            self._readiness.tracking_fault = None
            self._io.reset_faults()

    def tick(self) -> None:
        """Let deadlines pass and send the heartbeats that are due."""
        now = self._clock.monotonic_ns()
        self._forcing.tick(self._readiness.may_force)
        try:
            self._end(self._tracker.due())
            if now >= self._next_flush_ns:
                self._next_flush_ns = now + FLUSH_NS
                self._journal.flush()
                self._journal_recovered()
        except JournalFailed as error:
            self._journal_failed(error)
        if now >= self._next_heartbeat_ns:
            self._beat()
        else:
            self._report_change()

    def wait_s(self) -> float:
        """How long nothing is due."""
        until = self._next_heartbeat_ns
        deadline = self._tracker.next_deadline_ns()
        if deadline is not None and not self._readiness.journal_failure:
            until = min(until, deadline)
        return max(0.0, (until - self._clock.monotonic_ns()) / 1e9)

    def _force(self, asked: ForceAsked) -> None:
        complaint = "the line is not in manual mode" if not self._readiness.may_force else ""
        if not complaint and not self._io.monitor.forceable(asked.name):
            complaint = f"nobody forces {asked.name[:64]!r}"
        if complaint := complaint or (self._io.force_complaint(asked.name) if asked.on else ""):
            error = {"message": f"the output stays as it is: {complaint}", "advice": "See docs/line.md, manual mode"}
            self._station.put({"type": "answer", "id": asked.number, "ok": False, "error": error})
            return
        self._forcing.force(asked.name, asked.on, asked.for_ms)
        self._station.put({"type": "answer", "id": asked.number, "ok": True, "result": {"name": asked.name}})

    def _watch_good_lane(self, seen: LaneSeen) -> None:
        fault = self._good_lane.lane(seen.plc_count, seen.lane)
        if fault is not None:
            self._lose_track(fault)

    def _lose_track(self, fault: Reason) -> None:
        """Ready is off, and nothing is granted, until a person has reset it."""
        log.critical("%s", fault.message)
        self._readiness.tracking_fault = fault
        self._report_change()

    def _status(self, status: PlantStatus) -> None:
        self._tally.infeed(status.plc_count)
        self._good_lane.status(status.plc_count)
        last = self._journal.last_plc_count
        # A status follows the edges that it counts, so a smaller count is never an old one.
        if last is not None and status.plc_count < last:
            reason = (
                f"the plant's part counter went back from {last} to {status.plc_count}: nobody knows how many"
                " parts were not seen"
            )
            log.error("%s", reason)
            self._tell(self._journal.gap(last + 1, 0, reason, up_to=status.plc_count))
            self._tracker.counter_replaced()
            self._good_lane.counts_from(status.plc_count)
        else:
            self._account_up_to(status.plc_count)
        # Only now: a status whose gap could not be journaled is still the first one.
        self._readiness.plant_status = status
        self._unseen_because = "the edge did not reach the line process"
        self._report_change()

    def _account_up_to(self, plc_count: int) -> None:
        """Journal as a gap what the plant counted and we did not see."""
        last, reason = self._journal.last_plc_count, self._unseen_because
        if last is None:
            if plc_count == 0:
                self._journal.start_counter(0)
                return
            last, reason = 0, "the journal is new, these parts are not in it"
        if plc_count > last:
            log.error("%d edges were not seen: %s", plc_count - last, reason)
            self._tell(self._journal.gap(last + 1, plc_count - last, reason, up_to=plc_count))

    def _edge(self, edge: Edge) -> None:
        last = self._journal.last_plc_count
        if last is not None and edge.plc_count <= last:
            self._edge_again(edge)
            return
        self._account_up_to(edge.plc_count - 1)
        if self._last_edge_ns is not None and 0 <= edge.t_edge_ns - self._last_edge_ns < self._min_gap_ns:
            self._good_lane.edge(edge.plc_count)
            self._last_edge = edge
            self._tell(self._journal.gap(edge.plc_count, 1, "the sensor bounced", edge.plc_count, SENSOR))
            return
        age_us = (self._clock.monotonic_ns() - edge.t_edge_ns) // 1000
        trigger = self._journal.trigger(
            edge.plc_count,
            edge.t_edge_ns,
            self._clock.utc_us() - age_us,
            edge.t_edge_ns + self._settings.decide_by_ms * 1_000_000,
            live=self._readiness.station_connected,
            serial=edge.serial,
        )
        self._last_edge_ns, self._last_edge = edge.t_edge_ns, edge
        self._good_lane.edge(edge.plc_count)
        self._tracker.edge(trigger)
        if trigger.live:
            self._station.put(entry_message(trigger))

    def _edge_again(self, edge: Edge) -> None:
        """The edge of before, or another part under the same count: a grant would open the gate for both."""
        last = self._last_edge
        same_count = last is not None and edge.plc_count == last.plc_count
        if last is None or not same_count or abs(edge.t_edge_ns - last.t_edge_ns) < self._min_gap_ns:
            log.warning("edge %d came again and is ignored", edge.plc_count)
            return
        message = f"The plant gave the count {edge.plc_count} to two parts; the second has no record"
        self._lose_track(Reason("TRACKING_LOST", message, "Clear the belt, check the plant's controller"))

    def _purge(self, purged: Purged) -> None:
        """The gate stays shut for these parts; a grant that was passed on is taken back in the journal."""
        for key in self._tracker.purge(purged.plc_counts, purged.reason):
            self._journal.withdraw(key)

    def _uncounted(self, reason: str) -> None:
        """Nobody can say how many parts passed; before the first one there is nothing to say."""
        last = self._journal.last_plc_count
        if last is not None:
            self._tell(self._journal.gap(last + 1, 0, reason, up_to=last))

    def _grant(self, key: PartKey) -> None:
        """Journal, look at the clock again, then tell the plant."""
        plc_count = self._tracker.plc_count_of(key)
        if not self._tracker.grant(key, self._readiness.may_grant) or plc_count is None:
            log.warning("the grant for part %d has no effect", key.part_seq)
            return
        try:
            self._journal.grant(key, self._clock.monotonic_ns())
            if not self._tracker.in_time(key):
                failure = "the journal was too slow for the grant"
            elif not self._io.grant(plc_count):
                failure = "the grant did not reach the gate: the plant was not connected, or the part was too far"
            else:
                return
            self._tracker.withdraw(key, failure)
            self._journal.withdraw(key)
        except JournalFailed as error:
            self._tracker.withdraw(key, "the grant could not be journaled")
            self._journal_failed(error)

    def _reject(self, reject: Reject) -> None:
        self._tracker.reject(reject.key)
        plc_count = self._tracker.plc_count_of(reject.key)
        if plc_count is not None:
            self._io.reject(plc_count, reject.verdict is Verdict.FAIL, reject.defect_class)

    def _end(self, outcomes: list[Outcome]) -> None:
        """Journal the ends of parts and tell the station; those that cannot be journaled now wait."""
        for outcome in outcomes:
            if outcome.commanded is Commanded.REJECT and outcome.confirmed is Confirmed.GOOD_LANE:
                log.critical("part %d is in the good lane without a grant", outcome.key.part_seq)
        # Bounded: without a journal no part is accepted, so no more than were in flight can wait here.
        self._unjournaled += outcomes
        while self._unjournaled:
            self._journal.outcome(self._unjournaled[0])
            self._tell(self._unjournaled.pop(0))

    def _tell(self, entry: Gap | Outcome) -> None:
        if self._readiness.station_connected and not self._resend_wanted:
            self._backlog.extend([entry])

    def _resend(self) -> None:
        if self._resend_wanted:
            entries = self._journal.unacknowledged()
            self._resend_wanted = False
            self._backlog.extend(entries)

    def _journal_failed(self, error: JournalFailed) -> None:
        if not self._readiness.journal_failure:
            log.critical("%s", error)
        self._readiness.journal_failure = error.message
        self._unseen_because = "the journal could not be written"
        self._report_change()

    def _journal_recovered(self) -> None:
        """The journal was just written: what waited for it follows."""
        if self._readiness.journal_failure:
            log.warning("the journal can be written again")
            self._readiness.journal_failure = ""
        self._end([])
        self._resend()

    def _beat(self) -> None:
        self._next_heartbeat_ns = self._clock.monotonic_ns() + self._settings.heartbeat_ms * 1_000_000
        self._io.heartbeat(self.ready)
        self._report(self._state())

    def _report_change(self) -> None:
        state = self._state()
        if (state["ready"], state["reasons"]) != (self._reported.get("ready"), self._reported.get("reasons")):
            self._io.heartbeat(bool(state["ready"]))
            self._report(state)

    def _report(self, state: Message) -> None:
        self._reported = state
        if self._readiness.station_connected:
            self._station.put(state)

    def _state(self) -> Message:
        reasons = [reason.as_message() for reason in self._readiness.reasons()]
        return {
            "type": "line-state",
            "ready": not reasons,
            "reasons": reasons,
            "plc_count": self._journal.last_plc_count or 0,
            "plant_connected": self._readiness.plant_connected,
            "counts": self._tally.document(),
        }
