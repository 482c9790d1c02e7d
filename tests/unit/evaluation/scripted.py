# SPDX-License-Identifier: AGPL-3.0-or-later
"""A judge that finds what it is told to, and pictures that say which answer they get."""

from __future__ import annotations

import numpy as np

from inspector.part import Detection, Frame, GateResult, Verdict
from inspector.recipe import Recipe
from inspector.recipe.rules import judge
from inspector.station.judge import PartResult, View
from training.evaluation.boxes import Box
from training.evaluation.pictures import LabelledPicture

CLASSES = ("scratch", "dent")
AT = (0.0, 0.0, 10.0, 10.0)
RECIPE = Recipe.parse(
    b'format = "inspector-recipe/1"\nname = "r"\nversion = "1"\n'
    b"[classes.scratch]\nmin_score = 0.4\n[classes.dent]\nmin_score = 0.4\n",
    "r",
)


def finding(name: str, score: float, box: tuple[int, int, int, int] = (0, 0, 10, 10)) -> Detection:
    x1, y1, x2, y2 = (16 * v for v in box)
    return Detection(name, round(score * 1_000_000), (x1, y1, x2, y2))


class Scripted:
    """Finds in a picture what its first pixel numbers, and applies the recipe; a gate can fail by number."""

    def __init__(self, *answers: tuple[Detection, ...], recipe: Recipe = RECIPE, dark: frozenset[int] = frozenset()):
        self.answers, self.recipe, self.dark = answers, recipe, dark

    def look(self, frame: Frame) -> PartResult:
        number = int(frame.pixels[0, 0])
        gate = GateResult(0, 0, ("brightness_min",) if number in self.dark else ())
        found = () if gate.failed else self.answers[number % len(self.answers)]
        judged = judge(found, gate, self.recipe.for_camera(frame.camera), (16, 16))
        view = View(frame.camera, frame, None, judged, judged.verdict, judged.reason)
        return PartResult(judged.verdict, judged.reason, (view,))


def picture(number: int, *defects: tuple[str, Box], part: str | None = None) -> LabelledPicture:
    return LabelledPicture(str(number), np.full((16, 16), number, np.uint8), defects, part)


def erroneous(frame: Frame) -> PartResult:
    view = View(frame.camera, frame, None, None, Verdict.ERROR, "broken")
    return PartResult(Verdict.ERROR, "broken", (view,))
