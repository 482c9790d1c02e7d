# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pairing on simulated time: whatever is lost, doubled, late or mixed up, no part gets another part's picture."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.camera.frame import FrameMeta
from inspector.camera.pairing import MissingImage, Orphan, Paired, Pairing, Result, Untracked
from inspector.errors import ChannelError
from inspector.part import PartKey, Trigger

MS = 1_000_000
WINDOW_MS, TIMEOUT_MS, QUIET_MS = 40, 300, 600


@dataclass(frozen=True)
class Part:
    """What happens to one part.

    Attributes:
        pitch_ms: Distance to the part before.
        fault: "missed": the camera does not expose; "lost": its frame never arrives; "twice": it arrives twice;
            "late": it arrives late; "unannounced": the line does not see the edge; "noise": a second exposure,
            without a part, follows in the middle between this part and the next.
    """

    pitch_ms: int
    fault: str = "ok"
    delay_ms: int = 15
    announce_ms: int = 2


@dataclass
class World:
    """The truth, and what Pairing is told of it."""

    parts: list[Part]
    timestamps: bool = True
    seed: int = 1
    drift_ppm: int = 0
    measured: bool = False
    results: list[Result] = field(default_factory=list)

    def run(self) -> World:
        rng = random.Random(self.seed)
        self.shows: dict[int, int | None] = {}
        events: list[tuple[float, int, Trigger | FrameMeta]] = []
        edge, frame_id, clock = 5_000.0, rng.randrange(1000), rng.randrange(10**9)
        self.clock = clock
        for count, part in enumerate(self.parts, 100):
            edge += part.pitch_ms
            trigger = Trigger(PartKey("ab", count), count, int(edge * MS), 0, 0)
            if part.fault != "unannounced":
                events.append((edge + part.announce_ms, len(events), trigger))
            exposures = [] if part.fault == "missed" else [(edge + 3 + rng.uniform(0, 5), count, part.fault)]
            if part.fault == "noise":
                following = self.parts[count - 99].pitch_ms if count - 99 < len(self.parts) else 400
                exposures.append((edge + following / 2, None, "noise"))
            for taken, shows, fault in exposures:
                frame_id += 1
                for arrived in self.arrivals(taken, fault, part.delay_ms):
                    self.shows[len(self.shows)] = shows
                    stamp = clock + int(taken * (1 + self.drift_ppm * 1e-6) * MS) if self.timestamps else 0
                    name = len(self.shows) - 1
                    frame = FrameMeta("c", 1, 0, name, frame_id, stamp, int(arrived * MS), 4, 4, "Mono8")
                    events.append((arrived, len(events), frame))
        self.feed(sorted(events, key=lambda event: event[:2]))
        return self

    @staticmethod
    def arrivals(taken: float, fault: str, delay_ms: int) -> list[float]:
        usual = taken + min(delay_ms, 25)
        return {"lost": [], "twice": [usual, usual + delay_ms], "late": [taken + delay_ms]}.get(fault, [usual])

    def feed(self, events: list[tuple[float, int, Trigger | FrameMeta]]) -> None:
        pairing = Pairing(WINDOW_MS * MS, TIMEOUT_MS * MS, QUIET_MS * MS)
        now = busy_until = 5_000.0
        self.triggers = [event for _, _, event in events if isinstance(event, Trigger)]
        measured = -1e9
        for at, _, event in events:
            if self.measured and at - measured > 30_000:
                measured = at
                offset_ns = (
                    self.clock + int(at * self.drift_ppm * 1e-6 * MS) + random.Random(self.seed).randrange(9) * MS
                )
                pairing.measured_clock(offset_ns, int(at * MS))
            while now + 10 < at:
                now += 10 if now < busy_until else max(10, at - now - 10)
                self.results += pairing.expire(int(now * MS))
            now, busy_until = at, at + 1000
            take = pairing.on_trigger if isinstance(event, Trigger) else pairing.on_frame
            self.results += take(event, int(now * MS))  # type: ignore[arg-type]
        for _ in range(100):
            now += 10
            self.results += pairing.expire(int(now * MS))

    def of(self, kind: type[Result]) -> list[int]:
        return [r.trigger.plc_count for r in self.results if isinstance(r, kind) and not isinstance(r, Orphan)]

    def check(self) -> None:
        """The promises: never the picture of another part; every trigger and every frame exactly once."""
        for result in self.results:
            if isinstance(result, Paired) and result.frame.sequence is not None:
                assert self.shows[result.frame.sequence] in (result.trigger.plc_count, None), result
        ended = Counter(r.trigger.plc_count for r in self.results if not isinstance(r, Orphan))
        assert ended == Counter(t.plc_count for t in self.triggers)
        frames = Counter(r.frame.sequence for r in self.results if isinstance(r, Paired | Orphan))
        assert frames == Counter(list(self.shows))


