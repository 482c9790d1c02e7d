# SPDX-License-Identifier: AGPL-3.0-or-later
"""Remote I/O against a real Modbus server that is a module with a watchdog and a belt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from inspector.clock import SystemClock
from inspector.config import Config
from inspector.ipc import Hub, RunDirectory
from inspector.line.forcing import Forced
from inspector.line.protocol import Edge, LaneSeen, LineEvent, PlantConnection, PlantStatus, Purged, Uncounted
from inspector.line.remote_io import RemoteIO
from inspector.line.soft_tracking import SoftTracking
from inspector.line.wire import StationFacts
from inspector.part import Confirmed
from tests.io_module import IoModule, module_settings, points
from tests.plc_client import free_port

PATIENCE_S = 60.0
PATIENT_MS = 1_000
"""A time-out that a busy computer keeps; the tests of the time-out itself take the default."""
HOLD_MS = 1_000
BY_HAND = {"enabled": None, "time": None, "events": None}


def config(module: dict[str, Any], map_points: list[dict[str, Any]], timeout_ms: int) -> Config:
    remote_io = {"timeout_ms": timeout_ms, "modules": [module], "points": map_points}
    return Config.model_validate(
        {
            "station": {"name": "rig"},
            "cameras": [{"name": "cam1", "producer": "simulator", "features": "f"}],
            "detector": {"package": "p"},
            "recipe": "r",
            "line": {"backend": "remote-io", "tracking": "station", "heartbeat_lost_ms": 2_000},
            # So long that a computer that stalls for a moment is no fault of the line.
            "tracking": {"inputs_lost_ms": 1_000, "output_hold_ms": HOLD_MS},
            "remote_io": remote_io,
        }
    )


class Bench:
    """The line process' end, and the module."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        run = RunDirectory(folder)
        run.create_secret()
        self.hub = Hub(run, "line")
        stack.callback(self.hub.close)
        self.stack = stack
        self.heard: list[LineEvent] = []
        self.ready = True
        self.grants: Callable[[int], bool] = lambda count: True
        self.granted: list[int] = []

    def start(
        self,
        map_points: list[dict[str, Any]] | None = None,
        timeout_ms: int = PATIENT_MS,
        watchdog: dict[str, Any] | None = None,
        module: IoModule | None = None,
        **settings: Any,
    ) -> Bench:
        self.module = module or IoModule()
        self.module.time_ms = HOLD_MS
        self.stack.enter_context(self.module)
        known = {**module_settings(self.module.port, **(watchdog or {})), **settings}
        self.config = config(known, map_points or points(), timeout_ms)
        tracking = SoftTracking(self.config.tracking, 100, 0)
        self.io = RemoteIO(self.hub, self.config, tracking, SystemClock())
        self.stack.callback(self.io.close)
        self.io.start()
        return self

    def until(self, condition: Callable[[], object], what: str = "what was waited for") -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come; heard {self.heard[-5:]}"
            self.io.heartbeat(self.ready)
            event = self.hub.receive(0.005)
            found = self.io.understand(event) if event is not None else None
            if found is not None:
                self.heard.append(found)
                if isinstance(found, Edge) and self.grants(found.plc_count) and self.io.grant(found.plc_count):
                    self.granted.append(found.plc_count)

    def sound(self) -> bool:
        told = [event for event in self.heard if isinstance(event, PlantStatus | PlantConnection)][-1:]
        return bool(told) and isinstance(told[0], PlantStatus) and told[0].fault is None

    def online(self) -> Bench:
        self.until(lambda: self.sound() and self.module.coils["ready"], "Ready")
        return self

    def fault(self, code: str) -> None:
        self.until(lambda: code in {e.fault.code for e in self.of(PlantStatus) if e.fault is not None}, code)
        self.until(lambda: not (self.module.coils["pass"] or self.module.coils["ready"]), "outputs off")

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.heard if isinstance(event, kind)]

    def lanes(self) -> dict[int, Confirmed]:
        return {event.plc_count: event.lane for event in self.of(LaneSeen)}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(tmp_path, stack)
    assert [thread.name for thread in threading.enumerate() if thread.name in ("io-module", "remote-io")] == []


def test_granted_parts_pass_with_one_pulse_each_and_no_other(bench: Bench) -> None:
    bench.grants = lambda count: count != 2
    bench.start().online()
    bench.until(lambda: set(bench.lanes().values()) >= {Confirmed.GOOD_LANE, Confirmed.REJECT_LANE}, "both lanes")
    good = {part for part, lane in bench.lanes().items() if lane is Confirmed.GOOD_LANE}
    assert good <= set(bench.granted)
    assert 2 not in good
    bench.until(lambda: not bench.module.coils["pass"])
    assert len(good) <= bench.module.passes <= len(bench.granted)
    assert bench.module.heartbeats > 2


