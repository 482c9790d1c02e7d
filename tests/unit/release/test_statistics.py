# SPDX-License-Identifier: AGPL-3.0-or-later
"""The exact McNemar test and the number of parts that a bound takes, against sums of fractions."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.bounds import upper_bound
from training.release.statistics import parts_needed, worse_by_chance


@given(st.integers(0, 60), st.integers(0, 60))
def test_chance_is_the_tail_of_a_fair_coin(candidate: int, released: int) -> None:
    total = candidate + released
    exact = Fraction(sum(comb(total, k) for k in range(candidate, total + 1)), 2**total)
    assert worse_by_chance(candidate, released) == pytest.approx(float(exact), rel=1e-9)


def test_figures_by_hand() -> None:
    assert worse_by_chance(0, 0) == worse_by_chance(0, 7) == 1
    assert worse_by_chance(5, 0) == pytest.approx(1 / 32)
    assert worse_by_chance(4, 0) == pytest.approx(1 / 16)
    assert worse_by_chance(8, 1) == pytest.approx(10 / 512)
    assert worse_by_chance(5000, 5000) == pytest.approx(0.504, abs=0.001)
    assert worse_by_chance(6000, 4000) < 1e-80


@pytest.mark.parametrize(
    ("bound", "errors", "parts"), [(0.05, 0, 59), (0.05, 1, 93), (0.01, 0, 299), (0.5, 0, 5), (1.0, 0, 0), (1.0, 3, 0)]
)
def test_how_many_parts_a_bound_takes(bound: float, errors: int, parts: int) -> None:
    assert parts_needed(bound, errors) == parts


@given(st.floats(0.001, 0.99), st.integers(0, 20))
def test_fewer_parts_do_not_reach_the_bound(bound: float, errors: int) -> None:
    parts = parts_needed(bound, errors)
    assert parts is not None
    assert upper_bound(errors, parts) <= bound
    assert parts == errors + 1 or upper_bound(errors, parts - 1) > bound


def test_nobody_has_so_many() -> None:
    assert parts_needed(1e-9) is None
