# SPDX-License-Identifier: AGPL-3.0-or-later
"""The population stability index of two histograms, and how large chance alone makes it.

`PSI = sum over bins of (q - p) * ln(q / p)`, shares p before and q now. The usual reading, below 0.1 none, to 0.25
some, above much, is a rule of thumb of credit scoring (E. M. Lewis, "An Introduction to Credit Scoring", 1994) and
knows no sample size. Of two samples of one distribution PSI is about `(1/N + 1/M)` times a chi-square variable with
one degree of freedom less than there are bins (B. Yurdakul, J. Naranjo, "Statistical properties of the population
stability index", Journal of Risk Model Validation 14 (4), 2020). So it is never 0: two times 100 parts in ten bins
have 0.18 by chance. The approximation needs a few parts in each bin; `groups` and `ordered_groups` see to that.

An emptied bin weighs much in PSI: simulated, small samples of skewed distributions pass a limit for 1 in 10,000 up to
six times as often. Pearson's statistic of the same counts errs the other way, so that an alarm needs both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

SOME = 0.1
MUCH = 0.25
FALSE_ALARMS = 0.01
"""An unchanged station is told to drift by at most this share of checks, all their comparisons together."""
EXPECTED_IN_BIN = 5
"""So many parts are expected in each bin of the smaller sample; bins with fewer are merged."""
PRIOR = 0.5
"""Added to each count, so that an empty bin has a share (Jeffreys' prior of a proportion)."""
_BISECTIONS = 80


class Reading(StrEnum):
    """What a PSI says."""

    NONE = "none"
    CHANCE = "chance"
    SOME = "some"
    MUCH = "much"


def psi(before: Sequence[int], now: Sequence[int]) -> float:
    """Population stability index of two histograms over the same bins, from 0."""
    return math.fsum(contributions(before, now))


def contributions(before: Sequence[int], now: Sequence[int]) -> list[float]:
    """What each bin contributes to the index, from 0."""
    p, q = _shares(before), _shares(now)
    return [(b - a) * math.log(b / a) for a, b in zip(p, q, strict=True)]


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + PRIOR * len(counts)
    return [(count + PRIOR) / total for count in counts]


def expected(bins: int, before: int, now: int) -> float:
    """PSI to expect when nothing has changed, of samples of these sizes (from 1) in so many bins."""
    return (bins - 1) * (1 / before + 1 / now)


def limit(bins: int, before: int, now: int, chance: float) -> float:
    """PSI that unchanged samples exceed with this probability, 0 < chance < 1."""
    return 0.0 if bins < 2 else (1 / before + 1 / now) * _quantile(bins - 1, chance)


def pearson(before: Sequence[int], now: Sequence[int]) -> float:
    """Pearson's chi-square statistic of two histograms over the same bins."""
    n, m = sum(before), sum(now)
    return math.fsum((a * m - b * n) ** 2 / (a + b) for a, b in zip(before, now, strict=True) if a + b) / (n * m)


def reading(before: Sequence[int], now: Sequence[int], chance: float) -> Reading:
    """The usual reading of two histograms over merged bins, but no alarm within what chance gives.

    Args:
        before: Pictures in each bin; not all 0.
        now: The same, later.
        chance: With this probability unchanged samples may alarm, between 0 and 1.
    """
    value, bins = psi(before, now), len(before)
    if value < SOME:
        return Reading.NONE
    if value <= limit(bins, sum(before), sum(now), chance) or pearson(before, now) <= _quantile(bins - 1, chance):
        return Reading.CHANCE
    return Reading.MUCH if value > MUCH else Reading.SOME


def chi_square_tail(value: float, freedom: int) -> float:
    """Probability that a chi-square variable with so many degrees of freedom exceeds this value.

    In closed form (M. Abramowitz, I. A. Stegun, "Handbook of Mathematical Functions", 26.4.4 and 26.4.5).
    """
    if value <= 0:
        return 1.0
    half = value / 2
    odd = freedom % 2 == 1
    total = math.erfc(math.sqrt(half)) if odd else 0.0
    powers = (k + 0.5 if odd else float(k) for k in range(freedom // 2))
    return total + math.fsum(math.exp(k * math.log(half) - half - math.lgamma(k + 1)) for k in powers)


def _quantile(freedom: int, chance: float) -> float:
    low, high = 0.0, 1.0
    while chi_square_tail(high, freedom) > chance:
        high *= 2
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if chi_square_tail(middle, freedom) > chance else (low, middle)
    return high


def ordered_groups(before: Sequence[int], now: Sequence[int]) -> list[list[int]]:
    """Bins of a number that are compared as one: neighbours, so that enough parts are expected in each group."""
    weights = _weights(before, now)
    found: list[list[int]] = [[]]
    for index in range(len(weights)):
        if sum(weights[one] for one in found[-1]) >= EXPECTED_IN_BIN:
            found.append([])
        found[-1].append(index)
    if len(found) > 1 and sum(weights[one] for one in found[-1]) < EXPECTED_IN_BIN:
        last = found.pop()
        found[-1] += last
    return found


def groups(before: Sequence[int], now: Sequence[int]) -> list[list[int]]:
    """Bins without an order that are compared as one: those with too few parts together, with one more if need be."""
    weights = _weights(before, now)
    kept = [[index] for index, weight in enumerate(weights) if weight >= EXPECTED_IN_BIN]
    rare = [index for index, weight in enumerate(weights) if weight < EXPECTED_IN_BIN]
    if kept and sum(weights[one] for one in rare) < EXPECTED_IN_BIN:
        smallest = min(kept, key=lambda group: weights[group[0]])
        smallest += rare
        return kept
    return [*kept, rare] if rare else kept


def _weights(before: Sequence[int], now: Sequence[int]) -> list[float]:
    """Parts to expect in each bin of the smaller sample if both are of one distribution."""
    larger = max(1, sum(before) + sum(now))
    smaller = min(sum(before), sum(now))
    return [(a + b) * smaller / larger for a, b in zip(before, now, strict=True)]
