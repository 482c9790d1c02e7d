# SPDX-License-Identifier: AGPL-3.0-or-later
"""One number for a controller that sorts rejects by their defect."""

from __future__ import annotations

from inspector.part import Verdict
from inspector.recipe import Recipe, counted
from inspector.station.judge import PartResult


def defect_class(result: PartResult, recipe: Recipe, classes: tuple[str, ...]) -> int:
    """The class with the highest score among the findings that count, as its place in the model package from 1.

    Args:
        result: Judgement of the part.
        recipe: Rules in force.
        classes: The model's classes.

    Returns:
        0 for a part that did not fail, or failed without such a finding.
    """
    if result.verdict is not Verdict.FAIL:
        return 0
    found = [
        one
        for view in result.views
        if view.judgement is not None
        for one in counted(view.judgement.detections, recipe.for_camera(view.camera))
    ]
    worst = max(found, key=lambda one: one.score_ppm, default=None)
    return 0 if worst is None else classes.index(worst.class_name) + 1
