# SPDX-License-Identifier: AGPL-3.0-or-later
"""The short way through the many: one regular expression per record type, made from the shape of the type.

A record that matches is canonical JSON of that shape, by one run through its text. One that does not match is not
yet wrong: `json` reads it thoroughly and finds what is wrong with it, or that nothing is. So the expressions may
leave out what is rare (text with escapes, the last few numbers below a bound, objects with free keys), but must never
let through what the thorough way refuses. They never try again what they have passed (repetitions are possessive,
choices atomic), so hostile text costs no more time than good text.
"""

from __future__ import annotations

import json
import re

from inspector.evidence.verify.json import Each, Maybe, Open, Optional, Whole, Words

_CHARACTER = r'[^"\\\x00-\x1f]'
"""Text that stands for itself; escapes are left to the thorough way."""


class _Rare(Exception):
    """A shape that is left to the thorough way."""


def spelling(shape: dict[str, object]) -> re.Pattern[str] | None:
    """What the canonical text of an object of this shape looks like; None if only the thorough way can tell.

    Text that matches in full, has at most `LIMIT_BYTES` bytes and is in normal form C is what `read_json` accepts, and
    its value fits the shape.
    """
    try:
        return re.compile(_object(shape))
    except _Rare:
        return None


def _value(shape: object) -> str:
    if isinstance(shape, dict):
        return _object(shape)
    if isinstance(shape, re.Pattern):
        return f'"{_possessive(shape.pattern)}"'
    if isinstance(shape, set | frozenset):
        words = sorted((json.dumps(word) for word in shape), key=len, reverse=True)
        return f"(?>{'|'.join(map(re.escape, words))})"
    if isinstance(shape, Whole):
        return _whole(shape)
    if isinstance(shape, Words):
        return f'"{_CHARACTER}{{{shape.low},{shape.high}}}+"'
    if isinstance(shape, Maybe):
        return f"(?>null|{_value(shape.shape)})"
    if isinstance(shape, Each):
        return _list(shape)
    if isinstance(shape, Open):
        raise _Rare
    return "(?>true|false)"


def _possessive(pattern: str) -> str:
    """The shapes' own patterns are one class and how often, as in `[0-9a-f]{64}`."""
    if re.fullmatch(r"\[[A-Za-z0-9._-]+\]\{[0-9,]+\}", pattern) is None:
        raise _Rare
    return f"{pattern}+"


def _whole(shape: Whole) -> str:
    """Integers that are in bounds by their number of digits and their first digit."""
    if shape.low == shape.high:
        return re.escape(str(shape.low))
    choices = [_magnitude(shape.high)]
    if shape.low <= 0:
        choices.append("0")
    if shape.low < 0:
        choices.append(f"-{_magnitude(-shape.low)}")
    if shape.low > 1:
        raise _Rare
    return f"(?>{'|'.join(choices)})"


def _magnitude(high: int) -> str:
    """Integers from 1 that are surely not larger than `high`."""
    first, more = int(str(high)[0]), len(str(high)) - 1
    longest = f"[1-{first - 1}][0-9]{{{more}}}+" if first > 1 else ""
    shorter = f"[1-9][0-9]{{0,{more - 1}}}+" if more else ""
    found = "|".join(choice for choice in (longest, shorter) if choice)
    if not found:
        raise _Rare
    return found


def _list(shape: Each) -> str:
    if shape.high < 1:
        raise _Rare
    item = _value(shape.shape)
    filled = f"{item}(?:,{item}){{{max(shape.low - 1, 0)},{shape.high - 1}}}+"
    return rf"\[{filled}\]" if shape.low else rf"\[(?>{filled})?+\]"


def _object(shape: dict[str, object]) -> str:
    """Fields in the order of their names; a comma stands after each field that comes before the first needed one."""
    text = ""
    anchored = False
    for name in sorted(shape):
        wanted = shape[name]
        needed = not isinstance(wanted, Optional)
        field = f"{re.escape(json.dumps(name))}:{_value(wanted.shape if isinstance(wanted, Optional) else wanted)}"
        comma = "," if anchored else ""
        if needed:
            text += comma + field
            anchored = True
        else:
            text += f"(?>{comma}{field}{'' if anchored else ','})?+"
    if not anchored:
        raise _Rare
    return rf"\{{{text}\}}"
