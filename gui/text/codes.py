# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words for codes of the station: they have no English source here, because the station brings its own English."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

CONTEXT = "reasons"
"""A reason stands under its code, `{details}` for the station's own words; an alarm under `ALARM CODE`, its texts under
`ALARM CODE cause`, `consequence` and `action`; what a setting means under `SETTING NAME`."""


def words_of_code(code: str) -> str | None:
    """The words of a code in the language that is shown now; None where that has none."""
    text = QCoreApplication.translate(CONTEXT, code)
    return None if text == code else text


def alarm_name(code: str) -> str:
    """A short name of an alarm, for lists."""
    return words_of_code(f"ALARM {code}") or code.replace("_", " ").lower()


def alarm_text(code: str, what: str, english: str) -> str:
    """One of the texts of an alarm.

    Args:
        code: Of the alarm.
        what: "cause", "consequence" or "action".
        english: As the station says it.
    """
    return words_of_code(f"ALARM {code} {what}") or english


def setting_meaning(name: str, english: str) -> str:
    """What a setting means.

    Args:
        name: Its topic.
        english: As the station says it.
    """
    return words_of_code(f"SETTING {name}") or english
