# SPDX-License-Identifier: AGPL-3.0-or-later
"""Symbols of keys, drawn with lines: no font has to have them, and they are the same on every system."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

LINE = 0.09
"""Width of a line, as a share of the symbol."""


def _polygon(*points: tuple[float, float], closed: bool = True) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
    if closed:
        path.closeSubpath()
    return path


def _rects(*places: tuple[float, float, float, float]) -> QPainterPath:
    path = QPainterPath()
    for place in places:
        path.addRect(QRectF(*place))
    return path


def _run() -> QPainterPath:
    return _polygon((0.2, 0.1), (0.9, 0.5), (0.2, 0.9))


def _shift() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(0.08, 0.08, 0.84, 0.84))
    path.addPath(_polygon((0.5, 0.22), (0.5, 0.5), (0.72, 0.62), closed=False))
    return path


def _gallery() -> QPainterPath:
    return _rects(
        (0.06, 0.06, 0.38, 0.38), (0.56, 0.06, 0.38, 0.38), (0.06, 0.56, 0.38, 0.38), (0.56, 0.56, 0.38, 0.38)
    )


def _alarms() -> QPainterPath:
    path = _polygon((0.5, 0.06), (0.96, 0.92), (0.04, 0.92))
    path.addPath(_polygon((0.5, 0.36), (0.5, 0.64), closed=False))
    path.addPath(_polygon((0.5, 0.74), (0.5, 0.82), closed=False))
    return path


def _history() -> QPainterPath:
    path = _rects((0.1, 0.06, 0.8, 0.88))
    for y in (0.28, 0.5, 0.72):
        path.addPath(_polygon((0.26, y), (0.74, y), closed=False))
    return path


def _trends() -> QPainterPath:
    path = _polygon((0.08, 0.06), (0.08, 0.92), (0.94, 0.92), closed=False)
    path.addPath(_polygon((0.22, 0.72), (0.42, 0.42), (0.6, 0.58), (0.9, 0.16), closed=False))
    return path


def _person() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(0.32, 0.06, 0.36, 0.36))
    path.moveTo(0.1, 0.94)
    path.cubicTo(QPointF(0.1, 0.4), QPointF(0.9, 0.4), QPointF(0.9, 0.94))
    path.closeSubpath()
    return path


def _lock() -> QPainterPath:
    path = _rects((0.14, 0.44, 0.72, 0.5))
    path.moveTo(0.28, 0.44)
    path.cubicTo(QPointF(0.28, -0.06), QPointF(0.72, -0.06), QPointF(0.72, 0.44))
    return path


def _language() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(0.06, 0.06, 0.88, 0.88))
    path.addEllipse(QRectF(0.3, 0.06, 0.4, 0.88))
    path.addPath(_polygon((0.06, 0.5), (0.94, 0.5), closed=False))
    return path


def _display() -> QPainterPath:
    path = _rects((0.04, 0.1, 0.92, 0.62))
    path.addPath(_polygon((0.5, 0.72), (0.5, 0.92), closed=False))
    path.addPath(_polygon((0.26, 0.92), (0.74, 0.92), closed=False))
    return path


def _keypad() -> QPainterPath:
    places = [(0.1 + 0.3 * column, 0.1 + 0.3 * row, 0.2, 0.2) for row in range(3) for column in range(3)]
    return _rects(*places)


def _maintenance() -> QPainterPath:
    """A spanner."""
    path = _polygon((0.1, 0.82), (0.52, 0.4), (0.62, 0.5), (0.2, 0.92))
    path.moveTo(0.52, 0.4)
    path.cubicTo(QPointF(0.46, 0.2), QPointF(0.6, 0.04), QPointF(0.8, 0.08))
    path.lineTo(0.68, 0.22)
    path.lineTo(0.8, 0.34)
    path.lineTo(0.94, 0.22)
    path.cubicTo(QPointF(0.98, 0.42), QPointF(0.82, 0.56), QPointF(0.62, 0.5))
    return path


def _quality() -> QPainterPath:
    """A shield with a tick."""
    path = _polygon((0.5, 0.04), (0.92, 0.18), (0.88, 0.6), (0.5, 0.96), (0.12, 0.6), (0.08, 0.18))
    path.addPath(_polygon((0.3, 0.48), (0.45, 0.64), (0.72, 0.32), closed=False))
    return path


def _models() -> QPainterPath:
    """Three points that lead to one."""
    path = QPainterPath()
    for top in (0.06, 0.4, 0.74):
        path.addEllipse(QRectF(0.06, top, 0.2, 0.2))
        path.addPath(_polygon((0.26, top + 0.1), (0.7, 0.5), closed=False))
    path.addEllipse(QRectF(0.7, 0.38, 0.24, 0.24))
    return path


def _settings() -> QPainterPath:
    """Three slides."""
    path = QPainterPath()
    for y, x in ((0.2, 0.62), (0.5, 0.24), (0.8, 0.5)):
        path.addPath(_polygon((0.06, y), (x, y), closed=False))
        path.addEllipse(QRectF(x, y - 0.1, 0.2, 0.2))
        path.addPath(_polygon((x + 0.2, y), (0.94, y), closed=False))
    return path


def _users() -> QPainterPath:
    path = QPainterPath()
    for left in (0.06, 0.52):
        path.addEllipse(QRectF(left + 0.1, 0.16, 0.24, 0.24))
        path.moveTo(left, 0.88)
        path.cubicTo(QPointF(left, 0.38), QPointF(left + 0.44, 0.38), QPointF(left + 0.44, 0.88))
        path.closeSubpath()
    return path


def _changeover() -> QPainterPath:
    path = _polygon((0.06, 0.34), (0.8, 0.34), closed=False)
    path.addPath(_polygon((0.62, 0.14), (0.9, 0.34), (0.62, 0.54), closed=False))
    path.addPath(_polygon((0.94, 0.7), (0.2, 0.7), closed=False))
    path.addPath(_polygon((0.38, 0.5), (0.1, 0.7), (0.38, 0.9), closed=False))
    return path


def _back() -> QPainterPath:
    path = _polygon((0.45, 0.12), (0.1, 0.5), (0.45, 0.88), closed=False)
    path.addPath(_polygon((0.1, 0.5), (0.94, 0.5), closed=False))
    return path


def _forward() -> QPainterPath:
    path = _polygon((0.55, 0.12), (0.9, 0.5), (0.55, 0.88), closed=False)
    path.addPath(_polygon((0.9, 0.5), (0.06, 0.5), closed=False))
    return path


def _up() -> QPainterPath:
    return _polygon((0.1, 0.7), (0.5, 0.26), (0.9, 0.7), closed=False)


def _down() -> QPainterPath:
    return _polygon((0.1, 0.3), (0.5, 0.74), (0.9, 0.3), closed=False)


def _agree() -> QPainterPath:
    return _polygon((0.08, 0.55), (0.38, 0.86), (0.92, 0.16), closed=False)


def _no_defect() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(0.08, 0.08, 0.84, 0.84))
    path.addPath(_polygon((0.2, 0.8), (0.8, 0.2), closed=False))
    return path


def _unsure() -> QPainterPath:
    path = QPainterPath()
    path.moveTo(0.26, 0.3)
    path.cubicTo(QPointF(0.26, -0.04), QPointF(0.78, -0.04), QPointF(0.76, 0.32))
    path.cubicTo(QPointF(0.74, 0.52), QPointF(0.5, 0.48), QPointF(0.5, 0.7))
    path.addPath(_polygon((0.5, 0.86), (0.5, 0.94), closed=False))
    return path


SYMBOLS: dict[str, Callable[[], QPainterPath]] = {
    "agree": _agree,
    "alarms": _alarms,
    "back": _back,
    "changeover": _changeover,
    "display": _display,
    "down": _down,
    "forward": _forward,
    "gallery": _gallery,
    "history": _history,
    "keypad": _keypad,
    "language": _language,
    "lock": _lock,
    "maintenance": _maintenance,
    "models": _models,
    "no_defect": _no_defect,
    "person": _person,
    "quality": _quality,
    "run": _run,
    "settings": _settings,
    "shift": _shift,
    "trends": _trends,
    "unsure": _unsure,
    "up": _up,
    "users": _users,
}
"""A path in a square of side 1 for each name."""


def draw_sign(painter: QPainter, place: QRectF, name: str, colour: QColor) -> None:
    """Draw a symbol into a square.

    Raises:
        KeyError: There is no symbol of this name.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(place.topLeft())
    painter.scale(place.width(), place.height())
    painter.setPen(QPen(colour, LINE, j=Qt.PenJoinStyle.MiterJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(SYMBOLS[name]())
    painter.restore()