def test_a_grant_for_a_part_that_is_not_there_is_refused(bench: Bench) -> None:
    bench.start()
    assert bench.io.grant(1) is False
    bench.online()
    assert bench.io.grant(99) is False


def test_a_module_that_hangs_drops_ready_and_its_own_watchdog_the_outputs(bench: Bench) -> None:
    bench.start().online()
    bench.module.time_ms = 200
    bench.until(lambda: bench.module.coils["pass"], "a part in the window")
    bench.heard.clear()
    bench.module.hangs = True
    bench.until(lambda: PlantConnection(False) in bench.heard, "loss")
    assert bench.io.grant(bench.granted[-1]) is False
    bench.until(lambda: not any(bench.module.coils.values()), "outputs off")
    bench.module.time_ms = HOLD_MS
    bench.module.hangs = False
    bench.online()
    assert "did not answer" in bench.of(Uncounted)[-1].reason


def test_parts_in_flight_are_purged_when_the_connection_is_reset(bench: Bench) -> None:
    bench.grants = lambda count: False
    bench.start().online()
    bench.until(lambda: bench.of(Edge), "a part")
    part = bench.of(Edge)[-1].plc_count
    bench.module.break_connections()
    bench.until(lambda: PlantConnection(False) in bench.heard, "loss")
    assert bench.io.grant(part) is False
    assert any(part in event.plc_counts for event in bench.of(Purged))
    bench.heard.clear()
    bench.online()
    assert bench.io.grant(part) is False


def test_a_module_that_starts_with_its_outputs_on_is_refused_until_a_person_has_looked(bench: Bench) -> None:
    bench.grants = lambda count: False
    bench.start().online()
    bench.module.power_on = True
    bench.module.reboot()
    bench.fault("IO_OUTPUT_WRONG")
    bench.io.reset_faults()
    bench.heard.clear()
    bench.online()


def test_a_watchdog_that_tripped_unseen_is_a_fault(bench: Bench) -> None:
    bench.start().online()
    bench.module.events += 1
    bench.fault("IO_WATCHDOG_TRIPPED")
    assert bench.module.coils["warning"]
    bench.io.reset_faults()
    bench.heard.clear()
    bench.online()


@pytest.mark.parametrize(
    ("attribute", "value", "sound"),
    [("watchdog", False, True), ("time_ms", 10_000, HOLD_MS), ("safe", {"pass": True}, {})],
)
def test_a_watchdog_that_is_off_or_wrong_refuses_automatic_mode_even_if_it_was_verified_by_hand(
    bench: Bench, attribute: str, value: Any, sound: Any
) -> None:
    off = dict.fromkeys(bench_outputs(), False)
    module = WrongModule(attribute, {**off, **value} if attribute == "safe" else value)
    bench.start(module=module, watchdog={"verified_by": "A. Smith, 2026-11-20"})
    bench.fault("IO_WATCHDOG_WRONG")
    assert bench.of(Edge) == []
    setattr(module, attribute, {**off, **sound} if attribute == "safe" else sound)
    bench.online()


def bench_outputs() -> tuple[str, ...]:
    return ("pass", "ready", "heartbeat", "warning")


class WrongModule(IoModule):
    """A module that is wrong from the beginning."""

    def __init__(self, attribute: str, value: Any) -> None:
        super().__init__()
        self._wrong = (attribute, value)

    def __enter__(self) -> IoModule:
        setattr(self, *self._wrong)
        return super().__enter__()


def test_a_watchdog_that_nobody_can_read_needs_a_person_who_has_tried_it(bench: Bench) -> None:
    bench.start(watchdog=BY_HAND)
    bench.fault("IO_WATCHDOG_UNPROVEN")
    assert bench.of(Edge) == []


def test_a_watchdog_that_was_verified_by_hand_is_told_with_each_shift(bench: Bench) -> None:
    bench.start(watchdog={**BY_HAND, "verified_by": "A. Smith, 2026-11-20"}).online()
    (warning,) = bench.config.remote_io.warnings()
    assert warning.endswith("the I/O module io1 was verified by hand: A. Smith, 2026-11-20")


