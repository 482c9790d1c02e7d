# SPDX-License-Identifier: AGPL-3.0-or-later
"""Chooses for each class the limit of the score at which errors are expected to cost least.

A limit is chosen by the recipe's own rules - zones, sizes, tolerated numbers - with nothing changed but the score from
which findings of the class keep a part from passing. For that every part has one critical score: the highest limit at
which it is still held. Rules of zones and of single cameras stay as they are. A part counts as missed by a class if it
shows such a defect and findings of this class do not hold it; that others may hold it is no merit of this limit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from inspector.part import Verdict
from inspector.recipe import Recipe
from inspector.recipe.rules import counted, failing_classes, judge
from inspector.recipe.settings import ClassRule
from training.evaluation.costs import PARTS, Costs
from training.evaluation.counts import Counts
from training.evaluation.measure import Seen, Unit, units

_STEP_PPM = 10_000
_NEVER, _ALWAYS = -1, 1_000_001


@dataclass(frozen=True)
class Point:
    """One limit of a class: what is missed and falsely rejected by it alone, and the expected cost per 1,000 parts."""

    limit_ppm: int
    missed: Counts
    false_rejects: Counts
    cost: float


@dataclass(frozen=True)
class Choice:
    """The limit of one class.

    Attributes:
        name: The class.
        setting: What to write into the recipe.
        before_ppm: From which score on it counts in the recipe now; None: every finding does.
        chosen: The limit with the lowest expected cost.
        before: What the recipe's limit costs.
        points: All limits that were compared, by rising limit.
    """

    name: str
    setting: str
    before_ppm: int | None
    chosen: Point
    before: Point
    points: tuple[Point, ...]

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "limit_ppm": self.chosen.limit_ppm,
            "setting": self.setting,
            "limit_before_ppm": self.before_ppm,
            "missed": self.chosen.missed.as_json(),
            "false_rejects": self.chosen.false_rejects.as_json(),
            "cost_per_1000_parts": round(self.chosen.cost, 6),
            "cost_before_per_1000_parts": round(self.before.cost, 6),
        }


@dataclass(frozen=True)
class Choices:
    """The limits of all classes.

    Attributes:
        told: On which pictures they were chosen.
        by_class: Those that could be chosen.
        left: Classes for which there was nothing to choose by, and why.
    """

    told: str
    by_class: dict[str, Choice]
    left: dict[str, str]

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "chosen_on": self.told,
            "by_class": {name: choice.as_json() for name, choice in self.by_class.items()},
            "not_chosen": self.left,
        }


def with_limit(recipe: Recipe, class_name: str, limit_ppm: int) -> Recipe:
    """The recipe with another score from which findings of a class keep a part from passing.

    Where the class has a grey band the band begins there, as long as it stays below `min_score`.
    """
    rule = recipe.classes.get(class_name)
    if rule is None:
        new = ClassRule.model_validate({"min_score": 1}).model_copy(update={"min_score_ppm": limit_ppm})
    elif rule.grey_from_ppm is not None and limit_ppm < rule.min_score_ppm:
        new = rule.model_copy(update={"grey_from_ppm": limit_ppm})
    else:
        new = rule.model_copy(update={"min_score_ppm": limit_ppm, "grey_from_ppm": None})
    return recipe.model_copy(update={"classes": {**recipe.classes, class_name: new}})


def with_choices(recipe: Recipe, choices: Choices) -> Recipe:
    """The recipe with all limits that were chosen."""
    for name, choice in choices.by_class.items():
        recipe = with_limit(recipe, name, choice.chosen.limit_ppm)
    return recipe


def judged_again(seen: Sequence[Seen], recipe: Recipe) -> list[Seen]:
    """The same findings under another recipe; what gate, serial or an error held back stays so.

    Args:
        seen: Judged pictures.
        recipe: With other limits, and otherwise that by which they were judged.
    """
    return [_again(one, recipe.for_camera(one.camera)) for one in seen]


def _again(one: Seen, recipe: Recipe) -> Seen:
    if one.gate is None or one.gate.failed:
        return one
    judged = judge(one.findings, one.gate, recipe, one.size)
    verdict, reason = judged.verdict, judged.reason
    if verdict is Verdict.PASS and one.complaint:
        verdict, reason = Verdict.NO_DECISION, one.complaint
    return replace(
        one,
        verdict=verdict,
        reason=reason,
        counting=counted(one.findings, recipe),
        rejecting=failing_classes(one.findings, recipe, grey=True),
    )


def choose_limits(
    seen: Sequence[Seen], recipe: Recipe, classes: Sequence[str], floor_ppm: int, costs: Costs, by: str, told: str
) -> Choices:
    """Choose a limit for each class.

    Args:
        seen: Judged pictures, others than those on which figures are reported.
        recipe: Whose rules hold otherwise.
        classes: The model's.
        floor_ppm: The model reports nothing below it.
        costs: Prices and defect rate.
        by: `part` or `picture`.
        told: What the pictures are, for people.
    """
    parts = units(seen, by)
    good = [unit for unit in parts if not unit.bad]
    showing = {name: [unit for unit in parts if name in unit.classes] for name in classes}
    shares = costs.shares({name: len(own) for name, own in showing.items() if own})
    chosen: dict[str, Choice] = {}
    left: dict[str, str] = {}
    for name in classes:
        if not showing[name] or not good:
            left[name] = "no part with this defect" if good else "no good part"
            continue
        held = [sorted(critical(unit, name, recipe) for unit in group) for group in (showing[name], good)]
        weights = (
            PARTS * costs.defect_rate * shares.get(name, 0.0) * costs.escape_of(name),
            PARTS * (1 - costs.defect_rate) * costs.false_reject,
        )
        chosen[name] = _choose(name, recipe.classes.get(name), held, weights, floor_ppm)
    return Choices(told, chosen, left)


def critical(unit: Unit, class_name: str, recipe: Recipe) -> int:
    """The highest limit in ppm at which a part is still held by findings of a class.

    -1: by no limit; 1,000,001: whatever the limit, by a rule of a zone or, where a defect is labelled, by the gate.
    """
    return max(_critical(view, class_name, recipe) for view in unit.views)


def _critical(view: Seen, class_name: str, recipe: Recipe) -> int:
    if view.bad and not view.passed and not view.rejecting:
        return _ALWAYS  # gate, serial or an error hold it
    own = tuple(one for one in view.findings if one.class_name == class_name)
    for limit in (_ALWAYS, *sorted({one.score_ppm for one in own}, reverse=True)):
        if own and failing_classes(own, with_limit(recipe, class_name, limit).for_camera(view.camera), grey=True):
            return limit
    return _NEVER


def _choose(
    name: str, rule: ClassRule | None, held: list[list[int]], weights: tuple[float, float], floor_ppm: int
) -> Choice:
    first = -(-max(floor_ppm, 1) // _STEP_PPM) * _STEP_PPM
    points = tuple(_point(limit, held, weights) for limit in range(first, 1_000_001, _STEP_PPM))
    lowest = min(point.cost for point in points) * (1 + 1e-12)
    begin = next(index for index, point in enumerate(points) if point.cost <= lowest)
    end = begin
    while end + 1 < len(points) and points[end + 1].cost <= lowest:
        end += 1
    before_ppm = None if rule is None else rule.floor_ppm
    before = _point(floor_ppm if before_ppm is None else before_ppm, held, weights)
    chosen = points[(begin + end) // 2]
    return Choice(name, _setting(rule, chosen.limit_ppm), before_ppm, chosen, before, points)


def _setting(rule: ClassRule | None, limit_ppm: int) -> str:
    """What `with_limit` does, as it stands in a recipe."""
    if rule is None or rule.grey_from_ppm is None:
        return f"min_score = {limit_ppm / 1e6:.2f}"
    if limit_ppm < rule.min_score_ppm:
        return f"grey_from = {limit_ppm / 1e6:.2f}"
    return f"min_score = {limit_ppm / 1e6:.2f}, no grey_from"


def _point(limit_ppm: int, held: list[list[int]], weights: tuple[float, float]) -> Point:
    """A part is held by every limit up to its critical score; `held` are those of bad and of good parts, sorted."""
    bad, good = held
    missed = Counts(bisect_left(bad, limit_ppm), len(bad))
    rejects = Counts(len(good) - bisect_left(good, limit_ppm), len(good))
    return Point(limit_ppm, missed, rejects, weights[0] * missed.rate + weights[1] * rejects.rate)
