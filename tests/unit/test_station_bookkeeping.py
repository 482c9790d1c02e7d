# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station's bookkeeping: parts in flight, shifts, counts, reasons, and the thread that judges."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.clock import SimulatedClock
from inspector.errors import ShiftError
from inspector.part import Commanded, Confirmed, Frame, PartKey, PixelFormat, Trigger, Verdict
from inspector.station.judge import Judge, PartResult, not_seen, part_fields
from inspector.station.parts import OVERDUE_MS, PartTable, key_of, trigger_of
from inspector.station.readiness import NO_SHIFT, camera_away, disk_getting_full, disk_low, store_failed
from inspector.station.shift import Shift, ShiftState, reconciliation
from inspector.station.statistics import ShiftStatistics
from inspector.station.worker import QUEUE_SIZE, JudgeWorker, Task

KEY = PartKey("00000000000000aa", 7)


def trigger(decide_by_ns: int = 10**18, seq: int = 7, *, live: bool = True) -> Trigger:
    return Trigger(PartKey(KEY.line_boot, seq), seq, 1_000, 1_700_000_000_000_000, decide_by_ns, live)


# Shifts


@pytest.mark.parametrize("state", ShiftState)
def test_a_command_that_does_not_fit_says_what_to_do(state: ShiftState) -> None:
    shift = Shift(3, state)
    shift.require(state)
    for other in set(ShiftState) - {state}:
        with pytest.raises(ShiftError) as caught:
            shift.require(other)
        assert caught.value.advice


def test_no_shift_no_document() -> None:
    assert Shift(3).document(0) is None
    assert Shift(3, ShiftState.OPEN, "L1", 5).document(9) == {"number": 3, "lot": "L1", "opened_us": 5, "parts": 9}


@given(station=st.integers(0, 10**4), extra=st.integers(-50, 50))
def test_every_count_that_differs_is_told(station: int, extra: int) -> None:
    counted = reconciliation(station + extra, station, "")
    assert counted["station"] == station
    assert counted["difference"] == extra


def test_an_unknown_count_is_never_called_complete() -> None:
    counted = reconciliation(None, 5, "")
    assert counted["difference"] is None
    assert "completeness not independently established" in str(counted["note"])
    assert reconciliation(None, 5, "PLC was exchanged")["note"] == "PLC was exchanged"


# Counts


def test_counts_and_what_a_restart_takes_up() -> None:
    statistics = ShiftStatistics()
    statistics.part(Verdict.PASS, 1_000)
    statistics.part(Verdict.ERROR, None)
    statistics.outcome(Commanded.REJECT, Confirmed.REJECT_LANE)
    statistics.outcome(Commanded.ACCEPT, Confirmed.UNKNOWN)
    again = ShiftStatistics()
    again.restore(statistics.verdict_document(), statistics.outcome_document())
    assert (
        again.verdict_document()
        == statistics.verdict_document()
        == {v.value: 0 for v in Verdict}
        | {
            "PASS": 1,
            "ERROR": 1,
        }
    )
    assert again.outcome_document() == {"accept": 1, "reject": 1, "good": 0, "reject_lane": 1, "unknown": 1}
    assert statistics.latency_document()["max"] == 1_000
    assert ShiftStatistics().latency_document() == {"p50": 0, "p99": 0, "max": 0}


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=300))
def test_quantiles_are_latencies_that_were_measured(latencies: list[int]) -> None:
    statistics = ShiftStatistics()
    for latency_us in latencies:
        statistics.part(Verdict.PASS, latency_us)
    told = statistics.latency_document()
    assert set(told.values()) <= set(latencies)
    assert told["p50"] <= told["p99"] <= told["max"] == max(latencies)
    assert 2 * sum(latency <= told["p50"] for latency in latencies) >= len(latencies)
    assert 100 * sum(latency <= told["p99"] for latency in latencies) >= 99 * len(latencies)


# Parts in flight


def test_a_part_is_forgotten_only_when_nothing_is_missing() -> None:
    table = PartTable()
    part = table.add(trigger())
    for finish in (
        lambda: setattr(part, "record", "ab"),
        lambda: setattr(part, "images", 1),
        lambda: setattr(part, "outcome_done", True),
    ):
        finish()
        table.forget_if_done(KEY)
        assert table.get(KEY) is part
    part.images = 0
    table.forget_if_done(KEY)
    assert table.get(KEY) is None
    assert len(table) == 0
    table.forget_if_done(KEY)  # nobody is there any more, and nothing happens


def test_overdue_parts_are_those_without_a_verdict_long_after_their_deadline() -> None:
    table = PartTable()
    waiting, decided = table.add(trigger(1_000, 1)), table.add(trigger(1_000, 2))
    decided.decided = True
    limit_ns = 1_000 + OVERDUE_MS * 1_000_000
    assert table.overdue(limit_ns) == []
    assert table.overdue(limit_ns + 1) == [waiting]


