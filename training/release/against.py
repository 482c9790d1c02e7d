# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a candidate is held against: what is in force at a station, another release, or a package with its recipe."""

from __future__ import annotations

from pathlib import Path

from inspector.config import load_config, products
from inspector.detect.package import ModelPackage
from inspector.errors import ConfigError, ReleaseRefused
from inspector.recipe import Recipe
from inspector.release.folder import RELEASE_FILE, read_release
from inspector.station.in_force import load_in_force
from training.release.judging import Contender


def find_released(where: str, product: str) -> Contender:
    """The released model with its recipe.

    Args:
        where: A station directory, the folder of a release, or `PACKAGE+RECIPE`, that is a model package and a file.
        product: The product, as the settings of the station name it.

    Raises:
        ConfigError: It is none of these, or the station does not know the product.
        ReleaseRefused: The release is damaged, not approved, or of another product. Who signed it is not checked.
        ModelRefused: The package is damaged.
        RecipeError: The recipe is broken or does not fit.
    """
    path = Path(where)
    if (path / "station.toml").is_file():
        return _at_station(path, product)
    if (path / RELEASE_FILE).is_file():
        release = read_release(path)
        if release.document.product != product:
            raise ReleaseRefused(
                f"{path} is a release of product {release.document.product}, not of {product}", "Check --against"
            )
        if release.approval is None:
            raise ReleaseRefused(f"{path} was never approved: nothing is released by it", "Check --against")
        return Contender(ModelPackage.load(release.model), Recipe.load(release.recipe))
    for place in (number for number, symbol in enumerate(where) if symbol == "+"):
        package, recipe = Path(where[:place]), Path(where[place + 1 :])
        if package.is_dir() and recipe.is_file():
            return Contender(ModelPackage.load(package), Recipe.load(recipe))
    raise ConfigError(
        f"{where} is no station directory, no release, and no model package and recipe with a + between them",
        "Name what is released now, or say --first if this is the first release of the product",
    )


def _at_station(station: Path, product: str) -> Contender:
    config = load_config(station)
    known = products(config)
    if product not in known:
        raise ConfigError(f"{station} has no product {product}, but {', '.join(known)}", "Check --product")
    rules = load_in_force(station, config, product)
    return Contender(rules.package, rules.recipe)
