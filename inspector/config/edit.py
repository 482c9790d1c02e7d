# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changes one value of `station.toml`; comments and order stay as they are."""

from __future__ import annotations

import copy
import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from inspector.config.base import explain
from inspector.config.catalogue import Setting, catalogue
from inspector.config.checks import check_tables
from inspector.config.document import Config
from inspector.config.flat import Flat, flatten
from inspector.durable import write_durable
from inspector.errors import ConfigError, SettingRefused, StoreError

FILE = "station.toml"
LONGEST = 500
WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that was checked and is not written yet.

    Attributes:
        name: The setting.
        old: Its value in the file, or its default where it is not there, as JSON.
        new: Its new value, as JSON.
        data: The whole new file.
        settings: All settings as the new file has them.
    """

    name: str
    old: str
    new: str
    data: bytes
    settings: Flat


def flat_settings(config: Config) -> Flat:
    """All settings, defaults included."""
    return flatten(config.model_dump(mode="json"))


def parse_value(setting: Setting, text: str) -> bool | int | float | str:
    """What somebody has typed, as the type of the setting; whether it is in its limits, the types say later.

    Raises:
        SettingRefused: It is none of this type.
    """
    typed = text.strip()
    if len(text) > LONGEST or not text.isprintable():
        raise SettingRefused(f"{setting.name}: this is not one line of at most {LONGEST} characters", "Shorten it")
    if setting.kind == "flag" and typed.lower() in WORDS:
        return WORDS[typed.lower()]
    if setting.kind == "choice" and typed in setting.choices:
        return typed if not isinstance(setting.default, int) else int(typed)
    if setting.kind == "number" and _NUMBER.fullmatch(typed):
        return int(typed)
    if setting.kind == "decimal" and _DECIMAL.fullmatch(typed) and math.isfinite(float(typed)):
        return float(typed)
    if setting.kind == "text":
        return typed
    expected = {"flag": "true or false", "number": "a whole number", "decimal": "a number such as 2.5"}
    wanted = expected.get(setting.kind, f"one of: {', '.join(setting.choices)}")
    raise SettingRefused(f"{setting.name}: {typed[:40]!r} is not {wanted}", "Type it again")


def prepare(station: Path, name: str, text: str) -> Edit:
    """Check a change against the types that read the file, without writing anything.

    Args:
        station: Station directory.
        name: Path of the setting.
        text: Its new value, as somebody has typed it.

    Raises:
        SettingRefused: There is no such setting, it is not changed this way, or the value is not allowed.
        ConfigError: The file cannot be read, or is not as it should be.
    """
    data = _read(station / FILE)
    config = _config(data)
    flat = flat_settings(config)
    setting = next((one for one in catalogue(flat) if one.name == name), None)
    if setting is None:
        raise SettingRefused(f"there is no setting {name[:80]!r}", "See `inspector settings show`")
    if not setting.changeable:
        raise SettingRefused(f"{name} is not changed this way", "Change it in station.toml, on the station's computer")
    value = parse_value(setting, text)
    after = _edited(data, name, value)
    try:
        new = flat_settings(_config(after))
    except ConfigError as error:
        raise SettingRefused(error.message, error.advice) from error
    if new == flat:
        raise SettingRefused(f"{name} has this value already", "Nothing was changed")
    if {key for key in new.keys() | flat.keys() if new.get(key) != flat.get(key)} != {name}:
        raise SettingRefused(f"{name} cannot be changed alone in this file", "Change it in station.toml with an editor")
    return Edit(name, flat[name], new[name], after, new)


def write(station: Path, edit: Edit) -> None:
    """Write what was prepared; the file is there completely, old or new, also after a power loss.

    Raises:
        StoreError: It cannot be written.
    """
    path = (station / FILE).resolve()
    try:
        write_durable(path, edit.data, mode=path.stat().st_mode & 0o777)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}", "Check the disk and its rights") from error


def differing(ours: Flat, theirs: Flat) -> list[str]:
    """Names of the values that are not the same."""
    return sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{FILE} cannot be read: {error.strerror}", "Check the file and its rights") from error


def _config(data: bytes) -> Config:
    """The settings in the bytes of a file. Raises ConfigError, with the file's name for its path."""
    try:
        config = Config.model_validate(tomllib.loads(data.decode("utf-8")))
    except ValidationError as error:
        raise ConfigError(f"{FILE}: {explain(error)}", "See docs/settings.md") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{FILE} is not valid TOML: {error}", "Mend the line that is named") from error
    check_tables(Path(FILE), config)
    return config


def _edited(data: bytes, name: str, value: bool | int | float | str) -> bytes:
    """The file with another value; whatever else it says stays, byte for byte where it is its own line."""
    import tomlkit  # here, because only who changes something needs it
    from tomlkit.exceptions import TOMLKitError

    text = data.decode("utf-8")
    *tables, key = name.split(".")
    try:
        document: Any = tomlkit.parse(text)
        place: Any = document
        for table in tables:
            if isinstance(place, list):
                place = place[int(table)]
                continue
            if table not in place:
                place[table] = tomlkit.table()
            place = place[table]
        place[key] = value
        written = tomlkit.dumps(document)
        wanted = copy.deepcopy(tomllib.loads(text))
        inner: Any = wanted
        for table in tables:
            inner = inner[int(table)] if isinstance(inner, list) else inner.setdefault(table, {})
        inner[key] = value
        same = tomllib.loads(written) == wanted
    except (TOMLKitError, tomllib.TOMLDecodeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise _by_hand(name) from error
    if not same:
        raise _by_hand(name)
    return written.encode("utf-8")


def _by_hand(name: str) -> SettingRefused:
    message = f"{name} cannot be changed without touching what else the file says"
    return SettingRefused(message, "Change it in station.toml, on the station's computer")
