# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the line process relies on from every `LineIO` backend."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.clock import SystemClock
from inspector.ipc import Event, EventKind, Hub, Message, RunDirectory
from inspector.line.forcing import Forced
from inspector.line.plant_io import PlantIO
from inspector.line.protocol import Edge, LaneSeen, LineEvent, LineIO, PlantConnection, PlantStatus
from inspector.part import Confirmed

PATIENCE_S = 10.0


class Plant:
    """The other end of the backend under test; another backend brings another one."""

    def __init__(self, run: RunDirectory) -> None:
        self.hub = Hub(run, "plant")
        self.hub.listen()
        self.heard: list[Message] = []

    def listen_until(self, kind: str) -> Message:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            event = self.hub.receive(0.1)
            if event is not None and event.kind is EventKind.MESSAGE:
                self.heard.append(event.message)
                if event.message["type"] == kind:
                    return event.message
        raise AssertionError(f"the plant heard no {kind}")

    def say(self, *messages: Message) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while "line" not in self.hub.peers():  # each end learns of the connection at its own time
            assert time.monotonic() < deadline, "the line did not connect"
            time.sleep(0.005)
        for message in messages:
            assert self.hub.send("line", message)


class Bench:
    def __init__(self, folder: Path) -> None:
        self.run = RunDirectory(folder)
        self.run.create_secret()
        self.hub = Hub(self.run, "line")
        self.io: LineIO = PlantIO(self.hub)
        self.plants: list[Plant] = []

    def plant(self) -> Plant:
        self.plants.append(Plant(self.run))
        return self.plants[-1]

    def hear(self, until: Callable[[LineEvent], bool]) -> list[LineEvent]:
        heard: list[LineEvent] = []
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            event = self.hub.receive(0.1)
            found = self.io.understand(event) if event is not None else None
            if found is not None:
                heard.append(found)
                if until(found):
                    return heard
        raise AssertionError(f"not heard; only {heard}")

    def close(self) -> None:
        self.io.close()
        for hub in (self.hub, *(plant.hub for plant in self.plants)):
            hub.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def connected(event: LineEvent) -> bool:
    return event == PlantConnection(True)


def test_it_names_itself(bench: Bench) -> None:
    assert bench.io.backend
    assert isinstance(bench.io.simulated, bool)


def test_before_a_connection_a_grant_is_certainly_not_given(bench: Bench) -> None:
    bench.io.heartbeat(True)
    assert bench.io.grant(1) is False
    bench.io.start()
    assert bench.io.grant(1) is False


def test_events_arrive_in_order_and_grants_reach_the_plant(bench: Bench) -> None:
    plant = bench.plant()
    bench.io.start()
    bench.hear(connected)
    plant.say(
        {"type": "status", "plc_count": 4, "watchdog_tripped": True},
        {"type": "edge", "plc_count": 5, "t_edge_ns": 77},
        {"type": "lane", "plc_count": 4, "lane": "reject", "t_ns": 88},
        {"type": "lane", "plc_count": 5, "lane": "good", "t_ns": 99},
    )
    last = LaneSeen(5, Confirmed.GOOD_LANE, 99)
    assert bench.hear(lambda event: event == last) == [
        PlantStatus(4, watchdog_tripped=True),
        Edge(5, 77),
        LaneSeen(4, Confirmed.REJECT_LANE, 88),
        last,
    ]
    bench.io.heartbeat(True)
    assert bench.io.grant(5) is True
    assert plant.listen_until("grant")["plc_count"] == 5
    assert plant.heard[0]["ready"] is True


def test_garbage_is_no_event_and_breaks_nothing(bench: Bench) -> None:
    plant = bench.plant()
    bench.io.start()
    bench.hear(connected)
    plant.say(
        {"type": "edge", "plc_count": -1, "t_edge_ns": 1},
        {"type": "lane", "plc_count": 1, "lane": "left", "t_ns": 1},
        {"type": "status", "plc_count": 1},
        {"type": "surprise"},
        {"type": "edge", "plc_count": 6, "t_edge_ns": 1},
    )
    assert bench.hear(lambda event: isinstance(event, Edge)) == [Edge(6, 1)]


def test_a_lost_plant_is_told_and_found_again(bench: Bench) -> None:
    first = bench.plant()
    bench.io.start()
    bench.hear(connected)
    first.hub.close()
    bench.hear(lambda event: event == PlantConnection(False))
    assert bench.io.grant(1) is False
    second = bench.plant()
    bench.hear(connected)
    assert bench.io.grant(2) is True
    assert second.listen_until("grant")["plc_count"] == 2


def test_what_others_say_is_not_the_plants(bench: Bench) -> None:
    message: Message = {"type": "edge", "plc_count": 1, "t_edge_ns": 1}
    assert bench.io.understand(Event(EventKind.MESSAGE, "station", message)) is None
    assert bench.io.understand(Event(EventKind.CONNECTED, "station", {})) is None


def test_a_plant_that_does_not_read_holds_up_nobody(bench: Bench) -> None:
    bench.plant()
    bench.io.start()
    bench.hear(connected)
    for _ in range(200):
        bench.io.heartbeat(True)  # one that waited for the plant would wait for ever


def test_what_goes_over_the_wire_can_be_watched(bench: Bench) -> None:
    plant = bench.plant()
    bench.io.start()
    bench.hear(connected)
    plant.say(
        {"type": "status", "plc_count": 4, "watchdog_tripped": True},
        {"type": "edge", "plc_count": 5, "t_edge_ns": 77},
        {"type": "lane", "plc_count": 5, "lane": "good", "t_ns": 99},
    )
    bench.hear(lambda event: isinstance(event, LaneSeen))
    bench.io.heartbeat(True)
    assert bench.io.grant(5)
    found = {str(point["name"]): point for point in bench.io.monitor.document(SystemClock())}
    assert (found["part-counter"]["raw"], found["outputs-safe"]["on"], found["ready"]["on"]) == (4, True, True)
    assert [found[name]["edges"] for name in ("part", "good-lane", "reject-lane", "pass")] == [1, 1, 0, 1]
    plant.hub.close()
    bench.hear(lambda event: event == PlantConnection(False))
    assert {point["raw"] for point in bench.io.monitor.document(SystemClock())} == {None}


def test_the_gate_is_opened_by_hand_while_the_belt_is_empty(bench: Bench) -> None:
    plant = bench.plant()
    bench.io.start()
    assert bench.io.force_complaint("gate") == "the plant is not connected"
    bench.hear(connected)
    plant.say({"type": "status", "plc_count": 4, "watchdog_tripped": False, "empty": False})
    bench.hear(lambda event: isinstance(event, PlantStatus))
    assert bench.io.force_complaint("gate") == "parts are on the belt"
    plant.say({"type": "status", "plc_count": 4, "watchdog_tripped": False, "empty": True, "gate_open": True})
    bench.hear(lambda event: isinstance(event, PlantStatus))
    assert bench.io.force_complaint("gate") == ""
    bench.io.force({"gate": Forced(True, SystemClock().monotonic_ns() + 60_000_000_000)})
    assert plant.listen_until("gate")["open"] is True
    bench.io.force({})
    assert plant.listen_until("gate")["open"] is False
    found = {str(point["name"]): point for point in bench.io.monitor.document(SystemClock())}
    assert (found["gate-open"]["on"], found["gate"]["on"], found["gate"]["edges"]) == (True, False, 1)
