# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rules: what each of them does, and that no extra finding ever opens the gate to a bad part."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import RecipeError
from inspector.part import Detection, GateResult, Verdict
from inspector.recipe import Recipe, counted, judge

GOOD_GATE = GateResult(brightness_milli=100_000, sharpness_milli=50_000)
SIZE = (640, 480)
SEVERITY = {Verdict.PASS: 0, Verdict.NO_DECISION: 1, Verdict.FAIL: 2}

PLAIN = Recipe.parse(
    b"""
format = "inspector-recipe/1"
name = "plain"
version = "1"
[classes.scratch]
min_score = 0.50
grey_from = 0.30
min_size_px = 10
max_size_px = 100
max_count = 1
[classes.dent]
min_score = 0.40
""",
    "plain",
)
ZONED = Recipe.parse(
    b"""
format = "inspector-recipe/1"
name = "zoned"
version = "1"
image_size = [640, 480]
[classes.scratch]
min_score = 0.50
grey_from = 0.30
max_count = 1
[classes.dent]
min_score = 0.40
[[zones]]
name = "face"
kind = "include"
polygon = [[100, 100], [300, 100], [300, 300], [100, 300]]
[zones.rules.scratch]
min_score = 0.20
[[zones]]
name = "rim"
kind = "include"
polygon = [[300, 100], [500, 100], [500, 300], [300, 300]]
[[zones]]
name = "mark"
kind = "exclude"
polygon = [[400, 200], [500, 200], [500, 300], [400, 300]]
only = ["dent"]
""",
    "zoned",
)


def found(class_name: str, score: float, x: int = 0, y: int = 0, width: int = 20, height: int = 12) -> Detection:
    return Detection(class_name, round(score * 1e6), (16 * x, 16 * y, 16 * (x + width), 16 * (y + height)))


def verdict(*detections: Detection, recipe: Recipe = PLAIN) -> tuple[Verdict, str]:
    judgement = judge(detections, GOOD_GATE, recipe, SIZE)
    return judgement.verdict, judgement.reason


def test_nothing_found_passes() -> None:
    assert verdict() == (Verdict.PASS, "no finding above the limits")


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.40, (Verdict.FAIL, "dent 0.40")),
        (0.399999, (Verdict.PASS, "no finding above the limits")),
        (1.0, (Verdict.FAIL, "dent 1.00")),
    ],
)
def test_the_limit_itself_fails(score: float, expected: tuple[Verdict, str]) -> None:
    assert verdict(found("dent", score)) == expected


def test_count() -> None:
    one, two = found("scratch", 0.9), found("scratch", 0.8, 100)
    assert verdict(one)[0] is Verdict.PASS
    assert verdict(one, two) == (Verdict.FAIL, "2 x scratch, 1 allowed")


def test_size() -> None:
    assert verdict(*[found("scratch", 0.9, width=9, height=9)] * 5)[0] is Verdict.PASS
    assert verdict(*[found("scratch", 0.9, width=10, height=1)] * 2)[0] is Verdict.FAIL
    long = found("scratch", 0.9, width=5, height=101)
    assert verdict(long) == (Verdict.FAIL, "scratch 0.90, 101.0 px long, 100 px allowed")


def test_grey_band() -> None:
    sure, doubtful = found("scratch", 0.6), found("scratch", 0.3, 100)
    assert verdict(sure, doubtful) == (Verdict.NO_DECISION, "grey band: 2 x scratch, 1 allowed")
    assert verdict(doubtful)[0] is Verdict.PASS  # one scratch is allowed, certain or not
    assert verdict(sure, found("scratch", 0.299, 100))[0] is Verdict.PASS
    assert verdict(sure, doubtful, found("dent", 0.9))[0] is Verdict.FAIL


def test_a_class_that_is_not_listed_fails() -> None:
    assert verdict(found("rust", 0.01)) == (Verdict.FAIL, "rust 0.01, a class that the recipe does not list")


def test_a_bad_image_is_never_judged() -> None:
    gate = replace(GOOD_GATE, failed=("brightness_min", "part_found"))
    for detections in ((), (found("dent", 0.9),)):
        judgement = judge(detections, gate, PLAIN, SIZE)
        assert judgement.verdict is Verdict.NO_DECISION
        assert judgement.reason == "image gate: too dark, no part found"
        assert judgement.detections == detections


def test_the_worst_reason_comes_first() -> None:
    reason = verdict(found("dent", 0.5), found("rust", 0.7), found("scratch", 0.9, width=200))[1]
    assert reason == "scratch 0.90, 200.0 px long, 100 px allowed (and 2 more)"


def test_detections_come_back_in_order_of_score() -> None:
    weak, strong = found("dent", 0.1), found("scratch", 0.8)
    assert judge([weak, strong], GOOD_GATE, PLAIN, SIZE).detections == (strong, weak)


def test_outside_the_zones_nothing_is_judged() -> None:
    assert verdict(found("dent", 0.9, 10, 10), found("rust", 0.9, 600, 400), recipe=ZONED)[0] is Verdict.PASS


def test_a_finding_that_touches_a_zone_is_judged() -> None:
    assert verdict(found("dent", 0.9, 80, 200), recipe=ZONED) == (Verdict.FAIL, "dent 0.90")
    assert verdict(found("dent", 0.9, 79, 200), recipe=ZONED)[0] is Verdict.PASS
    # Larger than the zone: no corner of it lies inside.
    assert verdict(found("dent", 0.9, 0, 0, 640, 480), recipe=ZONED)[0] is Verdict.FAIL


