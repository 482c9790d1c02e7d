# SPDX-License-Identifier: AGPL-3.0-or-later
"""A model package on the pictures of a dataset, as the station runs it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from inspector.detect.detector import Detector
from inspector.detect.package import ModelPackage
from inspector.errors import DatasetRefused, RecipeError
from inspector.part import Detection, ImageArray
from inspector.recipe import Recipe
from inspector.recipe.rules import counted
from training.dataset.manifest import MAX_BOXES, Box, Image, Manifest, Proposal, box_of, proposal_of
from training.dataset.picture import decode

_ADVICE = "Run `inspector dataset check`"


class Finder:
    """Finds defects with a model package: the station's letterbox, runtime and decoder.

    Args:
        path: Of the package.
        threads: Of inference.

    Raises:
        ModelRefused: It is damaged, or the runtime cannot load it.
    """

    def __init__(self, path: Path, threads: int) -> None:
        package = ModelPackage.load(path)
        self.name = f"{package.name} {package.version}"
        self.digest = package.digest
        self.classes = package.classes
        self.floor_ppm = package.manifest.thresholds.score_ppm
        self._detector = Detector(package, threads=threads)

    def find(self, pixels: ImageArray) -> tuple[Detection, ...]:
        """All that scores above the package's floor. Raises `InferenceFailed`."""
        return self._detector.infer(pixels)


def read_pixels(folder: Path, image: Image) -> ImageArray:
    """The picture of a dataset, `(h, w)` or `(h, w, 3) uint8`, blue first.

    Raises:
        DatasetRefused: It is not there, or not what the manifest says.
    """
    try:
        data = (folder / image.file).read_bytes()
    except OSError as error:
        raise DatasetRefused(f"{image.file} cannot be read: {error.strerror}", _ADVICE) from error
    pixels = decode(data) if hashlib.sha256(data).hexdigest() == image.sha256 else None
    if pixels is None:
        raise DatasetRefused(f"{image.file} is not the picture that the manifest names", _ADVICE)
    return pixels


def classes_with(manifest: Manifest, finder: Finder, *, add: bool) -> tuple[str, ...]:
    """The classes of the dataset, and those of the model where it may get more.

    Raises:
        DatasetRefused: The model has classes that the dataset does not have.
    """
    fresh = tuple(name for name in finder.classes if name not in manifest.classes)
    if fresh and manifest.classes and not add:
        raise DatasetRefused(
            f"The model {finder.name} finds classes that the dataset does not have: {', '.join(fresh)}",
            "Add them with --add-classes, or take a model of these classes",
        )
    return (*manifest.classes, *fresh)


def with_proposals(
    image: Image, found: tuple[Detection, ...], finder: Finder, recipe: Recipe | None, least_ppm: int
) -> Image:
    """The picture with a model's findings as proposals; its labels stay as they are.

    Args:
        image: Without labels.
        found: The findings.
        finder: Whose they are.
        recipe: What counts, the grey band included; None: what scores at least `least_ppm`.
        least_ppm: In parts per million.
    """
    if recipe is None:
        kept = tuple(one for one in found if one.score_ppm >= least_ppm)
    else:
        kept = counted(found, rules_for(recipe, image))
    boxes = [(box_in(one, image), one.score_ppm) for one in kept]
    proposals = [proposal_of(box, score_ppm) for box, score_ppm in boxes if box is not None]
    return image.model_copy(update={"proposals": _ordered(proposals), "proposed_by": finder.digest})


def rules_for(recipe: Recipe, image: Image) -> Recipe:
    """The rules for the camera of a picture.

    Raises:
        RecipeError: Their zones were drawn on pictures of another size.
    """
    rules = recipe.for_camera(image.source.camera or "")
    if rules.image_size is not None and tuple(rules.image_size) != (image.width, image.height):
        raise RecipeError(
            f"recipe {rules.name} is for pictures of {rules.image_size[0]} x {rules.image_size[1]} px, and"
            f" {image.source.file} has {image.width} x {image.height}",
            "Take the recipe of these pictures, or none",
        )
    return rules


def _ordered(proposals: list[Proposal]) -> tuple[Proposal, ...]:
    """The surest first if there are too many; in the order of places, so that equal findings give equal manifests."""
    surest = sorted(proposals, key=lambda one: -(one.score_ppm or 0))[:MAX_BOXES]
    return tuple(sorted(surest, key=lambda one: (one.class_name, one.x, one.y, one.w, one.h, one.score_ppm or 0)))


def box_in(found: Detection, image: Image) -> Box | None:
    """The box of a finding, cut off at the edges of its picture; None if nothing of it lies inside."""
    x0, y0, x1, y1 = found.box_16
    left, top = max(x0, 0) / 16, max(y0, 0) / 16
    right, low = min(x1, 16 * image.width) / 16, min(y1, 16 * image.height) / 16
    return box_of(found.class_name, left, top, right - left, low - top) if right > left and low > top else None
