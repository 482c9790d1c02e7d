# SPDX-License-Identifier: AGPL-3.0-or-later
"""A picture with what was found on it, drawn by Qt."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.text import tr
from gui.text.classes import class_word
from gui.text.times import age_in_words
from gui.widgets.paint import CENTRE, LEFT, RIGHT, draw_capitals, draw_hatching, draw_panel, draw_text
from gui.widgets.palette import AMBER, INK, PAPER, SOFT_INK, VERMILION, WELL, WHITE
from inspector.api.part_schema import Box

BLACK = QColor("#000000")
BADGE_SHARE = 5.2
"""Width of the SIMULATED badge, in heights of the line that it stands in."""


@dataclass(frozen=True)
class Shot:
    """A picture and what was found on it.

    Attributes:
        image: The pixels, perhaps smaller than the camera image.
        width: Width of the camera image, pixels; the boxes refer to it.
        height: Height of the camera image, pixels.
        boxes: Findings.
    """

    image: QImage
    width: int
    height: int
    boxes: tuple[Box, ...] = ()


LEAST_HEAD_PX = 15.0
FAR_ROW, FAR_CAPITALS = 3.5, 2.65
"""Heights of a line that is read from 3 m and of its capitals, in twentieths of the view."""
AGE_SHARE = 0.5
"""Width of the age, as a share of the view's."""


class PictureView(QWidget):
    """Title, picture with boxes, and a line of words below.

    Args:
        title: What it shows, for example "LIVE": marked, or a name.
        empty: Words while there is no picture, marked.
        aged: Say how old the picture is; its words can be read from afar.
        small: It is one of several in its place: its words are measured by its width.
    """

    def __init__(self, title: str, empty: str, aged: bool = False, small: bool = False) -> None:
        super().__init__()
        self._title = title
        self._empty = empty
        self._aged = aged
        self._small = small
        self._shot: Shot | None = None
        self._caption = ""
        self._came_s = 0.0
        self._simulated = False
        self._say()

    @property
    def shot(self) -> Shot | None:
        """What is shown."""
        return self._shot

    @property
    def words(self) -> str:
        """What it says beside the picture."""
        return self._caption or tr(self._empty)

    @property
    def placeholder(self) -> str:
        """What stands where the picture would be."""
        return tr(self._empty)

    @property
    def title(self) -> str:
        """What stands above the picture."""
        return tr(self._title)

    def set_simulated(self, simulated: bool) -> None:
        """Mark the picture as one of a simulated camera."""
        self._simulated = simulated
        self.update()

    def show_shot(self, shot: Shot) -> None:
        """Show a picture; the words stay."""
        self._shot = shot
        self.update()

    def show_words(self, caption: str, age_s: float = 0.0) -> None:
        """Show words for something that happened `age_s` ago; the picture stays until `show_shot`."""
        self._caption, self._came_s = caption, time.monotonic() - age_s
        self._say()

    def clear(self, why: str) -> None:
        """Show no picture, and why there is none."""
        self._shot, self._caption, self._empty = None, "", why
        self._say()

    def drop_shot(self, why: str) -> None:
        """Forget the picture, because it belongs to another part, and say why there is none; keep the words below."""
        self._shot, self._empty = None, why
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 320)

    def _say(self) -> None:
        self.setAccessibleName(f"{self.title}: {self.words}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        draw_panel(painter, place)
        unit = place.width() / 17 if self._small else place.height() / 20
        pad = unit * 0.5
        head = QRectF(place.left() + pad, place.top(), place.width() - 2 * pad, max(unit * 1.5, LEAST_HEAD_PX))
        badge = QRectF(head)
        if self._aged:
            self._paint_age(painter, QRectF(head.left(), head.top(), head.width(), unit * FAR_ROW), unit)
            head.setWidth(head.width() * (1 - AGE_SHARE))
            badge = QRectF(head.left(), head.bottom() + unit * 0.2, head.height() * BADGE_SHARE, head.height())
        elif self._simulated:
            head.setWidth(head.width() - head.height() * BADGE_SHARE)
        draw_text(painter, head, self.title, max(unit * 0.85, 12.0), SOFT_INK, flags=LEFT, bold=True)
        if self._simulated:
            self._paint_badge(painter, badge)
        top = place.top() + max(unit * FAR_ROW if self._aged else 0.0, head.height())
        foot_height = unit * ((FAR_ROW if self._aged else 2.4) if self._caption else 0.4)
        well = QRectF(place.left() + pad, top, place.width() - 2 * pad, place.bottom() - foot_height - top)
        painter.fillRect(well, WELL)
        if self._shot is None:
            draw_text(
                painter,
                well.adjusted(unit, unit, -unit, -unit),
                self.placeholder,
                unit * 1.1,
                INK,
                flags=CENTRE | Qt.TextFlag.TextWordWrap,
            )
        else:
            self._paint_shot(painter, well, self._shot)
        if self._caption:
            self._paint_foot(painter, QRectF(well.left(), well.bottom(), well.width(), foot_height), unit)

    def _paint_badge(self, painter: QPainter, place: QRectF) -> None:
        width = place.height() * BADGE_SHARE
        badge = QRectF(place.right() - width, place.top() + place.height() * 0.14, width, place.height() * 0.72)
        draw_panel(painter, badge, AMBER, INK)
        draw_hatching(painter, badge, BLACK, badge.height() * 0.5)
        inner = badge.adjusted(badge.height() * 0.5, 1, -badge.height() * 0.5, -1)
        painter.fillRect(inner, PAPER)
        draw_capitals(painter, inner, tr("SIMULATED"), badge.height() * 0.6, INK, flags=CENTRE, bold=True)

    def _paint_age(self, painter: QPainter, head: QRectF, unit: float) -> None:
        if self._caption:
            age = QRectF(head.right() - head.width() * AGE_SHARE, head.top(), head.width() * AGE_SHARE, head.height())
            text = age_in_words(time.monotonic() - self._came_s)
            draw_capitals(painter, age, text, unit * FAR_CAPITALS, INK, flags=RIGHT)

    def _paint_foot(self, painter: QPainter, place: QRectF, unit: float) -> None:
        if self._aged:
            draw_capitals(painter, place, self._caption, unit * FAR_CAPITALS, INK, bold=True)
        else:
            draw_text(painter, place, self._caption, unit * 1.7, INK, flags=LEFT, bold=True)

    def _paint_shot(self, painter: QPainter, well: QRectF, shot: Shot) -> None:
        scale = min(well.width() / shot.width, well.height() / shot.height)
        size = (shot.width * scale, shot.height * scale)
        target = QRectF(well.center().x() - size[0] / 2, well.center().y() - size[1] / 2, *size)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, shot.image)
        painter.setClipRect(well)
        draw_boxes(painter, target.topLeft(), scale, shot.boxes, well)
        painter.setClipping(False)


