# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screen of trends, on answers made by hand: what is drawn, what is said, what is asked."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.window import SMALLEST
from gui.text.languages import LANGUAGES, SOURCE, show_language
from gui.trends.answer import TrendAnswer
from gui.trends.screen import TrendsScreen, rate_words, yield_words
from inspector.api.schema import Status
from inspector.api.trend_schema import DefectPositions, Trends
from tests.api_station import status_document

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=UTC)
CELLS = 32
NAVIGATION_PX, STATE_PX = 100, 48
"""What the window keeps for itself when it is as small as it gets."""


def bucket(number: int, rejected: int, **changes: Any) -> dict[str, Any]:
    verdicts = {"PASS": 1000 - rejected, "FAIL": rejected}
    limits = {"low_ppm": 2_000, "high_ppm": 18_000, "rate_ppm": rejected * 1000}
    start = {"start_us": (1_800_000_000 + 3600 * number) * 1_000_000}
    return {**start, **limits, "verdicts": verdicts, "inspected": 1000, "rejected": rejected, **changes}


def trends(**changes: Any) -> Trends:
    buckets = [bucket(number, 8 + number % 4) for number in range(23)]
    buckets.append(bucket(23, 31, beyond="above"))
    classes = [{"name": "scratch", "parts": 180}, {"name": "dent", "parts": 71}]
    chart = {"mean_ppm": 10_000, "sigma_z_milli": 1_300, "subgroups": 24}
    fields = {"by": "hour", "buckets": buckets, "classes": classes, "chart": chart, "enough": 20, "enough_parts": 50}
    return Trends.model_validate({**fields, "complete": True, **changes})


def positions(*cameras: str) -> DefectPositions:
    cells = [[0] * CELLS for _ in range(CELLS)]
    cells[8][9], cells[20][22] = 40, 3
    one = {"width": 640, "height": 480, "image": "ab" * 32, "cells": cells, "findings": 43}
    return DefectPositions.model_validate(
        {"maps": [{**one, "camera": camera} for camera in cameras], "parts": 40, "complete": True}
    )


def answer(*cameras: str, **changes: Any) -> TrendAnswer:
    image = QImage(64, 48, QImage.Format.Format_Grayscale8)
    image.fill(QColor("#606060"))
    return TrendAnswer(trends(**changes), positions(*cameras), dict.fromkeys(cameras, image))


@pytest.fixture
def screen(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrendsScreen:
    """A screen whose questions are kept in `asked` instead of being sent."""
    bridge = Bridge(tmp_path)
    made = TrendsScreen(bridge, Person(bridge))
    qtbot.addWidget(made)
    made.asked = []  # type: ignore[attr-defined]
    monkeypatch.setattr(
        bridge,
        "ask",
        lambda _question, done: (made.asked.append(made.question(NOW)), done(answer("top", "side"))),  # type: ignore[attr-defined]
    )
    made.resize(1280, 720)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_what_came_is_drawn(screen: TrendsScreen) -> None:
    screen.entered()
    screen.left()
    assert len(screen.rates.points) == len(screen.yields.points) == 24
    assert [point.rate for point in screen.rates.points][-2:] == [1.0, 3.1]
    assert [point.marked for point in screen.rates.points] == [False] * 23 + [True]
    assert screen.yields.points[-1].rate == pytest.approx(96.9)
    assert screen.pareto.bars == (("scratch", 180), ("dent", 71))
    assert screen.places.map is not None and screen.places.map.camera == "top"
    assert "43" in screen.places.accessibleName() and "top" in screen.places.accessibleName()
    assert "that ask for attention: 1" in screen.rates.title.text()
    assert screen.yields.title.text().startswith("YIELD 98.")
    assert not screen.grab().isNull()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_beside_the_navigation_of_the_smallest_window(
    screen: TrendsScreen, qtbot: QtBot, language: str
) -> None:
    try:
        show_language(language)
        screen.entered()
        screen.left()
        screen.resize(SMALLEST[0] - NAVIGATION_PX, SMALLEST[1] - STATE_PX)
        qtbot.wait(50)
        assert screen.minimumSizeHint().width() <= SMALLEST[0] - NAVIGATION_PX
        assert screen.minimumSizeHint().height() <= SMALLEST[1] - STATE_PX
    finally:
        show_language(SOURCE)


def test_keys_ask_for_what_they_say(screen: TrendsScreen, qtbot: QtBot) -> None:
    screen.entered()
    screen.left()
    assert not screen.lot_key.isEnabled() or screen.status is None
    screen._take_status(Status.model_validate(status_document()))
    for key in (screen.week_key, screen.shift_key, screen.lot_key, screen.defect_key):
        qtbot.mouseClick(key, Qt.MouseButton.LeftButton)
    asked = [(one.since, one.lot, one.by, one.defect) for one in screen.asked]  # type: ignore[attr-defined]
    assert asked == [
        (NOW - timedelta(hours=24), None, "hour", None),
        (NOW - timedelta(days=7), None, "hour", None),
        (NOW - timedelta(days=7), None, "shift", None),
        (None, "L-2041", "shift", None),
        (None, "L-2041", "shift", "scratch"),
    ]


def test_defects_and_cameras_come_round(screen: TrendsScreen, qtbot: QtBot) -> None:
    screen.entered()
    screen.left()
    for _ in range(3):
        qtbot.mouseClick(screen.defect_key, Qt.MouseButton.LeftButton)
    assert [one.defect for one in screen.asked] == [None, "scratch", "dent", None]  # type: ignore[attr-defined]
    shown = []
    for _ in range(3):
        qtbot.mouseClick(screen.camera_key, Qt.MouseButton.LeftButton)
        assert screen.places.map is not None
        shown.append(screen.places.map.camera)
    assert shown == ["side", "top", "side"]


def test_what_is_missing_is_said(screen: TrendsScreen) -> None:
    screen.answer = answer(complete=False, chart=None)
    screen._show()
    assert "no limits" in screen.rates.title.text() and "20" in screen.rates.title.text()
    assert "left out" in screen.message.text()
    assert screen.places.accessibleName().endswith("no finding on a reject")
    assert not screen.camera_key.isVisible()
    screen.answer = answer(buckets=[], classes=[], chart=None)
    screen._show()
    assert not screen.rates.points and not screen.pareto.bars
    assert not screen.grab().isNull()


def test_words_without_parts() -> None:
    assert yield_words(None) == yield_words(trends(buckets=[], chart=None))
    assert rate_words(None) == "REJECTS in %"
