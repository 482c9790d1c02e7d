# SPDX-License-Identifier: AGPL-3.0-or-later
"""Boxes against polygons in exact integer arithmetic, so that a verdict is the same on every machine."""

from __future__ import annotations

Point = tuple[int, int]
Polygon = tuple[Point, ...]
Box = tuple[int, int, int, int]


def box_touches(box: Box, polygon: Polygon) -> bool:
    """Whether a box and a simple polygon share at least one point; borders count.

    Args:
        box: x0, y0, x1, y1 with x0 <= x1 and y0 <= y1.
        polygon: Corners in order, without repeating the first.
    """
    if any(_edge_meets(box, *edge, borders=True) for edge in _edges(polygon)):
        return True
    # No edge comes near, so the box lies wholly inside or wholly outside.
    return _contains(polygon, 2 * box[0], 2 * box[1])


def box_within(box: Box, polygon: Polygon) -> bool:
    """Whether a simple polygon covers the whole box; the box may touch the polygon's border from within.

    Args:
        box: x0, y0, x1, y1 with x0 < x1 and y0 < y1.
        polygon: Corners in order, without repeating the first.
    """
    if any(_edge_meets(box, *edge, borders=False) for edge in _edges(polygon)):
        return False
    return _contains(polygon, box[0] + box[2], box[1] + box[3])


def is_simple(polygon: Polygon) -> bool:
    """Whether no two edges meet except neighbours at their common corner, and the area is not zero."""
    edges = _edges(polygon)
    if len(set(polygon)) != len(polygon) or _twice_area(polygon) == 0:
        return False
    for i, (a, b) in enumerate(edges):
        for j in range(i + 1, len(edges)):
            c, d = edges[j]
            neighbours = j == i + 1 or (i == 0 and j == len(edges) - 1)
            if neighbours:
                far = d if j == i + 1 else c
                corner, other = (b, a) if j == i + 1 else (a, b)
                if _folds_back(corner, other, far):
                    return False
            elif _segments_meet(a, b, c, d):
                return False
    return True


def _edges(polygon: Polygon) -> list[tuple[Point, Point]]:
    return list(zip(polygon, polygon[1:] + polygon[:1], strict=True))


def _cross(o: Point, a: Point, b: Point) -> int:
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def _twice_area(polygon: Polygon) -> int:
    return sum(a[0] * b[1] - a[1] * b[0] for a, b in _edges(polygon))


def _folds_back(corner: Point, a: Point, b: Point) -> bool:
    dot = (a[0] - corner[0]) * (b[0] - corner[0]) + (a[1] - corner[1]) * (b[1] - corner[1])
    return _cross(corner, a, b) == 0 and dot > 0


def _segments_meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Closed segments; by the orientation test, with the collinear cases decided by their bounding boxes."""
    if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
        return False
    if max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1]):
        return False
    ab = (_sign(_cross(a, b, c)), _sign(_cross(a, b, d)))
    cd = (_sign(_cross(c, d, a)), _sign(_cross(c, d, b)))
    return ab[0] * ab[1] <= 0 and cd[0] * cd[1] <= 0


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _edge_meets(box: Box, a: Point, b: Point, *, borders: bool) -> bool:
    """Whether a segment meets the box: the closed box if `borders` count, else its interior.

    Two convex sets are apart exactly when they are apart along x, along y or along the segment's normal.
    """
    x0, y0, x1, y1 = box
    slack = 0 if borders else 1  # in integers, "touching" and "apart" differ by one
    low_x, high_x = min(a[0], b[0]), max(a[0], b[0])
    low_y, high_y = min(a[1], b[1]), max(a[1], b[1])
    if high_x < x0 + slack or low_x > x1 - slack or high_y < y0 + slack or low_y > y1 - slack:
        return False
    sides = [_cross(a, b, corner) for corner in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
    return min(sides) <= -slack and max(sides) >= slack


def _contains(polygon: Polygon, x2: int, y2: int) -> bool:
    """Even-odd rule for a point that is not on the border; its coordinates come doubled to stay integer."""
    inside = False
    for (ax, ay), (bx, by) in _edges(polygon):
        ax, ay, bx, by = 2 * ax, 2 * ay, 2 * bx, 2 * by
        if (ay > y2) != (by > y2):
            side = (bx - ax) * (y2 - ay) - (by - ay) * (x2 - ax)
            if (side > 0) == (by > ay):
                inside = not inside
    return inside