def draw_boxes(painter: QPainter, origin: QPointF, scale: float, boxes: Sequence[Box], well: QRectF) -> None:
    """Draw findings over a picture.

    Args:
        painter: Where.
        origin: Upper left corner of the picture, pixels of the widget.
        scale: Widget pixels per camera pixel.
        boxes: Findings, 1/16 px of the camera image.
        well: Where labels may stand.
    """
    line = max(2.0, well.height() * 0.007)
    text_px = max(13.0, well.height() * 0.042)
    for box in boxes:
        x0, y0, x1, y1 = (value / 16 * scale for value in box.box_16)
        frame = QRectF(QPointF(origin.x() + x0, origin.y() + y0), QPointF(origin.x() + x1, origin.y() + y1))
        frame.adjust(-line, -line, line, line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((BLACK, line * 2.0), (WHITE, line * 1.4), (VERMILION, line * 0.9)):
            painter.setPen(QPen(colour, width, j=Qt.PenJoinStyle.MiterJoin))
            painter.drawRect(frame)
        _draw_label(painter, frame, f"{class_word(box.class_name)} {box.score_ppm / 10_000:.0f} %", text_px, well)


def _draw_label(painter: QPainter, frame: QRectF, text: str, px: float, well: QRectF) -> None:
    width = px * 0.62 * len(text) + px
    height = px * 1.45
    top = frame.top() - height if frame.top() - height >= well.top() else frame.bottom()
    left = max(well.left(), min(frame.left(), well.right() - width))
    label = QRectF(left, min(top, well.bottom() - height), width, height)
    painter.fillRect(label, VERMILION)
    draw_text(painter, label, text, px, BLACK, flags=CENTRE, bold=True)
