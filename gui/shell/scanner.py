# SPDX-License-Identifier: AGPL-3.0-or-later
"""A scanner that types: what comes faster than hands and ends with Enter is a code, wherever the focus is."""

from __future__ import annotations

FASTEST_HANDS_MS = 35
"""People do not press two keys within this time; scanners need a few milliseconds."""
SHORTEST = 4
"""A code has at least so many characters: shorter bursts are hands after all."""


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

    def end(self, t_ms: int) -> str | None:
        """Enter was pressed: the code without its prefix, or None if hands have typed."""
        text, self._text = self._text, ""
        if t_ms - self._last_ms > FASTEST_HANDS_MS or not text.startswith(self._prefix):
            return None
        code = text[len(self._prefix) :].strip()
        return code if len(code) >= SHORTEST else None
