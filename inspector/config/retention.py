# SPDX-License-Identifier: AGPL-3.0-or-later
"""The retention file: how long images are kept, by class of the part, product and customer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from inspector.config.base import Settings, explain, read_toml
from inspector.errors import ConfigError, FormatInvalid
from inspector.evidence.retention import MAX_RULES, MOST_DAYS, Retention, RetentionRule

FOR_EVER = "for ever"

_Text = Annotated[str, Field(min_length=1, max_length=200)]


class _Rule(Settings):
    keep_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | Literal["for ever"]
    record_class: Annotated[Literal["pass", "not-pass", "challenge"] | None, Field(alias="class")] = None
    recipe: _Text | None = None
    customer: _Text | None = None

    def rule(self) -> RetentionRule:
        days = None if self.keep_days == FOR_EVER else int(self.keep_days)
        return RetentionRule(days, self.record_class, self.recipe, self.customer)


class _File(Settings):
    format: Literal["inspector-retention/1"]
    name: _Text
    rules: Annotated[list[_Rule], Field(max_length=MAX_RULES)] = Field(default_factory=list)


def read_retention(path: Path) -> Retention:
    """Read a retention file (docs/qa-engineer.md).

    Raises:
        ConfigError: It cannot be read, or has a key or value that is not allowed.
    """
    document = read_toml(path, "retention file")
    try:
        file = _File.model_validate(document)
        found = Retention(file.name, tuple(rule.rule() for rule in file.rules))
        found.data  # noqa: B018 - what its record will name must be fit for a record
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain(error)}", "See docs/qa-engineer.md") from error
    except FormatInvalid as error:
        raise ConfigError(f"{path}: {error.message}", "See docs/qa-engineer.md") from error
    return found
