# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which views of a dataset are trained on, and how often: few without a defect, rare classes several times."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from inspector.errors import DatasetRefused
from training.dataset.manifest import Manifest
from training.train.spec import Settings
from training.train.tiles import View, all_views

MOST_SHOWINGS = 4
"""A picture is shown at most so often an epoch: the same few pictures over and over are learned by heart."""


@dataclass(frozen=True)
class Chosen:
    """What is trained on.

    Attributes:
        train, val: views.
        showings: how often each of `train` is shown in an epoch, 1 and more.
        good_there: views for training without a defect; `good_taken`: those that were taken.
        unlabelled: pictures that nobody has looked at: left out.
        without_val: classes without a box in the pictures for validation.
    """

    train: tuple[View, ...]
    val: tuple[View, ...]
    showings: tuple[int, ...]
    good_there: int
    good_taken: int
    unlabelled: int
    without_val: tuple[str, ...]


def choose(manifest: Manifest, settings: Settings) -> Chosen:
    """Choose from a dataset; the same dataset and settings always give the same.

    Pictures of the test set are never looked at. Validation takes everything, so that its figures do not flatter.

    Raises:
        DatasetRefused: There is nothing for training or validation, or a class has no box to learn from.
    """
    usable = [image for image in manifest.images if image.state != "unlabelled"]
    train, val = (
        all_views([image for image in usable if image.split == split], settings.tile, settings.overlap)
        for split in ("train", "val")
    )
    for name, views in (("training", train), ("validation", val)):
        if not views:
            raise DatasetRefused(
                f"The dataset has no labelled pictures for {name}", "Divide it with `inspector dataset split`"
            )
    learned, checked = (Counter(box.class_name for view in views for box in view.boxes) for views in (train, val))
    empty = [name for name in manifest.classes if not learned[name]]
    if empty:
        raise DatasetRefused(
            f"There is no box to learn from for {', '.join(empty)}",
            "Add labelled pictures of them, divide anew, or leave these classes out of the dataset",
        )
    bad = [view for view in train if view.boxes]
    good = [view for view in train if not view.boxes and not view.fragment]
    taken = good_ones(good, len(bad), settings.good_share, settings.seed)
    showings = repeats(bad, settings.seed) if settings.balance else [1] * len(bad)
    return Chosen(
        train=(*bad, *taken),
        val=tuple(val),
        showings=(*showings, *([1] * len(taken))),
        good_there=len(good),
        good_taken=len(taken),
        unlabelled=sum(image.state == "unlabelled" and image.split in ("train", "val") for image in manifest.images),
        without_val=tuple(name for name in manifest.classes if not checked[name]),
    )


def good_ones(good: Sequence[View], bad: int, share: float, seed: int) -> list[View]:
    """So many views without a defect that they are at most `share` of all, chosen at random by the seed."""
    most = math.floor(share / (1 - share) * bad + 1e-9)
    return sorted(good, key=lambda view: _random(view, seed))[:most]


def repeats(views: Sequence[View], seed: int) -> list[int]:
    """How often each view is shown in an epoch: a class that is rarer than the median class more often.

    The factor of a class is the root of how much rarer it is, that of a view the largest of its classes. Source: repeat
    factor sampling (Gupta, Dollar, Girshick, LVIS, 2019), with the median in place of a fixed frequency.
    """
    frequency = Counter(name for view in views for name in {box.class_name for box in view.boxes})
    usual = median(frequency.values()) if frequency else 0
    shown = []
    for view in views:
        factor = max(math.sqrt(usual / frequency[box.class_name]) for box in view.boxes)
        low = math.floor(factor)
        more = _random(view, seed) < factor - low  # a factor of 1.3 shows three in ten twice
        shown.append(min(max(low + more, 1), MOST_SHOWINGS))
    return shown


def _random(view: View, seed: int) -> float:
    """A number in [0, 1) that depends on nothing but the view and the seed."""
    digest = hashlib.sha256(f"{seed} {view.image.sha256} {view.x} {view.y}".encode("ascii")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
