# SPDX-License-Identifier: AGPL-3.0-or-later
"""Precision and recall of boxes, and their average (mAP50, mAP50-95), as the trainer computes them.

Average precision is the area under the envelope of the curve, read at 101 recalls and joined by straight lines (the
trapezoids of ultralytics' `compute_ap`; COCO's own tool takes the mean of the 101 values instead, which differs by less
than 0.01). Below the last recall that was reached precision falls to 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.part import Detection
from training.evaluation.boxes import Box, box_px, overlaps

OVERLAPS = np.linspace(0.5, 0.95, 10)
"""From 0.5 to 0.95 in steps of 0.05: mAP50 uses the first, mAP50-95 the mean of all."""
_RECALLS = np.linspace(0, 1, 101)

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Curve:
    """One class.

    Attributes:
        name: The class.
        labels: How many boxes are labelled.
        findings: How many were found.
        average: Average precision at each of `OVERLAPS`.
        recall: At an overlap of 0.5, after each finding in descending score.
        precision: Alike.
    """

    name: str
    labels: int
    findings: int
    average: Floats
    recall: Floats
    precision: Floats

    @property
    def ap50(self) -> float:
        """Average precision at an overlap of 0.5."""
        return float(self.average[0])

    @property
    def ap50_95(self) -> float:
        """Mean of the average precisions at all overlaps."""
        return float(self.average.mean())


class BoxScores:
    """Collects findings and labels, picture by picture."""

    def __init__(self) -> None:
        self._labels: dict[str, int] = defaultdict(int)
        self._scores: dict[str, list[int]] = defaultdict(list)
        self._right: dict[str, list[Bools]] = defaultdict(list)

    def add(self, labels: Sequence[tuple[str, Box]], findings: Sequence[Detection]) -> None:
        """Count one picture; `findings` in descending score."""
        for name in {name for name, _ in labels} | {one.class_name for one in findings}:
            own = [box for label, box in labels if label == name]
            found = [one for one in findings if one.class_name == name]
            self._labels[name] += len(own)
            self._scores[name] += [one.score_ppm for one in found]
            self._right[name] += list(right_at(overlaps(own, [box_px(one) for one in found])))

    def curves(self) -> list[Curve]:
        """One for each class that is labelled, by name; the others have no recall."""
        found = []
        for name in sorted(name for name, number in self._labels.items() if number):
            order = np.argsort(-np.array(self._scores[name], dtype=np.int64), kind="stable")
            right = np.array(self._right[name], dtype=bool).reshape(-1, len(OVERLAPS))[order]
            found.append(_curve(name, self._labels[name], right))
        return found


def right_at(table: Floats) -> Bools:
    """Which findings of a class are right, `(findings, OVERLAPS)`.

    Each finding, the surest first, takes the label with which it overlaps most of those that are still free.

    Args:
        table: Overlaps of labels with findings in descending score, `(labels, findings)`.
    """
    right = np.zeros((table.shape[1], len(OVERLAPS)), dtype=bool)
    for step, limit in enumerate(OVERLAPS):
        free = np.ones(table.shape[0], dtype=bool)
        for column in range(table.shape[1]):
            candidates = np.where(free, table[:, column], 0.0)
            if candidates.size and candidates.max() >= limit:
                right[column, step] = True
                free[int(candidates.argmax())] = False
    return right


def average_precision(recall: Floats, precision: Floats) -> float:
    """Area under the envelope of a curve, 0..1.

    Args:
        recall: After each finding in descending score, `(n,)`, rising.
        precision: Alike.
    """
    if not recall.size:
        return 0.0
    x = np.concatenate(([0.0], recall, [recall[-1], 1.0]))
    y = np.concatenate(([1.0], precision, [0.0, 0.0]))
    envelope = np.maximum.accumulate(y[::-1])[::-1]
    return float(np.trapezoid(np.interp(_RECALLS, x, envelope), _RECALLS))


def mean(values: Sequence[float]) -> float:
    """Mean over the classes; 0 without any."""
    return sum(values) / len(values) if values else 0.0


def _curve(name: str, labels: int, right: Bools) -> Curve:
    hits = right.cumsum(axis=0, dtype=np.float64)
    recall = hits / labels
    precision = hits / np.arange(1, len(right) + 1, dtype=np.float64)[:, None]
    average = np.array([average_precision(recall[:, step], precision[:, step]) for step in range(len(OVERLAPS))])
    return Curve(name, labels, len(right), average, recall[:, 0], precision[:, 0])
