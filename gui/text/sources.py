# SPDX-License-Identifier: AGPL-3.0-or-later
"""Finds every text of the screens in their source code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from gui.text.catalogue import Message
from gui.text.station_sources import CONTEXT, sentences

GUI = Path(__file__).resolve().parents[1]
MARKS = ("tr", "mark")


def texts_of(path: Path) -> Iterator[Message]:
    """The literals that one module gives to `tr` and `mark`.

    Raises:
        OSError: The file cannot be read.
        ValueError: The note of a text is no literal.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS and node.args):
            continue
        source = node.args[0]
        if not (isinstance(source, ast.Constant) and isinstance(source.value, str)):
            continue  # a text that was marked elsewhere
        note = ""
        if len(node.args) > 1:
            note = str(ast.literal_eval(node.args[1]))
        yield Message(source.value, note)


def texts() -> dict[str, list[Message]]:
    """All texts by the package they stand in, each once, in the first that has it; and those of the station."""
    found: dict[str, list[Message]] = {}
    known = set()
    for path in sorted(GUI.rglob("*.py")):
        folder = path.relative_to(GUI).parts[0]
        package = folder if (GUI / folder).is_dir() else "shell"
        for message in texts_of(path):
            if message.key not in known:
                known.add(message.key)
                found.setdefault(package, []).append(message)
    found[CONTEXT] = [Message(source, context=CONTEXT) for source in sentences()]
    return found
