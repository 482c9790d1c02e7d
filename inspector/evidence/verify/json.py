# SPDX-License-Identifier: AGPL-3.0-or-later
"""The verifier's own reading of docs/formats.md: strict JSON, and shapes that values must fit.

Nothing here is shared with the code that writes records. A shape is plain data: a pattern stands for text
that matches it, a set for one of its words, `bool` for true or false, `Whole` for an integer, `Words` for
text, `Maybe` for null or a shape, `Each` for a list, a dict for an object with exactly these fields. Shapes
are compiled once into functions, because history is long.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

SAFE = 2**53 - 1
LIMIT_BYTES = 65_000
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)

Test = Callable[[object], str | None]
"""Says what is wrong with a value, beginning with the path inside it; None if nothing is."""


class Malformed(Exception):
    """Bytes that break a rule of the format.

    Args:
        rule: FORMAT-01 for the encoding, FORMAT-02 for fields and values.
        message: What is wrong.
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


@dataclass(frozen=True)
class Whole:
    """An integer between two bounds."""

    low: int = 0
    high: int = SAFE


@dataclass(frozen=True)
class Words:
    """Text of a number of characters."""

    high: int
    low: int = 0


@dataclass(frozen=True)
class Maybe:
    """Null or a shape."""

    shape: object


@dataclass(frozen=True)
class Each:
    """A list whose entries have one shape."""

    shape: object
    high: int
    low: int = 0


@dataclass(frozen=True)
class Open:
    """An object with free keys and values of one shape."""

    shape: object
    high: int


@dataclass(frozen=True)
class Optional:
    """A field that may be absent."""

    shape: object


def compiled(shape: object) -> Test:
    """The function that tests values against a shape."""
    if isinstance(shape, dict):
        return _table(shape)
    if isinstance(shape, re.Pattern):
        return _pattern(shape)
    if isinstance(shape, set | frozenset):
        words = frozenset(shape)
        return lambda value: None if type(value) is str and value in words else " is none of the allowed words"
    if isinstance(shape, Whole):
        return _whole(shape)
    if isinstance(shape, Words):
        return _words(shape)
    if isinstance(shape, Maybe):
        inner = compiled(shape.shape)
        return lambda value: None if value is None else inner(value)
    if isinstance(shape, Each):
        return _each(shape)
    if isinstance(shape, Open):
        return _open(shape)
    return lambda value: None if type(value) is bool else " is not true or false"


def _pattern(shape: re.Pattern[str]) -> Test:
    fits = shape.fullmatch
    complaint = f" does not match {shape.pattern}"
    return lambda value: None if type(value) is str and fits(value) else complaint


def _whole(shape: Whole) -> Test:
    low, high = shape.low, shape.high
    complaint = f" is not an integer from {low} to {high}"
    return lambda value: None if type(value) is int and low <= value <= high else complaint


def _words(shape: Words) -> Test:
    low, high = shape.low, shape.high
    complaint = f" is not text of {low} to {high} characters"
    return lambda value: None if type(value) is str and low <= len(value) <= high else complaint


def _each(shape: Each) -> Test:
    inner, low, high = compiled(shape.shape), shape.low, shape.high

    def test(value: object) -> str | None:
        if type(value) is not list or not low <= len(value) <= high:
            return f" is not a list of {low} to {high} entries"
        for index, item in enumerate(value):
            wrong = inner(item)
            if wrong:
                return f"[{index}]{wrong}"
        return None

    return test


def _open(shape: Open) -> Test:
    inner, high = compiled(shape.shape), shape.high

    def test(value: object) -> str | None:
        if type(value) is not dict or len(value) > high:
            return f" is not an object of at most {high} fields"
        return next((wrong for wrong in map(inner, value.values()) if wrong), None)

    return test


def _table(shape: dict[str, object]) -> Test:
    needed = {name: compiled(wanted) for name, wanted in shape.items() if not isinstance(wanted, Optional)}
    extra = {name: compiled(wanted.shape) for name, wanted in shape.items() if isinstance(wanted, Optional)}

    def test(value: object) -> str | None:
        if type(value) is not dict:
            return " is not an object"
        for name, inner in needed.items():
            if name not in value:
                return f".{name} is missing"
            wrong = inner(value[name])
            if wrong:
                return f".{name}{wrong}"
        if len(value) == len(needed):
            return None
        for name, item in value.items():
            if name in extra:
                wrong = extra[name](item)
                if wrong:
                    return f".{name}{wrong}"
            elif name not in needed:
                return f".{name[:40]} is not a field of this version"
        return None

    return test


def _normal(value: object) -> bool:
    """Whether all text is in normal form C and all keys are ASCII."""
    if isinstance(value, str):
        return unicodedata.is_normalized("NFC", value)
    if isinstance(value, list):
        return all(_normal(item) for item in value)
    if isinstance(value, dict):
        return all(key.isascii() and _normal(item) for key, item in value.items())
    return True


def read_json(data: bytes, limit: int = LIMIT_BYTES) -> dict[str, object]:
    """JSON whose one allowed spelling are these bytes (RFC 8785; floats are refused by the shapes).

    A duplicate key needs no rule of its own: it is gone after parsing, so the spelling differs.

    Args:
        data: The bytes.
        limit: How many there may be.

    Raises:
        Malformed: FORMAT-01.
    """
    if len(data) > limit:
        raise Malformed("FORMAT-01", f"{len(data)} bytes are more than {limit}")
    try:
        value: object = json.loads(data.decode("utf-8"))
        again = _ENCODER.encode(value).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise Malformed("FORMAT-01", f"not JSON in UTF-8: {error}") from error
    if not isinstance(value, dict):
        raise Malformed("FORMAT-01", "not a JSON object")
    if again != data:
        raise Malformed("FORMAT-01", "the bytes are not the canonical spelling of their content")
    if not data.isascii() and not _normal(value):
        raise Malformed("FORMAT-01", "text is not in normal form C, or a key is not ASCII")
    return value
