# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents of the api about released recipes and changing over from one to another."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from inspector.api.schema import Command, Count, Document, Line, Problem, Sha256

ProductName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""An order or product code as it was typed or scanned; empty where none was."""


class ModelInfo(Document):
    """A model package: name, version and the digest of its bytes."""

    name: str
    version: str
    digest: Sha256


class RecipeInfo(Document):
    """A released recipe with its model.

    `product` is its name in the settings; `number` is that by which the line's controller knows it, 0 without one.
    `digest` and `model` are null where a file cannot be read. `release` is the SHA-256 of the release that both are of,
    null where they are the files of the settings.
    """

    product: ProductName
    name: str
    version: str = ""
    number: Annotated[int, Field(ge=0, le=65_535)] = 0
    digest: Sha256 | None = None
    model: ModelInfo | None = None
    release: Sha256 | None = None
    picture: bool = False
    challenge: bool = False
    codes: tuple[str, ...] = ()


class ListedRecipe(RecipeInfo):
    """One of the list: whether it is in force, whether the code means it, and why nobody can change over to it."""

    in_force: bool
    meant: bool = False
    blocked: Problem | None = None


class RecipeList(Document):
    """All released recipes as they were when the station started; `changing_to` names the one that is being loaded."""

    in_force: ProductName
    changing_to: str | None = None
    recipes: tuple[ListedRecipe, ...]


class RecipeChange(Command):
    """Body of POST /v1/recipes/change.

    `digest` is that of the recipe that was shown to the person, who says with `looked` that the product at the station
    is this one; `code` is the order or product code that was read.
    """

    product: ProductName
    digest: Sha256 | None = None
    code: Code = ""
    looked: bool = False
    operator: Line | None = None


class RecipeChanged(Document):
    """The recipe is in force; `seq` is the record that says so, null where it was in force before."""

    seq: Count | None = None
    changed: bool
    recipe: RecipeInfo
