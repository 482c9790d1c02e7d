# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the station says, in the language that is shown: its sentences are finished, and are taken apart again.

The station speaks English and knows nobody's language: what it says goes into records, logs and to programs as well.
Each of its sentences is made from one of those in `gui.text.station_sources`; translations have the same places.
"""

from __future__ import annotations

import functools
import operator
import re
import string
from collections.abc import Mapping
from functools import partial
from typing import Protocol

from gui.text import Said
from gui.text.languages import messages_of, shown_language, translated
from gui.text.station_sources import CONTEXT, letters

CODES = "reasons"
DEEPEST = 3
"""A value may be a sentence itself, and have values."""
Known = tuple[tuple[re.Pattern[str], str], ...]


class Trouble(Protocol):
    """An error, or the api's document of one."""

    @property
    def code(self) -> str:
        """Stable name for programs."""

    @property
    def message(self) -> str:
        """What happened."""

    @property
    def advice(self) -> str:
        """What to do next."""


def said(text: str) -> str:
    """A sentence of the station; English where the language has nothing for it."""
    return Said(_said(shown_language(), text, DEEPEST), partial(said, text))


def said_trouble(trouble: Trouble) -> str:
    """What went wrong; where the language has only words for its kind, those, with the station's own as details."""
    words = said(trouble.message)
    kind = translated(CODES, f"ERROR {trouble.code}")
    return f"{kind} ({words})" if kind is not None and words == trouble.message else words


def said_error(trouble: Trouble) -> str:
    """What went wrong and what to do next."""
    words = ". ".join(part for part in (said_trouble(trouble), said(trouble.advice)) if part)
    return Said(words, partial(said_error, trouble))


@functools.lru_cache(maxsize=2_000)
def _said(language: str, text: str, depth: int) -> str:
    known = _known(language)
    if not known or not text:
        return text
    if depth and (several := _each(language, text, "; ", depth)) is not None:
        return several
    for pattern, translation in known:
        found = pattern.fullmatch(text)
        if found is not None:
            values = {name: _said(language, value, depth - 1) if depth else value for name, value in _values(found)}
            return _like(text, _filled(translation, values))
    return (_each(language, text, ". ", depth) if depth else None) or text


def _each(language: str, text: str, between: str, depth: int) -> str | None:
    """Several sentences, if each of them is one of the station."""
    parts = text.split(between)
    if len(parts) == 1:
        return None
    found = [_said(language, part, depth - 1) for part in parts]
    return None if any(map(operator.eq, parts, found)) else between.join(found)


@functools.cache
def _known(language: str) -> Known:
    """Patterns of a language, those with most of their own first."""
    found = [(source, words) for (context, source, _), words in messages_of(language).items() if context == CONTEXT]
    found.sort(key=lambda one: letters(one[0]), reverse=True)
    return tuple((_pattern(source), translation) for source, translation in found)


def _pattern(source: str) -> re.Pattern[str]:
    made = ""
    for literal, place, *_ in string.Formatter().parse(source):
        made += re.escape(literal)
        if place is not None:
            made += f"(?P<v{place}>.*?)"
    # The line's sentences come with a small first letter, too.
    return re.compile(_either(source, made), re.DOTALL)


def _either(source: str, made: str) -> str:
    first = source[:1]
    return f"[{first.upper()}{first.lower()}]{made[len(first) :]}" if first.isalpha() else made


def _values(found: re.Match[str]) -> list[tuple[str, str]]:
    return [(name[1:], value) for name, value in found.groupdict().items()]


def _filled(translation: str, values: Mapping[str, str]) -> str:
    """Values may have braces of their own."""
    parts = string.Formatter().parse(translation)
    return "".join(literal + (values.get(place, "") if place is not None else "") for literal, place, *_ in parts)


def _like(text: str, translated: str) -> str:
    """A sentence begins with a large letter where it did."""
    return f"{translated[:1].upper()}{translated[1:]}" if text[:1].isupper() else translated
