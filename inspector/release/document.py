# SPDX-License-Identifier: AGPL-3.0-or-later
"""`release.json`: what judges which product, how it was measured, and every other file of the release by its hash."""

from __future__ import annotations

import json
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from inspector.config.base import Name
from inspector.strict_json import parse_document

FORMAT: Final = "inspector-release/1"
MAX_BYTES = 1024 * 1024
MODEL_FOLDER = "model"
RECIPE_FILE = "recipe.toml"
GATE_FILE = "gate.toml"
REPORT_FILE = "report.json"
MANIFEST_FILE = "manifest.json"
REQUIRED_FILES = (f"{MODEL_FOLDER}/model.json", RECIPE_FILE, GATE_FILE, REPORT_FILE, MANIFEST_FILE)

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[str, StringConstraints(pattern=r"^\S(.{0,498}\S)?$")]
"""One line as signed notes have them: 1 to 500 characters, no blank at either end."""
_File = Annotated[str, StringConstraints(pattern=r"^(model/)?[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,99}$")]
_Utc = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Named(_Part):
    """A model package or a recipe: its name, its version, and its digest."""

    name: Line
    version: Line
    digest: Sha256


class Replaced(_Part):
    """Digests of model package and recipe against which the release was held."""

    model: Sha256
    recipe: Sha256


class TestSet(_Part):
    """What it was measured on.

    Attributes:
        manifest: SHA-256 of the dataset's manifest.
        test_lock: Digest of the locked test set.
        uses: How often that test set had been used, this time included.
    """

    __test__ = False  # it is none of pytest's

    manifest: Sha256
    test_lock: Sha256
    uses: Annotated[int, Field(ge=1)]


class Check(_Part):
    """One rule of the gate, and what came of it in words with figures."""

    name: Line
    passed: bool
    words: Line


class Gate(_Part):
    """By what it was let through.

    Attributes:
        rules: SHA-256 of `gate.toml`.
        checks: Every rule; all have passed.
    """

    rules: Sha256
    checks: Annotated[list[Check], Field(min_length=1, max_length=1000)]


class ReleaseDocument(_Part):
    """`release.json`.

    Attributes:
        format: Its format.
        product: The product, as the settings of stations name it.
        created: UTC.
        model: The model package.
        recipe: The recipe.
        replaces: What it was held against; None: it is the first release of its product.
        trainer: Who trained the model.
        why: What it is for.
        dataset: What it was measured on.
        gate: By what it was let through.
        software: Program or library -> version, of what measured it.
        files: Path in the folder -> SHA-256, of every file but this one and the notes.
    """

    format: Literal["inspector-release/1"] = FORMAT
    product: Name
    created: _Utc
    model: Named
    recipe: Named
    replaces: Replaced | None
    trainer: Line
    why: Line
    dataset: TestSet
    gate: Gate
    software: Annotated[dict[Line, Line], Field(max_length=100)]
    files: Annotated[dict[_File, Sha256], Field(min_length=len(REQUIRED_FILES), max_length=40)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        missing = [name for name in REQUIRED_FILES if name not in self.files]
        if missing:
            raise ValueError(f"it names no {missing[0]}")
        if any(not check.passed for check in self.gate.checks):
            raise ValueError("a rule of the gate did not pass")
        if self.files[GATE_FILE] != self.gate.rules:
            raise ValueError(f"the rules of the gate are not those in {GATE_FILE}")
        return self


def parse_release(data: bytes) -> ReleaseDocument:
    """Read `release.json` strictly.

    Raises:
        ValueError: It is something else; the message says what and where in it.
    """
    return parse_document(ReleaseDocument, data, MAX_BYTES)


def encode_release(document: ReleaseDocument) -> bytes:
    """The bytes of `release.json`, the same for the same document: keys sorted, UTF-8, a final newline."""
    fields = document.model_dump(mode="json")
    return (json.dumps(fields, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")
