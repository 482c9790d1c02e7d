# SPDX-License-Identifier: AGPL-3.0-or-later
"""The figures side by side: those of the lot can be read from 3 m, those of the last hour stand below them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.run.counts import Count, counts_of
from gui.text import tr
from gui.widgets.paint import CENTRE, LEFT, RIGHT, WRAPPED, draw_capitals, draw_panel, draw_text
from gui.widgets.palette import EDGE, INK, PANEL, SOFT_INK, WELL, Tone
from gui.widgets.verdicts import draw_symbol
from inspector.api.schema import Status

LABEL_SHARE = 0.4
"""Width of the labels at the left, as a share of a figure's."""
WIDTHS = (1.26, 1.26, 0.92, 0.75, 1.05, 1.16)
"""Widths of the figures: parts and good ones have the most digits."""
TITLE, FIGURE, HOUR, DETAIL = 0.12, 0.49, 0.28, 0.11
"""Heights of the rows."""
FIGURE_CAPITALS, HOUR_CAPITALS = 0.455, 0.245
"""Heights of the digits: 26 and 14 mm on a panel that is 268 mm high."""
MOST_MARKS = 12
"""More than so many marks in a row cannot be counted by looking."""


class CountsBar(QWidget):
    """The figures."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: tuple[Count, ...] = ()
        self._stale = False

    def set_stale(self, stale: bool) -> None:
        """Mark what is shown as the last that was known."""
        if stale != self._stale:
            self._stale = stale
            self.update()

    def show_status(self, status: Status) -> None:
        """Take the counts of a status."""
        counts = counts_of(status)
        if counts != self._counts:
            self._counts = counts
            self.setAccessibleName(self.words)
            self.update()

    @property
    def words(self) -> str:
        """All figures in one line."""
        return ", ".join(
            " ".join(text for text in (count.title, count.figure, count.hour and f"({count.hour})") if text)
            for count in self._counts
        )

    def sizeHint(self) -> QSize:
        return QSize(900, 150)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        draw_panel(painter, place, WELL if self._stale else PANEL)
        if not self._counts:
            return
        shares = WIDTHS[: len(self._counts)]
        width = place.width() / (sum(shares) + LABEL_SHARE)
        label = QRectF(place.left(), place.top(), width * LABEL_SHARE, place.height())
        self._paint_labels(painter, label)
        left = label.right()
        for count, share in zip(self._counts, shares, strict=True):
            cell = QRectF(left, place.top(), width * share, place.height())
            self._paint_count(painter, cell, count)
            painter.setPen(EDGE)
            painter.drawLine(cell.topLeft(), cell.bottomLeft())
            left = cell.right()

    def _paint_labels(self, painter: QPainter, place: QRectF) -> None:
        inner = place.adjusted(place.height() * 0.06, 0, -place.height() * 0.03, 0)
        _title, figure, hour, _detail = _rows(inner)
        size = place.height() * TITLE * 0.8
        draw_text(painter, figure, tr("LOT"), size, SOFT_INK, flags=LEFT, bold=True)
        draw_text(painter, hour, tr("60 MIN"), size, SOFT_INK, flags=WRAPPED, bold=True)

    def _paint_count(self, painter: QPainter, cell: QRectF, count: Count) -> None:
        ink, soft = INK, SOFT_INK
        if count.tone is not Tone.CALM and not self._stale:
            painter.fillRect(cell.adjusted(1, 1, -1, -1), count.tone.value.fill)
            ink = soft = count.tone.value.ink
        pad = cell.height() * 0.045
        title, figure, hour, detail = _rows(cell.adjusted(pad, 0, -pad, 0))
        if count.look is not None:
            side = title.height() * 0.95
            symbol = QRectF(title.left(), title.center().y() - side / 2, side, side)
            draw_symbol(painter, symbol, count.look)
            title.setLeft(symbol.right() + side * 0.35)
        draw_text(painter, title, count.title, title.height() * 0.78, soft, flags=LEFT, bold=True)
        draw_capitals(painter, figure, count.figure, cell.height() * FIGURE_CAPITALS, ink, flags=RIGHT)
        if count.filled is not None and count.filled[1] <= MOST_MARKS:
            _draw_marks(painter, hour, *count.filled)
        else:
            draw_capitals(painter, hour, count.hour, cell.height() * HOUR_CAPITALS, ink, flags=RIGHT)
        words = tr("last known") if self._stale else count.detail
        draw_capitals(painter, detail, words, detail.height() * 0.58, soft, flags=RIGHT)


def _draw_marks(painter: QPainter, place: QRectF, number: int, limit: int) -> None:
    """A box for each reject that stops the line, and a cross in each that has come."""
    side = min(place.height() * 0.72, place.width() / limit * 0.84)
    step = side / 0.84
    left = place.right() - step * limit
    for index in range(limit):
        box = QRectF(left + index * step + (step - side), place.center().y() - side / 2, side, side)
        painter.setPen(INK)
        painter.setBrush(INK if index < number else Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        if index < number:
            draw_text(painter, box, "✕", side * 0.8, PANEL, flags=CENTRE, bold=True)


def _rows(cell: QRectF) -> tuple[QRectF, QRectF, QRectF, QRectF]:
    rows, top = [], cell.top()
    for share in (TITLE, FIGURE, HOUR, DETAIL):
        rows.append(QRectF(cell.left(), top, cell.width(), cell.height() * share))
        top += cell.height() * share
    return rows[0], rows[1], rows[2], rows[3]
