# SPDX-License-Identifier: AGPL-3.0-or-later
"""Boxes of labels and findings, and which belong together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from inspector.part import Detection

Box = tuple[float, float, float, float]
Overlaps = npt.NDArray[np.float64]

MIN_OVERLAP = 0.3
"""Intersection over union from which a finding names the labelled defect."""


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes `(x1, y1, x2, y2)`, 0..1."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def overlaps(labels: Sequence[Box], findings: Sequence[Box]) -> Overlaps:
    """Intersection over union of each label with each finding, `(labels, findings)`."""
    table = [[overlap(label, finding) for finding in findings] for label in labels]
    return np.array(table, dtype=np.float64).reshape(len(labels), len(findings))


def box_px(found: Detection) -> Box:
    """The box of a finding in px."""
    x1, y1, x2, y2 = found.box_16
    return x1 / 16, y1 / 16, x2 / 16, y2 / 16
