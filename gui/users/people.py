# SPDX-License-Identifier: AGPL-3.0-or-later
"""The list of users, a page of keys at a time."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.text import mark, tr
from gui.widgets.form import button
from gui.widgets.metrics import Metrics
from inspector.api.people_schema import UserInfo

PAGE = 6
PAGE_LOW, LOW_MM = 4, 240.0
"""Keys in a window that is lower than this."""


class UserKeys(QWidget):
    """Keys with staff id, role and what is unusual; one of them can be chosen."""

    chosen = Signal(str)
    """Staff id."""

    def __init__(self) -> None:
        super().__init__()
        self._users: tuple[UserInfo, ...] = ()
        self._page = 0
        self._most = PAGE
        self._choice = ""
        self.keys = [button("", "plain") for _ in range(PAGE)]
        self.earlier = button(mark("EARLIER"), "plain")
        self.later = button(mark("LATER"), "plain")
        self.place = QLabel()
        self.place.setWordWrap(True)
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for index, key in enumerate(self.keys):
            key.setCheckable(True)
            key.clicked.connect(lambda _checked=False, at=index: self._tap(at))
            layout.addWidget(key)
        layout.addStretch(1)
        pages = self._pages = QHBoxLayout()
        for widget in (self.earlier, self.place, self.later):
            pages.addWidget(widget, 1)
        layout.addLayout(pages)
        self.earlier.clicked.connect(lambda: self._turn(-1))
        self.later.clicked.connect(lambda: self._turn(1))
        self._show()

    def show_users(self, users: Sequence[UserInfo], choice: str) -> None:
        """Take the users, and who of them is chosen; empty: nobody."""
        self._users, self._choice = tuple(users), choice
        self._page = min(self._page, max(0, (len(users) - 1) // self._most))
        self._show()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        for key in (*self.keys, self.earlier, self.later):
            key.setFixedHeight(metrics.touch)
        for layout in (self._layout, self._pages):
            layout.setSpacing(metrics.gap)
        most = PAGE_LOW if metrics.height_mm < LOW_MM else PAGE
        if most != self._most:
            self._most, self._page = most, 0
            self._show()

    def _here(self) -> tuple[UserInfo, ...]:
        return self._users[self._page * self._most : (self._page + 1) * self._most]

    def _tap(self, index: int) -> None:
        self.chosen.emit(self._here()[index].user)

    def _turn(self, by: int) -> None:
        self._page += by
        self._show()

    def _show(self) -> None:
        here = self._here()
        for index, key in enumerate(self.keys):
            there = index < len(here)
            key.setVisible(there)
            if there:
                key.setText(words_of(here[index]))
                key.setChecked(here[index].user == self._choice)
        pages = max(1, -(-len(self._users) // self._most))
        self.place.setText(tr("page {page} of {pages}", page=self._page + 1, pages=pages))
        for widget in (self.earlier, self.later, self.place):
            widget.setVisible(pages > 1)
        self.earlier.setEnabled(self._page > 0)
        self.later.setEnabled(self._page < pages - 1)


def words_of(user: UserInfo) -> str:
    """Staff id, role and what is unusual."""
    odd = [tr("DISABLED")] if user.disabled else []
    odd += [tr("{count} wrong log-ins", count=user.failures)] if user.failures else []
    odd += [tr("badge")] if user.badge else []
    named = f"{user.user} ({user.name})" if user.name else user.user
    return " · ".join([named, role_word(user.role), *odd])


def role_word(role: str) -> str:
    """A role in the language of the reader."""
    words = {
        "operator": tr("operator"),
        "team-lead": tr("team lead"),
        "qa": tr("quality"),
        "maintenance": tr("maintenance"),
        "admin": tr("admin"),
        "auditor": tr("auditor"),
    }
    return words.get(role, role)
