# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words: how they get into the language of who reads them.

English is the source. `tr("...")` gives the words now; `mark("...")` only marks a text that is translated later, by
`tr` or by a widget of `gui.widgets.form`. Both take literals, so that a test finds every text. Translations stand in
`gui/text/de/*.ts`, one file for each package of gui, which Qt Linguist edits; `python -m gui.text.update` adds what is
missing there and removes what nobody uses.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

CONTEXT = "gui"


def tr(source: str, note: str = "", **values: object) -> str:
    """A text in the language that is shown now.

    Args:
        source: The English text, with `{name}` where a value stands.
        note: Tells two texts apart that are the same word in English only.
        values: What stands in the places.
    """
    text = QCoreApplication.translate(CONTEXT, source, note or None)
    return text.format(**values) if values else text


def mark(source: str) -> str:
    """The text itself; it is translated where it is shown."""
    return source


def figure(number: float, digits: int = 1) -> str:
    """A number with the decimal sign of the language that is shown now."""
    return QLocale().toString(round(float(number), digits), "f", digits)
