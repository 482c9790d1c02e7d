# SPDX-License-Identifier: AGPL-3.0-or-later
"""The exact text of a record, page by page: what was hashed, with nothing left out or rearranged."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.text import tr
from gui.widgets.paint import draw_panel, draw_text
from gui.widgets.palette import INK, PAPER, SOFT_INK

TEXT_SHARE = 0.032
LINE = 1.25
HEAD_LINES = 2


class RecordText(QWidget):
    """Shows a page of it; `turn` shows the next one."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._hash = ""
        self._page = 0

    def show_record(self, text: str, digest: str) -> None:
        """Take another record, at its begin."""
        self._text, self._hash, self._page = text, digest, 0
        self.setAccessibleName(text)
        self.update()

    def turn(self) -> bool:
        """Show the next page; False after the last one, and the first one is next again."""
        self._page += 1
        if self._page >= self.pages:
            self._page = 0
            return False
        self.update()
        return True

    @property
    def pages(self) -> int:
        """How many there are at this size."""
        columns, rows, _ = self._grid()
        return max(1, math.ceil(len(self._text) / (columns * rows)))

    @property
    def shown(self) -> str:
        """The text on this page."""
        columns, rows, _ = self._grid()
        return self._text[self._page * columns * rows : (self._page + 1) * columns * rows]

    def _grid(self) -> tuple[int, int, QFont]:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        px = max(11, round(self.height() * TEXT_SHARE))
        font.setPixelSize(px)
        wide = QFontMetricsF(font).horizontalAdvance("0" * 100) / 100
        columns = int((self.width() - 2 * px) / max(1.0, wide))
        rows = int(self.height() / (px * LINE)) - HEAD_LINES - 1
        return max(10, columns), max(1, rows), font

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        draw_panel(painter, place, PAPER)
        columns, _, font = self._grid()
        px = font.pixelSize()
        line = QRectF(place.left() + px, place.top() + px * 0.5, place.width() - 2 * px, px * LINE)
        head = tr("Record, as it was hashed: page {page} of {pages}", page=self._page + 1, pages=self.pages)
        draw_text(painter, line, head, px, SOFT_INK, bold=True)
        line.translate(0, px * LINE)
        draw_text(painter, line, f"SHA-256 {self._hash}", px, SOFT_INK)
        painter.setFont(font)
        painter.setPen(INK)
        shown = self.shown
        for begin in range(0, len(shown), columns):
            line.translate(0, px * LINE)
            painter.drawText(line.bottomLeft(), shown[begin : begin + columns])
