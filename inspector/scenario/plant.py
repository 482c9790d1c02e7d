# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plant's controller: counts edges, remembers who was granted, moves the gate, tells the line what its sensors see.

What it does in order is what `inspector.line.plant.belt` does; here each sensor, the gate and the controller itself
can fail, and a part without an edge is on the belt all the same.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from inspector.ipc import EventKind, Message
from inspector.scenario.belt import Belt, Part
from inspector.scenario.machine import Machine
from inspector.scenario.network import Network, SimulatedHub
from inspector.scenario.pictures import Look, Scene
from inspector.scenario.schedule import Schedule

LINE = "line"
LANES_KEPT = 256
WINDOW = 25.0
"""Travel on either side of the gate and of a lane sensor within which a part is taken for the expected one."""
GATE_LEAD = 40.0
VALVE_MS = 15.0
JITTER = 0.15
STATUS_MS = 100.0


@dataclass(frozen=True, slots=True)
class Travel:
    """Distances from the part-present sensor, in ms at nominal speed.

    Attributes:
        gate: To the gate.
        lane: To the lane sensors.
        watchdog_ms: Silence of the line after which all outputs fall to their safe state.
    """

    gate: float = 400.0
    lane: float = 480.0
    watchdog_ms: float = 750.0


@dataclass(slots=True, eq=False)
class _Count:
    number: int
    start: float
    granted: bool = False
    passed: bool = False
    seen: bool = False