def test_a_wrong_unit_is_no_connection_and_nothing_is_written(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.start(unit_id=7)
    bench.until(lambda: "the I/O module io1" in caplog.text, "complaint")
    bench.until(lambda: len([r for r in caplog.records if "the I/O module io1" in r.message]) == 1)
    assert (bench.heard, bench.module.writes) == ([], 0)


def test_a_module_that_is_not_there_is_found_later(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    module = IoModule(port)
    bench.config = config(module_settings(port), points(), PATIENT_MS)
    bench.module = module
    bench.io = RemoteIO(bench.hub, bench.config, SoftTracking(bench.config.tracking, 100, 0), SystemClock())
    bench.stack.callback(bench.io.close)
    bench.io.start()
    bench.until(lambda: "takes no connection" in caplog.text, "complaint")
    module.time_ms = HOLD_MS
    bench.stack.enter_context(module)
    bench.online()


def test_a_line_process_that_is_silent_drops_the_outputs(bench: Bench) -> None:
    bench.start().online()
    deadline = time.monotonic() + PATIENCE_S
    while bench.module.coils["ready"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    bench.fault("LINE_PROCESS_SILENT")
    bench.heard.clear()
    bench.online()


def test_an_emergency_stop_drops_ready_and_purges(bench: Bench) -> None:
    bench.grants = lambda count: False
    bench.start().online()
    bench.until(lambda: bench.of(Edge), "a part")
    bench.module.belt.faults.emergency_stop = True
    bench.until(lambda: "EMERGENCY_STOP" in {e.fault.code for e in bench.of(PlantStatus) if e.fault}, "fault")
    bench.until(lambda: not bench.module.coils["ready"], "Ready off")
    assert any(bench.of(Edge)[0].plc_count in event.plc_counts for event in bench.of(Purged))
    bench.module.belt.faults.emergency_stop = False
    bench.heard.clear()
    bench.online()


def test_the_end_switches_everything_off(bench: Bench) -> None:
    bench.start().online()
    bench.io.show(StationFacts(warning=True))
    bench.until(lambda: bench.module.coils["warning"], "warning")
    bench.io.close()
    assert not any(bench.module.coils.values())


def test_every_point_of_the_map_can_be_watched(bench: Bench) -> None:
    bench.start().online()

    def now() -> dict[str, dict[str, Any]]:
        return {str(point["name"]): point for point in bench.io.monitor.document(SystemClock())}

    bench.until(lambda: now()["part"]["edges"] > 1 and now()["pass"]["edges"] > 1, "edges")
    found = now()
    assert set(found) == {point["name"] for point in points()}
    assert found["ready"]["on"] is True and found["ready"]["direction"] == "output"
    assert found["estop-ok"]["on"] is True and found["encoder"]["raw"] > 0
    assert found["part"]["last_edge_us"] == found["part"]["since_us"]
    assert found["part"]["address"] == "io1: discrete input 0"


def test_inputs_are_seen_while_automatic_mode_is_refused(bench: Bench) -> None:
    bench.start(watchdog=BY_HAND)
    bench.fault("IO_WATCHDOG_UNPROVEN")
    bench.until(lambda: bench.io.monitor.document(SystemClock())[0]["raw"] is not None, "inputs")
    outputs = [point for point in bench.io.monitor.document(SystemClock()) if point["direction"] == "output"]
    assert [point["on"] for point in outputs if point["name"] in ("pass", "ready")] == [False, False]


def forced(name: str, on: bool = True, ms: int = 60_000) -> dict[str, Forced]:
    return {name: Forced(on, SystemClock().monotonic_ns() + ms * 1_000_000)}


def test_a_lamp_is_forced_for_its_time(bench: Bench) -> None:
    bench.start().online()
    assert bench.io.monitor.forceable("warning") and not bench.io.monitor.forceable("ready")
    assert bench.io.force_complaint("warning") == ""
    bench.io.force(forced("warning"))
    bench.until(lambda: bench.module.coils["warning"], "lamp")
    bench.io.force({})
    bench.until(lambda: not bench.module.coils["warning"], "lamp off")
    bench.io.force(forced("warning", ms=300))
    bench.until(lambda: bench.module.coils["warning"], "lamp")
    bench.until(lambda: not bench.module.coils["warning"], "lamp off by its time")


def test_the_gate_opens_by_hand_only_while_the_belt_stands(bench: Bench) -> None:
    bench.ready = False
    bench.start()
    bench.until(bench.sound, "scans")
    assert bench.io.force_complaint("pass") == "the belt runs"
    bench.io.force(forced("pass"))
    bench.module.belt.set_speed(0)
    bench.until(lambda: bench.io.force_complaint("pass") == "", "belt at rest")
    assert (bench.module.passes, bench.module.coils["pass"]) == (0, False)  # the order of before does not count
    bench.io.force(forced("pass"))
    bench.until(lambda: bench.module.coils["pass"], "gate open")
    bench.until(lambda: not bench.module.coils["pass"], "end of the pulse")
    bench.io.force(forced("pass"))
    bench.until(lambda: bench.module.passes == 2 and bench.module.coils["pass"], "gate open again")
    bench.module.belt.set_speed(100)
    bench.until(lambda: not bench.module.coils["pass"], "gate shut by the belt")
    assert bench.module.passes == 2
    bench.ready = True
    bench.heard.clear()
    bench.online()
