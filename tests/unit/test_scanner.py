# SPDX-License-Identifier: AGPL-3.0-or-later
"""A scanner that types is told from hands by its speed."""

from __future__ import annotations

import pytest

from gui.shell.scanner import FASTEST_HANDS_MS, Wedge


def typed(wedge: Wedge, text: str, each_ms: int) -> str | None:
    now = 1_000
    for character in text:
        wedge.key(character, now)
        now += each_ms
    return wedge.end(now)


@pytest.mark.parametrize(
    ("prefix", "text", "each_ms", "code"),
    [
        ("", "SN-000815", 3, "SN-000815"),
        ("", "SN-000815", FASTEST_HANDS_MS + 1, None),
        ("", "abc", 3, None),
        ("~", "~4711", 3, "4711"),
        ("~", "4711000", 3, None),
        ("", "", 3, None),
    ],
)
def test_bursts_are_codes(prefix: str, text: str, each_ms: int, code: str | None) -> None:
    assert typed(Wedge(prefix), text, each_ms) == code


def test_what_hands_typed_before_is_no_part_of_a_code() -> None:
    wedge = Wedge()
    wedge.key("x", 0)
    assert typed(wedge, "SN-000815", 2) == "SN-000815"
    assert typed(wedge, "SN-000816", 2) == "SN-000816"
