# SPDX-License-Identifier: AGPL-3.0-or-later
"""Quantile bins of whole numbers that stream past, in bounded memory (docs/qa-engineer.md, "Drift")."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

BINS = 10
"""Bins that a baseline has of a measure, where its values allow it."""
IN_BIN = 50
"""Pictures that a baseline needs for each of them."""
KEPT_BITS = 12
"""Leading bits of a number that are kept: steps of less than 0.05 %, at most 2,048 of them to each power of two."""


def coarse(value: int) -> int:
    """The start of the step in which a number from 0 lies; small numbers are kept as they are."""
    return value >> _shift(value) << _shift(value)


def _shift(value: int) -> int:
    return max(0, value.bit_length() - KEPT_BITS)


class Values:
    """Counts of whole numbers from 0, in steps of `coarse`."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.total = 0
        self._sum = 0

    def add(self, value: int) -> None:
        """Count one number."""
        self._counts[coarse(value)] += 1
        self.total += 1
        self._sum += value

    @property
    def mean(self) -> int:
        """Mean, rounded down; 0 of nothing."""
        return self._sum // self.total if self.total else 0

    def edges(self) -> tuple[int, ...]:
        """Edges of bins with about equally many numbers in each; a bin begins with its edge.

        A measure that hardly varies has fewer than three such bins: it gets one below and one above what was seen.
        """
        found = _quantile_edges(sorted(self._counts.items()), BINS)
        if len(found) < 2 and self._counts:
            highest = max(self._counts)
            found = sorted({*found, min(self._counts), highest + (1 << _shift(highest))} - {0})
        return tuple(found)

    def edges_above_zero(self) -> tuple[int, ...]:
        """The same, where 0 is a bin of its own and the rest is divided as far as there are enough numbers."""
        above = [(value, count) for value, count in sorted(self._counts.items()) if value > 0]
        bins = min(BINS - 1, sum(count for _, count in above) // IN_BIN)
        return (1, *_quantile_edges(above, bins))

    def histogram(self, edges: Sequence[int]) -> tuple[int, ...]:
        """How many numbers lie in each bin; the edges are those of `edges` or `edges_above_zero`."""
        counts = [0] * (len(edges) + 1)
        for value, count in self._counts.items():
            counts[bin_of(value, edges)] += count
        return tuple(counts)


def bin_of(value: int, edges: Sequence[int]) -> int:
    """Number of the bin in which a value lies, from 0 (below the first edge) to `len(edges)`."""
    return bisect_right(edges, value)


def _quantile_edges(counts: Sequence[tuple[int, int]], bins: int) -> list[int]:
    """Values, sorted, with counts; equal values are never divided, so that there may be fewer bins."""
    total = sum(count for _, count in counts)
    found: list[int] = []
    below, passed = 0, 0
    for value, count in counts:
        if below * bins // max(1, total) > passed:
            passed = below * bins // total
            found.append(value)
        below += count
    return found
