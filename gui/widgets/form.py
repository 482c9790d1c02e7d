# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fields, buttons and rows of what people type into: large enough for gloves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyleOption,
    QStyleOptionFrame,
    QWidget,
)

from gui.text import again, mark, tr
from gui.widgets.paint import draw_text
from gui.widgets.palette import ACTION_BLUE, BACKGROUND, DIM, EDGE, INK, PANEL, PAPER, SOFT_INK, WELL, WHITE

SECRET_LENGTH = 200
SMALLEST_SHARE = 0.5
"""A line of words may get so small, by its width, before anything else gives way."""


class Label(QLabel):
    """Plain words in one line that follow the language, and get smaller before any of them is cut off.

    Args:
        source: English, marked for translation; empty for a text that is set later.
    """

    def __init__(self, source: str = "") -> None:
        super().__init__()
        self._source, self._said = source, ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._say()

    def setText(self, text: str) -> None:
        """Words that can be said again are, when the language changes."""
        self._said = text
        super().setText(again(text))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._say()
        super().changeEvent(event)

    def minimumSizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(round(hint.width() * SMALLEST_SHARE), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """As Qt, unless the words have too little room."""
        margins = self.sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())
        if self.wordWrap() or self.width() >= self.sizeHint().width():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        place = QRectF(self.rect()).adjusted(margins / 2, 0, -margins / 2, 0)
        ink = self.palette().color(self.foregroundRole())
        draw_text(painter, place, self.text(), self.fontInfo().pixelSize(), ink, bold=self.font().bold())

    def _say(self) -> None:
        if self._source:
            self.setText(tr(self._source))
        elif self.text() != again(self._said):
            self.setText(self._said)


class Lines(QLabel):
    """Plain words in as many lines as they take, which follow the language."""

    def __init__(self) -> None:
        super().__init__()
        self._said = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)

    def setText(self, text: str) -> None:
        """Words that can be said again are, when the language changes."""
        self._said = text
        super().setText(again(text))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.setText(self._said)
        super().changeEvent(event)


class Key(QPushButton):
    """A button whose word follows the language.

    Args:
        source: English, marked for translation.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source
        self._say()

    def set_source(self, source: str) -> None:
        """Another word, English and marked."""
        self._source = source
        self._say()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._say()
        super().changeEvent(event)

    def minimumSizeHint(self) -> QSize:
        """Room for the whole word, and never a narrow key."""
        hint = super().sizeHint()
        return hint.expandedTo(QSize(2 * self.height(), 0)) if self.minimumHeight() else hint

    def _say(self) -> None:
        if self._source:
            self.setText(tr(self._source))


class Field(QLineEdit):
    """A line to type into, whose hint follows the language.

    Args:
        hint: English, marked for translation.
    """

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._hint = hint
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._say()

    def set_hint(self, hint: str) -> None:
        """Another hint, English and marked."""
        self._hint = hint
        self._say()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._say()
        super().changeEvent(event)

    @property
    def hint(self) -> str:
        """What stands in it while it is empty."""
        return tr(self._hint)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The hint as Qt would, but smaller rather than cut off, and with enough contrast to be read."""
        super().paintEvent(event)
        if self.text():
            return
        inside = QStyleOptionFrame()
        self.initStyleOption(inside)
        place = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, inside, self)
        painter = QPainter(self)
        draw_text(painter, QRectF(place).adjusted(2, 0, -2, 0), self.hint, self.fontInfo().pixelSize(), SOFT_INK)

    def _say(self) -> None:
        self.setAccessibleName(self.hint)
        self.update()


def field(hint: str, length: int) -> Field:
    """A line to type into; the hint says what, English and marked."""
    line = Field(hint)
    line.setMaxLength(length)
    return line


def secret_field() -> Field:
    """A line for a password or PIN; there only where the station asks for one."""
    line = field(mark("Password or PIN"), SECRET_LENGTH)
    line.setEchoMode(QLineEdit.EchoMode.Password)
    line.setVisible(False)
    return line


def button(source: str, kind: str) -> Key:
    """A button, its word English and marked; `kind` is "primary" for the step to take, or "plain"."""
    key = Key(source)
    key.setProperty("kind", kind)
    key.setAutoDefault(True)
    return key


def row(widgets: list[QWidget | None]) -> QWidget:
    """Widgets side by side; None is free space."""
    bar = QWidget()
    layout = QHBoxLayout(bar)
    layout.setContentsMargins(12, 0, 12, 0)
    layout.setSpacing(12)
    for widget in widgets:
        if widget is None:
            layout.addStretch(1)
        else:
            layout.addWidget(widget, 2 if isinstance(widget, QLineEdit) else 0)
    return bar


def style(frame: str, text_px: int, gap_px: int) -> str:
    """The style sheet; `frame` names the class of the widget that gets the frame."""
    return f"""
    {frame} {{ background: {PANEL.name()}; border: 1px solid {EDGE.name()}; }}
    QWidget {{ font-size: {text_px}px; color: {INK.name()}; }}
    QLabel {{ padding: 0 {gap_px}px; }}
    QLineEdit {{ background: {PAPER.name()}; border: 2px solid {WELL.name()}; padding: 0 {gap_px}px;
        font-size: {round(text_px * 1.15)}px; }}
    QLineEdit:focus {{ border: 3px solid {ACTION_BLUE.name()}; }}
    QPushButton {{ background: {BACKGROUND.name()}; border: 2px solid {SOFT_INK.name()}; padding: 0 {gap_px * 2}px;
        font-weight: bold; }}
    QPushButton:pressed {{ background: {WELL.name()}; }}
    QPushButton:checked {{ background: {PAPER.name()}; border: 4px solid {INK.name()}; }}
    QPushButton:focus {{ border: 3px solid {INK.name()}; }}
    QPushButton[kind="primary"] {{ background: {ACTION_BLUE.name()}; color: {WHITE.name()};
        border-color: {ACTION_BLUE.name()}; }}
    QPushButton:disabled {{ background: {PANEL.name()}; color: {DIM.name()}; border: 2px solid {EDGE.name()}; }}
    """
