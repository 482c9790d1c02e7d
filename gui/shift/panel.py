# SPDX-License-Identifier: AGPL-3.0-or-later
"""A title with lines below: one panel of the page of a shift."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.shift.words import PanelWords
from gui.widgets.paint import draw_panel, draw_text
from gui.widgets.palette import SOFT_INK, Tone

MOST_ROWS = 4
"""More lines stand in two columns."""
FEWEST_ROWS = 3
"""Fewer lines are not written larger."""


class LinesPanel(QWidget):
    """Shows a title and some lines, as large as they fit."""

    def __init__(self) -> None:
        super().__init__()
        self._words = PanelWords("", ())

    def show_words(self, words: PanelWords) -> None:
        """Take title and lines."""
        if words != self._words:
            self._words = words
            self.setAccessibleName(f"{words.title}: {'; '.join(words.lines)}")
            self.update()

    @property
    def words(self) -> PanelWords:
        """What it shows."""
        return self._words

    def sizeHint(self) -> QSize:
        return QSize(400, 120)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        colours = self._words.tone.value
        draw_panel(painter, place, colours.fill)
        lines = self._words.lines
        columns = 1 if len(lines) <= MOST_ROWS else 2
        below = -(-len(lines) // columns)
        row = place.height() / (max(FEWEST_ROWS, below) + 1.4)
        pad = row * 0.5
        line = QRectF(place.left() + pad, place.top() + row * 0.15, place.width() - 2 * pad, row)
        soft = SOFT_INK if self._words.tone is Tone.CALM else colours.ink
        draw_text(painter, line, self._words.title, row * 0.58, soft, bold=True)
        width = line.width() / columns
        for number, text in enumerate(lines):
            left, top = line.left() + number // below * width, line.top() + (number % below + 1) * row
            draw_text(painter, QRectF(left, top, width, row), text, row * 0.66, colours.ink)
