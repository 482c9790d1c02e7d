# SPDX-License-Identifier: AGPL-3.0-or-later
"""Views of a part: what they give together, in every order in which they may come, and what a missing one does."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.clock import SimulatedClock
from inspector.part import PartKey, Serial, Trigger, Verdict
from inspector.station.judge import Hold, PartResult, View, not_seen
from inspector.station.serials import Reading
from inspector.station.views import NO_PICTURE, ViewCollector, fuse, with_reading, worst_view

CAMERAS = ("top", "side", "under")
VIEW_VERDICTS = tuple(verdict for verdict in Verdict if verdict is not Verdict.BYPASSED)
DEADLINE_MS = 100


def seen(camera: str, verdict: Verdict, serial: str = "") -> PartResult:
    view = View(camera, None, None, None, verdict, f"what {camera} says")
    return PartResult(verdict, f"what {camera} says", (view,), Serial(serial) if serial else None)


def of(*verdicts: Verdict) -> PartResult:
    return fuse({camera: seen(camera, verdict) for camera, verdict in zip(CAMERAS, verdicts, strict=False)})


# What views give together


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ("PASS PASS", "PASS"),
        ("PASS FAIL", "FAIL"),
        ("FAIL MISSING_IMAGE", "FAIL"),
        ("UNTRACKED FAIL", "FAIL"),
        ("PASS MISSING_IMAGE", "NO_DECISION"),
        ("PASS LATE", "NO_DECISION"),
        ("PASS NO_DECISION", "NO_DECISION"),
        ("LATE MISSING_IMAGE", "NO_DECISION"),
        ("MISSING_IMAGE MISSING_IMAGE", "MISSING_IMAGE"),
        ("LATE LATE", "LATE"),
        ("PASS UNTRACKED", "UNTRACKED"),
        ("MISSING_IMAGE UNTRACKED", "UNTRACKED"),
        ("PASS ERROR", "ERROR"),
        ("UNTRACKED ERROR", "ERROR"),
        ("PASS PASS PASS", "PASS"),
        ("PASS PASS MISSING_IMAGE", "NO_DECISION"),
        ("MISSING_IMAGE PASS FAIL", "FAIL"),
    ],
)
def test_table_of_verdicts(verdicts: str, expected: str) -> None:
    for order in permutations(verdicts.split()):
        assert of(*map(Verdict, order)).verdict == expected


@given(st.lists(st.sampled_from(VIEW_VERDICTS), min_size=1, max_size=3))
def test_a_part_passes_only_by_all_of_its_views(verdicts: list[Verdict]) -> None:
    fused = of(*verdicts)
    assert (fused.verdict is Verdict.PASS) == all(verdict is Verdict.PASS for verdict in verdicts)
    assert (fused.verdict is Verdict.FAIL) == (Verdict.FAIL in verdicts)
    assert [view.camera for view in fused.views] == list(CAMERAS[: len(verdicts)])


def test_the_reason_names_the_cameras_the_worst_first() -> None:
    fused = of(Verdict.NO_DECISION, Verdict.PASS, Verdict.FAIL)
    assert fused.reason == "under: what under says; top: what top says"
    worst = worst_view(fused)
    assert worst is not None
    assert worst.camera == "under"


def test_one_camera_speaks_for_itself() -> None:
    alone = seen("top", Verdict.LATE, "S1")
    assert fuse({"top": alone}) is alone
    assert worst_view(PartResult(Verdict.ERROR, "nobody was there")) is None


def test_the_serial_is_that_of_the_camera_that_reads_it() -> None:
    fused = fuse({"top": seen("top", Verdict.PASS), "side": seen("side", Verdict.PASS, "S7-000123")})
    assert fused.serial == Serial("S7-000123")


# All orders of arrival


class Collected:
    """A collector on simulated time, and what it gave."""

    def __init__(self, cameras: tuple[str, ...]) -> None:
        self.clock = SimulatedClock()
        self.given: list[tuple[int, PartResult]] = []
        self.views = ViewCollector(cameras, lambda trigger, result: self.given.append((trigger.plc_count, result)))

    def trigger(self, number: int) -> Trigger:
        now_ns = self.clock.monotonic_ns()
        trigger = Trigger(PartKey("0" * 16, number), number, now_ns, 0, now_ns + DEADLINE_MS * 1_000_000)
        self.views.expect(trigger)
        return trigger


def verdict_rows(cameras: int) -> Iterator[tuple[Verdict, ...]]:
    yield from product((Verdict.PASS, Verdict.FAIL, Verdict.MISSING_IMAGE, Verdict.UNTRACKED), repeat=cameras)


@pytest.mark.parametrize("cameras", [2, 3])
def test_all_orders_of_arrival_with_the_deadline_at_any_moment(cameras: int) -> None:
    """What came before the deadline counts, what came after it does not, and each part is decided exactly once."""
    names = CAMERAS[:cameras]
    for verdicts in verdict_rows(cameras):
        for order in permutations([*range(cameras), None]):
            collected = Collected(names)
            trigger = collected.trigger(1)
            in_time = order[: order.index(None)]
            for step in order:
                if step is None:
                    collected.clock.advance_ms(DEADLINE_MS)
                    collected.views.close_due(collected.clock.monotonic_ns())
                elif collected.views.begin(trigger.key, names[step]):
                    collected.views.add(trigger.key, names[step], seen(names[step], verdicts[step]))
            expected = fuse(
                {
                    name: seen(name, verdicts[index])
                    if index in in_time
                    else not_seen(Verdict.MISSING_IMAGE, NO_PICTURE, name)
                    for index, name in enumerate(names)
                }
            )
            assert collected.given == [(1, expected)]
            assert collected.views.waiting() == frozenset()


@pytest.mark.parametrize("order", list(permutations([(part, camera) for part in (1, 2) for camera in CAMERAS[:2]])))
def test_views_belong_to_their_part_in_whatever_order_they_come(order: tuple[tuple[int, str], ...]) -> None:
    collected = Collected(CAMERAS[:2])
    triggers = {number: collected.trigger(number) for number in (1, 2)}
    for number, camera in order:
        verdict = Verdict.FAIL if (number, camera) == (2, "side") else Verdict.PASS
        collected.views.add(triggers[number].key, camera, seen(camera, verdict))
    assert {number: result.verdict for number, result in collected.given} == {1: Verdict.PASS, 2: Verdict.FAIL}


def test_a_view_that_the_judge_has_is_waited_for_beyond_the_deadline() -> None:
    """Its picture is kept, and its verdict is LATE: the judge says so."""
    collected = Collected(CAMERAS[:2])
    trigger = collected.trigger(1)
    assert collected.views.begin(trigger.key, "top")
    collected.clock.advance_ms(DEADLINE_MS)
    collected.views.close_due(collected.clock.monotonic_ns())
    assert collected.given == []
    collected.views.add(trigger.key, "top", seen("top", Verdict.LATE))
    ((_, result),) = collected.given
    assert (result.verdict, result.reason) == (Verdict.NO_DECISION, f"side: {NO_PICTURE}; top: what top says")


def test_a_view_counts_once() -> None:
    collected = Collected(CAMERAS[:2])
    trigger = collected.trigger(1)
    assert collected.views.begin(trigger.key, "top")
    assert not collected.views.begin(trigger.key, "top"), "the judge has it already"
    collected.views.add(trigger.key, "top", seen("top", Verdict.FAIL))
    collected.views.add(trigger.key, "top", seen("top", Verdict.PASS))
    collected.views.add(trigger.key, "side", seen("side", Verdict.PASS))
    ((_, result),) = collected.given
    assert result.verdict is Verdict.FAIL
    collected.views.add(trigger.key, "side", seen("side", Verdict.PASS))
    assert not collected.views.begin(trigger.key, "side"), "the part is decided"
    assert len(collected.given) == 1


def test_views_that_never_come_back_from_the_judge_are_errors_and_the_others_are_kept() -> None:
    collected = Collected(CAMERAS[:2])
    trigger = collected.trigger(1)
    collected.views.begin(trigger.key, "top")
    collected.views.add(trigger.key, "side", seen("side", Verdict.PASS))
    collected.views.give_up(trigger.key, "no verdict came from the detector")
    ((_, result),) = collected.given
    assert (result.verdict, result.reason) == (Verdict.ERROR, "top: no verdict came from the detector")
    assert [view.verdict for view in result.views] == [Verdict.ERROR, Verdict.PASS]


# Serials from elsewhere


def test_a_part_waits_for_its_serial_as_for_a_view() -> None:
    given: list[PartResult] = []
    views = ViewCollector(("top",), lambda _trigger, result: given.append(result), read_elsewhere=True)
    for number, in_time in ((1, True), (2, False)):
        trigger = Trigger(PartKey("0" * 16, number), number, 0, 0, 100)
        views.expect(trigger)
        views.add(trigger.key, "top", seen("top", Verdict.PASS))
        assert len(given) == number - 1
        if in_time:
            views.add_reading(trigger.key, Reading(Serial("S1", "plc"), None))
        else:
            views.close_due(100)
    assert (given[0].verdict, given[0].serial, given[0].hold) == (Verdict.PASS, Serial("S1", "plc"), Hold.NONE)
    assert (given[1].verdict, given[1].reason, given[1].hold) == (
        Verdict.NO_DECISION,
        "no serial before the deadline",
        Hold.SERIAL,
    )


@given(st.sampled_from(VIEW_VERDICTS))
def test_a_complaint_about_the_serial_never_makes_a_verdict_better(verdict: Verdict) -> None:
    held = with_reading(seen("top", verdict), Reading(None, "not readable"))
    assert held.verdict is (Verdict.NO_DECISION if verdict is Verdict.PASS else verdict)
    assert held.hold is Hold.SERIAL
    assert held.reason.endswith("not readable")
