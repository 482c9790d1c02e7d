# SPDX-License-Identifier: AGPL-3.0-or-later
"""The bypass on the real station without its neighbours: what passes, when it ends, and what it never lets through."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inspector.clock import SystemClock
from inspector.errors import ConfigError, DeviceError
from inspector.evidence.keys import SigningKey
from inspector.evidence.permit import Permit, Scope, sign_permit
from inspector.part import Verdict
from inspector.station.judge import Hold, PartResult, not_seen
from tests.station_bench import CAMERA, Bench
from tests.store_station import check_chain

KEY = SigningKey.generate()
MINUTE_US = 60_000_000


class MovedClock(SystemClock):
    """The machine's clock, and how far a test has moved it."""

    def __init__(self) -> None:
        self.ahead_ns = 0
        self.utc_off_us = 0

    def monotonic_ns(self) -> int:
        return super().monotonic_ns() + self.ahead_ns

    def utc_us(self) -> int:
        return super().utc_us() + self.ahead_ns // 1000 + self.utc_off_us


class BypassBench(Bench):
    """A station that trusts one key."""

    def __init__(self, directory: Path, **options: Any) -> None:
        self.clock = MovedClock()
        super().__init__(directory, clock=self.clock, **options)

    def trust(self) -> None:
        self.close()
        (self.directory / "keys" / "qa.pub").write_text(KEY.public_key.hex() + "\n")
        path = self.directory / "station.toml"
        path.write_text(path.read_text() + '\n[bypass]\nauthority = ["keys/qa.pub"]\nmax_minutes = 10\n')
        self._rings = {}
        self._start()

    def permit(self, **changes: Any) -> str:
        now_us = self.clock.utc_us() // 1_000_000 * 1_000_000
        permit = Permit(
            "bench", now_us, now_us + 60 * MINUTE_US, Scope.NO_VERDICT, 100, secrets.token_hex(16), "Kim", "lamp broken"
        )
        return sign_permit(replace(permit, **changes), KEY)

    def begin(self, **changes: Any) -> dict[str, Any]:
        answer = self.request("bypass-start", permit=self.permit(**changes), operator="op")
        assert answer["ok"], answer
        result: dict[str, Any] = answer["result"]
        return result

    def refusal(self, permit: str, operator: str = "op") -> str:
        answer = self.request("bypass-start", permit=permit, operator=operator)
        assert answer["error"]["code"] == "BYPASS_REFUSED", answer
        return str(answer["error"]["message"])

    def beat(self) -> dict[str, Any]:
        """The next heartbeat; what the line is told."""
        self.station._next_heartbeat_ns = 0
        self.station.step(None)
        return self.hub.of("line", "station-state")[-1]

    def missing(self, number: int) -> None:
        """A part of which no picture comes, until it is recorded."""
        self.trigger(number)
        self.until(lambda: number in self.acks("trigger"))

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in check_chain(self.directory) if record["type"] == kind]

    def verdicts(self) -> list[str]:
        return [record["verdict"] for record in self.records("part")]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[BypassBench]:
    made = BypassBench(tmp_path / "station")
    made.trust()
    made.unlock_key()
    made.everybody_is_here()
    made.open_shift()
    yield made
    made.close()


def test_a_part_without_a_verdict_passes_and_a_bad_one_does_not(bench: BypassBench) -> None:
    bench.begin()
    bench.detector.verdicts["cam1"] = Verdict.FAIL
    bench.part(1)
    bench.until(lambda: 1 in bench.acks("trigger"))
    bench.detector.verdicts.clear()
    bench.clock.ahead_ns += 300_000_000  # the parts are not too close together
    bench.part(2)
    bench.until(lambda: 2 in bench.acks("trigger"))
    bench.clock.ahead_ns += 300_000_000
    bench.missing(3)
    assert bench.grants() == [2, 3]
    assert bench.verdicts() == ["FAIL", "PASS", "BYPASSED"]
    last = bench.records("part")[-1]
    assert last["views"][0]["verdict"] == "MISSING_IMAGE", "the judgement stays in the view"
    assert last["reason"].startswith("bypass (MISSING_IMAGE")
    status = bench.request("status")["result"]
    assert status["bypass"]["let_through"] == 1
    assert status["counts"]["BYPASSED"] == 1


def test_under_scope_all_every_part_passes_with_its_judgement_kept(bench: BypassBench) -> None:
    bench.begin(scope=Scope.ALL)
    bench.detector.verdicts["cam1"] = Verdict.FAIL
    bench.part(1)
    bench.until(lambda: bench.acks("trigger") == [1])
    assert bench.grants() == [1]
    record = bench.records("part")[0]
    assert (record["verdict"], record["views"][0]["verdict"]) == ("BYPASSED", "FAIL")


