# SPDX-License-Identifier: AGPL-3.0-or-later
"""Open and close the shift, reset a stop, in place: nothing pops up over the run screen."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from gui.metrics import Metrics
from gui.palette import ACTION_BLUE, BACKGROUND, EDGE, INK, PANEL, PAPER, SOFT_INK, WELL, Tone
from gui.words import clock_of
from inspector.api.schema import ShiftInfo

LINE_LENGTH = 64
NOTE_LENGTH = 200
MOST_BY_HAND = 999_999


class Page(Enum):
    """What the bar offers."""

    AWAY = 0
    OPEN = 1
    RUNNING = 2
    CLOSE = 3
    STOPPED = 4


class ShiftBar(QWidget):
    """One line for what happened last, one with fields and buttons."""

    open_wanted = Signal(str, str)
    """lot, operator."""
    close_wanted = Signal(str, str, int)
    """operator, note, parts removed by hand."""
    reset_wanted = Signal(str, str)
    """operator, what was found and done."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._busy = False
        self._shift: ShiftInfo | None = None
        self._stopped = False
        self.message = QLabel()
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.lot = _field("Lot", LINE_LENGTH)
        self.operator = _field("Staff number", LINE_LENGTH)
        self.open_button = _button("OPEN SHIFT", "primary")
        self.summary = QLabel()
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.close_button = _button("CLOSE SHIFT ...", "plain")
        self.signer = _field("Staff number", LINE_LENGTH)
        self.by_hand = _field("Removed by hand: 0", len(str(MOST_BY_HAND)))
        self.by_hand.setValidator(QIntValidator(0, MOST_BY_HAND, self))
        self.note = _field("Remark, if something was unusual", NOTE_LENGTH)
        self.back_button = _button("BACK", "plain")
        self.sign_button = _button("SIGN AND CLOSE", "primary")
        self.resetter = _field("Staff number", LINE_LENGTH)
        self.finding = _field("What was found and done", NOTE_LENGTH)
        self.end_button = _button("CLOSE SHIFT ...", "plain")
        self.reset_button = _button("RESET STOP", "primary")
        self._fields = (
            self.lot,
            self.operator,
            self.signer,
            self.by_hand,
            self.note,
            self.resetter,
            self.finding,
        )
        self._pages = QStackedWidget()
        waiting = QLabel("No connection to the station: nothing can be opened or closed now.")
        rows: tuple[list[QWidget | None], ...] = (
            [waiting, None],
            [QLabel("Lot"), self.lot, QLabel("Operator"), self.operator, self.open_button],
            [self.summary, None, self.close_button],
            [QLabel("Closed by"), self.signer, self.by_hand, self.note, self.back_button, None, self.sign_button],
            [QLabel("Stopped. Reset by"), self.resetter, self.finding, self.reset_button, None, self.end_button],
        )
        for row in rows:
            self._pages.addWidget(_row(row))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.message)
        layout.addWidget(self._pages)
        self._connect()
        self.set_message("", Tone.CALM)
        self._refresh()

    @property
    def page(self) -> Page:
        """What is offered now."""
        return Page(self._pages.currentIndex())

    def set_message(self, text: str, tone: Tone) -> None:
        """Say what happened; it stays until the next action."""
        self.message.setText(text)
        self.message.setVisible(bool(text))
        colours = tone.value
        self.message.setStyleSheet(f"background: {colours.fill.name()}; color: {colours.ink.name()};")

    def set_busy(self, text: str) -> None:
        """A command is under way."""
        self._busy = True
        self.set_message(text, Tone.CALM)
        self._refresh()

    def finish(self, text: str, tone: Tone, done: bool) -> None:
        """The command was answered; after success the fields are empty."""
        self._busy = False
        self.set_message(text, tone)
        if done:
            for field in self._fields:
                field.clear()
            if self.page is Page.CLOSE:
                self._show(self._resting_page())
        self._refresh()

    def show_shift(self, shift: ShiftInfo | None, stopped: bool = False) -> None:
        """Take the shift of a status, and whether a rule has stopped the line."""
        changed = (shift is None) != (self._shift is None) or stopped != self._stopped or self.page is Page.AWAY
        self._shift, self._stopped = shift, stopped
        if shift is not None:
            self.summary.setText(
                f"Shift {shift.number}   ·   lot {shift.lot}   ·   since {clock_of(shift.opened_us)}"
                f"   ·   {shift.parts} parts"
            )
        if changed:
            self._show(self._resting_page())

    def show_away(self) -> None:
        """The station cannot be asked."""
        if self.page is not Page.AWAY:
            self._show(Page.AWAY)

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        touch, text = metrics.touch, metrics.text
        for widget in self._fields:
            widget.setFixedHeight(touch)
        buttons = (self.open_button, self.close_button, self.back_button, self.sign_button)
        for button in (*buttons, self.reset_button, self.end_button):
            button.setFixedHeight(touch)
            button.setMinimumWidth(max(touch * 2, round(button.fontMetrics().horizontalAdvance(button.text()) * 1.5)))
        self._pages.setFixedHeight(touch + 2 * metrics.gap)
        self.message.setFixedHeight(round(text * 2.0))
        self.setStyleSheet(_style(text, metrics.gap))

    def _connect(self) -> None:
        self.open_button.clicked.connect(self._ask_open)
        self.lot.returnPressed.connect(self.operator.setFocus)
        self.operator.returnPressed.connect(self._ask_open)
        self.close_button.clicked.connect(lambda: self._show(Page.CLOSE))
        self.end_button.clicked.connect(lambda: self._show(Page.CLOSE))
        self.back_button.clicked.connect(lambda: self._show(self._resting_page()))
        self.reset_button.clicked.connect(self._ask_reset)
        self.resetter.returnPressed.connect(self.finding.setFocus)
        self.sign_button.clicked.connect(self._ask_close)
        for field in (self.lot, self.operator, self.signer, self.resetter, self.finding):
            field.textChanged.connect(self._refresh)

    def _ask_open(self) -> None:
        if self.open_button.isEnabled():
            self.open_wanted.emit(self.lot.text().strip(), self.operator.text().strip())

    def _ask_close(self) -> None:
        if self.sign_button.isEnabled():
            by_hand = int(self.by_hand.text() or 0)
            self.close_wanted.emit(self.signer.text().strip(), self.note.text().strip(), by_hand)

    def _ask_reset(self) -> None:
        if self.reset_button.isEnabled():
            self.reset_wanted.emit(self.resetter.text().strip(), self.finding.text().strip())

    def _resting_page(self) -> Page:
        if self._stopped:
            return Page.STOPPED
        return Page.OPEN if self._shift is None else Page.RUNNING

    def _show(self, page: Page) -> None:
        self._pages.setCurrentIndex(page.value)
        if page is Page.OPEN:
            self.lot.setFocus()
        elif page is Page.CLOSE:
            self.signer.setFocus()
        elif page is Page.STOPPED:
            self.resetter.setFocus()
        self._refresh()

    def _refresh(self) -> None:
        idle = not self._busy
        self.open_button.setEnabled(idle and bool(self.lot.text().strip() and self.operator.text().strip()))
        self.sign_button.setEnabled(idle and bool(self.signer.text().strip()))
        self.close_button.setEnabled(idle)
        self.back_button.setEnabled(idle)
        self.reset_button.setEnabled(idle and bool(self.resetter.text().strip() and self.finding.text().strip()))
        self.end_button.setEnabled(idle and self._shift is not None)


