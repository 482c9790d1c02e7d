# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fingers and a keyboard in front of a window: what is covered, hidden or switched off cannot be touched."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from gui.shell.window import Window

Wait = Callable[[Callable[[], bool]], None]
SCANNER_MS = 2
_SCAN_TIMES_MS = count(1_000_000_000, 60_000)
"""Of the clock of the keys, which begins with the process."""


class Hands:
    """Touches the glass at a place, and types on the keyboard or on the keys of the screen.

    Args:
        window: The window that stands in front.
        wait: Waits until something is so, while Qt works.
    """

    def __init__(self, window: Window, wait: Wait) -> None:
        self._window, self._wait = window, wait
        self._glass = QTest.createTouchDevice()
        window.activateWindow()
        wait(window.isActiveWindow)

    def tap(self, key: QAbstractButton) -> None:
        """Touch a key as soon as that is possible; again if what is on the screen has moved under the finger."""
        clicks: list[bool] = []

        def note(down: bool) -> None:
            clicks.append(down)

        key.clicked.connect(note)
        try:
            while not clicks:
                self._wait(lambda: self._can_be_touched(key))
                self._touch(key)
        finally:
            key.clicked.disconnect(note)

    def _touch(self, target: QWidget) -> None:
        """One touch of a finger in the middle of something."""
        place, glass = self._place_of(target), self._window.windowHandle()
        QTest.touchEvent(glass, self._glass).press(0, place).commit()
        QTest.touchEvent(glass, self._glass).release(0, place).commit()

    def open(self, name: str) -> QWidget:
        """Touch the key of a screen, on the page of MORE if it has no place in the column.

        Returns:
            The screen, which is in front now.
        """
        self.tap_in_bar(self._window.navigation.keys[name])
        assert self._window.front.name == name
        return self._window.front

    def tap_in_bar(self, key: QAbstractButton) -> None:
        """Touch a key of the bar, on the page of MORE if it has no place in the column."""
        if not key.isVisible():
            self.tap(self._window.navigation.more_key)
        self.tap(key)

    def write(self, line: QLineEdit, text: str) -> None:
        """Touch a field and type on the keyboard; what stood there is gone."""
        self._touch_field(line)
        line.selectAll()
        for character in text:
            QTest.keyClick(self._window.windowHandle(), character)
        assert line.text() == text
        self._hide_pad()

    def press_enter(self) -> None:
        """The key Enter of the keyboard."""
        QTest.keyClick(self._window.windowHandle(), Qt.Key.Key_Return)

    def write_with_fingers(self, line: QLineEdit, text: str) -> None:
        """Touch a field, and then the keys that appear below the screen."""
        self._touch_field(line)
        for character in text:
            self.tap(self._window.keypad.key_of(character))
        assert line.text() == text
        self._hide_pad()

    def scan(self, code: str) -> None:
        """What a scanner types that nobody has touched a field for."""
        focused = self._window.focusWidget()
        if focused is not None:
            focused.clearFocus()
        type_like_a_scanner(self._window, code)

    def _touch_field(self, line: QLineEdit) -> None:
        while not (line.hasFocus() and self._window.keypad.isVisible()):
            self._wait(lambda: self._can_be_touched(line))
            self._touch(line)

    def _hide_pad(self) -> None:
        self.tap(self._window.keypad.hide_key)
        self._wait(lambda: not self._window.keypad.isVisible())

    def _can_be_touched(self, target: QWidget) -> bool:
        """It is there, works, stays where it is, and nothing lies over it."""
        before = self._place_of(target)
        QApplication.processEvents()  # what has just come to the front is laid out
        if not target.isVisible() or not target.isEnabled() or self._place_of(target) != before:
            return False
        hit = self._window.childAt(self._place_of(target))
        while hit is not None and hit is not target:
            hit = hit.parentWidget()
        return hit is target

    def _place_of(self, target: QWidget) -> QPoint:
        return target.mapTo(self._window, target.rect().center())


def type_like_a_scanner(window: QWidget, code: str) -> None:
    """A code and Enter, 2 ms apart by the keys' own times, however busy this computer is; long after all before."""
    begin_ms = next(_SCAN_TIMES_MS)
    keys = [(Qt.Key.Key_unknown, character) for character in code] + [(Qt.Key.Key_Return, "\r")]
    for number, (key, text) in enumerate(keys, 1):
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text)
            event.setTimestamp(begin_ms + number * SCANNER_MS)
            QApplication.sendEvent(window.windowHandle(), event)
