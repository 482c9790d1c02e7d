# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bouncing levels become parts, wrapping counters become travel, whatever the order and the spacing."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.config import TrackingSettings
from inspector.line.encoder import (
    BELT_BACKWARDS,
    BELT_TOO_FAST,
    ENCODER_JUMPED,
    ENCODER_MISSING,
    ENCODER_STALLED,
    BeltPosition,
    CounterUnwrap,
)
from inspector.line.part_filter import Debouncer, PartBegan, PartEnded, PartEvent, PartFilter, PartTooLong, Switched

MS = 1_000_000
SETTINGS = TrackingSettings(on_delay_ms=2, off_delay_ms=3, min_length_mm=5, min_gap_mm=4, max_length_mm=50)


def readings(levels: list[tuple[int, bool]], until_ms: int, every_ms: int = 1) -> list[tuple[int, bool]]:
    """Changes of a level, given in us, and the level again at each scan."""
    times = sorted({t for t, _ in levels} | set(range(0, until_ms * 1000, every_ms * 1000)))
    level, found = False, []
    changes = dict(levels)
    for t_us in times:
        level = changes.get(t_us, level)
        found.append((t_us * 1000, level))
    return found


@given(st.lists(st.integers(1, 1_999), max_size=12), st.booleans())
def test_any_bouncing_shorter_than_the_delay_is_one_edge_at_its_end(bounces_us: list[int], rising: bool) -> None:
    debouncer = Debouncer(2.0, 2.0, level=not rising)
    t_us, level, changes = 10_000, not rising, []
    for pause_us in bounces_us:
        level = not level
        changes.append((t_us, level))
        t_us += pause_us
    if level is not rising:
        changes.append((t_us, rising))
    last_us = changes[-1][0]
    level = not rising
    switched = []
    at = dict(changes)
    for t in sorted({*at, *range(0, 60_000, 1_000)}):
        level = at.get(t, level)
        if (change := debouncer.read(t * 1000, level, t / 1000)) is not None:
            switched.append(change)
    assert switched == [Switched(rising, last_us * 1000, last_us / 1000)]
    assert debouncer.level is rising


def test_a_level_holds_from_one_reading_to_the_next() -> None:
    debouncer = Debouncer(2.0, 2.0)
    assert debouncer.read(0, True, 0.0) is None
    assert debouncer.read(10 * MS, False, 1.0) == Switched(True, 0, 0.0)
    assert debouncer.read(20 * MS, False, 2.0) == Switched(False, 10 * MS, 1.0)


def run_filter(levels: list[tuple[int, bool]], mm_per_s: float = 100.0, until_ms: int = 3_000) -> list[PartEvent]:
    part_filter = PartFilter(SETTINGS)
    found: list[PartEvent] = []
    for t_ns, level in readings(levels, until_ms):
        found += part_filter.read(t_ns, level, t_ns / 1e9 * mm_per_s)
    return found


def test_a_part_begins_at_its_leading_edge_and_ends_with_its_length() -> None:
    events = run_filter([(100_000, True), (400_000, False)])
    assert events == [PartBegan(100 * MS, 10.0), PartEnded(pytest.approx(30.0))]


def test_a_hole_is_no_second_part_and_a_crumb_is_none_at_all() -> None:
    holed = run_filter([(100_000, True), (200_000, False), (230_000, True), (400_000, False)])
    assert [type(event) for event in holed] == [PartBegan, PartEnded]
    assert run_filter([(100_000, True), (140_000, False)]) == []


def test_two_parts_without_a_gap_are_one_that_is_too_long() -> None:
    events = run_filter([(100_000, True), (500_000, False), (520_000, True), (900_000, False)])
    assert [type(event) for event in events] == [PartBegan, PartTooLong, PartEnded]


def test_a_part_at_the_start_is_none_and_what_covers_the_sensor_for_ever_is_told_once() -> None:
    events = run_filter([(0, True)])
    assert events == [PartTooLong()]


