# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station that takes serials from a scanner, from the plant's controller, or knows them from before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inspector.clock import SimulatedClock
from inspector.config import load_config
from inspector.errors import ConfigError, RecipeError
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.part import Verdict
from inspector.station.model import Rules
from tests.station_bench import Bench
from tests.store_station import check_chain
from tests.unit.test_serials import CodeReader

CLOCK = SimulatedClock()
MakeBench = Callable[..., Bench]


def settings_of(station: Path, serial: str, scanner_port: int | None) -> None:
    recipe = next((station / "recipes").iterdir())
    text = recipe.read_text()
    before, rest = text.split("[serial]")
    recipe.write_text(f"{before}[serial]\n{serial}\n[classes.scratch]" + rest.partition("[classes.scratch]")[2])
    if scanner_port is not None:
        path = station / "station.toml"
        path.write_text(path.read_text() + f'\n[scanner]\nhost = "127.0.0.1"\nport = {scanner_port}\nuntil_ms = 100\n')


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeBench]:
    made: list[Bench] = []

    def build(serial: str, scanner_port: int | None = None, challenge: tuple[str, str] | None = None) -> Bench:
        Bench(tmp_path / "station").close()
        settings_of(tmp_path / "station", serial, scanner_port)
        if challenge is not None:
            (tmp_path / "station" / "recipes" / "challenge.toml").write_text(challenge[0])
            path = tmp_path / "station" / "station.toml"
            path.write_text(path.read_text() + challenge[1])
        bench = Bench(tmp_path / "station", clock=CLOCK)
        made.append(bench)
        bench.station._serials.start()
        bench.everybody_is_here()
        return bench

    yield build
    for bench in made:
        bench.close()
        assert verify_station(bench.directory).of(Severity.TAMPERED) == []


def pause(bench: Bench, ms: int) -> None:
    CLOCK.advance_ms(ms)
    bench.camera_state()
    bench.station.step(None)


def part_of(bench: Bench, number: int) -> dict[str, Any]:
    bench.until(lambda: number in bench.acks("trigger"))
    return next(
        record
        for record in check_chain(bench.directory)
        if record["type"] == "part" and record["key"]["part_seq"] == number
    )


def said(part: dict[str, Any]) -> tuple[str, str, object]:
    serial = part["serial"]
    return part["verdict"], part["reason"], None if serial is None else (serial["text"], serial["source"])


# From the scanner


@pytest.fixture
def reader() -> Iterator[CodeReader]:
    made = CodeReader()
    yield made
    made.close()


def scan(bench: Bench, reader: CodeReader, text: str) -> None:
    """The scanner sends a scan, at the simulated time of now, and the station has taken it up."""
    binder = bench.station._serials._binder
    assert binder is not None
    before = len(binder._scans)
    reader.send(text.encode() + b"\r\n")
    bench.until(lambda: len(binder._scans) > before)


def test_scans_are_bound_to_their_parts_through_a_real_connection(make: MakeBench, reader: CodeReader) -> None:
    bench = make('source = "scanner"\nrequired = true\nform = "S#+-######"', reader.port)
    reader.accept()
    bench.until(lambda: not bench.station._serials.away)
    bench.station._next_heartbeat_ns = 0
    bench.station.step(None)
    bench.open_shift()
    bench.part(1)
    scan(bench, reader, "S7-000001")
    assert bench.acks("trigger") == [], "another scan may come"
    pause(bench, 121)
    assert said(part_of(bench, 1)) == ("PASS", "nothing found", ("S7-000001", "scanner"))
    pause(bench, 200)
    bench.part(2)
    pause(bench, 121)
    assert said(part_of(bench, 2)) == (
        "NO_DECISION",
        "serial not readable: no scan in the window of the part",
        None,
    )
    pause(bench, 200)
    bench.part(3)
    scan(bench, reader, "S7-000003")
    scan(bench, reader, "S7-000004")
    pause(bench, 121)
    assert said(part_of(bench, 3)) == (
        "NO_DECISION",
        "serial not readable: 2 scans in the window of the part",
        None,
    )
    assert bench.grants() == [1]
    reader.hang_up()
    bench.until(lambda: bool(bench.station._serials.away))
    bench.station._next_heartbeat_ns = 0
    bench.station.step(None)
    assert [reason["code"] for reason in bench.hub.of("line", "station-state")[-1]["reasons"]] == ["SCANNER_AWAY"]


