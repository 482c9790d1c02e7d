# SPDX-License-Identifier: AGPL-3.0-or-later
"""From detections to a verdict: pure functions of the detections, the image gate and the recipe.

The rules are monotone: one more finding, or a higher score, never turns a FAIL or a NO_DECISION into a PASS.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inspector.errors import RecipeError
from inspector.part import Detection, GateResult, Judgement, Verdict
from inspector.recipe.geometry import box_touches, box_within
from inspector.recipe.settings import ClassRule, Recipe, Zone

_GATE_TEXT = {
    "brightness_min": "too dark",
    "brightness_max": "too bright",
    "sharpness_min": "not sharp",
    "part_found": "no part found",
}


@dataclass(frozen=True, slots=True)
class _Group:
    """Findings of one class that are judged together, by one rule; None means that any finding fails."""

    class_name: str
    zone: str | None
    rule: ClassRule | None
    found: tuple[Detection, ...]


def judge(
    detections: Iterable[Detection],
    gate: GateResult,
    recipe: Recipe,
    size: tuple[int, int],
) -> Judgement:
    """Judge one view of a part.

    Args:
        detections: What the model found, in any order.
        gate: What the image gate measured.
        recipe: The rules.
        size: Width and height of the image in px.

    Returns:
        PASS, FAIL or NO_DECISION with its reason, and the detections in descending score.

    Raises:
        RecipeError: The recipe's zones were drawn on an image of another size.
    """
    if recipe.image_size is not None and tuple(recipe.image_size) != size:
        raise RecipeError(
            f"recipe {recipe.name} is for images of {recipe.image_size[0]} x {recipe.image_size[1]} px,"
            f" this one has {size[0]} x {size[1]}",
            "Set the camera's Width and Height, or draw the zones again",
        )
    ordered = tuple(sorted(detections, key=lambda one: (-one.score_ppm, one.class_name, one.box_16)))
    verdict, reason = _verdict(ordered, gate, recipe)
    return Judgement(verdict=verdict, reason=reason, detections=ordered, gate=gate)


def counted(detections: Iterable[Detection], recipe: Recipe) -> tuple[Detection, ...]:
    """The findings that some rule counts, the grey band included: what a screen marks on the picture.

    Args:
        detections: What the model found; the order is kept.
        recipe: The rules.
    """
    found = tuple(detections)
    kept = {id(one) for group in _groups(_judged(found, recipe), recipe) for one in _counted(group, grey=True)}
    return tuple(one for one in found if id(one) in kept)


def failing_classes(detections: Iterable[Detection], recipe: Recipe, *, grey: bool = False) -> frozenset[str]:
    """The classes whose findings alone fail the part.

    Args:
        detections: What the model found, in descending score, as `judge` gives them.
        recipe: The rules.
        grey: Also those whose findings alone leave it in the grey band, so that it does not pass.
    """
    groups = _groups(_judged(tuple(detections), recipe), recipe)
    return frozenset(group.class_name for group in groups if _violation(group, grey=grey))


def _verdict(detections: tuple[Detection, ...], gate: GateResult, recipe: Recipe) -> tuple[Verdict, str]:
    if gate.failed:
        names = ", ".join(_GATE_TEXT.get(name, name) for name in gate.failed)
        return Verdict.NO_DECISION, f"image gate: {names}"
    groups = _groups(_judged(detections, recipe), recipe)
    failures = [reason for group in groups if (reason := _violation(group, grey=False))]
    if failures:
        return Verdict.FAIL, _first(failures)
    doubts = [reason for group in groups if (reason := _violation(group, grey=True))]
    if doubts:
        return Verdict.NO_DECISION, f"grey band: {_first(doubts)}"
    return Verdict.PASS, "no finding above the limits"


def _judged(detections: tuple[Detection, ...], recipe: Recipe) -> tuple[Detection, ...]:
    """Leave out what lies wholly in a zone where its class is tolerated; a finding across the border stays."""
    excludes = [zone for zone in recipe.zones if zone.kind == "exclude"]

    def tolerated(one: Detection) -> bool:
        return any(
            (not zone.only or one.class_name in zone.only) and box_within(one.box_16, zone.polygon_16)
            for zone in excludes
        )

    return tuple(one for one in detections if not tolerated(one))


def _groups(detections: tuple[Detection, ...], recipe: Recipe) -> list[_Group]:
    """Sort the findings by the rule that applies to them; one that touches two zones is judged in both."""
    zones = [zone for zone in recipe.zones if zone.kind == "include"]
    groups: dict[tuple[str, str | None], list[Detection]] = {}
    for one in detections:
        touched = [zone for zone in zones if box_touches(one.box_16, zone.polygon_16)]
        if zones and not touched:
            continue
        own = [zone.name for zone in touched if one.class_name in zone.rules]
        for name in own:
            groups.setdefault((one.class_name, name), []).append(one)
        if not zones or len(own) < len(touched):
            groups.setdefault((one.class_name, None), []).append(one)
    return [
        _Group(class_name, zone, _rule(recipe, zones, class_name, zone), tuple(found))
        for (class_name, zone), found in groups.items()
    ]


def _rule(recipe: Recipe, zones: list[Zone], class_name: str, zone: str | None) -> ClassRule | None:
    if zone is None:
        return recipe.classes.get(class_name)
    return next(one for one in zones if one.name == zone).rules[class_name]


def _violation(group: _Group, *, grey: bool) -> tuple[Detection, str] | None:
    """The finding that breaks the group's rule and why, counting the grey band or not."""
    place = f" in zone {group.zone}" if group.zone else ""
    rule = group.rule
    if rule is None:
        worst = group.found[0]
        return worst, f"{_named(worst)}{place}, a class that the recipe does not list"
    found = _counted(group, grey=grey)
    if len(found) > rule.max_count:
        if rule.max_count:
            return found[0], f"{len(found)} x {group.class_name}{place}, {rule.max_count} allowed"
        return found[0], f"{_named(found[0])}{place}"
    for one in found:
        if rule.max_size_px is not None and _side_16(one) > 16 * rule.max_size_px:
            side = _side_16(one) / 16
            return one, f"{_named(one)}{place}, {side:.1f} px long, {rule.max_size_px} px allowed"
    return None


def _counted(group: _Group, *, grey: bool) -> list[Detection]:
    """The findings of a group that are strong and large enough; all of a class without a rule."""
    rule = group.rule
    if rule is None:
        return list(group.found)
    floor = rule.floor_ppm if grey else rule.min_score_ppm
    return [one for one in group.found if one.score_ppm >= floor and _side_16(one) >= 16 * rule.min_size_px]


def _first(reasons: list[tuple[Detection, str]]) -> str:
    """The reason with the highest score, and how many more there are; independent of the order of the rules."""
    ordered = sorted(reasons, key=lambda one: (-one[0].score_ppm, one[1]))
    more = f" (and {len(ordered) - 1} more)" if len(ordered) > 1 else ""
    return ordered[0][1] + more


def _named(one: Detection) -> str:
    return f"{one.class_name} {one.score_ppm / 1_000_000:.2f}"


def _side_16(one: Detection) -> int:
    x0, y0, x1, y1 = one.box_16
    return max(x1 - x0, y1 - y0)
