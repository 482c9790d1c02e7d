# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every setting with what it means, its unit, its default and its limits, from the types that read `station.toml`.

Meanings are those of the `Attributes` sections of these types: there is no second copy of them.
"""

from __future__ import annotations

import functools
import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from inspector.config.document import Config

Kind = Literal["flag", "number", "decimal", "choice", "text", "list", "other"]
Scalar = bool | int | float | str | None

UNITS = (
    ("_mm_s", "mm/s"),
    ("_per_count", "mm"),
    ("_ms", "ms"),
    ("_min", "min"),
    ("_max_minutes", "min"),
    ("max_minutes", "min"),
    ("_mm", "mm"),
    ("_mb", "MB"),
    ("_percent", "%"),
    ("_hz", "Hz"),
    ("rate_ppm", "parts/min"),
    ("_bits", "bit"),
    ("_s", "s"),
)
"""End of a key -> unit, the longer ones first."""

SECRET = re.compile(
    r"key\.(?!backend$|answer_within_ms$).*|(bypass|release)\.authority|.*(password(?!_least)|passphrase|secret|token|credential).*"
    r"|.*(key|certificate|ca|keystore)_file|mqtt\.user|ledger\.shared\.(timestamp\.user|evm\.url)"
)
"""Names of settings that say where secrets lie, or who owns them: their values leave the computer in no answer."""

ALL = frozenset(["*"])
CHANGED_HERE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "stops": ALL,
        "records": ALL,
        "clock": ALL,
        "tracking": ALL,
        "line": frozenset(["min_gap_ms", "decide_by_ms", "confirm_by_ms", "heartbeat_ms", "heartbeat_lost_ms"]),
        "modbus": frozenset(["poll_ms", "timeout_ms", "phase_ms", "heartbeat_ms", "heartbeat_lost_ms", "results"]),
        "scanner": frozenset(["no_read", "from_ms", "until_ms", "timeout_ms"]),
        "remote_io": frozenset(["timeout_ms", "pass_at_most_ms"]),
        "cameras": frozenset(["ring_slots", "frame_timeout_ms", "pairing_window_ms", "dark_below"]),
        "detector": frozenset(["threads", "stuck_ms"]),
        "images": frozenset(["queue_mb", "encoders", "png_level"]),
        "challenge": frozenset(["required", "interval_min", "grace_min", "time_limit_s", "reaction_plan"]),
        "api": frozenset(["preview_hz"]),
        "mqtt": frozenset(["keepalive_s", "in_flight", "counts_every_s", "reconnect_at_most_s"]),
        "opcua": frozenset(["results"]),
    }
)
"""Table -> keys that can be changed past the file (docs/decisions, "Settings that a screen may change").

