# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plant without a controller: the simulated belt of plain inputs, wired to I/O modules and to the camera."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from inspector.config import PlantSettings, TrackingSettings
from inspector.line.input_watch import InputsRead
from inspector.line.plant.belt import EdgeHappened
from inspector.line.plant.feed import Feed, Item
from inspector.line.plant.raw_belt import RawBelt, Sensed
from inspector.scenario.belt import Part
from inspector.scenario.io_module import COUNTER, IoModule
from inspector.scenario.machine import Machine
from inspector.scenario.pictures import Look, Scene
from inspector.scenario.schedule import Schedule, Timer

if TYPE_CHECKING:
    from inspector.scenario.checks import Key

EDGE_READ_NS = 60_000_000
"""So long after the real edge it may be read."""
PASS, READY = 0, 1


class _Row(Feed):
    """Parts with the distances of a rate that is known later."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, 1, 60, 0)
        self.period_ms = 1_000.0

    def next(self) -> Item:
        """See `Feed`."""
        jitter = super().next().gap_ns / 1e9
        return Item(0, None, int(self.period_ms * 1e6 * jitter))


class RawPlant(Machine):
    """A belt, a module for its inputs, and one for its outputs.

    Args:
        schedule: Time.
        tracking: Where sensor, gate and lanes are.
        seed: Seed of jitter.

    Attributes:
        belt: The belt and what is wrong with it (`belt.faults`).
        inputs: The module of the sensors and of the encoder.
        outputs: The module of the PASS valve.
        counter_ahead: So far the encoder's counter is ahead of the belt.
    """

    counts = False

    def __init__(self, schedule: Schedule, tracking: TrackingSettings, seed: int) -> None:
        super().__init__()
        self._schedule = schedule
        self._row = _Row(seed)
        self._looks: deque[Look] = deque()
        self.belt = RawBelt(PlantSettings(images="none", seed=seed), tracking, schedule.clock, self._row)
        self.counter_ahead = 0
        self._read: InputsRead | None = None
        self._timer: Timer | None = None
        self.inputs = IoModule(schedule.clock, self._levels, self._counter)
        self.outputs = IoModule(schedule.clock, changed=self._switched)
        self._step()

    def feed(self, looks: list[Look], rate_ppm: int) -> None:
        """See `Machine`."""
        self._looks.extend(looks)
        self.period = self._row.period_ms = 60_000.0 / rate_ppm

    def set_speed(self, mm_s: float) -> None:
        """Change the speed of the belt; 0 stops it, below 0 it runs back."""
        self._step()
        self.belt.set_speed(mm_s)
        self._step()

    @property
    def waiting(self) -> int:
        """See `Machine`."""
        return len(self._looks)

    @property
    def ready(self) -> bool:
        """See `Machine`."""
        return self.outputs.coils[READY]

    def trigger_of(self, part: Part, triggers: dict[Key, tuple[int, int]]) -> Key | None:
        """See `Machine`; the station counts, so it is found by its time at the sensor."""
        found = [
            (t_ns, key)
            for _, edge_ns in part.edges
            for key, (_, t_ns) in triggers.items()
            if 0 <= t_ns - edge_ns <= EDGE_READ_NS
        ]
        return max(found)[1] if found else None

    def _step(self) -> None:
        """Belt and watchdogs, up to now."""
        for module in (self.inputs, self.outputs):
            module.look_at_watchdog()
        self.belt.heartbeat(self.ready and bool(self._looks))
        for event in self.belt.step():
            if isinstance(event, Sensed):
                self._sensed(event.read)
            elif isinstance(event, EdgeHappened):
                self._put()
            else:
                self.parts[event.plc_count - 1].lane = "good" if event.lane.name == "GOOD_LANE" else "reject"
        self.belt.output(self.outputs.coils[PASS])
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._schedule.at(self.belt.next_ns(), self._step)

    def _put(self) -> None:
        part = Part(len(self.parts) + 1, self._looks.popleft(), t_ns=self._schedule.now_ns())
        self.parts.append(part)
        self.plc_count += 1
        self.on_feed(part)

    def _sensed(self, read: InputsRead) -> None:
        """The camera's trigger is wired to the part-present sensor, also while the belt moves back."""
        before, self._read = self._read, read
        count = self.belt.under_sensor
        if not read.part or (before is not None and before.part) or count is None:
            return
        part = self.parts[count - 1]
        part.edges.append((count, read.t_ns))
        scene = self.sensors.picture(part, Scene(part.look))
        if scene is not None:
            self.expose(scene)

    def _switched(self) -> None:
        self._schedule.after_ms(0, self._step)

    def _levels(self) -> list[bool]:
        read = self._read
        if read is None:
            return [False, False, False, False, True, False, True]
        running = bool(read.running)
        lanes = [read.good_lane, read.reject_lane]
        return [read.part, *lanes, running, not read.emergency_stop, read.bin_full, not read.air_low]

    def _counter(self) -> dict[int, int]:
        count = self._read.encoder_count if self._read is not None and self._read.encoder_count is not None else 0
        count = (count + self.counter_ahead) % (1 << 32)
        return {COUNTER: count >> 16, COUNTER + 1: count & 0xFFFF}