def test_a_challenge_part_is_known_by_its_scan_and_never_let_through(make: MakeBench, reader: CodeReader) -> None:
    challenge = """format = "inspector-challenge/1"
recipe = "disc"
presentations = 1
[[parts]]
serial = "S7-000003"
class = "dent"
valid_until = 2999-12-31
"""
    settings = '[challenge]\nfile = "recipes/challenge.toml"\nrequired = false\n'
    bench = make('source = "scanner"\nrequired = true\nform = "S#+-######"', reader.port, (challenge, settings))
    reader.accept()
    bench.until(lambda: not bench.station._serials.away)
    bench.station._next_heartbeat_ns = 0
    bench.station.step(None)
    bench.open_shift()
    assert bench.request("challenge-start", operator="op")["ok"]
    pause(bench, 200)
    bench.part(1)
    scan(bench, reader, "S7-000003")
    pause(bench, 121)
    part = part_of(bench, 1)
    assert (part["purpose"], part["verdict"]) == ("challenge", "PASS"), "the model has not found it"
    assert bench.grants() == []


def test_a_part_does_not_wait_for_its_scan_beyond_the_deadline(make: MakeBench, reader: CodeReader) -> None:
    bench = make('source = "scanner"\nrequired = true', reader.port)
    reader.accept()
    bench.until(lambda: not bench.station._serials.away)
    bench.station._next_heartbeat_ns = 0
    bench.station.step(None)
    bench.open_shift()
    bench.part(1)
    bench.until(lambda: bench.hub.of("camera:cam1", "release") != [])
    CLOCK.advance_ms(701)  # the main thread was held up: window and deadline are over at the same look
    bench.station.step(None)
    part = part_of(bench, 1)
    assert part["verdict"] == "NO_DECISION"
    assert bench.grants() == []


# From the plant's controller


def trigger_with_serial(bench: Bench, number: int, serial: str | None) -> None:
    bench.serial = serial
    bench.part(number)


def test_the_controller_gives_the_serial_with_the_trigger(make: MakeBench) -> None:
    bench = make('source = "plc"\nrequired = true\nform = "S#+-######"')
    bench.open_shift()
    for number, serial in enumerate(["S7-000001", None, "wrong"], 1):
        trigger_with_serial(bench, number, serial)
        part_of(bench, number)
        pause(bench, 200)
    assert [said(part_of(bench, number)) for number in (1, 2, 3)] == [
        ("PASS", "nothing found", ("S7-000001", "plc")),
        ("NO_DECISION", "serial not readable: the controller gave none", None),
        ("NO_DECISION", "serial 'wrong' does not have the form S#+-######", ("wrong", "plc")),
    ]
    assert bench.grants() == [1]


def test_a_serial_that_nobody_requires_lets_a_part_pass_without(make: MakeBench) -> None:
    bench = make('source = "plc"')
    bench.open_shift()
    trigger_with_serial(bench, 1, None)
    assert said(part_of(bench, 1)) == ("PASS", "nothing found", None)


# Serials that came before


def play(bench: Bench, *parts: tuple[int, str, Verdict]) -> None:
    for number, serial, verdict in parts:
        bench.detector.verdicts["cam1"] = verdict
        trigger_with_serial(bench, number, serial)
        part_of(bench, number)
        pause(bench, 200)


def test_what_was_rejected_stays_rejected(make: MakeBench) -> None:
    bench = make('source = "plc"\nduplicate = "reject"')
    bench.open_shift()
    play(bench, (1, "S1", Verdict.FAIL), (2, "S2", Verdict.PASS), (3, "S1", Verdict.PASS), (4, "S2", Verdict.PASS))
    first, second = part_of(bench, 1), part_of(bench, 2)
    third, fourth = part_of(bench, 3), part_of(bench, 4)
    assert said(third)[:2] == ("NO_DECISION", f"serial S1 came before: record {first['seq']}, FAIL")
    assert said(fourth)[:2] == ("NO_DECISION", f"serial S2 came before: record {second['seq']}, PASS")
    assert bench.grants() == [2]


