# SPDX-License-Identifier: AGPL-3.0-or-later
"""The four-phase handshake with a PLC, as a state machine without any input or output of its own.

Time is given to it with every call. Two handshakes run side by side, so that results may wait while parts come:

    TRIGGER up --> TRIGGER_ACK up (id) --> TRIGGER down --> TRIGGER_ACK down
    RESULT_VALID up (id, verdict) --> RESULT_ACK up (id) --> RESULT_VALID down --> RESULT_ACK down

Whatever breaks the order is a fault: Ready falls, everything in flight is forgotten, which the PLC's default
rejects, and nothing is taken until the PLC has reset the fault and is at rest. The same rest is waited for after
every connect and every silence.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from inspector.line.offline import Offline
from inspector.line.protocol import Edge, LaneSeen, LineEvent, PlantStatus
from inspector.line.register_map import LANE_SLOTS, MAP_VERSION, LaneCode, PlcBit, PlcImage, StationBit
from inspector.line.wire import StationFacts
from inspector.part import Confirmed

LANES = {LaneCode.GOOD: Confirmed.GOOD_LANE, LaneCode.REJECT: Confirmed.REJECT_LANE}


@dataclass(frozen=True, slots=True)
class Limits:
    """Times of the handshake, in nanoseconds, and the depth of its result buffer.

    Attributes:
        phase_ns: Longest wait for the PLC in one phase.
        heartbeat_ns: Half a period of our heartbeat.
        lost_ns: Silence after which the PLC's heartbeat, or the line process, counts as lost.
        status_ns: Period of the status told to the line process.
        decide_ns: A part without a verdict this long after its trigger gets NO_DECISION.
        results: Results that may wait for the PLC, the one it is shown included.
    """

    phase_ns: int
    heartbeat_ns: int
    lost_ns: int
    status_ns: int
    decide_ns: int
    results: int


class _Phase(Enum):
    IDLE = auto()
    ACKED = auto()  # trigger: taken, waits for TRIGGER down
    MISSED = auto()  # trigger: not taken, waits for TRIGGER down
    SHOWN = auto()  # result: RESULT_VALID up, waits for RESULT_ACK up
    TAKEN = auto()  # result: RESULT_VALID down, waits for RESULT_ACK down


@dataclass(frozen=True, slots=True)
class _Result:
    part: int
    verdict: StationBit
    defect_class: int


class Handshake:
    """The station's side of the handshake.

    Args:
        limits: Times and depth.
        now_ns: Time of the connection.
        missed: Triggers that were missed on former connections.
    """

    def __init__(self, limits: Limits, now_ns: int, missed: int = 0) -> None:
        self._limits = limits
        self._fault = Offline.NONE
        self._cause = Offline.RESYNCHRONISING
        self._synchronised = False
        self._rest_ns: int | None = None
        self._reset_up = self._reset_armed = False
        self._ready_wanted = False
        self._told_ready = False
        self._line_heard_ns = now_ns
        self._facts = StationFacts()
        self._plc_level: bool | None = None
        self._plc_beat_ns = now_ns
        self._plc_beats = False
        self._level = False
        self._next_toggle_ns = now_ns
        self._trigger = _Phase.MISSED  # a trigger that is up already is not new
        self._trigger_ns = now_ns
        self._trigger_id = 0
        self._result = _Phase.IDLE
        self._result_ns = now_ns
        self._results: deque[_Result] = deque()
        self._waiting: dict[int, int] = {}
        self._last_id: int | None = None
        self._counter: int | None = None
        self._lane_seq: int | None = None
        self._told_status: PlantStatus | None = None
        self._next_status_ns = now_ns
        self.missed = missed

    @property
    def offline(self) -> Offline:
        """Why Ready is off; NONE while it is on."""
        if self._fault is not Offline.NONE:
            return self._fault
        if self._cause is not Offline.NONE:
            return self._cause
        return Offline.NONE if self._ready_wanted else Offline.STATION_NOT_READY

    def line_process(self, ready: bool, heard_ns: int) -> None:
        """What the line process said last of its readiness, and when."""
        self._ready_wanted = ready
        self._line_heard_ns = heard_ns

    def show(self, facts: StationFacts) -> None:
        """What the station says of itself besides."""
        self._facts = facts

    def decide(self, part: int, verdict: StationBit, now_ns: int, defect_class: int = 0) -> bool:
        """A verdict for a part; the first one counts.

        Args:
            part: Its id.
            verdict: PASS, FAIL or NO_DECISION.
            now_ns: The time.
            defect_class: What goes with a FAIL.

        Returns:
            Whether it goes to the PLC: False for a part that is decided, too late, or was purged.
        """
        decide_by_ns = self._waiting.get(part)
        if decide_by_ns is None or now_ns > decide_by_ns:
            return False
        self._settle(part, verdict, defect_class)
        return part not in self._waiting and self._fault is Offline.NONE

    def awaits(self, part: int) -> bool:
        """Whether a verdict for this part would still go to the PLC."""
        return part in self._waiting

    def scan(self, plc: PlcImage, now_ns: int) -> list[LineEvent]:
        """Act on what the PLC says now; what the line process has to hear of it, in order."""
        self._watch(plc, now_ns)
        events = self._count(plc)
        events += self._on_trigger(plc, now_ns)
        if self._synchronised:
            self._on_result(plc, now_ns)
        for part, decide_by_ns in list(self._waiting.items()):
            if now_ns > decide_by_ns and part in self._waiting:
                self._settle(part, StationBit.NO_DECISION)
        events += self._on_lanes(plc, now_ns)
        status = self._status(plc, plc.part_counter)
        if status != self._told_status or now_ns >= self._next_status_ns:
            self._told_status = status
            self._next_status_ns = now_ns + self._limits.status_ns
            events.append(status)
        if now_ns >= self._next_toggle_ns and self._cause is not Offline.LINE_PROCESS_SILENT:
            self._level = not self._level
            self._next_toggle_ns = now_ns + self._limits.heartbeat_ns
        return events

    def outputs(self) -> dict[str, int]:
        """The station's block, by name; to be written in one request."""
        offline = self.offline
        self._told_ready = offline is Offline.NONE
        bits = StationBit(0)
        if self._level:
            bits |= StationBit.HEARTBEAT
        if self._told_ready:
            bits |= StationBit.READY
        if self._waiting or self._results:
            bits |= StationBit.BUSY
        if self._trigger is _Phase.ACKED:
            bits |= StationBit.TRIGGER_ACK
        if offline.is_fault:
            bits |= StationBit.FAULT
        if offline is Offline.RESULT_OVERRUN:
            bits |= StationBit.RESULT_OVERRUN
        if self._facts.challenge_due:
            bits |= StationBit.CHALLENGE_DUE
        if self._facts.bypass_active:
            bits |= StationBit.BYPASS_ACTIVE
        if self._facts.warning:
            bits |= StationBit.WARNING
        result = _Result(0, StationBit(0), 0)
        if self._result is _Phase.SHOWN:
            result = self._results[0]
            bits |= StationBit.RESULT_VALID | result.verdict
        return {
            "status": int(bits),
            "offline_reason": int(offline),
            "trigger_ack_id": self._trigger_id if self._trigger is _Phase.ACKED else 0,
            "result_id": result.part,
            "missed_triggers": self.missed,
            "map_version": MAP_VERSION,
            "recipe_active": self._facts.recipe_number,
            "defect_class": result.defect_class,
        }

    # Everything below serves `scan`.

    def _watch(self, plc: PlcImage, now_ns: int) -> None:
        """Heartbeats, resets, and whether the PLC is at rest."""
        level = PlcBit.HEARTBEAT in plc.bits
        if self._plc_level is not None and level != self._plc_level:
            self._plc_beat_ns, self._plc_beats = now_ns, True
        self._plc_level = level
        at_rest = not plc.bits & (PlcBit.TRIGGER | PlcBit.RESULT_ACK)
        self._reset_up = PlcBit.RESET_FAULT in plc.bits
        if not self._reset_up:
            self._reset_armed = True  # a bit that is stuck resets nothing
        elif self._reset_armed and at_rest:
            self._fault = Offline.NONE
        broken = self._broken(plc, now_ns)
        if broken is not Offline.NONE:
            self._purge()
        elif not self._synchronised:
            self._synchronise(at_rest, now_ns)
        self._cause = self._cause_of(plc, broken)

    def _synchronise(self, at_rest: bool, now_ns: int) -> None:
        """Begin once the PLC has been at rest long enough to have seen, in any scan, that Ready was off."""
        if not at_rest or not self._plc_beats or self._fault is not Offline.NONE:
            self._rest_ns = None
        elif self._rest_ns is None:
            self._rest_ns = now_ns
        elif now_ns - self._rest_ns >= self._limits.heartbeat_ns:
            self._synchronised = True

    def _broken(self, plc: PlcImage, now_ns: int) -> Offline:
        """What makes every result in flight worthless."""
        if now_ns - self._line_heard_ns > self._limits.lost_ns:
            return Offline.LINE_PROCESS_SILENT
        if now_ns - self._plc_beat_ns > self._limits.lost_ns:
            self._plc_beats = False
            return Offline.PLC_HEARTBEAT_LOST
        return Offline.NONE if PlcBit.ESTOP_OK in plc.bits else Offline.EMERGENCY_STOP

    def _cause_of(self, plc: PlcImage, broken: Offline) -> Offline:
        if broken is not Offline.NONE:
            return broken
        if not self._synchronised:
            return Offline.RESYNCHRONISING
        if PlcBit.BIN_FULL in plc.bits:
            return Offline.BIN_FULL
        if PlcBit.AIR_LOW in plc.bits:
            return Offline.AIR_LOW
        if PlcBit.ENABLE not in plc.bits:
            return Offline.NOT_ENABLED
        other_recipe = plc.recipe_request not in (0, self._facts.recipe_number)
        return Offline.OTHER_RECIPE if other_recipe else Offline.NONE

    def _count(self, plc: PlcImage) -> list[LineEvent]:
        """A counter that goes back is another PLC: nothing that is in flight is its own."""
        before, self._counter = self._counter, plc.part_counter
        if before is None or plc.part_counter >= before:
            return []
        self._purge()
        self._last_id = self._lane_seq = None
        new_trigger = PlcBit.TRIGGER in plc.bits and self._trigger is _Phase.IDLE
        self._told_status = self._status(plc, max(0, plc.part_counter - int(new_trigger)))
        return [self._told_status]

    def _on_trigger(self, plc: PlcImage, now_ns: int) -> list[LineEvent]:
        up = PlcBit.TRIGGER in plc.bits
        if not up:
            self._trigger = _Phase.IDLE
        elif self._trigger is _Phase.IDLE:
            return self._new_trigger(plc, now_ns)
        elif self._trigger is _Phase.ACKED:
            if plc.trigger_id != self._trigger_id:
                self._fail(Offline.TRIGGER_CHANGED)
            elif now_ns - self._trigger_ns > self._limits.phase_ns:
                self._fail(Offline.TRIGGER_NOT_RELEASED)
        return []

    def _new_trigger(self, plc: PlcImage, now_ns: int) -> list[LineEvent]:
        self._trigger, part = _Phase.MISSED, plc.trigger_id
        wrong = Offline.NONE
        if part != plc.part_counter or part == 0:
            wrong = Offline.ID_MISMATCH
        elif self._last_id is not None and part <= self._last_id:
            wrong = Offline.ID_REPEATED
        # A PLC that was not shown Ready must not trigger; where Ready has gone since, no answer comes: it rejects.
        taken = self._told_ready and self.offline is Offline.NONE and wrong is Offline.NONE
        if not taken:
            self.missed += 1
        if wrong is not Offline.NONE:
            if self._synchronised:
                self._fail(wrong)
            return []
        self._last_id = part
        if taken:
            self._trigger, self._trigger_id, self._trigger_ns = _Phase.ACKED, part, now_ns
            self._waiting[part] = now_ns + self._limits.decide_ns
        return [Edge(part, now_ns, plc.serial)]

    def _on_result(self, plc: PlcImage, now_ns: int) -> None:
        ack = PlcBit.RESULT_ACK in plc.bits
        late = now_ns - self._result_ns > self._limits.phase_ns
        if self._result is _Phase.SHOWN:
            if ack and plc.result_ack_id != self._results[0].part:
                self._fail(Offline.ACK_ID_WRONG)
            elif ack:
                self._results.popleft()
                self._result, self._result_ns = _Phase.TAKEN, now_ns
            elif late:
                self._fail(Offline.RESULT_NOT_ACKNOWLEDGED)
            return
        if ack and self._result is _Phase.IDLE:
            self._fail(Offline.ACK_UNEXPECTED)
        elif ack and late:
            self._fail(Offline.RESULT_ACK_NOT_RELEASED)
        elif not ack:
            self._result, self._result_ns = (_Phase.SHOWN if self._results else _Phase.IDLE), now_ns

    def _on_lanes(self, plc: PlcImage, now_ns: int) -> list[LineEvent]:
        """The confirmations that are new; after a connect all that the PLC still has."""
        before, self._lane_seq = self._lane_seq, plc.lane_seq
        if before is None or before > plc.lane_seq:
            before = 0
        events: list[LineEvent] = []
        for number in range(max(before, plc.lane_seq - LANE_SLOTS), plc.lane_seq):
            part, code = plc.lanes[number % LANE_SLOTS]
            if part > 0 and code in tuple(LaneCode):
                events.append(LaneSeen(part, LANES[LaneCode(code)], now_ns))
        return events

    def _status(self, plc: PlcImage, plc_count: int) -> PlantStatus:
        reason, pauses = self.offline.reason(), self.offline.pauses
        safe = PlcBit.OUTPUTS_SAFE in plc.bits
        return PlantStatus(plc_count, safe, fault=None if pauses else reason, pause=reason if pauses else None)

    def _settle(self, part: int, verdict: StationBit, defect_class: int = 0) -> None:
        if len(self._results) >= self._limits.results:
            self._fail(Offline.RESULT_OVERRUN)
            return
        del self._waiting[part]
        self._results.append(_Result(part, verdict, defect_class))

    def _fail(self, fault: Offline) -> None:
        self._fault = fault
        self._reset_armed = not self._reset_up
        self._purge()

    def _purge(self) -> None:
        """Forget everything in flight: without a result the PLC rejects it."""
        self._synchronised = False
        self._rest_ns = None
        self._cause = Offline.RESYNCHRONISING
        self._waiting.clear()
        self._results.clear()
        self._result = _Phase.IDLE
        if self._trigger is _Phase.ACKED:
            self._trigger = _Phase.MISSED
