# SPDX-License-Identifier: AGPL-3.0-or-later
"""The registered challenge parts of a recipe: bad ones that the station has to find, good ones it has to call good."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from inspector.errors import RecipeError
from inspector.recipe.document import Strict, TomlDocument
from inspector.recipe.settings import Recipe

MAX_PARTS = 50
RECOGNISED_BY = ("image", "scanner")
"""Sources of serials that read a part's own code; what a controller says of a part may have been typed."""

_Text = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
_ADVICE = "Correct it; see docs/recipes.md"


class ChallengePart(Strict):
    """One registered part. Of a bad one the verdict FAIL is expected, of a good one PASS; neither is let through.

    Attributes:
        serial: Its own code, as camera or scanner read it.
        defect: The class that it shows (`class` in the file); None for a good one.
        good: A good part, near the limit: a station that rejects everything passes no challenge.
        valid_until: Last day on which it may be used: it wears, gets dirty, or its calibration ends.
    """

    serial: _Text
    defect: Annotated[_Text | None, Field(alias="class")] = None
    good: bool = False
    valid_until: date

    @model_validator(mode="after")
    def _either(self) -> ChallengePart:
        if self.good is (self.defect is not None):
            raise ValueError(f"part {self.serial} needs either the class that it shows, or good = true")
        return self


class ChallengeSet(TomlDocument):
    """All challenge parts of one recipe.

    Attributes:
        format: Format of the file.
        recipe: Name of the recipe that they belong to.
        presentations: How often each part has to be shown in one challenge; one rejection may be chance.
        parts: The parts.
    """

    MAX_BYTES = 64 * 1024
    NAMED_BY = "challenge.file"

    format: Literal["inspector-challenge/1"]
    recipe: _Text
    presentations: Annotated[int, Field(ge=1, le=3)] = 3
    parts: Annotated[list[ChallengePart], Field(min_length=1, max_length=MAX_PARTS)]

    @property
    def by_serial(self) -> dict[str, str | None]:
        """The class that each part shows, None for a good one, by its serial, in the order of the file."""
        return {part.serial: part.defect for part in self.parts}

    def expired(self, today: date) -> list[str]:
        """Serials of the parts that must not be used any more."""
        return [part.serial for part in self.parts if part.valid_until < today]

    @field_validator("parts")
    @classmethod
    def _unique(cls, parts: list[ChallengePart]) -> list[ChallengePart]:
        if len({part.serial for part in parts}) != len(parts):
            raise ValueError("a serial is registered twice")
        if all(part.good for part in parts):
            raise ValueError("no part is bad: a station that finds nothing would pass")
        return parts

    @classmethod
    def load(cls, path: Path, recipe: Recipe) -> ChallengeSet:
        """Read a set and check it against the recipe.

        Raises:
            RecipeError: It cannot be read, is no TOML, has a field that is unknown or out of range, or does not fit
                the recipe.
        """
        return cls.parse(cls.read_file(path), str(path), recipe)

    @classmethod
    def parse(cls, data: bytes, origin: str, recipe: Recipe) -> ChallengeSet:
        """Read a set from the bytes of its file; `origin` names it in errors.

        Raises:
            RecipeError: As for `load`.
        """
        found = cls.from_toml(data, origin)
        found.check_recipe(origin, recipe)
        return found

    def check_recipe(self, origin: str, recipe: Recipe) -> None:
        """Compare the set with the recipe that will be used.

        Raises:
            RecipeError: It is another recipe's, or the recipe cannot recognise or reject one of its parts.
        """
        if self.recipe != recipe.name:
            raise RecipeError(
                f"{origin} is for recipe {self.recipe!r}, not {recipe.name!r}", "Use the set of the recipe"
            )
        if recipe.serial.source not in RECOGNISED_BY:
            raise RecipeError(
                f"{origin}: recipe {recipe.name!r} reads no serials, so that no challenge part can be recognised",
                'Set source = "image" or "scanner" under [serial] of the recipe',
            )
        for part in self.parts:
            if part.defect is not None and part.defect not in recipe.class_names:
                raise RecipeError(
                    f"{origin}: part {part.serial} shows {part.defect!r}, which the recipe does not list", _ADVICE
                )
            if not recipe.serial.accepts(part.serial):
                raise RecipeError(
                    f"{origin}: serial {part.serial!r} does not have the form {recipe.serial.form}", _ADVICE
                )
