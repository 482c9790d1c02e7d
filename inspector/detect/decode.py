# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the network's output to detections.

Two heads exist, and the exporter's defaults have changed between releases, so the output's shape decides,
never an assumption: classic `(1, 4 + classes, n)` with boxes as centre and size, which needs non-maximum
suppression, and end-to-end `(1, n, 6)` with x0, y0, x1, y1, score, class. A shape that is both is refused.
"""

from __future__ import annotations

from enum import Enum

import numpy as np
import numpy.typing as npt

from inspector.detect.letterbox import BoxArray, Placement
from inspector.errors import InferenceFailed, ModelRefused
from inspector.part import Detection

FloatArray = npt.NDArray[np.float32]
IndexArray = npt.NDArray[np.intp]

_PPM = 1_000_000
_SUBPIXELS = 16
_CANDIDATES = 30_000  # the same bound as ultralytics; more boxes above the floor mean a broken model
_SCORE_SLACK = 1e-3  # rounding of a sigmoid; anything further out of 0..1 is not a score


class Head(Enum):
    """Layout of the output."""

    CLASSIC = "classic"
    END_TO_END = "end-to-end"


def head_of(shape: tuple[int, ...], classes: int) -> Head:
    """Tell the two heads apart by the output's shape.

    Args:
        shape: The output's shape.
        classes: How many classes the package lists.

    Raises:
        ModelRefused: The shape is neither, does not fit the number of classes, or could be either: six places of a
            classic head have the shape of an end-to-end one that gives 4 + classes rows.
    """
    if len(shape) == 3 and shape[0] == 1:
        classic, end_to_end = shape[1] == 4 + classes, shape[2] == 6
        if classic and end_to_end:
            raise ModelRefused(
                f"the model's output {shape} may come from either detection head with {classes} classes",
                "Export the classic head for a larger input, or the end-to-end one with another number of rows",
            )
        if classic or end_to_end:
            return Head.CLASSIC if classic else Head.END_TO_END
    raise ModelRefused(
        f"the model's output has shape {shape}, which fits no detection head with {classes} classes",
        f"Export a detection model for batch 1: (1, {4 + classes}, n) or (1, n, 6), and list all its classes",
    )


class Decoder:
    """Turns outputs of one model into detections.

    Args:
        shape: The output's shape.
        classes: Class names in the order of the network's outputs.
        score_ppm: Detections must score more than this.
        iou_ppm: Non-maximum suppression drops the weaker of two boxes of a class that overlap more than this.
        max_detections: The best so many are kept.

    Raises:
        ModelRefused: The shape fits no known head.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        classes: tuple[str, ...],
        *,
        score_ppm: int,
        iou_ppm: int,
        max_detections: int,
    ) -> None:
        self.head = head_of(shape, len(classes))
        self._shape = shape
        self._classes = classes
        self._floor = np.float32(score_ppm / _PPM)
        self._iou = iou_ppm / _PPM
        self._max = max_detections

    def decode(self, output: FloatArray, placement: Placement) -> tuple[Detection, ...]:
        """Detections in descending score.

        Args:
            output: The network's output, `float32`, of the shape given at construction.
            placement: Where the camera image lies in the network's input.

        Raises:
            InferenceFailed: A value is not finite, a score is outside 0..1 or a class is unknown.
        """
        if output.shape != self._shape:
            raise InferenceFailed(f"the network returned shape {output.shape}", "Export with static shapes")
        if not np.isfinite(output).all():
            raise InferenceFailed(
                "the network returned values that are not finite",
                "Check the model package with its test images",
            )
        if self.head is Head.CLASSIC:
            boxes, scores, classes = self._classic(output[0])
        else:
            boxes, scores, classes = self._end_to_end(output[0])
        return self._detections(placement.to_source(boxes), scores, classes)

    def _classic(self, output: FloatArray) -> tuple[BoxArray, FloatArray, IndexArray]:
        per_class = output[4:]
        best = per_class.max(axis=0)
        _check_scores(best)
        candidates = np.flatnonzero(best > self._floor)
        # Stable and descending: equal scores keep the network's order, so the result is reproducible.
        candidates = candidates[np.argsort(-best[candidates], kind="stable")][:_CANDIDATES]
        classes = per_class[:, candidates].argmax(axis=0)
        centre_size = output[:4, candidates].T.astype(np.float64)
        half = np.abs(centre_size[:, 2:]) / 2
        boxes = np.hstack([centre_size[:, :2] - half, centre_size[:, :2] + half])
        kept = suppress(boxes, classes, self._iou, self._max)
        return boxes[kept], best[candidates[kept]], classes[kept]

    def _end_to_end(self, output: FloatArray) -> tuple[BoxArray, FloatArray, IndexArray]:
        _check_scores(output[:, 4])
        rows = output[output[:, 4] > self._floor][: self._max]
        classes = rows[:, 5].astype(np.intp)
        if not np.array_equal(classes, rows[:, 5]) or np.any((classes < 0) | (classes >= len(self._classes))):
            raise InferenceFailed(
                "the network named a class that the package does not list", "List all classes of the model"
            )
        corners = rows[:, :4].astype(np.float64)
        low, high = np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])
        return np.hstack([low, high]), rows[:, 4], classes

    def _detections(self, boxes: BoxArray, scores: FloatArray, classes: IndexArray) -> tuple[Detection, ...]:
        ppm = np.clip(np.rint(scores.astype(np.float64) * _PPM), 0, _PPM).astype(np.int64)
        units = np.rint(boxes * _SUBPIXELS).astype(np.int64)
        found = [
            Detection(self._classes[int(index)], int(score), _with_area(*(int(value) for value in box)))
            for index, score, box in zip(classes, ppm, units, strict=True)
        ]
        return tuple(sorted(found, key=lambda one: (-one.score_ppm, one.class_name, one.box_16)))


