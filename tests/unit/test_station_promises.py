# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station with a real store and ring: no record, no pass; every trigger is recorded, and told so."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from inspector.clock import SystemClock
from inspector.part import PartKey, Trigger, Verdict
from inspector.station.judge import Judge, not_seen
from inspector.station.worker import JudgeWorker, Task
from tests.station_bench import LINE_BOOT, Bench
from tests.store_station import check_chain


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "station")
    made.everybody_is_here()
    yield made
    made.close()


def kinds(bench: Bench) -> list[str]:
    return [record["type"] for record in check_chain(bench.directory)]


def test_a_pass_is_granted_after_its_record_and_its_end_is_acknowledged(bench: Bench) -> None:
    bench.open_shift()
    bench.part(1)
    bench.until(lambda: bench.acks("trigger") == [1])
    assert bench.grants() == [1]
    bench.outcome(1)
    bench.until(lambda: bench.acks("outcome") == [1])
    bench.until(lambda: not bench.station._parts.parts)
    assert kinds(bench)[-3:].count("part") == 1


def test_an_acknowledgement_that_was_lost_is_given_again(bench: Bench) -> None:
    """The line sends what is unacknowledged again, while the station still waits for the outcome of the part."""
    bench.open_shift()
    bench.part(1)
    bench.until(lambda: bench.acks("trigger") == [1])
    bench.lose("line")
    bench.trigger(1, live=False)
    assert bench.acks("trigger") == [1, 1]
    assert bench.grants() == [1]
    assert kinds(bench).count("part") == 1


def test_a_part_that_is_judged_while_the_shift_settles_belongs_to_it_with_its_image(bench: Bench) -> None:
    bench.open_shift()
    bench.hear("api", {"type": "request", "id": "2", "command": "shift-close", "arguments": {"operator": "op"}})
    bench.detector.go.clear()
    bench.station._next_heartbeat_ns += 10_000_000_000  # the next look at the shift is after its time to settle
    bench.part(1)
    time.sleep(0.4)
    bench.station._next_heartbeat_ns = 0
    for _ in range(3):
        bench.station.step(None)
        bench.station._next_heartbeat_ns = 0
    assert "shift-close" not in kinds(bench)
    bench.line_state(1)
    bench.detector.go.set()
    bench.until(lambda: bench.acks("trigger") == [1])
    bench.outcome(1)
    bench.until(lambda: bool(bench.hub.of("api", "response")[1:]))
    records = kinds(bench)
    assert records.index("part") < records.index("image-stored") < records.index("shift-close")


def test_a_verdict_that_comes_twice_does_not_hide_the_image_of_the_first(bench: Bench) -> None:
    """The disk was slow: the record of the judge is committed, and so is the refusal of the one that gave up."""
    bench.open_shift()
    bench.part(1)
    bench.until(lambda: bench.acks("trigger") == [1])
    part = next(iter(bench.station._parts.parts.values()))
    part.decided = False
    bench.station._course.decide(part.trigger, not_seen(Verdict.ERROR, "no verdict came from the detector"))
    bench.until(lambda: bench.acks("trigger") == [1, 1])
    assert part.trigger.key in bench.station._parts.parts, "its outcome is still to come"
    assert kinds(bench).count("part") == 1


def test_a_dead_judge_with_a_full_queue_does_not_keep_the_process() -> None:
    go, trigger = threading.Event(), Trigger(PartKey(LINE_BOOT, 1), 1, 0, 0, 0)

    def load() -> Judge:
        go.wait(20)
        raise MemoryError("no memory")

    worker = JudgeWorker(load, SystemClock(), lambda _key, _camera, _result: None)
    while worker.submit(Task(trigger, "cam1", lambda: None)):
        pass
    go.set()
    worker.close()
    assert not worker.alive()
    assert isinstance(worker.failure, MemoryError)


def test_a_detector_that_hangs_does_not_keep_the_process() -> None:
    go, trigger = threading.Event(), Trigger(PartKey(LINE_BOOT, 1), 1, 0, 0, 0)
    worker = JudgeWorker(lambda: cast(Judge, None), SystemClock(), lambda _key, _camera, _result: None)

    def hang() -> None:
        go.wait(20)

    worker.submit(Task(trigger, "cam1", hang))
    worker.close()
    assert worker.alive()
    assert worker.stuck_ms() > 0
    go.set()
    worker.close()
    assert not worker.alive()


def test_a_passphrase_never_reaches_the_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        bench.hear("api", {"type": "request", "command": "unlock", "arguments": {"passphrase": "open sesame"}})
        bench.hear("api", {"type": "request", "id": "3", "command": "unlock", "arguments": ["open sesame"]})
    assert "request message" in caplog.text
    assert "sesame" not in caplog.text


def test_a_part_that_passed_while_the_station_was_away_is_an_error_and_is_acknowledged(bench: Bench) -> None:
    bench.open_shift()
    bench.trigger(1, live=False)
    bench.until(lambda: bench.acks("trigger") == [1])
    (part,) = (record for record in check_chain(bench.directory) if record["type"] == "part")
    assert part["verdict"] == "ERROR"
    assert bench.grants() == []


def test_a_camera_process_that_hangs_takes_ready_away(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.open_shift()
    monkeypatch.setattr("inspector.station.cameras.SILENT_NS", 0)
    bench.station._next_heartbeat_ns = 0
    bench.station.step(None)
    state = bench.hub.of("line", "station-state")[-1]
    assert not state["ready"]
    assert [reason["code"] for reason in state["reasons"]] == ["CAMERA_AWAY"]


def test_rules_that_were_exchanged_in_an_open_shift_judge_nothing(tmp_path: Path) -> None:
    first = Bench(tmp_path / "station")
    first.everybody_is_here()
    first.open_shift()
    first.close()
    recipe = next((tmp_path / "station" / "recipes").iterdir())
    recipe.write_text(recipe.read_text() + "\n# changed in the night\n")
    second = Bench(tmp_path / "station")
    try:
        second.everybody_is_here()
        second.station._next_heartbeat_ns = 0
        second.station.step(None)
        reasons = second.hub.of("line", "station-state")[-1]["reasons"]
        assert [reason["code"] for reason in reasons] == ["RULES_EXCHANGED"]
        second.part(1)
        second.until(lambda: second.acks("trigger") == [1])
        assert second.grants() == []
        second.outcome(1)
        second.line_state(1)
        closed = second.request("shift-close", operator="op")
        assert closed["ok"], closed
        second.camera_state()
        second.open_shift()
    finally:
        second.close()


def test_a_detector_that_does_not_answer_takes_ready_away_until_it_does(bench: Bench) -> None:
    def codes() -> set[str]:
        bench.station._next_heartbeat_ns = 0
        bench.station.step(None)
        return {reason["code"] for reason in bench.hub.of("line", "station-state")[-1]["reasons"]}

    bench.open_shift()
    bench.detector.go.clear()
    bench.part(1)
    bench.until(lambda: "JUDGE_STUCK" in codes())
    assert bench.grants() == []
    bench.detector.go.set()
    bench.until(lambda: "JUDGE_STUCK" not in codes())
