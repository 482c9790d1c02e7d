# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words for codes of the station: they have no English source here, because the station brings its own English."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

ALARMS = "alarms"
"""Context of alarms: `CODE` is a short name, `CODE cause`, `CODE consequence` and `CODE action` are the texts."""
REASONS = "reasons"
"""Context of reasons and warnings: `{details}` stands for the station's own words."""


def words_of_code(context: str, code: str) -> str | None:
    """The words of a code in the language that is shown now; None where that has none."""
    text = QCoreApplication.translate(context, code)
    return None if text == code else text


def alarm_name(code: str) -> str:
    """A short name of an alarm, for lists."""
    return words_of_code(ALARMS, code) or code.replace("_", " ").lower()
