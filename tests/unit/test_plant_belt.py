# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated belt on simulated time: the gate opens for a held grant only, and the oracle tells the truth."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.clock import SimulatedClock
from inspector.config import PlantSettings
from inspector.errors import ConfigError
from inspector.line.plant.belt import Belt, EdgeHappened, LaneReached
from inspector.line.plant.feed import NO_GAP_NS, Disturbance, Feed, disturbances_of
from inspector.line.plant.scenes import PlantScene
from inspector.line.plant.state import FILE as STATE_FILE
from inspector.line.plant.state import PlantState, for_run, read_state
from inspector.line.plant.truth import FILE, TruthLog, read_truth
from inspector.part import Confirmed

SCENES = 5


class Bench:
    """A belt, its clock and what it did."""

    def __init__(self, **changes: object) -> None:
        values: dict[str, object] = {"images": "images", "rate_ppm": 120, **changes}
        self.settings = PlantSettings.model_validate(values)
        self.clock = SimulatedClock()
        feed = Feed(self.settings.seed, SCENES, self.settings.rate_ppm, self.settings.faults)
        self.belt = Belt(self.settings, self.clock, feed)
        self.edges: list[EdgeHappened] = []
        self.lanes: list[LaneReached] = []

    def step(self) -> None:
        for event in self.belt.step():
            if isinstance(event, EdgeHappened):
                self.edges.append(event)
            else:
                self.lanes.append(event)

    def wait(self, ms: float, ready: bool | None = True, grant: bool = False) -> None:
        """Let time pass; the line beats every 50 ms unless `ready` is None."""
        end = self.clock.monotonic_ns() + int(ms * 1e6)
        while self.clock.monotonic_ns() < end:
            if ready is not None:
                self.belt.heartbeat(ready)
            self.step()
            if grant:
                for edge in self.edges:
                    self.belt.grant(edge.plc_count)
            until = min(self.belt.next_ns(), self.clock.monotonic_ns() + 50_000_000, end)
            self.clock.advance_ms(max(0.001, (until - self.clock.monotonic_ns()) / 1e6))
        self.step()


def test_only_the_named_disturbances_happen() -> None:
    feed = Feed(3, SCENES, 120, 500, kinds=disturbances_of(["bounce", "dark"]))
    seen = {feed.next().disturbance for _ in range(200)}
    assert seen == {None, Disturbance.BOUNCE, Disturbance.DARK}
    assert disturbances_of([]) == list(Disturbance)
    with pytest.raises(ConfigError, match="there is no 'dust'"):
        disturbances_of(["dark", "dust"])


def test_without_a_grant_every_part_is_rejected() -> None:
    bench = Bench(parts=4)
    bench.wait(5_000)
    assert [lane.lane for lane in bench.lanes] == [Confirmed.REJECT_LANE] * 4
    assert [lane.plc_count for lane in bench.lanes] == [1, 2, 3, 4]
    assert bench.belt.finished


@pytest.mark.parametrize("held_up_ms", [1, 100, 450, 900])
def test_a_plant_that_was_held_up_lets_no_two_parts_come_closer(held_up_ms: int) -> None:
    bench = Bench(parts=6)
    bench.wait(1_200)
    bench.clock.advance_ms(held_up_ms)
    bench.wait(5_000)
    times = [edge.t_ns for edge in bench.edges]
    assert len(times) == 6
    assert min(after - before for before, after in itertools.pairwise(times)) >= 440_000_000


def test_a_grant_opens_the_gate_for_its_part_only() -> None:
    bench = Bench(parts=3)
    bench.wait(1_200)
    bench.belt.grant(2)
    bench.belt.grant(99)
    bench.wait(4_000)
    assert [lane.lane for lane in bench.lanes] == [
        Confirmed.REJECT_LANE,
        Confirmed.GOOD_LANE,
        Confirmed.REJECT_LANE,
    ]
    assert [lane.grant_seen for lane in bench.lanes] == [False, True, False]


def test_a_grant_after_the_gate_is_too_late() -> None:
    bench = Bench(parts=1)
    bench.wait(0.01)
    bench.wait(bench.settings.decide_at_ms + 1)
    bench.belt.grant(1)
    bench.wait(1_000)
    assert [(lane.lane, lane.grant_seen) for lane in bench.lanes] == [(Confirmed.REJECT_LANE, False)]


def test_a_silent_line_loses_its_grants_and_ready() -> None:
    bench = Bench(parts=1, decide_at_ms=2_000, confirm_at_ms=2_500)
    bench.wait(100)
    bench.belt.grant(1)
    assert bench.belt.ready
    bench.wait(bench.settings.watchdog_ms + 100, ready=None)
    assert bench.belt.watchdog_tripped
    assert not bench.belt.ready
    bench.wait(3_000)
    assert not bench.belt.watchdog_tripped
    assert [(lane.lane, lane.grant_seen) for lane in bench.lanes] == [(Confirmed.REJECT_LANE, True)]


def test_outputs_are_safe_before_the_first_heartbeat() -> None:
    bench = Bench(feed="always", parts=1)
    bench.wait(100, ready=None)
    bench.belt.grant(1)
    bench.wait(2_000, ready=None)
    assert [lane.lane for lane in bench.lanes] == [Confirmed.REJECT_LANE]


