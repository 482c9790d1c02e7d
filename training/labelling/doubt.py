# SPDX-License-Identifier: AGPL-3.0-or-later
"""How sure a model is of a picture, and whether others see it as it does: pure functions of findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inspector.part import Detection
from inspector.recipe import Recipe, counted
from inspector.recipe.settings import ClassRule
from training.dataset.manifest import Image
from training.labelling.model import rules_for

SAME_IOU = 0.3
"""Findings of one class that overlap so much are one and the same; small boxes of two models are never equal."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a picture is worth a person's time: how much, 0 to 1, and in words."""

    worth: float
    words: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Where findings begin to count.

    Attributes:
        recipe: Its rules; None: `grey` for all classes.
        grey: Scores from - to that say neither yes nor no, in parts per million.
    """

    recipe: Recipe | None
    grey: tuple[int, int]

    def band(self, class_name: str, image: Image) -> tuple[int, int]:
        """The scores of a class between which nobody can tell, in parts per million; equal without a grey band."""
        if self.recipe is None:
            return self.grey
        rules = rules_for(self.recipe, image)
        own = [rules.classes.get(class_name), *(zone.rules.get(class_name) for zone in rules.zones)]
        known = [rule for rule in own if rule is not None]
        if not known:
            return 0, 0  # a class that the recipe does not list fails the part with any score
        return min(rule.floor_ppm for rule in known), max(rule.min_score_ppm for rule in known)

    def limit(self, class_name: str, image: Image) -> int:
        """The score from which a finding counts; without a recipe the middle of the grey band."""
        low, high = self.band(class_name, image)
        return (low + high) // 2 if self.recipe is None else high

    def in_question(self, found: Iterable[Detection], image: Image) -> tuple[Detection, ...]:
        """Findings of any score where the recipe looks: not in tolerated zones, not too small."""
        if self.recipe is None:
            return tuple(found)
        rules = rules_for(self.recipe, image)
        zones = [
            zone.model_copy(update={"rules": {name: _open(rule) for name, rule in zone.rules.items()}})
            for zone in rules.zones
        ]
        classes = {name: _open(rule) for name, rule in rules.classes.items()}
        return counted(found, rules.model_copy(update={"classes": classes, "zones": zones}))


def _open(rule: ClassRule) -> ClassRule:
    return rule.model_copy(update={"min_score_ppm": 0, "grey_from_ppm": None})


def doubt(score_ppm: int, limit_ppm: int) -> float:
    """How near a score is to the limit from which it counts: 1 there, 0 for 0 and 1.

    Measured on rendered parts that were blurred, against the middle of the grey band and against the chance that a
    score taken as a probability is wrong: this finds more of the wrong pictures among the first few.
    """
    if score_ppm < limit_ppm:
        return score_ppm / limit_ppm
    return (1_000_000 - score_ppm) / max(1_000_000 - limit_ppm, 1)


def uncertainty(found: Iterable[Detection], image: Image, limits: Limits) -> Reason:
    """The finding that is nearest to its limit, also beside one that decides the verdict: every box is a label."""
    scored = [(doubt(one.score_ppm, limits.limit(one.class_name, image)), one) for one in found]
    if not scored:
        return Reason(0, "nothing found")
    worth, one = max(scored, key=lambda pair: pair[0])
    low, high = limits.band(one.class_name, image)
    if low < high and low <= one.score_ppm <= high:
        where = f"in the grey band {_share(low)} to {_share(high)}"
    else:
        edge = low if one.score_ppm < low else high
        where = f"{'below' if one.score_ppm < low else 'above'} the limit of {_share(edge)}"
    return Reason(worth, f"{one.class_name} {_share(one.score_ppm)}, {where}")


def disagreement(
    found: tuple[Detection, ...], other: tuple[Detection, ...] | None, image: Image, limits: Limits
) -> Reason:
    """Whether people, the station's verdict or a second model see it differently.

    Args:
        found: Of the model, where the recipe looks.
        other: Of the second model; None: there is none.
        image: The picture, with what was said of it at the station.
        limits: What counts.
    """
    seen = [one for one in found if one.score_ppm >= max(limits.band(one.class_name, image)[0], 1)]
    named = ", ".join(sorted({one.class_name for one in seen})) or "nothing"
    reasons = [_against_people(bool(seen), named, image)]
    if other is not None:
        reasons.append(_against_model(found, other, image, limits))
    return max(reasons, key=lambda one: one.worth)


def _against_people(seen: bool, named: str, image: Image) -> Reason:
    said, verdict = image.source.review, image.source.verdict
    if said == "mixed":
        return Reason(1, "people said different things of it")
    if said == "not-a-defect" and seen:
        return Reason(1, f"a person said that it is no defect, the model finds {named}")
    if said == "agree" and verdict in ("PASS", "FAIL") and seen != (verdict == "FAIL"):
        return Reason(1, f"a person agreed with {verdict}, the model finds {named}")
    if said == "unsure":
        return Reason(0.8, "a person was not sure")
    if verdict in ("PASS", "FAIL") and seen != (verdict == "FAIL"):
        return Reason(0.6, f"the station said {verdict}, this model finds {named}")
    return Reason(0, "")


def _against_model(found: tuple[Detection, ...], other: tuple[Detection, ...], image: Image, limits: Limits) -> Reason:
    """The finding about which two models differ most: by its scores, if one of them counts it."""
    worst = Reason(0, "")
    for mine, theirs, order in (
        (found, other, "{0} {1}, the other model {2}"),
        (other, found, "{0} {2}, the other model {1}"),
    ):
        for one in mine:
            if one.score_ppm < limits.band(one.class_name, image)[0]:
                continue
            same = [
                two.score_ppm for two in theirs if two.class_name == one.class_name and _overlap(one, two) >= SAME_IOU
            ]
            score = max(same, default=0)
            apart = abs(one.score_ppm - score) / 1_000_000
            if apart > worst.worth:
                worst = Reason(apart, order.format(one.class_name, _share(one.score_ppm), _share(score)))
    return worst


def _overlap(one: Detection, two: Detection) -> float:
    """Intersection over union."""
    a, b = one.box_16, two.box_16
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return wide * high / (areas - wide * high)


def _share(ppm: int) -> str:
    return f"{ppm / 1_000_000:.2f}"
