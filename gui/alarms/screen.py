# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screen of the alarms: what needs somebody now, the most urgent first, each with what to do."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.alarms.card import AlarmCard
from gui.alarms.shelf_form import ShelfForm
from gui.alarms.words import rate_words
from gui.shell.bridge import Bridge
from gui.shell.person import Command, Person
from gui.shell.screen import Screen
from gui.shell.words import failed_words
from gui.text import mark, tr
from gui.widgets.form import Label, button, row, style
from gui.widgets.metrics import Metrics
from inspector.api.schema import AlarmInfo, Status
from inspector.api.shift_schema import AlarmList
from inspector.errors import InspectorError

ASK_EVERY_MS = 30_000
PER_PAGE = 3
PER_PAGE_LOW, LOW_MM = 2, 240.0
"""Alarms in a window that is lower than this."""
SPARE = 2
"""Stretch of the place below the last card, in cards."""


class AlarmScreen(Screen):
    """Shows what the status tells of alarms; numbers of the week are asked for while it is in front."""

    name = "alarms"
    word = mark("Alarms")
    symbol = "alarms"
    often = True

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self._active: tuple[AlarmInfo, ...] = ()
        self._shelved: tuple[AlarmInfo, ...] = ()
        self._page = 0
        self._per_page = PER_PAGE
        self._shows_shelved = False
        self._found: AlarmList | None = None
        self._known = False
        self.headline = Label()
        self.message = Label()
        self.rate = Label()
        self.cards = [AlarmCard() for _ in range(PER_PAGE)]
        self.form = ShelfForm()
        self.more_key = button(mark("MORE"), "plain")
        self.shelved_key = button(mark("SHELVED"), "plain")
        self.shelved_key.setCheckable(True)
        self._lay_out()
        self._every = QTimer(self)
        self._every.setInterval(ASK_EVERY_MS)
        self._every.timeout.connect(self._ask)
        person.changed.connect(self._show)
        self._show()

    def _lay_out(self) -> None:
        self._outer = QVBoxLayout(self)
        self._top = row([self.headline, None, self.shelved_key, self.more_key])
        self._outer.addWidget(self._top)
        for card in self.cards:
            self._outer.addWidget(card, 1)
            card.acknowledged.connect(self._acknowledge)
            card.shelve_wanted.connect(self._begin_to_shelve)
            card.unshelved.connect(self._unshelve)
        self._outer.addStretch(SPARE)
        for widget in (self.message, self.form, self.rate):
            self._outer.addWidget(widget)
        self.form.given.connect(self._shelve)
        self.form.left.connect(self._leave_form)
        self.more_key.clicked.connect(self._turn)
        self.shelved_key.clicked.connect(self._change_list)
        self.form.setVisible(False)
        self.message.setVisible(False)

    # What the station says

    def show_status(self, status: Status) -> None:
        """Alarms of the status."""
        self._known = True
        alarms = status.alarms
        self.noted.emit(str(len(alarms.active)) if alarms.active else "")
        if (alarms.active, alarms.shelved) != (self._active, self._shelved):
            self._active, self._shelved = alarms.active, alarms.shelved
            if self.form.code and self.form.code not in {one.code for one in self._active}:
                self._leave_form()
            if self._every.isActive():
                self._ask()
        self._show()

    def show_away(self, reason: str) -> None:
        """Nothing is known to stand now."""
        self._known, self._active, self._shelved = False, (), ()
        self.noted.emit("")
        self._leave_form()
        self._show()

    def entered(self) -> None:
        """In front: how many came is asked for."""
        self._ask()
        self._every.start()

    def left(self) -> None:
        """Behind another screen."""
        self._every.stop()
        self._leave_form()
        self.message.setVisible(False)

    def retranslate(self) -> None:
        """Another language."""
        self._show()

    def _ask(self) -> None:
        self.bridge.ask(lambda client: client.alarms(), self._on_numbers)

    def _on_numbers(self, answer: object) -> None:
        self._found = answer if isinstance(answer, AlarmList) else None
        self._show()

    @property
    def _listed(self) -> tuple[AlarmInfo, ...]:
        return self._shelved if self._shows_shelved else self._active

    def _show(self) -> None:
        listed = self._listed
        pages = max(1, -(-len(listed) // self._per_page))
        self._page = min(self._page, pages - 1)
        shown = listed[self._page * self._per_page : (self._page + 1) * self._per_page]
        if self.form.code:  # its words and keys need the room
            shown = tuple(one for one in self._active if one.code == self.form.code)
        for number, card in enumerate(self.cards):
            card.setVisible(number < len(shown))
            if number < len(shown):
                card.show_alarm(shown[number], seen=self._may("alarm-acknowledge"), shelve=self._may("alarm-shelve"))
        self._outer.setStretch(1 + len(self.cards), self._per_page - len(shown))
        self.headline.setText(self._headline())
        self.more_key.setVisible(pages > 1)
        self.shelved_key.setVisible(bool(self._shelved) or self._shows_shelved)
        self.rate.setText("" if self._found is None else rate_words(self._found))

    def _headline(self) -> str:
        if not self._known:
            return tr("No connection: nobody knows which alarms stand.")
        count = len(self._listed)
        if self._shows_shelved:
            return tr("Shelved alarms: {count}. What they are about goes on.", count=count)
        if not count:
            return tr("No alarm: nobody has to do anything now.")
        return tr("Alarms that need somebody now: {count}", count=count)

    def _may(self, command: str) -> bool:
        """Who is not known yet may try: the window asks who it is."""
        return self._known and not self.person.busy and (not self.person.known or self.person.may(command))

    # What people do

    def _turn(self) -> None:
        pages = max(1, -(-len(self._listed) // self._per_page))
        self._page = (self._page + 1) % pages
        self._show()

    def _change_list(self) -> None:
        self._shows_shelved, self._page = self.shelved_key.isChecked(), 0
        self._show()

    def _acknowledge(self, code: str) -> None:
        self._command(lambda client, staff: client.acknowledge_alarm(code, staff), tr("Seen, and recorded."))

    def _begin_to_shelve(self, code: str) -> None:
        self.form.ask(next((one for one in self._active if one.code == code), None))
        self.form.setVisible(True)
        self.message.setVisible(False)
        self._show()

    def _shelve(self, code: str, minutes: int, reason: str) -> None:
        self._command(
            lambda client, staff: client.shelve_alarm(code, minutes, reason, staff),
            tr("Shelved, and recorded. What it is about goes on."),
        )

    def _unshelve(self, code: str) -> None:
        self._command(lambda client, staff: client.unshelve_alarm(code, staff), tr("Shown again, and recorded."))

    def _command(self, command: Command, done: str) -> None:
        self.form.set_idle(False)

        def answered(answer: object) -> None:
            self.form.set_idle(True)
            if isinstance(answer, InspectorError):
                self._say(failed_words(tr("the answer to the alarm"), answer))
            else:
                self._leave_form()
                self._say(done)

        self.person.ask(command, answered)

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(True)

    def _leave_form(self) -> None:
        self.form.ask(None)
        self.form.setVisible(False)
        self._show()

    # Sizes

    def fit(self, metrics: Metrics) -> None:
        """Sizes for the window."""
        gap = metrics.gap
        self._outer.setContentsMargins(gap, gap, gap, gap)
        self._outer.setSpacing(gap)
        for key in (self.more_key, self.shelved_key):
            key.setFixedHeight(metrics.touch)
        widgets: list[QWidget] = [self._top, self.message, self.rate]
        for widget in widgets:
            widget.setMinimumHeight(metrics.touch if widget is self._top else round(metrics.text * 2))
        per_page = PER_PAGE_LOW if metrics.height_mm < LOW_MM else PER_PAGE
        if per_page != self._per_page:
            self._per_page, self._page = per_page, 0
            self._show()
        for card in self.cards:
            card.fit(metrics)
        self.form.fit(metrics)
        self.setStyleSheet(style("ShelfForm", metrics.text, gap))