def test_the_belt_waits_for_ready_unless_told_not_to() -> None:
    waiting, running = Bench(), Bench(feed="always")
    waiting.wait(3_000, ready=False)
    running.wait(3_000, ready=False)
    assert waiting.edges == []
    assert len(running.edges) >= 5
    waiting.wait(3_000, ready=True)
    assert len(waiting.edges) >= 5


def test_a_loop_that_was_held_up_feeds_no_burst() -> None:
    bench = Bench(feed="always")
    bench.wait(100)
    bench.clock.advance_ms(60_000)
    before = len(bench.edges)
    bench.wait(100)
    assert len(bench.edges) <= before + 2


def test_a_bounce_counts_twice_and_moves_one_part() -> None:
    bench = Bench(parts=200, faults=1000, rate_ppm=600)
    bench.wait(40_000)
    bounced = [edge.plc_count for edge in bench.edges if edge.item is None]
    assert bounced
    assert [edge.plc_count for edge in bench.edges] == list(range(1, len(bench.edges) + 1))
    assert {lane.plc_count for lane in bench.lanes} == {edge.plc_count for edge in bench.edges} - set(bounced)
    close = [edge.item.gap_ns for edge in bench.edges if edge.item and edge.item.disturbance is Disturbance.NO_GAP]
    assert close
    assert set(close) == {NO_GAP_NS}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["beat", "unready", "silence", "grant", "late grant"]), st.integers(0, 6)),
        max_size=40,
    )
)
def test_the_good_lane_needs_a_grant_that_came_before_the_gate(steps: list[tuple[str, int]]) -> None:
    bench = Bench(feed="always", rate_ppm=300)
    granted: dict[int, int] = {}
    for name, number in steps:
        if name in ("beat", "unready"):
            bench.wait(100 * number, ready=name == "beat")
        elif name == "silence":
            bench.wait(400 * number, ready=None)
        else:
            plc_count = max(0, bench.belt.plc_count - number)
            bench.step()
            bench.belt.grant(plc_count)
            granted.setdefault(plc_count, bench.clock.monotonic_ns())
    bench.wait(2_000)
    edges = {edge.plc_count: edge.t_ns for edge in bench.edges}
    for lane in bench.lanes:
        if lane.lane is Confirmed.GOOD_LANE:
            travel_ns = granted[lane.plc_count] - edges[lane.plc_count]
            assert travel_ns <= bench.settings.decide_at_ms * 1_000_000


def test_the_feed_is_the_same_for_the_same_seed_and_goes_on_where_it_was() -> None:
    first, second = Feed(3, SCENES, 120, 200), Feed(3, SCENES, 120, 200, skip=7)
    row = [first.next() for _ in range(40)]
    assert [second.next() for _ in range(33)] == row[7:]
    other = Feed(4, SCENES, 120, 200)
    assert [other.next() for _ in range(40)] != row


def test_each_round_shows_every_picture_once() -> None:
    feed = Feed(1, SCENES, 120, 0)
    for _ in range(4):
        assert sorted(feed.next().scene for _ in range(SCENES)) == list(range(SCENES))


def test_no_picture_comes_twice_in_a_row() -> None:
    feed = Feed(1, 3, 120, 0)
    scenes = [feed.next().scene for _ in range(300)]
    assert all(scene != following for scene, following in itertools.pairwise(scenes))


def test_the_truth_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    assert read_truth(tmp_path) == []
    scenes = [PlantScene(f"part-{n}.png", "good" if n else "bad") for n in range(SCENES)]
    log = TruthLog(tmp_path / FILE, scenes)
    bench = Bench(parts=6, faults=400)
    bench.wait(5_000, grant=True)
    for event in [*bench.edges, *bench.lanes]:
        log.write(event)
    log.close()
    truth = {part.plc_count: part for part in read_truth(tmp_path)}
    assert sorted(truth) == [edge.plc_count for edge in bench.edges]
    for edge in bench.edges:
        found = truth[edge.plc_count]
        assert found.t_edge_ns == edge.t_ns
        assert (found.image == "") == (edge.item is None)
        assert found.lane == ("" if edge.item is None else "good")


def test_counts_go_on_over_runs_and_fed_parts_do_not(tmp_path: Path) -> None:
    assert read_state(tmp_path) == PlantState(run="")
    PlantState("run-1", plc_count=9, fed=9, finished=True).save(tmp_path)
    found = read_state(tmp_path)
    assert for_run(found, "run-1") == found
    assert for_run(found, "run-2") == PlantState("run-2", plc_count=9)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"plc": 1}', b"\xff"])
def test_a_broken_state_is_an_error_not_a_count_from_zero(tmp_path: Path, content: bytes) -> None:
    (tmp_path / STATE_FILE).write_bytes(content)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_state(tmp_path)


def test_the_truth_log_is_one_json_object_a_line(tmp_path: Path) -> None:
    log = TruthLog(tmp_path / FILE, [PlantScene("a.png", "good")])
    log.write(LaneReached(1, 5, Confirmed.GOOD_LANE, grant_seen=True))
    log.close()
    (line,) = (tmp_path / FILE).read_text("utf-8").splitlines()
    assert json.loads(line) == {"plc_count": 1, "t_ns": 5, "event": "lane", "lane": "good", "grant_seen": True}
