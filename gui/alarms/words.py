# SPDX-License-Identifier: AGPL-3.0-or-later
"""The words of alarms: by their code in the language of the reader, English as the station says them."""

from __future__ import annotations

from dataclasses import dataclass

from gui.text import tr
from gui.text.codes import alarm_name, alarm_text, words_of_code
from gui.text.said import said
from gui.text.times import clock_of
from inspector.api.schema import AlarmInfo
from inspector.api.shift_schema import AlarmList

MOST_FREQUENT = 4


@dataclass(frozen=True)
class CardWords:
    """What stands on the card of an alarm.

    Attributes:
        title: What the station says is wrong.
        cause: What brings it about.
        consequence: What happens if nobody acts.
        action: What to do.
        state: Since when, and what people have done about it.
    """

    title: str
    cause: str
    consequence: str
    action: str
    state: str


def card_words(alarm: AlarmInfo) -> CardWords:
    """The words of one alarm."""
    name = words_of_code(f"ALARM {alarm.code}")
    message = said(alarm.message)
    title = message[:1].upper() + message[1:]
    states = [tr("since {time}", time=clock_of(alarm.since_us))]
    if alarm.first_out:
        states.append(tr("CAME FIRST"))
    if alarm.shelved_until_us is not None:
        words = tr(
            "shelved until {time}: {reason}", time=clock_of(alarm.shelved_until_us), reason=alarm.shelved_because
        )
        states.append(words)
    elif alarm.acknowledged:
        states.append(tr("seen"))
    return CardWords(
        title if name is None else f"{name} ({message})",
        alarm_text(alarm.code, "cause", alarm.cause),
        alarm_text(alarm.code, "consequence", alarm.consequence),
        alarm_text(alarm.code, "action", alarm.action),
        "   \u00b7   ".join(states),
    )


def priority_word(alarm: AlarmInfo) -> str:
    """How soon somebody has to act."""
    return {"high": tr("HIGH"), "medium": tr("MEDIUM"), "low": tr("LOW")}[alarm.priority]


def rate_words(found: AlarmList) -> str:
    """How many came, and which most often."""
    rate = found.rate
    texts = [
        tr("Alarms in the last hour: {count} (people cope with {most})", count=rate.last_hour, most=rate.most_per_hour),
    ]
    if rate.flood:
        texts.append(tr("FLOOD: {count} in ten minutes", count=rate.last_ten_minutes))
    if found.week:
        often = ", ".join(f"{one.count} \u00d7 {alarm_name(one.code)}" for one in found.week[:MOST_FREQUENT])
        texts.append(tr("Seven days: {often}", often=often))
    return "   \u00b7   ".join(texts)
