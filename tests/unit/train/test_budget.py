# SPDX-License-Identifier: AGPL-3.0-or-later
"""A budget of minutes: epochs that fit, from the measured time of those that are done."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from training.train.budget import cut_short, epochs_that_fit

TIMES = st.lists(st.floats(0.1, 1000), min_size=1, max_size=20)


def test_what_is_left_is_filled_with_epochs_but_for_the_last_validation() -> None:
    assert epochs_that_fit(300, 60, [50], 10, 300) == 1 + 4  # 230 s left: four of 50
    assert epochs_that_fit(300, 60, [50, 100, 100, 100], 10, 300) == 4 + 2  # the last three count
    assert epochs_that_fit(300, 400, [400], 10, 300) == 1  # the first one alone was too long: it counts all the same


def test_the_number_of_epochs_holds_without_a_budget_and_above_all() -> None:
    assert epochs_that_fit(None, 1e6, [50], 10, 12) == 12
    assert epochs_that_fit(1e6, 60, [50], 10, 12) == 12


@given(limit=st.floats(1, 1e5), times=TIMES, validation=st.floats(0, 100), most=st.integers(1, 400))
def test_epochs_of_the_same_length_never_exceed_the_budget(
    limit: float, times: list[float], validation: float, most: int
) -> None:
    spent = sum(times)
    planned = epochs_that_fit(limit, spent, times, validation, most)
    assert planned >= len(times)
    recent = times[-3:]
    if planned > len(times):
        assert planned <= most
        assert spent + (planned - len(times)) * sum(recent) / len(recent) + validation <= limit * (1 + 1e-9)


def test_an_epoch_that_drags_on_ends_in_time_for_its_two_validations_but_never_the_first_one() -> None:
    assert not cut_short(100, 79, 1, 10)
    assert cut_short(100, 81, 1, 10)
    assert not cut_short(100, 1000, 0, 0)
    assert not cut_short(None, 1e9, 5, 10)
