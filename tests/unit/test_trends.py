# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trends against a plain reading of all records, and the chart against figures worked out by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.store.queries.p_chart import RUN, chart
from inspector.store.queries.p_prime import ENOUGH_SUBGROUPS, Subgroup
from inspector.store.queries.reader import LAST, AuditReader
from inspector.store.queries.trends import CELLS, HOUR_S, TrendQuery, positions_of, trend_of
from tests.audit_station import START_US, build
from tests.store_station import check_chain

START_S = START_US // 1_000_000
LOTS = {1: "L-1", 2: "L-2", 3: "L-1"}
LET_THROUGH = ("PASS", "BYPASSED")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trends")
    build(path)
    return path


@pytest.fixture(scope="module")
def parts(history: Path) -> list[dict[str, Any]]:
    return [one for one in check_chain(history) if one["type"] == "part" and one["purpose"] == "production"]


def fits(one: dict[str, Any], asked: TrendQuery) -> bool:
    return asked.from_s <= one["t_us"] // 1_000_000 <= asked.to_s and asked.lot in (None, LOTS[one["shift"]])


def classes_of(one: dict[str, Any]) -> set[str]:
    return {found["class"] for view in one["views"] for found in view["detections"]}


MOMENTS = st.integers(START_S - 3, START_S + 3 * 86_400)
ASKED = st.builds(
    TrendQuery,
    lot=st.none() | st.sampled_from(["L-1", "L-2", "L-3"]),
    from_s=st.just(0) | MOMENTS,
    to_s=st.just(LAST) | MOMENTS,
)
STORED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(asked=ASKED, by=st.sampled_from(["hour", "shift"]), piece=st.integers(1, 300))
@STORED
def test_counts_are_those_of_the_records(
    history: Path, parts: list[dict[str, Any]], asked: TrendQuery, by: Any, piece: int
) -> None:
    with AuditReader(history) as reader:
        trend = trend_of(reader, asked, by, piece=piece)
    wanted = [one for one in parts if fits(one, asked)]
    counts: dict[int, Counter[str]] = {}
    for one in wanted:
        key = one["shift"] if by == "shift" else one["t_us"] // 1_000_000 // HOUR_S * HOUR_S
        counts.setdefault(key, Counter())[one["verdict"]] += 1
    told = {one.shift if by == "shift" else one.start_s: Counter(one.verdicts) for one in trend.buckets}
    assert told == counts
    rejects = [one for one in wanted if one["verdict"] not in LET_THROUGH]
    assert trend.classes == Counter(name for one in rejects for name in classes_of(one))
    assert trend.complete


def test_the_bound_leaves_out_the_oldest_and_says_so(history: Path, parts: list[dict[str, Any]]) -> None:
    with AuditReader(history) as reader:
        trend = trend_of(reader, TrendQuery(), "shift", most_parts=1, piece=10)
        late = trend_of(reader, TrendQuery(), "shift", within_s=-1.0)
    assert not trend.complete
    assert [one.shift for one in trend.buckets] == [3]
    assert (late.buckets, late.complete) == ((), False)


def test_bypassed_parts_are_in_neither_figure(history: Path) -> None:
    with AuditReader(history) as reader:
        first = trend_of(reader, TrendQuery(), "shift").buckets[0]
    assert first.verdicts["BYPASSED"] == 3
    assert first.inspected == sum(first.verdicts.values()) - 3
    assert first.rejected == first.verdicts["FAIL"] + first.verdicts["NO_DECISION"]


@given(asked=ASKED, defect=st.none() | st.sampled_from(["scratch", "dent", "rust"]), piece=st.integers(1, 300))
@STORED
def test_positions_are_those_of_the_rejects(
    history: Path, parts: list[dict[str, Any]], asked: TrendQuery, defect: str | None, piece: int
) -> None:
    with AuditReader(history) as reader:
        found = positions_of(reader, asked, defect, piece=piece)
    rejects = [one for one in parts if fits(one, asked) and one["verdict"] not in LET_THROUGH]
    if defect is not None:
        rejects = [one for one in rejects if defect in classes_of(one)]
    views = [view for one in rejects for view in one["views"] if view["image"] and view["verdict"] != "PASS"]
    boxes = [box for view in views for box in view["detections"] if defect in (None, box["class"])]
    assert found.parts == len(rejects) and found.complete
    assert sum(one.findings for one in found.maps) == len(boxes)
    for one in found.maps:
        assert sum(map(sum, one.cells)) == one.findings
        # All boxes of this history go from 0 to 10 px.
        size = next(view["image"] for view in views)
        assert one.cells[5 * CELLS // size["height"]][5 * CELLS // size["width"]] == one.findings


def test_only_so_many_rejects_are_read(history: Path) -> None:
    with AuditReader(history) as reader:
        found = positions_of(reader, TrendQuery(), most=2)
    assert (found.parts, found.complete) == (2, False)


# The chart


def test_there_is_no_chart_of_few_hours() -> None:
    normal, points = chart([Subgroup(1000, 10)] * (ENOUGH_SUBGROUPS - 1))
    assert normal is None
    assert {(one.low, one.high, one.beyond, one.run) for one in points} == {(None, None, None, False)}


def test_a_point_beyond_the_limits_is_marked() -> None:
    # 24 hours of 10,000 parts that go 90, 110, ...: mean rate 0.01, and one hour with 200, and one with none.
    hours = [Subgroup(10_000, 90 if number % 2 else 110) for number in range(24)]
    normal, points = chart([*hours, Subgroup(10_000, 200), Subgroup(10_000, 0)])
    assert normal is not None
    assert [one.beyond for one in points[-2:]] == ["above", "below"]
    assert {one.beyond for one in points[:-2]} == {None}
    # |z| of neighbours differs by 20 parts over sqrt(10000 p (1 - p)); 23 such ranges, one of 110, one of 200.
    mean = (12 * 90 + 12 * 110 + 200) / 260_000
    sigma = (10_000 * mean * (1 - mean)) ** 0.5
    assert normal.sigma_z == pytest.approx((23 * 20 + 110 + 200) / 25 / sigma / 1.128)


def test_eight_in_a_row_on_one_side_are_marked() -> None:
    hours = [Subgroup(1_000, 12 if number % 2 else 8) for number in range(20)]
    low = [Subgroup(1_000, 9)] * (RUN - 1)
    _, points = chart([*hours, *low, Subgroup(1_000, 20)])
    assert not any(one.run for one in points)
    _, points = chart([*hours[:-1], *low, Subgroup(1_000, 9), Subgroup(1_000, 20)])
    assert [one.run for one in points[-RUN - 1 :]] == [True] * RUN + [False]


def test_an_hour_without_a_part_is_no_point() -> None:
    hours = [Subgroup(1_000, 12 if number % 2 else 8) for number in range(24)]
    _, points = chart([*hours, Subgroup(0, 0)])
    assert (points[-1].low, points[-1].beyond, points[-1].run) == (None, None, False)