def belt(*faults: str, pitch_ms: int = 400) -> list[Part]:
    return [Part(pitch_ms, fault, 350 if fault == "late" else 15) for fault in faults]


@pytest.mark.parametrize("timestamps", [True, False])
@pytest.mark.parametrize("pitch_ms", [100, 400, 3000])
def test_without_disturbances_every_part_gets_its_frame(timestamps: bool, pitch_ms: int) -> None:
    world = World(belt(*["ok"] * 50, pitch_ms=pitch_ms), timestamps).run()
    world.check()
    assert len(world.of(Paired)) == 50


@pytest.mark.parametrize("timestamps", [True, False])
def test_a_lost_frame_costs_one_part(timestamps: bool) -> None:
    world = World(belt("ok", "ok", "lost", "ok", "ok"), timestamps).run()
    world.check()
    assert (world.of(Paired), world.of(MissingImage)) == ([100, 101, 103, 104], [102])


def test_an_edge_that_the_camera_missed_is_noticed_and_the_belt_goes_on() -> None:
    world = World(belt("ok", "ok", "ok", "missed", "ok", "ok", "ok")).run()
    world.check()
    assert world.of(MissingImage) == [103]
    assert world.of(Untracked) == [104]
    assert world.of(Paired) == [100, 101, 102, 105, 106]


def test_without_timestamps_the_belt_has_to_pause_after_a_missed_edge() -> None:
    parts = [*belt("ok", "ok", "missed", "ok", "ok", "ok"), Part(1000), Part(400)]
    world = World(parts, timestamps=False).run()
    world.check()
    assert world.of(Untracked) == [103, 104, 105]
    assert world.of(Paired) == [100, 101, 106, 107]


def test_a_part_that_only_the_camera_saw_leaves_an_orphan_and_nothing_else() -> None:
    world = World(belt("ok", "ok", "unannounced", "ok", "ok")).run()
    world.check()
    assert world.of(Paired) == [100, 101, 103, 104]
    assert sum(isinstance(r, Orphan) for r in world.results) == 1


def test_an_exposure_without_a_part_is_an_orphan_and_the_count_is_found_again() -> None:
    world = World(belt("ok", "ok", "ok", "noise", "ok", "ok", "ok", pitch_ms=2000)).run()
    world.check()
    assert world.of(Paired) == list(range(100, 107))


def test_a_late_first_frame_is_not_the_second_parts() -> None:
    for timestamps in (True, False):
        world = World(belt("late", "ok", "ok", "ok"), timestamps).run()
        world.check()
        assert 100 not in world.of(Paired)


def test_clocks_drift_apart_over_hours() -> None:
    world = World([Part(60_000) for _ in range(240)], drift_ppm=50).run()
    world.check()
    assert len(world.of(Paired)) == 240


def test_a_night_without_parts() -> None:
    world = World([*belt("ok", "ok"), Part(10 * 3_600_000), *belt("ok", "ok")], drift_ppm=50).run()
    world.check()
    assert len(world.of(Paired)) == 5


def test_with_a_measured_clock_a_running_belt_needs_no_pause() -> None:
    parts = belt("missed", "missed", "ok", "ok", "noise", "ok", "missed", "ok", "ok", "ok", pitch_ms=150)
    without, measured = World(parts).run(), World(parts, measured=True).run()
    without.check()
    measured.check()
    assert without.of(Paired) == []
    assert len(measured.of(Paired)) >= 4


def pair_after_pauses(pairing: Pairing, stamped: bool) -> list[bool]:
    """One part every two seconds; its frame 20 ms later. Which of them were paired?"""
    paired = []
    for count in range(1, 12):
        edge, results = count * 2000, []
        results += pairing.on_trigger(trigger_at(count, edge), edge * MS)
        stamp = (edge + 5) * MS if stamped else 0
        frame = FrameMeta("c", 1, 0, count, count, stamp, (edge + 20) * MS, 4, 4, "Mono8")
        results += pairing.on_frame(frame, (edge + 20) * MS)
        for later in range(30, 800, 10):
            results += pairing.expire((edge + later) * MS)
        paired.append(any(isinstance(result, Paired) for result in results))
    return paired


def test_a_measured_clock_that_is_not_that_of_the_frames_is_given_up() -> None:
    pairing = Pairing(WINDOW_MS * MS, TIMEOUT_MS * MS, QUIET_MS * MS)
    pairing.measured_clock(77_000 * MS, 0)
    paired = pair_after_pauses(pairing, stamped=True)
    assert paired == sorted(paired) and sum(paired) >= 5


