# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every screen is two touches away at most, on every panel and for every role, and no key is too small for a glove."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, QRect, Qt
from pytestqt.qtbot import QtBot

from gui.display.screen import DisplayScreen
from gui.screens import SCREENS
from gui.shell.bridge import Bridge
from gui.shell.navigation import SignKey
from gui.shell.settings import ScreenSettings
from gui.shell.window import Window
from gui.text.languages import SOURCE, show_language
from gui.widgets.metrics import GAP_MM, TOUCH_MM
from inspector.api.command_schema import LoggedIn
from inspector.api.schema import Status
from tests.api_station import status_document
from tests.panels import PANELS, SMALL, Panel, on

OPERATOR = ("run", "shift", "alarms", "gallery")
"""Screens of every shift."""
COMMANDS = {"operator": ("shift-open", "review"), "qa": ("hold", "announce", "user-list"), "admin": ("user-list",)}


@pytest.fixture(params=[*PANELS, SMALL], ids=lambda panel: panel.name)
def panel(request: pytest.FixtureRequest, qapp: object) -> Iterator[Panel]:
    with on(request.param):
        yield request.param


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, panel: Panel) -> Window:
    settings = ScreenSettings()
    window = Window(Bridge(tmp_path), SCREENS, settings)
    settings.set_px_per_mm(window.screen().name(), panel.px_per_mm)
    window._measure()
    qtbot.addWidget(window)
    window.resize(*panel.size)
    window.show()
    qtbot.waitExposed(window)
    return window


def in_sight(window: Window) -> list[SignKey]:
    keys = (*window.navigation.keys.values(), window.navigation.more_key, window.language_key, window.person_key)
    return [key for key in keys if key.isVisible()]


def place(key: SignKey, window: Window) -> QRect:
    return QRect(key.mapTo(window, QPoint(0, 0)), key.size())


def assert_for_gloves(window: Window, panel: Panel) -> None:
    places = [place(key, window) for key in in_sight(window)]
    for one in places:
        assert min(one.width(), one.height()) >= TOUCH_MM * panel.px_per_mm
        assert window.rect().contains(one)
    gap = int(GAP_MM * panel.px_per_mm) - 1
    for first, second in itertools.combinations(places, 2):
        assert not first.adjusted(-gap, -gap, gap, gap).intersects(second)


def open_by_keys(qtbot: QtBot, window: Window, name: str, panel: Panel) -> int:
    """Touch what leads to a screen; how many touches."""
    touches = 1
    if not window.navigation.keys[name].isVisible():
        qtbot.mouseClick(window.navigation.more_key, Qt.MouseButton.LeftButton)
        assert_for_gloves(window, panel)
        touches += 1
    assert window.navigation.keys[name].isVisible()
    qtbot.mouseClick(window.navigation.keys[name], Qt.MouseButton.LeftButton)
    assert window.front.name == name
    assert window.front.isVisible()
    return touches


def test_every_screen_is_two_touches_away(qtbot: QtBot, window: Window, panel: Panel) -> None:
    window._bridge.status_came.emit(Status.model_validate(status_document()))
    assert_for_gloves(window, panel)
    assert all(window.navigation.keys[name].isVisible() for name in OPERATOR if panel is not SMALL)
    for name in window.screens:
        assert open_by_keys(qtbot, window, name, panel) <= 2
        assert window.person_key.isVisible()
        if name != "run":
            assert window.banner.isVisible()


def test_more_shows_the_state_and_goes_back(qtbot: QtBot, window: Window) -> None:
    navigation = window.navigation
    if not navigation.hidden:
        assert not navigation.more_key.isVisible()
        return
    window.show_screen("shift")
    qtbot.mouseClick(navigation.more_key, Qt.MouseButton.LeftButton)
    assert (navigation.more_page.isVisible(), window.banner.isVisible(), window.front.isVisible()) == (
        True,
        True,
        False,
    )
    assert navigation.more_key.isChecked()
    window.screens[navigation.hidden[0]].noted.emit("2")
    assert navigation.more_key.note == "!"
    qtbot.mouseClick(navigation.more_key, Qt.MouseButton.LeftButton)
    assert (window.front.name, window.front.isVisible()) == ("shift", True)
    assert navigation.keys["shift"].isChecked()


@pytest.mark.parametrize("role", COMMANDS)
def test_who_is_there_is_offered_the_screens_of_their_role(qtbot: QtBot, window: Window, role: str) -> None:
    people = {"required": True, "people": [{"user": "4711", "role": role}]}
    window._bridge.status_came.emit(Status.model_validate(status_document(access=people)))
    window.person._come(
        LoggedIn.model_validate({"session": "", "user": "4711", "role": role, "may": COMMANDS[role], "idle_s": 300})
    )
    qtbot.mouseClick(window.navigation.more_key, Qt.MouseButton.LeftButton)
    offered = {name for name, key in window.navigation.keys.items() if key.isVisible()}
    of_use = {name for name, one in window.screens.items() if not one.needs or set(one.needs) & set(COMMANDS[role])}
    assert offered == of_use
    assert {"run", "shift", "history", "display"} <= offered
    assert ("quality" in offered, "users" in offered) == (role == "qa", role != "operator")
    window.person.lock()
    assert window.navigation.keys["users"].isVisible()


@pytest.mark.parametrize("language", ["en", pytest.param("de", marks=pytest.mark.long)])
def test_a_panel_that_is_too_low_for_gloves_says_so(window: Window, panel: Panel, language: str) -> None:
    show_language(language)
    try:
        window.show_screen("display")
        screen = window.front
        assert isinstance(screen, DisplayScreen)
        words = screen.sizes.text()
        warned = words.startswith(("TOO LOW FOR GLOVES", "ZU NIEDRIG FÜR HANDSCHUHE"))
        assert warned == (panel is SMALL)
        assert f"{round(screen.metrics.touch_mm)} mm" in words
        keys = [*screen.theme_keys.values(), *screen.length_keys]
        assert all((key.height() >= TOUCH_MM * panel.px_per_mm) != warned for key in keys)
    finally:
        show_language(SOURCE)
