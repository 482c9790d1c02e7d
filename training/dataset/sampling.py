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

from training.dataset.picture import decode

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


def features(pictures: Iterable[Path]) -> npt.NDArray[np.float32]:
    """What pictures look like, `(n, 24 * 24 + 1) float32`: small, of equal contrast, with their brightness.

    A picture that cannot be read is like nothing at all (zeros): it is told of when it is examined.
    """
    rows = []
    for path in pictures:
        row = np.zeros(_EDGE * _EDGE + 1, np.float32)
        try:
            pixels = decode(path.read_bytes())
        except OSError:
            pixels = None
        if pixels is not None and pixels.dtype == np.uint8:
            grey = pixels if pixels.ndim == 2 else pixels.mean(axis=2)
            small = cv2.resize(np.asarray(grey, np.float32), (_EDGE, _EDGE), interpolation=cv2.INTER_AREA)
            row[:-1] = ((small - small.mean()) / max(float(small.std()), 1.0)).ravel() / _EDGE
            row[-1] = small.mean() / 255
        rows.append(row)
    return np.stack(rows) if rows else np.zeros((0, _EDGE * _EDGE + 1), np.float32)


def farthest(pictures: Sequence[Path], count: int) -> list[int]:
    """Numbers of pictures, each the farthest from all chosen before (Gonzalez 1985); the first is the oddest."""
    if not pictures or count < 1:
        return []
    points = features(pictures)
    nearest = np.linalg.norm(points - points.mean(axis=0), axis=1)
    chosen: list[int] = []
    while len(chosen) < min(count, len(points)):
        number = int(nearest.argmax())
        if chosen and nearest[number] <= 0:
            break  # all that is left looks like one that is chosen
        distances = np.linalg.norm(points - points[number], axis=1)
        nearest = distances if not chosen else np.minimum(nearest, distances)
        chosen.append(number)
    return chosen