class Gate:
    """The ejector. Its rest position, without air and without power, leads to the reject lane.

    Attributes:
        obeys: Where it is, given where it should be.
        valve_ms: How long it takes.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._open = False
        self.valve_ms = VALVE_MS
        self.obeys: Callable[[bool], bool] = lambda wanted: wanted

    def command(self, wanted: bool) -> None:
        """Move to the good lane (True) or to the reject lane."""
        self._schedule.after_ms(self.valve_ms, lambda: self._move(wanted))

    def _move(self, wanted: bool) -> None:
        self._open = wanted

    @property
    def lane(self) -> str:
        """Where a part goes that is at the gate now."""
        return "good" if self.obeys(self._open) else "reject"


class Plant(Machine):
    """Belt, feeder and controller, and their end of the connection to the line.

    Args:
        schedule: Time.
        network: Connections.
        travel: Distances.
        seed: Seed of jitter.
    """

    def __init__(self, schedule: Schedule, network: Network, travel: Travel, seed: int) -> None:
        super().__init__()
        self._schedule = schedule
        self.travel = travel
        self._random = random.Random(seed)  # noqa: S311 - a reproducible belt, not a secret
        self.belt = Belt(schedule)
        self.gate = Gate(schedule)
        self.watchdog_tripped = True
        self.feeds_always = False
        self.gap: Callable[[Part, float], float] = lambda _part, gap: gap
        self._looks: deque[tuple[Look, int]] = deque()
        self._feeding = False
        self._line_ready = False
        self._heard_ns = schedule.now_ns()
        self._counts: deque[_Count] = deque(maxlen=64)
        self._lanes: deque[Message] = deque(maxlen=LANES_KEPT)
        self._inbox_due = False
        self._unexpected = ""
        self._sent_ns = 0
        self.hub: SimulatedHub = network.hub("plant", self._news, lambda _seconds: None)
        self.hub.listen()
        self._status()

    # The feeder

    def feed(self, looks: list[Look], rate_ppm: int) -> None:
        """Put parts on the belt, one after the other, whenever the line is ready."""
        self._looks.extend((look, 0) for look in looks)
        self.period = 60_000.0 / rate_ppm
        if not self._feeding:
            self._feeding = True
            self.belt.after(1.0, self._feed_next)

    def feed_again(self, part: Part) -> None:
        """Somebody puts a rejected part on the belt once more."""
        self._looks.append((part.look, part.number))
        if not self._feeding:
            self._feeding = True
            self.belt.after(self.period, self._feed_next)

    @property
    def waiting(self) -> int:
        """Parts that are not on the belt yet."""
        return len(self._looks)

    @property
    def ready(self) -> bool:
        """Whether the line allows parts."""
        return self._line_ready and not self.watchdog_tripped

    def _feed_next(self) -> None:
        if not self._looks:
            self._feeding = False
            return
        if not (self.ready or self.feeds_always):
            self.belt.after(20.0, self._feed_next)
            return
        look, refed = self._looks.popleft()
        part = Part(len(self.parts) + 1, look, refed=refed)
        self.parts.append(part)
        self.on_feed(part)
        gap = self.gap(part, self.period * self._random.uniform(1 - JITTER, 1 + JITTER))
        self.belt.after(gap, self._feed_next)
        self.put(part)

    def put(self, part: Part) -> None:
        """The part stands before the sensor; it may have stood there before, on a belt that ran backwards."""
        again, part.start, part.t_ns = part.start > 0.0, self.belt.position, self._schedule.now_ns()
        self._at_sensor(part)
        if not again:
            self._follow(part)

    def _follow(self, part: Part) -> None:
        self.belt.at(part.start + self.travel.gate, lambda: self._at_gate(part))

    def ghost(self) -> None:
        """An edge without a part."""
        self._edge(None)
        self.expose(Scene(Look(0, empty=True)))

    def remove(self, part: Part) -> None:
        """Somebody takes a part from the belt."""
        part.lane = part.lane or "removed"

    # Sensors, gate, lanes

    def _at_sensor(self, part: Part) -> None:
        for number, delay_ms in enumerate(self.sensors.edge(part)):
            seen = part if number == 0 else None
            self._schedule.after_ms(delay_ms, lambda seen=seen: self._edge(seen))  # type: ignore[misc]

    def _edge(self, part: Part | None) -> None:
        self.plc_count = self.sensors.count(self.plc_count)
        count = _Count(self.plc_count, self.belt.position)
        self._counts.append(count)
        t_edge_ns = self._schedule.now_ns()
        if part is not None:
            part.edges.append((count.number, t_edge_ns))
            scene = self.sensors.picture(part, Scene(part.look))
            if scene is not None:
                self.expose(scene)
        if self.sensors.tells_edge(count.number):
            self._send({"type": "edge", "plc_count": count.number, "t_edge_ns": t_edge_ns})
        self.belt.at(count.start + self.travel.gate - GATE_LEAD, lambda: self._decide(count))
        self.belt.at(count.start + self.travel.gate + WINDOW, lambda: self.gate.command(False))

    def _decide(self, count: _Count) -> None:
        """Open for a granted part, unless another count that was not granted is as near."""
        count.passed = True
        near = [other for other in self._counts if abs(other.start - count.start) < WINDOW]
        self.gate.command(all(other.granted for other in near) and not self.watchdog_tripped)

    def _at_gate(self, part: Part) -> None:
        if part.lane:
            return
        lane = self.gate.lane
        self.belt.after(self.travel.lane - self.travel.gate, lambda: self._at_lane(part, lane))

    def _at_lane(self, part: Part, lane: str) -> None:
        for seen in self.sensors.lane(part, lane):
            self._lane_sensor(part, seen)
        part.lane = part.lane or lane

    def _lane_sensor(self, part: Part, lane: str) -> None:
        expected = self.belt.position - self.travel.lane
        near = [one for one in self._counts if abs(one.start - expected) < WINDOW and not one.seen]
        if not near:
            self._unexpected = lane
            self._tell_status()
            return
        count = min(near, key=lambda one: abs(one.start - expected))
        count.seen = True
        message: Message = {
            "type": "lane",
            "plc_count": count.number,
            "lane": lane,
            "t_ns": self._schedule.now_ns(),
        }
        self._lanes.append(message)
        self._send(message)

    # The connection to the line

    def _send(self, message: Message) -> None:
        if self.sensors.silent:
            return
        due_ns = self._schedule.now_ns() + int(self.sensors.scan_ms * 1e6)
        self._sent_ns = max(due_ns, self._sent_ns)
        if self.sensors.scan_ms or self._sent_ns > due_ns:
            self._schedule.at(self._sent_ns, lambda: self._put_out(message))
        else:
            self._put_out(message)

    def _put_out(self, message: Message) -> None:
        self.hub.send(LINE, message)

    def _news(self) -> None:
        if not self._inbox_due:
            self._inbox_due = True
            self._schedule.after_ms(self.sensors.scan_ms, self._read)

    def _read(self) -> None:
        self._inbox_due = False
        while (event := self.hub.receive(0)) is not None:
            if event.kind is EventKind.CONNECTED:
                self._tell_status()
                for lane in self._lanes:
                    self._send(lane)
            elif event.kind is EventKind.MESSAGE:
                self._heard(event.message)

    def _heard(self, message: Message) -> None:
        if message["type"] == "heartbeat":
            self._heard_ns = self._schedule.now_ns()
            self._line_ready = bool(message["ready"])
            tripped, self.watchdog_tripped = self.watchdog_tripped, False
            self._schedule.after_ms(self.travel.watchdog_ms + 1, self._watchdog)
            if tripped:
                self._tell_status()
        elif message["type"] == "faults-reset":
            self._unexpected = ""
        elif message["type"] == "grant" and not self.watchdog_tripped:
            for count in self._counts:
                if count.number == message["plc_count"] and not count.passed:
                    count.granted = True

    def _watchdog(self) -> None:
        silent_ms = (self._schedule.now_ns() - self._heard_ns) / 1e6
        if silent_ms <= self.travel.watchdog_ms or self.watchdog_tripped:
            return
        self.watchdog_tripped, self._line_ready = True, False
        for count in self._counts:
            count.granted = False
        self.gate.command(False)
        self._tell_status()

    def _status(self) -> None:
        self._tell_status()
        self._schedule.after_ms(STATUS_MS, self._status)

    def _tell_status(self) -> None:
        self._send(
            {
                "type": "status",
                "plc_count": self.plc_count,
                "watchdog_tripped": self.watchdog_tripped,
                "fed": len(self.parts),
                "finished": False,
                "unexpected_lane": self._unexpected,
            }
        )
