# SPDX-License-Identifier: AGPL-3.0-or-later
"""An admin at the screen of a real station: the first user, others, what is refused."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.users.screen import UsersScreen
from tests.rig import StationRig

WAIT_MS = 30_000
PASSWORD = "a sentence for the admin"


def tap(qtbot: QtBot, key: QPushButton) -> None:
    qtbot.waitUntil(lambda: key.isVisible() and key.isEnabled(), timeout=WAIT_MS)
    qtbot.mouseClick(key, Qt.MouseButton.LeftButton)


def fill(*fields: tuple[QLineEdit, str]) -> None:
    for line, text in fields:
        assert line.isVisible() and line.isEnabled()
        line.setText(text)


def test_an_admin_sets_up_the_people_of_a_station(tmp_path: Path, qtbot: QtBot) -> None:
    with StationRig(tmp_path / "station", parts=1) as rig, closing(Bridge(rig.directory)) as bridge:
        rig.wait_ready_to_open()
        person = Person(bridge)
        screen = UsersScreen(bridge, person)
        screen.resize(1180, 740)
        screen.show()
        bridge.start()
        qtbot.waitUntil(lambda: screen.status is not None, timeout=WAIT_MS)
        screen.entered()
        assert "no users yet" in screen.message.text()
        fill((screen.staff_id, "kim"), (screen.secret, PASSWORD), (screen.why, "first admin"))
        tap(qtbot, screen.add_key)  # as an operator, which the first one cannot be
        qtbot.waitUntil(lambda: "the first user has to be an admin" in screen.message.text(), timeout=WAIT_MS)
        tap(qtbot, screen.roles["admin"])
        tap(qtbot, screen.add_key)
        # The status and the answer come one after the other, each may be first.
        qtbot.waitUntil(lambda: person.required and not screen.secret.text(), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: screen.message.text().startswith("Log in as admin"), timeout=WAIT_MS)
        assert not screen.add_key.isEnabled()
        person.log_in("kim", PASSWORD, lambda _error: None)
        qtbot.waitUntil(lambda: screen.people.keys[0].text().startswith("kim"), timeout=WAIT_MS)
        # Another one; a password that will not do is refused in words, and nothing is lost.
        tap(qtbot, screen.roles["operator"])
        fill((screen.staff_id, "ada"), (screen.secret, "short"), (screen.why, "early shift"))
        tap(qtbot, screen.add_key)
        qtbot.waitUntil(lambda: screen.message.text().startswith("Refused"), timeout=WAIT_MS)
        assert screen.staff_id.text() == "ada"
        fill((screen.secret, "a sentence at the line"))
        tap(qtbot, screen.add_key)
        qtbot.waitUntil(lambda: screen.people.keys[0].text() == "ada · operator", timeout=WAIT_MS)
        # Role, badge, account; each asks why.
        tap(qtbot, screen.people.keys[0])
        assert not screen.disable_key.isEnabled()
        tap(qtbot, screen.roles["team-lead"])
        fill((screen.why, "leads the early shift"))
        tap(qtbot, screen.role_key)
        qtbot.waitUntil(lambda: screen.people.keys[0].text() == "ada · team lead", timeout=WAIT_MS)
        fill((screen.badge, "B-100244"), (screen.pin, "481516"), (screen.why, "first badge"))
        tap(qtbot, screen.badge_key)
        qtbot.waitUntil(lambda: screen.people.keys[0].text() == "ada · team lead · badge", timeout=WAIT_MS)
        fill((screen.why, "on leave"))
        tap(qtbot, screen.disable_key)
        qtbot.waitUntil(lambda: screen.disable_key.text() == "ENABLE", timeout=WAIT_MS)
        # A name is erased for ever by the second touch only.
        fill((screen.why, "has left"))
        tap(qtbot, screen.erase_key)
        assert screen.erase_key.text() == "ERASE FOR EVER?" and len(rig.records("user-change")) == 5
        tap(qtbot, screen.erase_key)
        qtbot.waitUntil(lambda: screen.people.keys[0].text() == "kim · admin", timeout=WAIT_MS)
        # Who is not there any more sees and changes nothing.
        person.lock()
        qtbot.waitUntil(lambda: not screen.people.keys[0].isVisible(), timeout=WAIT_MS)
        assert not screen.why.isEnabled() and not screen.new_key.isEnabled()
        screen.close()
    actions = [one["action"] for one in rig.records("user-change")]
    assert actions == ["added", "added", "role", "badge", "disabled", "erased"]
    assert rig.verify().exit_code == 0