def test_a_hold_up_of_our_own_casts_no_doubt_on_the_clock() -> None:
    """All that came in three seconds is heard at once, frames first: the belt goes on, and so do we."""
    pairing = Pairing(WINDOW_MS * MS, TIMEOUT_MS * MS, QUIET_MS * MS)
    pairing.measured_clock(0, 0)
    edges = {count: count * 200 for count in range(1, 60)}
    paired = set()
    for count, edge in edges.items():
        now = max(edge, 5_000) if 2_000 < edge <= 5_000 else edge
        results = []
        if now == 5_000 and edge < 5_000:
            results += pairing.on_frame(frame_at(count, edge + 15), now * MS)
        elif edge == 5_000:
            results += pairing.on_frame(frame_at(count, edge), now * MS)
            for late in [number for number, at in edges.items() if 2_000 < at <= 5_000]:
                results += pairing.on_trigger(trigger_at(late, edges[late]), now * MS)
        else:
            results += pairing.on_trigger(trigger_at(count, edge), edge * MS)
            results += pairing.on_frame(frame_at(count, edge + 15), (edge + 15) * MS)
            for later in range(20, 200, 10):
                results += pairing.expire((edge + later) * MS)
        paired |= {result.trigger.plc_count for result in results if isinstance(result, Paired)}
    assert {count for count, edge in edges.items() if not 2_000 < edge <= 5_000} <= paired


@given(pitch_ms=st.integers(30, 2 * WINDOW_MS), announce_ms=st.integers(0, 35), seed=st.integers(0, 99))
def test_of_two_parts_too_close_none_gets_the_picture_of_the_other(pitch_ms: int, announce_ms: int, seed: int) -> None:
    """The camera missed the first of the two, and the second is heard of only after its frame has come."""
    close = [Part(200, "missed"), Part(pitch_ms, delay_ms=1, announce_ms=announce_ms)]
    world = World([Part(200) for _ in range(5)] + close + [Part(200) for _ in range(5)], seed=seed).run()
    world.check()
    assert len(world.of(Paired)) == 10


def test_a_measured_clock_is_of_no_use_without_timestamps_on_the_frames() -> None:
    pairing = Pairing(WINDOW_MS * MS, TIMEOUT_MS * MS, QUIET_MS * MS)
    pairing.measured_clock(77_000 * MS, 0)
    assert all(pair_after_pauses(pairing, stamped=False))


BAD_TIMES = st.lists(
    st.builds(
        Part,
        st.sampled_from([15, 20, 60, 100, 150, 400]),
        st.sampled_from(["ok", "lost", "missed", "twice", "late", "unannounced", "noise"]),
        st.integers(1, 590),
        st.integers(0, 39),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(BAD_TIMES, st.integers(100, 400), st.integers(0, 99))
def test_a_running_belt_is_found_again_after_any_bad_time(parts: list[Part], pitch_ms: int, seed: int) -> None:
    """Whatever happened, and without a pause: once the disturbances end, parts are paired again, and stay so."""
    calm = 25_000 // pitch_ms + 60  # a measured clock that was left aside is tried again after 20 s
    world = World([*parts, *belt(*["ok"] * calm, pitch_ms=pitch_ms)], seed=seed, measured=True).run()
    last = range(100 + len(parts) + calm - 30, 100 + len(parts) + calm)
    assert set(last) <= set(world.of(Paired))


FAULTS = st.sampled_from(["ok"] * 6 + ["lost", "missed", "twice", "late", "unannounced", "noise"])
PART = st.builds(Part, st.integers(100, 900), FAULTS, st.integers(1, 590), st.integers(0, WINDOW_MS - 1))
CAMERA_ONLY = ("unannounced", "noise")
STEADY = st.integers(100, 700).flatmap(
    lambda pitch: st.lists(st.builds(Part, st.just(pitch), FAULTS, st.integers(1, 590), st.integers(0, 39)))
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.lists(PART, max_size=40), STEADY), st.booleans(), st.integers(0, 99), st.integers(-50, 50))
def test_no_part_ever_gets_the_picture_of_another(
    parts: list[Part], timestamps: bool, seed: int, drift_ppm: int
) -> None:
    World(single_faults(parts), timestamps, seed, drift_ppm).run().check()


def single_faults(parts: list[Part]) -> list[Part]:
    """Mend a part that has no frame in time where an exposure without a part follows: see what Pairing assumes."""
    kept: list[Part] = []
    for part, follower in zip(parts, [*parts[1:], Part(400)], strict=False):
        frameless = part.fault in ("lost", "missed", "late", "unannounced")
        kept.append(Part(part.pitch_ms) if frameless and follower.fault in CAMERA_ONLY else part)
    return kept


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(PART, max_size=40), STEADY), st.integers(0, 99), st.integers(-50, 50))
def test_with_a_known_clock_faults_may_come_in_any_combination(parts: list[Part], seed: int, drift_ppm: int) -> None:
    World([Part(400), Part(400), Part(400), *parts], True, seed, drift_ppm).run().check()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(PART, max_size=40), STEADY), st.integers(0, 99), st.integers(-50, 50))
