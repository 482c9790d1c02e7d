# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated plant as the line process sees it: messages through the hub."""

from __future__ import annotations

import logging

from inspector.clock import Clock, SystemClock
from inspector.errors import ChannelError
from inspector.ipc import Connections, Event, EventKind, Message
from inspector.line.forcing import ForcedOutputs, forced_level
from inspector.line.io_monitor import IoMonitor, IoPoint
from inspector.line.protocol import Edge, LaneSeen, LineEvent, PlantConnection, PlantStatus
from inspector.line.wire import Reason, StationFacts, count_field, flag_field
from inspector.part import Confirmed

log = logging.getLogger(__name__)

PLANT = "plant"
GATE = "gate"
CLEAR = "Clear the belt, look for what is in the wrong lane, check sensors and gate"
POINTS = (
    IoPoint("part", "input", "message edge", "event"),
    IoPoint("good-lane", "input", "message lane: good", "event"),
    IoPoint("reject-lane", "input", "message lane: reject", "event"),
    IoPoint("part-counter", "input", "message status: plc_count", "number"),
    IoPoint("outputs-safe", "input", "message status: watchdog_tripped"),
    IoPoint("ready", "output", "message heartbeat: ready"),
    IoPoint("gate-open", "input", "message status: gate_open"),
    IoPoint("pass", "output", "message grant", "event"),
    IoPoint("gate", "output", "message gate: open", forceable=True),
)
LANE_POINTS = {Confirmed.GOOD_LANE: "good-lane", Confirmed.REJECT_LANE: "reject-lane"}
LANES = {"good": Confirmed.GOOD_LANE, "reject": Confirmed.REJECT_LANE}


def parse_plant_message(message: Message) -> LineEvent:
    """Turn a message of the plant into a line event.

    Raises:
        ChannelError: It is not one of `edge`, `lane`, `status`, or a field is missing or wrong.
    """
    kind = message.get("type")
    if kind == "edge":
        return Edge(count_field(message, "plc_count", 1), count_field(message, "t_edge_ns"))
    if kind == "lane":
        lane = LANES.get(str(message.get("lane")))
        if lane is None:
            raise ChannelError(f"the plant named a lane {message.get('lane')!r}")
        return LaneSeen(count_field(message, "plc_count", 1), lane, count_field(message, "t_ns"))
    if kind == "status":
        hand = {"gate_open": False, "empty": False, **message}
        return PlantStatus(
            count_field(message, "plc_count"),
            flag_field(message, "watchdog_tripped"),
            _tracking_fault(message),
            gate_open=flag_field(hand, "gate_open"),
            empty=flag_field(hand, "empty"),
        )
    raise ChannelError(f"the plant sent a message of type {kind!r}")


def _tracking_fault(message: Message) -> Reason | None:
    lane = message.get("unexpected_lane", "")
    if lane == "":
        return None
    if lane not in LANES:
        raise ChannelError(f"the plant named a lane {lane!r}")
    return Reason("TRACKING_LOST", f"The sensor of the {lane} lane saw a part where none can be", CLEAR)


class PlantIO:
    """`LineIO` over the simulated plant.

    Args:
        hub: The connections of the line process.
        clock: Time.
    """

    backend = "plant"
    simulated = True

    def __init__(self, hub: Connections, clock: Clock | None = None) -> None:
        self._hub = hub
        self._clock = clock or SystemClock()
        self.monitor = IoMonitor(POINTS)
        self._forced: ForcedOutputs = {}
        self._gate = False
        self._empty = False
        self._outbox = hub.outbox(PLANT)
        self._connected = False

    def start(self) -> None:
        """See `LineIO`."""
        self._hub.connect(PLANT)

    def understand(self, event: Event) -> LineEvent | None:
        """See `LineIO`."""
        if event.peer != PLANT:
            return None
        if event.kind is not EventKind.MESSAGE:
            self._connected = event.kind is EventKind.CONNECTED
            self._outbox.clear()  # a grant for the former connection is not carried over: its part rejects
            self.monitor.lost()
            return PlantConnection(self._connected)
        try:
            found = parse_plant_message(event.message)
        except ChannelError as error:
            log.error("%s", error)
            return None
        self._note(found)
        return found

    def heartbeat(self, ready: bool) -> None:
        """See `LineIO`."""
        if self._connected:
            self.monitor.see(self._clock.monotonic_ns(), {"ready": int(ready)})
            self._outbox.put({"type": "heartbeat", "ready": ready})
            self._tell_gate()

    def grant(self, plc_count: int) -> bool:
        """See `LineIO`."""
        told = self._connected and self._outbox.put({"type": "grant", "plc_count": plc_count})
        if told:
            self.monitor.happened(self._clock.monotonic_ns(), "pass")
        return told

    def reject(self, plc_count: int, judged: bool, defect_class: int = 0) -> None:
        """See `LineIO`; the simulated plant waits for grants only."""

    def show(self, facts: StationFacts) -> None:
        """See `LineIO`; the simulated plant shows nothing."""

    def reset_faults(self) -> None:
        """See `LineIO`."""
        if self._connected:
            self._outbox.put({"type": "faults-reset"})

    def force_complaint(self, name: str) -> str:
        """See `LineIO`; whether its belt is empty the plant knows better, and keeps the gate shut if it is not."""
        if not self._connected:
            return "the plant is not connected"
        return "" if self._empty else "parts are on the belt"

    def force(self, forced: ForcedOutputs) -> None:
        """See `LineIO`."""
        self.monitor.force(forced)
        self._forced = forced
        self._tell_gate()

    def close(self) -> None:
        """See `LineIO`."""
        if self._gate:
            self.force({})
        self._outbox.close()

    def _tell_gate(self) -> None:
        """With each change, and with each heartbeat while it is open: the plant shuts it when it hears nothing."""
        wanted = bool(forced_level(self._forced, GATE, self._clock.monotonic_ns()))
        if self._connected and (wanted or self._gate):
            self._outbox.put({"type": "gate", "open": wanted})
        self._gate = wanted and self._connected
        self.monitor.see(self._clock.monotonic_ns(), {GATE: int(self._gate)})

    def _note(self, event: LineEvent) -> None:
        if isinstance(event, Edge):
            self.monitor.happened(event.t_edge_ns, "part")
        elif isinstance(event, LaneSeen):
            self.monitor.happened(event.t_ns, LANE_POINTS[event.lane])
        elif isinstance(event, PlantStatus):
            self._empty = event.empty
            values = {
                "gate-open": int(event.gate_open),
                "part-counter": event.plc_count,
                "outputs-safe": int(event.watchdog_tripped),
            }
            self.monitor.see(self._clock.monotonic_ns(), values)
