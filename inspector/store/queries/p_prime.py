# SPDX-License-Identifier: AGPL-3.0-or-later
"""The normal band of a reject rate: limits of Laney's p' chart, from what the station itself has recorded.

A plain p chart takes every part for an independent throw of the same die. Parts are not: material, tools and light
differ from hour to hour, so that with thousands of parts an hour its limits are absurdly narrow. Laney widens them by
how much the rates of the hours really scatter (D. B. Laney, "Improved control charts for attributes", Quality
Engineering 14(4), 2002).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

ENOUGH_SUBGROUPS = 20
"""Fewer say too little of what is normal."""
ENOUGH_PARTS = 50
"""A subgroup with fewer parts says little more than its own chance."""
SIGMAS = 3
MEAN_RANGE = 1.128
"""Mean distance of two draws from a normal distribution, in its standard deviations (d2 for two)."""


@dataclass(frozen=True, slots=True)
class Subgroup:
    """The parts of one hour.

    Attributes:
        parts: How many were inspected.
        rejected: How many of them were not let through.
    """

    parts: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was normal.

    Attributes:
        subgroups: How many it was made from.
        parts: Their parts.
        rejected: How many of those were rejected.
        sigma_z: How many times wider than by chance alone the rates scatter; at least 1.
    """

    subgroups: int
    parts: int
    rejected: int
    sigma_z: float

    @property
    def mean(self) -> float:
        """Rejected parts for each part."""
        return self.rejected / self.parts

    def limits(self, parts: int) -> tuple[float, float]:
        """Between which rates a subgroup of this many parts (at least 1) normally lies."""
        half = SIGMAS * self.sigma_z * _by_chance(self.mean, parts)
        return max(0.0, self.mean - half), min(1.0, self.mean + half)


def usable(subgroups: Sequence[Subgroup]) -> list[Subgroup]:
    """Those with enough parts."""
    return [one for one in subgroups if one.parts >= ENOUGH_PARTS]


def baseline(subgroups: Sequence[Subgroup]) -> Baseline | None:
    """What was normal in these subgroups; None when they are too few to say.

    None too when nothing or everything was rejected: a rate that never moved has no width.

    Args:
        subgroups: In the order of their time.
    """
    taken = usable(subgroups)
    parts, rejected = sum(one.parts for one in taken), sum(one.rejected for one in taken)
    if len(taken) < ENOUGH_SUBGROUPS or rejected in (0, parts):
        return None
    mean = rejected / parts
    scores = [(one.rejected / one.parts - mean) / _by_chance(mean, one.parts) for one in taken]
    ranges = [abs(after - before) for before, after in pairwise(scores)]
    sigma_z = sum(ranges) / len(ranges) / MEAN_RANGE
    # Narrower than chance happens by chance only, and would call a normal hour odd.
    return Baseline(len(taken), parts, rejected, max(1.0, sigma_z))


def _by_chance(mean: float, parts: int) -> float:
    """Standard deviation of the rate of independent parts."""
    return math.sqrt(mean * (1.0 - mean) / parts)
