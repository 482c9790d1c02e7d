# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words: how they get into the language of who reads them.

English is the source. `tr("...")` gives the words now; `mark("...")` only marks a text that is translated later, by
`tr` or by a widget of `gui.widgets.form`. Both take literals, so that a test finds every text. Translations stand in
`gui/text/de/*.ts`, one file for each package of gui, which Qt Linguist edits; `python -m gui.text.update` adds what is
missing there and removes what nobody uses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QLocale

CONTEXT = "gui"


class Said(str):
    """Words that can be said again, in the language that is shown by then. Putting texts together makes plain ones."""

    __slots__ = ("_again",)

    def __new__(cls, text: str, again: Callable[[], str]) -> Said:
        """The words as they are now, and how they come about."""
        made = super().__new__(cls, text)
        made._again = again
        return made

    def again(self) -> str:
        """The words in the language that is shown now."""
        return self._again()


def again(text: str) -> str:
    """Said again where that is possible, else the text itself."""
    return text.again() if isinstance(text, Said) else text


def tr(source: str, note: str = "", **values: object) -> str:
    """A text in the language that is shown now.

    Args:
        source: The English text, with `{name}` where a value stands.
        note: Tells two texts apart that are the same word in English only.
        values: What stands in the places.
    """
    text = QCoreApplication.translate(CONTEXT, source, note or None)
    return Said(text.format(**values) if values else text, partial(_tr_again, source, note, values))


def _tr_again(source: str, note: str, values: dict[str, object]) -> str:
    now = {name: again(value) if isinstance(value, Said) else value for name, value in values.items()}
    return tr(source, note, **now)


def mark(source: str) -> str:
    """The text itself; it is translated where it is shown."""
    return source


def figure(number: float, digits: int = 1) -> str:
    """A number with the decimal sign of the language that is shown now."""
    return QLocale().toString(round(float(number), digits), "f", digits)
