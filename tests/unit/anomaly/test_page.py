# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page of a first look: a failed self-check stands above everything, and names are text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inspector.errors import ConfigError
from tests.unit.anomaly.test_look import GOOD, NEW, Blind, Grey
from training.anomaly.look import FirstLook, first_look
from training.anomaly.page import MOST_SHOWN, page, write_page
from training.anomaly.photos import Left, Photos

MADE = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def text(look: FirstLook) -> str:
    left = [Left("new", "<script>alert(1)</script>.png", "the file is empty")]
    return page(look, Photos(list(GOOD), list(NEW), left, []), "disc 1 (ab)", MADE).decode("utf-8")


def test_a_failed_self_check_stands_before_the_photos_in_a_frame() -> None:
    shown = text(first_look(Blind(), GOOD, NEW, seed=0))

    assert shown.index('<p class="warn">Self-check failed: of 25 flaws') < shown.index("New photos, oddest first")
    assert "may mean nothing" in shown


def test_a_self_check_that_was_passed_is_no_warning() -> None:
    shown = text(first_look(Grey(), GOOD, NEW, seed=0))

    assert "Self-check: of 25 flaws drawn" in shown
    assert 'class="warn"' not in shown
    assert "<b>1. " in shown


def test_names_of_files_are_text() -> None:
    shown = text(first_look(Grey(), GOOD, NEW, seed=0))

    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;.png" in shown


def test_more_photos_than_a_page_takes_are_counted() -> None:
    look = first_look(Grey(), GOOD, NEW, seed=0)
    many = replace(look, new=look.new[:1] * (MOST_SHOWN + 3))

    shown = text(many)

    assert shown.count("<figure") == MOST_SHOWN
    assert "3 more are listed with --json." in shown


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    look = first_look(Grey(), GOOD, NEW, seed=0)

    with pytest.raises(ConfigError, match="cannot be written"):
        write_page(tmp_path / "none" / "look.html", look, Photos(list(GOOD), list(NEW)), "disc 1 (ab)", MADE)
