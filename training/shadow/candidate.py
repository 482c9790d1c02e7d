# SPDX-License-Identifier: AGPL-3.0-or-later
"""The candidate: model package and recipe as files, judging as the station judges."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inspector.detect.detector import Detector
from inspector.detect.package import ModelPackage
from inspector.detect.session import Backend
from inspector.recipe import Recipe
from inspector.station.judge import Judge
from inspector.store.queries.fields import Fields, items, text


@dataclass(frozen=True, slots=True)
class Candidate:
    """What might be released.

    Attributes:
        package: Verified model package.
        recipe: Recipe that fits its classes.
        detector: The package, loaded and warm.
    """

    package: ModelPackage
    recipe: Recipe
    detector: Detector

    @property
    def rules(self) -> tuple[str, str]:
        """Digests of model package and recipe, 64 hex digits each."""
        return self.package.digest, self.recipe.digest

    def judge_for(self, opening: Fields | None) -> Judge:
        """The judge as the station of this shift would make it.

        Args:
            opening: The shift-open record, which names the cameras; None where no shift was open.

        Raises:
            RecipeError: The recipe has rules for a camera that the station does not have.
            EvidenceError: The record is damaged.
        """
        cameras = [] if opening is None else [text(one, "name") for one in items(opening, "cameras")]
        if cameras:
            self.recipe.check_station(cameras, scanner=True)  # a serial from a scanner is in no picture
        return Judge(self.detector, self.recipe, self.recipe.serial.camera or (cameras[0] if cameras else None))


def load_candidate(model: Path, recipe: Path, backend: Backend, threads: int) -> Candidate:
    """Read, check, load and warm up.

    Args:
        model: Folder of the model package.
        recipe: File of the recipe.
        backend: Runtime.
        threads: Inference threads.

    Raises:
        ModelRefused: The package is damaged, or the runtime does not load it.
        RecipeError: The recipe is broken, or does not fit the model.
    """
    package, rules = ModelPackage.load(model), Recipe.load(recipe)
    rules.check_classes(package.classes, package.manifest.thresholds.score_ppm)
    detector = Detector(package, backend, threads=threads)
    detector.warm_up()
    return Candidate(package, rules, detector)
