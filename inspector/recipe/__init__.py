# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recipes: what counts as a defect on a part, and the pure rules that turn findings into a verdict."""

from inspector.recipe.rules import counted, failing_classes, judge
from inspector.recipe.settings import Recipe

__all__ = ["Recipe", "counted", "failing_classes", "judge"]
