# SPDX-License-Identifier: AGPL-3.0-or-later
"""The image gate: may this image be judged? A dark or blurred image must never read as "no defect"."""

from __future__ import annotations

import cv2

from inspector.part import GateResult, ImageArray
from inspector.recipe.settings import GateLimits, PartPresence


def measure_gate(grey: ImageArray, limits: GateLimits) -> GateResult:
    """Measure brightness and sharpness, and name the limits that are not met.

    Sums are exact integers, so the result is the same on every machine.

    Args:
        grey: `(h, w) uint8`.
        limits: The recipe's limits.
    """
    # Counts are exact in float32 up to 2^24 pixels of one level.
    histogram = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()
    counts = [int(count) for count in histogram]
    brightness = sum(level * count for level, count in enumerate(counts)) * 1000 // grey.size
    sharpness = _laplacian_variance_milli(grey)
    met = {
        "brightness_min": brightness >= limits.brightness_min_milli,
        "brightness_max": brightness <= limits.brightness_max_milli,
        "sharpness_min": sharpness >= limits.sharpness_min_milli,
        "part_found": limits.part is None or _part_found(counts, limits.part),
    }
    failed = tuple(name for name, fine in met.items() if not fine)
    return GateResult(brightness_milli=brightness, sharpness_milli=sharpness, failed=failed)


def _laplacian_variance_milli(grey: ImageArray) -> int:
    edges = cv2.Laplacian(grey, cv2.CV_16S)
    total = round(cv2.sumElems(edges)[0])
    squares = round(cv2.norm(edges, cv2.NORM_L2SQR))  # a whole number, give or take the last bit of its root
    count = grey.size
    return (squares * count - total * total) * 1000 // (count * count)


def _part_found(counts: list[int], part: PartPresence) -> bool:
    covered = sum(counts[part.level + 1 :]) if part.brighter else sum(counts[: part.level])
    share_ppm = covered * 1_000_000 // sum(counts)
    return part.area_min_ppm <= share_ppm <= part.area_max_ppm