@given(
    st.dictionaries(
        st.sampled_from(["key", "plc_count", "t_edge_ns", "t_edge_us", "decide_by_ns", "live", "other"]),
        st.one_of(st.none(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=3)),
    )
)
def test_a_message_that_is_no_trigger_raises_only_what_the_station_catches(message: dict[str, object]) -> None:
    try:
        assert trigger_of(message).key == key_of(message)
    except (KeyError, TypeError, ValueError):
        pass


# Reasons


def test_reasons_say_what_to_do() -> None:
    for reason in (
        NO_SHIFT,
        disk_low("only 3 MB are free"),
        disk_getting_full(14.6),
        store_failed("x"),
        camera_away("cam1", "has not connected yet"),
    ):
        assert reason.advice
        assert reason.text() == f"{reason.message} - {reason.advice}"
        assert set(reason.document()) == {"code", "message", "advice"}


def test_a_camera_that_says_what_to_do_is_quoted() -> None:
    reason = camera_away("cam1", "simcam.cti lists no camera. Check `serial`")
    assert (reason.message, reason.advice) == ("camera cam1: simcam.cti lists no camera", "Check `serial`")
    assert "cable" in camera_away("cam1", "does not answer").advice


# The judge's thread

FRAME = Frame("cam1", 1, 0, 0, PixelFormat.MONO8, np.zeros((4, 4), np.uint8))


class Bench:
    """A worker with a judge that answers what the test wants."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.results: list[tuple[int, PartResult]] = []
        self.came = threading.Condition()
        self.look: Callable[[Frame], PartResult] = lambda frame: PartResult(Verdict.PASS, "")
        self.worker = JudgeWorker(lambda: cast(Judge, self), self.clock, self._done)

    # `look` above is all that the worker asks of a judge

    def _done(self, key: PartKey, camera: str, result: PartResult) -> None:
        assert camera == "cam1"
        with self.came:
            self.results.append((key.part_seq, result))
            self.came.notify()

    def judge(self, part: Trigger, frame: Frame | None = FRAME) -> PartResult:
        assert self.worker.submit(Task(part, "cam1", lambda: frame))
        with self.came:
            assert self.came.wait_for(lambda: any(seq == part.key.part_seq for seq, _ in self.results), 20)
        return next(result for seq, result in self.results if seq == part.key.part_seq)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.worker.close()


def test_a_pass_in_time_stays_a_pass(bench: Bench) -> None:
    assert bench.judge(trigger()).verdict is Verdict.PASS


def test_a_pass_after_the_deadline_is_late(bench: Bench) -> None:
    def slow(frame: Frame) -> PartResult:
        bench.clock.advance_ms(100)
        return PartResult(Verdict.PASS, "")

    bench.look = slow
    deadline_ns = bench.clock.monotonic_ns() + 50_000_000
    assert bench.judge(trigger(deadline_ns)).verdict is Verdict.LATE


def test_a_part_that_waited_too_long_is_not_shown_to_the_model(bench: Bench) -> None:
    def never(frame: Frame) -> PartResult:
        raise AssertionError("shown to the model")

    bench.look = never
    result = bench.judge(trigger(bench.clock.monotonic_ns()))
    assert result.verdict is Verdict.LATE
    assert result.views[0].image_digest, "its picture is kept"


def test_an_overwritten_image_is_a_missing_image(bench: Bench) -> None:
    assert bench.judge(trigger(), frame=None).verdict is Verdict.MISSING_IMAGE


def test_a_full_queue_refuses(bench: Bench) -> None:
    hold = threading.Event()
    taken = threading.Event()

    def wait(frame: Frame) -> PartResult:
        taken.set()
        hold.wait(20)
        return PartResult(Verdict.FAIL, "")

    bench.look = wait
    assert bench.worker.submit(Task(trigger(seq=1), "cam1", lambda: FRAME))
    assert taken.wait(20)
    for seq in range(QUEUE_SIZE):
        assert bench.worker.submit(Task(trigger(seq=seq + 2), "cam1", lambda: FRAME))
    assert not bench.worker.submit(Task(trigger(seq=999), "cam1", lambda: FRAME))
    bench.clock.advance_ms(1_500)
    assert bench.worker.stuck_ms() == 1_500
    hold.set()


# Records


def test_a_part_that_nobody_saw_has_a_whole_record() -> None:
    fields = part_fields(
        trigger(),
        not_seen(Verdict.MISSING_IMAGE, "no picture", "cam1"),
        model_digest="m",
        recipe_digest="r",
        latency_us=-5,
    )
    assert fields["verdict"] == "MISSING_IMAGE"
    assert fields["latency_us"] == 0
    assert fields["key"] == {"line_boot": KEY.line_boot, "part_seq": 7}
    assert fields["views"] == [
        {
            "camera": "cam1",
            "frame_id": None,
            "t_camera_us": None,
            "image": None,
            "gate": None,
            "verdict": "MISSING_IMAGE",
            "reason": "no picture",
            "detections": [],
        }
    ]
