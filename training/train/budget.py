# SPDX-License-Identifier: AGPL-3.0-or-later
"""How many epochs fit into the minutes, from the time that the last ones took."""

from __future__ import annotations

import math
from collections.abc import Sequence

RECENT = 3
"""The time of the next epoch is taken to be the mean of so many: the machine may get slower or faster meanwhile."""


def epochs_that_fit(
    limit_s: float | None, spent_s: float, epochs_s: Sequence[float], validation_s: float, most: int
) -> int:
    """How many epochs the run has in all.

    Args:
        limit_s: The budget; None: no limit.
        spent_s: Gone already, of this budget.
        epochs_s: What each epoch that is done took, with its validation; at least one.
        validation_s: What the last validation took: there is one more at the end.
        most: Never more than so many.

    Returns:
        At least as many as are done, and one.
    """
    done = len(epochs_s)
    if limit_s is None:
        return max(most, done)
    recent = epochs_s[-RECENT:]
    one = max(sum(recent) / len(recent), 1e-3)
    more = max(math.floor((limit_s - spent_s - validation_s) / one), 0)
    return max(min(done + more, most), done)


def cut_short(limit_s: float | None, spent_s: float, done: int, validation_s: float) -> bool:
    """Whether an epoch that takes longer than expected has to end now; two validations still follow it.

    The first epoch always goes on to its end: without it there are no weights.
    """
    return limit_s is not None and done > 0 and spent_s + 2 * validation_s > limit_s
