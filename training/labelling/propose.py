# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes a model's findings into a dataset as proposals, never as labels; when it is cut short, what is done stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from inspector.recipe import Recipe
from training.dataset.folder import DatasetFolder
from training.dataset.manifest import Image, Manifest
from training.labelling.model import Finder, classes_with, read_pixels, with_proposals

SAVE_EVERY = 200
"""So many pictures may have to be done again after a power failure; a twentieth of them in large datasets."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What was done.

    Attributes:
        pictures: Unlabelled pictures that the model has seen now.
        with_findings: Those in which it found something.
        findings: How much.
        known: Unlabelled pictures that had proposals of this model already.
    """

    pictures: int
    with_findings: int
    findings: int
    known: int


def propose(
    folder: DatasetFolder,
    finder: Finder,
    *,
    recipe: Recipe | None = None,
    least_ppm: int = 250_000,
    add_classes: bool = False,
    again: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> Proposed:
    """Let a model look at all unlabelled pictures of a dataset.

    Args:
        folder: The dataset.
        finder: The model.
        recipe: What counts is proposed, the grey band included; None: what scores at least `least_ppm`.
        least_ppm: In parts per million.
        add_classes: The dataset may get classes of the model.
        again: Also pictures that have proposals of this model.
        progress: Told of what is done.

    Raises:
        DatasetRefused: The dataset is damaged, or has not the model's classes; another command is changing it.
        RecipeError: The recipe is for pictures of another size.
        InferenceFailed: The model failed on a picture; what was done before is kept.
    """
    folder.load()  # tells of a dataset that is not there
    with folder.locked():
        before = folder.load()
        classes = classes_with(before, finder, add=add_classes)
        unlabelled = [one for one in before.images if one.state == "unlabelled"]
        todo = [one for one in unlabelled if again or one.proposed_by != finder.digest]
        done: dict[str, Image] = {}
        saved = 0
        try:
            for number, image in enumerate(todo, 1):
                found = finder.find(read_pixels(folder.path, image))
                done[image.sha256] = with_proposals(image, found, finder, recipe, least_ppm)
                if len(done) - saved >= max(SAVE_EVERY, len(todo) // 20):
                    _save(folder, before, classes, done)
                    saved = len(done)
                if progress is not None:
                    progress("pictures", number, len(todo))
        finally:
            if len(done) > saved:
                _save(folder, before, classes, done)
    counts = [len(one.proposals) for one in done.values()]
    return Proposed(len(done), sum(bool(one) for one in counts), sum(counts), len(unlabelled) - len(todo))


def _save(folder: DatasetFolder, before: Manifest, classes: tuple[str, ...], done: dict[str, Image]) -> None:
    images = tuple(done.get(one.sha256, one) for one in before.images)
    after = before.model_copy(update={"classes": classes, "images": images})
    folder.save(Manifest.parse(after.encode(), str(folder.path)))
