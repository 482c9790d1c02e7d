# SPDX-License-Identifier: AGPL-3.0-or-later
"""The history: find a part, see what was recorded, have it judged again, checked and exported."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from gui.history.part_page import PartPage
from gui.history.question import Found, Question, find
from gui.history.results import Results
from gui.history.search import SearchRow
from gui.history.words import job_words
from gui.shell.bridge import Bridge
from gui.shell.person import Command, Person
from gui.shell.screen import Screen
from gui.text import mark, tr
from gui.text.said import said, said_error
from gui.widgets.form import style
from gui.widgets.metrics import Metrics
from gui.widgets.palette import Tone
from inspector.api.history_schema import FoundPart, PartRecord
from inspector.api.job_schema import Job, JobState
from inspector.api.schema import Status
from inspector.errors import InspectorError, RequestInvalid

LOOK_MS = 400
NEEDED = {"replay": "replay", "verify": "verify", "proof": "export", "shift": "export"}
"""Key -> command of docs/access.md."""


class HistoryScreen(Screen):
    """List on the left, part on the right."""

    name = "history"
    word = mark("History")
    symbol = "history"

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self.search = SearchRow()
        self.results = Results()
        self.page = PartPage()
        self.job: Job | None = None
        self._question = Question()
        self._befores: list[int | None] = [None]
        self._found: Found | None = None
        self._asked = 0
        self._waits = False
        self._lay_out()
        self.search.asked.connect(self.look_up)
        self.results.chosen.connect(self.choose)
        self.results.older_wanted.connect(self._older)
        self.results.newer_wanted.connect(self._newer)
        self.page.picture_wanted.connect(self._ask_picture)
        self.page.asked.connect(self._begin)
        person.changed.connect(self._show_keys)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._ask_job)
        self._show_page()
        self._show_keys()

    # What a screen does

    def entered(self) -> None:
        self.search.serial.setFocus()
        self.search.serial.selectAll()
        if self._found is None:
            self.look_up()

    def look_for(self, what: str) -> None:
        self.search.set_lot(what)
        self.look_up()

    def show_status(self, status: Status) -> None:
        self.page.picture.set_simulated(any(camera.simulated for camera in status.cameras))

    def show_away(self, reason: str) -> None:
        self.results.show_words(tr("no connection"))

    def fit(self, metrics: Metrics) -> None:
        gap = metrics.gap
        self._outer.setContentsMargins(gap, gap, gap, gap)
        self._outer.setSpacing(gap)
        self._columns.setSpacing(gap)
        for part in (self.search, self.results, self.page):
            part.fit(metrics)
        narrow = "QPushButton { padding: 0 4px; } QLabel { padding: 0; }"  # the smallest window is narrow
        self.setStyleSheet(style("HistoryScreen", metrics.text, gap) + narrow)

    def retranslate(self) -> None:
        self.page.retranslate()
        self._show_page()
        if self.job is not None:
            self.page.say(*job_words(self.job))

    # Finding

    def look_up(self) -> None:
        """Answer what the row asks."""
        try:
            self._question = self.search.question()
        except RequestInvalid as error:
            self.results.show_words(said_error(error))
            return
        self._befores = [None]
        self._ask_page()

    def _older(self) -> None:
        if self._found is not None and self._found.before is not None:
            self._befores.append(self._found.before)
            self._ask_page()

    def _newer(self) -> None:
        if len(self._befores) > 1:
            self._befores.pop()
            self._ask_page()

    def _ask_page(self) -> None:
        self._asked += 1
        number, question, before, most = self._asked, self._question, self._befores[-1], self.results.room
        self.results.show_words(tr("looking ..."))

        def done(answer: object) -> None:
            if number != self._asked:
                return  # something else was asked meanwhile
            if isinstance(answer, Found):
                self._found = answer
                self._show_page()
                if question.serial and len(answer.parts) == 1:
                    self.choose(answer.parts[0])
            elif isinstance(answer, InspectorError):
                self.results.show_words(said_error(answer))

        self.bridge.ask(lambda client: find(client, question, before, most), done)

    def _show_page(self) -> None:
        found = self._found
        parts = () if found is None else found.parts
        chosen = None if self.page.part is None else self.page.part.seq
        older = found is not None and found.before is not None
        self.results.show_parts(parts, chosen, newer=len(self._befores) > 1, older=older)
        if found is not None:
            page = tr("page {number}", number=len(self._befores))
            self.results.show_words(page if parts else tr("nothing found"))

    # A part

    def choose(self, part: FoundPart) -> None:
        """Show a part."""
        self.job = None
        self._look.stop()
        self.page.show_part(part)
        self._show_page()
        self._show_keys()
        self._ask_picture(part)

        def done(answer: object) -> None:
            if self.page.part is not part:
                return
            if isinstance(answer, PartRecord):
                self.page.show_record(answer)
            elif isinstance(answer, InspectorError):
                self.page.say(said_error(answer), Tone.WARN)
            self._show_keys()

        self.bridge.ask(lambda client: client.part(part.seq), done)

    def _ask_picture(self, part: FoundPart) -> None:
        if part.image is None:
            return

        def done(answer: object) -> None:
            if self.page.part is not None and self.page.part.seq == part.seq:
                self.page.show_picture(answer, said(answer.message) if isinstance(answer, InspectorError) else "")

        self.bridge.ask_image(part, done)

    # What is asked of it

    def _begin(self, what: str) -> None:
        part, job = self.page.part, self.job
        if what == "stop":
            if job is not None:
                number = job.id
                self._ask(lambda client, _who: client.stop_job(number))
            return
        if part is None:
            return
        seq, shift, serial = part.seq, part.shift, part.serial
        commands: dict[str, Command] = {
            "replay": lambda client, _who: client.replay(seq),
            "verify": lambda client, _who: client.verify(shift),
            "proof": lambda client, _who: client.export(serial=serial),
            "shift": lambda client, _who: client.export(shift=shift),
        }
        self.job = None
        self.page.say(tr("Asking the station ..."), Tone.CALM)
        self._ask(commands[what])

    def _ask(self, command: Command) -> None:
        part = self.page.part
        self._waits = True
        self._show_keys()

        def done(answer: object) -> None:
            self._waits = False
            if self.page.part is part:
                self._on_job(answer)
            self._show_keys()

        self.person.ask(command, done)

    def _ask_job(self) -> None:
        job = self.job
        if job is None:
            self._look.stop()
            return

        def done(answer: object) -> None:
            if self.job is not None and self.job.id == job.id and self.job.state is JobState.RUNNING:
                self._on_job(answer)

        self.bridge.ask(lambda client: client.job(job.id), done)

    def _on_job(self, answer: object) -> None:
        if isinstance(answer, Job):
            self.job = answer
            self.page.say(*job_words(answer))
            if answer.state is JobState.RUNNING:
                self._look.start()
            else:
                self._look.stop()
        elif isinstance(answer, InspectorError):
            self._look.stop()
            self.job = None
            self.page.say(said_error(answer), Tone.WARN)
        self._show_keys()

    def _show_keys(self) -> None:
        """A key works when there is a part, and who stands here may; who is not known is asked to log in."""
        runs = self.job is not None and self.job.state is JobState.RUNNING
        part = self.page.part
        for name, command in NEEDED.items():
            free = part is not None and self.page.record is not None and not runs and not self._waits
            has = name != "proof" or (part is not None and part.serial is not None)
            self.page.keys[name].setEnabled(free and has and (not self.person.known or self.person.may(command)))
        self.page.keys["stop"].setEnabled(runs and not self._waits)
        self.page.record_key.setEnabled(self.page.record is not None)
        self.page.camera_key.setEnabled(self.page.record is not None)

    def _lay_out(self) -> None:
        self._outer = QVBoxLayout(self)
        self._outer.addWidget(self.search)
        self._columns = QHBoxLayout()
        self._columns.addWidget(self.results, 5)
        self._columns.addWidget(self.page, 7)
        self._outer.addLayout(self._columns, 1)
