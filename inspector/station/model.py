# SPDX-License-Identifier: AGPL-3.0-or-later
"""Model package and recipe of a station, checked against each other before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from inspector.config import Config, Product, products
from inspector.detect.detector import Detector
from inspector.detect.package import ModelManifest, ModelPackage
from inspector.errors import ReleaseRefused
from inspector.recipe.challenge_set import ChallengeSet
from inspector.recipe.settings import Recipe
from inspector.station.judge import Judge
from inspector.station.releases import BRING_BACK, Released, read_released


@dataclass(frozen=True)
class Rules:
    """What decides: the model package, the recipe, and the runtime that is asked for.

    Attributes:
        package: Verified model package.
        recipe: Recipe that fits its classes.
        config: Settings of the station.
        product: Name of the product in the settings, and its files.
        release: The release that model and recipe are of; None: they are the files of the settings.
    """

    package: ModelPackage
    recipe: Recipe
    config: Config
    product: Product = field(kw_only=True)
    release: Released | None = field(default=None, kw_only=True)

    @classmethod
    def load(cls, station: Path, config: Config, name: str = "", release: Released | None = None) -> Rules:
        """Read and check both.

        Args:
            station: Station directory.
            config: Its settings.
            name: The product, as the settings name it; empty: the first one.
            release: The release that it is judged by; None: by the files of the settings.

        Raises:
            ReleaseRefused: The folder of the release is missing or damaged.
            ModelRefused: The package is incomplete or damaged.
            RecipeError: The recipe is broken, or names classes that the model or cameras that the station has not.
        """
        known = products(config)
        product = known[name] if name else next(iter(known.values()))
        if release is None:
            package, recipe = ModelPackage.load(station / product.package), Recipe.load(station / product.recipe)
        else:
            package, recipe = _released(station, release)
        check_rules(recipe, package.manifest, config)
        return cls(package, recipe, config, product=product, release=release)

    def challenge_set(self, station: Path) -> ChallengeSet | None:
        """The challenge parts of the product; None if it has none.

        Raises:
            RecipeError: The set is broken or does not fit the recipe.
        """
        file = self.product.challenge
        return ChallengeSet.load(station / file, self.recipe) if file else None

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


def _released(station: Path, released: Released) -> tuple[ModelPackage, Recipe]:
    release = read_released(station, released)
    package, recipe = ModelPackage.load(release.model), Recipe.load(release.recipe)
    if (package.digest, recipe.digest) != (release.document.model.digest, release.document.recipe.digest):
        raise ReleaseRefused(f"{release.path} was changed while it was read", BRING_BACK)
    return package, recipe


def check_rules(recipe: Recipe, model: ModelManifest, config: Config) -> None:
    """Compare a recipe with its model and the station.

    Raises:
        RecipeError: It names classes that the model, or cameras or a scanner that the station does not have.
    """
    recipe.check_classes(model.classes, model.thresholds.score_ppm)
    recipe.check_station([camera.name for camera in config.cameras], scanner=config.scanner is not None)


class InForce:
    """The rules that judge now. A changeover puts others in their place, between two shifts.

    Attributes:
        rules: They.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    @property
    def package(self) -> ModelPackage:
        """The model package."""
        return self.rules.package

    @property
    def recipe(self) -> Recipe:
        """The recipe."""
        return self.rules.recipe

    @property
    def name(self) -> str:
        """Name of the product in the settings."""
        return self.rules.product.name
