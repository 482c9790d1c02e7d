# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where in the picture rejects had their findings: the more there were in a place, the fuller its square."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.widgets.paint import CENTRE, draw_panel, draw_text
from gui.widgets.palette import INK, SOFT_INK, VERMILION, WELL
from inspector.api.trend_schema import CameraMap

HEAD_SHARE = 0.1
VEIL = QColor(244, 245, 246, 110)
"""Over the picture, so that what is drawn on it stands out."""


class PositionMap(QWidget):
    """A picture of the newest reject, and the map over it."""

    def __init__(self) -> None:
        super().__init__()
        self.map: CameraMap | None = None
        self._image: QImage | None = None
        self._title = ""
        self._empty = ""
        self._text_px = 16

    def show_map(self, title: str, found: CameraMap | None, image: QImage | None, empty: str) -> None:
        """Show a map, or say why there is none."""
        self._title, self.map, self._image, self._empty = title, found, image, empty
        self.setAccessibleName(title if found is not None else f"{title}: {empty}")
        self.update()

    def set_text(self, text_px: int) -> None:
        """Size of the title."""
        self._text_px = text_px
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, 240)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = QRectF(self.rect())
        head = QRectF(place.left() + 6, place.top(), place.width() - 12, self._text_px * 1.6)
        draw_text(painter, head, self._title, self._text_px, INK, bold=True)
        well = QRectF(place.left(), head.bottom(), place.width(), place.bottom() - head.bottom())
        draw_panel(painter, well, WELL)
        if self.map is None:
            draw_text(painter, well, self._empty, self._text_px, SOFT_INK, flags=CENTRE)
            return
        scale = min(well.width() / max(1, self.map.width), well.height() / max(1, self.map.height))
        wide, high = self.map.width * scale, self.map.height * scale
        picture = QRectF(well.center().x() - wide / 2, well.center().y() - high / 2, wide, high)
        if self._image is not None:
            painter.drawImage(picture, self._image)
            painter.fillRect(picture, VEIL)
        self._paint_cells(painter, picture, self.map)

    @staticmethod
    def _paint_cells(painter: QPainter, picture: QRectF, found: CameraMap) -> None:
        most = max((number for row in found.cells for number in row), default=0)
        rows = len(found.cells)
        for top, row in enumerate(found.cells):
            for left, number in enumerate(row):
                if not number:
                    continue
                wide, high = picture.width() / len(row), picture.height() / rows
                share = 0.35 + 0.65 * math.sqrt(number / most)  # the area says how many
                cell = QRectF(0, 0, max(3.0, wide * share), max(3.0, high * share))
                cell.moveCenter(picture.topLeft() + QRectF(left * wide, top * high, wide, high).center())
                painter.setPen(INK)
                painter.setBrush(VERMILION)
                painter.drawRect(cell)
