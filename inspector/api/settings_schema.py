# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents of the api about settings. Where secrets lie stands in none of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from inspector.api.schema import Command, Count, Document, Reason

Value = bool | int | float | str | tuple[bool | int | float | str | None, ...] | None


class SettingSince(Document):
    """The change that the setting has its value from: number and time of its record, why, and who."""

    record: int
    t_us: int
    why: str
    by: str | None = None


class SettingInfo(Document):
    """One setting of `station.toml`, under its path; list and tables of a list are numbered from 0.

    `value` is what the station works with, `in_file` what the file says now: where `waits` is true, they differ, and it
    holds from the next start on. Of a `hidden` setting only `differs` and `waits` are told. `changeable`: an admin may
    change it with POST /v1/settings/set. `since` is null where it was never changed. `topic` is the path without
    numbers and names of tables that there are several of, with the kind of such a table where there are kinds
    (`ledger.shared.log.url`).
    """

    name: str
    table: str
    key: str
    kind: Literal["flag", "number", "decimal", "choice", "text", "list", "other"]
    meaning: str
    unit: str
    required: bool
    hidden: bool
    changeable: bool
    value: Value
    default: Value
    in_file: Value
    differs: bool
    waits: bool
    topic: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    since: SettingSince | None = None


class SettingList(Document):
    """All settings, in the order of docs/settings.md.

    `waiting` of them wait for a restart; `trouble` says why the file cannot be read, or is empty. `first_us` is the
    first start of the station, null before it. `names` says whether the caller sees who it was.
    """

    settings: tuple[SettingInfo, ...]
    waiting: Count
    trouble: str
    first_us: int | None
    names: bool


class SettingChange(Command):
    """Body of POST /v1/settings/set: the path of a setting, its new value as somebody types it, and why."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[a-z0-9_.]+$")]
    value: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
    why: Reason


class SettingChanged(Document):
    """The number of the record that announces it, both values as JSON, and how many changes wait for a restart."""

    seq: int
    name: str
    old: str
    new: str
    waiting: Annotated[int, Field(ge=0)]
