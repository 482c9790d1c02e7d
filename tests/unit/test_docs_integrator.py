# SPDX-License-Identifier: AGPL-3.0-or-later
"""docs/integrator.md beside its tables of registers, messages and nodes: wiring, waits, limits and examples."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from inspector.config import Config, MqttSettings, OpcuaSettings, load_config
from inspector.config.remote_io import OUTPUTS, ModuleSettings, PointSettings, RemoteIoSettings
from inspector.line.offline import FIRST_FAULT, Offline
from inspector.line.register_map import PLC_BIT_MEANING, LaneCode, PlcBit
from inspector.opcua.stack import guard, sessions
from inspector.opcua.users import LOCKED_S, TRIES
from inspector.part import Verdict
from inspector.publish.schema import MESSAGES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "integrator.md").read_text(encoding="utf-8")
MINIMAL: dict[str, Any] = {
    "station": {"name": "s1"},
    "cameras": [{"name": "cam1", "producer": "p.cti", "features": "f.toml"}],
    "detector": {"package": "models/model"},
    "recipe": "recipes/disc.toml",
}


def below(heading: str) -> str:
    return re.split(r"^#{1,4} ", PAGE.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


# Wiring

WIRED = {
    "discrete input": ("discrete-input", "coil"),
    "counter in input or holding registers": ("input-register", "holding-register"),
    "coil": ("coil",),
}
"""What the page calls a signal's place, and the tables of a module that it may be in."""
KINDS = get_args(PointSettings.model_fields["kind"].annotation)


def wiring() -> list[tuple[list[str], str]]:
    return [(re.findall(r"`([a-z-]+)`", signals), module) for signals, module, _, _ in rows(below("Wiring"))]


def test_the_page_wires_every_signal_and_no_other() -> None:
    named = [signal for signals, _ in wiring() for signal in signals]
    assert sorted(named) == sorted(get_args(PointSettings.model_fields["name"].annotation))
    assert {name for signals, module in wiring() if module == "coil" for name in signals} == set(OUTPUTS)


def the_map(kinds: dict[str, str]) -> RemoteIoSettings:
    points = [
        PointSettings.model_validate({"name": name, "module": "io1", "kind": kind, "address": 2 * number})
        for number, (name, kind) in enumerate(kinds.items())
    ]
    return RemoteIoSettings(modules=[ModuleSettings(name="io1", host="io1")], points=points)


@pytest.mark.parametrize("signal", [signal for signals, _ in wiring() for signal in signals])
@pytest.mark.parametrize("kind", KINDS)
def test_a_signal_is_taken_from_the_tables_that_the_page_names_and_no_other(signal: str, kind: str) -> None:
    kinds = {name: WIRED[module][0] for signals, module in wiring() for name in signals}
    (module,) = [module for signals, module in wiring() if signal in signals]
    complaint = the_map({**kinds, signal: kind}).complaint(encoder=True, encoder_words=2, good_lane=True)
    assert (complaint is None) == (kind in WIRED[module]), complaint


def test_the_page_says_which_signals_are_needed() -> None:
    needed = below("Wiring").split("\nNeeded: ")[1].split("\n\n")[0]
    always, conditional = needed.split(";", 1)
    kinds = {name: WIRED[module][0] for signals, module in wiring() for name in signals}
    for signal in kinds:
        rest = {name: kind for name, kind in kinds.items() if name != signal}
        bare = the_map({name: kind for name, kind in rest.items() if name != "encoder"})
        missing = f"has no point {signal!r}"
        assert (bare.complaint(encoder=False, encoder_words=1, good_lane=False) == missing) == (f"`{signal}`" in always)
        if f"`{signal}`" not in always:
            full = the_map(rest).complaint(encoder=True, encoder_words=2, good_lane=True)
            assert (full == missing) == (f"`{signal}` if" in conditional)


def test_a_pass_output_that_accepts_while_it_is_off_is_refused() -> None:
    assert "accepts while it is off is refused" in below("Wiring").replace("\n", " ")
    kinds = {name: WIRED[module][0] for signals, module in wiring() for name in signals}
    found = the_map(kinds)
    points = [point.model_copy(update={"contact": "nc"}) if point.name == "pass" else point for point in found.points]
    wrong = found.model_copy(update={"points": points})
    assert "accept everything" in (wrong.complaint(encoder=True, encoder_words=2, good_lane=True) or "")


# Examples


def examples() -> Iterator[tuple[str, dict[str, Any]]]:
    for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL):
        yield block.splitlines()[0], tomllib.loads(block)


@pytest.mark.parametrize(("title", "example"), list(examples()), ids=lambda value: str(value)[:24])
def test_an_example_is_settings(title: str, example: dict[str, Any]) -> None:
    assert title
    Config.model_validate({**MINIMAL, **example})


