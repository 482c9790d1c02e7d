# SPDX-License-Identifier: AGPL-3.0-or-later
"""A scanner that types: what comes faster than hands and ends with Enter is a code, wherever the focus is."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QLineEdit

FASTEST_HANDS_MS = 35
"""People do not press two keys within this time; scanners need a few milliseconds."""
SHORTEST = 4
"""A code has at least so many characters: shorter bursts are hands after all."""


@dataclass(frozen=True)
class Scan:
    """What a scanner has typed.

    Attributes:
        code: Without prefix and white space.
        typed: Every character of it.
    """

    code: str
    typed: str


class Wedge:
    """Collects what may be a code.

    Args:
        prefix: What the scanner types before each code; empty if it types none.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._text = ""
        self._last_ms = 0

    def key(self, text: str, t_ms: int) -> None:
        """A key with a character.

        Args:
            text: The character.
            t_ms: When, milliseconds of any clock.
        """
        if self._text and t_ms - self._last_ms > FASTEST_HANDS_MS:
            self._text = ""
        self._text += text
        self._last_ms = t_ms

    def end(self, t_ms: int) -> Scan | None:
        """Enter was pressed: what was scanned, or None if hands have typed."""
        text, self._text = self._text, ""
        if t_ms - self._last_ms > FASTEST_HANDS_MS or not text.startswith(self._prefix):
            return None
        code = text[len(self._prefix) :].strip()
        return Scan(code, text) if len(code) >= SHORTEST else None


def clean(field: QLineEdit, scan: Scan) -> None:
    """Leave the code alone in a field that a scanner has typed into, as it typed into it: with its prefix.

    A field takes no more than so many characters: then the end of the code was cut off for the prefix, and comes back.
    """
    before = field.text()[: field.cursorPosition()]
    full = len(field.text()) == field.maxLength()
    for length in range(len(scan.typed), 0, -1):
        if before.endswith(scan.typed[:length]):
            field.setSelection(len(before) - length, length)
            field.insert(scan.code)
            return
        if not full:
            return
