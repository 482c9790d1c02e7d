# SPDX-License-Identifier: AGPL-3.0-or-later
"""A first look at new photos: how odd each is beside photos of good parts, and whether that order means anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inspector.bounds import upper_bound
from inspector.part import ImageArray
from training.anomaly.marks import KINDS, draw
from training.anomaly.memory import PLACES, FloatArray, Memory, hottest, sample, score
from training.anomaly.photos import Photo, Progress
from training.anomaly.rank import Auroc, auroc


class Looks(Protocol):
    """What says how each place of a picture looks: a `Network`."""

    def look(self, image: ImageArray) -> FloatArray:
        """Of each place what it looks like, `(rows, columns, channels)`; see `Network.look`."""
        ...


FOLDS = 5
"""Each good photo is scored by a memory of four fifths of the others."""
USABLE = 0.8
"""Drawn flaws have to be told from good photos at least so well (AUROC)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A photo and its score.

    Attributes:
        photo: The photo.
        score: 1: as odd as the oddest good photo.
        heat: `(rows, columns) float32`, in the same measure.
    """

    photo: Photo
    score: float
    heat: FloatArray

    @property
    def hottest(self) -> tuple[float, float]:
        """Where its hottest place is: x and y as shares of the picture's edges."""
        return hottest(self.heat)


@dataclass(frozen=True, slots=True)
class Check:
    """What became of flaws that were drawn into the good photos.

    Attributes:
        order: How well they come behind good photos.
        hit: In so many of them the hottest place is the flaw.
        drawn: So many were drawn.
    """

    order: Auroc
    hit: int
    drawn: int

    @property
    def usable(self) -> bool:
        """Whether the order means anything with this network on these photos."""
        return self.order.value >= USABLE


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What was found.

    Attributes:
        good: Scores of the good photos, each by a memory that does not know it, highest first.
        new: The new photos, oddest first.
        check: Of drawn flaws.
    """

    good: tuple[tuple[str, float], ...]
    new: tuple[Scored, ...]
    check: Check

    @property
    def false_rejects_below(self) -> float:
        """At most so many good parts (0..1, 95 %) score above 1, if they are like these and drawn independently."""
        return upper_bound(0, len(self.good))

    @property
    def above(self) -> int:
        """New photos that are odder than every good one."""
        return sum(one.score > 1 for one in self.new)


def first_look(
    network: Looks, good: Sequence[Photo], new: Sequence[Photo], seed: int, progress: Progress | None = None
) -> FirstLook:
    """Compare photos.

    Args:
        network: Whose layers say what a place looks like.
        good: Photos of good parts, at least `FOLDS`.
        new: Photos to look at.
        seed: Another one draws other places and other flaws.
        progress: Told of what is done.

    Raises:
        InferenceFailed: The network failed on a photo.
    """
    steps = _steps(3 * len(good) + len(new) + FOLDS + 1, progress)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(good))
    samples: list[FloatArray] = []
    for photo in good:
        samples.append(sample(network.look(photo.pixels), max(1, PLACES // len(good)), rng))
        next(steps)
    held: list[tuple[int, float]] = []
    marked: list[tuple[float, bool]] = []
    for fold in range(FOLDS):
        mine = order[fold::FOLDS].tolist()
        memory = Memory([samples[number] for number in range(len(good)) if number not in mine], seed)
        next(steps)
        for number in mine:
            held.append((number, score(memory.heat(network.look(good[number].pixels)))))
            next(steps)
            marked.append(_marked(network, memory, good[number], number, rng))
            next(steps)
    limit = max(value for _, value in held)
    memory = Memory(samples, seed)
    next(steps)
    scored = []
    for photo in new:
        heat = memory.heat(network.look(photo.pixels))
        scored.append(Scored(photo, score(heat) / limit, np.asarray(heat / limit, np.float32)))
        next(steps)
    check = Check(
        auroc([value for _, value in held], [value for value, _ in marked]), sum(hit for _, hit in marked), len(marked)
    )
    ordered = sorted(((good[number].name, value / limit) for number, value in held), key=lambda one: -one[1])
    return FirstLook(tuple(ordered), tuple(sorted(scored, key=lambda one: -one.score)), check)


def _marked(network: Looks, memory: Memory, photo: Photo, number: int, rng: np.random.Generator) -> tuple[float, bool]:
    """Score of a good photo with a drawn flaw, and whether its hottest place is the flaw."""
    pixels, (left, top, right, low) = draw(photo.pixels, KINDS[number % len(KINDS)], rng)
    heat = memory.heat(network.look(pixels))
    x, y = hottest(heat)
    wide, high = 1 / heat.shape[1], 1 / heat.shape[0]  # one place more on each side: heat is smoothed
    return score(heat), left - wide <= x <= right + wide and top - high <= y <= low + high


def _steps(total: int, progress: Progress | None) -> Iterator[None]:
    for done in range(1, total + 1):
        if progress is not None:
            progress("photos", done, total)
        yield
    raise AssertionError("more steps than were announced")