def test_rules_of_a_zone() -> None:
    assert verdict(found("scratch", 0.25, 150, 150), recipe=ZONED) == (Verdict.FAIL, "scratch 0.25 in zone face")
    assert verdict(found("scratch", 0.9, 350, 110), recipe=ZONED)[0] is Verdict.PASS  # one is allowed on the rim
    assert verdict(found("scratch", 0.25, 290, 110), recipe=ZONED)[0] is Verdict.FAIL  # on both: both rules hold


def test_exclude_zones() -> None:
    inside = found("dent", 0.9, 420, 220)
    assert verdict(inside, recipe=ZONED)[0] is Verdict.PASS
    assert verdict(replace(inside, class_name="rust"), recipe=ZONED)[0] is Verdict.FAIL
    assert verdict(found("dent", 0.9, 390, 220), recipe=ZONED)[0] is Verdict.FAIL  # across its border


def test_zones_belong_to_one_image_size() -> None:
    with pytest.raises(RecipeError, match="640 x 480"):
        judge([], GOOD_GATE, ZONED, (480, 640))
    judge([], GOOD_GATE, PLAIN, (480, 640))


@st.composite
def detections(draw: st.DrawFn) -> Detection:
    return found(
        draw(st.sampled_from(["scratch", "dent", "rust"])),
        draw(st.sampled_from([0.05, 0.2, 0.25, 0.3, 0.45, 0.5, 0.9])),
        draw(st.integers(0, 600)),
        draw(st.integers(0, 440)),
        draw(st.integers(1, 150)),
        draw(st.integers(1, 150)),
    )


MANY = st.lists(detections(), max_size=6)
RECIPES = st.sampled_from([PLAIN, ZONED])


def severity(findings: list[Detection], recipe: Recipe) -> int:
    return SEVERITY[verdict(*findings, recipe=recipe)[0]]


@given(MANY, detections(), RECIPES)
def test_one_more_finding_never_makes_it_better(findings: list[Detection], extra: Detection, recipe: Recipe) -> None:
    assert severity([*findings, extra], recipe) >= severity(findings, recipe)


@given(MANY, detections(), st.integers(0, 900_000), RECIPES)
def test_a_higher_score_never_makes_it_better(
    findings: list[Detection], one: Detection, gain_ppm: int, recipe: Recipe
) -> None:
    raised = replace(one, score_ppm=min(1_000_000, one.score_ppm + gain_ppm))
    assert severity([*findings, raised], recipe) >= severity([*findings, one], recipe)


@given(MANY, detections(), RECIPES)
def test_below_every_floor_is_like_not_there(findings: list[Detection], one: Detection, recipe: Recipe) -> None:
    known = replace(one, class_name="scratch", score_ppm=199_999)
    assert severity([*findings, known], recipe) == severity(findings, recipe)


@given(MANY, detections(), st.integers(0, 60), RECIPES)
def test_a_larger_finding_never_makes_it_better(
    findings: list[Detection], one: Detection, grow: int, recipe: Recipe
) -> None:
    x0, y0, x1, y1 = one.box_16
    larger = replace(one, box_16=(x0, y0, x1 + 16 * grow, y1 + 16 * grow))
    assert severity([*findings, larger], recipe) >= severity([*findings, one], recipe)


@given(MANY, st.randoms(use_true_random=False), RECIPES)
def test_the_order_does_not_matter(findings: list[Detection], random: object, recipe: Recipe) -> None:
    shuffled = list(findings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judge(shuffled, GOOD_GATE, recipe, SIZE) == judge(findings, GOOD_GATE, recipe, SIZE)


@given(MANY, RECIPES)
def test_only_three_verdicts_and_always_a_reason(findings: list[Detection], recipe: Recipe) -> None:
    result, reason = verdict(*findings, recipe=recipe)
    assert result in SEVERITY
    assert reason


@given(st.lists(detections(), max_size=6))
def test_findings_wholly_outside_the_zones_have_no_effect(findings: list[Detection]) -> None:
    outside = [one for one in findings if one.box_16[3] < 1600 or one.box_16[1] > 4800 or one.box_16[0] > 8000]
    inside = [one for one in findings if one not in outside]
    assert severity(findings, ZONED) == severity(inside, ZONED)


def finding(name: str, score_ppm: int, side: int = 20) -> Detection:
    return Detection(name, score_ppm, (160, 160, 160 + 16 * side, 288))


def test_a_screen_marks_what_a_rule_counts() -> None:
    strong, grey = finding("scratch", 700_000), finding("scratch", 350_000)
    weak, small = finding("scratch", 200_000), finding("scratch", 700_000, side=5)
    unlisted = finding("rust", 10_000)
    assert counted([weak, strong, small, grey, unlisted], PLAIN) == (strong, grey, unlisted)


@given(st.lists(st.builds(finding, st.sampled_from(["scratch", "dent"]), st.integers(0, 1_000_000)), max_size=6))
def test_a_part_without_a_mark_passes(found: list[Detection]) -> None:
    if not counted(found, PLAIN):
        assert judge(found, GOOD_GATE, PLAIN, SIZE).verdict is Verdict.PASS
