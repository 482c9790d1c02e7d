# SPDX-License-Identifier: AGPL-3.0-or-later
"""The registered challenge parts of a recipe: known bad parts that the station has to find."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator

from inspector.config import explain
from inspector.errors import RecipeError
from inspector.recipe.settings import Recipe

MAX_SET_BYTES = 64 * 1024
MAX_PARTS = 50

_Text = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
_ADVICE = "Correct it; see docs/recipes.md"


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ChallengePart(_Strict):
    """One registered part; the expected verdict is always FAIL.

    Attributes:
        serial: Its own code, as the camera reads it.
        defect: The class that it shows (`class` in the file).
        valid_until: Last day on which it may be used: it wears, gets dirty, or its calibration ends.
    """

    serial: _Text
    defect: Annotated[_Text, Field(alias="class")]
    valid_until: date


class ChallengeSet(_Strict):
    """All challenge parts of one recipe.

    Attributes:
        format: Format of the file.
        recipe: Name of the recipe that they belong to.
        presentations: How often each part has to be shown in one challenge.
        parts: The parts.
    """

    format: Literal["inspector-challenge/1"]
    recipe: _Text
    presentations: Annotated[int, Field(ge=1, le=3)] = 1
    parts: Annotated[list[ChallengePart], Field(min_length=1, max_length=MAX_PARTS)]
    _data: bytes = PrivateAttr(default=b"")

    @property
    def data(self) -> bytes:
        """The exact bytes of the file, for the evidence."""
        return self._data

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the file's bytes."""
        return hashlib.sha256(self._data).hexdigest()

    @property
    def by_serial(self) -> dict[str, str]:
        """The class that each part shows, by its serial, in the order of the file."""
        return {part.serial: part.defect for part in self.parts}

    def expired(self, today: date) -> list[str]:
        """Serials of the parts that must not be used any more."""
        return [part.serial for part in self.parts if part.valid_until < today]

    @field_validator("parts")
    @classmethod
    def _unique(cls, parts: list[ChallengePart]) -> list[ChallengePart]:
        if len({part.serial for part in parts}) != len(parts):
            raise ValueError("a serial is registered twice")
        return parts

    @classmethod
    def load(cls, path: Path, recipe: Recipe) -> ChallengeSet:
        """Read a set and check it against the recipe.

        Raises:
            RecipeError: It cannot be read, is no TOML, has a field that is unknown or out of range, or does not fit
                the recipe.
        """
        try:
            with path.open("rb") as stream:
                data = stream.read(MAX_SET_BYTES + 1)
        except OSError as error:
            raise RecipeError(f"{path} cannot be read: {error.strerror}", "Check challenge.file") from error
        return cls.parse(data, str(path), recipe)

    @classmethod
    def parse(cls, data: bytes, origin: str, recipe: Recipe) -> ChallengeSet:
        """Read a set from the bytes of its file; `origin` names it in errors.

        Raises:
            RecipeError: As for `load`.
        """
        if len(data) > MAX_SET_BYTES:
            raise RecipeError(f"{origin} is larger than {MAX_SET_BYTES} bytes", "Name a file of challenge parts")
        try:
            found = cls.model_validate(tomllib.loads(data.decode("utf-8")))
        except ValidationError as error:
            raise RecipeError(f"{origin}: {explain(error)}", _ADVICE) from error
        except (ValueError, RecursionError) as error:
            raise RecipeError(f"{origin} is no valid TOML: {error}", _ADVICE) from error
        found._data = data  # noqa: SLF001 - our own new object
        found._check_recipe(origin, recipe)  # noqa: SLF001 - our own new object
        return found

    def _check_recipe(self, origin: str, recipe: Recipe) -> None:
        if self.recipe != recipe.name:
            raise RecipeError(
                f"{origin} is for recipe {self.recipe!r}, not {recipe.name!r}", "Use the set of the recipe"
            )
        if recipe.serial.source != "image":
            raise RecipeError(
                f"{origin}: recipe {recipe.name!r} reads no serials, so that no challenge part can be recognised",
                'Set source = "image" under [serial] of the recipe',
            )
        for part in self.parts:
            if part.defect not in recipe.classes:
                raise RecipeError(
                    f"{origin}: part {part.serial} shows {part.defect!r}, which the recipe does not list", _ADVICE
                )
            if not recipe.serial.accepts(part.serial):
                raise RecipeError(
                    f"{origin}: serial {part.serial!r} does not have the form {recipe.serial.form}", _ADVICE
                )
