# SPDX-License-Identifier: AGPL-3.0-or-later
"""A photo with its heat over it."""

from __future__ import annotations

import cv2
import numpy as np

from inspector.part import ImageArray
from training.anomaly.look import Scored

COLD, HOT = 0.5, 1.5
"""In all pictures the same: heat below the first is not drawn, above the second it is drawn fully."""
_INK = np.array([0, 110, 255], np.float32)  # orange, blue first: told from grey by everybody
_EDGE_PX = 420
_QUALITY = 85


def jpeg(pixels: ImageArray) -> bytes:
    """The picture as a JPEG that is not larger than it is shown."""
    scale = min(1.0, _EDGE_PX / max(pixels.shape[:2]))
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes())


def heat_map(one: Scored) -> ImageArray:
    """The photo as the network sees it, pale, with the heat over it and a ring around its hottest place."""
    pixels = one.photo.pixels
    high, wide = pixels.shape[:2]
    colour = pixels if pixels.ndim == 3 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
    pale = colour.astype(np.float32) * 0.6 + 255 * 0.4
    heat = cv2.resize(one.heat, (wide, high), interpolation=cv2.INTER_LINEAR)
    cover = np.clip((heat - COLD) / (HOT - COLD), 0, 1)[:, :, np.newaxis] * 0.85
    mixed: ImageArray = np.clip(pale * (1 - cover) + _INK * cover, 0, 255).astype(np.uint8)
    x, y = one.hottest
    radius = max(6, min(high, wide) // 16)
    place = (round(x * wide), round(y * high))
    cv2.circle(mixed, place, radius, (255, 255, 255), max(3, radius // 5), cv2.LINE_AA)
    cv2.circle(mixed, place, radius, (0, 0, 0), max(1, radius // 10), cv2.LINE_AA)
    return mixed
