# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alarms are said in the language of the reader."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from gui.alarms.words import card_words
from gui.text.catalogue import NAMES
from gui.text.codes import CONTEXT, alarm_name
from gui.text.languages import SOURCE, messages_of, show_language
from inspector.api.schema import AlarmInfo
from inspector.station.alarm_catalogue import BY_NAME, CATALOGUE


@pytest.fixture(autouse=True)
def english(qapp: object) -> Iterator[None]:
    yield
    show_language(SOURCE)


def test_each_alarm_has_name_cause_consequence_and_action_in_every_language() -> None:
    wanted = {f"ALARM {one.code}{text}" for one in CATALOGUE for text in ("", " cause", " consequence", " action")}
    for code in NAMES:
        known = {source for context, source, _ in messages_of(code) if context == CONTEXT}
        assert {source for source in known if source.startswith("ALARM ")} == wanted


def test_a_card_keeps_the_words_of_the_station_beside_those_of_the_reader() -> None:
    air = BY_NAME["AIR_LOW"]
    texts = {"cause": air.cause, "consequence": air.consequence, "action": air.action}
    alarm = AlarmInfo(code=air.code, priority="medium", message="no air at valve 2", since_us=0, **texts)
    assert card_words(alarm).title == "No air at valve 2"
    assert (card_words(alarm).action, alarm_name("AIR_LOW")) == (air.action, "air low")
    show_language("de")
    assert card_words(alarm).title == "Druckluft fehlt (no air at valve 2)"
    assert card_words(alarm).action.startswith("Luftzufuhr")
    new = alarm.model_copy(update={"code": "NEW"})
    assert card_words(new).action == air.action, "one that has no German yet stays as the station says it"
