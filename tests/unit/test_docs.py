# SPDX-License-Identifier: AGPL-3.0-or-later
"""The documents are held to the code: commands, settings and links exist."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from inspector import config
from inspector.cli.main import build_parser

ROOT = Path(__file__).resolve().parents[2]
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
        has_actions = any(len(prefix) == len(known) + 1 and prefix[: len(known)] == known for prefix in TREE)
        if has_actions and len(path) > len(known):
            wrong.append(line)
        wrong += [f"{line}: {option}" for option in options if option not in TREE[known]]
    assert wrong == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
    missing = [t for t in targets if "://" not in t and not (document.parent / t).exists()]
    assert missing == []


def test_the_readme_lists_every_command_and_no_other() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Commands\n")[1]
    listed = section.split("`inspector ")[1].split("`")[0].split(" | ")
    assert sorted(listed) == sorted(path[0] for path in TREE if len(path) == 1)


def test_every_command_is_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert {path[0] for path in TREE if path} - set(re.findall(r"`(?:inspector )?([a-z-]+)", text)) == set()


def test_every_benchmark_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    there = {path.stem for path in (ROOT / "benchmarks").glob("bench_*.py")}
    assert set(re.findall(r"\bbench_\w+", text)) == there


def tables(prefix: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """The tables of `station.toml` below one, as they are headed in the page; a register is a value."""
    for name, field in model.model_fields.items():
        found = list(models_in(field.annotation))
        for inner in found:
            if inner is not config.RegisterSettings:
                kind = f", kind {get_args(inner.model_fields['kind'].annotation)[0]}" if len(found) > 1 else ""
                yield f"{prefix}{name}{kind}", inner
                yield from tables(f"{prefix}{name}.", inner)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def default_of(field: FieldInfo) -> str:
    """A default as the page writes it."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    return "none" if default is None or isinstance(default, BaseModel) else f"`{json.dumps(default)}`"


def documented() -> dict[str, dict[str, str]]:
    """Table of `station.toml`, with its kind where there are kinds -> key -> default, as the page says."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    parts = re.split(r'^#{2,3} `\[+([\w.]+)\]+`(?: with `kind = "(\w+)"`)?.*$', text, flags=re.MULTILINE)
    names = [f"{name}, kind {kind}" if kind else name for name, kind in zip(parts[1::3], parts[2::3], strict=True)]
    rows = (re.findall(r"^\| `(\w+)` \| (.*?) \|", part, re.MULTILINE) for part in parts[3::3])
    return {name: dict(found) for name, found in zip(names, rows, strict=True)}


def test_every_setting_stands_in_its_table_with_its_default_and_no_other_does() -> None:
    known = {
        name: {key: default_of(field) for key, field in model.model_fields.items()}
        for name, model in tables("", config.Config)
    }
    assert documented() == known


def test_decisions_have_numbers_of_their_own_in_name_and_title() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert numbers == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    assert [page.read_text(encoding="utf-8")[2:6] for page in pages] == numbers


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_of_the_sources_that_a_document_names_exist(document: Path) -> None:
    folders = ("inspector", "tests", "benchmarks", "gui", "training", "ledger_anchor", "camera_configs", "data_samples")
    named = re.findall(rf"`((?:{'|'.join(folders)})/[\w./*-]+)`", document.read_text(encoding="utf-8"))
    assert [name for name in named if not any(ROOT.glob(name))] == []
