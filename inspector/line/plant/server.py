# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plant's process: the belt on real time, heard by the line and seen by the camera."""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from dataclasses import asdict
from typing import Protocol

from inspector.child import Child
from inspector.config import PlantSettings
from inspector.errors import ChannelError, ConfigError
from inspector.ipc import Event, EventKind, Message
from inspector.line.plant.belt import Belt, BeltEvent, LaneReached
from inspector.line.plant.feed import Disturbance, Feed, Item, disturbances_of
from inspector.line.plant.raw_belt import RawBelt, Sensed
from inspector.line.plant.scenes import read_scenes
from inspector.line.plant.state import PlantState, for_run, read_state
from inspector.line.plant.truth import FILE, TruthLog
from inspector.line.wire import count_field, flag_field

log = logging.getLogger(__name__)

LINE = "line"
LANES_KEPT = 256


class CameraTrigger(Protocol):
    """The wire to the cameras' trigger inputs; never waits."""

    def pulse(self, t_ns: int, item: Item) -> None:
        """Trigger the cameras on this part."""
        ...


class PlantServer:
    """Tells the line what the belt does, and the belt what the line wants.

    Args:
        child: Surroundings of the process.
        settings: `[plant]`.
        camera: Trigger wire of the cameras.
    """

    def __init__(self, child: Child, settings: PlantSettings, camera: CameraTrigger) -> None:
        self._run_folder = child.run.path
        scenes = read_scenes(child.station, child.config)
        found = read_state(self._run_folder)
        self._state = for_run(found, hashlib.sha256(child.run.secret()).hexdigest())
        self._clock = child.clock
        names = [one.name for one in child.config.cameras]
        feed = Feed(
            settings.seed,
            len(scenes),
            settings.rate_ppm,
            settings.faults,
            skip=self._state.fed,
            cameras=len(names),
            kinds=disturbances_of(settings.disturbances),
        )
        self._belt: Belt | RawBelt
        if child.config.line.tracking == "station":
            tracking = child.config.tracking
            self._belt = RawBelt(settings, tracking, self._clock, feed, self._state.plc_count, self._state.fed)
        else:
            self._belt = Belt(settings, self._clock, feed, self._state.plc_count, self._state.fed)
        self._camera = camera
        self._lanes: deque[Message] = deque(maxlen=LANES_KEPT)
        self._heartbeat_ns = child.config.line.heartbeat_ms * 1_000_000
        self._next_status_ns = 0
        self._told: Message = {}
        self._truth = TruthLog(self._run_folder / FILE, scenes, names)
        self._hub = child.hub("plant")
        self._outbox = self._hub.outbox(LINE)
        self._hub.listen()

    def work(self) -> None:
        """Wait for a message or for the belt's next moment, and act on it."""
        event = self._hub.receive((self._wake_ns() - self._clock.monotonic_ns()) / 1e9)
        self._step()  # what was due before the message comes first: a late grant opens no gate
        if event is not None and event.peer == LINE:
            self._line_event(event)
            self._step()
        self._report()

    def close(self) -> None:
        """End all connections."""
        self._outbox.close()
        self._hub.close()
        self._truth.close()

    def _wake_ns(self) -> int:
        return min(self._belt.next_ns(), self._next_status_ns)

    def _line_event(self, event: Event) -> None:
        if event.kind is EventKind.LOST:
            self._outbox.clear()
            if isinstance(self._belt, Belt):
                self._belt.open_gate(False)
        elif event.kind is EventKind.CONNECTED:
            self._outbox.clear()
            self._told = {}
            self._report()
            for lane in self._lanes:
                self._outbox.put(lane)
        else:
            try:
                self._line_message(event.message)
            except ChannelError as error:
                log.error("%s", error)

    def _line_message(self, message: Message) -> None:
        if message["type"] == "heartbeat":
            self._belt.heartbeat(flag_field(message, "ready"))
        elif message["type"] == "grant" and isinstance(self._belt, Belt):
            self._belt.grant(count_field(message, "plc_count", 1))
        elif message["type"] == "gate" and isinstance(self._belt, Belt):
            self._belt.open_gate(flag_field(message, "open"))
        elif message["type"] == "faults-reset" and isinstance(self._belt, Belt):
            log.info("a person has reset the faults; this belt keeps none")
        elif message["type"] == "output" and isinstance(self._belt, RawBelt):
            self._belt.output(flag_field(message, "pass"))
        else:
            raise ChannelError(f"the line sent a message of type {message['type']!r}")

    def _step(self) -> None:
        for event in self._belt.step():
            if isinstance(event, Sensed):
                self._outbox.put({"type": "inputs", **asdict(event.read)})
                continue
            self._truth.write(event)
            self._publish(event)

    def _publish(self, event: BeltEvent) -> None:
        counts = isinstance(self._belt, Belt)  # else the line counts what it reads from the inputs
        if isinstance(event, LaneReached):
            if not counts:
                return
            lane: Message = {
                "type": "lane",
                "plc_count": event.plc_count,
                "lane": str(event.lane),
                "t_ns": event.t_ns,
            }
            self._lanes.append(lane)
            self._outbox.put(lane)
            return
        # The count is kept before anyone hears of it, so that no count is ever given to two parts.
        self._state = PlantState(self._state.run, event.plc_count, self._belt.fed)
        self._state.save(self._run_folder)
        disturbance = event.item.disturbance if event.item is not None else None
        if event.item is not None:
            self._camera.pulse(event.t_ns, event.item)
        if counts and disturbance is not Disturbance.EDGE_LOST:
            self._outbox.put({"type": "edge", "plc_count": event.plc_count, "t_edge_ns": event.t_ns})

    def _report(self) -> None:
        """Send the status when it changed or is due."""
        now = self._clock.monotonic_ns()
        status = {
            "type": "status",
            "plc_count": self._belt.plc_count,
            "watchdog_tripped": self._belt.watchdog_tripped,
            "fed": self._belt.fed,
            "finished": self._belt.finished,
            "gate_open": isinstance(self._belt, Belt) and self._belt.gate_by_hand,
            "empty": self._belt.empty,
        }
        told = ("watchdog_tripped", "finished", "gate_open", "empty")
        changed = any(status[name] != self._told.get(name) for name in told)
        if not changed and now < self._next_status_ns:
            return
        if self._belt.finished and not self._state.finished:
            self._state = PlantState(self._state.run, self._belt.plc_count, self._belt.fed, finished=True)
            self._state.save(self._run_folder)
            log.info("all %d parts have left the belt", self._belt.fed)
        self._told = status
        self._next_status_ns = now + self._heartbeat_ns
        if isinstance(self._belt, Belt):
            self._outbox.put(status)


def plant_settings(child: Child) -> PlantSettings:
    """`[plant]`.

    Raises:
        ConfigError: There is none.
    """
    if child.config.plant is None:
        raise ConfigError("there is no [plant] in the settings", "Add it, or use a real line")
    return child.config.plant
