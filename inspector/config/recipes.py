# SPDX-License-Identifier: AGPL-3.0-or-later
"""`[recipes]`: the released products of a station, between which an operator may change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from inspector.config.base import Settings
from inspector.errors import ConfigError

if TYPE_CHECKING:
    from inspector.config.document import Config

MAIN = "main"
"""Name of the product of a station whose top-level `recipe` stands in no table of `[recipes]`."""

_Code = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f\[\]?]{1,64}$")]


class RecipeSettings(Settings):
    """`[recipes]`, one table `[recipes.NAME]` for each released product.

    Attributes:
        recipe: The recipe file, relative to the station directory.
        package: Folder of its model package; empty: that of `[detector]`.
        challenge: Its registered challenge parts; empty: it has none. If not given, the file of `[challenge]` for the
            recipe at the top, and for others an error where there is one.
        picture: A picture of the product, PNG or JPEG, that is shown beside what the camera sees.
        codes: Order or product codes that mean this product; `*` stands for any characters.
    """

    recipe: Annotated[str, Field(min_length=1)]
    package: str = ""
    challenge: str | None = None
    picture: str = ""
    codes: Annotated[list[_Code], Field(max_length=200)] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Product:
    """One product with everything that judges it; files are relative to the station directory.

    Attributes:
        name: Its name in the settings.
        recipe: The recipe file.
        package: Folder of the model package.
        challenge: File of its challenge parts; empty: it has none.
        picture: A picture of it; empty: there is none.
        codes: Codes that mean it.
    """

    name: str
    recipe: str
    package: str
    challenge: str
    picture: str = ""
    codes: tuple[str, ...] = ()

    def is_meant(self, code: str) -> bool:
        """Whether an order or product code means this product; capital letters count."""
        return bool(code) and any(fnmatchcase(code, pattern) for pattern in self.codes)


def products(config: Config) -> Mapping[str, Product]:
    """All products by name; the first one is in force until somebody changes over."""
    found = {name: _product(name, one, config) for name, one in config.recipes.items()}
    first = next((one for one in found.values() if one.recipe == config.recipe), None)
    if first is None:
        first = Product(MAIN, config.recipe, config.detector.package, config.challenge.file)
    return {first.name: first} | {name: one for name, one in found.items() if name != first.name}


def check_recipes(path: Path, config: Config) -> None:
    """Every product needs a name of its own and says whether it has challenge parts.

    Raises:
        ConfigError: One does not.
    """
    for name, one in config.recipes.items():
        if one.recipe == config.recipe:
            continue
        if name == MAIN:
            message = f"{path}: [recipes.{MAIN}] is not the recipe at the top of the file"
            raise ConfigError(message, "Give it another name")
        if one.challenge is None and config.challenge.file:
            message = f"{path}: recipes.{name}.challenge: it is missing"
            raise ConfigError(message, 'Name the challenge parts of this product, or write "" if it has none')
    doubled = sorted(_doubled(config))
    if doubled:
        raise ConfigError(f"{path}: [recipes] has {doubled[0]} twice", "One table for each recipe file")


def _doubled(config: Config) -> Iterator[str]:
    files = [one.recipe for one in config.recipes.values()]
    return (file for file in set(files) if files.count(file) > 1)


def _product(name: str, one: RecipeSettings, config: Config) -> Product:
    challenge = one.challenge
    if challenge is None:
        challenge = config.challenge.file if one.recipe == config.recipe else ""
    return Product(name, one.recipe, one.package or config.detector.package, challenge, one.picture, tuple(one.codes))
