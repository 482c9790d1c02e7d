# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the station says on a German screen: every code and every sentence has German words."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from gui.text.catalogue import NAMES
from gui.text.languages import SOURCE, messages_of, show_language
from gui.text.said import said, said_error
from gui.text.station_sources import CONTEXT, sentences
from inspector.errors import CountsDiffer, InspectorError, Refused, ShiftError
from inspector.station.alarm_catalogue import BY_NAME

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def german(qapp: QApplication) -> Iterator[None]:
    show_language("de")
    yield
    show_language(SOURCE)


def error_codes() -> set[str]:
    """Of the tree of errors, and those that the api makes up."""
    pending: list[type[InspectorError]] = [InspectorError]
    found = set()
    while pending:
        kind = pending.pop()
        found.add(kind.code)
        pending += kind.__subclasses__()
    for path in (ROOT / "inspector" / "api").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Refused", "Problem"):
                code = (
                    node.args[0] if node.args else next((one.value for one in node.keywords if one.arg == "code"), None)
                )
                if isinstance(code, ast.Constant):
                    found.add(str(code.value))
    return {code for code in found if not code.startswith("TEST_")}


def test_every_code_of_an_error_and_of_an_alarm_has_words_in_every_language() -> None:
    for language in NAMES:
        known = {source for context, source, _ in messages_of(language) if context == "reasons"}
        wanted = {f"ERROR {code}" for code in error_codes()} | {f"ALARM {code}" for code in BY_NAME}
        assert wanted <= known, f"gui/text/{language}/reasons.ts: {sorted(wanted - known)}"


def test_every_sentence_of_the_station_is_found_again_and_translated() -> None:
    """With a value at each place, as the station would say it."""
    for number, source in enumerate(sentences()):
        text = re.sub(r"\{[0-9]\}", lambda place: f"<{place[0][1]}>", source).replace("{{", "{").replace("}}", "}")
        german = messages_of("de")[CONTEXT, source, ""]
        answer = said(text)
        assert answer != text, f"{number}: {source}"
        assert set(re.findall(r"<\d>", answer)) == {f"<{place}>" for place in re.findall(r"\{(\d)\}", german)}, source


def test_the_sources_are_searched_where_people_meet_them() -> None:
    found = sentences()
    assert {
        "there is no shift to take over",
        "shift {0} is open",
        "{0} parts in a row were rejected",
        "the PLC does not answer",
        "Type or scan the staff id",
    } <= set(found)
    assert len(found) == len({text.lower() for text in found})


def test_values_that_are_sentences_themselves_are_translated_too() -> None:
    error = CountsDiffer(
        "the counts differ: the plant's part counter shows 2 parts more than the records; camera cam1 counted 1 part"
        " fewer than the records",
        "Find out why, then close again with a note that explains it",
    )
    assert said_error(error) == (
        "die Zählungen weichen ab: der Teilezähler der Anlage zeigt 2 Teile mehr als die Aufzeichnungen; "
        "Kamera cam1 zählte 1 Teil weniger als die Aufzeichnungen. "
        "Herausfinden, warum, dann mit einer Notiz abschließen, die es erklärt"
    )
    assert said("rejected part 7 was seen in the good lane (last confirmed: part 6)") == (
        "das ausgeworfene Teil 7 wurde in der Gutbahn gesehen (zuletzt bestätigt: Teil 6)"
    )
    assert said("camera top: is being opened") == "camera top: is being opened", "not a sentence of its own"


def test_what_nobody_has_translated_says_of_what_kind_it_is() -> None:
    assert said_error(ShiftError("something new", "Look")) == (
        "der Befehl passt nicht zum jetzigen Zustand (something new). Look"
    )
    assert said_error(Refused("NEW_CODE", "something new", "")) == "something new"


def test_values_are_data_and_nothing_else() -> None:
    assert said("there is no user '{0} {details} <b>'") == "es gibt keinen Benutzer „{0} {details} <b>“"
    assert (said(""), said("-")) == ("", "-")


def test_english_is_what_the_station_says() -> None:
    show_language(SOURCE)
    assert said("shift 3 is open") == "shift 3 is open"
    assert said_error(ShiftError("shift 3 is open", "Close it first")) == "shift 3 is open. Close it first"