Who the station is, who may do what, keys, addresses, files, what is wired where, model and recipe are not among them.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        name: Path in the file: `stops.rejects_in_row`, `cameras.0.trigger`.
        table: Table of the file, with the number of the entry where it is a list of tables; empty at the top.
        key: Key in that table.
        kind: What may stand there.
        meaning: What it means.
        unit: Empty where it has none.
        required: Whether it has no default.
        default: Its default.
        choices: What may be chosen, for a choice.
        low: Lowest value allowed; None where there is no limit.
        high: Highest value allowed.
        secret: Whether its value is shown to nobody.
        changeable: Whether it can be changed past the file.
        topic: Its path without numbers and names of tables that there are several of, with the kind of such a table
            where there are kinds: what words of other languages are found by.
    """

    name: str
    table: str
    key: str
    kind: Kind
    meaning: str
    unit: str
    required: bool
    default: Scalar | tuple[Scalar, ...]
    choices: tuple[str, ...]
    low: float | None
    high: float | None
    secret: bool
    changeable: bool
    topic: str


def catalogue(flat: Mapping[str, str]) -> list[Setting]:
    """All settings of a station, in the order of their types.

    Args:
        flat: Its settings, path -> JSON: they tell how many tables a list of tables has.
    """
    return list(_walk(Config, "", "", flat))


def _walk(model: type[BaseModel], prefix: str, topic: str, flat: Mapping[str, str]) -> Iterator[Setting]:
    for key, field in model.model_fields.items():
        name, about = (f"{begin}.{key}" if begin else key for begin in (prefix, topic))
        inner, many = _tables_in(field.annotation)
        if not inner or _is_value(flat, name, inner[0]):
            yield _setting(model, prefix, about, key, field)
        elif many:
            for entry in dict.fromkeys(rest.split(".")[0] for rest in _below(flat, name)):
                kind = json.loads(flat.get(f"{name}.{entry}.kind", '""')) if len(inner) > 1 else ""
                one = next((table for table in inner if _kind_of(table) == kind), inner[0])
                yield from _walk(one, f"{name}.{entry}", f"{about}.{kind}" if kind else about, flat)
        elif flat.get(name) != "null":  # a table of empty lists alone has no line of its own
            yield from _walk(inner[0], name, about, flat)


def _kind_of(table: type[BaseModel]) -> str:
    """What stands under `kind` in a table of which there are kinds; empty where there are none."""
    field = table.model_fields.get("kind")
    return str(get_args(field.annotation)[0]) if field is not None else ""


def _below(flat: Mapping[str, str], name: str) -> Iterator[str]:
    begin = f"{name}."
    return (path[len(begin) :] for path in flat if path.startswith(begin))


def _is_value(flat: Mapping[str, str], name: str, inner: type[BaseModel]) -> bool:
    """A table that may be left out, and is, inside another table: it stands there as one value."""
    return flat.get(name) == "null" and "." in name and bool(inner.model_fields)


def _tables_in(annotation: Any) -> tuple[list[type[BaseModel]], bool]:
    """The kinds of tables that a field may hold, and whether it holds several tables, by number or by name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation], False
    origin = get_origin(annotation)
    if origin is Annotated or origin is UnionType:
        found = [_tables_in(inner) for inner in get_args(annotation)]
        return [table for tables, _ in found for table in tables], any(many for _, many in found)
    if origin is list or origin is dict:
        return _tables_in(get_args(annotation)[-1])[0], True
    return [], False


def _setting(model: type[BaseModel], table: str, topic: str, key: str, field: FieldInfo) -> Setting:
    name = f"{table}.{key}" if table else key
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    bounds = {type(one): one for one in field.metadata}
    low = getattr(bounds.get(annotated_types.Ge), "ge", getattr(bounds.get(annotated_types.Gt), "gt", None))
    high = getattr(bounds.get(annotated_types.Le), "le", None)
    kind = _kind(field.annotation)
    keys = CHANGED_HERE.get(topic.partition(".")[0], frozenset()) if topic.count(".") == 1 else frozenset()
    secret = SECRET.fullmatch(topic) is not None
    return Setting(
        name,
        table,
        key,
        kind,
        meanings(model).get(key, ""),
        next((unit for end, unit in UNITS if key.endswith(end)), ""),
        field.is_required(),
        tuple(default) if isinstance(default, list) else None if isinstance(default, BaseModel) else default,
        _choices(field.annotation),
        low,
        high,
        secret,
        (keys == ALL or key in keys) and not secret and kind not in ("list", "other"),
        topic,
    )


def _kind(annotation: Any) -> Kind:
    if get_origin(annotation) is Literal:
        return "choice"
    if get_origin(annotation) is list:
        return "list"
    simple: dict[Any, Kind] = {bool: "flag", int: "number", float: "decimal", str: "text"}
    return simple.get(annotation, "other")


def _choices(annotation: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in get_args(annotation)) if get_origin(annotation) is Literal else ()


@functools.cache
def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Key -> what its type says of it, or the one that it is made from."""
    found: dict[str, str] = {}
    for base in model.__bases__:
        if issubclass(base, BaseModel):
            found |= meanings(base)
    text = inspect.cleandoc(model.__doc__ or "").partition("Attributes:\n")[2]
    key = ""
    for line in textwrap.dedent(text).split("\n"):
        begins = re.match(r"(\w+): (.*)", line)
        if begins:
            key = begins[1]
            found[key] = begins[2]
        elif key and line.startswith(" "):
            found[key] += " " + line.strip()
        else:
            key = ""
    return found
