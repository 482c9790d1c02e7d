# SPDX-License-Identifier: AGPL-3.0-or-later
"""One alarm: how urgent by shape, word and place, then colour; cause, consequence, action; what to do about it here."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gui.alarms.words import CardWords, card_words, priority_word
from gui.text import mark, tr
from gui.widgets.form import button
from gui.widgets.metrics import Metrics
from gui.widgets.paint import CENTRE, WRAPPED, draw_panel, draw_text
from gui.widgets.palette import AMBER, INK, PAPER, SOFT_INK, VERMILION
from inspector.api.schema import AlarmInfo

SIGN_SHARE = 0.13
"""Width of sign and word, as a share of the text's place."""
TALL = 1.6
"""Height of what to do, in lines: it may take two."""
LINES = 4.2 + TALL


class AlarmText(QWidget):
    """Sign, word and texts of an alarm."""

    def __init__(self) -> None:
        super().__init__()
        self._alarm: AlarmInfo | None = None
        self.words = CardWords("", "", "", "", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_alarm(self, alarm: AlarmInfo) -> None:
        """Take an alarm."""
        words = card_words(alarm)
        if (alarm, words) != (self._alarm, self.words):
            self._alarm, self.words = alarm, words
            spoken = (priority_word(alarm), words.title, words.cause, words.consequence, words.action, words.state)
            self.setAccessibleName("; ".join(spoken))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._alarm is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        sign = QRectF(whole.left(), whole.top(), whole.width() * SIGN_SHARE, whole.height())
        self._paint_priority(painter, sign, self._alarm)
        line = whole.height() / LINES
        place = QRectF(sign.right() + line * 0.3, line * 0.1, whole.width() - sign.width() - line * 0.5, line)
        words = self.words
        draw_text(painter, place, words.title, line * 0.66, INK, bold=True)
        rows = (
            (tr("Cause: {text}", text=words.cause), INK, False, 1.0),
            (tr("If nobody acts: {text}", text=words.consequence), INK, False, 1.0),
            (tr("Do: {text}", text=words.action), INK, True, TALL),
            (words.state, SOFT_INK, False, 1.0),
        )
        for text, colour, bold, lines in rows:
            place = QRectF(place.left(), place.bottom(), place.width(), line * lines)
            draw_text(painter, place, text, line * 0.58, colour, bold=bold, flags=WRAPPED)

    def _paint_priority(self, painter: QPainter, place: QRectF, alarm: AlarmInfo) -> None:
        side = min(place.width() * 0.8, place.height() * 0.56)
        square = QRectF(place.center().x() - side / 2, place.top() + place.height() * 0.08, side, side)
        fill, points = LOOKS[alarm.priority]
        painter.setPen(QPen(INK, max(1.5, side * 0.05), j=Qt.PenJoinStyle.MiterJoin))
        painter.setBrush(fill)
        corners = [QPointF(square.left() + x * side, square.top() + y * side) for x, y in points]
        painter.drawPolygon(QPolygonF(corners))
        word = QRectF(place.left(), square.bottom(), place.width(), place.bottom() - square.bottom())
        draw_text(painter, word, priority_word(alarm), place.height() * 0.15, INK, flags=CENTRE, bold=True)


_SQUARE = ((0.08, 0.08), (0.92, 0.08), (0.92, 0.92), (0.08, 0.92))
_TRIANGLE = ((0.5, 0.04), (0.98, 0.94), (0.02, 0.94))
_OCTAGON = ((0.3, 0.02), (0.7, 0.02), (0.98, 0.3), (0.98, 0.7), (0.7, 0.98), (0.3, 0.98), (0.02, 0.7), (0.02, 0.3))
LOOKS: dict[str, tuple[QColor, tuple[tuple[float, float], ...]]] = {
    "high": (VERMILION, _OCTAGON),
    "medium": (AMBER, _TRIANGLE),
    "low": (PAPER, _SQUARE),
}
"""No two priorities share an outline."""


class AlarmCard(QWidget):
    """An alarm with its keys."""

    acknowledged = Signal(str)
    """Code."""
    shelve_wanted = Signal(str)
    """Code."""
    unshelved = Signal(str)
    """Code."""

    def __init__(self) -> None:
        super().__init__()
        self._alarm: AlarmInfo | None = None
        self.text = AlarmText()
        self.seen_key = button(mark("SEEN"), "plain")
        self.shelve_key = button(mark("SHELVE ..."), "plain")
        self.back_key = button(mark("SHOW AGAIN"), "plain")
        keys = self._keys = QVBoxLayout()
        for key in (self.seen_key, self.shelve_key, self.back_key):
            keys.addWidget(key)
        self._layout = QHBoxLayout(self)
        self._layout.addWidget(self.text, 1)
        self._layout.addLayout(keys)
        self.seen_key.clicked.connect(lambda: self.acknowledged.emit(self.code))
        self.shelve_key.clicked.connect(lambda: self.shelve_wanted.emit(self.code))
        self.back_key.clicked.connect(lambda: self.unshelved.emit(self.code))

    @property
    def code(self) -> str:
        """Of the alarm that is shown; empty if none is."""
        return "" if self._alarm is None else self._alarm.code

    def show_alarm(self, alarm: AlarmInfo, *, seen: bool, shelve: bool) -> None:
        """Take an alarm.

        Args:
            alarm: Which.
            seen: Whether the person who stands here may say that it was seen, or may log in to do so.
            shelve: The same for shelving.
        """
        self._alarm = alarm
        self.text.show_alarm(alarm)
        shelved = alarm.shelved_until_us is not None
        self.seen_key.setVisible(not shelved)
        self.seen_key.setEnabled(seen and not alarm.acknowledged)
        self.shelve_key.setVisible(not shelved and alarm.priority != "high")
        self.shelve_key.setEnabled(shelve)
        self.back_key.setVisible(shelved)
        self.back_key.setEnabled(shelve)

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        self._layout.setContentsMargins(metrics.gap, metrics.gap, metrics.gap, metrics.gap)
        self._layout.setSpacing(metrics.gap)
        self._keys.setSpacing(metrics.gap)
        for key in (self.seen_key, self.shelve_key, self.back_key):
            key.setFixedHeight(metrics.touch)
            key.setMinimumWidth(round(metrics.touch * 2.2))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_panel(painter, QRectF(self.rect()))
