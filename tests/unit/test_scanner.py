# SPDX-License-Identifier: AGPL-3.0-or-later
"""A scanner that types is told from hands by its speed."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QIntValidator
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from gui.shell.scanner import FASTEST_HANDS_MS, Scan, Wedge, clean


def typed(wedge: Wedge, text: str, each_ms: int) -> str | None:
    now = 1_000
    for character in text:
        wedge.key(character, now)
        now += each_ms
    scan = wedge.end(now)
    return None if scan is None else scan.code


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


# Into a field


@pytest.mark.parametrize(
    ("before", "longest", "typed", "left"),
    [
        ("", 64, "~SN-000815", "SN-000815"),
        ("lot ", 64, "~SN-000815", "lot SN-000815"),
        ("", 9, "~SN-000815", "SN-000815"),
        ("", 64, "SN-000815", "SN-000815"),
    ],
)
def test_a_field_keeps_the_code_without_the_prefix(
    qapp: QApplication, before: str, longest: int, typed: str, left: str
) -> None:
    field = QLineEdit(before)
    field.setMaxLength(longest)
    field.insert(typed)
    code = typed.removeprefix("~")
    clean(field, Scan(code, typed))
    assert (field.text(), field.cursorPosition()) == (left, len(left))


def test_a_field_that_takes_figures_only_has_refused_the_prefix_itself(qapp: QApplication) -> None:
    field = QLineEdit()
    field.setValidator(QIntValidator(0, 999_999))
    QTest.keyClicks(field, "~4711")
    clean(field, Scan("4711", "~4711"))
    assert field.text() == "4711"
