# SPDX-License-Identifier: AGPL-3.0-or-later
"""What places of good parts look like, and how far from all of them a place of another picture is.

Source: K. Roth et al., "Towards total recall in industrial anomaly detection" (PatchCore), CVPR 2022: nearest
neighbours in a memory of places that is thinned by farthest points; here without its re-weighting.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

PLACES = 24_000
"""Places of all good photos together from which the memory is chosen."""
KEPT = 2_000
_DIRECTIONS = 32  # of a random projection, in which the farthest points are looked for
_AT_ONCE = 4096
_HOTTEST = 500  # the score is the mean of this part of the places: one in 500, at least one


def sample(look: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Some places of a picture, `(n, channels)`; all if there are fewer."""
    places = look.reshape(-1, look.shape[2])
    return places[rng.permutation(len(places))[:count]]


class Memory:
    """Places of good parts.

    Args:
        samples: Of each good photo some places, `(n, channels)`.
        seed: Another one begins with another place.
    """

    def __init__(self, samples: Sequence[FloatArray], seed: int) -> None:
        places = np.concatenate(samples)
        self._mean = places.mean(axis=0)
        self._spread = places.std(axis=0) + np.float32(1e-6)
        known = self._normal(places)
        self._kept = known[_farthest(known, KEPT, np.random.default_rng(seed))]
        self._squares = (self._kept * self._kept).sum(axis=1)

    def heat(self, look: FloatArray) -> FloatArray:
        """How far each place is from the nearest known one, smoothed over neighbours, `(rows, columns)`."""
        places = self._normal(look.reshape(-1, look.shape[2]))
        far = np.empty(len(places), np.float32)
        for first in range(0, len(places), _AT_ONCE):
            some = places[first : first + _AT_ONCE]
            apart = (some * some).sum(axis=1)[:, np.newaxis] + self._squares - 2 * some @ self._kept.T
            far[first : first + _AT_ONCE] = np.sqrt(np.maximum(apart.min(axis=1), 0))
        return np.asarray(cv2.GaussianBlur(far.reshape(look.shape[:2]), (0, 0), 1.0), np.float32)

    def _normal(self, places: FloatArray) -> FloatArray:
        return np.asarray((places - self._mean) / self._spread, np.float32)


def score(heat: FloatArray) -> float:
    """How odd a picture is: the mean of its hottest places."""
    count = max(1, heat.size // _HOTTEST)
    return float(np.partition(heat.ravel(), heat.size - count)[-count:].mean())


def hottest(heat: FloatArray) -> tuple[float, float]:
    """Where the hottest place is: x and y as shares of the picture's edges, 0 to 1."""
    row, column = divmod(int(heat.argmax()), heat.shape[1])
    return (column + 0.5) / heat.shape[1], (row + 0.5) / heat.shape[0]


def _farthest(points: FloatArray, count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Numbers of points that cover all others (Gonzalez 1985), in a random projection as PatchCore does."""
    if len(points) <= count:
        return np.arange(len(points))
    turn = rng.standard_normal((points.shape[1], _DIRECTIONS)).astype(np.float32)
    flat = np.ascontiguousarray((points @ turn).T)
    squares = (flat * flat).sum(axis=0)
    chosen = np.empty(count, np.int64)
    nearest = np.full(len(points), np.inf, np.float32)
    at = int(rng.integers(len(points)))
    for number in range(count):
        chosen[number] = at
        # Not by BLAS: so small a product is slower on its threads, which wait for one another by spinning.
        along = np.einsum("ji,j->i", flat, flat[:, at])
        nearest = np.minimum(nearest, squares - 2 * along + squares[at])
        at = int(nearest.argmax())
    return chosen
