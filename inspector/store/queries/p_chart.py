# SPDX-License-Identifier: AGPL-3.0-or-later
"""A p' chart of reject rates (`p_prime`), and the points on it that somebody should look at.

Two rules, not all eight of Nelson's: a point beyond the limits, and eight points in a row on one side of the mean. More
rules mark so many normal hours that nobody looks any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from inspector.store.queries.p_prime import Baseline, Subgroup, baseline

RUN = 8


@dataclass(frozen=True, slots=True)
class Point:
    """One subgroup on the chart.

    Attributes:
        low: Lower limit of its rate; None where there is no chart, or it has no part.
        high: Upper limit.
        beyond: On which side of the limits it lies, if it does.
        run: Whether it is one of eight or more in a row on one side of the mean.
    """

    low: float | None = None
    high: float | None = None
    beyond: Literal["above", "below"] | None = None
    run: bool = False


def chart(subgroups: Sequence[Subgroup]) -> tuple[Baseline | None, list[Point]]:
    """The chart of these subgroups, in the order of their time; None when they are too few to say what is normal."""
    normal = baseline(subgroups)
    if normal is None:
        return None, [Point() for _ in subgroups]
    runs = _in_runs([_side(one, normal.mean) for one in subgroups])
    return normal, [_point(one, normal, run) for one, run in zip(subgroups, runs, strict=True)]


def _point(one: Subgroup, normal: Baseline, run: bool) -> Point:
    if not one.parts:
        return Point()
    low, high = normal.limits(one.parts)
    rate = one.rejected / one.parts
    return Point(low, high, "above" if rate > high else "below" if rate < low else None, run)


def _side(one: Subgroup, mean: float) -> int:
    rate = one.rejected / one.parts if one.parts else mean
    return (rate > mean) - (rate < mean)


def _in_runs(sides: Sequence[int]) -> list[bool]:
    marked = [False] * len(sides)
    begin = 0
    for index in range(1, len(sides) + 1):
        if index == len(sides) or sides[index] != sides[begin]:
            if sides[begin] and index - begin >= RUN:
                marked[begin:index] = [True] * (index - begin)
            begin = index
    return marked
