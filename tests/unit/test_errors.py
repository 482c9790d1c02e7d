# SPDX-License-Identifier: AGPL-3.0-or-later
"""The error tree: every error has a code of its own and a reaction, and none of them is PASS."""

from __future__ import annotations

import importlib
import pkgutil

import inspector
from inspector.errors import InspectorError, Reaction


def all_errors() -> list[type[InspectorError]]:
    for module in pkgutil.walk_packages(inspector.__path__, "inspector."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: list[type[InspectorError]] = [InspectorError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return found


def test_every_error_maps_to_a_reaction_and_none_to_pass() -> None:
    for kind in all_errors():
        assert isinstance(kind.reaction, Reaction)
        assert "pass" not in kind.reaction.value.lower()


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in all_errors()]
    assert len(codes) == len(set(codes))


def test_all_errors_live_in_the_one_tree() -> None:
    assert {kind.__module__ for kind in all_errors()} == {"inspector.errors"}


def test_text_says_what_happened_and_what_to_do() -> None:
    assert str(InspectorError("the disk is full", "Free space")) == "the disk is full. Free space"
    assert str(InspectorError("the disk is full")) == "the disk is full"


def test_the_table_in_the_docs_is_complete() -> None:
    from pathlib import Path

    text = (Path(inspector.__path__[0]).parent / "docs" / "errors.md").read_text(encoding="utf-8")
    missing = [kind.code for kind in all_errors() if f"| `{kind.code}` | {kind.reaction.value} |" not in text]
    assert missing == []
