# SPDX-License-Identifier: AGPL-3.0-or-later
"""Verdicts by shape, word and place, and only then by colour."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui.paint import CENTRE, draw_hatching, draw_panel, draw_text
from gui.palette import AMBER, INK, PANEL, PAPER, PASS_BLUE, SOFT_INK, VERMILION, WELL
from gui.words import age_in_words
from inspector.api.schema import PartEvent, Verdict


class Shape(Enum):
    """Outline of a verdict; no two kinds of verdict share outline and mark."""

    CIRCLE = "circle"
    OCTAGON = "octagon"
    TRIANGLE = "triangle"
    DIAMOND = "diamond"


@dataclass(frozen=True)
class Look:
    """How a verdict looks.

    Attributes:
        word: What stands under the shape.
        explanation: What it means for the part.
        shape: Outline.
        mark: What stands in the outline: "tick", "cross", or a character.
        colour: Colour of outline or fill.
        filled: Filled shapes ask for attention; the normal case is an outline.
    """

    word: str
    explanation: str
    shape: Shape
    mark: str
    colour: QColor
    filled: bool = True


LOOKS = {
    Verdict.PASS: Look("PASS", "", Shape.CIRCLE, "tick", PASS_BLUE, filled=False),
    Verdict.FAIL: Look("FAIL", "rejected", Shape.OCTAGON, "cross", VERMILION),
    Verdict.NO_DECISION: Look("CHECK", "no decision - rejected", Shape.TRIANGLE, "?", AMBER),
    Verdict.LATE: Look("TOO LATE", "verdict came too late - rejected", Shape.DIAMOND, "L", AMBER),
    Verdict.ERROR: Look("ERROR", "could not be judged - rejected", Shape.TRIANGLE, "!", AMBER),
    Verdict.BYPASSED: Look("BYPASSED", "not inspected - let through", Shape.DIAMOND, "B", AMBER),
    Verdict.MISSING_IMAGE: Look("NO IMAGE", "camera gave no picture - rejected", Shape.DIAMOND, "0", AMBER),
    Verdict.UNTRACKED: Look("UNTRACKED", "picture and part do not match - rejected", Shape.DIAMOND, "?", AMBER),
}


def draw_symbol(painter: QPainter, place: QRectF, look: Look, on: QColor = PANEL) -> None:
    """Draw shape and mark into the largest centred square of `place`."""
    side = min(place.width(), place.height())
    square = QRectF(place.center().x() - side / 2, place.center().y() - side / 2, side, side)
    pen_px = max(1.5, side * (0.075 if look.filled else 0.09))
    inner = square.adjusted(pen_px / 2, pen_px / 2, -pen_px / 2, -pen_px / 2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = INK if look.filled else look.colour
    painter.setPen(QPen(edge, pen_px * (0.5 if look.filled else 1.0), j=Qt.PenJoinStyle.MiterJoin))
    painter.setBrush(look.colour if look.filled else on)
    painter.drawPath(_outline(look.shape, inner))
    mark_colour = QColor("#000000") if look.filled else look.colour
    _draw_mark(painter, inner, look, mark_colour, pen_px)
    painter.restore()


def _outline(shape: Shape, place: QRectF) -> QPainterPath:
    path = QPainterPath()
    if shape is Shape.CIRCLE:
        path.addEllipse(place)
        return path
    if shape is Shape.TRIANGLE:
        top = place.top() + place.height() * 0.04
        base = place.bottom() - place.height() * 0.06
        corners = [QPointF(place.center().x(), top), QPointF(place.right(), base), QPointF(place.left(), base)]
    else:
        count, turn = (8, 22.5) if shape is Shape.OCTAGON else (4, 0.0)
        radius = place.width() / 2 * (1.04 if shape is Shape.OCTAGON else 1.0)
        angles = [math.radians(turn + 360 / count * step) for step in range(count)]
        centre = place.center()
        corners = [QPointF(centre.x() + radius * math.cos(a), centre.y() + radius * math.sin(a)) for a in angles]
    path.addPolygon(QPolygonF(corners))
    path.closeSubpath()
    return path


def _draw_mark(painter: QPainter, place: QRectF, look: Look, colour: QColor, pen_px: float) -> None:
    def at(x: float, y: float) -> QPointF:
        return QPointF(place.left() + x * place.width(), place.top() + y * place.height())

    painter.setPen(QPen(colour, pen_px * 1.5, c=Qt.PenCapStyle.FlatCap, j=Qt.PenJoinStyle.MiterJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if look.mark == "tick":
        painter.drawPolyline([at(0.27, 0.53), at(0.44, 0.70), at(0.74, 0.34)])
    elif look.mark == "cross":
        painter.drawLine(at(0.29, 0.29), at(0.71, 0.71))
        painter.drawLine(at(0.29, 0.71), at(0.71, 0.29))
    else:
        low = 0.34 if look.shape is Shape.TRIANGLE else 0.2
        box = QRectF(at(0.2, low), at(0.8, 0.9 if look.shape is Shape.TRIANGLE else 0.8))
        draw_text(painter, box, look.mark, box.height() * 0.8, colour, flags=CENTRE, bold=True)


class VerdictTile(QWidget):
    """The last verdict, large enough to be read from 3 m."""

    def __init__(self) -> None:
        super().__init__()
        self._part: PartEvent | None = None
        self._came_s = 0.0
        self._blank = "waiting for a part"
        self._say()

    def show_part(self, part: PartEvent, age_s: float = 0.0) -> None:
        """Show the verdict of a part that was judged `age_s` ago."""
        self._part, self._came_s = part, time.monotonic() - age_s
        self._say()

    def clear(self, why: str) -> None:
        """Show no verdict, and say why: an old one must not look like a new one."""
        self._part, self._blank = None, why
        self._say()

    @property
    def words(self) -> str:
        """What the tile says."""
        if self._part is None:
            return self._blank
        look = LOOKS[self._part.verdict]
        return " - ".join(text for text in (look.word, look.explanation, self._part.reason) if text)

    def sizeHint(self) -> QSize:
        return QSize(300, 300)

    def _say(self) -> None:
        self.setAccessibleName(self.words)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        if self._part is None:
            draw_panel(painter, place)
            unit = place.height() / 10
            box = place.adjusted(unit, unit, -unit, -unit)
            draw_text(painter, box, self._blank, unit * 0.75, SOFT_INK, flags=CENTRE | Qt.TextFlag.TextWordWrap)
            return
        look = LOOKS[self._part.verdict]
        draw_panel(painter, place)
        unit = place.height() / 20
        if look.filled:
            frame = unit * 0.55
            painter.fillRect(place, look.colour)
            if look.colour == AMBER:
                draw_hatching(painter, place, INK, unit * 1.1)
            painter.fillRect(place.adjusted(frame, frame, -frame, -frame), PANEL)
        self._paint_contents(painter, place.adjusted(unit, unit * 0.9, -unit, -unit * 0.7), look, unit)

    def _paint_contents(self, painter: QPainter, place: QRectF, look: Look, unit: float) -> None:
        part = self._part
        if part is None:
            return
        symbol = QRectF(place.left(), place.top(), place.width(), unit * 10.6)
        draw_symbol(painter, symbol, look)
        word = QRectF(place.left(), symbol.bottom() + unit * 0.1, place.width(), unit * 4.0)
        draw_text(painter, word, look.word, unit * 3.8, INK, flags=CENTRE, bold=True)
        reason = QRectF(place.left(), word.bottom(), place.width(), unit * 2.5)
        text = "" if part.verdict is Verdict.PASS else part.reason or look.explanation
        flags = CENTRE | Qt.TextFlag.TextWordWrap
        draw_text(painter, reason, text, unit * 1.35, INK, flags=flags, bold=look.filled)
        last = QRectF(place.left(), place.bottom() - unit * 1.5, place.width(), unit * 1.5)
        serial = part.serial or f"part {part.plc_count}"
        age = age_in_words(time.monotonic() - self._came_s)
        draw_text(painter, last, f"{serial}  ·  {age}", unit * 1.05, SOFT_INK, flags=CENTRE)


class VerdictStrip(QWidget):
    """The last verdicts, newest on the right; what was not let through sits lower."""

    LENGTH = 40

    def __init__(self) -> None:
        super().__init__()
        self._verdicts: deque[Verdict] = deque(maxlen=self.LENGTH)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Oldest first."""
        return tuple(self._verdicts)

    def add(self, verdict: Verdict) -> None:
        """One more."""
        self._verdicts.append(verdict)
        self.update()

    def replace(self, verdicts: Iterable[Verdict]) -> None:
        """Others instead, oldest first."""
        self._verdicts = deque(verdicts, maxlen=self.LENGTH)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        draw_panel(painter, place, PAPER)
        slot = place.width() / self.LENGTH
        side = min(slot * 0.86, place.height() * 0.56)
        painter.setPen(QPen(WELL, 1))
        middle = place.center().y()
        painter.drawLine(QPointF(place.left() + 4, middle), QPointF(place.right() - 4, middle))
        x = place.right() - slot * len(self._verdicts)
        for verdict in self._verdicts:
            good = verdict is Verdict.PASS
            top = place.top() + place.height() * (0.04 if good else 0.40)
            draw_symbol(painter, QRectF(x + (slot - side) / 2, top, side, side), LOOKS[verdict], PAPER)
            x += slot
