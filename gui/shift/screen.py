# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screen of a shift: its page for the hand-over, filled in by itself, and the way through a challenge."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.screen import Screen
from gui.shell.words import failed_words
from gui.shift.panel import LinesPanel
from gui.shift.statement import SignForm
from gui.shift.wizard import ChallengeWizard
from gui.shift.words import headline, note_words, panels, seal_words
from gui.text import mark, tr
from gui.text.said import said
from gui.widgets.form import Label, button, row, style
from gui.widgets.metrics import Metrics
from gui.widgets.palette import Tone
from inspector.api.command_schema import ChallengeStarted, Statement
from inspector.api.schema import Status
from inspector.api.shift_schema import Handover, TakenOver
from inspector.errors import InspectorError

ASK_EVERY_MS = 5_000
TAKE_OVER = "take-over"
"""Command of the table of roles."""
COLUMNS = 2
PANELS = 8
HOLDS_THE_LINE = ("required", "overdue", "failed")


class ShiftScreen(Screen):
    """Asks for the page while it is in front; challenges are in the status."""

    name = "shift"
    word = mark("Shift")
    symbol = "shift"
    often = True

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self._number = 0
        self._newest = 0
        self._page: Handover | None = None
        self._trouble = ""
        self.headline = Label()
        self.seal = Label()
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.message = Label()
        self.panels = [LinesPanel() for _ in range(PANELS)]
        self.wizard = ChallengeWizard()
        self.page_key = button(mark("HAND-OVER"), "plain")
        self.challenge_key = button(mark("CHALLENGE"), "plain")
        self.earlier_key = button(mark("EARLIER SHIFT"), "plain")
        self.later_key = button(mark("LATER SHIFT"), "plain")
        self.take_key = button(mark("I TAKE OVER ..."), "primary")
        self.sign_form = SignForm()
        self.sign_form.setVisible(False)
        self._lay_out()
        self._every = QTimer(self)
        self._every.setInterval(ASK_EVERY_MS)
        self._every.timeout.connect(self._ask)
        person.changed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        for key in (self.page_key, self.challenge_key):
            key.setCheckable(True)
            key.setAutoExclusive(True)
        self.page_key.setChecked(True)
        page = QWidget()
        self._grid = QGridLayout(page)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for number, panel in enumerate(self.panels):
            self._grid.addWidget(panel, number // COLUMNS, number % COLUMNS)
        self._stack = QStackedWidget()
        self._stack.addWidget(page)
        self._stack.addWidget(self.wizard)
        self._outer = QVBoxLayout(self)
        self._outer.addWidget(
            row([self.page_key, self.challenge_key, self.take_key, None, self.earlier_key, self.later_key])
        )
        for widget in (self.headline, self.seal, self.note, self.message, self.sign_form):
            self._outer.addWidget(widget)
        self._outer.addWidget(self._stack, 1)
        self.page_key.clicked.connect(lambda: self.show_page(challenge=False))
        self.challenge_key.clicked.connect(lambda: self.show_page(challenge=True))
        self.earlier_key.clicked.connect(lambda: self._turn(-1))
        self.later_key.clicked.connect(lambda: self._turn(1))
        self.take_key.clicked.connect(self._take_over)
        self.sign_form.signed.connect(self._sign)
        self.sign_form.refused.connect(self._put_away)
        self.wizard.start_wanted.connect(self._start)
        self.wizard.done.connect(lambda: self.wanted.emit("run"))
        self.message.setVisible(False)

    @property
    def shows_challenge(self) -> bool:
        """Whether the way through a challenge is in front."""
        return self._stack.currentWidget() is self.wizard

    def show_page(self, *, challenge: bool) -> None:
        """The page of the shift, or the way through a challenge."""
        self._stack.setCurrentIndex(1 if challenge else 0)
        self.sign_form.setVisible(False)
        (self.challenge_key if challenge else self.page_key).setChecked(True)
        for widget in (self.headline, self.seal, self.earlier_key, self.later_key):
            widget.setVisible(not challenge)
        self._refresh()

    # What the station says

    def show_status(self, status: Status) -> None:
        """Which shift is the newest, and the challenge."""
        before, self.status = self.status, status
        newest = status.ledger.sealed if status.shift is None else status.shift.number
        if newest != self._newest:
            self._newest = self._number = newest
            self._page = None
            if self._every.isActive():
                self._ask()
        challenge = status.challenge
        self.challenge_key.setVisible(challenge is not None)
        started = challenge is not None and challenge.running
        was = before is not None and before.challenge is not None and before.challenge.running
        if challenge is None and self.shows_challenge:
            self.show_page(challenge=False)
        elif started and not was:
            self.show_page(challenge=True)
        self.noted.emit(_note(status))
        self._refresh()

    def show_away(self, reason: str) -> None:
        """What is shown may be old."""
        self._page = None
        self._refresh()

    def entered(self) -> None:
        """In front: the page is asked for."""
        self._number = self._newest
        status = self.status
        challenge = None if status is None or status.shift is None else status.challenge  # after a shift: its page
        asked = challenge is not None and (challenge.running or challenge.state in HOLDS_THE_LINE)
        self.show_page(challenge=asked)
        self._ask()
        self._every.start()

    def left(self) -> None:
        """Behind another screen."""
        self._every.stop()
        self._put_away()
        self._say("", Tone.CALM)

    def retranslate(self) -> None:
        """Another language."""
        self._refresh()

    def _turn(self, by: int) -> None:
        self._put_away()
        self._number = max(1, min(self._newest, self._number + by))
        self._page = None
        self._ask()
        self._refresh()

    def _ask(self) -> None:
        number = self._number
        if number < 1:
            self._trouble = tr("There was no shift yet.")
            self._refresh()
            return

        def answered(answer: object) -> None:
            if number != self._number:
                return  # another one was asked for since
            if isinstance(answer, Handover):
                self._page, self._trouble = answer, ""
            elif isinstance(answer, InspectorError):
                self._page = None
                self._trouble = tr("The page of the shift cannot be read: {reason}", reason=said(answer.message))
            self._refresh()

        self.bridge.ask(lambda client: client.handover(number), answered)

    def _refresh(self) -> None:
        page = self._page
        if page is None:
            self.headline.setText(self._trouble or tr("The page of the shift is being read ..."))
            self._show_seal("", Tone.CALM)
        else:
            self.headline.setText(headline(page))
            self._show_seal(*seal_words(page))
        note = "" if page is None or self.shows_challenge else note_words(page)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        if not self.person.known:
            self.sign_form.setVisible(False)
        offered = page is not None and page.may_take_over and not self.shows_challenge
        may = not self.person.known or self.person.may(TAKE_OVER)
        self.take_key.setVisible(offered and may and self.sign_form.isHidden())
        self.take_key.setEnabled(not self.person.busy)
        self.sign_form.set_idle(not self.person.busy)
        for panel, words in zip(self.panels, () if page is None else panels(page), strict=False):
            panel.show_words(words)
        self._stack.widget(0).setVisible(page is not None and not self.shows_challenge)
        self.earlier_key.setEnabled(self._number > 1)
        self.later_key.setEnabled(self._number < self._newest)
        status = self.status
        if status is not None and status.challenge is not None:
            may = not self.person.known or self.person.may("challenge-start")
            ready = status.shift is not None and not self.person.busy
            self.wizard.show_challenge(status.challenge, may_start=may and ready)

    def _show_seal(self, text: str, tone: Tone) -> None:
        self.seal.setText(text)
        _colour(self.seal, tone)

    # What people do

    def _start(self) -> None:
        def answered(answer: object) -> None:
            if isinstance(answer, ChallengeStarted):
                self._say("", Tone.CALM)
            elif isinstance(answer, InspectorError):
                self._say(failed_words(tr("starting the challenge"), answer), Tone.WARN)

        self.person.ask(lambda client, staff: client.start_challenge(staff), answered)

    def _take_over(self) -> None:
        """At a station with users: what is signed is shown first."""
        if self.person.required:
            self.person.ask(lambda client, _staff: client.take_over_statement(), self._on_taken)
        else:
            self.person.ask(lambda client, staff: client.take_over(staff), self._on_taken)

    def _sign(self, statement: str, secret: str) -> None:
        self.person.ask(
            lambda client, _staff: client.take_over(statement=statement, secret=secret),
            self._on_taken,
        )

    def _on_taken(self, answer: object) -> None:
        if isinstance(answer, Statement):
            self.sign_form.show_statement(answer)
            self.sign_form.setVisible(True)
            self._say(tr("You sign this, word for word:"), Tone.ACTION)
        elif isinstance(answer, TakenOver):
            self._put_away()
            self._say(tr("You have taken over shift {shift}. It is recorded.", shift=answer.shift), Tone.CALM)
            self._ask()
        elif isinstance(answer, InspectorError):
            self._say(failed_words(tr("taking over"), answer), Tone.WARN)
        self._refresh()

    def _put_away(self) -> None:
        self.sign_form.setVisible(False)
        self._say("", Tone.CALM)
        self._refresh()

    def _say(self, text: str, tone: Tone) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))
        _colour(self.message, tone)

    # Sizes

    def fit(self, metrics: Metrics) -> None:
        """Sizes for the window."""
        gap = metrics.gap
        self._outer.setContentsMargins(gap, gap, gap, gap)
        self._outer.setSpacing(gap)
        self._grid.setSpacing(gap)
        form = self.sign_form
        fields = (form.secret, form.sign_button, form.back_button)
        for key in (self.page_key, self.challenge_key, self.take_key, self.earlier_key, self.later_key, *fields):
            key.setFixedHeight(metrics.touch)
        for label in (self.headline, self.seal, self.message):
            label.setFixedHeight(round(metrics.text * 2.2))
        self.wizard.fit(metrics)
        self.setStyleSheet(style("ShiftPage", metrics.text, gap))


def _note(status: Status) -> str:
    """On the key: a challenge runs or is due."""
    challenge = status.challenge
    if challenge is None:
        return ""
    if challenge.running:
        return f"{challenge.step}/{challenge.steps}"
    return "!" if status.shift is not None and challenge.state not in ("passed", "off") else ""


def _colour(label: Label, tone: Tone) -> None:
    colours = tone.value
    label.setStyleSheet(f"background: {colours.fill.name()}; color: {colours.ink.name()};")
