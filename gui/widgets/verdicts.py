# SPDX-License-Identifier: AGPL-3.0-or-later
"""How each verdict looks: shape and word first, and only then colour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from gui.text import mark, tr
from gui.widgets.paint import CENTRE, draw_text
from gui.widgets.palette import AMBER, INK, PANEL, PASS_BLUE, VERMILION
from inspector.api.schema import Verdict


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
        source: What stands under the shape, English and marked.
        meaning: What it means for the part, English and marked.
        shape: Outline.
        mark: What stands in the outline: "tick", "cross", or a character.
        colour: Colour of outline or fill.
        filled: Filled shapes ask for attention; the normal case is an outline.
    """

    source: str
    meaning: str
    shape: Shape
    mark: str
    colour: QColor
    filled: bool = True

    @property
    def word(self) -> str:
        """What stands under the shape."""
        return tr(self.source)

    @property
    def explanation(self) -> str:
        """What it means for the part."""
        return tr(self.meaning) if self.meaning else ""


LOOKS = {
    Verdict.PASS: Look(mark("PASS"), "", Shape.CIRCLE, "tick", PASS_BLUE, filled=False),
    Verdict.FAIL: Look(mark("FAIL"), mark("rejected"), Shape.OCTAGON, "cross", VERMILION),
    Verdict.NO_DECISION: Look(mark("CHECK"), mark("no decision - rejected"), Shape.TRIANGLE, "?", AMBER),
    Verdict.LATE: Look(mark("TOO LATE"), mark("verdict came too late - rejected"), Shape.DIAMOND, "L", AMBER),
    Verdict.ERROR: Look(mark("ERROR"), mark("could not be judged - rejected"), Shape.TRIANGLE, "!", AMBER),
    Verdict.BYPASSED: Look(mark("BYPASSED"), mark("not inspected - let through"), Shape.DIAMOND, "B", AMBER),
    Verdict.MISSING_IMAGE: Look(mark("NO IMAGE"), mark("camera gave no picture - rejected"), Shape.DIAMOND, "0", AMBER),
    Verdict.UNTRACKED: Look(
        mark("UNTRACKED"), mark("picture and part do not match - rejected"), Shape.DIAMOND, "?", AMBER
    ),
}


def draw_symbol(painter: QPainter, place: QRectF, look: Look, on: QColor = PANEL) -> None:
    """Draw shape and mark into the largest centred square of `place`."""
    side = min(place.width(), place.height())
    square = QRectF(place.center().x() - side / 2, place.center().y() - side / 2, side, side)
    pen_px = max(1.5, side * (0.075 if look.filled else 0.09))
    edge_px = pen_px * (0.5 if look.filled else 1.0)
    inner = square.adjusted(edge_px / 2, edge_px / 2, -edge_px / 2, -edge_px / 2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = INK if look.filled else look.colour
    painter.setPen(QPen(edge, edge_px, j=Qt.PenJoinStyle.MiterJoin))
    painter.setBrush(look.colour if look.filled else on)
    painter.drawPath(_outline(look.shape, inner))
    mark_colour = look.colour if not look.filled else INK if look.colour is PANEL else QColor("#000000")
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
        radius = place.width() / 2 * (1.08 if shape is Shape.OCTAGON else 1.0)  # its flat sides touch the square
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
