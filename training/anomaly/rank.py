# SPDX-License-Identifier: AGPL-3.0-or-later
"""How well scores put bad photos behind good ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_Z = 1.959964  # of the normal distribution, for 95 % between both bounds


@dataclass(frozen=True, slots=True)
class Auroc:
    """Probability that a bad photo scores higher than a good one; 0.5 is chance.

    Attributes:
        value: The estimate.
        lower, upper: 95 % bounds (E. R. DeLong et al., Biometrics 44, 1988); too narrow near 1 and for few photos.
    """

    value: float
    lower: float
    upper: float


def auroc(good: Sequence[float], bad: Sequence[float]) -> Auroc:
    """Compare scores of good and bad photos.

    Raises:
        ValueError: There are fewer than two of either.
    """
    if min(len(good), len(bad)) < 2:
        raise ValueError(f"{len(good)} good and {len(bad)} bad scores cannot be compared")
    g, b = np.asarray(good, np.float64)[np.newaxis], np.asarray(bad, np.float64)[:, np.newaxis]
    higher = (b > g) + 0.5 * (b == g)
    value = float(higher.mean())
    error = _Z * float(
        np.sqrt(higher.mean(axis=1).var(ddof=1) / len(bad) + higher.mean(axis=0).var(ddof=1) / len(good))
    )
    return Auroc(value, max(0.0, value - error), min(1.0, value + error))
