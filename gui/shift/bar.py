# SPDX-License-Identifier: AGPL-3.0-or-later
"""Open and close the shift, reset a stop, start a challenge, in place: nothing pops up over the run screen."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QPushButton, QStackedWidget, QVBoxLayout, QWidget

from gui.shift.statement import LINES, SignForm
from gui.text import mark, tr
from gui.text.times import clock_of
from gui.widgets.form import Label, button, field, row, style
from gui.widgets.metrics import Metrics
from gui.widgets.palette import Tone
from inspector.api.command_schema import LONGEST_NOTE, Statement
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
    SIGN = 6


AT_WORK = (Page.RUNNING, Page.CHALLENGE)
"""Who closes a shift goes on with it when a challenge becomes due."""


class ShiftBar(QWidget):
    """One line for what happened last, one with fields and buttons. Who stands there is known to the window."""

    open_wanted = Signal(str)
    """lot."""
    close_wanted = Signal(str, int)
    """note, parts removed by hand."""
    reset_wanted = Signal(str)
    """what was found and done."""
    challenge_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._busy = False
        self._status: Status | None = None
        self._row_height = self._danger_height = self._sign_height = self._gap = 0
        self.tone = Tone.CALM
        self.message = Label()
        self.lot = field(mark("Lot"), LINE_LENGTH)
        self.open_button = button(mark("OPEN SHIFT"), "primary")
        self.summary = Label()
        self.news = Label()
        self.challenge_button = button(mark("CHALLENGE ..."), "plain")
        self.close_button = button(mark("CLOSE SHIFT ..."), "plain")
        self.by_hand = field(mark("Removed by hand: 0"), len(str(MOST_BY_HAND)))
        self.by_hand.setValidator(QIntValidator(0, MOST_BY_HAND, self))
        self.note = field(mark("Note for whoever comes next"), LONGEST_NOTE)
        self.back_button = button(mark("BACK"), "plain")
        self.sign_button = button(mark("SIGN AND CLOSE"), "primary")
        self.finding = field(mark("Found and done"), NOTE_LENGTH)
        self.end_button = button(mark("CLOSE SHIFT ..."), "plain")
        self.reset_button = button(mark("RESET STOP"), "primary")
        self.start_button = button(mark("START CHALLENGE"), "primary")
        self.leave_button = button(mark("BACK"), "plain")
        self.finish_button = button(mark("CLOSE SHIFT ..."), "plain")
        self.sign_form = SignForm()
        self._fields = (
            self.sign_form.secret,
            self.lot,
            self.by_hand,
            self.note,
            self.finding,
        )
        self.recipe = Label()
        self._pages = QStackedWidget()
        waiting = Label(mark("No connection to the station: nothing can be opened or closed now."))
        rows: tuple[list[QWidget | None], ...] = (
            [waiting, None],
            [Label(mark("Lot")), self.lot, self.recipe, None, self.open_button],
            [self.summary, self.news, None, self.challenge_button, self.close_button],
            [self.back_button, self.by_hand, self.note, self.sign_button],
            [self.end_button, self.finding, self.reset_button],
            [self.start_button, None, self.leave_button, self.finish_button],
        )
        for widgets in rows:
            self._pages.addWidget(row(widgets))
        self._pages.addWidget(self.sign_form)
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
        self.tone = tone
        colours = tone.value
        fill = "transparent" if tone is Tone.CALM else colours.fill.name()  # the frame behind is not painted over
        for label in (self.message, self.news):
            label.setText(text)
            label.setStyleSheet(f"background: {fill}; color: {colours.ink.name()};")
        self._place_message()

    def _place_message(self) -> None:
        """While parts run a short one stands in the row of the keys: pictures and verdict keep their room."""
        text = self.message.text()
        keys = (self.challenge_button, self.close_button)
        room = self.width() - sum(key.sizeHint().width() for key in keys if not key.isHidden()) - 6 * self._gap
        within = self.page is Page.RUNNING and self.news.sizeHint().width() <= room
        self.message.setVisible(bool(text) and not within)
        self.news.setVisible(bool(text) and within)
        self.summary.setVisible(not text or not within)

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
            if self.page in (Page.CLOSE, Page.CHALLENGE, Page.SIGN):
                self._show(self._resting_page())
        self._refresh()

    def show_status(self, status: Status) -> None:
        """Take a status: its shift, whether a rule has stopped the line, what the challenges ask for."""
        before, self._status = self._status, status
        shift = status.shift
        if shift is not None:
            self.summary.setText(
                tr(
                    "Shift {shift}   ·   lot {lot}   ·   since {time}   ·   {parts} parts",
                    shift=shift.number,
                    lot=shift.lot,
                    time=clock_of(shift.opened_us),
                    parts=shift.parts,
                )
            )
        self.recipe.setText("" if status.recipe is None else tr("recipe {recipe}", recipe=status.recipe.name))
        page, was = _page_for(status), None if before is None else _page_for(before)
        closing = self.page in (Page.CLOSE, Page.SIGN) and page in AT_WORK and was in AT_WORK
        if self.page is Page.AWAY or (page is not was and not closing):
            self._show(page)
        else:
            self._refresh()

    def take_lot(self, code: str) -> bool:
        """A scanner has read a code: the lot, where one is asked for; False where none is."""
        if self.page is not Page.OPEN or self._busy:
            return False
        self.lot.setText(code)
        return True

    def show_statement(self, statement: Statement) -> None:
        """The belt is empty: this is what is to be signed."""
        self._busy = False
        self.set_message(tr("The belt is empty. You sign this, word for word:"), Tone.ACTION)
        self.sign_form.show_statement(statement)
        self._show(Page.SIGN)

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
        for key in (self.sign_button, self.reset_button):
            key.setFixedHeight(metrics.danger)
        self._gap = metrics.gap
        air = metrics.gap // 2
        self._row_height = touch + air
        self._danger_height = metrics.danger + air
        self._sign_height = self._row_height + round(text * 1.5 * LINES)
        self._fit_page()
        self.message.setFixedHeight(round(text * 2.0))
        self.setStyleSheet(style("ShiftBar", text, metrics.gap))

    def _connect(self) -> None:
        self.open_button.clicked.connect(self._ask_open)
        self.lot.returnPressed.connect(self._ask_open)
        for key in (self.close_button, self.end_button, self.finish_button):
            key.clicked.connect(lambda: self._show(Page.CLOSE))
        for key in (self.back_button, self.leave_button):
            key.clicked.connect(lambda: self._show(self._resting_page()))
        self.challenge_button.clicked.connect(lambda: self._show(Page.CHALLENGE))
        self.start_button.clicked.connect(self._ask_challenge)
        self.reset_button.clicked.connect(self._ask_reset)
        self.finding.returnPressed.connect(self._ask_reset)
        self.note.returnPressed.connect(self._ask_close)
        self.sign_button.clicked.connect(self._ask_close)
        for line in (self.lot, self.finding):
            line.textChanged.connect(self._refresh)

    def _ask_open(self) -> None:
        if self.open_button.isEnabled():
            self.open_wanted.emit(self.lot.text().strip())

    def _ask_close(self) -> None:
        if self.sign_button.isEnabled():
            self.close_wanted.emit(self.note.text().strip(), int(self.by_hand.text() or 0))

    def _ask_reset(self) -> None:
        if self.reset_button.isEnabled():
            self.reset_wanted.emit(self.finding.text().strip())

    def _ask_challenge(self) -> None:
        if self.start_button.isEnabled():
            self.challenge_wanted.emit()

    @property
    def _asks(self) -> bool:
        """Whether the station asks for a secret."""
        return self._status is not None and self._status.access.required

    def _fit_page(self) -> None:
        """What is to be signed takes more room, from the pictures; at once, so that nothing is drawn over the other."""
        if not self._row_height:
            return
        signing = max(self._sign_height, self._row_height + self.sign_form.text_height(self.width()))
        danger = self.page in (Page.CLOSE, Page.STOPPED)
        lines = self._danger_height if danger else self._row_height
        self._pages.setFixedHeight(signing if self.page is Page.SIGN else lines)
        self._place_message()
        for widget in (self, self.parentWidget()):
            layout = None if widget is None else widget.layout()
            if layout is not None:
                layout.activate()

    def _resting_page(self) -> Page:
        return Page.AWAY if self._status is None else _page_for(self._status)

    def _show(self, page: Page) -> None:
        self._pages.setCurrentIndex(page.value)
        if page is Page.OPEN:
            self.lot.setFocus()
        elif page is Page.CLOSE:
            self.note.setFocus()
        elif page is Page.STOPPED:
            self.finding.setFocus()
        elif page is Page.CHALLENGE:
            self.start_button.setFocus()
        elif page is Page.SIGN:
            self.sign_form.secret.setFocus()
        self._fit_page()
        self._refresh()

    def _refresh(self) -> None:
        idle = not self._busy
        self.open_button.setEnabled(idle and bool(self.lot.text().strip()))
        self.sign_button.setEnabled(idle)
        self.sign_button.set_source(mark("WHAT I SIGN ...") if self._asks else mark("SIGN AND CLOSE"))
        self.sign_form.set_idle(idle)
        self.close_button.setEnabled(idle)
        self.back_button.setEnabled(idle)
        self.reset_button.setEnabled(idle and bool(self.finding.text().strip()))
        self.end_button.setEnabled(idle and self._status is not None and self._status.shift is not None)
        challenge = None if self._status is None else self._status.challenge
        self.challenge_button.setVisible(challenge is not None)
        self.challenge_button.setEnabled(idle and challenge is not None and not challenge.running)
        self.start_button.setEnabled(idle)
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
