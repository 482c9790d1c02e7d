# SPDX-License-Identifier: AGPL-3.0-or-later
"""Between plain values and those of asyncua, by the tables of data types.

Plain are: a mapping for a structure, text for LocalizedText, an `Id` for NodeId, an int for an enumeration, an aware
datetime for a time, `Typed` where the table says BaseDataType.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from asyncua import ua

from inspector.errors import FormatInvalid
from inspector.opcua.types import ALIASES, DATA_TYPES, Enumeration, Field, Id, Structure, Typed

_CLASSES: dict[str, type] = {
    "Boolean": bool,
    "Int32": int,
    "UInt32": int,
    "Int64": int,
    "String": str,
    "ByteString": bytes,
    "DateTime": datetime,
    "UtcTime": datetime,
    "Duration": float,
}
_RANGES = {"Int32": (-(2**31), 2**31 - 1), "UInt32": (0, 2**32 - 1), "Int64": (-(2**63), 2**63 - 1)}
_BASES = {alias.name: alias.base for alias in ALIASES}


class Values:
    """Converts in both directions.

    Args:
        node_id: From an `Id` to a node identifier of the running server.
        classes: The class that asyncua made of each structure.
    """

    def __init__(self, node_id: Callable[[Id], ua.NodeId], classes: Mapping[str, type]) -> None:
        self._node_id = node_id
        self._classes = classes

    def variant(self, field: Field, value: object) -> ua.Variant:
        """A value of a variable, an event's field or an argument; None is a null value."""
        if value is None:
            return ua.Variant(None, ua.VariantType.Null)
        if field.type == "BaseDataType":
            return ua.Variant([self._loose(each) for each in _items(value)], ua.VariantType.Variant)
        kind = variant_type(field.type)
        if field.array:
            return ua.Variant([self._one(field.type, each) for each in _items(value)], kind, is_array=True)
        return ua.Variant(self._one(field.type, value), kind)

    def plain(self, field: Field, variant: ua.Variant) -> object:
        """The plain value of a method's argument; a null value of a structure is an empty mapping.

        Raises:
            FormatInvalid: It is of another type.
        """
        value: Any = variant.Value
        if field.array:
            values = [] if value is None else value
            if not isinstance(values, list):
                raise FormatInvalid(f"{field.name} is not a list")
            return [each.Value if isinstance(each, ua.Variant) else each for each in values]
        return self._plain(field, value)

    def _plain(self, field: Field, value: Any) -> object:
        described = DATA_TYPES.get(field.type)
        if isinstance(described, Structure):
            return self._structure(field, described, value)
        if isinstance(described, Enumeration):
            if not isinstance(value, int) or value not in {number for _, number in described.members}:
                raise FormatInvalid(f"{field.name} is no {field.type}")
            return int(value)
        base = _BASES.get(field.type, field.type)
        if base == "LocalizedText":
            return "" if value is None else str(getattr(value, "Text", "") or "")
        if value is None and base in ("String", "ByteString"):
            return _CLASSES[base]()
        if not isinstance(value, _CLASSES[base]) or isinstance(value, bool) is not (base == "Boolean"):
            raise FormatInvalid(f"{field.name} is no {field.type}")
        if isinstance(value, int) and base in _RANGES and not _RANGES[base][0] <= value <= _RANGES[base][1]:
            raise FormatInvalid(f"{field.name} is out of range")
        return value

    def _structure(self, field: Field, described: Structure, value: Any) -> dict[str, object]:
        if value is None or (isinstance(value, ua.ExtensionObject) and not value.Body):
            return {}
        if not isinstance(value, self._classes[field.type]):
            raise FormatInvalid(f"{field.name} is no {field.type}")
        found = {each.name: getattr(value, each.name) for each in described.fields}
        return {
            each.name: self._plain(each, found[each.name])
            for each in described.fields
            if not each.array and found[each.name] is not None
        }

    def _one(self, name: str, value: object) -> Any:
        described = DATA_TYPES.get(name)
        if isinstance(described, Structure):
            return self._build(described, value)
        if isinstance(described, Enumeration):
            return self._classes[name](value)
        if name == "LocalizedText":
            return ua.LocalizedText(str(value))
        if name == "NodeId":
            return self._node_id(value) if isinstance(value, Id) else ua.NodeId()
        return value

    def _build(self, described: Structure, value: object) -> Any:
        if not isinstance(value, Mapping):
            raise TypeError(described.name)
        made = self._classes[described.name]()
        for field in described.fields:
            given = value.get(field.name)
            if given is None:
                continue
            if field.type == "BaseDataType":
                setattr(made, field.name, [self._loose(each) for each in _items(given)])
            elif field.array:
                setattr(made, field.name, [self._one(field.type, each) for each in _items(given)])
            else:
                setattr(made, field.name, self._one(field.type, given))
        return made

    def _loose(self, value: object) -> ua.Variant:
        if not isinstance(value, Typed):
            raise TypeError("Typed")
        return ua.Variant(self._one(value.type, value.value), variant_type(value.type))


def variant_type(name: str) -> ua.VariantType:
    """How a type of the tables goes over the wire."""
    described = DATA_TYPES.get(name)
    if isinstance(described, Structure):
        return ua.VariantType.ExtensionObject
    if isinstance(described, Enumeration):
        return ua.VariantType.Int32
    base = _BASES.get(name, name)
    wire = {"UtcTime": "DateTime", "Duration": "Double", "BaseDataType": "Variant"}.get(base, base)
    return ua.VariantType[wire]


def _items(value: object) -> Sequence[object]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise TypeError(type(value).__name__)
    return value
