# SPDX-License-Identifier: AGPL-3.0-or-later
"""Finds every sentence that the station may say in its source code: what it raises, and why it is not ready.

The station says a finished sentence, with its values in it. Here is what such sentences are made from: `{0}`, `{1}` ...
stand where values are.
"""

from __future__ import annotations

import ast
import functools
import string
from collections.abc import Iterator, Sequence
from pathlib import Path

from inspector import errors

CONTEXT = "station"
ROOT = Path(errors.__file__).parent
SAYING = ("station", "access", "api")
"""Packages whose errors and reasons people at a screen read: they are what a command meets."""
OF_THE_LINE = ("line",)
"""Packages of whose reasons only what is wrong is shown; what to do has words of its own for each code."""
BEFORE_SCREENS = ROOT / "api" / "process.py"
"""What keeps the api from starting no screen can show."""
REASONS = ("Reason", "Problem", "raise_alarm", "_stop")
FEWEST_LETTERS = 8
"""A sentence with less of its own fits everything, and is left as it is."""

OTHERS = (
    "Show test part {0} of {1}: {2} ({3})",
    "Wait until the test parts have reached the reject lane",
    "test part {0} ({1})",
    "{0} was not found",
    "{0} was not judged good",
    "{0} was not seen in the reject lane",
    "test parts not shown in time: {0}",
    "{0} presentations, and still not shown: {1}",
    "every test part was judged as what it is, and rejected",
    "only {0} MB are free on the disk",
    "the disk is full in {0} minutes",
    "1 good part was",
    "{0} good parts were",
    "the camera is gone",
    "Check the cable and power of the camera",
    "1 change waits",
    "{0} changes wait",
    "A challenge is due: start it and show the {0} test parts",
    "The challenge has failed: the list of what passed is being written",
    "rejected part {0} was seen in the good lane ({1})",
    "rejected part {0} was seen in no lane ({1})",
    "no reject was confirmed before",
    "last confirmed: part {0}",
    "is being opened",
    "waits for the station",
    "has not connected yet",
    "the plant's part counter shows {0} than the records",
    "the lane sensors and what was removed by hand show {0} than the records",
    "camera {0} counted {1} than the records",
    "{0} parts more",
    "{0} parts fewer",
    "1 part more",
    "1 part fewer",
    "{0} reached no lane",
    "{0} more reached a lane than the plant's part counter shows",
    "the good lane's sensor shows {0} than the outcomes in the records",
)
"""What is put together elsewhere than where it is raised."""


@functools.cache
def sentences() -> tuple[str, ...]:
    """All, each once, in the order of the sources."""
    found = dict.fromkeys(OTHERS)
    for package in (*SAYING, *OF_THE_LINE):
        for path in sorted(set((ROOT / package).glob("*.py")) - {BEFORE_SCREENS}):
            found |= dict.fromkeys(_of(ast.parse(path.read_text(encoding="utf-8")), package in SAYING))
    own = [text for text in found if " " in text and letters(text) >= FEWEST_LETTERS]
    once = {f"{text[:1].lower()}{text[1:]}": text for text in reversed(own)}
    return tuple(once.values())[::-1]


def letters(template: str) -> int:
    """How many letters a template has of its own."""
    return sum(sum(map(str.isalpha, literal)) for literal, *_ in string.Formatter().parse(template))


def raising() -> set[str]:
    """Names of all errors."""
    return {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}


def _of(tree: ast.Module, whole: bool) -> Iterator[str]:
    kinds = raising()
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    inside = {id(node): function for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in kinds and name not in REASONS:
            continue
        said = [*node.args, *(keyword.value for keyword in node.keywords)]
        coded = name in REASONS or name == "Refused"
        scopes: Sequence[ast.AST] = [scope for scope in (inside.get(id(node)), tree) if scope is not None]
        if coded:
            said = said[1:]
        for text in said if whole else said[:1] if name in REASONS else []:
            yield from _templates(text, scopes)


def _templates(node: ast.expr, scopes: Sequence[ast.AST]) -> Iterator[str]:
    """What a text may be, as far as it can be seen here; a name is followed to what it is set to."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield _plain(node.value)
    elif isinstance(node, ast.JoinedStr):
        numbers = iter(range(len(node.values)))
        yield "".join(
            _plain(str(part.value)) if isinstance(part, ast.Constant) else f"{{{next(numbers)}}}"
            for part in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from _templates(node.body, scopes)
        yield from _templates(node.orelse, scopes)
    elif isinstance(node, ast.Name):
        for scope in scopes:
            found = [value for value in _set_to(node.id, scope) if not isinstance(value, ast.Name)]
            for value in found:
                yield from _templates(value, scopes)
            if found:
                return
    elif isinstance(node, ast.Subscript):
        yield from _templates(node.value, scopes)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        for text in (node.func.value, *node.args[1:]):
            yield from _templates(text, scopes)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _templates(value, scopes)
    elif isinstance(node, ast.Tuple):
        for value in node.elts:
            yield from _templates(value, scopes)


def _plain(text: str) -> str:
    """Braces that are no place."""
    return text.replace("{", "{{").replace("}", "}}")


def _set_to(name: str, scope: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _pairs(name, target, node.value)


def _pairs(name: str, target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Name):
        if target.id == name:
            yield value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for one, other in zip(target.elts, value.elts, strict=True):
            yield from _pairs(name, one, other)
    elif isinstance(target, ast.Tuple) and any(isinstance(one, ast.Name) and one.id == name for one in target.elts):
        yield value  # taken out of a table: any of its texts
