# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys on the screen, for gloves: below the screen that they are typed into, never over it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QLineEdit, QPushButton, QWidget

from gui.text import mark
from gui.widgets.form import button, style
from gui.widgets.metrics import Metrics

ROWS = {
    "lower": ("1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm./_"),
    "upper": ("1234567890", "QWERTYUIOP", "ASDFGHJKL-", "ZXCVBNM./_"),
    "signs": ("1234567890", "!?@#$%&*+=", "()[]{}<>|\\", "\"'`~^,.:;/"),
}
COLUMNS = 10
SHARE = 0.075
"""Height of a key as a share of the window's: four rows and one for what is done, and the screen stays in sight."""


class Keypad(QWidget):
    """Types into the field that has the focus."""

    hidden = Signal()
    """It is to go."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._layer = "lower"
        self._grid = QGridLayout(self)
        self.keys: list[QPushButton] = []
        for number in range(len(ROWS["lower"]) * COLUMNS):
            key = button("", "plain")
            key.clicked.connect(lambda _checked=False, number=number: self._type(number))
            self._grid.addWidget(key, number // COLUMNS, number % COLUMNS)
            self.keys.append(key)
        self.shift_key = button(mark("ABC"), "plain")
        self.signs_key = button(mark("#+="), "plain")
        self.space_key = button(mark("SPACE"), "plain")
        self.delete_key = button(mark("DELETE"), "plain")
        self.enter_key = button(mark("ENTER"), "primary")
        self.hide_key = button(mark("HIDE"), "plain")
        below = [self.shift_key, self.signs_key, self.space_key, self.delete_key, self.hide_key, self.enter_key]
        column = 0
        for key, width in zip(below, (1, 1, 2, 2, 2, 2), strict=True):
            self._grid.addWidget(key, len(ROWS["lower"]), column, 1, width)
            column += width
        self._below = below
        for key in (*self.keys, *below):
            key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            key.setProperty("pad", True)
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self.shift_key.clicked.connect(lambda: self._show_layer("lower" if self._layer == "upper" else "upper"))
        self.signs_key.clicked.connect(lambda: self._show_layer("lower" if self._layer == "signs" else "signs"))
        self.space_key.clicked.connect(lambda: _press(Qt.Key.Key_Space, " "))
        self.delete_key.clicked.connect(lambda: _press(Qt.Key.Key_Backspace, ""))
        self.enter_key.clicked.connect(lambda: _press(Qt.Key.Key_Return, "\r"))
        self.hide_key.clicked.connect(self.hidden)
        self._show_layer("lower")

    def key_of(self, character: str) -> QPushButton:
        """The key of a character of the layer that is shown.

        Raises:
            StopIteration: There is none.
        """
        rows = "".join(ROWS[self._layer])
        return next(key for key, own in zip(self.keys, rows, strict=True) if own == character)

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        height = min(metrics.mm(20), round(metrics.height * SHARE))
        gap = max(4, metrics.gap // 2)
        self._grid.setSpacing(gap)
        self._grid.setContentsMargins(gap, gap, gap, gap)
        for key in (*self.keys, *self._below):
            key.setFixedHeight(height)
        pad = f'QPushButton[pad="true"] {{ padding: 0; font-size: {round(metrics.text * 1.2)}px; }}'
        self.setStyleSheet(style("Keypad", metrics.text, metrics.gap) + pad)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            self._show_layer(self._layer)

    def _show_layer(self, name: str) -> None:
        self._layer = name
        for key, character in zip(self.keys, "".join(ROWS[name]), strict=True):
            key.setText("&&" if character == "&" else character)
        self.shift_key.set_source(mark("abc") if name == "upper" else mark("ABC"))
        self.signs_key.set_source(mark("abc") if name == "signs" else mark("#+="))

    def _type(self, number: int) -> None:
        _press(Qt.Key.Key_unknown, "".join(ROWS[self._layer])[number])


def _press(key: Qt.Key, text: str) -> None:
    """As if it were typed: validators, lengths and what happens on Return hold."""
    field = QApplication.focusWidget()
    if isinstance(field, QLineEdit):
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QCoreApplication.sendEvent(field, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text))
