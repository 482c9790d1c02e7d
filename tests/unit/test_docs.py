# SPDX-License-Identifier: AGPL-3.0-or-later
"""The documents are held to the code: commands, settings and links exist."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from inspector import config, remote_io_settings
from inspector.cli.main import build_parser

ROOT = Path(__file__).resolve().parents[2]
MODELS = [
    model
    for model in {**vars(config), **vars(remote_io_settings)}.values()
    if isinstance(model, type) and issubclass(model, BaseModel)
]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(
    parser: argparse.ArgumentParser, prefix: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    options = {option for action in parser._actions for option in action.option_strings}
    yield prefix, options
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield from commands(child, (*prefix, name))


TREE = dict(commands(build_parser()))


def mentioned(text: str) -> Iterator[tuple[str, tuple[str, ...], list[str]]]:
    """`inspector WORD WORD --option`, as it stands in backticks or at the start of a line of an example."""
    for match in re.finditer(r"(?:`|^\$? ?|\n\$? ?)(?:\.venv/bin/)?(inspector(?: [^\n`|]+)?)", text):
        line = match.group(1).split("  #")[0]
        words = line.split()[1:]
        path = tuple(word for word in words if re.fullmatch(r"[a-z-]+", word) and not word.startswith("-"))
        yield line, path, [word.split("=")[0] for word in words if word.startswith("--")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_documents_exist(document: Path) -> None:
    wrong = []
    for line, path, options in mentioned(document.read_text(encoding="utf-8")):
        known = max((prefix for prefix in TREE if path[: len(prefix)] == prefix), key=len)
        if path and not known:
            wrong.append(line)
        wrong += [f"{line}: {option}" for option in options if option not in TREE[known]]
    assert wrong == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
    missing = [t for t in targets if "://" not in t and not (document.parent / t).exists()]
    assert missing == []


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = {path[0] for path in TREE if path} - set(re.findall(r"[a-z-]+", text))
    assert missing == set()


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    missing = [
        f"{model.__name__}.{name}"
        for model in MODELS
        if model.__name__.endswith("Settings") and model.__name__ != "Settings"
        for name in model.model_fields
        if f"| `{name}` |" not in text
    ]
    assert missing == []


def test_no_setting_is_documented_that_does_not_exist() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    known = {name for model in MODELS for name in model.model_fields}
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) <= known


def test_the_tests_that_the_fail_safe_table_names_exist() -> None:
    table = (ROOT / "docs" / "line.md").read_text(encoding="utf-8").split("## Fail-safe defaults")[1].split("\n## ")[0]
    named = set(re.findall(r"`(test_\w+\.py)`", table))
    assert len(named) > 5
    assert named - {path.name for path in (ROOT / "tests").rglob("test_*.py")} == set()
    settings = {name for _, name in re.findall(r"`(?:(\w+)\.)?(\w+)`", table.replace(".py", "")) if "_" in name}
    models = [m for m in vars(config).values() if isinstance(m, type) and issubclass(m, BaseModel)]
    known = {name for model in models for name in model.model_fields}
    assert {name for name in settings if not name.startswith(("test_", "NO_"))} <= known
