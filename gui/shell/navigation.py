# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys for the screens: a word and a symbol each, large enough for gloves, always in the same place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from gui.text import tr
from gui.widgets.metrics import Metrics
from gui.widgets.paint import CENTRE, draw_panel, draw_text
from gui.widgets.palette import AMBER, BACKGROUND, BLACK, EDGE, INK, PANEL, WELL
from gui.widgets.symbols import draw_sign

KEY_MM = 20.0
"""A key for gloves."""
WIDE = 1.35
"""Width of a key, in heights."""
MOST_KEYS = 9
"""So many keys fit below each other, whatever the height of the window."""


CLOSER_FROM, CLOSER_PX = 4, 5
"""So many more keys are as large as before in the smallest window if they stand closer to each other."""


class SignKey(QAbstractButton):
    """A key with a symbol and a word below.

    Args:
        symbol: A name of `gui.widgets.symbols`.
        word: English, marked for translation; empty for one that is set with `show_word`.
    """

    def __init__(self, symbol: str, word: str = "") -> None:
        super().__init__()
        self.symbol = symbol
        self._word = word
        self._note = ""
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._say()

    def show_word(self, text: str) -> None:
        """A text that is in the language of the reader already."""
        self._word = ""
        self.setText(text)
        self.setAccessibleName(text)
        self.update()

    def show_note(self, note: str) -> None:
        """A few characters in the corner; empty: none."""
        if note != self._note:
            self._note = note
            self.update()

    @property
    def note(self) -> str:
        """What stands in the corner."""
        return self._note

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._say()
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(100, 76)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(self.rect())
        chosen = self.isChecked()
        fill = WELL if self.isDown() else PANEL if chosen else BACKGROUND
        draw_panel(painter, place, fill, INK if chosen else EDGE)
        if chosen:
            painter.fillRect(QRectF(place.left(), place.top(), max(4.0, place.width() * 0.06), place.height()), INK)
        unit = place.height() / 10
        side = unit * 4.8
        sign = QRectF(place.center().x() - side / 2, place.top() + unit * 0.9, side, side)
        ink = INK if self.isEnabled() else EDGE
        draw_sign(painter, sign, self.symbol, ink)
        word = QRectF(place.left() + unit * 0.9, sign.bottom() + unit * 0.3, place.width() - unit * 1.2, unit * 3.2)
        draw_text(painter, word, self.text(), unit * 2.3, ink, flags=CENTRE, bold=chosen)
        if self._note:
            width = unit * (1.8 + 1.4 * len(self._note))
            badge = QRectF(place.right() - width - unit * 0.4, place.top() + unit * 0.4, width, unit * 3.0)
            draw_panel(painter, badge, AMBER, INK)
            draw_text(painter, badge, self._note, unit * 2.2, BLACK, flags=CENTRE, bold=True)

    def _say(self) -> None:
        if self._word:
            self.setText(tr(self._word))
            self.setAccessibleName(self.text())
        self.update()


class Navigation(QWidget):
    """A column of keys: screens above, what belongs to the person below."""

    chosen = Signal(str)
    """Name of a screen."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, SignKey] = {}
        self._layout = QVBoxLayout(self)
        self._layout.addStretch(1)
        self._below: list[SignKey] = []

    def add(self, name: str, key: SignKey) -> None:
        """One more screen, below those that are there."""
        key.setCheckable(True)
        key.setAutoExclusive(True)
        key.clicked.connect(lambda: self.chosen.emit(name))
        self.keys[name] = key
        self._layout.insertWidget(len(self.keys) - 1, key)

    def add_below(self, key: SignKey) -> None:
        """A key at the lower end."""
        self._below.append(key)
        self._layout.addWidget(key)

    def show_chosen(self, name: str) -> None:
        """Mark the screen that is in front."""
        self.keys[name].setChecked(True)

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        number = max(MOST_KEYS, len(self.keys) + len(self._below))
        gap = metrics.gap if number <= MOST_KEYS + CLOSER_FROM else CLOSER_PX
        height = min(metrics.mm(KEY_MM), (metrics.height - gap * (number + 1)) // number)
        self._layout.setSpacing(gap)
        self._layout.setContentsMargins(gap, gap, 0, gap)
        for key in (*self.keys.values(), *self._below):
            key.setFixedSize(round(height * WIDE), height)
        self.setFixedWidth(round(height * WIDE) + gap)