def _field(hint: str, length: int) -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(hint)
    field.setAccessibleName(hint)
    field.setMaxLength(length)
    field.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    return field


def _button(text: str, kind: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("kind", kind)
    button.setAutoDefault(True)
    return button


def _row(widgets: list[QWidget | None]) -> QWidget:
    """Widgets side by side; None is free space."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(12, 0, 12, 0)
    layout.setSpacing(12)
    for widget in widgets:
        if widget is None:
            layout.addStretch(1)
        else:
            layout.addWidget(widget, 2 if isinstance(widget, QLineEdit) else 0)
    return row


def _style(text_px: int, gap_px: int) -> str:
    return f"""
    ShiftBar {{ background: {PANEL.name()}; border: 1px solid {EDGE.name()}; }}
    QWidget {{ font-size: {text_px}px; color: {INK.name()}; }}
    QLabel {{ padding: 0 {gap_px}px; }}
    QLineEdit {{ background: {PAPER.name()}; border: 2px solid {WELL.name()}; padding: 0 {gap_px}px;
        font-size: {round(text_px * 1.15)}px; }}
    QLineEdit:focus {{ border: 3px solid {ACTION_BLUE.name()}; }}
    QPushButton {{ background: {BACKGROUND.name()}; border: 2px solid {SOFT_INK.name()}; padding: 0 {gap_px * 2}px;
        font-weight: bold; }}
    QPushButton:pressed {{ background: {WELL.name()}; }}
    QPushButton:focus {{ border: 3px solid {INK.name()}; }}
    QPushButton[kind="primary"] {{ background: {ACTION_BLUE.name()}; color: {PAPER.name()};
        border-color: {ACTION_BLUE.name()}; }}
    QPushButton:disabled {{ background: {PANEL.name()}; color: #6B7378; border: 2px solid {EDGE.name()}; }}
    """
