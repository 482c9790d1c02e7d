# SPDX-License-Identifier: AGPL-3.0-or-later
"""TOML files that are evidence: their exact bytes are kept beside what they say."""

from __future__ import annotations

import hashlib
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

from inspector.config import explain
from inspector.errors import RecipeError

_ADVICE = "Correct it; see docs/recipes.md"


class Strict(BaseModel):
    """No conversions, no unknown fields, no changes."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TomlDocument(Strict):
    """A whole file.

    Attributes:
        MAX_BYTES: A file that is larger is refused.
        NAMED_BY: What people call the place where its name stands.
    """

    MAX_BYTES: ClassVar[int]
    NAMED_BY: ClassVar[str]
    _data: bytes = PrivateAttr(default=b"")

    @property
    def data(self) -> bytes:
        """The exact bytes of the file, for the evidence."""
        return self._data

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the file's bytes."""
        return hashlib.sha256(self._data).hexdigest()

    @classmethod
    def read_file(cls, path: Path) -> bytes:
        """The bytes of a file, at most one more than are allowed.

        Raises:
            RecipeError: It cannot be read.
        """
        try:
            with path.open("rb") as stream:
                return stream.read(cls.MAX_BYTES + 1)
        except OSError as error:
            raise RecipeError(f"{path} cannot be read: {error.strerror}", f"Check {cls.NAMED_BY}") from error

    @classmethod
    def from_toml(cls, data: bytes, origin: str) -> Self:
        """Read the bytes of a file; `origin` names it in errors.

        Raises:
            RecipeError: It is too large, is no TOML, or has a field that is unknown or out of range.
        """
        if len(data) > cls.MAX_BYTES:
            raise RecipeError(f"{origin} is larger than {cls.MAX_BYTES} bytes", f"Check {cls.NAMED_BY}")
        try:
            found = cls.model_validate(tomllib.loads(data.decode("utf-8"), parse_float=Decimal))
        except ValidationError as error:
            raise RecipeError(f"{origin}: {explain(error)}", _ADVICE) from error
        except (ValueError, RecursionError) as error:
            raise RecipeError(f"{origin} is no valid TOML: {error}", _ADVICE) from error
        found._data = data  # noqa: SLF001 - our own new object
        return found