def test_the_example_of_remote_io_is_a_line_once_its_other_points_are_there(tmp_path: Path) -> None:
    (text,) = [block for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if "remote_io.points" in block]
    others = {
        "reject-lane": ("discrete-input", 1),
        "good-lane": ("discrete-input", 2),
        "encoder": ("input-register", 0),
    }
    for name, (kind, address) in others.items():
        text += f'[[remote_io.points]]\nname = "{name}"\nmodule = "io1"\nkind = "{kind}"\naddress = {address}\n'
    minimal = (
        'recipe = "r.toml"\n[station]\nname = "s1"\n[detector]\npackage = "m"\n'
        '[[cameras]]\nname = "cam1"\nproducer = "p.cti"\nfeatures = "f.toml"\n'
    )
    (tmp_path / "station.toml").write_text(minimal + text, encoding="utf-8")
    assert load_config(tmp_path).line.backend == "remote-io"


# A PLC


def test_the_waits_name_settings_and_faults_that_are_there() -> None:
    waits = rows(below("One part"))
    assert len(waits) == 8
    settings = Config.model_validate(MINIMAL)
    for what, limit, then in waits:
        table, key = limit.strip("`").split(".")
        assert key in type(getattr(settings, table)).model_fields, what
        for number in re.findall(r"fault (\d+)", then):
            assert Offline(int(number)).is_fault
    named = [Offline(int(number)) for _, _, then in waits for number in re.findall(r"fault (\d+)", then)]
    phases = (Offline.TRIGGER_NOT_RELEASED, Offline.RESULT_NOT_ACKNOWLEDGED, Offline.RESULT_ACK_NOT_RELEASED)
    assert named == list(phases)


def test_numbers_that_a_plc_program_is_written_from() -> None:
    rules, text = below("What the PLC program must do").replace("\n  ", ""), " ".join(PAGE.split())
    settings = Config.model_validate(MINIMAL).modbus
    assert f"every {settings.heartbeat_ms} ms" in rules and f"for {settings.heartbeat_lost_ms} ms" in rules
    assert f"give up after {settings.phase_ms} ms" in rules
    assert f"`offline_reason` {Offline.EMERGENCY_STOP:d}, or the heartbeat is lost" in rules
    pausing = [offline for offline in Offline if offline.pauses]
    assert pausing == [Offline.NOT_ENABLED, Offline.OTHER_RECIPE]
    assert f"`offline_reason` {Offline.STATION_NOT_READY:d} (a shift that is being closed), 7 or 9" in rules
    assert f"one more is fault {Offline.RESULT_OVERRUN:d}" in text
    assert f"From {FIRST_FAULT} on it is a fault" in text
    assert (
        f"`modbus.plc_address` ({settings.plc_address}) and `modbus.station_address` ({settings.station_address})"
        in text
    )
    assert (LaneCode.GOOD, LaneCode.REJECT) == (1, 2)
    assert f"every {settings.heartbeat_ms} ms" in PLC_BIT_MEANING[PlcBit.HEARTBEAT]


# MQTT and OPC UA


def test_what_the_broker_keeps_is_the_status_alone() -> None:
    table = [row for row in rows(below("MQTT")) if row[0].startswith("`PREFIX/")]
    assert {row[0].split("/")[-1].strip("`"): row[2] for row in table if row[2] != "no"} == {"status": "yes"}


def test_the_verdicts_of_messages_are_those_of_the_code() -> None:
    (row,) = [row for row in rows(below("MQTT message: part")) if row[0] == "`verdict`"]
    assert set(re.findall(r"`(\w+)`", row[1])) == {verdict.value for verdict in Verdict}
    assert "verdict" in MESSAGES["part"]


def test_what_is_off_by_default_and_on_which_port() -> None:
    assert not MqttSettings().enabled and not OpcuaSettings().enabled and not OpcuaSettings().anonymous_read
    assert f"opc.tcp://HOST:{OpcuaSettings().port}/inspector" in PAGE
    assert MqttSettings().tls


def test_the_limits_of_the_opc_ua_server() -> None:
    text = " ".join(below("OPC UA: who gets in").split())
    assert f"After {TRIES} wrong passwords in a row a name is refused for {LOCKED_S:.0f} s" in text
    assert f"subscriptions with {sessions.MONITORED_AT_MOST} items each" in text
    assert f"publishing every {sessions.FASTEST_PUBLISHING_MS:.0f} ms at the fastest" in text
    assert f"messages up to {guard.MESSAGE_BYTES // 2**20} MB" in text
    assert f"{guard.ACTIVATE_WITHIN_S:.0f} s until a session is activated" in text
    assert f"{guard.SESSION_AT_MOST_MS / 60_000:.0f} minutes until a silent one ends" in text