def suppress(boxes: BoxArray, classes: IndexArray, iou: float, limit: int, block: int = 32) -> IndexArray:
    """Greedy non-maximum suppression per class.

    Boxes are taken in blocks: all overlaps of a block are found at once, which costs a tenth of one call for each
    kept box when the image is noisy. The result does not depend on the size of the block.

    Args:
        boxes: `(n, 4) float64`, x0, y0, x1, y1, in descending score.
        classes: `(n,)` class of each box.
        iou: Intersection over union above which the weaker box goes.
        limit: Stop after so many kept boxes, which also bounds the time.
        block: Boxes per block.

    Returns:
        Indices of the kept boxes in descending score.
    """
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    waiting = np.arange(len(boxes), dtype=np.intp)
    kept: list[int] = []
    while waiting.size and len(kept) < limit:
        head = waiting[:block]
        overlaps = _overlaps(boxes, areas, head, waiting, iou) & (classes[head, np.newaxis] == classes[waiting])
        free = ~overlaps
        alive = np.ones(len(head), dtype=np.bool_)
        chosen: list[int] = []
        for row in range(len(head)):
            if alive[row]:
                chosen.append(row)
                alive &= free[row, : len(head)]
        kept.extend(head[chosen].tolist())
        waiting = waiting[block:][free[chosen, block:].all(axis=0)]
    return np.array(kept[:limit], dtype=np.intp)


def _overlaps(
    boxes: BoxArray, areas: npt.NDArray[np.float64], rows: IndexArray, columns: IndexArray, iou: float
) -> npt.NDArray[np.bool_]:
    """`(rows, columns)`: whether two boxes overlap by more than `iou`."""
    one, two = boxes[rows, np.newaxis], boxes[columns]
    width = np.minimum(one[..., 2], two[:, 2]) - np.maximum(one[..., 0], two[:, 0])
    height = np.minimum(one[..., 3], two[:, 3]) - np.maximum(one[..., 1], two[:, 1])
    shared = np.maximum(width, 0.0) * np.maximum(height, 0.0)
    # Multiplied out, so that two boxes without area do not divide by zero.
    more: npt.NDArray[np.bool_] = shared > iou * (areas[rows, np.newaxis] + areas[columns] - shared)
    return more


def _check_scores(scores: FloatArray) -> None:
    if scores.size and (scores.min() < -_SCORE_SLACK or scores.max() > 1 + _SCORE_SLACK):
        raise InferenceFailed(
            f"the network returned scores from {scores.min():.3g} to {scores.max():.3g}, not within 0 to 1",
            "Export the model with its sigmoid",
        )


def _with_area(x0: int, y0: int, x1: int, y1: int) -> tuple[int, int, int, int]:
    """Give a box that clipping left without area 1/16 px, inside the image: a finding is never dropped."""
    if x0 == x1:
        x0, x1 = (x0 - 1, x1) if x0 > 0 else (x0, x1 + 1)
    if y0 == y1:
        y0, y1 = (y0 - 1, y1) if y0 > 0 else (y0, y1 + 1)
    return x0, y0, x1, y1
