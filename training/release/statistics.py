# SPDX-License-Identifier: AGPL-3.0-or-later
"""How many parts a bound needs, and whether of two models one is worse on the same parts by more than chance."""

from __future__ import annotations

import math

from inspector.bounds import upper_bound

MOST_PARTS = 10_000_000


def worse_by_chance(only_candidate: int, only_released: int) -> float:
    """How often chance alone gives so many errors of the candidate alone, 0..1: exact McNemar test, one-sided.

    Parts on which both are right, or both are wrong, say nothing about which is better; on the others, if both were
    equally good, either would be wrong with probability one half. Q. McNemar, "Note on the sampling error of the
    difference between correlated proportions or percentages", Psychometrika 12 (1947); exact as a sign test.

    Args:
        only_candidate: Parts on which the candidate alone is wrong.
        only_released: Parts on which the released model alone is wrong.
    """
    total = only_candidate + only_released
    if not only_candidate:
        return 1.0
    log_ways = math.lgamma(total + 1) - total * math.log(2)
    terms = (
        math.exp(log_ways - math.lgamma(k + 1) - math.lgamma(total - k + 1)) for k in range(only_candidate, total + 1)
    )
    return min(1.0, math.fsum(terms))


def parts_needed(max_upper: float, errors: int = 0) -> int | None:
    """So many parts it takes at least for a 95 % bound of at most `max_upper`; None: more than anybody has.

    Args:
        max_upper: The bound that is to be reached, above 0 and at most 1.
        errors: Parts that go wrong among them.
    """
    if max_upper >= 1:
        return 0
    low, high = errors, errors + 1
    while upper_bound(errors, high) > max_upper:
        low, high = high, 2 * high
        if high > MOST_PARTS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if upper_bound(errors, middle) > max_upper else (low, middle)
    return high
