# SPDX-License-Identifier: AGPL-3.0-or-later
"""Log in and out in place, below the screen: nothing pops up, and the display goes on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.shell.person import Person
from gui.text import mark, tr
from gui.text.reasons import reason_line
from gui.widgets.form import Label, button, field, row, secret_field, style
from gui.widgets.metrics import Metrics
from inspector.api.schema import Problem
from inspector.errors import InspectorError

LINE_LENGTH = 64
ROLES = {
    "operator": mark("operator"),
    "team-lead": mark("team lead"),
    "qa": mark("quality"),
    "maintenance": mark("maintenance"),
    "admin": mark("admin"),
    "auditor": mark("auditor"),
}


class LogInBar(QWidget):
    """Who you are and your password or PIN; or who is there, and the key to go.

    Args:
        person: Who is logged in.
    """

    finished = Signal()
    """Nothing more to do here."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._person = person
        self._refusal: InspectorError | None = None
        self._was_locked = False
        self.words = Label()
        self.who = field(mark("Staff number"), LINE_LENGTH)
        self.secret = secret_field()
        self.enter_key = button(mark("LOG IN"), "primary")
        self.leave_key = button(mark("LOG OUT"), "primary")
        self.back_key = button(mark("BACK"), "plain")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.words)
        keys = [self.enter_key, self.leave_key, self.back_key]
        layout.addWidget(row([self.who, self.secret, *keys]))
        self.who.textChanged.connect(self._refresh)
        self.secret.textChanged.connect(self._refresh)
        self.who.returnPressed.connect(self._next)
        self.secret.returnPressed.connect(self._enter)
        self.enter_key.clicked.connect(self._enter)
        self.leave_key.clicked.connect(self._leave)
        self.back_key.clicked.connect(self.finished)
        person.changed.connect(self._refresh)
        person.locked.connect(self._on_locked)
        self._refresh()

    def begin(self) -> None:
        """It comes to the front: the fields are empty."""
        self.who.clear()
        self.secret.clear()
        self._refusal = None
        self._refresh()
        if not self._person.known:
            self.who.setFocus()

    def take_scan(self, code: str) -> None:
        """The number of a badge was read."""
        self.who.setText(code)
        self._next()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        for widget in (self.who, self.secret, self.enter_key, self.leave_key, self.back_key):
            widget.setFixedHeight(metrics.touch)
        self.words.setFixedHeight(round(metrics.text * 2.0))
        self.setStyleSheet(style("LogInBar", metrics.text, metrics.gap))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._refresh()
        super().changeEvent(event)

    def _next(self) -> None:
        if self._person.required:
            self.secret.setFocus()
        else:
            self._enter()

    def _enter(self) -> None:
        if self.enter_key.isEnabled() and not self._person.known:
            secret = self.secret.text()
            self.secret.clear()
            self._was_locked = False
            self._person.log_in(self.who.text().strip(), secret, self._on_answer)

    def _leave(self) -> None:
        self._person.log_out()
        self.finished.emit()

    def _on_answer(self, refusal: InspectorError | None) -> None:
        self._refusal = refusal
        if refusal is None:
            self.who.clear()
            self.finished.emit()
        else:
            self.secret.setFocus()
        self._refresh()

    def _on_locked(self) -> None:
        self._was_locked = True
        self._refresh()

    def _refresh(self) -> None:
        person = self._person
        known, idle = person.known, not person.busy
        for widget in (self.who, self.enter_key):
            widget.setVisible(not known)
        self.secret.setVisible(not known and person.required)
        self.leave_key.setVisible(known)
        self.leave_key.setEnabled(idle)
        self.who.set_hint(mark("Staff number or badge") if person.required else mark("Staff number"))
        named = bool(self.who.text().strip()) and (not person.required or bool(self.secret.text()))
        self.enter_key.setEnabled(idle and named)
        self.words.setText(self._words())

    def _words(self) -> str:
        person = self._person
        if person.known:
            role = tr(ROLES.get(person.role, person.role))
            who = f"{person.name} ({role})" if role else person.name
            return tr("{who} is logged in. Controls lock by themselves when nobody touches them.", who=who)
        if self._refusal is not None:
            refusal = self._refusal
            problem = Problem(code=refusal.code, message=refusal.message, advice=refusal.advice)
            return tr("Not logged in: {reason}", reason=reason_line(problem))
        if person.busy:
            return tr("Logging in ...")
        if self._was_locked:
            return tr("Locked: nobody was here, or the session has ended. The display goes on.")
        if person.required:
            return tr("Read your badge or type your staff number, then PIN or password.")
        return tr("Type your staff number once: it goes with everything you do until you log out.")