def test_on_a_standing_belt_a_hand_before_the_sensor_is_no_part() -> None:
    part_filter = PartFilter(SETTINGS)
    found = [
        event
        for t_ms in range(1000)
        for event in part_filter.read(t_ms * MS, t_ms // 100 % 2 == 1, 7.0 if t_ms < 900 else 7.0 + (t_ms - 900))
    ]
    assert [event for event in found if isinstance(event, PartBegan)] == [PartBegan(900 * MS, 7.0)]


@given(
    st.lists(st.tuples(st.integers(6_000, 45_000), st.integers(5_000, 90_000)), max_size=8),
    st.integers(1, 7),
    st.lists(st.integers(1, 1_900), max_size=3),
)
def test_every_part_that_is_one_is_found_once(
    parts_um: list[tuple[int, int]], scan_ms: int, bounces_us: list[int]
) -> None:
    """Lengths and gaps above the least, with a bounce at each leading edge, read every few milliseconds."""
    speed_um_ms = 100
    t_us, changes = 10_000, []
    for length_um, gap_um in parts_um:
        for bounce_us in bounces_us:
            changes += [(t_us, True), (t_us + bounce_us, False)]
            t_us += 2 * bounce_us
        changes.append((t_us, True))
        t_us += length_um * 1000 // speed_um_ms
        changes.append((t_us, False))
        t_us += gap_um * 1000 // speed_um_ms + 10_000
    part_filter, found = PartFilter(SETTINGS), []
    for t_ns, level in readings(changes, t_us // 1000 + 200, scan_ms):
        found += part_filter.read(t_ns, level, t_ns / 1e6 * speed_um_ms / 1000)
    assert sum(isinstance(event, PartBegan) for event in found) == len(parts_um)
    assert sum(isinstance(event, PartEnded) for event in found) == len(parts_um)


@given(st.sampled_from([8, 16, 32]), st.data())
def test_a_counter_that_wraps_is_unwrapped_while_steps_are_below_half_its_range(bits: int, data: st.DataObject) -> None:
    half = 1 << (bits - 1)
    true = data.draw(st.integers(0, (1 << bits) - 1))
    steps = data.draw(st.lists(st.integers(1 - half, half - 1), max_size=30))
    unwrap = CounterUnwrap(bits)
    assert unwrap.step(true % (1 << bits)) == 0
    for step in steps:
        true += step
        assert unwrap.step(true % (1 << bits)) == step


class Encoder:
    """Readings of an encoder every 10 ms."""

    def __init__(self, **changes: object) -> None:
        self.settings = TrackingSettings.model_validate({"encoder_bits": 16, "mm_per_count": 0.1, **changes})
        self.belt = BeltPosition(self.settings)
        self.t_ns = 0
        self.counts = 65_000

    def run(self, ms: int, mm_s: float, running: bool | None = True, lost: bool = False) -> list[str]:
        """Move for a while; why what lies on the belt has to be purged."""
        reasons = []
        start = self.counts
        for step in range(ms // 10):
            self.t_ns += 10 * MS
            self.counts = start + round((step + 1) * mm_s / 10)
            count = None if lost else self.counts % 65_536
            if reason := self.belt.update(self.t_ns, count, running):
                reasons.append(reason)
        return reasons


def test_travel_goes_on_over_the_rollover_and_back() -> None:
    encoder = Encoder()
    encoder.run(10, 0)
    assert encoder.run(3_000, 100) == []
    assert encoder.belt.mm == pytest.approx(300, abs=1)
    assert encoder.run(100, -100) == []
    assert encoder.belt.repeating
    assert encoder.belt.mm == pytest.approx(290, abs=1)
    encoder.run(150, 100)
    assert not encoder.belt.repeating
    assert encoder.belt.fault is None


def test_what_an_encoder_can_have_is_named_and_goes_by_itself_or_stays() -> None:
    encoder = Encoder()
    encoder.run(100, 100)
    assert encoder.run(600, 0) == ["the belt runs and its encoder does not count"]
    assert encoder.belt.fault is ENCODER_STALLED
    assert encoder.run(600, 0, running=False) == []
    assert encoder.run(50, 100) == []
    assert encoder.belt.fault is None
    assert encoder.run(20, 0, lost=True) == ["the encoder is not read"]
    assert encoder.belt.fault is ENCODER_MISSING
    assert encoder.run(300, 100) == []
    assert encoder.belt.fault is None
    assert encoder.run(500, -100) == ["the belt was moved back too far"]
    assert encoder.belt.fault is BELT_BACKWARDS
    assert encoder.run(600, 100) == []
    assert encoder.belt.fault is None
    encoder.run(600, 130)
    assert encoder.belt.fault is BELT_TOO_FAST
    encoder.run(600, 90)
    assert encoder.belt.fault is None
    encoder.counts += 4_000
    assert encoder.run(20, 100) == ["the encoder jumped"]
    encoder.run(500, 100)
    assert encoder.belt.fault is ENCODER_JUMPED
    encoder.belt.reset()
    assert encoder.run(500, 100) == []
    assert encoder.belt.fault is None


def test_an_encoder_that_has_lost_a_channel_stalls_though_it_counts() -> None:
    encoder = Encoder()
    encoder.run(300, 100)
    base = encoder.counts
    reasons = []
    for number in range(100):
        encoder.t_ns += 10 * MS
        reasons.append(encoder.belt.update(encoder.t_ns, (base + number % 2) % 65_536, True))
    assert [reason for reason in reasons if reason] == ["the belt runs and its encoder does not count"]


def test_without_an_encoder_any_stop_purges() -> None:
    encoder = Encoder(encoder_bits=0)
    assert encoder.run(1_000, 0, lost=True) == []
    assert encoder.belt.mm == pytest.approx(99, abs=1.1)
    assert encoder.run(1_000, 0, running=False, lost=True) == ["the belt stopped, and it has no encoder"]
    assert encoder.run(1_000, 0, lost=True) == []
    assert encoder.belt.mm == pytest.approx(199, abs=2.1)


@given(st.lists(st.integers(-40, 60), min_size=1, max_size=40))
def test_the_furthest_place_is_never_behind_the_place(steps: list[int]) -> None:
    encoder = Encoder(reverse_tolerance_mm=1_000, speed_mm_s=10_000)
    furthest = 0.0
    for before, after in itertools.pairwise([0, *itertools.accumulate(steps)]):
        encoder.run(10, (after - before) * 10)
        furthest = max(furthest, encoder.belt.mm)
        assert encoder.belt.furthest_mm == furthest
        assert encoder.belt.repeating == (encoder.belt.mm < furthest)
