# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which pictures are most worth a person's time, each with its reason - and some at random, with their probability.

Figures may be estimated from the random ones only: all others were chosen for what they are.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from inspector.part import Detection
from training.dataset.manifest import Image
from training.dataset.sampling import Farthest, Points
from training.labelling.doubt import Limits, disagreement, uncertainty

Kind = Literal["random", "uncertain", "disagreement", "rare-class", "diverse"]
TURNS: tuple[Kind, ...] = ("uncertain", "disagreement", "uncertain", "rare-class", "uncertain", "diverse")
"""In turn each kind names its best picture; a kind that has none is passed over."""
LEAST_WORTH = 0.25
"""A picture of which the model is surer than that is not called uncertain."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture without labels, and what models find in it.

    Attributes:
        image: The picture.
        found: Of the model, where the recipe looks, of any score.
        other: Of the second model; None: there is none.
    """

    image: Image
    found: tuple[Detection, ...]
    other: tuple[Detection, ...] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is labelled already: boxes of each class, looks `(n, 577)`, and digests of pixels."""

    boxes: Mapping[str, int]
    looks: Points
    pixels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pick:
    """A picture to label: its number, why, in words, and - drawn at random - with which probability."""

    number: int
    kind: Kind
    words: str
    probability_ppm: int | None = None


def choose(
    candidates: Sequence[Candidate], looks: Points, known: Known, limits: Limits, count: int, share_ppm: int, seed: int
) -> list[Pick]:
    """Choose pictures; the random ones come first, because figures need all of them.

    Args:
        candidates: All pictures without labels.
        looks: How they look, `(n, 577)`.
        known: What is labelled.
        limits: What counts.
        count: So many pictures, or all.
        share_ppm: Share of them that is drawn at random, in parts per million.
        seed: Another one draws others.
    """
    picks = _at_random([one.image.sha256 for one in candidates], min(count, len(candidates)), share_ppm, seed)
    return _Choice(candidates, looks, known, limits, picks).fill(count)


def _at_random(digests: Sequence[str], count: int, share_ppm: int, seed: int) -> list[Pick]:
    """Each picture with the same probability, whatever the model says; other pictures are a new draw.

    A draw by hash alone would favour pictures that come later: of the old ones those with small hashes are gone.
    """
    wanted = min(count, round(count * share_ppm / 1_000_000))
    if share_ppm and count and not wanted:
        wanted = 1
    pool = hashlib.sha256("".join(sorted(digests)).encode("ascii")).hexdigest()

    def place(number: int) -> bytes:
        return hashlib.sha256(json.dumps([seed, pool, digests[number]]).encode("ascii")).digest()

    drawn = sorted(range(len(digests)), key=place)[:wanted]
    ppm = round(1_000_000 * wanted / len(digests)) if digests else 0
    words = f"drawn at random, {wanted} of {len(digests)}"
    return [Pick(number, "random", words, ppm) for number in drawn]


class _Choice:
    def __init__(
        self, candidates: Sequence[Candidate], looks: Points, known: Known, limits: Limits, picks: list[Pick]
    ) -> None:
        self._candidates, self._limits, self._picks = candidates, limits, picks
        self._free = np.array([one.image.pixels_sha256 not in known.pixels for one in candidates], np.bool_)
        self._boxes = Counter(dict(known.boxes))
        self._usual = sum(self._boxes.values()) / len(self._boxes) if self._boxes else 0
        self._ways = Farthest(looks, known.looks)
        self._doubts = [uncertainty(one.found, one.image, limits) for one in candidates]
        self._quarrels = [disagreement(one.found, one.other, one.image, limits) for one in candidates]
        self._counted = [
            [two for two in one.found if two.score_ppm >= limits.band(two.class_name, one.image)[0]]
            for one in candidates
        ]
        for pick in picks:
            self._taken(pick)

    def fill(self, count: int) -> list[Pick]:
        ways: dict[Kind, Callable[[], Pick | None]] = {
            "uncertain": self._uncertain,
            "disagreement": self._disagreement,
            "rare-class": self._rare,
            "diverse": self._diverse,
        }
        idle = turn = 0
        while len(self._picks) < count and idle < len(TURNS):
            pick = ways[TURNS[turn % len(TURNS)]]()
            turn += 1
            idle = 0 if pick is not None else idle + 1
            if pick is not None:
                self._picks.append(pick)
                self._taken(pick)
        return self._picks

    def _taken(self, pick: Pick) -> None:
        """Nothing is chosen twice, neither as another file with the same pixels."""
        pixels = self._candidates[pick.number].image.pixels_sha256
        for number, one in enumerate(self._candidates):
            if one.image.pixels_sha256 == pixels:
                self._free[number] = False
        self._ways.take(pick.number)
        for name in {one.class_name for one in self._counted[pick.number]}:
            self._boxes[name] += 1

    def _uncertain(self) -> Pick | None:
        number = self._best([one.worth for one in self._doubts], LEAST_WORTH)
        return None if number is None else Pick(number, "uncertain", self._doubts[number].words)

    def _disagreement(self) -> Pick | None:
        number = self._best([one.worth for one in self._quarrels], LEAST_WORTH)
        return None if number is None else Pick(number, "disagreement", self._quarrels[number].words)

    def _best(self, worth: list[float], least: float) -> int | None:
        values = np.where(self._free, worth, -1.0)
        number = int(values.argmax())
        return number if values[number] > least else None

    def _rare(self) -> Pick | None:
        """The surest finding of the class with the fewest boxes, those of the choice so far included."""
        best: tuple[int, int, int, str] | None = None
        for number in np.flatnonzero(self._free).tolist():
            for one in self._counted[number]:
                here = (self._boxes[one.class_name], -one.score_ppm, number, one.class_name)
                if here[0] < self._usual and (best is None or here < best):
                    best = here
        if best is None:
            return None
        boxes, score, number, name = best
        words = (
            f"{name} {-score / 1_000_000:.2f}; {boxes} boxes of {name} so far, {self._usual:.0f} of a class on average"
        )
        return Pick(number, "rare-class", words)

    def _diverse(self) -> Pick | None:
        number = self._ways.best(self._free)
        words = "looks least like all that is labelled or chosen"
        return None if number is None else Pick(number, "diverse", words)
