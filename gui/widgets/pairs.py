# SPDX-License-Identifier: AGPL-3.0-or-later
"""Names and values below each other, as on a type plate."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.widgets.paint import WRAPPED, draw_panel, draw_text
from gui.widgets.palette import AMBER, BLACK, EDGE, INK, SOFT_INK

NAME_SHARE = 0.44
MOST_ROW = 0.12
"""A row takes no more of the height."""

Pair = tuple[str, str, bool]
"""Name, value, whether it asks for attention."""


class Pairs(QWidget):
    """A title and rows.

    Args:
        name_share: Share of the width that names have.
    """

    def __init__(self, name_share: float = NAME_SHARE) -> None:
        super().__init__()
        self._name_share = name_share
        self._title = ""
        self._pairs: tuple[Pair, ...] = ()

    def show_pairs(self, title: str, pairs: Sequence[Pair]) -> None:
        """Take title and rows, in the language of the reader."""
        if (title, tuple(pairs)) != (self._title, self._pairs):
            self._title, self._pairs = title, tuple(pairs)
            self.setAccessibleName(self.words)
            self.update()

    @property
    def words(self) -> str:
        """All of it in one line."""
        return "; ".join([self._title, *(f"{name} {value}" for name, value, _ in self._pairs)])

    def sizeHint(self) -> QSize:
        return QSize(400, 240)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        draw_panel(painter, place)
        row = place.height() * min(MOST_ROW, 0.96 / (len(self._pairs) + 1))
        pad = row * 0.4
        line = QRectF(place.left() + pad, place.top() + row * 0.2, place.width() - 2 * pad, row)
        draw_text(painter, line, self._title, row * 0.46, SOFT_INK, bold=True)
        for name, value, odd in self._pairs:
            line.translate(0, row)
            painter.setPen(EDGE)
            painter.drawLine(line.topLeft(), line.topRight())
            if odd:
                painter.fillRect(line.adjusted(0, 1, 0, -1), AMBER)
            left = QRectF(line.left() + pad * 0.3, line.top(), line.width() * self._name_share, row)
            draw_text(painter, left, name, row * 0.38, BLACK if odd else SOFT_INK, flags=WRAPPED)
            right = QRectF(left.right() + pad, line.top(), line.right() - left.right() - pad * 1.3, row)
            draw_text(painter, right, value, row * 0.42, BLACK if odd else INK, flags=WRAPPED, bold=True)
