# SPDX-License-Identifier: AGPL-3.0-or-later
"""The settings of a station: in force as recorded, waiting in the file, and what each means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from inspector.api.settings_schema import SettingInfo, SettingList, SettingSince, Value
from inspector.config.catalogue import Setting, catalogue
from inspector.config.edit import FILE, flat_settings
from inspector.config.flat import Flat, value_at
from inspector.config.load import load_config
from inspector.errors import ConfigError, EvidenceError
from inspector.store.queries.people import RecordedChange
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.settings import SettingsInForce, in_force


def settings_document(station: Path, *, names: bool) -> SettingList:
    """All settings.

    Args:
        station: Station directory.
        names: Whether the caller may see who has changed them.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record, or the document of the settings, is damaged.
    """
    with AuditReader(station) as reader:
        found = in_force(reader)
    in_file, trouble = _in_file(station)
    values = found.values or in_file
    listed = catalogue({**in_file, **values})
    try:
        settings = tuple(_info(one, values, in_file if in_file else values, found, names) for one in listed)
    except ValueError as error:
        raise EvidenceError("the document of the settings is damaged", "Run `inspector verify`") from error
    waiting = sum(one.waits for one in settings)
    return SettingList(settings=settings, waiting=waiting, trouble=trouble, first_us=found.first_us, names=names)


def _in_file(station: Path) -> tuple[Flat, str]:
    try:
        return flat_settings(load_config(station)), ""
    except ConfigError as error:
        return {}, error.message.replace(str(station / FILE), FILE)


def _info(
    setting: Setting, values: Mapping[str, str], in_file: Mapping[str, str], found: SettingsInForce, names: bool
) -> SettingInfo:
    value, written = _value(setting, values), _value(setting, in_file)
    default = setting.default
    return SettingInfo(
        name=setting.name,
        table=setting.table,
        key=setting.key,
        kind=setting.kind,
        meaning=setting.meaning,
        unit=setting.unit,
        required=setting.required,
        hidden=setting.secret,
        changeable=setting.changeable,
        value=None if setting.secret else value,
        default=None if setting.secret else default,
        in_file=None if setting.secret else written,
        differs=not setting.required and value != default,
        waits=value != written,
        choices=setting.choices,
        low=setting.low,
        high=setting.high,
        topic=setting.topic,
        since=_since(found.since.get(setting.name), names, hidden=setting.secret),
    )


def _value(setting: Setting, values: Mapping[str, str]) -> Value:
    """What stands there; of a list that is empty nothing does."""
    value = value_at(values, setting.name)
    if setting.kind == "list":
        return tuple(value) if isinstance(value, list) else ()
    return value if isinstance(value, bool | int | float | str) else None


def _since(change: RecordedChange | None, names: bool, *, hidden: bool) -> SettingSince | None:
    if change is None:
        return None
    why = "" if hidden else change.why
    return SettingSince(record=change.record, t_us=change.t_us, why=why, by=change.by if names else None)