def test_with_a_measured_clock_faults_may_come_from_the_first_part_on(
    parts: list[Part], seed: int, drift_ppm: int
) -> None:
    World(parts, True, seed, drift_ppm, measured=True).run().check()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 8), st.tuples(st.integers(0, 8), st.integers(0, 500))), max_size=40))
def test_each_trigger_ends_once_whatever_is_announced(events: list[int | tuple[int, int]]) -> None:
    pairing = Pairing(WINDOW_MS * MS, TIMEOUT_MS * MS)
    results: list[Result] = []
    keys: set[PartKey] = set()
    for step, event in enumerate(events, 1):
        now = step * 50 * MS
        if isinstance(event, int):
            trigger = Trigger(PartKey("ab", event), event, now, 0, 0, live=step % 5 != 0)
            keys.add(trigger.key)
            results += pairing.on_trigger(trigger, now)
        else:
            frame = FrameMeta("c", 1, 0, step, event[0], event[1] * MS, now, 4, 4, "Mono8")
            results += pairing.on_frame(frame, now)
        results += pairing.expire(now)
    results += pairing.expire(10**12)
    results += pairing.reset("end of the test")
    ended = Counter(r.trigger.key for r in results if not isinstance(r, Orphan))
    assert ended == Counter(keys)
    assert sum(isinstance(r, Paired | Orphan) for r in results) == sum(isinstance(e, tuple) for e in events)


def trigger_at(count: int, ms: float, live: bool = True) -> Trigger:
    return Trigger(PartKey("ab", count), count, int(ms * MS), 0, 0, live)


def frame_at(frame_id: int, ms: float) -> FrameMeta:
    return FrameMeta("c", 1, 0, frame_id + 1, frame_id, int(ms * MS), int(ms * MS), 4, 4, "Mono8")


def test_a_new_camera_process_starts_from_nothing() -> None:
    pairing = Pairing(WINDOW_MS * MS, TIMEOUT_MS * MS)
    pairing.on_trigger(trigger_at(1, 1000), 1000 * MS)
    assert pairing.reset("the camera was lost") == [MissingImage(trigger_at(1, 1000), "the camera was lost")]
    pairing.on_trigger(trigger_at(2, 1200), 1200 * MS)
    assert pairing.on_frame(frame_at(0, 1210), 1210 * MS) == []
    assert pairing.expire(1260 * MS) == [Paired(trigger_at(2, 1200), frame_at(0, 1210))]


def test_a_trigger_that_is_announced_again_is_never_paired() -> None:
    pairing = Pairing(WINDOW_MS * MS, TIMEOUT_MS * MS)
    (result,) = pairing.on_trigger(trigger_at(1, 1000, live=False), 1000 * MS)
    assert isinstance(result, Untracked)
    assert pairing.on_trigger(trigger_at(1, 1000), 1000 * MS) == []


def test_ready_waits_for_the_pause() -> None:
    pairing = Pairing(WINDOW_MS * MS, TIMEOUT_MS * MS, QUIET_MS * MS)
    assert pairing.synchronised(0)
    pairing.on_trigger(trigger_at(1, 1000), 1000 * MS)
    pairing.on_trigger(trigger_at(2, 1200), 1200 * MS)
    assert pairing.contradictions == 1
    assert not pairing.synchronised(1300 * MS)
    assert pairing.synchronised(1900 * MS)


def test_frame_messages_are_read_back_and_garbage_is_refused() -> None:
    frame = frame_at(3, 5)
    assert FrameMeta.from_message(frame.to_message()) == frame
    assert frame.shape == (4, 4)
    for broken in ({"frame_id": "3"}, {"width": -1}, {"bad": 1}, {"slot": True}, {"camera": None}):
        with pytest.raises(ChannelError):
            FrameMeta.from_message(frame.to_message() | broken)


def test_a_part_of_a_former_start_of_the_computer_does_not_hold_up_the_next_ones() -> None:
    """Its edge time is of a clock that began anew since, perhaps weeks ahead."""
    pairing = Pairing(WINDOW_MS * MS, TIMEOUT_MS * MS)
    old = Trigger(PartKey("aa", 1), 7, 10**15, 0, 0, live=False)
    assert pairing.on_trigger(old, 5_000 * MS) == [
        Untracked(old, "announced again after the computer had started anew")
    ]
    assert pairing.synchronised(6_000 * MS)
    new = Trigger(PartKey("ab", 1), 8, 6_000 * MS, 0, 0)
    assert pairing.on_trigger(new, 6_002 * MS) == []
