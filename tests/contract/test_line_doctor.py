# SPDX-License-Identifier: AGPL-3.0-or-later
"""What `inspector doctor` asks I/O modules and PLCs, against real Modbus servers; nothing is ever written to them."""

from __future__ import annotations

from typing import Any

import pytest

from inspector.cli.doctor import _line
from inspector.config import Config
from inspector.line.examine import Finding, examine_line
from inspector.scenario.plc_program import PlcProgram
from tests.io_module import TIME_MS, IoModule, module_settings, points
from tests.plc_client import free_port
from tests.plc_server import PlcServer

PATIENT_MS = 1_000
BY_HAND = {"enabled": None, "time": None, "events": None}
NO_SAFE = {"pass": {"safe": None}}


def station(**tables: Any) -> Config:
    return Config.model_validate(
        {
            "station": {"name": "rig"},
            "cameras": [{"name": "cam1", "producer": "simulator", "features": "f"}],
            "detector": {"package": "p"},
            "recipe": "r",
            **tables,
        }
    )


def remote(module: dict[str, Any], map_points: list[dict[str, Any]] | None = None, timeout_ms: int = PATIENT_MS) -> Any:
    listed = points() if map_points is None else map_points
    return station(
        line={"backend": "remote-io", "tracking": "station"},
        tracking={"output_hold_ms": TIME_MS},
        remote_io={"timeout_ms": timeout_ms, "modules": [module], "points": listed},
    )


def plc(port: int, **modbus: Any) -> Config:
    known = {"port": port, "timeout_ms": PATIENT_MS, "heartbeat_lost_ms": 5_000, **modbus}
    return station(line={"backend": "modbus"}, modbus=known)


def examined(config: Config) -> dict[str, Finding]:
    found = {finding.check: finding for finding in examine_line(config)}
    assert all(finding.advice for finding in found.values() if not finding.fine)
    return found


def broken(config: Config) -> tuple[str, Finding]:
    (wrong,) = [(check, finding) for check, finding in examined(config).items() if not finding.fine]
    return wrong


def test_a_sound_module_answers_reads_and_proves_its_watchdog_and_is_not_written_to() -> None:
    with IoModule() as module:
        module.events = 2
        found = examined(remote(module_settings(module.port)))
        assert (module.writes, module.passes) == (0, 0)
    assert list(found) == ["I/O module io1", "I/O module io1, points", "I/O module io1, watchdog"]
    assert all(finding.fine for finding in found.values())
    answers, read, watchdog = (finding.text for finding in found.values())
    assert f":{module.port} answers as unit 1 within " in answers
    assert "remote_io.timeout_ms is 1000" in answers
    assert "estop-ok on" in read
    assert "air-low off" in read  # wired normally closed
    assert "encoder " in read
    assert "pass off" in read
    assert watchdog == (
        "read from the module: on, 500 ms, safe values right for pass, ready, heartbeat, warning; tripped 2 times"
    )


def test_a_module_that_is_not_there() -> None:
    check, finding = broken(remote(module_settings(free_port())))
    assert check == "I/O module io1"
    assert "takes no connection" in finding.text
    assert "host and port" in finding.advice


def test_a_module_that_takes_requests_and_answers_none() -> None:
    with IoModule() as module:
        module.hangs = True
        check, finding = broken(remote(module_settings(module.port), timeout_ms=50))
    assert check == "I/O module io1"
    assert "does not answer" in finding.text
    assert "remote_io.timeout_ms" in finding.advice


def test_another_unit() -> None:
    with IoModule() as module:
        check, finding = broken(remote({**module_settings(module.port), "unit_id": 7}))
    assert check == "I/O module io1"
    assert "check unit_id (7)" in finding.advice


def test_a_point_that_the_module_does_not_have_is_named_and_the_watchdog_is_looked_at_all_the_same() -> None:
    with IoModule() as module:
        found = examined(remote(module_settings(module.port), points(air_low={"address": 90})))
    wrong = found["I/O module io1, points"]
    assert not wrong.fine
    assert "discrete-inputs 0 to 90" in wrong.text
    assert "air-low" in wrong.text
    assert "encoder" not in wrong.text
    assert found["I/O module io1, watchdog"].fine


@pytest.mark.parametrize(
    ("attribute", "value", "text"),
    [
        ("watchdog", False, "is off: it reads 0, not 1"),
        ("time_ms", 10_000, "waits 10000 ms, and tracking.output_hold_ms is 500"),
        ("safe", {"pass": True, "ready": False, "heartbeat": False, "warning": False}, "sets the output 'pass' to 1"),
    ],
)
def test_a_wrong_watchdog_is_wrong_whoever_has_tried_it(attribute: str, value: object, text: str) -> None:
    with IoModule() as module:
        setattr(module, attribute, value)
        check, finding = broken(remote(module_settings(module.port, verified_by="A. Smith, 2026-11-20")))
    assert check == "I/O module io1, watchdog"
    assert text in finding.text


