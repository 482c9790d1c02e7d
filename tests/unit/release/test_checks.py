# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures are held against rules: what is kept, what is not, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inspector.errors import ReleaseRefused
from inspector.release.document import Check
from training.release.checks import checks, checks_before
from training.release.figures import Beside, Figures, LineRun, Numbers, Pair, Tally, Weights
from training.release.report import parse_report
from training.release.rules import default_rules, parse_rules

EQUAL = Weights(precision="f32", equal=True, words="equal")
DEFAULT = default_rules().rules


def pair(candidate: int = 0, released: int = 0) -> Pair:
    return Pair(candidate=candidate, released=released)


def figures(missed: int = 0, bad: int = 60, rejected: int = 0, good: int = 60, **changes: Any) -> Figures:
    """One class that all bad parts show."""
    values = {
        "count_by": "part",
        "numbers": Numbers(uses=1, bad=bad, good=good, showing={"dent": bad}),
        "weights": EQUAL,
        "missed": Tally(errors=missed, trials=bad),
        "showing": {"dent": Tally(errors=missed, trials=bad)},
        "false_rejects": Tally(errors=rejected, trials=good),
        "beside": Beside(misses=pair(), showing={"dent": pair()}, false_rejects=pair()),
        "line": None,
        "p99_ms": 8.0,
        "runs": 120,
    }
    return Figures.model_validate(values | changes)


def failed(found: list[Check]) -> dict[str, str]:
    return {one.name: one.words for one in found if not one.passed}


def rules(text: str) -> Any:
    return parse_rules(f'format = "inspector-gate/1"\n{text}'.encode(), "gate.toml").rules


def test_no_miss_and_no_false_reject_of_sixty_is_let_through() -> None:
    found = checks(DEFAULT, figures())
    assert failed(found) == {}
    words = {one.name: one.words for one in found}
    assert words["bad parts"] == "0 of 60 missed: below 4.9 % at 95 %; the rules want below 5.0 %"
    assert words["number of bad parts"].startswith("60 in the test set, 59 are needed: with no miss")
    assert len(words) == len(found), "each rule has a name of its own"


def test_one_miss_of_sixty_is_not_and_says_how_many_parts_it_takes() -> None:
    told = failed(checks(DEFAULT, figures(missed=1)))
    assert set(told) == {"bad parts"}
    assert told["bad parts"].endswith("the rules want below 5.0 %: with 1 missed that takes 93")
    told = failed(checks(DEFAULT, figures(rejected=9)))
    assert told["good parts"].endswith("and 15 % were falsely rejected")


def test_too_few_parts_are_told_before_anything_is_judged() -> None:
    numbers = Numbers(uses=11, bad=58, good=60, showing={"dent": 58, "burr": 4})
    told = failed(checks_before(DEFAULT, numbers, EQUAL, None))
    assert told["uses of the test set"] == "this is use 11 of the locked test set; 10 are allowed"
    assert told["number of bad parts"].startswith("58 in the test set, 59 are needed")
    assert told["number of parts with burr"].startswith("4 in the test set, 5 are needed")
    assert len(told) == 3


def test_a_class_that_nobody_tested_is_no_reason_to_believe_in_it() -> None:
    numbers = Numbers(uses=1, bad=60, good=60, showing={"dent": 60, "burr": 0})
    assert "number of parts with burr" in failed(checks_before(DEFAULT, numbers, EQUAL, None))
    free = rules("[misses.classes.burr]\nmax_upper = 1")
    assert failed(checks_before(free, numbers, EQUAL, None)) == {}
    wanted = rules("[misses.classes.burr]\nmax_upper = 1\nmin_parts = 3")
    assert failed(checks_before(wanted, numbers, EQUAL, None))["number of parts with burr"].endswith("want so many")


@pytest.mark.parametrize(
    ("weights", "kept"),
    [
        (Weights(precision="f32", equal=True, words="x"), True),
        (Weights(precision="f32", equal=False, words="x"), False),
        (Weights(precision="f32", equal=None, words="x"), False),
        (Weights(precision="int8", equal=None, words="x"), True),
    ],
    ids=["equal", "differs", "not compared", "int8"],
)
def test_f32_has_to_be_equal_and_int8_is_another_model(weights: Weights, kept: bool) -> None:
    found = checks_before(DEFAULT, figures().numbers, weights, None)
    assert ("trained weights" not in failed(found)) == kept


