# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which of a station's parts are worth a look: reviewed, doubtful, unlike the others - and a share drawn at random.

Figures of the line - how many parts are bad, how many of them are missed - can be estimated from the random share only,
each picture weighted by one over its probability: the others were chosen because of what they are.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inspector.part import ImageArray
from training.dataset.picture import decode

Points = npt.NDArray[np.float32]
POOL = 400
"""So many of the newest parts that nothing else has chosen are compared for diversity: each picture is read."""
_EDGE = 24
_SCALE = 2**64


@dataclass(frozen=True, slots=True)
class Seen:
    """A part as sampling sees it.

    Attributes:
        seq: Number of its record. hash: Of its record.
        top_ppm: Highest score of what the model found and the recipe counts; 0 for nothing.
        picture: File of its first picture.
        reviewed: Whether somebody has said something of it.
    """

    seq: int
    hash: str
    top_ppm: int
    picture: Path
    reviewed: bool


@dataclass
class Choice:
    """What is chosen, while all parts pass by: nothing is kept of the others.

    Attributes:
        seed: Of the random share.
        random_ppm: Probability of each part, in parts per million.
        grey: Scores from - to of what is doubtful, in parts per million.
        grey_count, diverse_count: At most so many.
        strata: Number of the record -> why it was chosen.
    """

    seed: int
    random_ppm: int
    grey: tuple[int, int]
    grey_count: int
    diverse_count: int
    strata: dict[int, str] = field(default_factory=dict)
    _doubtful: list[tuple[int, int]] = field(default_factory=list)
    _pool: deque[Seen] = field(default_factory=lambda: deque(maxlen=POOL))

    def see(self, part: Seen) -> None:
        """Look at the next part."""
        if drawn(part.hash, self.seed, self.random_ppm):
            self.strata[part.seq] = "random"
        elif part.reviewed:
            self.strata[part.seq] = "reviewed"
        else:
            self._pool.append(part)
            low, high = self.grey
            if low <= part.top_ppm <= high and self.grey_count:
                entry = (-abs(2 * part.top_ppm - low - high), part.seq)  # nearest to the middle of the band, newest
                if len(self._doubtful) < self.grey_count:
                    heapq.heappush(self._doubtful, entry)
                else:
                    heapq.heappushpop(self._doubtful, entry)

    def conclude(self) -> dict[int, str]:
        """After all parts: why which was chosen, by the number of its record."""
        for _, seq in self._doubtful:
            self.strata[seq] = "grey"
        rest = [part for part in self._pool if part.seq not in self.strata]
        for number in farthest([part.picture for part in rest], self.diverse_count):
            self.strata[rest[number].seq] = "diverse"
        return self.strata


def drawn(digest: str, seed: int, probability_ppm: int) -> bool:
    """Whether a part is in the random share: with this probability, for itself, and the same on every import.

    A larger share with the same seed holds the smaller one.

    Args:
        digest: Hash of its record, 64 hex digits; it has random salt, so nothing about the part is in it.
        seed: Another seed draws other parts.
        probability_ppm: In parts per million.
    """
    value = hashlib.sha256(json.dumps([seed, digest]).encode("ascii")).digest()[:8]
    return int.from_bytes(value, "big") * 1_000_000 < probability_ppm * _SCALE


def feature(pixels: ImageArray) -> Points:
    """What a picture looks like, `(577,) float32`: 24 x 24 fields of equal contrast, and its brightness."""
    row = np.zeros(_EDGE * _EDGE + 1, np.float32)
    grey = pixels if pixels.ndim == 2 else pixels.mean(axis=2)
    small = cv2.resize(np.asarray(grey, np.float32), (_EDGE, _EDGE), interpolation=cv2.INTER_AREA)
    row[:-1] = ((small - small.mean()) / max(float(small.std()), 1.0)).ravel() / _EDGE
    row[-1] = small.mean() / 255
    return row


def features(pictures: Iterable[Path]) -> Points:
    """What pictures look like, `(n, 577) float32`.

    A picture that cannot be read is like nothing at all (zeros): it is told of when it is examined.
    """
    rows = [np.zeros((0, _EDGE * _EDGE + 1), np.float32)]
    for path in pictures:
        try:
            pixels = decode(path.read_bytes())
        except OSError:
            pixels = None
        row = np.zeros(_EDGE * _EDGE + 1, np.float32)
        if pixels is not None and pixels.dtype == np.uint8:
            row = feature(pixels)
        rows.append(row[np.newaxis])
    return np.concatenate(rows)


class Farthest:
    """Chooses points far from all that are known or chosen already (Gonzalez 1985); without any the oddest is first.

    Args:
        points: `(n, d)`, to choose from.
        known: `(m, d)`, where we have been.
    """

    def __init__(self, points: Points, known: Points | None = None) -> None:
        self._points = points
        self._any = known is not None and len(known) > 0
        if known is not None and self._any:
            self._nearest = _to_nearest(points, known)
        else:
            self._nearest = np.linalg.norm(points - points.mean(axis=0), axis=1)

    def best(self, free: npt.NDArray[np.bool_]) -> int | None:
        """Number of the farthest point among the free ones; None if all of them lie where we have been."""
        if not free.any():
            return None
        number = int(np.where(free, self._nearest, -1).argmax())
        return None if self._any and self._nearest[number] <= 0 else number

    def take(self, number: int) -> None:
        """This point is chosen, for whatever reason."""
        distances = np.linalg.norm(self._points - self._points[number], axis=1)
        self._nearest = np.minimum(self._nearest, distances) if self._any else distances
        self._any = True


def _to_nearest(points: Points, known: Points) -> Points:
    """Distance of each point to the nearest known one, `(n,)`, a thousand points at a time."""
    squares = (known**2).sum(axis=1)
    found = np.empty(len(points), np.float32)
    for first in range(0, len(points), 1000):
        some = points[first : first + 1000]
        apart = (some**2).sum(axis=1)[:, np.newaxis] + squares - 2 * some @ known.T
        found[first : first + 1000] = np.sqrt(np.maximum(apart.min(axis=1), 0))
    return found


def farthest(pictures: Sequence[Path], count: int) -> list[int]:
    """Numbers of pictures, each the farthest from all chosen before; the first is the oddest."""
    if not pictures or count < 1:
        return []
    chosen: list[int] = []
    ways, free = Farthest(features(pictures)), np.ones(len(pictures), np.bool_)
    while len(chosen) < count and (number := ways.best(free)) is not None:
        chosen.append(number)
        free[number] = False
        ways.take(number)
    return chosen
