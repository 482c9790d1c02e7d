# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changes: announced before they are made, and approved by somebody else, who signs what is shown."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.shell.person import Person
from gui.shift.statement import SignForm
from gui.text import mark, tr
from gui.text.said import said, said_error
from gui.widgets.form import button, field
from gui.widgets.metrics import Metrics
from inspector.api.answers import command
from inspector.api.command_schema import Statement
from inspector.api.people_schema import Announced, Announcement, ChangeKind, ChangesApproval, ChangesApproved
from inspector.api.schema import Status
from inspector.errors import InspectorError

KINDS: tuple[ChangeKind, ...] = ("recipe", "threshold", "model", "setting", "program")
KINDS_IN_ROW = 3
LONGEST_WHY = 200
WAITS = "CHANGE_UNAPPROVED"
ANNOUNCE, SHOW = "announce", "change-statement"
"""Commands of the table of roles."""


class Changes(QWidget):
    """Both steps, one below the other."""

    said = Signal(object, bool)
    """What became of it, and whether it went well."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self._person = person
        self._status: Status | None = None
        self._kind: ChangeKind = "recipe"
        self.title = QLabel()
        self.waiting = QLabel()
        self.waiting.setTextFormat(Qt.TextFormat.PlainText)
        self.waiting.setWordWrap(True)
        self.show_key = button(mark("WHAT I APPROVE ..."), "primary")
        self.sign_form = SignForm()
        self.sign_form.setVisible(False)
        self.announced = QLabel()
        self.announced.setWordWrap(True)
        self.kinds: dict[ChangeKind, QPushButton] = {kind: button("", "plain") for kind in KINDS}
        self.why = field(mark("Why, for the record"), LONGEST_WHY)
        self.announce_key = button(mark("ANNOUNCE"), "primary")
        self._lay_out()
        self._connect()
        self.retranslate()

    def retranslate(self) -> None:
        """The language has changed."""
        for kind, key in self.kinds.items():
            key.setText(kind_word(kind))
        self.title.setText(tr("CHANGES"))
        self.announced.setText(tr("Before you change something: what, and why? The next start names you with it."))
        self.refresh()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        for layout in (self._layout, self._row, self._last):
            layout.setSpacing(metrics.gap)
        for widget in (self.show_key, self.announce_key, self.why, *self.kinds.values()):
            widget.setFixedHeight(metrics.touch)
        for widget in (self.sign_form.secret, self.sign_form.sign_button, self.sign_form.back_button):
            widget.setFixedHeight(metrics.touch)

    def show_status(self, status: Status | None) -> None:
        """Whether changes wait; None: nobody knows."""
        self._status = status
        self.refresh()

    def forget(self) -> None:
        """Nobody stands here any more."""
        self.why.clear()
        self.sign_form.setVisible(False)
        self.refresh()

    @property
    def wait(self) -> bool:
        """Whether changes wait for approval."""
        return self._status is not None and any(reason.code == WAITS for reason in self._status.reasons)

    def refresh(self) -> None:
        """What can be done now."""
        person, signing = self._person, not self.sign_form.isHidden()
        idle = not person.busy
        self.sign_form.set_idle(idle)
        if self.wait and self._status is not None:
            words = "; ".join(said(reason.message) for reason in self._status.reasons if reason.code == WAITS)
            self.waiting.setText(words)
        else:
            self.waiting.setText(tr("No change waits for approval."))
            self.sign_form.setVisible(False)
        self.show_key.setVisible(self.wait and not signing)
        self.show_key.setEnabled(idle and person.required and person.may(SHOW))
        may = idle and person.may(ANNOUNCE)
        for kind, key in self.kinds.items():
            key.setChecked(kind == self._kind)
            key.setEnabled(may)
        self.why.setEnabled(may)
        self.announce_key.setEnabled(may and bool(self.why.text().strip()))

    def _lay_out(self) -> None:
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.title, self.waiting, self.show_key, self.sign_form):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self.announced)
        row = self._row = QGridLayout()
        for number, key in enumerate(self.kinds.values()):
            key.setCheckable(True)
            row.addWidget(key, number // KINDS_IN_ROW, number % KINDS_IN_ROW)
        layout.addLayout(row)
        last = self._last = QHBoxLayout()
        last.addWidget(self.why, 3)
        last.addWidget(self.announce_key, 1)
        layout.addLayout(last)

    def _connect(self) -> None:
        for kind, key in self.kinds.items():
            key.clicked.connect(lambda _checked=False, chosen=kind: self._take_kind(chosen))
        self.why.textChanged.connect(self.refresh)
        self.announce_key.clicked.connect(self._announce)
        self.show_key.clicked.connect(self._ask_statement)
        self.sign_form.signed.connect(self._approve)
        self.sign_form.refused.connect(self.forget)

    def _take_kind(self, kind: ChangeKind) -> None:
        self._kind = kind
        self.refresh()

    def _announce(self) -> None:
        what, why = self._kind, self.why.text().strip()
        self._person.ask(
            lambda client, staff: client.announce(command(Announcement, what=what, why=why, operator=staff)),
            self._on_answer,
        )

    def _ask_statement(self) -> None:
        self._person.ask(lambda client, _staff: client.changes_statement(), self._on_answer)

    def _approve(self, statement: str, secret: str) -> None:
        self._person.ask(
            lambda client, _staff: client.approve_changes(command(ChangesApproval, statement=statement, secret=secret)),
            self._on_answer,
        )

    def _on_answer(self, answer: object) -> None:
        if isinstance(answer, Statement):
            self.sign_form.show_statement(answer)
            self.sign_form.setVisible(True)
            self.said.emit(tr("You sign this, word for word:"), True)
        elif isinstance(answer, ChangesApproved):
            self.sign_form.setVisible(False)
            self.said.emit(tr("{count} changes are approved, and recorded.", count=answer.changes), True)
        elif isinstance(answer, Announced):
            self.why.clear()
            self.said.emit(tr("Recorded. Make the change now; the next start names you with it."), True)
        elif isinstance(answer, InspectorError):
            self.said.emit(tr("Refused: {words}", words=said_error(answer)), False)
        self.refresh()


def kind_word(kind: str) -> str:
    """What is changed, in the language of the reader."""
    words = {
        "recipe": tr("recipe"),
        "threshold": tr("threshold"),
        "model": tr("model"),
        "setting": tr("setting"),
        "program": tr("program"),
    }
    return words.get(kind, kind)
