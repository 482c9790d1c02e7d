# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people see of inputs and outputs: raw values, polarity, since when, how many edges; and who answers for it."""

from __future__ import annotations

from inspector.clock import SimulatedClock
from inspector.config import ModbusSettings
from inspector.errors import DeviceError, InspectorError
from inspector.ipc import Message
from inspector.line.io_monitor import IoMonitor, IoPoint
from inspector.line.map_points import map_points, plc_values, station_values
from inspector.line.register_map import PLC_BLOCK, STATION_BLOCK, PlcBit, StationBit, pack
from inspector.station.inquiries import WAITING_AT_MOST, Inquiries

PART = IoPoint("part", "input", "io1: coil 1")
STOP = IoPoint("estop", "input", "io1: coil 2", inverted=True)
COUNT = IoPoint("count", "input", "io1: register 3", "number")
PULSE = IoPoint("grant", "output", "message grant", "event")


def now(monitor: IoMonitor, clock: SimulatedClock) -> dict[str, dict[str, object]]:
    return {str(point["name"]): point for point in monitor.document(clock)}


def test_values_have_their_times_and_edges_are_counted() -> None:
    clock = SimulatedClock()
    monitor = IoMonitor([PART, STOP, COUNT, PULSE])
    assert now(monitor, clock)["part"]["raw"] is None and now(monitor, clock)["part"]["since_us"] is None
    begin_us = clock.utc_us()
    monitor.see(clock.monotonic_ns(), {"part": 0, "estop": 0, "count": 7})
    clock.advance_ms(1_000)
    monitor.see(clock.monotonic_ns(), {"part": 0, "count": 7})
    first = now(monitor, clock)
    assert (first["part"]["since_us"], first["part"]["edges"], first["part"]["last_edge_us"]) == (begin_us, 0, None)
    assert (first["part"]["on"], first["estop"]["on"], first["count"]["on"]) == (False, True, None)
    monitor.see(clock.monotonic_ns(), {"part": 1, "count": 9})
    monitor.happened(clock.monotonic_ns(), "grant")
    clock.advance_ms(500)
    then = now(monitor, clock)
    assert (then["part"]["on"], then["part"]["edges"]) == (True, 1)
    assert then["part"]["since_us"] == then["part"]["last_edge_us"] == begin_us + 1_000_000
    assert (then["count"]["raw"], then["grant"]["raw"], then["grant"]["edges"]) == (9, None, 1)
    assert then["grant"]["last_edge_us"] == begin_us + 1_000_000


def test_a_device_that_was_away_is_no_edge_and_nothing_is_known_meanwhile() -> None:
    clock = SimulatedClock()
    monitor = IoMonitor([PART])
    monitor.see(clock.monotonic_ns(), {"part": 0})
    monitor.see(clock.monotonic_ns(), {"part": 1})
    monitor.lost()
    away = now(monitor, clock)["part"]
    assert (away["raw"], away["on"], away["since_us"], away["edges"]) == (None, None, None, 1)
    clock.advance_ms(2_000)
    monitor.see(clock.monotonic_ns(), {"part": 0})
    back = now(monitor, clock)["part"]
    assert (back["raw"], back["since_us"], back["edges"]) == (0, clock.utc_us(), 1)


def test_every_bit_of_the_register_map_has_its_register() -> None:
    points = {point.name: point for point in map_points(ModbusSettings(plc_address=200, station_address=300))}
    assert points["control.TRIGGER"].address == "holding register 200, bit 1"
    assert points["status.BYPASS_ACTIVE"].address == "holding register 300, bit 12"
    assert points["part_counter"].address == "holding register 202"
    assert {f"control.{bit.name}" for bit in PlcBit} | {f"status.{bit.name}" for bit in StationBit} <= set(points)
    heard = plc_values(pack(PLC_BLOCK, {"control": PlcBit.TRIGGER, "part_counter": 70_000}, True), True)
    told = station_values(pack(STATION_BLOCK, {"status": StationBit.READY | StationBit.PASS}, False), False)
    assert set(heard) | set(told) == set(points)
    assert (heard["control.TRIGGER"], heard["control.ENABLE"], heard["part_counter"]) == (1, 0, 70_000)
    assert (told["status.READY"], told["status.PASS"], told["status.FAIL"]) == (1, 1, 0)


class OtherProcess:
    """The hub, with somebody behind it who only listens."""

    def __init__(self) -> None:
        self.here = True
        self.heard: list[Message] = []

    def send(self, _peer: str, message: Message) -> bool:
        if self.here:
            self.heard.append(message)
        return self.here


def words(answer: object) -> str:
    return answer.message if isinstance(answer, InspectorError) else str(answer)


def test_a_question_is_answered_once_by_whom_it_was_asked() -> None:
    hub, clock, answers = OtherProcess(), SimulatedClock(), []
    desk = Inquiries(hub, clock)  # type: ignore[arg-type]
    for _ in range(4):
        desk.ask("line", {"type": "io-points"}, "the line process", 1_000, answers.append)
    numbers = [str(message["id"]) for message in hub.heard]
    desk.answered("camera:cam1", {"id": numbers[0], "ok": True, "result": {"whose": "another"}})
    assert answers == []
    for _ in range(2):
        desk.answered("line", {"id": numbers[0], "ok": True, "result": {"points": []}})
    refused = {"message": "no plant", "advice": "wait"}
    desk.answered("line", {"id": numbers[1], "ok": False, "error": refused})
    clock.advance_ms(1_001)
    desk.tick()
    assert [words(one) for one in answers] == [
        "{'points': []}",
        "no plant",
        "the line process has not answered in time",
        "the line process has not answered in time",
    ]


def test_who_is_gone_or_asked_too_much_is_no_wait() -> None:
    hub, clock, answers = OtherProcess(), SimulatedClock(), []
    desk = Inquiries(hub, clock)  # type: ignore[arg-type]
    for _ in range(WAITING_AT_MOST):
        desk.ask("line", {"type": "io-points"}, "the line process", 1_000, answers.append)
    try:
        desk.ask("line", {"type": "io-points"}, "the line process", 1_000, answers.append)
    except InspectorError as error:
        assert error.code == "OVERLOADED"
    else:
        raise AssertionError("one more question was taken")
    desk.lost("camera:cam1")
    assert answers == []
    desk.lost("line")
    assert {words(one) for one in answers} == {"the line process went away"} and len(answers) == WAITING_AT_MOST
    hub.here = False
    try:
        desk.ask("line", {"type": "io-points"}, "the line process", 1_000, answers.append)
    except DeviceError as error:
        assert error.message == "the line process is not connected"
    else:
        raise AssertionError("nobody is there")
