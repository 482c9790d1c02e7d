# SPDX-License-Identifier: AGPL-3.0-or-later
"""Flaws drawn into photos of good parts, to see whether the order would show any."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from inspector.part import ImageArray

MarkKind = Literal["line", "spot", "piece"]
KINDS: tuple[MarkKind, ...] = ("line", "spot", "piece")
CONTRAST = 0.5
"""A line or a spot differs from what was there by this share of the photo's own range (of 90 % of its pixels)."""
_LEAST_CONTRAST = 30.0  # grey levels


def draw(image: ImageArray, kind: MarkKind, rng: np.random.Generator) -> tuple[ImageArray, tuple[float, ...]]:
    """A copy of a picture with one flaw.

    Args:
        image: `(h, w)` or `(h, w, 3) uint8`.
        kind: A thin line; a soft spot; or a piece of the picture from elsewhere.
        rng: Where and how.

    Returns:
        The copy, and the box of the flaw: x0, y0, x1, y1 as shares of the picture's edges.
    """
    high, wide = image.shape[:2]
    edge = min(high, wide)
    radius = edge * float(rng.uniform(0.025, 0.05))
    x = float(rng.uniform(0.2, 0.8)) * wide
    y = float(rng.uniform(0.2, 0.8)) * high
    if kind == "piece":
        return _moved(image, int(x), int(y), max(2, round(radius)), rng)
    mask = np.zeros((high, wide), np.float32)
    if kind == "line":
        reach, angle = edge * float(rng.uniform(0.05, 0.09)), float(rng.uniform(0, np.pi))
        ends = [(round(x + s * reach * np.cos(angle)), round(y + s * reach * np.sin(angle))) for s in (-1, 1)]
        cv2.line(mask, ends[0], ends[1], 1.0, max(1, round(edge / 120)), cv2.LINE_AA)
        radius = reach
    else:
        cv2.circle(mask, (round(x), round(y)), max(1, round(radius)), 1.0, -1, cv2.LINE_AA)
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.5, radius / 4)), np.float32)
    around = image[int(max(0, y - radius)) : int(y + radius) + 1, int(max(0, x - radius)) : int(x + radius) + 1]
    sign = -1.0 if float(around.mean()) > 127 else 1.0  # towards the middle: the flaw is to be seen
    low, top = np.percentile(image, (5, 95))
    strength = sign * max(_LEAST_CONTRAST, CONTRAST * float(top - low))
    added = strength * (mask if image.ndim == 2 else mask[:, :, np.newaxis])
    marked = np.clip(image.astype(np.float32) + added, 0, 255).astype(np.uint8)
    return marked, _box(x, y, radius, wide, high)


def _moved(
    image: ImageArray, x: int, y: int, radius: int, rng: np.random.Generator
) -> tuple[ImageArray, tuple[float, ...]]:
    """A square of the picture, turned by a quarter, where another one was; of some tries the one that differs most."""
    high, wide = image.shape[:2]
    x, y = min(max(x, radius), wide - radius - 1), min(max(y, radius), high - radius - 1)
    here = image[y - radius : y + radius, x - radius : x + radius]
    best = here
    most = -1.0
    for _ in range(8):
        left, top = int(rng.integers(0, wide - 2 * radius)), int(rng.integers(0, high - 2 * radius))
        there = np.rot90(image[top : top + 2 * radius, left : left + 2 * radius])
        differs = float(np.abs(there.astype(np.int16) - here).mean())
        if differs > most:
            best, most = there, differs
    marked = image.copy()
    marked[y - radius : y + radius, x - radius : x + radius] = best
    return marked, _box(x, y, radius, wide, high)


def _box(x: float, y: float, radius: float, wide: int, high: int) -> tuple[float, ...]:
    return ((x - radius) / wide, (y - radius) / high, (x + radius) / wide, (y + radius) / high)
