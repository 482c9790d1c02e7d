# SPDX-License-Identifier: AGPL-3.0-or-later
"""Exact bounds against values from tables and closed forms."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.bounds import lower_bound, upper_bound


@pytest.mark.parametrize(
    ("errors", "trials", "expected"),
    [
        (0, 60, 0.048703),  # 1 - 0.05 ** (1 / 60)
        (0, 299, 0.009969),
        (0, 1, 0.95),
        (1, 60, 0.07663999),  # inverse of the incomplete beta function, 30 digits
        (20, 3000, 0.00967270),
        (21, 3000, 0.01006461),
        (0, 0, 1.0),
        (5, 5, 1.0),
    ],
)
def test_known_values(errors: int, trials: int, expected: float) -> None:
    assert upper_bound(errors, trials) == pytest.approx(expected, abs=2e-6)


@given(trials=st.integers(1, 400), data=st.data())
def test_the_bounds_enclose_the_rate_and_grow_with_the_errors(trials: int, data: st.DataObject) -> None:
    errors = data.draw(st.integers(0, trials))
    low, high = lower_bound(errors, trials), upper_bound(errors, trials)
    assert 0 <= low <= errors / trials <= high <= 1
    assert upper_bound(errors, trials, 0.99) >= high
    if errors < trials:
        assert upper_bound(errors + 1, trials) > high or high == 1


@pytest.mark.parametrize(("errors", "trials"), [(-1, 5), (6, 5), (1, 0)])
def test_impossible_counts_are_refused(errors: int, trials: int) -> None:
    with pytest.raises(ValueError, match="impossible"):
        upper_bound(errors, trials)


def test_an_impossible_confidence_is_refused() -> None:
    with pytest.raises(ValueError, match="confidence"):
        upper_bound(0, 10, 1.0)


def test_the_bound_of_large_counts_is_that_of_the_whole_sum() -> None:
    """Terms far below the errors seen are left out; at the bound the sum of all of them is 1 - confidence."""
    errors, trials = 2_000, 40_000
    rate = upper_bound(errors, trials)
    whole = math.fsum(
        math.exp(
            math.lgamma(trials + 1)
            - math.lgamma(k + 1)
            - math.lgamma(trials - k + 1)
            + k * math.log(rate)
            + (trials - k) * math.log1p(-rate)
        )
        for k in range(errors + 1)
    )
    assert whole == pytest.approx(0.05, rel=1e-6)
