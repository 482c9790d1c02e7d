# SPDX-License-Identifier: AGPL-3.0-or-later
"""Challenges on simulated time: the run, the gate, and the file of registered parts."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.cli.challenge import good_words, words
from inspector.errors import RecipeError
from inspector.part import Detection
from inspector.recipe import Recipe, failing_classes
from inspector.recipe.challenge_set import ChallengeSet
from inspector.station.challenge import MAX_RESULTS, ChallengeGate, ChallengeRun, GateState

WANTED: dict[str, str | None] = {"A": "dent", "B": "scratch"}
LIMIT_NS = 1_000
MINUTE_NS = 60_000_000_000

RECIPE = b"""
format = "inspector-recipe/1"
name = "disc"
version = "1"
[serial]
source = "image"
form = "@-##"
[classes.dent]
min_score = 0.40
grey_from = 0.20
[classes.scratch]
min_score = 0.30
"""
SET = b"""
format = "inspector-challenge/1"
recipe = "disc"
presentations = 2
[[parts]]
serial = "A-01"
class = "dent"
valid_until = 2027-06-30
[[parts]]
serial = "A-02"
class = "scratch"
valid_until = 2026-12-31
"""


def run(presentations: int = 1) -> ChallengeRun:
    return ChallengeRun(WANTED, presentations, 0, LIMIT_NS)


# The run


@st.composite
def shows(draw: st.DrawFn) -> list[tuple[str, bool, bool | None]]:
    """Serial, found, and where it went (None: nobody knows yet)."""
    one = st.tuples(st.sampled_from(["A", "B"]), st.booleans(), st.sampled_from([True, False, None]))
    return draw(st.lists(one, max_size=8))


@given(shown=shows(), presentations=st.integers(1, 3), late=st.booleans())
def test_a_run_is_passed_only_when_every_part_was_found_and_rejected(
    shown: list[tuple[str, bool, bool | None]], presentations: int, late: bool
) -> None:
    challenge = run(presentations)
    for number, (serial, found, rejected) in enumerate(shown):
        challenge.part(f"p{number}", serial, found=found)
        if rejected is not None:
            challenge.outcome(f"p{number}", rejected=rejected)
    end = challenge.conclusion(LIMIT_NS if late else LIMIT_NS - 1)
    all_good = all(found and rejected for _, found, rejected in shown)
    enough = all(sum(1 for one in shown if one[0] == serial) >= presentations for serial in WANTED)
    if all_good and enough:
        assert end is not None
        assert end.passed
        assert len(end.shown) == len(shown)
    elif late:
        assert end is not None
        assert not end.passed
        assert end.reason
        assert all(one.rejected is not None for one in end.shown)
    else:
        assert end is None or not end.passed
        # it goes on while a part is on the belt, or while nothing is wrong and a part is missing
        waiting = any(rejected is None for _, _, rejected in shown)
        assert (end is None) == (waiting or (all_good and not enough))


@given(shown=shows())
def test_a_run_that_fails_says_so_at_once_and_for_ever(shown: list[tuple[str, bool, bool | None]]) -> None:
    challenge = run()
    failing = False
    for number, (serial, found, rejected) in enumerate(shown):
        challenge.part(f"p{number}", serial, found=found)
        if rejected is not None:
            challenge.outcome(f"p{number}", rejected=rejected)
        failing = failing or not found or rejected is False
        assert bool(challenge.failing) == failing


def test_the_operator_is_told_which_part_comes_next() -> None:
    challenge = run()
    assert challenge.words() == "Show test part 1 of 2: DENT (A)"
    challenge.part("p1", "A", found=True)
    challenge.part("p2", "A", found=True)  # once too often counts no further
    assert challenge.words() == "Show test part 2 of 2: SCRATCH (B)"
    challenge.part("p3", "B", found=True)
    assert "reject lane" in challenge.words()


def test_the_screen_is_told_what_became_of_each_part() -> None:
    challenge = run(presentations=2)

    def rows() -> list[tuple[object, ...]]:
        return [(row["serial"], row["shown"], row["found"], row["rejected"]) for row in challenge.table()]

    assert (rows(), challenge.steps) == ([("A", 0, None, None), ("B", 0, None, None)], (0, 4))
    challenge.part("p1", "A", found=True)
    assert rows()[0] == ("A", 1, True, None)
    challenge.outcome("p1", rejected=True)
    challenge.part("p2", "A", found=True)
    assert (rows()[0], challenge.steps) == (("A", 2, True, None), (2, 4)), "one of two is still on the belt"
    challenge.outcome("p2", rejected=True)
    challenge.part("p3", "B", found=False)
    assert rows() == [("A", 2, True, True), ("B", 1, False, None)]
    challenge.outcome("p3", rejected=False)
    assert (rows()[1], challenge.steps) == (("B", 1, False, False), (3, 4))


def test_a_good_part_has_its_own_words() -> None:
    found = ChallengeRun({"A": "dent", "G": None}, 1, 0, LIMIT_NS)
    found.part("1", "A", found=True)
    assert found.words() == "Show test part 2 of 2: GOOD (G)"
    found.part("2", "G", found=False)
    assert found.failing == "test part G (good) was not judged good"


def test_what_is_not_registered_is_no_part_of_a_run_and_an_outcome_counts_once() -> None:
    challenge = run()
    challenge.part("p1", "X", found=False)
    assert challenge.shown == []
    challenge.part("p2", "A", found=True)
    challenge.outcome("p2", rejected=True)
    challenge.outcome("p2", rejected=False)
    assert challenge.shown[0].rejected is True


def test_a_run_ends_before_its_record_becomes_too_large() -> None:
    challenge = run()
    for number in range(MAX_RESULTS + 10):
        challenge.part(f"p{number}", "A", found=True)
        challenge.outcome(f"p{number}", rejected=True)
    end = challenge.conclusion(1)
    assert end is not None
    assert not end.passed
    assert len(end.shown) == MAX_RESULTS
    assert end.missing == ("B",)


# The gate


def gate(*, required: bool = True, interval_min: int = 0, grace_min: int = 0) -> ChallengeGate:
    return ChallengeGate(required, interval_min * MINUTE_NS, grace_min * MINUTE_NS)


def test_a_shift_needs_its_own_challenge() -> None:
    it = gate()
    assert it.state(0, 1, 0) is GateState.REQUIRED
    it.passed(1, 0)
    assert it.state(10**18, 1, 0) is GateState.PASSED
    assert it.state(10**18, 2, 0) is GateState.REQUIRED


def test_a_failure_stays_until_a_challenge_is_passed() -> None:
    it = gate(required=False)
    assert it.state(0, 1, 0) is GateState.PASSED
    it.failure = "missed"
    assert it.state(0, 2, 0) is GateState.FAILED
    it.passed(3, 5)
    assert it.state(5, 3, 0) is GateState.PASSED


@given(interval=st.integers(1, 600), grace=st.integers(0, 60), passed=st.booleans(), minutes=st.integers(0, 700))
def test_after_the_interval_it_warns_and_after_the_grace_period_it_closes(
    interval: int, grace: int, passed: bool, minutes: int
) -> None:
    it = gate(required=passed, interval_min=interval, grace_min=grace)
    if passed:
        it.passed(1, 7)
    state = it.state(7 + minutes * MINUTE_NS, 1, 7)
    if minutes < interval:
        assert state is GateState.PASSED
    elif minutes < interval + grace:
        assert state is GateState.DUE
    else:
        assert state is GateState.OVERDUE
    assert state.closed == (minutes >= interval + grace)


# Which class fails a part


def test_only_findings_above_the_limit_count_as_found() -> None:
    recipe = Recipe.parse(RECIPE, "recipe")
    found = [Detection("dent", 300_000, (0, 0, 160, 160)), Detection("scratch", 310_000, (0, 0, 160, 160))]
    assert failing_classes(found, recipe) == {"scratch"}
    assert failing_classes([], recipe) == frozenset()


# The file


def test_a_set_is_read() -> None:
    recipe = Recipe.parse(RECIPE, "recipe")
    found = ChallengeSet.parse(SET, "set", recipe)
    assert found.by_serial == {"A-01": "dent", "A-02": "scratch"}
    assert found.presentations == 2
    assert ChallengeSet.parse(SET.replace(b"presentations = 2", b""), "set", recipe).presentations == 3
    assert found.expired(date(2026, 12, 31)) == []
    assert found.expired(date(2027, 1, 1)) == ["A-02"]
    assert len(found.digest) == 64


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'recipe = "disc"', b'recipe = "ring"', "is for recipe 'ring'"),
        (b'"A-02"', b'"A-01"', "registered twice"),
        (b'"A-02"', b'"A-2"', "does not have the form"),
        (b'class = "dent"', b'class = "rust"', "does not list"),
        (b"2027-06-30", b'"2027-06-30"', "valid_until"),
        (b"2027-06-30", b"2027-06-30T00:00:00", "valid_until"),
        (b"presentations = 2", b"presentations = 9", "presentations"),
        (b"presentations = 2", b"colour = 2", "no such setting"),
        (b"[[parts]]", b"[[parts", "no valid TOML"),
        (b'class = "dent"', b"", "either the class that it shows, or good"),
        (b'class = "dent"', b'class = "dent"\ngood = true', "either the class that it shows, or good"),
        (b'class = "dent"', b"good = false", "either the class that it shows, or good"),
    ],
)
def test_a_set_that_cannot_work_is_refused(old: bytes, new: bytes, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        ChallengeSet.parse(SET.replace(old, new), "set", Recipe.parse(RECIPE, "recipe"))


def test_a_set_may_have_good_parts_but_not_only_those() -> None:
    recipe = Recipe.parse(RECIPE, "recipe")
    one = SET.replace(b'class = "dent"', b"good = true")
    assert ChallengeSet.parse(one, "set", recipe).by_serial == {"A-01": None, "A-02": "scratch"}
    with pytest.raises(RecipeError, match="no part is bad"):
        ChallengeSet.parse(one.replace(b'class = "scratch"', b"good = true"), "set", recipe)


def test_a_recipe_without_serials_has_no_challenge_parts() -> None:
    recipe = Recipe.parse(RECIPE.replace(b'source = "image"\nform = "@-##"', b'source = "none"'), "recipe")
    with pytest.raises(RecipeError, match="reads no serials"):
        ChallengeSet.parse(SET, "set", recipe)


@pytest.mark.parametrize(("source", "works"), [("image", True), ("scanner", True), ("plc", False)])
def test_what_a_controller_says_makes_no_challenge_part(source: str, works: bool) -> None:
    recipe = Recipe.parse(RECIPE.replace(b'source = "image"', f'source = "{source}"'.encode()), "recipe")
    with nullcontext() if works else pytest.raises(RecipeError, match="no challenge part can be recognised"):
        ChallengeSet.parse(SET, "set", recipe)


@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: SET + text.encode()))
def test_any_bytes_are_a_set_or_refused(data: bytes) -> None:
    recipe = Recipe.parse(RECIPE, "recipe")
    try:
        ChallengeSet.parse(data, "set", recipe)
    except RecipeError as error:
        assert error.advice


# Honest words


def test_a_count_of_misses_comes_with_its_bound() -> None:
    assert words(0, 60) == "0 of 60 missed: below 4.9 % at 95 %"
    assert words(0, 149).startswith("0 of 149 missed: below 2.0 %")
    assert "nothing is known" in words(0, 0)
    assert good_words(1, 3) == "1 of 3 good test parts not judged good: below 86.5 % at 95 %"
    assert "nothing is known of false rejects" in good_words(0, 0)


def test_the_gate_tells_when_the_next_challenge_is_due() -> None:
    gate = ChallengeGate(required=False, interval_ns=8 * MINUTE_NS, grace_ns=MINUTE_NS)
    assert gate.due_ns is None
    gate.passed(1, 5 * MINUTE_NS)
    assert gate.due_ns == 13 * MINUTE_NS
    assert gate.state(13 * MINUTE_NS, 1, 0) is GateState.DUE
    never = ChallengeGate(required=True, interval_ns=0, grace_ns=MINUTE_NS)
    never.passed(1, 5 * MINUTE_NS)
    assert never.due_ns is None
