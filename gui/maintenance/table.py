# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rows and columns that are only read, a page at a time: nothing scrolls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.text import mark, tr
from gui.widgets.form import button
from gui.widgets.metrics import Metrics
from gui.widgets.paint import draw_panel, draw_text
from gui.widgets.palette import AMBER, BLACK, EDGE, INK, SOFT_INK

PAGE = 14


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        title: English, marked for translation.
        share: Of the width.
    """

    title: str
    share: float


@dataclass(frozen=True)
class Row:
    """One row: a text for each column.

    Attributes:
        cells: Texts, in the language of the reader.
        odd: It asks for attention.
        strong: It has just changed.
    """

    cells: tuple[str, ...]
    odd: bool = False
    strong: bool = False


class Sheet(QWidget):
    """The page that is shown now.

    Args:
        columns: From left to right.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self.rows: tuple[Row, ...] = ()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Take the rows of the page."""
        if tuple(rows) != self.rows:
            self.rows = tuple(rows)
            self.setAccessibleName("; ".join(" ".join(row.cells) for row in rows))
            self.update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.update()
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(800, 380)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        draw_panel(painter, place)
        height = place.height() / (PAGE + 1.2)
        pad = height * 0.4
        line = QRectF(place.left() + pad, place.top(), place.width() - 2 * pad, height * 1.2)
        self._paint_row(painter, line, [tr(column.title) for column in self._columns], height * 0.44, head=True)
        line = QRectF(line.left(), line.bottom(), line.width(), height)
        for row in self.rows:
            painter.setPen(EDGE)
            painter.drawLine(line.topLeft(), line.topRight())
            if row.odd:
                painter.fillRect(line.adjusted(0, 1, 0, -1), AMBER)
            self._paint_row(painter, line, row.cells, height * 0.5, odd=row.odd, strong=row.strong)
            line.translate(0, height)

    def _paint_row(
        self,
        painter: QPainter,
        line: QRectF,
        cells: Sequence[str],
        px: float,
        *,
        head: bool = False,
        odd: bool = False,
        strong: bool = False,
    ) -> None:
        left = line.left()
        total = sum(column.share for column in self._columns)
        ink = BLACK if odd else SOFT_INK if head else INK
        for column, text in zip(self._columns, cells, strict=True):
            width = line.width() * column.share / total
            cell = QRectF(left + px * 0.2, line.top(), width - px * 0.5, line.height())
            draw_text(painter, cell, text, px, ink, bold=head or strong)
            left += width


class Table(QWidget):
    """A sheet and the keys that turn its pages.

    Args:
        columns: From left to right.
        page: Rows of a page.
    """

    def __init__(self, columns: Sequence[Column], page: int = PAGE) -> None:
        super().__init__()
        self._page_rows = page
        self._rows: tuple[Row, ...] = ()
        self._page = 0
        self.sheet = Sheet(columns)
        self.earlier = button(mark("EARLIER"), "plain")
        self.later = button(mark("LATER"), "plain")
        self.place = QLabel()
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.sheet, 1)
        self.keys = QHBoxLayout()
        for widget in (self.earlier, self.place, self.later):
            self.keys.addWidget(widget)
        self.keys.addStretch(1)
        layout.addLayout(self.keys)
        self.earlier.clicked.connect(lambda: self.turn(-1))
        self.later.clicked.connect(lambda: self.turn(1))
        self._show()

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, of every page."""
        return self._rows

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Take all rows."""
        self._rows = tuple(rows)
        self._page = min(self._page, self._pages - 1)
        self._show()

    def turn(self, by: int) -> None:
        """Another page."""
        self._page = max(0, min(self._pages - 1, self._page + by))
        self._show()

    def first_page(self) -> None:
        """Back to the beginning: these are other rows now."""
        self._page = 0

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        self._column.setSpacing(metrics.gap)
        for key in (self.earlier, self.later):
            key.setFixedHeight(metrics.touch)

    def retranslate(self) -> None:
        """The language has changed."""
        self._show()

    @property
    def _pages(self) -> int:
        return max(1, -(-len(self._rows) // self._page_rows))

    def _show(self) -> None:
        first = self._page * self._page_rows
        self.sheet.show_rows(self._rows[first : first + self._page_rows])
        self.place.setText(tr("page {page} of {pages}", page=self._page + 1, pages=self._pages))
        for widget in (self.earlier, self.later, self.place):
            widget.setVisible(self._pages > 1)
        self.earlier.setEnabled(self._page > 0)
        self.later.setEnabled(self._page < self._pages - 1)
