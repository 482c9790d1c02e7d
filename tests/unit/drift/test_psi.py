# SPDX-License-Identifier: AGPL-3.0-or-later
"""The index, what chance makes of it, and how often an unchanged station is told to drift."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.bounds import lower_bound
from training.drift import psi
from training.drift.bins import IN_BIN, Values, bin_of, coarse
from training.drift.psi import Reading

REPETITIONS = 1_000
SHAPES: dict[str, list[float]] = {
    "deciles": [0.1] * 10,
    "mostly nothing": [0.9, 0.04, 0.02, 0.02, 0.01, 0.01],
    "rare": [0.995, 0.004, 0.001],
    "never before": [0.0, 1.0, 0.0],
}


def drawn(chance: random.Random, shares: Sequence[float], number: int) -> list[int]:
    counts = [0] * len(shares)
    for index in chance.choices(range(len(shares)), shares, k=number):
        counts[index] += 1
    return counts


@pytest.mark.parametrize(
    ("value", "freedom", "tail"),
    [(3.841459, 1, 0.05), (5.991465, 2, 0.05), (16.918978, 9, 0.05), (27.877165, 9, 0.001), (18.307038, 10, 0.05)],
)
def test_tails_of_chi_square_are_those_of_the_tables(value: float, freedom: int, tail: float) -> None:
    assert psi.chi_square_tail(value, freedom) == pytest.approx(tail, rel=1e-5)
    assert psi.limit(freedom + 1, 200, 200, tail) == pytest.approx(value / 100, rel=1e-5)


def test_the_index_of_known_shares() -> None:
    before, now = [500_000, 500_000], [250_000, 750_000]
    assert psi.psi(before, before) == 0
    assert psi.psi(before, now) == pytest.approx(0.25 * math.log(3), rel=1e-4)  # (q - p) ln(q / p), both bins
    assert psi.psi(now, before) == pytest.approx(psi.psi(before, now))


@pytest.mark.parametrize(
    ("value", "limit", "said"),
    [
        (0.09, 0.0, Reading.NONE),
        (0.1, 0.05, Reading.SOME),
        (0.25, 0.05, Reading.SOME),
        (0.26, 0.05, Reading.MUCH),
        (0.26, 0.3, Reading.CHANCE),
        (0.3, 0.3, Reading.CHANCE),
    ],
)
def test_no_alarm_within_what_chance_gives(value: float, limit: float, said: Reading) -> None:
    assert psi.reading(value, limit) is said


@pytest.mark.parametrize("sizes", [(500, 100), (1_000, 1_000), (5_000, 300)], ids=str)
def test_the_expected_index_of_unchanged_parts_is_that_of_the_simulation(sizes: tuple[int, int]) -> None:
    chance = random.Random(11)
    shares = SHAPES["deciles"]
    found = [psi.psi(drawn(chance, shares, sizes[0]), drawn(chance, shares, sizes[1])) for _ in range(200)]
    assert sum(found) / len(found) == pytest.approx(psi.expected(10, *sizes), rel=0.12)


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("now", [50, 200])
def test_unchanged_parts_pass_the_limit_no_more_often_than_it_says(shape: str, now: int) -> None:
    chance = random.Random(f"{shape} {now}")
    rate, passed = 0.01, 0
    for _ in range(REPETITIONS):
        before, seen = drawn(chance, SHAPES[shape], 500), drawn(chance, SHAPES[shape], now)
        bins = psi.groups(before, seen)
        merged = [[sum(counts[one] for one in group) for group in bins] for counts in (before, seen)]
        passed += psi.psi(*merged) > psi.limit(len(bins), 500, now, rate)
    assert lower_bound(passed, REPETITIONS) <= rate, f"{passed} of {REPETITIONS}"


@given(pairs=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=12))
def test_merged_bins_hold_every_bin_once_and_enough_parts(pairs: list[tuple[int, int]]) -> None:
    before, now = [one for one, _ in pairs], [one for _, one in pairs]
    total, smaller = sum(before) + sum(now), min(sum(before), sum(now))
    for found in (psi.groups(before, now), psi.ordered_groups(before, now)):
        assert sorted(index for group in found for index in group) == list(range(len(pairs)))
        if len(found) > 1:
            for group in found:
                share = sum(before[index] + now[index] for index in group) / total
                assert share * smaller >= psi.EXPECTED_IN_BIN * (1 - 1e-9)


@given(st.integers(0, 2**60), st.integers(0, 2**60))
def test_steps_keep_the_order_and_are_small(one: int, other: int) -> None:
    assert 0 <= one - coarse(one) <= one / 2_048
    assert coarse(min(one, other)) <= coarse(max(one, other))
    assert coarse(coarse(one)) == coarse(one)


def test_a_million_records_are_counted_in_few_steps() -> None:
    assert len({coarse(value) for value in range(0, 1_000_000, 7)}) <= 2_048 * 10


@given(st.lists(st.one_of(st.integers(0, 300), st.integers(0, 2**50)), min_size=1, max_size=300))
def test_bins_of_any_numbers_rise_and_hold_them_all(numbers: list[int]) -> None:
    values = Values()
    for number in numbers:
        values.add(number)
    for edges in (values.edges(), values.edges_above_zero()):
        assert list(edges) == sorted(set(edges))
        assert 1 <= len(edges) <= 10
        counted = [0] * (len(edges) + 1)
        for number in numbers:
            counted[bin_of(number, edges)] += 1
        assert tuple(counted) == values.histogram(edges)
    assert values.mean == sum(numbers) // len(numbers)


def test_different_numbers_fall_into_ten_equal_bins() -> None:
    values = Values()
    for number in random.Random(2).sample(range(1_000, 3_000), 1_000):
        values.add(number)
    assert values.histogram(values.edges()) == (100,) * 10


def test_a_measure_that_does_not_vary_has_a_bin_below_and_one_above() -> None:
    values = Values()
    for _ in range(700):
        values.add(120_500)
    assert values.histogram(values.edges()) == (0, 700, 0)
    assert bin_of(120_500, values.edges()) == 1


def test_nothing_found_has_a_bin_of_its_own_and_the_rest_as_many_as_it_fills() -> None:
    values = Values()
    for number in range(1_000):
        values.add(0 if number < 800 else 100_000 + 1_000 * number)
    assert values.histogram(values.edges_above_zero()) == (800, IN_BIN, IN_BIN, IN_BIN, IN_BIN)
