# SPDX-License-Identifier: AGPL-3.0-or-later
"""The people of the station: the first admin, whoever she adds, what she changes, and a stranger at the screen."""

from __future__ import annotations

from gui.users.screen import UsersScreen
from tests.day.place import ADMIN, AUDITOR, BADGE, LEAD, MAINTENANCE, OPERATOR, PASSWORD, PIN, QUALITY, Day

LOCKED_AFTER = 5
GUEST = "tom"


def add_the_first_admin(day: Day) -> None:
    """Who sets up the station adds herself; nobody else can be the first."""
    screen = day.screen(UsersScreen)
    day.wait(lambda: "no users yet" in screen.message.text())
    _fill(day, screen, ADMIN, "first admin")
    day.hands.tap(screen.add_key)  # as an operator, which the first one cannot be
    day.wait(lambda: "the first user has to be an admin" in screen.message.text())
    day.hands.tap(screen.roles["admin"])
    day.hands.tap(screen.add_key)
    day.wait(lambda: day.window.person.required and not screen.secret.text())
    day.wait(lambda: screen.message.text().startswith("Log in as admin"))
    assert not screen.add_key.isEnabled(), "nobody is logged in"
    day.log_in(ADMIN)
    day.wait(lambda: screen.people.keys[0].text().startswith(ADMIN))
    (record,) = day.records("user-change")
    assert record["action"] == "added"


def add_the_others(day: Day) -> None:
    """One of each role that the day needs; the operator has a badge and a PIN."""
    screen = day.screen(UsersScreen)
    for count, (user, role) in enumerate(
        ((LEAD, "team-lead"), (QUALITY, "qa"), (MAINTENANCE, "maintenance"), (AUDITOR, "auditor")), 2
    ):
        day.hands.tap(screen.roles[role])  # type: ignore[index]
        _fill(day, screen, user, "early shift")
        day.hands.tap(screen.add_key)
        day.wait(lambda count=count: len(day.records("user-change")) == count and not screen.secret.text())
    day.hands.tap(screen.roles["operator"])
    day.hands.write(screen.staff_id, OPERATOR)
    day.hands.write(screen.printed, "Ada L.")
    day.hands.write(screen.secret, PASSWORD)
    day.hands.write(screen.badge, BADGE)
    day.hands.write_with_fingers(screen.pin, PIN)
    day.hands.write(screen.why, "early shift")
    day.hands.tap(screen.add_key)
    day.wait(lambda: f"{OPERATOR} (Ada L.) · operator · badge" in _shown(screen))
    day.picture("users")


def change_somebody(day: Day) -> None:
    """Password, role, account and name of a guest: each asks why, and each is a record."""
    screen = day.screen(UsersScreen)
    before = len(day.records("user-change"))
    _fill(day, screen, GUEST, "helps out")
    day.hands.write(screen.secret, "short")
    day.hands.tap(screen.add_key)
    day.wait(lambda: screen.message.text().startswith("Refused"))
    assert screen.staff_id.text() == GUEST, "a refusal keeps what was typed"
    day.hands.write(screen.secret, PASSWORD)
    day.hands.tap(screen.add_key)
    day.wait(lambda: GUEST in {user.user for user in screen._users})
    while not any(text.startswith(GUEST) for text in _shown(screen)):
        day.hands.tap(screen.people.later)
    key = next(key for key in screen.people.keys if key.isVisible() and key.text().startswith(GUEST))
    day.hands.tap(key)
    assert not screen.disable_key.isEnabled(), "it asks why"
    day.hands.tap(screen.roles["team-lead"])
    day.hands.write(screen.why, "leads the late shift")
    day.hands.tap(screen.role_key)
    day.wait(lambda: f"{GUEST} · team lead" in _shown(screen))
    day.hands.write(screen.why, "on leave")
    day.hands.tap(screen.disable_key)
    day.wait(lambda: screen.disable_key.text() == "ENABLE")
    day.hands.write(screen.why, "has left")
    day.hands.tap(screen.erase_key)
    assert screen.erase_key.text() == "ERASE FOR EVER?", "only the second touch erases"
    day.hands.tap(screen.erase_key)
    day.wait(lambda: not any(name.startswith(GUEST) for name in _shown(screen)))
    actions = [record["action"] for record in day.records("user-change")]
    assert actions[before:] == ["added", "role", "disabled", "erased"]
    day.log_out()
    day.wait(lambda: _shown(screen) == [])
    assert not screen.why.isEnabled(), "who is not there any more changes nothing"


def try_passwords(day: Day) -> None:
    """Somebody tries the passwords of another until the account is locked."""
    day.log_out()
    bar = day.window.log_in
    day.hands.tap(day.window.person_key)
    day.hands.write(bar.who, MAINTENANCE)
    for _ in range(LOCKED_AFTER):
        day.hands.write(bar.secret, "a guess")
        day.hands.tap(bar.enter_key)
        day.wait(lambda: bar.words.text().startswith("Not logged in") and not day.window.person.busy)
    assert bar.who.text() == MAINTENANCE
    day.hands.tap(bar.back_key)
    tried = [record["result"] for record in day.records("login")][-LOCKED_AFTER:]
    assert "ok" not in tried


def _fill(day: Day, screen: UsersScreen, user: str, why: str) -> None:
    day.hands.write(screen.staff_id, user)
    day.hands.write(screen.secret, PASSWORD)
    day.hands.write(screen.why, why)


def _shown(screen: UsersScreen) -> list[str]:
    return [key.text() for key in screen.people.keys if key.isVisible()]
