# SPDX-License-Identifier: AGPL-3.0-or-later
"""Manifests as a test needs them, without pictures."""

from __future__ import annotations

import hashlib

from training.dataset.manifest import Box, Image, Manifest, Source, SplitName, box_of


def image(
    number: int, *boxes: Box, split: SplitName = "train", size: tuple[int, int] = (64, 64), state: str = ""
) -> Image:
    sha = hashlib.sha256(str(number).encode()).hexdigest()
    return Image(
        sha256=sha,
        pixels_sha256=sha,
        file=f"images/{sha[:2]}/{sha}.png",
        width=size[0],
        height=size[1],
        channels=1,
        look=sha,
        brightness_milli=1000,
        part=str(number),
        state=state or ("labelled" if boxes else "good"),  # type: ignore[arg-type]
        boxes=boxes,
        split=split,
        source=Source(importer="yolo", file=f"{number}.png"),
    )


def box(name: str = "dent", x: float = 1, y: float = 1, w: float = 8, h: float = 8) -> Box:
    return box_of(name, x, y, w, h)


def manifest(*images: Image, classes: tuple[str, ...] = ("dent",)) -> Manifest:
    return Manifest(name="d", classes=classes, images=tuple(sorted(images, key=lambda one: one.sha256)))
