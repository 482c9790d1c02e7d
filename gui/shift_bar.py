# SPDX-License-Identifier: AGPL-3.0-or-later
"""Open and close the shift, reset a stop, start a challenge, in place: nothing pops up over the run screen."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from gui.form import button, field, row, style
from gui.metrics import Metrics
from gui.palette import Tone
from gui.words import clock_of
from inspector.api.schema import Status

LINE_LENGTH = 64
NOTE_LENGTH = 200
MOST_BY_HAND = 999_999
HOLDS_THE_LINE = ("required", "overdue", "failed")
"""States of the challenges in which nothing passes until one is passed."""


class Page(Enum):
    """What the bar offers."""

    AWAY = 0
    OPEN = 1
    RUNNING = 2
    CLOSE = 3
    STOPPED = 4
    CHALLENGE = 5


AT_WORK = (Page.RUNNING, Page.CHALLENGE)
"""Who closes a shift goes on with it when a challenge becomes due."""


class ShiftBar(QWidget):
    """One line for what happened last, one with fields and buttons."""

    open_wanted = Signal(str, str)
    """lot, operator."""
    close_wanted = Signal(str, str, int)
    """operator, note, parts removed by hand."""
    reset_wanted = Signal(str, str)
    """operator, what was found and done."""
    challenge_wanted = Signal(str)
    """operator."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._busy = False
        self._status: Status | None = None
        self.message = QLabel()
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.lot = field("Lot", LINE_LENGTH)
        self.operator = field("Staff number", LINE_LENGTH)
        self.open_button = button("OPEN SHIFT", "primary")
        self.summary = QLabel()
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.challenge_button = button("CHALLENGE ...", "plain")
        self.close_button = button("CLOSE SHIFT ...", "plain")
        self.signer = field("Staff number", LINE_LENGTH)
        self.by_hand = field("Removed by hand: 0", len(str(MOST_BY_HAND)))
        self.by_hand.setValidator(QIntValidator(0, MOST_BY_HAND, self))
        self.note = field("Remark, if something was unusual", NOTE_LENGTH)
        self.back_button = button("BACK", "plain")
        self.sign_button = button("SIGN AND CLOSE", "primary")
        self.resetter = field("Staff number", LINE_LENGTH)
        self.finding = field("What was found and done", NOTE_LENGTH)
        self.end_button = button("CLOSE SHIFT ...", "plain")
        self.reset_button = button("RESET STOP", "primary")
        self.challenger = field("Staff number", LINE_LENGTH)
        self.start_button = button("START CHALLENGE", "primary")
        self.leave_button = button("BACK", "plain")
        self.finish_button = button("CLOSE SHIFT ...", "plain")
        self._fields = (
            self.lot,
            self.operator,
            self.signer,
            self.by_hand,
            self.note,
            self.resetter,
            self.finding,
            self.challenger,
        )
        self._pages = QStackedWidget()
        waiting = QLabel("No connection to the station: nothing can be opened or closed now.")
        rows: tuple[list[QWidget | None], ...] = (
            [waiting, None],
            [QLabel("Lot"), self.lot, QLabel("Operator"), self.operator, self.open_button],
            [self.summary, None, self.challenge_button, self.close_button],
            [QLabel("Closed by"), self.signer, self.by_hand, self.note, self.back_button, None, self.sign_button],
            [QLabel("Stopped. Reset by"), self.resetter, self.finding, self.reset_button, None, self.end_button],
            [
                QLabel("Challenge started by"),
                self.challenger,
                self.start_button,
                None,
                self.leave_button,
                self.finish_button,
            ],
        )
        for widgets in rows:
            self._pages.addWidget(row(widgets))
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
            for line in self._fields:
                line.clear()
            if self.page in (Page.CLOSE, Page.CHALLENGE):
                self._show(self._resting_page())
        self._refresh()

    def show_status(self, status: Status) -> None:
        """Take a status: its shift, whether a rule has stopped the line, what the challenges ask for."""
        before, self._status = self._status, status
        shift = status.shift
        if shift is not None:
            self.summary.setText(
                f"Shift {shift.number}   ·   lot {shift.lot}   ·   since {clock_of(shift.opened_us)}"
                f"   ·   {shift.parts} parts"
            )
        page, was = _page_for(status), None if before is None else _page_for(before)
        closing = self.page is Page.CLOSE and page in AT_WORK and was in AT_WORK
        if self.page is Page.AWAY or (page is not was and not closing):
            self._show(page)
        else:
            self._refresh()

    def show_away(self) -> None:
        """The station cannot be asked."""
        if self.page is not Page.AWAY:
            self._show(Page.AWAY)

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        touch, text = metrics.touch, metrics.text
        for widget in self._fields:
            widget.setFixedHeight(touch)
        for key in self.findChildren(QPushButton):
            key.setFixedHeight(touch)
            key.setMinimumWidth(max(touch * 2, round(key.fontMetrics().horizontalAdvance(key.text()) * 1.5)))
        self._pages.setFixedHeight(touch + 2 * metrics.gap)
        self.message.setFixedHeight(round(text * 2.0))
        self.setStyleSheet(style("ShiftBar", text, metrics.gap))

    def _connect(self) -> None:
        self.open_button.clicked.connect(self._ask_open)
        self.lot.returnPressed.connect(self.operator.setFocus)
        self.operator.returnPressed.connect(self._ask_open)
        for key in (self.close_button, self.end_button, self.finish_button):
            key.clicked.connect(lambda: self._show(Page.CLOSE))
        for key in (self.back_button, self.leave_button):
            key.clicked.connect(lambda: self._show(self._resting_page()))
        self.challenge_button.clicked.connect(lambda: self._show(Page.CHALLENGE))
        self.start_button.clicked.connect(self._ask_challenge)
        self.challenger.returnPressed.connect(self._ask_challenge)
        self.reset_button.clicked.connect(self._ask_reset)
        self.resetter.returnPressed.connect(self.finding.setFocus)
        self.sign_button.clicked.connect(self._ask_close)
        for line in (self.lot, self.operator, self.signer, self.resetter, self.finding, self.challenger):
            line.textChanged.connect(self._refresh)

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

    def _ask_challenge(self) -> None:
        if self.start_button.isEnabled():
            self.challenge_wanted.emit(self.challenger.text().strip())

    def _resting_page(self) -> Page:
        return Page.AWAY if self._status is None else _page_for(self._status)

    def _show(self, page: Page) -> None:
        self._pages.setCurrentIndex(page.value)
        if page is Page.OPEN:
            self.lot.setFocus()
        elif page is Page.CLOSE:
            self.signer.setFocus()
        elif page is Page.STOPPED:
            self.resetter.setFocus()
        elif page is Page.CHALLENGE:
            self.challenger.setFocus()
        self._refresh()

    def _refresh(self) -> None:
        idle = not self._busy
        self.open_button.setEnabled(idle and bool(self.lot.text().strip() and self.operator.text().strip()))
        self.sign_button.setEnabled(idle and bool(self.signer.text().strip()))
        self.close_button.setEnabled(idle)
        self.back_button.setEnabled(idle)
        self.reset_button.setEnabled(idle and bool(self.resetter.text().strip() and self.finding.text().strip()))
        self.end_button.setEnabled(idle and self._status is not None and self._status.shift is not None)
        challenge = None if self._status is None else self._status.challenge
        self.challenge_button.setVisible(challenge is not None)
        self.challenge_button.setEnabled(idle and challenge is not None and not challenge.running)
        self.start_button.setEnabled(idle and bool(self.challenger.text().strip()))
        self.leave_button.setVisible(self._resting_page() is not Page.CHALLENGE)
        self.finish_button.setEnabled(idle)


def _page_for(status: Status) -> Page:
    """What the bar offers by itself."""
    if status.stopped:
        return Page.STOPPED
    if status.shift is None:
        return Page.OPEN
    challenge = status.challenge
    holds = challenge is not None and challenge.state in HOLDS_THE_LINE and not challenge.running
    return Page.CHALLENGE if holds else Page.RUNNING
