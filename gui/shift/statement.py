# SPDX-License-Identifier: AGPL-3.0-or-later
"""The second step of the end of a shift: what is signed, word for word, and the password once more."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui.text import mark
from gui.widgets.form import Label, button, row, secret_field
from inspector.api.command_schema import Statement

LINES = 4
"""Lines of text that a statement may take on the narrowest screen."""


class SignForm(QWidget):
    """Shows a statement and asks for the secret of who was shown it."""

    signed = Signal(str, str)
    """statement, secret."""
    refused = Signal()
    """Not to be signed: the shift goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._statement: Statement | None = None
        self._idle = True
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.secret = secret_field()
        self.secret.setVisible(True)
        self.back_button = button(mark("DO NOT SIGN"), "plain")
        self.sign_button = button(mark("SIGN"), "primary")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text)
        layout.addWidget(row([Label(mark("Sign with")), self.secret, self.sign_button, None, self.back_button]))
        self.secret.textChanged.connect(self._refresh)
        self.secret.returnPressed.connect(self._sign)
        self.sign_button.clicked.connect(self._sign)
        self.back_button.clicked.connect(self.refused)
        self._refresh()

    def show_statement(self, statement: Statement) -> None:
        """Take what is to be signed."""
        self._statement = statement
        lines = statement.text.splitlines()[1:]
        self.text.setText("   \u00b7   ".join([*lines, f"SHA-256 {statement.statement}"]))
        self.secret.clear()
        self._refresh()

    def text_height(self, width: int) -> int:
        """Pixels that the whole text takes, with some air."""
        return self.text.heightForWidth(max(1, width)) + self.text.fontMetrics().height()

    def set_idle(self, idle: bool) -> None:
        """Whether a command may be given."""
        self._idle = idle
        self._refresh()

    def _sign(self) -> None:
        if self.sign_button.isEnabled() and self._statement is not None:
            self.signed.emit(self._statement.statement, self.secret.text())
            self.secret.clear()

    def _refresh(self) -> None:
        self.sign_button.setEnabled(self._idle and self._statement is not None and bool(self.secret.text()))
        self.back_button.setEnabled(self._idle)
