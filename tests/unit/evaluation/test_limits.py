# SPDX-License-Identifier: AGPL-3.0-or-later
"""Limits are those with the lowest expected cost under the recipe's own rules, and prices are read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import ConfigError
from inspector.recipe import Recipe
from tests.unit.evaluation.scripted import AT, CLASSES, RECIPE, Scripted, finding, picture
from training.evaluation.costs import Costs, expected, read_costs
from training.evaluation.limits import Choices, choose_limits, critical, judged_again, with_choices, with_limit
from training.evaluation.measure import Seen, measure, units
from training.evaluation.report import report_on

COSTS = Costs(escape=100.0, false_reject=1.0, defect_rate=0.1)


def seen_with(bad: list[float], good: list[float], recipe: Recipe = RECIPE) -> list[Seen]:
    """Parts on which a dent scores so; 0: none is found."""
    scores = [*bad, *good]
    judge = Scripted(*(((finding("dent", score),) if score else ()) for score in scores), recipe=recipe)
    pictures = [picture(n, ("dent", AT)) if n < len(bad) else picture(n) for n in range(len(scores))]
    return measure(judge, recipe, pictures)


def choose(seen: list[Seen], costs: Costs = COSTS, recipe: Recipe = RECIPE) -> Choices:
    return choose_limits(seen, recipe, CLASSES, 50_000, costs, "part", "val")


def test_between_good_and_bad_the_middle_is_chosen() -> None:
    choices = choose(seen_with([0.8, 0.9], [0.2, 0.0]))
    dent = choices.by_class["dent"]
    assert dent.chosen.limit_ppm == 500_000  # 0.21 to 0.80 cost nothing
    assert (dent.chosen.cost, dent.before.cost, dent.before_ppm) == (0, 0, 400_000)
    assert choices.left == {"scratch": "no part with this defect"}


def test_the_dearer_error_is_avoided() -> None:
    seen = seen_with([0.3, 0.9], [0.5, 0.1, 0.1, 0.1])
    cheap_rejects = choose(seen).by_class["dent"]
    # a miss of half of the defective tenth costs 1000 * 0.1 * 0.5 * 100, a reject of a quarter of the rest 225
    assert cheap_rejects.chosen.limit_ppm <= 300_000
    assert cheap_rejects.chosen.cost == pytest.approx(225)
    assert cheap_rejects.before.cost == pytest.approx(5000 + 225)
    dear_rejects = choose(seen, Costs(escape=1.0, false_reject=100.0, defect_rate=0.1)).by_class["dent"]
    assert 500_000 < dear_rejects.chosen.limit_ppm <= 900_000
    assert dear_rejects.chosen.cost == pytest.approx(50)


def test_a_part_with_other_defects_too_is_one_that_each_class_should_hold() -> None:
    both = picture(0, ("dent", AT), ("scratch", AT))
    seen = measure(Scripted((finding("dent", 0.9),), ()), RECIPE, [both, picture(1)])
    chosen = {name: choice.chosen.missed.errors for name, choice in choose(seen).by_class.items()}
    assert chosen == {"scratch": 1, "dent": 0}


def test_figures_come_with_their_counts() -> None:
    chosen = choose(seen_with([0.3, 0.9], [0.5, 0.1, 0.1])).by_class["dent"].chosen
    assert (chosen.missed.errors, chosen.missed.trials) == (0, 2)
    assert (chosen.false_rejects.errors, chosen.false_rejects.trials) == (1, 3)


def test_without_good_parts_nothing_is_chosen() -> None:
    assert choose(seen_with([0.5], [])).left["dent"] == "no good part"


def test_the_recipes_own_rules_hold() -> None:
    text = RECIPE.data.replace(b"[classes.dent]\nmin_score = 0.4", b"[classes.dent]\nmin_score = 0.4\nmax_count = 1")
    recipe = Recipe.parse(text, "r")
    judge = Scripted((finding("dent", 0.9), finding("dent", 0.6), finding("dent", 0.5)), recipe=recipe)
    (unit,) = units(measure(judge, recipe, [picture(0, ("dent", AT))]), "part")
    assert critical(unit, "dent", recipe) == 600_000  # one is tolerated
    sized = Recipe.parse(text.replace(b"max_count = 1", b"min_size_px = 50"), "r")
    assert critical(unit, "dent", sized) == -1


def test_what_the_gate_held_is_found_and_no_false_reject_of_a_class() -> None:
    judge = Scripted((), dark=frozenset({0, 1}))
    seen = measure(judge, RECIPE, [picture(0, ("dent", AT)), picture(1)])
    assert [critical(unit, "dent", RECIPE) for unit in units(seen, "part")] == [1_000_001, -1]


def test_a_grey_band_begins_at_the_limit() -> None:
    text = RECIPE.data.replace(b"[classes.dent]\n", b"[classes.dent]\ngrey_from = 0.2\n")
    recipe = Recipe.parse(text, "r")
    for bad, setting in (([0.3, 0.9], "grey_from = 0.18"), ([0.9], "min_score = 0.48, no grey_from")):
        assert choose(seen_with(bad, [0.05], recipe), recipe=recipe).by_class["dent"].setting == setting
    assert choose(seen_with([0.9], [0.05])).by_class["dent"].setting == "min_score = 0.48"
    below, above = (with_limit(recipe, "dent", limit).classes["dent"] for limit in (300_000, 500_000))
    assert (below.grey_from_ppm, below.min_score_ppm) == (300_000, 400_000)
    assert (above.grey_from_ppm, above.min_score_ppm) == (None, 500_000)
    assert with_limit(RECIPE, "stain", 300_000).classes["stain"].min_score_ppm == 300_000


scores = st.integers(0, 100).map(lambda step: step / 100)


@given(bad=st.lists(scores, min_size=1, max_size=8), good=st.lists(scores, min_size=1, max_size=8))
def test_the_chosen_limit_does_what_was_said_when_parts_are_judged_by_it(bad: list[float], good: list[float]) -> None:
    seen = seen_with(bad, good)
    choices = choose(seen)
    chosen = choices.by_class["dent"]
    again = report_on(judged_again(seen, with_choices(RECIPE, choices)), CLASSES)
    assert again.missed == chosen.chosen.missed
    assert again.false_rejects == chosen.chosen.false_rejects
    assert chosen.chosen.cost == min(point.cost for point in chosen.points)
    assert expected(again, COSTS, COSTS.shares({"dent": len(bad)})).cost == pytest.approx(chosen.chosen.cost)


@given(bad=st.lists(scores, min_size=1, max_size=8), good=st.lists(scores, min_size=1, max_size=8), step=scores)
def test_every_point_is_what_judging_gives(bad: list[float], good: list[float], step: float) -> None:
    seen = seen_with(bad, good)
    limit = max(50_000, round(step * 1e6))
    report = report_on(judged_again(seen, with_limit(RECIPE, "dent", limit)), CLASSES)
    (point,) = (one for one in choose(seen).by_class["dent"].points if one.limit_ppm == limit)
    assert (report.missed, report.false_rejects) == (point.missed, point.false_rejects)


def test_judging_again_by_the_same_recipe_changes_nothing() -> None:
    seen = seen_with([0.3, 0.9], [0.5, 0.1])
    assert judged_again(seen, RECIPE) == seen


def test_a_serial_that_nobody_could_read_holds_a_part_also_under_other_limits() -> None:
    text = RECIPE.data + b'[serial]\nsource = "image"\nrequired = true\n'
    recipe = Recipe.parse(text, "r")
    (one,) = seen_with([], [0.9], recipe)
    assert not judged_again([one], with_limit(recipe, "dent", 950_000))[0].passed
    (one,) = seen_with([], [0.9])
    assert judged_again([one], with_limit(RECIPE, "dent", 950_000))[0].passed


def test_expected_cost_is_at_the_true_defect_rate() -> None:
    report = report_on(seen_with([0.9, 0.1], [0.1, 0.1, 0.1, 0.9]), CLASSES)
    found = expected(report, COSTS, {"dent": 1.0})
    assert found.cost == pytest.approx(1000 * 0.1 * 0.5 * 100 + 1000 * 0.9 * 0.25)
    assert (found.escapes, found.false_rejects) == (pytest.approx(50), pytest.approx(225))
    assert found.upper > found.cost
    assert report.showing == {"dent": 2}


def test_classes_have_prices_and_shares_of_their_own() -> None:
    costs = Costs.model_validate(
        {
            "escape": 10,
            "false_reject": 1,
            "defect_rate": 0.5,
            "classes": {"dent": {"escape": 90.0, "share": 0.25}},
        }
    )
    assert (costs.escape_of("dent"), costs.escape_of("scratch")) == (90, 10)
    assert costs.shares({"dent": 50, "scratch": 30, "stain": 10}) == pytest.approx(
        {"dent": 0.25, "scratch": 0.5625, "stain": 0.1875}
    )


GOOD = '[costs]\nescape = 250\nfalse_reject = 1.5\ndefect_rate = 0.01\ncurrency = "EUR"\n'


def test_prices_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "costs.toml"
    path.write_text(GOOD + "[costs.classes.dent]\nescape = 1000\n")
    costs = read_costs(path)
    assert (costs.escape, costs.false_reject, costs.defect_rate, costs.currency) == (250, 1.5, 0.01, "EUR")
    assert costs.escape_of("dent") == 1000


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD + "other = 1\n",
        GOOD + "[more]\n",
        GOOD.replace("0.01", "1.01"),
        GOOD.replace("250", "-1"),
        GOOD.replace("250", "inf"),
        GOOD.replace("250", "nan"),
        GOOD.replace("250", '"250"'),
        GOOD.replace("250", "true"),
        GOOD.replace("escape = 250\n", ""),
        GOOD + "[costs.classes.a]\nshare = 0.7\n[costs.classes.b]\nshare = 0.4\n",
        "costs = [",
        "x = " + "[" * 5000,
        "#" * 70_000,
    ],
    ids=lambda text: text[:20].replace("\n", " ") + str(len(text)),
)
def test_a_file_of_prices_that_says_anything_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "costs.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"costs\.toml"):
        read_costs(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_costs(tmp_path / "none.toml")
