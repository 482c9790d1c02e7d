# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screen for users: the list on the left, what is to be changed on the right. Each change is a record."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.screen import Screen
from gui.text import mark, tr
from gui.text.said import said_error
from gui.users.people import UserKeys, role_word, words_of
from gui.widgets.form import SECRET_LENGTH, Lines, button, field, style
from gui.widgets.metrics import Metrics
from gui.widgets.palette import Tone
from inspector.api.answers import command
from inspector.api.client import ApiClient
from inspector.api.people_schema import (
    RoleName,
    UserAdd,
    UserBadge,
    UserChanged,
    UserDisable,
    UserErase,
    UserInfo,
    UserPassword,
    UserRole,
)
from inspector.errors import InspectorError

ROLES: tuple[RoleName, ...] = ("operator", "team-lead", "qa", "maintenance", "admin", "auditor")
LONGEST_ID, LONGEST_NAME, LONGEST_WHY = 64, 100, 200
SEES, CHANGES = "user-list", "user-add"
"""Commands of the table of roles: who may see the users, and who may change them."""


class UsersScreen(Screen):
    """Shows users to admin, quality and auditor; lets an admin change them."""

    name = "users"
    word = mark("Users")
    symbol = "users"
    needs = (SEES,)

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self._users: tuple[UserInfo, ...] = ()
        self._choice = ""
        self._role: RoleName = "operator"
        self._in_front = False
        self._saw = (False, False)
        self._erase_asked = False
        self.message = Lines()
        self.people = UserKeys()
        self.title = QLabel()
        self.staff_id = field(mark("Staff number"), LONGEST_ID)
        self.printed = field(mark("Name, for signatures"), LONGEST_NAME)
        self.roles: dict[RoleName, QPushButton] = {role: button(role_word(role), "plain") for role in ROLES}
        self.secret = _new_secret(mark("New password"))
        self.badge = field(mark("Badge: read it now"), LONGEST_NAME)
        self.pin = _new_secret(mark("New PIN"))
        self.why = field(mark("Why, for the record"), LONGEST_WHY)
        self.new_key = button(mark("NEW USER"), "plain")
        self.add_key = button(mark("ADD"), "primary")
        self.role_key = button(mark("SET ROLE"), "primary")
        self.password_key = button(mark("SET PASSWORD"), "plain")
        self.badge_key = button(mark("SET BADGE"), "plain")
        self.disable_key = button("", "plain")
        self.erase_key = button(mark("ERASE NAME"), "plain")
        self._keys = (self.add_key, self.role_key, self.password_key, self.badge_key, self.disable_key, self.erase_key)
        self._fields = (self.staff_id, self.printed, self.secret, self.badge, self.pin, self.why)
        self._lay_out()
        self._connect()
        self._say(tr("Log in as admin, quality or auditor to see the users."), Tone.CALM)
        self._refresh()

    @property
    def chosen(self) -> UserInfo | None:
        """Who is chosen; None: somebody new is to be added."""
        return next((user for user in self._users if user.user == self._choice), None)

    def entered(self) -> None:
        self._in_front = True
        self._reload()

    def left(self) -> None:
        self._in_front = False
        for line in self._fields:
            line.clear()

    def retranslate(self) -> None:
        for role, key in self.roles.items():
            key.setText(role_word(role))
        self._refresh()

    def fit(self, metrics: Metrics) -> None:
        gap = metrics.gap
        self._outer.setContentsMargins(gap, gap, gap, gap)
        self._outer.setSpacing(gap)
        for layout in (self._columns, self._left, self._grid):
            layout.setSpacing(gap)
        self.people.fit(metrics)
        for widget in (*self._keys, self.new_key, *self.roles.values(), *self._fields):
            widget.setFixedHeight(metrics.touch)
        self.setStyleSheet(style("UsersScreen", metrics.text, gap))

    # Inside

    def _lay_out(self) -> None:
        self._outer = QVBoxLayout(self)
        self._outer.addWidget(self.message)
        columns = self._columns = QHBoxLayout()
        self._outer.addLayout(columns, 1)
        left = self._left = QVBoxLayout()
        left.addWidget(self.new_key)
        left.addWidget(self.people, 1)
        columns.addLayout(left, 2)
        self._grid = QGridLayout()
        rows: tuple[tuple[QWidget, ...], ...] = (
            (self.title,),
            (self.staff_id, self.printed),
            tuple(self.roles[role] for role in ROLES[:3]),
            tuple(self.roles[role] for role in ROLES[3:]),
            (self.secret, self.badge, self.pin),
            (self.why,),
            (self.add_key, self.role_key),
            (self.password_key, self.badge_key),
            (self.disable_key, self.erase_key),
        )
        for line, widgets in enumerate(rows):
            span = 6 // len(widgets)
            for column, widget in enumerate(widgets):
                self._grid.addWidget(widget, line, column * span, 1, span)
        self._grid.setRowStretch(len(rows), 1)
        columns.addLayout(self._grid, 3)

    def _connect(self) -> None:
        self.person.changed.connect(self._on_person)
        self.people.chosen.connect(self._choose)
        self.new_key.clicked.connect(lambda: self._choose(""))
        for role, key in self.roles.items():
            key.setCheckable(True)
            key.clicked.connect(lambda _checked=False, chosen=role: self._take_role(chosen))
        for line in self._fields:
            line.textChanged.connect(self._refresh)
        self.add_key.clicked.connect(self._add)
        self.role_key.clicked.connect(self._set_role)
        self.password_key.clicked.connect(self._set_password)
        self.badge_key.clicked.connect(self._set_badge)
        self.disable_key.clicked.connect(self._disable)
        self.erase_key.clicked.connect(self._erase)

    def _on_person(self) -> None:
        """Somebody who sees more or less is there, or the station has got its first user."""
        sees = (self.person.required, self.person.may(SEES))
        if self._in_front and not self.person.busy and sees != self._saw:
            self._reload()
        self._refresh()

    def _reload(self) -> None:
        self._saw = (self.person.required, self.person.may(SEES))
        if not (self.person.required and self.person.may(SEES)):
            self._users, self._choice = (), ""
            if self.person.required:
                self._say(tr("Log in as admin, quality or auditor to see the users."), Tone.CALM)
            else:
                self._say(tr("This station has no users yet: the first one is an admin. Add yourself."), Tone.ACTION)
            self._refresh()
            return
        self.person.ask(lambda client, _staff: client.users(), self._on_users)

    def _on_users(self, answer: object) -> None:
        if isinstance(answer, tuple):
            self._users = answer
            if self.chosen is None:
                self._choice = ""
            if self.message.text() == tr("Log in as admin, quality or auditor to see the users."):
                self._say("", Tone.CALM)
        elif isinstance(answer, InspectorError):
            self._say(said_error(answer), Tone.WARN)
        self._refresh()

    def _choose(self, user: str) -> None:
        self._choice = user
        self._erase_asked = False
        for line in self._fields:
            line.clear()
        found = self.chosen
        if found is not None:
            self._role = next((role for role in ROLES if role == found.role), "operator")
        self._refresh()

    def _take_role(self, role: RoleName) -> None:
        self._role = role
        self._refresh()

    def _add(self) -> None:
        """The first admin of a station adds itself, and nobody is logged in then."""
        user, role, name = self.staff_id.text().strip(), self._role, self.printed.text().strip()
        password, badge, pin, why = self.secret.text(), *self._badge_and_pin(), self.why.text().strip()

        def ask(client: ApiClient) -> UserChanged:
            body = command(UserAdd, user=user, role=role, name=name, password=password, badge=badge, pin=pin, why=why)
            return client.add_user(body)

        self._ask(ask)

    def _set_role(self) -> None:
        user, role, why = self._choice, self._role, self.why.text().strip()
        self._ask(lambda client: client.set_role(command(UserRole, user=user, role=role, why=why)))

    def _set_password(self) -> None:
        user, password, why = self._choice, self.secret.text(), self.why.text().strip()
        self._ask(lambda client: client.set_password(command(UserPassword, user=user, password=password, why=why)))

    def _set_badge(self) -> None:
        user, (badge, pin), why = self._choice, self._badge_and_pin(), self.why.text().strip()
        self._ask(lambda client: client.set_badge(command(UserBadge, user=user, badge=badge, pin=pin, why=why)))

    def _disable(self) -> None:
        user, found, why = self._choice, self.chosen, self.why.text().strip()
        enable = found is not None and found.disabled
        self._ask(lambda client: client.disable_user(command(UserDisable, user=user, enable=enable, why=why)))

    def _erase(self) -> None:
        """Nothing undoes it: the first touch only asks."""
        if not self._erase_asked:
            self._erase_asked = True
            self._refresh()
            return
        user, why = self._choice, self.why.text().strip()
        self._ask(lambda client: client.erase_name(command(UserErase, user=user, why=why)))

    def _badge_and_pin(self) -> tuple[str, str]:
        return self.badge.text().strip(), self.pin.text()

    def _ask(self, ask: Callable[[ApiClient], UserChanged]) -> None:
        """In the name of who is logged in; nobody can be before there are users."""
        if self.person.required:
            self.person.ask(lambda client, _staff: ask(client), self._on_changed)
        else:
            self.bridge.ask(ask, self._on_changed)

    def _on_changed(self, answer: object) -> None:
        self._erase_asked = False
        if isinstance(answer, UserChanged):
            self._say(tr("Recorded: {user} is changed.", user=answer.user), Tone.CALM)
            for line in self._fields:
                line.clear()
            self._reload()
        elif isinstance(answer, InspectorError):
            self._say(tr("Refused: {words}", words=said_error(answer)), Tone.WARN)
        self._refresh()

    def _say(self, text: str, tone: Tone) -> None:
        colours = tone.value
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self.message.setStyleSheet(f"background: {colours.fill.name()}; color: {colours.ink.name()};")

    def _refresh(self) -> None:
        found = self.chosen
        first = not self.person.required
        may = (first or self.person.may(CHANGES)) and not self.person.busy
        self.people.show_users(self._users, self._choice)
        self.title.setText(tr("New user") if found is None else words_of(found))
        for role, key in self.roles.items():
            key.setChecked(role == self._role)
            key.setEnabled(may)
        for line in self._fields:
            line.setEnabled(may)
        for line in (self.staff_id, self.printed):
            line.setVisible(found is None)
        why = bool(self.why.text().strip())
        for key in self._keys:
            key.setVisible((found is None) == (key is self.add_key))
            key.setEnabled(may and why)
        self.new_key.setEnabled(may)
        typed = _typed(self.secret) and _typed(self.badge) == _typed(self.pin)
        self.add_key.setEnabled(may and why and _typed(self.staff_id) and typed)
        self.role_key.setEnabled(may and why and found is not None and found.role != self._role)
        self.password_key.setEnabled(may and why and _typed(self.secret))
        self.badge_key.setEnabled(may and why and _typed(self.badge) == _typed(self.pin))
        self.badge_key.setText(tr("SET BADGE") if _typed(self.badge) else tr("TAKE BADGE AWAY"))
        self.erase_key.setText(tr("ERASE FOR EVER?") if self._erase_asked else tr("ERASE NAME"))
        self.disable_key.setText(tr("ENABLE") if found is not None and found.disabled else tr("DISABLE"))


def _new_secret(hint: str) -> QLineEdit:
    line = field(hint, SECRET_LENGTH)
    line.setEchoMode(QLineEdit.EchoMode.Password)
    return line


def _typed(line: QLineEdit) -> bool:
    return bool(line.text().strip())
