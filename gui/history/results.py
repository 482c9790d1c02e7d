# SPDX-License-Identifier: AGPL-3.0-or-later
"""The list of what was found: a row for each part, and keys to older and newer ones."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gui.history.question import PAGE
from gui.history.words import defects_of, moment
from gui.text import mark, tr
from gui.widgets.form import Lines, button
from gui.widgets.metrics import Metrics
from gui.widgets.paint import RIGHT, WRAPPED, draw_capitals, draw_panel, draw_text
from gui.widgets.palette import EDGE, INK, PANEL, PAPER, SOFT_INK, WELL
from gui.widgets.verdicts import LOOKS, draw_symbol
from inspector.api.history_schema import FoundPart

NARROW = 42
"""A row that is narrower than so many tenths of its height is written smaller."""
WORD_SHARE = 0.22
"""Width of the verdict's word, as a share of the row's."""
STATE_SHARE = 0.07
"""Height of the state above, as a share of the window's."""


class ResultRow(QAbstractButton):
    """One part: shape and word of its verdict, serial, lot and defects, day and time."""

    def __init__(self) -> None:
        super().__init__()
        self.part: FoundPart | None = None
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.show_part(None)

    def show_part(self, part: FoundPart | None) -> None:
        """Show a part, or nothing."""
        self.part = part
        self.setEnabled(part is not None)
        self.setAccessibleName(self.words)
        self.update()

    @property
    def words(self) -> str:
        """All of it in one line."""
        part = self.part
        if part is None:
            return ""
        return " ".join([tr(LOOKS[part.verdict].word), *self._right(part), *self._left(part)])

    @staticmethod
    def _left(part: FoundPart) -> tuple[str, str]:
        what = defects_of(part) or part.reason
        return part.serial or tr("no serial"), f"{part.lot} · {what}" if part.lot else what

    @staticmethod
    def _right(part: FoundPart) -> tuple[str, str]:
        day, _, time = moment(part.t_us).partition(" ")
        return time, day

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.show_part(self.part)
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(360, 64)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        part = self.part
        if part is None:
            return
        chosen = self.isChecked()
        draw_panel(painter, place, WELL if self.isDown() else PAPER if chosen else PANEL, INK if chosen else EDGE)
        unit = min(place.height() / 10, place.width() / NARROW)
        look = LOOKS[part.verdict]
        side = unit * 7.0
        symbol = QRectF(place.left() + unit * 0.6, place.center().y() - side / 2, side, side)
        draw_symbol(painter, symbol, look, PAPER if chosen else PANEL)
        word = QRectF(symbol.right() + unit * 0.6, place.top(), place.width() * WORD_SHARE, place.height())
        draw_capitals(painter, word, tr(look.word), unit * 2.2, INK, bold=True)
        left, top = word.right() + unit * 0.6, place.center().y() - unit * 4.2
        rest = place.right() - left - unit * 0.6
        shares = (0.62, 0.36)
        for size, words in (
            (3.0, (self._left(part)[0], self._right(part)[0])),
            (2.4, (self._left(part)[1], self._right(part)[1])),
        ):
            line = QRectF(left, top, rest * shares[0], unit * 4.2)
            draw_text(painter, line, words[0], unit * size, INK, flags=WRAPPED, bold=size > 2.5)
            line = QRectF(left + rest * (1 - shares[1]), top, rest * shares[1], unit * 4.2)
            draw_text(painter, line, words[1], unit * 2.4, SOFT_INK, flags=RIGHT)
            top += unit * 4.2


class Results(QWidget):
    """Rows and paging keys."""

    chosen = Signal(object)
    """FoundPart."""
    older_wanted = Signal()
    newer_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows = [ResultRow() for _ in range(PAGE)]
        self.newer_key = button(mark("NEWER"), "plain")
        self.older_key = button(mark("OLDER"), "plain")
        self.words = Lines()
        self.room = PAGE
        """How many rows there are: each is a key for gloves."""
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        for row in self.rows:
            self._layout.addWidget(row, 1)
            row.clicked.connect(lambda _checked=False, one=row: self.chosen.emit(one.part))
        self._keys = QHBoxLayout()
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for widget in (self.newer_key, self.words, self.older_key):
            self._keys.addWidget(widget, 1)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, self.words.sizePolicy().verticalPolicy())
        self._layout.addLayout(self._keys)
        self.newer_key.clicked.connect(self.newer_wanted)
        self.older_key.clicked.connect(self.older_wanted)

    def show_parts(self, parts: Sequence[FoundPart], chosen: int | None, *, newer: bool, older: bool) -> None:
        """Show a page.

        Args:
            parts: Newest first.
            chosen: Number of the record whose part is shown beside, or None.
            newer: Whether there is a page before.
            older: Whether there is one after.
        """
        for index, row in enumerate(self.rows):
            part = parts[index] if index < len(parts) else None
            row.show_part(part)
            row.setAutoExclusive(False)
            row.setChecked(part is not None and part.seq == chosen)
            row.setAutoExclusive(True)
        self.newer_key.setEnabled(newer)
        self.older_key.setEnabled(older)

    def show_words(self, words: str) -> None:
        """What there is to say of the list."""
        self.words.setText(words)

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window."""
        self._layout.setSpacing(metrics.gap)
        key = metrics.touch + metrics.gap
        others = round(metrics.height * STATE_SHARE) + 2 * key + 2 * metrics.gap
        self.room = max(3, min(PAGE, (metrics.height - others) // key))
        for number, row in enumerate(self.rows):
            row.setVisible(number < self.room)
        self._keys.setSpacing(metrics.gap)
        for key in (self.newer_key, self.older_key):
            key.setFixedHeight(metrics.touch)