def test_a_watchdog_that_cannot_be_read_needs_a_person_and_says_who() -> None:
    with IoModule() as module:
        check, finding = broken(remote(module_settings(module.port, **BY_HAND), points(**NO_SAFE)))
        assert check == "I/O module io1, watchdog"
        assert "is not proven" in finding.text
        assert "watchdog.verified_by" in finding.advice
        known = module_settings(module.port, **BY_HAND, verified_by="A. Smith, 2026-11-20")
        found = examined(remote(known, points(**NO_SAFE)))
    assert found["I/O module io1, watchdog"].text == (
        "read from the module: safe values right for ready, heartbeat, warning; "
        "confirmed by A. Smith, 2026-11-20: enabled, time, the safe value of 'pass'"
    )


def test_a_watchdog_register_that_is_not_there() -> None:
    with IoModule() as module:
        elsewhere = {"kind": "holding-register", "address": 900}
        check, finding = broken(remote(module_settings(module.port, time=elsewhere)))
    assert check == "I/O module io1, watchdog"
    assert "900" in finding.text
    assert "manual" in finding.advice


def test_a_second_module_is_looked_at_when_the_first_is_away() -> None:
    with IoModule() as module:
        config = remote(module_settings(module.port))
        away = {**module_settings(free_port()), "name": "io0"}
        modules = [away, module_settings(module.port)]
        tables = config.model_dump(exclude_unset=True)
        tables["remote_io"]["modules"] = modules
        found = examined(Config.model_validate(tables))
    assert not found["I/O module io0"].fine
    assert all(finding.fine for check, finding in found.items() if "io1" in check)


def test_a_module_without_a_point_is_said_to_be_of_no_use() -> None:
    with IoModule() as module:
        tables = remote(module_settings(module.port)).model_dump(exclude_unset=True)
        tables["remote_io"]["modules"].append({**module_settings(module.port), "name": "io2"})
        check, finding = broken(Config.model_validate(tables))
    assert check == "I/O module io2"
    assert "no point" in finding.text


def test_a_plc_answers_with_its_map_and_a_heartbeat_and_is_not_written_to() -> None:
    with PlcServer(PlcProgram(estop_ok=False)) as server:
        found = examined(plc(server.port))
        assert server.writes == []
    assert list(found) == ["PLC", "PLC, register map", "PLC, heartbeat"]
    assert all(finding.fine for finding in found.values())
    assert "ENABLE" in found["PLC, register map"].text
    assert "ESTOP_OK" not in found["PLC, register map"].text


def test_a_plc_whose_heartbeat_stands() -> None:
    with PlcServer(PlcProgram(beats=False)) as server:
        check, finding = broken(plc(server.port, heartbeat_ms=50, heartbeat_lost_ms=100))
    assert check == "PLC, heartbeat"
    assert "100 ms" in finding.text
    assert "RUN" in finding.advice


def test_a_plc_with_another_map() -> None:
    with PlcServer(PlcProgram(map_version=1)) as server:
        check, finding = broken(plc(server.port))
    assert check == "PLC, register map"
    assert "map_version is 1, not 2" in finding.text


@pytest.mark.parametrize("modbus", [{"unit_id": 9}, {"plc_address": 5_000}])
def test_a_plc_that_refuses(modbus: dict[str, int]) -> None:
    with PlcServer(PlcProgram()) as server:
        check, finding = broken(plc(server.port, **modbus))
    assert check == "PLC"
    assert "modbus.plc_address, modbus.unit_id" in finding.advice


def test_a_plc_that_hangs_and_one_that_is_away() -> None:
    with PlcServer(PlcProgram()) as server:
        server.hang()
        check, finding = broken(plc(server.port, timeout_ms=50))
    assert check == "PLC"
    assert "modbus.timeout_ms" in finding.advice
    check, finding = broken(plc(free_port()))
    assert "takes no connection" in finding.text


def test_a_plc_that_is_the_client_is_not_asked() -> None:
    (finding,) = examine_line(plc(free_port(), role="server"))
    assert finding.fine
    assert "not asked" in finding.text


def test_the_doctor_shows_it_and_is_silent_about_a_simulated_plant() -> None:
    (check,) = _line(plc(free_port()))
    assert (check.what, check.fine) == ("PLC", False)
    assert check.advice
    assert list(_line(station(plant={"images": "images"}))) == []
