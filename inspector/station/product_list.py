# SPDX-License-Identifier: AGPL-3.0-or-later
"""The released products as they were when the station started, without their weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inspector.config import Config, Product, products
from inspector.detect.package import ModelManifest, read_manifest
from inspector.errors import ModelRefused, RecipeError
from inspector.recipe import Recipe
from inspector.station.model import check_rules


@dataclass(frozen=True, slots=True)
class Listed:
    """One product.

    Attributes:
        product: Its name and files.
        recipe: Its recipe; None if it cannot be read.
        model: Its model's manifest; None if it cannot be read.
        error: Why it cannot be used; None when it can.
    """

    product: Product
    recipe: Recipe | None
    model: ModelManifest | None
    error: RecipeError | ModelRefused | None

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
            "picture": bool(self.product.picture),
            "challenge": bool(self.product.challenge),
            "codes": list(self.product.codes),
        }


def list_products(station: Path, config: Config) -> Mapping[str, Listed]:
    """All products of the settings by name, the first one first; one that cannot be read says why."""
    return {name: _listed(station, config, product) for name, product in products(config).items()}


def _listed(station: Path, config: Config, product: Product) -> Listed:
    recipe: Recipe | None = None
    model: ModelManifest | None = None
    try:
        recipe = Recipe.load(station / product.recipe)
        model = read_manifest(station / product.package)
        check_rules(recipe, model, config)
    except (RecipeError, ModelRefused) as error:
        return Listed(product, recipe, model, error)
    return Listed(product, recipe, model, None)
