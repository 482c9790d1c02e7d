# SPDX-License-Identifier: AGPL-3.0-or-later
"""What to label next in a dataset: lets models look at the pictures without labels, and chooses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inspector.errors import DatasetRefused
from inspector.recipe import Recipe
from training.dataset.manifest import Image, Manifest
from training.dataset.sampling import Points, feature, features
from training.labelling.choose import Candidate, Known, Pick, choose
from training.labelling.doubt import Limits
from training.labelling.model import Finder, read_pixels, with_proposals

MOST_KNOWN = 2_000
"""So many labelled pictures, in the order of their hashes, stand for all of them when looks are compared."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Attributes:
        count: So many pictures.
        share_ppm: Share of them drawn at random, in parts per million.
        seed: Another one draws others.
        recipe: What counts; None: `grey` for all classes.
        grey: Scores from - to that say neither yes nor no, in parts per million.
    """

    count: int = 20
    share_ppm: int = 200_000
    seed: int = 0
    recipe: Recipe | None = None
    grey: tuple[int, int] = (200_000, 600_000)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A picture that was chosen, with the model's findings as its proposals, and why."""

    image: Image
    pick: Pick


def next_images(
    folder: Path,
    manifest: Manifest,
    finder: Finder,
    wish: Wish,
    *,
    against: Finder | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Chosen]:
    """Choose the pictures most worth labelling; the random ones first.

    Args:
        folder: Of the dataset, which is not changed.
        manifest: Its manifest.
        finder: The model.
        wish: What is asked for.
        against: A second model, to see where they disagree.
        progress: Told of what is done.

    Raises:
        DatasetRefused: All pictures are labelled, or one is not what the manifest says.
        RecipeError: The recipe is for pictures of another size.
        InferenceFailed: A model failed on a picture.
    """
    pool = [one for one in manifest.images if one.state == "unlabelled"]
    if not pool:
        raise DatasetRefused("Every picture of the dataset is labelled", "Import more pictures")
    limits = Limits(wish.recipe, wish.grey)
    candidates: list[Candidate] = []
    proposed: list[Image] = []
    looks: list[Points] = []
    for number, image in enumerate(pool, 1):
        pixels = read_pixels(folder, image)
        found = finder.find(pixels)
        other = None if against is None else limits.in_question(against.find(pixels), image)
        candidates.append(Candidate(image, limits.in_question(found, image), other))
        proposed.append(with_proposals(image, found, finder, wish.recipe, wish.grey[0]))
        looks.append(feature(pixels))
        if progress is not None:
            progress("pictures", number, len(pool))
    known = _known(folder, manifest)
    picks = choose(candidates, np.stack(looks), known, limits, wish.count, wish.share_ppm, wish.seed)
    return [Chosen(proposed[pick.number], pick) for pick in picks]


def _known(folder: Path, manifest: Manifest) -> Known:
    labelled = [one for one in manifest.images if one.state != "unlabelled"]
    used = Counter(box.class_name for one in labelled for box in one.boxes)
    looks = features(folder / one.file for one in labelled[:MOST_KNOWN])
    boxes = {name: used[name] for name in manifest.classes}
    return Known(boxes, looks, frozenset(one.pixels_sha256 for one in labelled))