def test_ready_needs_neither_camera_nor_model_but_everything_else(bench: BypassBench) -> None:
    bench.camera_state(reason="cable pulled")
    assert [reason["code"] for reason in bench.beat()["reasons"]] == ["CAMERA_AWAY"]
    bench.begin()
    told = bench.beat()
    assert told["ready"] and told["bypass_active"]
    warnings = [warning["code"] for warning in bench.request("status")["result"]["warnings"]]
    assert warnings == ["CAMERA_AWAY"], "what the bypass covers stays visible"
    object.__setattr__(bench.child, "free_bytes", lambda _folder: 0)
    assert [reason["code"] for reason in bench.beat()["reasons"]] == ["DISK_LOW"]
    object.__setattr__(bench.child, "free_bytes", lambda _folder: 10**12)
    bench.request("bypass-stop", operator="op")
    assert not bench.beat()["ready"]


def test_a_detector_that_hangs_costs_no_part_and_no_station(bench: BypassBench) -> None:
    bench.begin()
    bench.detector.go.clear()
    bench.part(1)
    bench.until(lambda: bench.acks("trigger") == [1])
    assert bench.grants() == [1]
    bench.clock.ahead_ns += 11_000_000_000
    assert bench.beat()["ready"]
    bench.detector.go.set()
    bench.until(lambda: bench.station._worker.stuck_ms() == 0)
    assert bench.verdicts() == ["BYPASSED"]


def test_a_detector_that_dies_is_started_anew_when_the_bypass_is_over(bench: BypassBench) -> None:
    bench.begin()
    bench.detector.failure = MemoryError("no memory")
    bench.part(1)
    bench.until(lambda: bench.acks("trigger") == [1])
    assert not bench.station._worker.alive()
    assert bench.beat()["ready"]
    bench.clock.ahead_ns += 300_000_000
    bench.part(2)
    bench.until(lambda: bench.acks("trigger") == [1, 2])
    assert bench.grants() == [1, 2]
    assert bench.request("bypass-stop", operator="op")["ok"]
    with pytest.raises(DeviceError, match="judge's thread died"):
        bench.beat()


def test_a_camera_that_is_gone_costs_no_part(bench: BypassBench) -> None:
    bench.begin()
    bench.lose(CAMERA)
    assert bench.beat()["ready"]
    for number in (1, 2):
        bench.clock.ahead_ns += 300_000_000
        bench.missing(number)
    assert bench.grants() == [1, 2]
    assert bench.verdicts() == ["BYPASSED", "BYPASSED"]


def test_it_does_not_last_a_moment_longer_than_allowed(bench: BypassBench) -> None:
    bench.begin()
    running = bench.station._bypass._running
    assert running is not None
    key_part = bench.trigger(1)
    assert key_part
    trigger = bench.station._parts.get(next(iter(bench.station._parts.parts)))
    assert trigger is not None
    unseen = not_seen(Verdict.MISSING_IMAGE, "no picture", "cam1")
    marked = bench.station._bypass._marked
    bench.clock.utc_off_us -= 3_600_000_000  # nor does a clock that steps back make it longer
    live = replace(trigger.trigger, decide_by_ns=running.ends_ns + 10**9)
    bench.clock.monotonic_ns = lambda: running.ends_ns - 1  # type: ignore[method-assign]
    assert marked(live, unseen).verdict is Verdict.BYPASSED
    assert marked(live, unseen).until_ns == running.ends_ns
    bench.clock.monotonic_ns = lambda: running.ends_ns  # type: ignore[method-assign]
    assert marked(live, unseen) is unseen
    assert not bench.station._bypass.active
    bench.station._bypass.tick()
    del bench.clock.monotonic_ns  # type: ignore[method-assign]
    bench.until(lambda: bool(bench.records("bypass-end")))
    assert bench.records("bypass-end")[0]["why"] == "time-over"


def test_a_grant_whose_record_was_too_slow_is_not_given(bench: BypassBench) -> None:
    bench.begin()
    now_ns = bench.clock.monotonic_ns()
    bench.trigger(1)
    part = next(iter(bench.station._parts.parts.values()))
    part.decided = True
    result = PartResult(Verdict.BYPASSED, "bypass", until_ns=now_ns)
    bench.station._recorder.part(part.trigger, result)
    bench.until(lambda: bench.acks("trigger") == [1])
    assert bench.grants() == []


def test_the_station_ends_it_before_the_permit_does(bench: BypassBench) -> None:
    begun_us = bench.clock.utc_us()
    assert bench.begin()["ends_us"] - begun_us <= 10 * MINUTE_US + 1_000_000
    bench.clock.ahead_ns += 10 * MINUTE_US * 1000
    bench.beat()
    bench.until(lambda: bool(bench.records("bypass-end")))
    assert bench.request("status")["result"]["bypass"] is None


def test_the_number_of_parts_is_exact(bench: BypassBench) -> None:
    bench.begin(parts=2)
    for number in (1, 2, 3):
        bench.missing(number)
    assert bench.grants() == [1, 2]
    bench.until(lambda: bool(bench.records("bypass-end")))
    assert bench.records("bypass-end")[0]["why"] == "parts-used-up"
    assert bench.verdicts() == ["BYPASSED", "BYPASSED", "MISSING_IMAGE"]


