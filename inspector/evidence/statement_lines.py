# SPDX-License-Identifier: AGPL-3.0-or-later
"""Text that people sign: a title, then one `name value` line for each field, in one spelling (docs/formats.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from inspector.errors import FormatInvalid

MAX_TEXT = 500
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def write_lines(title: str, values: Mapping[str, str]) -> str:
    """The text, with its final newline."""
    return "\n".join([title, *(f"{name} {value}" for name, value in values.items())]) + "\n"


def read_lines(text: str, title: str, fields: Sequence[str], what: str, advice: str) -> dict[str, str]:
    """Read such a text.

    Args:
        text: All of it.
        title: Its first line.
        fields: Names in their order.
        what: What it is, for messages: "permit".
        advice: How to get a right one.

    Raises:
        FormatInvalid: It is something else.
    """
    lines = text.split("\n")
    if len(lines) != len(fields) + 2 or lines[0] != title or lines[-1]:
        raise FormatInvalid(f"This is not a {what}", advice)
    values = {}
    for name, line in zip(fields, lines[1:-1], strict=True):
        key, _, value = line.partition(" ")
        if key != name or not value or value != value.strip():
            raise FormatInvalid(f"The {what} has no '{name}' where it belongs", advice)
        values[name] = value
    return values


def check_words(values: Mapping[str, str], names: Sequence[str], what: str) -> None:
    """Refuse free text that is not one printable line of at most 500 characters.

    Raises:
        FormatInvalid: Some is not.
    """
    for name in names:
        if len(values[name]) > MAX_TEXT or not values[name].isprintable():
            raise FormatInvalid(f"'{name}' of the {what} is not one line of at most {MAX_TEXT} characters")


def time_text(t_us: int) -> str:
    """UTC in whole seconds, such as 2026-11-21T08:30:00Z."""
    return datetime.fromtimestamp(t_us // 1_000_000, UTC).strftime(_TIME)


def time_us(text: str, what: str) -> int:
    """Microseconds since 1970 of such a time.

    Raises:
        FormatInvalid: It is none, or written in another way.
    """
    refused = FormatInvalid(f"{text[:30]!a} in the {what} is not a time like 2026-11-21T08:30:00Z")
    try:
        moment = datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise refused from error
    t_us = int(moment.timestamp()) * 1_000_000
    if t_us < 0 or time_text(t_us) != text:
        raise refused
    return t_us
