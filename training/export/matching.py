# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which findings of two networks on one picture are the same, and by how much the others differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inspector.part import Detection
from training.evaluation.boxes import box_px, overlap

SAME_DEFECT = 0.5
"""Intersection over union from which two findings of a class are taken for the same, however far apart their sides."""

Findings = Sequence[Detection]


@dataclass(frozen=True)
class Tolerance:
    """How far two findings may be apart and are equal.

    Attributes:
        box_px: Each side of a box, in px of the picture.
        score: Of 0..1.
    """

    box_px: float
    score: float

    def same(self, one: Detection, two: Detection) -> bool:
        """Whether two findings are equal."""
        return (
            one.class_name == two.class_name
            and box_distance(one, two) <= self.box_px
            and score_distance(one, two) <= self.score
        )


@dataclass(frozen=True)
class Difference:
    """What two networks found on one picture.

    Attributes:
        compared: Findings that have a partner.
        unmatched: Findings of either that the other has not.
        at_limit: Findings of either that the other's network gives, too, and that only a limit takes away there: the
            floor of scores, the overlap that suppresses, the greatest number, or another class that scores as high.
        box_px: Largest distance of a side among partners, in px.
        score: Largest difference of scores among partners, of 0..1.
    """

    compared: int
    unmatched: int
    at_limit: int
    box_px: float
    score: float


def compare_findings(
    ours: Findings,
    theirs: Findings,
    tolerance: Tolerance,
    our_all: Callable[[], Findings],
    their_all: Callable[[], Findings],
) -> Difference:
    """Compare the findings of two networks on one picture.

    Args:
        ours: Findings of one.
        theirs: Of the other.
        tolerance: What counts as equal.
        our_all: Gives what the one would find without limits; only asked for if there is a doubt.
        their_all: The same of the other.
    """
    pairs, left, right = _pairs(ours, theirs, lambda one, two: tolerance.same(one, two))
    if left or right:
        # The strongest of a heap of boxes, or a score at the floor, may be decided by the last digit.
        left, left_known = _without(left, their_all() if left else (), tolerance)
        right, right_known = _without(right, our_all() if right else (), tolerance)
    else:
        left_known = right_known = 0
    far, left, right = _pairs(
        left,
        right,
        lambda one, two: one.class_name == two.class_name and overlap(box_px(one), box_px(two)) >= SAME_DEFECT,
    )
    pairs += far
    return Difference(
        compared=len(pairs),
        unmatched=len(left) + len(right),
        at_limit=left_known + right_known,
        box_px=max((box_distance(one, two) for one, two in pairs), default=0.0),
        score=max((score_distance(one, two) for one, two in pairs), default=0.0),
    )


def box_distance(one: Detection, two: Detection) -> float:
    """Largest distance between the same sides of two boxes, in px."""
    return max(abs(a - b) for a, b in zip(one.box_16, two.box_16, strict=True)) / 16


def score_distance(one: Detection, two: Detection) -> float:
    """Difference of two scores, of 0..1."""
    return abs(one.score_ppm - two.score_ppm) / 1e6


def _pairs(
    ours: Findings, theirs: Findings, partners: Callable[[Detection, Detection], bool]
) -> tuple[list[tuple[Detection, Detection]], list[Detection], list[Detection]]:
    """Partners, the nearest first, each finding in one pair at most; and those without."""
    near = sorted(
        (box_distance(one, two), score_distance(one, two), i, j)
        for i, one in enumerate(ours)
        for j, two in enumerate(theirs)
        if partners(one, two)
    )
    left, right = dict(enumerate(ours)), dict(enumerate(theirs))
    pairs = [(left.pop(i), right.pop(j)) for _, _, i, j in near if i in left and j in right]
    return pairs, list(left.values()), list(right.values())


def _without(findings: Findings, candidates: Findings, tolerance: Tolerance) -> tuple[list[Detection], int]:
    """Findings that the other network does not give at all, and how many it gives."""
    rest = [one for one in findings if not any(tolerance.same(one, other) for other in candidates)]
    return rest, len(findings) - len(rest)
