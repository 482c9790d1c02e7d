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
    ("before", "now", "said"),
    [
        ([500, 500], [550, 450], Reading.NONE),
        ([500, 500], [660, 340], Reading.SOME),
        ([500, 500], [750, 250], Reading.MUCH),
        ([50, 50], [8, 7], Reading.NONE),
        ([50, 50], [10, 4], Reading.CHANCE),  # shares as in the line above, of few parts
        ([500, 500], [15, 5], Reading.CHANCE),
    ],
)
def test_no_alarm_within_what_chance_gives(before: list[int], now: list[int], said: Reading) -> None:
    assert psi.reading(before, now, 0.001) is said


def test_an_emptied_bin_alone_is_no_alarm_before_both_statistics_say_so() -> None:
    before, now, chance = [475, 25], [100, 0], 0.02
    assert psi.psi(before, now) > psi.limit(2, 500, 100, chance)
    assert psi.pearson(before, now) == pytest.approx(600 * (475 * 0 - 25 * 100) ** 2 / (500 * 100 * 575 * 25))
    assert psi.chi_square_tail(psi.pearson(before, now), 1) > chance
    assert psi.reading(before, now, chance) is Reading.CHANCE


@pytest.mark.parametrize("sizes", [(500, 100), (1_000, 1_000), (5_000, 300)], ids=str)
def test_the_expected_index_of_unchanged_parts_is_that_of_the_simulation(sizes: tuple[int, int]) -> None:
    chance = random.Random(11)
    shares = SHAPES["deciles"]
    found = [psi.psi(drawn(chance, shares, sizes[0]), drawn(chance, shares, sizes[1])) for _ in range(200)]
    assert sum(found) / len(found) == pytest.approx(psi.expected(10, *sizes), rel=0.12)


def alarms(shape: str, before: int, now: int, rate: float, repetitions: int) -> int:
    """In how many unchanged pairs of samples there is an alarm."""
    chance = random.Random(f"{shape} {now}")
    found = 0
    for _ in range(repetitions):
        pair = drawn(chance, SHAPES[shape], before), drawn(chance, SHAPES[shape], now)
        bins = psi.groups(*pair)
        merged = [[sum(counts[one] for one in group) for group in bins] for counts in pair]
        found += psi.reading(*merged, rate) in (Reading.SOME, Reading.MUCH)
    return found


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("now", [50, 200])
def test_unchanged_parts_alarm_no_more_often_than_allowed(shape: str, now: int) -> None:
    found = alarms(shape, 500, now, 0.01, REPETITIONS)
    assert lower_bound(found, REPETITIONS) <= 0.01, f"{found} of {REPETITIONS}"


@pytest.mark.long
@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("now", [60, 120])
def test_rare_alarms_are_as_rare_as_allowed(shape: str, now: int) -> None:
    found = alarms(shape, 500, now, 0.001, 50_000)
    assert lower_bound(found, 50_000) <= 0.001, f"{found} of 50000"


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
