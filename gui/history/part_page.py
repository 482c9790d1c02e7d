# SPDX-License-Identifier: AGPL-3.0-or-later
"""One part: verdict, picture with boxes or the record's text, what belongs to it, and what can be asked of it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from gui.history.record_text import RecordText
from gui.history.words import facts_of
from gui.text import mark, tr
from gui.widgets.form import Lines, button
from gui.widgets.metrics import Metrics
from gui.widgets.paint import LEFT, draw_panel, draw_text
from gui.widgets.pairs import Pairs
from gui.widgets.palette import INK, SOFT_INK, Tone
from gui.widgets.picture import PictureView, Shot
from gui.widgets.verdicts import LOOKS, draw_symbol
from inspector.api.history_schema import FoundPart, PartRecord
from inspector.api.part_schema import Box
from inspector.api.schema import Verdict

MESSAGE_LINES = 2.8
NAME_SHARE = 0.34


class VerdictHead(QWidget):
    """The recorded verdict by shape and word, and the serial."""

    def __init__(self) -> None:
        super().__init__()
        self.verdict: Verdict | None = None
        self._serial = ""

    def show_part(self, verdict: Verdict | None, serial: str) -> None:
        """Show a verdict; None for nothing."""
        self.verdict, self._serial = verdict, serial
        self.setAccessibleName("" if verdict is None else f"{tr(LOOKS[verdict].word)} {serial}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 60)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        draw_panel(painter, place)
        unit = place.height() / 10
        if self.verdict is None:
            words = place.adjusted(unit * 2, 0, -unit * 2, 0)
            draw_text(painter, words, tr("Find a part, then touch it."), unit * 3.6, SOFT_INK)
            return
        look = LOOKS[self.verdict]
        symbol = QRectF(place.left() + unit, place.top() + unit * 0.8, unit * 8.4, unit * 8.4)
        draw_symbol(painter, symbol, look)
        word = QRectF(symbol.right() + unit * 1.5, place.top(), place.width() * 0.34, place.height())
        draw_text(painter, word, tr(look.word), unit * 5, INK, bold=True)
        rest = QRectF(word.right(), place.top(), place.right() - word.right() - unit, place.height())
        draw_text(painter, rest, self._serial or tr("no serial"), unit * 4.2, INK, flags=LEFT, bold=True)


class PartPage(QWidget):
    """Shows a part; what is asked goes to the screen."""

    picture_wanted = Signal(object)
    """FoundPart with the camera, image and boxes of the view to show."""
    asked = Signal(str)
    """replay, verify, proof, shift, or stop."""

    def __init__(self) -> None:
        super().__init__()
        self.part: FoundPart | None = None
        self.record: PartRecord | None = None
        self._view = 0
        self.head = VerdictHead()
        self.picture = PictureView(tr("PICTURE"), tr("no part is chosen"))
        self.text = RecordText()
        self.facts = Pairs(NAME_SHARE)
        self.message = Lines()
        self.record_key = button(mark("RECORD"), "plain")
        self.camera_key = button(mark("NEXT CAMERA"), "plain")
        self.keys: dict[str, QPushButton] = {
            "replay": button(mark("JUDGE AGAIN"), "plain"),
            "verify": button(mark("CHECK SHIFT"), "plain"),
            "proof": button(mark("EXPORT PROOF"), "plain"),
            "shift": button(mark("EXPORT SHIFT"), "plain"),
            "stop": button(mark("STOP"), "plain"),
        }
        self._stack = QStackedWidget()
        self._stack.addWidget(self.picture)
        self._stack.addWidget(self.text)
        self._lay_out()
        self.record_key.clicked.connect(self._turn)
        self.camera_key.clicked.connect(self._next_camera)
        for name, key in self.keys.items():
            key.clicked.connect(lambda _checked=False, what=name: self.asked.emit(what))
        self.clear()

    def clear(self) -> None:
        """No part is shown."""
        self.part = self.record = None
        self.head.show_part(None, "")
        self.picture.clear(tr("no part is chosen"))
        self.text.show_record("", "")
        self._stack.setCurrentWidget(self.picture)
        self.facts.show_pairs("", [])
        self.camera_key.setVisible(False)
        self.say("", Tone.CALM)

    def show_part(self, part: FoundPart) -> None:
        """Show what the list knows of a part; the rest follows with `show_record`."""
        cameras = [view.camera for view in part.views]
        self.part, self.record = part, None
        self._view = cameras.index(part.camera) if part.camera in cameras else 0
        self.head.show_part(part.verdict, part.serial or "")
        self._stack.setCurrentWidget(self.picture)
        self.picture.clear(tr("picture follows") if part.image else tr("there is no picture of this part"))
        self.facts.show_pairs(tr("WHAT THE RECORDS SAY"), [])
        self.camera_key.setVisible(len(part.views) > 1)
        self.say("", Tone.CALM)

    def show_record(self, record: PartRecord) -> None:
        """Show its record, and what belongs to the part."""
        if self.part is None:
            return
        self.record = record
        self.text.show_record(record.bytes, record.hash)
        self.facts.show_pairs(tr("WHAT THE RECORDS SAY"), facts_of(self.part, record))

    def show_picture(self, answer: object, words: str) -> None:
        """Show the picture of the view that was wanted, or why there is none."""
        if isinstance(answer, Shot):
            self.picture.show_shot(answer)
        else:
            self.picture.drop_shot(words)

    def say(self, words: str, tone: Tone) -> None:
        """A line about what was asked."""
        self.message.setText(words)
        colours = tone.value
        self.message.setStyleSheet(
            f"background: {colours.fill.name()}; color: {colours.ink.name()};" if words else "background: transparent;"
        )

    def retranslate(self) -> None:
        """The language has changed."""
        part, record = self.part, self.record
        if part is not None:
            self.head.show_part(part.verdict, part.serial or "")
            self.facts.show_pairs(tr("WHAT THE RECORDS SAY"), facts_of(part, record) if record else [])
        self.update()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window."""
        self._layout.setSpacing(metrics.gap)
        self._grid.setSpacing(metrics.gap)
        self._grid_keys.setSpacing(metrics.gap)
        self.head.setFixedHeight(max(metrics.touch, round(metrics.height * 0.085)))
        self.message.setFixedHeight(round(metrics.text * MESSAGE_LINES))
        for key in (*self.keys.values(), self.record_key, self.camera_key):
            key.setFixedHeight(metrics.touch)

    def _lay_out(self) -> None:
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.head)
        self._grid = QGridLayout()
        self._grid.addWidget(self._stack, 0, 0)
        self._grid.addWidget(self.facts, 0, 1)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        for widget in (self._stack, self.facts):
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._layout.addLayout(self._grid, 1)
        self._layout.addWidget(self.message)
        self._grid_keys = QGridLayout()
        keys = (self.record_key, *self.keys.values(), self.camera_key)
        for index, key in enumerate(keys):
            self._grid_keys.addWidget(key, index // 4, index % 4)
        for column in range(4):
            self._grid_keys.setColumnStretch(column, 1)
        self._layout.addLayout(self._grid_keys)

    def _turn(self) -> None:
        """From the picture to the record, through its pages, and back."""
        if self._stack.currentWidget() is self.picture:
            if self.record is not None:
                self._stack.setCurrentWidget(self.text)
        elif not self.text.turn():
            self._stack.setCurrentWidget(self.picture)

    @property
    def shows_text(self) -> bool:
        """Whether the record's text is shown, and not the picture."""
        return self._stack.currentWidget() is self.text

    def _next_camera(self) -> None:
        if self.part is None or self.record is None:
            return
        self._view = (self._view + 1) % len(self.part.views)
        view = self.part.views[self._view]
        self._stack.setCurrentWidget(self.picture)
        self.picture.clear(tr("picture follows") if view.image else tr("there is no picture of this part"))
        boxes = boxes_of(self.record, view.camera)
        wanted = {"camera": view.camera, "image": view.image, "boxes": boxes}
        self.picture_wanted.emit(self.part.model_copy(update=wanted))


def boxes_of(record: PartRecord, camera: str) -> tuple[Box, ...]:
    """All findings of a view, as its record has them."""
    views = record.record.get("views")
    for view in views if isinstance(views, list) else ():
        if isinstance(view, dict) and view.get("camera") == camera:
            return tuple(Box.model_validate(one) for one in view.get("detections", ()))
    return ()
