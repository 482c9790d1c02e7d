# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screen for quality on a real api process with a scripted station behind it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from gui.quality.screen import QualityScreen
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from inspector.evidence.keys import SigningKey
from inspector.ipc import Message
from tests.api_station import ApiProcess, FakeStation, make_station
from tests.store_station import make_writer
from tests.unit.evidence_samples import FIELDS

WAIT_MS = 30_000
WAITING = {"code": "CHANGE_UNAPPROVED", "message": "1 change waits for quality: recipe", "advice": "Approve it"}
STATEMENT = {
    "statement": "ab" * 32,
    "text": "inspector/statement/v1\nrecipe disc",
    "meaning": "approves",
    "target": "cd" * 32,
}
Setup = tuple[FakeStation, QualityScreen, Person]


@pytest.fixture
def setup(tmp_path: Path, qtbot: QtBot) -> Iterator[Setup]:
    station = FakeStation(make_station(tmp_path))
    writer = make_writer(tmp_path, SigningKey.generate())
    scope = {"lot": "L-7", "serial": None, "from_us": None, "to_us": None, "defect": "dent"}
    writer.append("hold", {**FIELDS["hold"], "name": "complaint 4711", "scope": scope}).result(10)
    may = ["announce", "change-statement", "change-approve", "hold", "hold-end"]
    found = {"session": "s1", "user": "eve", "name": "Eve", "role": "qa", "idle_s": 300, "may": may}
    station.answers["login"] = lambda _request: found
    station.answers["logout"] = lambda _request: {"user": "eve"}
    station.change(access={"required": True, "people": [{"user": "eve", "role": "qa"}]}, reasons=[WAITING], ready=False)
    api = ApiProcess(tmp_path)
    api.start()
    bridge = Bridge(tmp_path)
    person = Person(bridge)
    screen = QualityScreen(bridge, person)
    screen.resize(1180, 740)
    screen.show()
    bridge.start()
    qtbot.waitUntil(lambda: screen.status is not None, timeout=WAIT_MS)
    screen.entered()
    qtbot.waitUntil(lambda: bool(screen.holds.holds), timeout=WAIT_MS)
    yield station, screen, person
    screen.left()
    screen.close()
    bridge.close()
    station.close()
    assert api.end() == 0
    writer.close()
    screen.deleteLater()


def log_in(person: Person, qtbot: QtBot) -> None:
    person.log_in("eve", "a sentence for quality", lambda _error: None)
    qtbot.waitUntil(lambda: person.known, timeout=WAIT_MS)


def tap(qtbot: QtBot, key: QPushButton) -> None:
    qtbot.waitUntil(lambda: key.isVisible() and key.isEnabled(), timeout=WAIT_MS)
    qtbot.mouseClick(key, Qt.MouseButton.LeftButton)


def asked(station: FakeStation, command: str) -> list[Message]:
    return [one for one in station.requests if one["command"] == command]


def test_nobody_approves_without_being_there(setup: Setup) -> None:
    _station, screen, _person = setup
    assert "model disc-demo" in screen.judges.text() and "recipe disc" in screen.judges.text()
    assert screen.changes.waiting.text() == "1 change waits for quality: recipe"
    assert not screen.changes.show_key.isEnabled() and not screen.changes.announce_key.isEnabled()
    assert screen.holds.keys[0].text() == "complaint 4711: lot L-7, defect dent"
    assert not screen.holds.hold_name.isEnabled()


def test_changes_are_approved_by_signature(setup: Setup, qtbot: QtBot) -> None:
    station, screen, person = setup
    station.answers["change-statement"] = lambda _request: STATEMENT
    station.answers["change-approve"] = lambda _request: {"seq": 9, "changes": 1}
    log_in(person, qtbot)
    tap(qtbot, screen.changes.show_key)
    form = screen.changes.sign_form
    qtbot.waitUntil(form.isVisible, timeout=WAIT_MS)
    assert "recipe disc" in form.text.text()
    form.secret.setText("a sentence for quality")
    tap(qtbot, form.sign_button)
    qtbot.waitUntil(lambda: "approved" in screen.message.text(), timeout=WAIT_MS)
    (request,) = asked(station, "change-approve")
    assert request["arguments"] == {"statement": "ab" * 32, "secret": "a sentence for quality"}
    assert request["session"] == "s1" and not form.isVisible() and not form.secret.text()


def test_a_change_is_announced_and_a_refusal_keeps_what_was_typed(setup: Setup, qtbot: QtBot) -> None:
    station, screen, person = setup
    station.answers["announce"] = lambda request: {"seq": 12, "what": request["arguments"]["what"]}
    station.errors["announce"] = {"code": "ROLE_REFUSED", "message": "operator may not do this", "advice": ""}
    log_in(person, qtbot)
    tap(qtbot, screen.changes.kinds["threshold"])
    screen.changes.why.setText("wider grey band")
    tap(qtbot, screen.changes.announce_key)
    qtbot.waitUntil(lambda: "operator may not" in screen.message.text(), timeout=WAIT_MS)
    assert screen.changes.why.text() == "wider grey band"
    station.errors.clear()
    tap(qtbot, screen.changes.announce_key)
    qtbot.waitUntil(lambda: screen.message.text().startswith("Recorded"), timeout=WAIT_MS)
    assert asked(station, "announce")[-1]["arguments"] == {"what": "threshold", "why": "wider grey band"}


def test_a_hold_begins_and_ends(setup: Setup, qtbot: QtBot) -> None:
    station, screen, person = setup
    station.answers["hold"] = station.answers["hold-end"] = lambda _request: {"seq": 12}
    log_in(person, qtbot)
    holds = screen.holds
    holds.hold_name.setText("complaint 4712")
    holds.reason.setText("complaint of ACME")
    assert not holds.begin_key.isEnabled(), "it says nothing that it covers"
    holds.serial.setText("SN-000184")
    tap(qtbot, holds.begin_key)
    qtbot.waitUntil(lambda: bool(asked(station, "hold")) and not holds.reason.text(), timeout=WAIT_MS)
    (request,) = asked(station, "hold")
    expected = {"name": "complaint 4712", "scope": {"serial": "SN-000184"}, "reason": "complaint of ACME"}
    assert request["arguments"] == expected
    tap(qtbot, holds.keys[0])
    holds.reason.setText("settled")
    tap(qtbot, holds.end_key)
    qtbot.waitUntil(lambda: bool(asked(station, "hold-end")), timeout=WAIT_MS)
    assert asked(station, "hold-end")[0]["arguments"] == {"name": "complaint 4711", "reason": "settled"}
