# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one letterbox: scale to fit, centre, pad with grey; and the way back for boxes.

Training, export checks, benchmarks and the station all use this one, because two letterboxes that differ by a
pixel of padding find different defects. The arithmetic (rounding of the sides and of the border) follows
ultralytics `LetterBox(auto=False, scale_fill=False)` and `scale_boxes`, so that the network sees the picture
it was trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inspector.errors import InferenceFailed
from inspector.part import ImageArray

BoxArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a camera image lies inside the network's input; all lengths in px.

    Attributes:
        source_width: Width of the camera image.
        source_height: Height of the camera image.
        left: First column of the scaled image.
        top: First row of the scaled image.
        width: Width of the scaled image.
        height: Height of the scaled image.
    """

    source_width: int
    source_height: int
    left: int
    top: int
    width: int
    height: int

    @classmethod
    def fit(cls, source_width: int, source_height: int, width: int, height: int) -> Placement:
        """Place an image of the source size in an input of `width` x `height`."""
        ratio = min(height / source_height, width / source_width)
        # Python's round (half to even) and the 0.1 are those of ultralytics; a thin image keeps one pixel.
        scaled_width = max(round(source_width * ratio), 1)
        scaled_height = max(round(source_height * ratio), 1)
        left = round((width - scaled_width) / 2 - 0.1)
        top = round((height - scaled_height) / 2 - 0.1)
        return cls(source_width, source_height, left, top, scaled_width, scaled_height)

    def to_source(self, boxes: BoxArray) -> BoxArray:
        """Map boxes from the network's input back to the camera image, clipped to it.

        Args:
            boxes: `(n, 4) float64`, x0, y0, x1, y1 in px of the network's input.

        Returns:
            `(n, 4) float64` in px of the camera image.
        """
        gain = np.array([self.width / self.source_width, self.height / self.source_height] * 2)
        shifted = boxes - np.array([self.left, self.top] * 2)
        limits = np.array([self.source_width, self.source_height] * 2, dtype=np.float64)
        clipped: BoxArray = np.clip(shifted / gain, 0.0, limits)
        return clipped


class Letterbox:
    """Writes camera images into one canvas, which is the network's input buffer.

    The border is painted only when the size of the camera image changes; nothing image-sized is allocated.

    Args:
        canvas: `(h, w, 3) uint8` BGR, C-contiguous; written in place.
        pad_value: Grey value of the border.
    """

    def __init__(self, canvas: ImageArray, pad_value: int) -> None:
        self._canvas = canvas
        self._pad_value = pad_value
        self._placement: Placement | None = None
        # A grey image is scaled as one channel and only then made BGR: a third of the work, the same bytes.
        self._grey: ImageArray = np.empty((0, 0), dtype=np.uint8)

    def place(self, image: ImageArray) -> Placement:
        """Scale `image` into the canvas.

        Args:
            image: `(h, w, 3) uint8` BGR, or `(h, w) uint8` grey.

        Returns:
            Where it lies, for the way back.

        Raises:
            InferenceFailed: The image has another shape or type, or no pixels.
        """
        if image.dtype != np.uint8 or image.size == 0 or image.ndim < 2 or image.shape[2:] not in ((), (3,)):
            raise InferenceFailed(
                f"an image of shape {image.shape} and type {image.dtype} cannot be judged",
                "Give (h, w) or (h, w, 3) uint8",
            )
        placement = self._place_for(image.shape[1], image.shape[0])
        rows = slice(placement.top, placement.top + placement.height)
        columns = slice(placement.left, placement.left + placement.width)
        target = self._canvas[rows, columns]
        if image.ndim == 3:
            _scale(image, target)
        else:
            _scale(image, self._grey)
            cv2.cvtColor(self._grey, cv2.COLOR_GRAY2BGR, dst=target)
        return placement

    def _place_for(self, source_width: int, source_height: int) -> Placement:
        known = self._placement
        if known is None or (known.source_width, known.source_height) != (source_width, source_height):
            height, width = self._canvas.shape[:2]
            known = Placement.fit(source_width, source_height, width, height)
            self._canvas[...] = self._pad_value
            self._grey = np.empty((known.height, known.width), dtype=np.uint8)
            self._placement = known
        return known


def _scale(image: ImageArray, target: ImageArray) -> None:
    if image.shape == target.shape:
        target[...] = image
    else:
        cv2.resize(image, (target.shape[1], target.shape[0]), dst=target, interpolation=cv2.INTER_LINEAR)
