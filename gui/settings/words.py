# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is said of settings, in words."""

from __future__ import annotations

from collections.abc import Sequence

from gui.models.words import moment
from gui.shell.person import Person
from gui.text import tr
from gui.text.codes import setting_meaning
from gui.widgets.pairs import Pair
from inspector.api.schema import Status
from inspector.api.settings_schema import SettingInfo, SettingList, Value

LONGEST = 26
"""Characters on a key."""
NOTHING = "-"
CHANGES = "setting-set"
"""Command of the table of roles."""


def value_words(value: Value) -> str:
    """A value as people say it."""
    if isinstance(value, bool):
        return tr("on") if value else tr("off")
    if isinstance(value, tuple):
        return ", ".join(value_words(one) for one in value) or NOTHING
    return NOTHING if value is None or value == "" else str(value)


def with_unit(value: Value, unit: str) -> str:
    """A value with its unit."""
    words = value_words(value)
    return f"{words} {unit}" if unit and words != NOTHING else words


def title(setting: SettingInfo) -> str:
    """A setting on its key: what differs from the default has a dot, what waits an arrow."""
    marks = ("• " if setting.differs else "") + ("→ " if setting.waits else "")
    value = "" if setting.hidden else f" = {value_words(setting.value)}"
    return _cut(f"{marks}{setting.key}{value}")


def table_words(table: str, settings: Sequence[SettingInfo]) -> str:
    """A table of the file on its key."""
    name = table or tr("top")
    return _cut(f"{'→ ' if any(one.waits for one in settings) else ''}{name}")


def meaning(setting: SettingInfo) -> str:
    """What it means, in the language of the reader."""
    return setting_meaning(setting.topic, setting.meaning)


def fits(setting: SettingInfo, sought: str) -> bool:
    """Whether it is what somebody looks for: by its name or by what it means."""
    return all(word in f"{setting.name} {meaning(setting)}".lower() for word in sought.lower().split())


def setting_pairs(setting: SettingInfo, found: SettingList) -> list[Pair]:
    """Everything about one setting but what it means."""
    hidden = tr("not shown")
    default = tr("none: it has to be given") if setting.required else with_unit(setting.default, setting.unit)
    pairs: list[Pair] = [
        (tr("in force"), hidden if setting.hidden else with_unit(setting.value, setting.unit), False),
        (tr("default"), hidden if setting.hidden else default, False),
    ]
    if setting.waits:
        waiting = hidden if setting.hidden else with_unit(setting.in_file, setting.unit)
        pairs.append((tr("from the next start on"), waiting, True))
    if allowed := limits_words(setting):
        pairs.append((tr("allowed"), allowed, False))
    return [*pairs, *_since_pairs(setting, found)]


def limits_words(setting: SettingInfo) -> str:
    """What may be chosen or typed; empty where nothing is said."""
    if setting.choices:
        return ", ".join(setting.choices)
    low, high = (None if one is None else f"{one:g}" for one in (setting.low, setting.high))
    if low is not None and high is not None:
        return tr("{low} to {high}", low=low, high=high)
    return "" if low is None else tr("at least {low}", low=low)


def why_not(setting: SettingInfo, person: Person, status: Status | None) -> str:
    """Why it cannot be changed here and now; empty if it can."""
    if not setting.changeable:
        return tr("It is changed in station.toml, on the station's computer.")
    if not person.required:
        return tr("Settings are changed by an admin: this station has no users yet.")
    if not person.may(CHANGES):
        return tr("An admin changes it: log in.")
    if status is None:
        return tr("no connection")
    return tr("It is changed between two shifts.") if status.shift is not None else ""


def waiting_words(found: SettingList) -> str:
    """What waits for a restart; empty when nothing does."""
    if found.trouble:
        return tr("The file of the settings cannot be read: {words}", words=found.trouble)
    if not found.waiting:
        return ""
    return tr("{count} changes wait for a restart of the station. No shift opens before.", count=found.waiting)


def _since_pairs(setting: SettingInfo, found: SettingList) -> list[Pair]:
    since = setting.since
    if since is None:
        first = NOTHING if found.first_us is None else moment(found.first_us)
        return [(tr("since"), tr("the first start, {time}", time=first), False)]
    said = f"{since.by}: {since.why}" if since.by else since.why
    place = f"{moment(since.t_us)} ({tr('record')} {since.record})"
    return [(tr("since"), place, False), (tr("why"), said or NOTHING, False)]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