def test_a_permit_that_does_not_fit_is_refused_and_one_that_fits_is_taken_once(bench: BypassBench) -> None:
    now_us = bench.clock.utc_us() // 1_000_000 * 1_000_000
    foreign = Permit("bench", now_us, now_us + MINUTE_US, Scope.ALL, 1, "0b" * 16, "Mallory", "why not")
    assert "No key" in bench.refusal(sign_permit(foreign, SigningKey.generate()))
    assert "not a permit" in bench.refusal("hello\n\n— bypass-authority AAAA\n")
    assert "station other" in bench.refusal(bench.permit(station="other"))
    early, late = now_us - 120 * MINUTE_US, now_us - 60 * MINUTE_US
    assert "does not hold now" in bench.refusal(bench.permit(not_before_us=early, not_after_us=late))
    assert "does not hold now" in bench.refusal(
        bench.permit(not_before_us=now_us + MINUTE_US, not_after_us=now_us + 2 * MINUTE_US)
    )
    good = bench.permit()
    assert "operator" in bench.refusal(good, operator=" ")
    assert bench.request("bypass-start", permit=good, operator="op")["ok"]
    assert "is running" in bench.refusal(bench.permit())
    assert bench.request("bypass-stop", operator="op")["ok"]
    assert "used before" in bench.refusal(good)
    assert bench.request("bypass-stop", operator="op")["error"]["code"] == "BYPASS_REFUSED"
    bench.until(lambda: bool(bench.records("bypass-end")))
    ends = bench.records("bypass-end")
    assert [(end["why"], end["ended_by"] is None) for end in ends] == [("stopped", False)]


def test_it_outlives_neither_its_shift_nor_the_station(bench: BypassBench) -> None:
    bench.begin()
    bench.line_state(0)
    assert bench.request("shift-close", operator="op")["ok"]
    assert [end["why"] for end in bench.records("bypass-end")] == ["shift-closed"]
    assert bench.request("bypass-start", permit=bench.permit(), operator="op")["error"]["code"] == "SHIFT"
    bench.camera_state()
    bench.open_shift()
    bench.begin()
    bench.close()
    bench._rings = {}
    bench._start()
    bench.station._bypass.started()
    assert [end["why"] for end in bench.records("bypass-end")] == ["shift-closed", "restart"]
    assert not bench.station._bypass.active


def test_without_a_trusted_key_there_is_no_bypass(tmp_path: Path) -> None:
    bench = BypassBench(tmp_path / "station")
    try:
        bench.everybody_is_here()
        bench.open_shift()
        assert "nobody may authorise" in bench.refusal(bench.permit())
    finally:
        bench.close()


def test_what_never_passes(bench: BypassBench) -> None:
    """A part of a stopped line, one that was announced again, one before a challenge, one that comes too late."""
    bench.begin()
    marked = bench.station._bypass._marked
    bench.trigger(1)
    trigger = next(iter(bench.station._parts.parts.values())).trigger
    unseen = not_seen(Verdict.MISSING_IMAGE, "no picture", "cam1")
    assert marked(replace(trigger, live=False), unseen) == unseen
    for hold in (Hold.ALWAYS, Hold.CHALLENGE):
        held = replace(unseen, hold=hold)
        assert marked(trigger, held) == held
    late = replace(trigger, decide_by_ns=bench.clock.monotonic_ns())
    assert marked(late, unseen) == unseen


def test_no_challenge_under_a_bypass(bench: BypassBench) -> None:
    bench.begin()
    assert bench.request("challenge-start", operator="op")["error"]["code"] == "BYPASS_REFUSED"


def test_a_key_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    bench = BypassBench(tmp_path / "station")
    path = bench.directory / "station.toml"
    bench.close()
    path.write_text(path.read_text() + '\n[bypass]\nauthority = ["keys/nobody.pub"]\n')
    with pytest.raises(ConfigError, match=r"nobody\.pub"):
        bench._start()
    bench.writer.close()


def test_bypassed_parts_stop_no_line(tmp_path: Path) -> None:
    bench = BypassBench(tmp_path / "station", stops={"missing_images": 2, "rejects_in_row": 2})
    try:
        bench.trust()
        bench.everybody_is_here()
        bench.open_shift()
        bench.begin()
        for number in range(1, 5):
            bench.missing(number)
        assert bench.grants() == [1, 2, 3, 4]
        assert not bench.request("status")["result"]["stopped"]
    finally:
        bench.close()


def test_a_stopped_line_stays_stopped_under_a_bypass(tmp_path: Path) -> None:
    bench = BypassBench(tmp_path / "station", stops={"missing_images": 1})
    try:
        bench.trust()
        bench.everybody_is_here()
        bench.open_shift()
        bench.missing(1)
        bench.begin()
        assert "STOP_MISSING_IMAGES" in [reason["code"] for reason in bench.beat()["reasons"]]
        bench.missing(2)
        assert bench.grants() == []
        assert bench.verdicts() == ["MISSING_IMAGE", "ERROR"]
    finally:
        bench.close()
