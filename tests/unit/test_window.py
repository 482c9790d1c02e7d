# SPDX-License-Identifier: AGPL-3.0-or-later
"""The window around the screens, without a station."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from gui.screens import SCREENS
from gui.shell.bridge import Bridge
from gui.shell.screen import Screen
from gui.shell.window import Window
from gui.text import mark
from gui.widgets.symbols import SYMBOLS, draw_sign
from inspector.api.schema import Status
from tests.api_station import status_document


class Noting(Screen):
    """Notes what the window tells it."""

    name = "noting"
    word = mark("Noting")
    symbol = "trends"

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.told: list[str] = []

    def show_status(self, status: Status) -> None:
        self.told.append(f"status {status.station}, before {self.status and self.status.station}")

    def show_away(self, reason: str) -> None:
        self.told.append(f"away {reason}")

    def entered(self) -> None:
        self.told.append("entered")

    def left(self) -> None:
        self.told.append("left")


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Window:
    window = Window(Bridge(tmp_path), (*SCREENS, Noting))
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    qtbot.waitExposed(window)
    return window


def noting(window: Window) -> Noting:
    screen = window.screens["noting"]
    assert isinstance(screen, Noting)
    return screen


def test_a_key_brings_its_screen_to_the_front(window: Window, qtbot: QtBot) -> None:
    assert window.front.name == "run"
    assert not window.banner.isVisible()
    qtbot.mouseClick(window.navigation.keys["noting"], Qt.MouseButton.LeftButton)
    assert window.front.name == "noting"
    assert window.navigation.keys["noting"].isChecked()
    assert not window.navigation.keys["run"].isChecked()
    noting(window).wanted.emit("run")
    assert window.front.name == "run"
    assert noting(window).told == ["entered", "left"]


def test_the_state_and_simulated_stay_in_sight_on_every_screen(window: Window) -> None:
    window._bridge.status_came.emit(Status.model_validate(status_document()))
    window.show_screen("noting")
    assert window.banner.isVisible()
    assert window.banner.words == "SIMULATED - RUNNING"
    window._bridge.away.emit("no station runs")
    assert window.banner.words.startswith("SIMULATED - NO CONNECTION: no station runs")
    assert not window.banner.geometry().intersects(window._stack.geometry())


def test_every_screen_hears_of_the_station_also_behind_another(window: Window) -> None:
    bridge = window._bridge
    for name in ("a", "b"):
        bridge.status_came.emit(Status.model_validate(status_document(station=name)))
    assert noting(window).status is not None
    bridge.away.emit("gone")
    assert noting(window).told == ["status a, before None", "status b, before a", "away gone"]
    assert noting(window).status is None


def test_a_screen_notes_on_its_key_what_waits(window: Window) -> None:
    noting(window).noted.emit("3")
    assert window.navigation.keys["noting"].note == "3"


@pytest.mark.parametrize("size", [(1024, 640), (1280, 800), (1920, 1080), (2560, 1440)])
def test_keys_stand_apart_from_each_other_and_from_the_screen(
    window: Window, qtbot: QtBot, size: tuple[int, int]
) -> None:
    window.resize(*size)
    qtbot.waitUntil(lambda: window.width() == size[0])
    column = (*window.navigation.keys.values(), window.navigation.more_key, window.language_key, window.person_key)
    keys = [key for key in column if key.parentWidget() is window.navigation and not key.isHidden()]
    assert len(keys) >= 5
    for upper, lower in itertools.pairwise(keys):
        assert lower.geometry().top() - upper.geometry().bottom() >= 5
    assert all(min(key.width(), key.height()) >= 40 for key in keys)
    assert window.navigation.geometry().right() < window._stack.geometry().left()


@pytest.mark.usefixtures("qapp")
def test_symbols_are_unlike() -> None:
    drawn = set()
    for name in SYMBOLS:
        image = QImage(48, 48, QImage.Format.Format_Grayscale8)
        image.fill(QColor("#FFFFFF"))
        painter = QPainter(image)
        draw_sign(painter, QRectF(4, 4, 40, 40), name, QColor("#000000"))
        painter.end()
        drawn.add(bytes(image.constBits()))
    assert len(drawn) == len(SYMBOLS)


def test_every_screen_has_a_name_and_a_key_of_its_own() -> None:
    assert len({kind.name for kind in SCREENS}) == len({kind.word for kind in SCREENS}) == len(SCREENS)
    assert {kind.symbol for kind in SCREENS} <= set(SYMBOLS)
