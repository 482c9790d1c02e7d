# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the station says, in the language of who reads it: by its code, with the station's own words as details."""

from __future__ import annotations

from gui.text.languages import translated
from gui.text.said import said, said_trouble
from inspector.api.schema import Problem

CONTEXT = "reasons"


def reason_line(problem: Problem) -> str:
    """Like "camera cam1 not answering - check the cable"; English where a language has nothing for this code."""
    text = translated(CONTEXT, problem.code)
    if text is not None:
        return text.format(details=said(problem.message))
    words = said_trouble(problem)
    return f"{words} - {said(problem.advice)}" if problem.advice else words