def test_a_duplicate_may_only_be_told(make: MakeBench) -> None:
    bench = make('source = "plc"\nduplicate = "warn"')
    bench.open_shift()
    play(bench, (1, "S1", Verdict.PASS), (2, "S1", Verdict.PASS))
    seq = part_of(bench, 1)["seq"]
    assert said(part_of(bench, 2))[:2] == ("PASS", f"nothing found; serial S1 came before: record {seq}, PASS")
    assert bench.grants() == [1, 2]


def test_a_duplicate_is_seen_before_the_first_is_recorded(make: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make('source = "plc"\nduplicate = "reject"')
    bench.open_shift()
    judged: list[Any] = []
    record = bench.station._challenge.judged
    monkeypatch.setattr(bench.station._challenge, "judged", lambda *args: judged.append(args))
    for number in (1, 2):
        trigger_with_serial(bench, number, "S1")
        bench.until(lambda number=number: len(judged) == number)  # type: ignore[misc]
        pause(bench, 200)
    for trigger, result in judged:
        record(trigger, result)
    assert said(part_of(bench, 1))[0] == "PASS"
    assert said(part_of(bench, 2))[:2] == ("NO_DECISION", "serial S1 came before: part 1, not recorded yet")


@pytest.mark.parametrize(("among", "verdict"), [("shift", "PASS"), ("records", "NO_DECISION")])
def test_duplicates_of_the_shift_or_of_all_records(make: MakeBench, among: str, verdict: str) -> None:
    bench = make(f'source = "plc"\nduplicate = "reject"\nduplicate_among = "{among}"')
    bench.open_shift()
    play(bench, (1, "S1", Verdict.PASS))
    bench.outcome(1)
    bench.until(lambda: not bench.station._parts.parts)
    bench.hub.sent.clear()
    bench.line_state(1)
    bench.hear("api", {"type": "request", "id": "9", "command": "shift-close", "arguments": {"operator": "op"}})

    def closed() -> bool:
        pause(bench, 50)
        return bench.hub.of("api", "response") != []

    bench.until(closed)
    assert bench.hub.of("api", "response")[0]["ok"], bench.hub.of("api", "response")
    bench.open_shift()
    play(bench, (2, "S1", Verdict.PASS))
    assert part_of(bench, 2)["verdict"] == verdict


def test_when_the_records_cannot_be_asked_nothing_passes(make: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = make('source = "plc"\nduplicate = "reject"')
    bench.open_shift()
    monkeypatch.setattr(bench.station._duplicates, "_station", bench.directory / "nowhere")
    play(bench, (1, "S1", Verdict.PASS))
    assert said(part_of(bench, 1))[:2] == ("ERROR", "the serial cannot be compared with earlier records")


# Settings


def test_a_recipe_that_needs_a_scanner_needs_one_in_the_settings(make: MakeBench) -> None:
    bench = make('source = "plc"')
    settings_of(bench.directory, 'source = "scanner"', None)
    with pytest.raises(RecipeError, match="the station has none"):
        Rules.load(bench.directory, load_config(bench.directory))


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("from_ms = 50\nuntil_ms = 50", "until_ms is not after"),
        ("from_ms = 0\nuntil_ms = 650", "a part waits 750 ms"),
        ("from_ms = -300\nuntil_ms = 400", "a part waits 800 ms"),
    ],
)
def test_windows_that_cannot_be_are_refused(make: MakeBench, table: str, what: str) -> None:
    bench = make('source = "plc"')
    path = bench.directory / "station.toml"
    path.write_text(path.read_text() + f'\n[scanner]\nhost = "10.0.0.7"\nport = 9004\n{table}\n')
    with pytest.raises(ConfigError, match=what):
        load_config(bench.directory)


@pytest.mark.parametrize(
    "serial", ['source = "none"\nduplicate = "warn"', 'source = "scanner"\ncamera = "cam1"', 'duplicate = "maybe"']
)
def test_serial_rules_that_make_no_sense_are_refused(make: MakeBench, serial: str) -> None:
    bench = make('source = "plc"')
    settings_of(bench.directory, serial, None)
    with pytest.raises(RecipeError):
        Rules.load(bench.directory, load_config(bench.directory))
