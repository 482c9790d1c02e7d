# SPDX-License-Identifier: AGPL-3.0-or-later
"""Model package and recipe of a station, checked against each other before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inspector.config import Config
from inspector.detect.detector import Detector
from inspector.detect.package import ModelPackage
from inspector.recipe.settings import Recipe
from inspector.station.judge import Judge


@dataclass(frozen=True)
class Rules:
    """What decides: the model package, the recipe, and the runtime that is asked for.

    Attributes:
        package: Verified model package.
        recipe: Recipe that fits its classes.
        config: Settings of the station.
    """

    package: ModelPackage
    recipe: Recipe
    config: Config

    @classmethod
    def load(cls, station: Path, config: Config) -> Rules:
        """Read and check both.

        Raises:
            ModelRefused: The package is incomplete or damaged.
            RecipeError: The recipe is broken, or names classes that the model or cameras that the station has not.
        """
        package = ModelPackage.load(station / config.detector.package)
        recipe = Recipe.load(station / config.recipe)
        recipe.check_classes(package.classes, package.manifest.thresholds.score_ppm)
        recipe.check_station([camera.name for camera in config.cameras], scanner=config.scanner is not None)
        return cls(package, recipe, config)

    def make_judge(self) -> Judge:
        """Load the model into the runtime and warm it up; takes seconds, so not on the main thread.

        Raises:
            ModelRefused: The runtime cannot load it.
        """
        settings = self.config.detector
        detector = Detector(self.package, settings.backend, threads=settings.threads)
        detector.warm_up()
        return Judge(detector, self.recipe, self.recipe.serial.camera or self.config.cameras[0].name)

    def record_fields(self) -> dict[str, object]:
        """`recipe` and `model` of a `shift-open` record."""
        settings = self.config.detector
        return {
            "recipe": {"name": self.recipe.name, "digest": self.recipe.digest},
            "model": {
                "name": self.package.name,
                "digest": self.package.digest,
                "backend": settings.backend,
                "precision": self.package.manifest.precision,
            },
        }
