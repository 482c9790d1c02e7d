# SPDX-License-Identifier: AGPL-3.0-or-later
"""The released products as they were when the station started, without their weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inspector.config import Config, Product, products
from inspector.detect.package import ModelManifest, read_manifest
from inspector.errors import ModelRefused, RecipeError, ReleaseRefused
from inspector.recipe import Recipe
from inspector.station.model import Rules, check_rules
from inspector.station.releases import Released, read_released


@dataclass(frozen=True, slots=True)
class Listed:
    """One product.

    Attributes:
        product: Its name and files.
        recipe: Its recipe; None if it cannot be read.
        model: Its model's manifest; None if it cannot be read.
        error: Why it cannot be used; None when it can.
        release: The release that both are of; None: they are the files of the settings.
    """

    product: Product
    recipe: Recipe | None
    model: ModelManifest | None
    error: RecipeError | ModelRefused | ReleaseRefused | None
    release: Released | None = None

    @classmethod
    def of(cls, rules: Rules) -> Listed:
        """What was loaded, as it is listed."""
        return cls(rules.product, rules.recipe, rules.package.manifest, None, rules.release)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.product.name if self.recipe is None else self.recipe.name

    @property
    def recipe_digest(self) -> str:
        """SHA-256 of the recipe; empty if it cannot be read."""
        return "" if self.recipe is None else self.recipe.digest

    @property
    def model_digest(self) -> str:
        """SHA-256 of the model package; empty if it cannot be read."""
        return "" if self.model is None else self.model.digest

    def document(self) -> dict[str, object]:
        """The product as the api shows it."""
        recipe, model = self.recipe, self.model
        return {
            "product": self.product.name,
            "name": self.name,
            "version": "" if recipe is None else recipe.version,
            "number": 0 if recipe is None else recipe.number,
            "digest": None if recipe is None else recipe.digest,
            "model": None if model is None else {"name": model.name, "version": model.version, "digest": model.digest},
            "release": None if self.release is None else self.release.document,
            "picture": bool(self.product.picture),
            "challenge": bool(self.product.challenge),
            "codes": list(self.product.codes),
        }


def list_products(station: Path, config: Config, releases: Mapping[str, Released]) -> dict[str, Listed]:
    """All products of the settings by name, the first one first; one that cannot be read says why.

    Args:
        station: Station directory.
        config: Its settings.
        releases: Product -> the release that it is judged by, for those that are judged by one.
    """
    return {name: _listed(station, config, one, releases.get(name)) for name, one in products(config).items()}


def _listed(station: Path, config: Config, product: Product, released: Released | None) -> Listed:
    recipe: Recipe | None = None
    model: ModelManifest | None = None
    try:
        if released is None:
            files = station / product.recipe, station / product.package
        else:
            release = read_released(station, released)
            files = release.recipe, release.model
        recipe = Recipe.load(files[0])
        model = read_manifest(files[1])
        check_rules(recipe, model, config)
    except (RecipeError, ModelRefused, ReleaseRefused) as error:
        return Listed(product, recipe, model, error, released)
    return Listed(product, recipe, model, None, released)
