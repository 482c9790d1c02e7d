# SPDX-License-Identifier: AGPL-3.0-or-later
"""A recipe to begin with: every class of a model rejects, with one limit for all."""

from __future__ import annotations

import json
from decimal import Decimal


def generic_recipe(name: str, classes: tuple[str, ...], floor_ppm: int) -> str:
    """TOML text of a recipe that fails every part with any finding of the model.

    There is no grey band and no image gate beyond "not dark, not burnt out": both need knowledge of the part.

    Args:
        name: Name of the recipe.
        classes: Classes of the model package.
        floor_ppm: Lowest score that the model reports, which is the limit for all classes.
    """
    score = Decimal(floor_ppm) / 1_000_000
    lines = [
        f"# Made for the model {name}: any finding fails the part. Refine it: docs/recipes.md",
        'format = "inspector-recipe/1"',
        f"name = {json.dumps(name)}",
        'version = "1"',
        "",
        "[gate]",
        "brightness_min = 5",
        "brightness_max = 250",
    ]
    for class_name in classes:
        lines += ["", f"[classes.{json.dumps(class_name)}]", f"min_score = {score}"]
    return "\n".join(lines) + "\n"
