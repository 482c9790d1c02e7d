# SPDX-License-Identifier: AGPL-3.0-or-later
"""The way to a plant that has inputs and one output only: what is read becomes events in order, the output follows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.clock import SimulatedClock
from inspector.config import TrackingSettings
from inspector.ipc import Hub, Message, RunDirectory
from inspector.line.forcing import Forced
from inspector.line.plant_io import PLANT
from inspector.line.protocol import Edge, LaneSeen, LineEvent, PlantConnection, PlantStatus, Purged, Uncounted
from inspector.line.raw_plant_io import RawPlantIO
from inspector.line.soft_tracking import SoftTracking
from tests.contract.test_line_io import Plant

PATIENCE_S = 60.0


class Bench:
    """The backend on simulated time, and the other end of its connection."""

    def __init__(self, folder: Path) -> None:
        run = RunDirectory(folder)
        run.create_secret()
        self.clock = SimulatedClock()
        self.hub = Hub(run, "line")
        self.io = RawPlantIO(self.hub, SoftTracking(TrackingSettings(), 100, 6), self.clock)
        self.plant = Plant(run)
        self.heard: list[LineEvent] = []
        self.io.start()
        self.hear(lambda event: event == PlantConnection(True))

    def once(self) -> str:
        """Take up one entry of the inbox; whose it was."""
        event = self.hub.receive(0.1)
        if event is None:
            return ""
        found = self.io.understand(event)
        if found is not None:
            self.heard.append(found)
        return event.peer

    def hear(self, until: Callable[[LineEvent], bool]) -> list[LineEvent]:
        """What was heard, up to something."""
        deadline = time.monotonic() + PATIENCE_S
        while not any(until(event) for event in self.heard):
            assert time.monotonic() < deadline, f"not heard; only {self.heard}"
            self.once()
        last = next(number for number, event in enumerate(self.heard) if until(event))
        found, self.heard = self.heard[: last + 1], self.heard[last + 1 :]
        return found

    def say(self, mm: float, **levels: object) -> None:
        """One reading; the belt moves 100 mm/s."""
        self.clock.advance_ms(10)
        message: Message = {
            "type": "inputs",
            "t_ns": self.clock.monotonic_ns(),
            "encoder_count": round(mm * 10) % 2**32,
            "running": True,
            **dict.fromkeys(
                ("part", "good_lane", "reject_lane", "emergency_stop", "bin_full", "air_low", "outputs_safe"), False
            ),
            **levels,
        }
        self.plant.say(message)
        deadline = time.monotonic() + PATIENCE_S
        while self.once() != PLANT:  # before the clock goes on
            assert time.monotonic() < deadline, "the reading did not come"

    def travel(self, from_mm: int, to_mm: int, **levels: object) -> None:
        for mm in range(from_mm, to_mm):
            self.say(mm, **levels)

    def output(self) -> bool:
        return bool(self.plant.listen_until("output")["pass"])

    def close(self) -> None:
        self.io.close()
        self.hub.close()
        self.plant.hub.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def test_a_granted_part_has_the_output_for_its_window_and_is_seen_in_its_lane(bench: Bench) -> None:
    bench.travel(-5, 0)
    bench.travel(0, 60, part=True)
    events = bench.hear(lambda event: isinstance(event, Edge))
    assert isinstance(events[0], Uncounted)
    assert events[1] == PlantStatus(6, watchdog_tripped=False)
    assert isinstance(events[-1], Edge)
    assert events[-1].plc_count == 7
    assert bench.io.grant(7)
    assert not bench.io.grant(8)
    bench.travel(60, 129)
    bench.travel(129, 150, good_lane=True)
    assert isinstance(bench.hear(lambda event: isinstance(event, LaneSeen))[-1], LaneSeen)
    bench.io.heartbeat(True)
    assert [bench.output() for _ in range(3)] == [True, False, False]
    assert bench.plant.heard[-2]["type"] == "heartbeat"


def test_silence_and_the_loss_of_the_plant_purge(bench: Bench) -> None:
    bench.travel(-5, 0)
    bench.travel(0, 30, part=True)
    bench.hear(lambda event: isinstance(event, Edge))
    bench.clock.advance_ms(150)
    bench.io.heartbeat(True)
    (purged,) = [event for event in bench.hear(lambda event: isinstance(event, Purged)) if isinstance(event, Purged)]
    assert purged == Purged((7,), "purged with 1 parts: the inputs were not read in time")
    assert not bench.io.grant(7)
    bench.plant.hub.close()
    bench.hear(lambda event: event == PlantConnection(False))
    assert not bench.io.grant(7)


def test_garbage_is_no_reading(bench: Bench) -> None:
    bench.plant.say({"type": "inputs"}, {"type": "edge", "plc_count": 7, "t_edge_ns": 1})
    for part in ("yes", False):
        bench.say(0.0, part=part)
    bench.say(0.0)
    bench.say(0.0)
    assert isinstance(bench.hear(lambda event: True)[0], Uncounted)
    bench.io.reset_faults()
    bench.io.reject(7, judged=True)


def test_a_lane_that_nobody_can_be_in_is_a_fault_until_it_is_reset(bench: Bench) -> None:
    bench.travel(0, 200)
    bench.travel(200, 210, good_lane=True)
    fault = bench.hear(lambda event: isinstance(event, PlantStatus) and event.fault is not None)[-1]
    assert isinstance(fault, PlantStatus)
    assert fault.fault is not None
    assert fault.fault.code == "TRACKING_LOST"
    bench.io.reset_faults()
    bench.travel(210, 230)
    bench.hear(lambda event: isinstance(event, PlantStatus) and event.fault is None)


def test_every_level_can_be_watched(bench: Bench) -> None:
    bench.say(0.0)
    bench.say(0.0, part=True, air_low=True)
    bench.hear(lambda event: isinstance(event, PlantStatus))
    found = {str(point["name"]): point for point in bench.io.monitor.document(bench.clock)}
    assert found["air-low"]["direction"] == "input" and found["pass"]["direction"] == "output"
    assert found["part"]["raw"] is not None and found["encoder"]["raw"] is not None


def test_the_output_is_switched_by_hand_only_while_the_belt_stands(bench: Bench) -> None:
    assert bench.io.force_complaint("pass") == "the inputs are not read"
    bench.say(0.0, running=True)
    order = Forced(True, bench.clock.monotonic_ns() + 60_000_000_000)
    bench.hear(lambda event: isinstance(event, PlantStatus))
    assert bench.io.force_complaint("pass") == "the belt runs"
    bench.io.force({"pass": order})
    assert bench.io.monitor.document(bench.clock)[-2]["on"] is not True