def test_a_class_that_is_worse_than_chance_explains_is_told() -> None:
    loose = rules("[against]\nmax_new_misses = 5")
    beside = Beside(misses=pair(5, 5), showing={"dent": pair(5, 0)}, false_rejects=pair(0, 9))
    told = failed(checks(loose, figures(beside=beside)))
    assert set(told) == {"misses of parts with dent beside the released model"}
    assert "5 by the candidate alone, 0 by the released model alone: chance alone gives as much in 3.2 %" in "".join(
        told.values()
    )
    beside = Beside(misses=pair(4, 0), showing={"dent": pair(4, 0)}, false_rejects=pair(5, 0))
    assert set(failed(checks(loose, figures(beside=beside)))) == {"false rejects beside the released model"}


def test_new_misses_are_counted_whatever_was_mended() -> None:
    beside = Beside(misses=pair(1, 20), showing={"dent": pair(1, 20)}, false_rejects=pair())
    told = failed(checks(DEFAULT, figures(beside=beside)))
    assert told == {"new misses": "1 bad parts pass that the released model holds; 0 are allowed"}
    assert failed(checks(rules("[against]\nmax_new_misses = 1"), figures(beside=beside))) == {}


def test_a_first_release_has_nothing_beside_it() -> None:
    found = checks(DEFAULT, figures(beside=None))
    assert failed(found) == {}
    assert any(one.name == "released model" and "first release" in one.words for one in found)


def test_time_is_told_and_limited_if_the_rules_say_so() -> None:
    assert failed(checks(rules("[time]\nmax_p99_ms = 8"), figures())) == {}
    told = failed(checks(rules("[time]\nmax_p99_ms = 7.5"), figures()))
    assert told["time of judging"].endswith("the rules want at most 7.5 ms")


def line(**changes: int) -> LineRun:
    values = {"compared": 500, "let_through": 3, "rejected": 2, "failed": 0, "people_against": 0, "people_for": 3}
    return LineRun(**(values | changes))


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (line(), None),
        (line(compared=499), "shadow run"),
        (line(failed=1), "failures in the shadow run"),
        (line(people_against=1), "reviews in the shadow run"),
    ],
    ids=["kept", "few", "failed", "against"],
)
def test_a_shadow_run_is_held_against_its_rules(found: LineRun, kept: str | None) -> None:
    assert set(failed(checks(DEFAULT, figures(line=found)))) == ({kept} if kept else set())


def test_a_shadow_run_can_be_wanted() -> None:
    wanted = rules("[shadow]\nrequired = true")
    assert set(failed(checks(wanted, figures()))) == {"shadow run"}
    assert failed(checks(wanted, figures(line=line()))) == {}


def test_rules_for_parts_are_not_those_for_pictures() -> None:
    assert set(failed(checks(DEFAULT, figures(count_by="picture")))) == {"what is counted"}


def test_figures_of_other_parts_are_none() -> None:
    with pytest.raises(ValidationError):
        figures(missed=0, bad=60, numbers=Numbers(uses=1, bad=61, good=60, showing={"dent": 60}))
    with pytest.raises(ValidationError):
        Tally(errors=2, trials=1)


@given(st.text(min_size=1, max_size=200), st.integers(0, 9), st.integers(0, 9))
def test_any_name_of_a_class_gives_lines_that_a_release_takes(name: str, missed: int, more: int) -> None:
    bad = missed + more
    found = checks(
        DEFAULT,
        figures(
            missed,
            bad,
            numbers=Numbers(uses=1, bad=bad, good=60, showing={name: bad}),
            showing={name: Tally(errors=missed, trials=bad)},
        ),
    )
    assert all(Check.model_validate(one.model_dump()) == one for one in found)


@given(st.binary(max_size=100), st.text(max_size=30))
def test_a_report_is_read_or_refused(data: bytes, text: str) -> None:
    whole = figures().model_dump_json()
    wrapped = f'{{"format": "inspector-release-report/1", "figures": {whole}, "candidate": {{}}, "released": null'
    assert parse_report(f'{wrapped}, "differ": {{}}}}'.encode(), "r").figures == figures()
    spoiled = wrapped.replace('"part"', json.dumps(text))
    for each in (data, f'{spoiled}, "differ": {{}}}}'.encode(), f"{wrapped}, {json.dumps(text)}: {{}}}}".encode()):
        try:
            found = parse_report(each, "r")
        except ReleaseRefused:
            continue
        assert found.figures.count_by in ("part", "picture")
