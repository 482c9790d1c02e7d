# SPDX-License-Identifier: AGPL-3.0-or-later
"""The state of the station in words, with every reason and what to do about it."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui.shell.words import BannerWords
from gui.text import tr
from gui.widgets.paint import LEFT, RIGHT, WRAPPED, draw_capitals, draw_hatching, draw_panel, draw_text
from gui.widgets.palette import AMBER, BLACK, INK, PAPER, Tone

SHOWN_REASONS = 3
FIRST, LINE = 0.102, 0.073
"""Heights of the state and of each line below it, as shares of the window's: 27 and 20 mm of 268."""
WORD_CAPITALS, CLOCK_CAPITALS, LINE_CAPITALS = 0.7, 0.52, 0.72
"""Heights of the capitals, as shares of their rows': 19, 14 and 14 mm where the window is 268 mm high."""
LONG_LINE = 0.42
"""A reason that is wider than this share in ordinary letters does not fit into one line that is read from 3 m."""
SLIM_UNIT = 1.6
"""In one line everything is larger than in the upper half of two."""


class StateBanner(QWidget):
    """Across the top: state and reasons on the left; SIMULATED, station and time on the right.

    Args:
        slim: All of it in one line.
    """

    def __init__(self, slim: bool = False) -> None:
        super().__init__()
        self._slim = slim
        self._words = BannerWords(tr("STARTING"), (tr("connecting to the station"),), Tone.DARK)
        self._station = ""
        self._simulated = False
        self._calm_line = ""
        self._urgent_calm = False
        self._say()

    def show_state(self, words: BannerWords, calm_line: str = "", *, urgent: bool = False) -> None:
        """Show a state; `calm_line` stands where reasons would, while there are none; `urgent`: it is a warning."""
        if (words, calm_line, urgent) != (self._words, self._calm_line, self._urgent_calm):
            self._words, self._calm_line, self._urgent_calm = words, calm_line, urgent
            self._say()

    def show_station(self, name: str, simulated: bool) -> None:
        """Name of the station, and whether anything in it is simulated."""
        if (name, simulated) != (self._station, self._simulated):
            self._station, self._simulated = name, simulated
            self._say()

    @property
    def words(self) -> str:
        """Everything that the banner says, in one line."""
        text = f"{self._words.word}: {'; '.join(self._words.lines)}" if self._words.lines else self._words.word
        return f"{tr('SIMULATED')} - {text}" if self._simulated else text

    @property
    def calm_line(self) -> str:
        """What stands where reasons would, while there are none."""
        return self._calm_line

    def sizeHint(self) -> QSize:
        return QSize(900, 120)

    def _say(self) -> None:
        self.setAccessibleName(self.words)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(self.rect())
        colours = self._words.tone.value
        draw_panel(painter, place, colours.fill)
        if self._slim:
            self._paint_slim(painter, place)
            return
        rows = self.rows
        first = QRectF(place.left(), place.top(), place.width(), place.height() * FIRST / (FIRST + LINE * rows))
        self._paint_first(painter, first, alone=not rows)
        if not rows:
            return
        pad = first.height() * 0.3
        row = QRectF(
            place.left() + pad, first.bottom(), place.width() - 2 * pad, (place.height() - first.height()) / rows
        )
        lines = self._lines()
        if len(lines) < rows:
            whole = QRectF(row.left(), row.top(), row.width(), row.height() * rows)
            draw_text(painter, whole, lines[0], row.height() * 0.86, colours.ink, flags=WRAPPED, bold=True)
            return
        for number, line in enumerate(lines):
            draw_capitals(painter, row, line, row.height() * LINE_CAPITALS, colours.ink, bold=not number)
            row.translate(0, row.height())

    @property
    def rows(self) -> int:
        """Lines below the state: every reason has one, a single long one has two."""
        lines = self._lines()
        if not self._words.lines and not self._urgent_calm:
            return 0
        long = len(lines) == 1 and self.fontMetrics().averageCharWidth() * len(lines[0]) > self.width() * LONG_LINE
        return 2 if long else len(lines)

    def height_in(self, height: int) -> int:
        """Height that it needs in a window of this height, pixels."""
        return round(height * (FIRST + LINE * self.rows))

    def _paint_first(self, painter: QPainter, place: QRectF, *, alone: bool) -> None:
        """State, SIMULATED, station and time."""
        ink = self._words.tone.value.ink
        side = place.height() * 0.62
        symbol = QRectF(place.left() + side * 0.4, place.center().y() - side / 2, side, side)
        self._paint_symbol(painter, symbol)
        clock = QRectF(place.right() - place.height() * 2.9, place.top(), place.height() * 2.7, place.height() * 0.74)
        draw_capitals(painter, clock, _now(), place.height() * CLOCK_CAPITALS, ink, flags=RIGHT, bold=True)
        name = QRectF(clock.left(), clock.bottom(), clock.width(), place.height() * 0.24)
        draw_text(painter, name, self._station, place.height() * 0.2, ink, flags=RIGHT)
        right = clock.left() - place.height() * 0.2
        if self._simulated:
            width = place.height() * 3.3
            badge = QRectF(right - width, place.top() + place.height() * 0.14, width, place.height() * 0.72)
            self._paint_badge(painter, badge, place.height() * CLOCK_CAPITALS)
            right = badge.left()
        left = symbol.right() + side * 0.4
        room = right - left - side * 0.4
        calm = self._calm_line if alone else ""
        word = QRectF(left, place.top(), room * (0.62 if calm else 1.0), place.height())
        used = draw_capitals(painter, word, self._words.word, place.height() * WORD_CAPITALS, ink, bold=True)
        line = QRectF(left + used + side * 0.6, place.top(), room - used - side * 0.6, place.height())
        draw_text(painter, line, calm, place.height() * 0.24, ink, flags=WRAPPED)

    def _paint_badge(self, painter: QPainter, badge: QRectF, capitals: float) -> None:
        draw_panel(painter, badge, AMBER, INK)
        draw_hatching(painter, badge, BLACK, badge.height() * 0.22)
        edge = badge.height() * 0.13
        inner = badge.adjusted(edge, edge, -edge, -edge)
        painter.fillRect(inner, PAPER)
        inner.adjust(edge * 0.6, 0, -edge * 0.6, 0)
        draw_capitals(painter, inner, tr("SIMULATED"), capitals, INK, flags=Qt.AlignmentFlag.AlignHCenter, bold=True)

    def _paint_slim(self, painter: QPainter, place: QRectF) -> None:
        ink = self._words.tone.value.ink
        unit = place.height() / 10 * SLIM_UNIT
        row = QRectF(place.left(), place.top() + (place.height() - unit * 6) / 2, place.width(), unit * 6)
        right = self._paint_right(painter, row.translated(0, unit * 0.1), unit)
        symbol = QRectF(row.left() + unit * 1.2, row.top() + unit * 1.1, unit * 3.8, unit * 3.8)
        self._paint_symbol(painter, symbol)
        left = symbol.right() + unit
        room = right - unit - left
        word = QRectF(left, row.top(), room * (0.5 if any(self._lines()) else 1.0), row.height())
        used = draw_text(painter, word, self._words.word, unit * 4.0, ink, flags=LEFT, bold=True)
        line = QRectF(left + used + unit * 2, row.top(), room - used - unit * 2, row.height())
        text = self._lines()[0]
        if len(self._words.lines) > 1:
            text = tr("{reason} (and {more} more)", reason=self._words.lines[0], more=len(self._words.lines) - 1)
        draw_text(painter, line, text, unit * 2.4, ink, flags=WRAPPED)

    def _lines(self) -> list[str]:
        lines = list(self._words.lines) or [self._calm_line]
        if len(lines) > SHOWN_REASONS:
            more = len(lines) - SHOWN_REASONS + 1
            lines = [*lines[: SHOWN_REASONS - 1], tr("and {more} more", more=more)]
        return lines

    def _paint_right(self, painter: QPainter, place: QRectF, unit: float) -> float:
        """Time, station and the SIMULATED badge; returns where they begin."""
        ink = self._words.tone.value.ink
        clock = QRectF(place.right() - unit * 14.5, place.top() + unit * 0.7, unit * 13.3, unit * 2.8)
        draw_text(painter, clock, _now(), unit * 2.6, ink, flags=RIGHT, bold=True)
        name = QRectF(clock.left(), clock.bottom(), clock.width(), unit * 1.6)
        draw_text(painter, name, self._station, unit * 1.4, ink, flags=RIGHT)
        if not self._simulated:
            return clock.left()
        badge = QRectF(clock.left() - unit * 16.0, place.top() + unit * 1.0, unit * 15.0, unit * 3.8)
        draw_panel(painter, badge, AMBER, INK)
        draw_hatching(painter, badge, BLACK, unit * 1.0)
        inner = badge.adjusted(unit * 0.7, unit * 0.55, -unit * 0.7, -unit * 0.55)
        painter.fillRect(inner, PAPER)
        flags = Qt.AlignmentFlag.AlignCenter
        draw_text(painter, inner, tr("SIMULATED"), unit * 2.2, INK, flags=flags, bold=True)
        return badge.left()

    def _paint_symbol(self, painter: QPainter, place: QRectF) -> None:
        """Triangle: running; bars: waits; triangle with bang: look here; ring with gap: no connection."""
        ink = self._words.tone.value.ink
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        pen = QPen(ink, place.width() * 0.14, c=Qt.PenCapStyle.FlatCap)
        tone = self._words.tone
        if self._words.running:
            tip = QPointF(place.right(), place.center().y())
            painter.drawPolygon(QPolygonF([place.topLeft(), tip, place.bottomLeft()]))
        elif tone in (Tone.WARN, Tone.STOP):
            top = QPointF(place.center().x(), place.top())
            painter.drawPolygon(QPolygonF([top, place.bottomRight(), place.bottomLeft()]))
            hole = place.adjusted(0, place.height() * 0.25, 0, -place.height() * 0.02)
            centre = Qt.AlignmentFlag.AlignCenter
            draw_text(painter, hole, "!", place.height() * 0.72, tone.value.fill, flags=centre, bold=True)
        elif tone is Tone.DARK:
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            inset = place.width() * 0.08
            painter.drawArc(place.adjusted(inset, inset, -inset, -inset), 60 * 16, 250 * 16)
        else:
            width = place.width() * 0.3
            painter.drawRect(QRectF(place.left() + width * 0.3, place.top(), width, place.height()))
            painter.drawRect(QRectF(place.right() - width * 1.3, place.top(), width, place.height()))


def _now() -> str:
    return datetime.now().strftime("%H:%M:%S")
