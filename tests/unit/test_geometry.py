# SPDX-License-Identifier: AGPL-3.0-or-later
"""Boxes against polygons: exact on borders, and equal to counting points."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inspector.recipe.geometry import Box, Polygon, box_touches, box_within, is_simple

SQUARE: Polygon = ((10, 10), (30, 10), (30, 30), (10, 30))
# A U that is open upwards: the notch from x 20 to 30 and y 0 to 30 is outside.
NOTCHED: Polygon = ((10, 0), (20, 0), (20, 30), (30, 30), (30, 0), (40, 0), (40, 40), (10, 40))

SMALL = st.integers(0, 12)
POINTS = st.lists(st.tuples(SMALL, SMALL), min_size=3, max_size=6)


@st.composite
def polygons(draw: st.DrawFn) -> Polygon:
    polygon = tuple(draw(POINTS))
    assume(is_simple(polygon))
    return polygon


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x0, y0 = draw(SMALL), draw(SMALL)
    return (x0, y0, x0 + draw(st.integers(1, 6)), y0 + draw(st.integers(1, 6)))


@pytest.mark.parametrize(
    ("box", "touches", "within"),
    [
        ((12, 12, 20, 20), True, True),
        ((10, 10, 30, 30), True, True),  # the polygon itself
        ((9, 12, 20, 20), True, False),
        ((0, 0, 40, 40), True, False),  # around the polygon
        ((0, 0, 10, 10), True, False),  # corner on corner
        ((0, 12, 10, 20), True, False),  # border on border
        ((0, 12, 9, 20), False, False),
        ((31, 31, 40, 40), False, False),
    ],
)
def test_square(box: Box, touches: bool, within: bool) -> None:
    assert box_touches(box, SQUARE) is touches
    assert box_within(box, SQUARE) is within


def test_notch() -> None:
    assert not box_touches((22, 2, 28, 28), NOTCHED)
    assert not box_within((12, 2, 38, 38), NOTCHED)
    assert box_within((12, 31, 38, 38), NOTCHED)
    assert box_touches((19, 5, 25, 10), NOTCHED)
    assert not box_within((19, 5, 25, 10), NOTCHED)


@pytest.mark.parametrize(
    ("polygon", "simple"),
    [
        (SQUARE, True),
        (NOTCHED, True),
        (((0, 0), (10, 10), (10, 0), (0, 10)), False),  # a bow tie
        (((0, 0), (10, 0), (5, 0)), False),  # no area
        (((0, 0), (10, 0), (10, 10), (10, 0)), False),  # a corner twice
        (((0, 0), (10, 0), (4, 0), (4, 8)), False),  # folds back on itself
        (((0, 0), (10, 0), (10, 10), (5, 0)), False),  # a corner on another edge
    ],
)
def test_simple_polygons(polygon: Polygon, simple: bool) -> None:
    assert is_simple(polygon) is simple


def covered(polygon: Polygon, x: float, y: float) -> float:
    """Positive inside, 0 on the border, negative outside; an independent implementation."""
    return cv2.pointPolygonTest(np.array(polygon, dtype=np.float32), (x, y), False)


@given(polygons(), boxes())
def test_equal_to_counting_points(polygon: Polygon, box: Box) -> None:
    x0, y0, x1, y1 = box
    # Points at quarters reach into every cell that integer edges of this size can leave between them.
    points = [(x / 4, y / 4) for x in range(4 * x0, 4 * x1 + 1) for y in range(4 * y0, 4 * y1 + 1)]
    inner = [(x, y) for x, y in points if x0 < x < x1 and y0 < y < y1]
    if any(covered(polygon, x, y) >= 0 for x, y in points):
        assert box_touches(box, polygon)
    if any(covered(polygon, x, y) < 0 for x, y in inner):
        assert not box_within(box, polygon)
    if box_within(box, polygon):
        assert box_touches(box, polygon)


@given(polygons(), boxes(), st.integers(-50, 50), st.integers(-50, 50))
def test_moving_both_changes_nothing(polygon: Polygon, box: Box, dx: int, dy: int) -> None:
    moved = tuple((x + dx, y + dy) for x, y in polygon)
    moved_box = (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)
    assert box_touches(moved_box, moved) == box_touches(box, polygon)
    assert box_within(moved_box, moved) == box_within(box, polygon)


@given(polygons(), boxes(), st.integers(0, 5))
def test_direction_and_first_corner_do_not_matter(polygon: Polygon, box: Box, shift: int) -> None:
    shift %= len(polygon)
    for other in (polygon[::-1], polygon[shift:] + polygon[:shift]):
        assert box_touches(box, other) == box_touches(box, polygon)
        assert box_within(box, other) == box_within(box, polygon)


@given(polygons(), boxes(), st.integers(0, 3), st.integers(0, 3))
def test_a_larger_box_touches_more_and_fits_less(polygon: Polygon, box: Box, grow_x: int, grow_y: int) -> None:
    larger = (box[0] - grow_x, box[1] - grow_y, box[2] + grow_x, box[3] + grow_y)
    assert box_touches(larger, polygon) or not box_touches(box, polygon)
    assert box_within(box, polygon) or not box_within(larger, polygon)
