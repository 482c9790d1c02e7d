# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a dataset holds, in numbers: pictures, boxes of each class, their sizes, brightness, each by split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from training.dataset.manifest import SPLITS, Image, Manifest

SMALL_PX = 8
"""Boxes with a shorter side below this at the model's input are not learned; here at full size."""


def describe(manifest: Manifest, digest: str) -> dict[str, object]:
    """A summary as plain values.

    Args:
        manifest: The dataset.
        digest: SHA-256 of its manifest.
    """
    by_split: dict[str, list[Image]] = {
        name: [image for image in manifest.images if image.split == name] for name in (*SPLITS, "none")
    }
    return {
        "name": manifest.name,
        "manifest_sha256": digest,
        "images": len(manifest.images),
        "states": states(manifest.images),
        "classes": {name: _class(name, by_split) for name in manifest.classes},
        "splits": {name: _split(images) for name, images in by_split.items()},
        "divided_by": manifest.splits.by,
        "test_locked": manifest.splits.test_lock is not None,
        "without": {
            name: sum(getattr(image, name) is None for image in manifest.images) for name in ("part", "lot", "group")
        },
        "sizes": {f"{w}x{h}": n for (w, h), n in Counter((i.width, i.height) for i in manifest.images).most_common(20)},
        "reviews": dict(
            sorted(Counter(i.source.review for i in manifest.images if i.source.review is not None).items())
        ),
        "strata": dict(sorted(Counter(image.stratum for image in manifest.images if image.stratum).items())),
    }


def states(images: Iterable[Image]) -> dict[str, int]:
    """Pictures by state."""
    found = Counter(image.state for image in images)
    return {"labelled": found["labelled"], "good": found["good"], "unlabelled": found["unlabelled"]}


def _class(name: str, by_split: dict[str, list[Image]]) -> dict[str, object]:
    boxes = {
        split: [box for image in images for box in image.boxes if box.class_name == name]
        for split, images in by_split.items()
    }
    sides = [min(box.w, box.h) for found in boxes.values() for box in found]
    return {
        "boxes": {split: len(found) for split, found in boxes.items()},
        "pictures": sum(any(box.class_name == name for box in image.boxes) for i in by_split.values() for image in i),
        "shorter_side_px": spread(sides),
        "smaller_than_8_px": sum(side < SMALL_PX for side in sides),
    }


def _split(images: Sequence[Image]) -> dict[str, object]:
    return {
        "images": len(images),
        **states(images),
        "boxes": sum(len(image.boxes) for image in images),
        "parts": len({image.part for image in images if image.part is not None}),
        "brightness": spread([image.brightness_milli / 1000 for image in images]),
    }


def spread(values: Sequence[float]) -> dict[str, float] | None:
    """Least, middle and greatest value; None of none."""
    if not values:
        return None
    return {"min": round(min(values), 2), "median": round(median(values), 2), "max": round(max(values), 2)}
