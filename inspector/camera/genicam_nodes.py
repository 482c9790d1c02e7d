# SPDX-License-Identifier: AGPL-3.0-or-later
"""The features of a GenICam device as a `NodeMap`, and the failures of the GenICam libraries as errors of ours."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from genicam import genapi, gentl  # type: ignore[import-untyped]

from inspector.camera.features import Access, Described, Kind, Value
from inspector.errors import CameraLost, FeatureError

FAILURES = (gentl.GenericException, genapi.GenericException)

_ACCESS = {
    genapi.EAccessMode.RO: Access.READ,
    genapi.EAccessMode.WO: Access.WRITE,
    genapi.EAccessMode.RW: Access.BOTH,
}
_KINDS = {
    genapi.EInterfaceType.intfIInteger: Kind.INTEGER,
    genapi.EInterfaceType.intfIFloat: Kind.FLOAT,
    genapi.EInterfaceType.intfIBoolean: Kind.BOOLEAN,
    genapi.EInterfaceType.intfIEnumeration: Kind.CHOICE,
    genapi.EInterfaceType.intfIString: Kind.TEXT,
    genapi.EInterfaceType.intfICommand: Kind.COMMAND,
}


_VISIBILITIES = {
    genapi.EVisibility.Beginner: "beginner",
    genapi.EVisibility.Expert: "expert",
    genapi.EVisibility.Guru: "guru",
}
DEEPEST = 8
"""Categories within categories; a description that goes deeper goes round in circles."""


@contextlib.contextmanager
def device_access(what: str) -> Iterator[None]:
    """Turn every failure of the GenICam libraries into `CameraLost`."""
    try:
        yield
    except FAILURES as error:
        raise CameraLost(f"{what}: {text_of(error)}", "Check the cable and power of the camera") from error


def text_of(error: Exception) -> str:
    """The text of a GenICam exception on one line."""
    return " ".join(str(error).split())


def optional(read: Any, *missing: type[Exception]) -> Any:
    """The value of `read()`, or None when the producer or device does not have it."""
    try:
        return read()
    except (*missing, gentl.GenericException, genapi.GenericException):
        return None


class GenICamNodes:
    """A node map of genapi as `NodeMap`."""

    def __init__(self, node_map: Any) -> None:
        self._map = node_map
        self._names: list[str] = []

    def names(self) -> list[str]:
        """See `NodeMap`."""
        if not self._names:
            with device_access("reading the list of features"):
                self._names = [node.node.name for node in self._map.nodes if self._implemented(node)]
        return self._names

    @staticmethod
    def _implemented(node: Any) -> bool:
        return bool(node.node.is_feature()) and node.node.get_access_mode() != genapi.EAccessMode.NI

    def access(self, name: str) -> Access:
        """See `NodeMap`."""
        with device_access(f"the access mode of {name}"):
            return _ACCESS.get(self._node(name).node.get_access_mode(), Access.NONE)

    def kind(self, name: str) -> Kind:
        """See `NodeMap`."""
        with device_access(f"the type of {name}"):
            return _KINDS.get(self._node(name).node.principal_interface_type, Kind.OTHER)

    def choices(self, name: str) -> list[str]:
        """See `NodeMap`."""
        with device_access(f"the entries of {name}"):
            return [str(symbol) for symbol in self._node(name).symbolics]

    def limits(self, name: str) -> str:
        """See `NodeMap`."""
        node = self._node(name)
        low, high = optional(lambda: node.min, AttributeError), optional(lambda: node.max, AttributeError)
        step = optional(lambda: node.inc, AttributeError)
        if low is None or high is None:
            return ""
        return f"{low} to {high}" + (f" in steps of {step}" if step else "")

    def selected(self, name: str) -> bool:
        """See `NodeMap`."""
        with device_access(f"the selectors of {name}"):
            return len(self._node(name).node.selecting_features) > 0

    def read(self, name: str) -> Value:
        """See `NodeMap`."""
        node = self._node(name)
        try:
            value = node.get_value(False, True)
        except genapi.AccessException as error:
            raise FeatureError(f"{name} cannot be read now: {text_of(error)}") from error
        except FAILURES as error:
            raise CameraLost(f"reading {name}: {text_of(error)}", "Check the cable and power") from error
        return value if isinstance(value, bool | int | float) else str(value)

    def outline(self) -> list[tuple[tuple[str, ...], str]]:
        """See `NodeMap`; what is in no category comes last, what is invisible not at all."""
        with device_access("reading the categories"):
            known = dict.fromkeys(self.names(), ())
            found: dict[str, tuple[str, ...]] = {}
            self._categorise(optional(lambda: self._map.get_node("Root")), (), known, found)
            outside = {name: () for name in known if name not in found and not self._is_category(name)}
            return [(path, name) for name, path in {**found, **outside}.items() if self._visible(name)]

    def _categorise(
        self, category: Any, path: tuple[str, ...], known: dict[str, Any], found: dict[str, tuple[str, ...]]
    ) -> None:
        for node in [] if category is None else category.features:
            name = str(node.node.name)
            if isinstance(node, genapi.ICategory):
                if len(path) < DEEPEST:
                    self._categorise(node, (*path, str(node.node.display_name or name)), known, found)
            elif name in known:
                found.setdefault(name, path)

    def _is_category(self, name: str) -> bool:
        return isinstance(self._node(name), genapi.ICategory)

    def _visible(self, name: str) -> bool:
        return self._node(name).node.visibility in _VISIBILITIES

    def describe(self, name: str) -> Described:
        """See `NodeMap`."""
        node = self._node(name)
        kind = optional(lambda: _KINDS.get(node.node.principal_interface_type, Kind.OTHER))
        number = kind in (Kind.INTEGER, Kind.FLOAT)

        def figure(attribute: str) -> float | None:
            value = optional(lambda: getattr(node, attribute), AttributeError) if number else None
            return None if value is None else float(value)

        def text(read: Callable[[], object]) -> str:
            return " ".join(str(optional(read, AttributeError) or "").split())

        about = node.node
        return Described(
            display_name=text(lambda: about.display_name) or name,
            kind=kind or Kind.OTHER,
            access=_ACCESS.get(optional(about.get_access_mode), Access.NONE),
            visibility=_VISIBILITIES.get(optional(lambda: about.visibility), "guru"),
            tooltip=text(lambda: about.tooltip) or text(lambda: about.description),
            unit=text(lambda: node.unit) if number else "",
            minimum=figure("min"),
            maximum=figure("max"),
            step=figure("inc"),
            choices=tuple(str(one) for one in optional(lambda: node.symbolics) or ()) if kind is Kind.CHOICE else (),
            selected_by=tuple(str(one.node.name) for one in optional(lambda: about.selecting_features) or ()),
        )

    def peek(self, name: str) -> Value | None:
        """See `NodeMap`."""
        value = optional(lambda: self._node(name).get_value(False, True), AttributeError)
        return value if value is None or isinstance(value, bool | int | float) else str(value)

    def write(self, name: str, value: Value) -> None:
        """See `NodeMap`."""
        node = self._node(name)
        try:
            if self.kind(name) is Kind.COMMAND:
                node.execute()
            else:
                node.value = value
        except genapi.GenericException as error:
            limits = self.limits(name)
            advice = f"The camera takes {limits}" if limits else "See the camera's manual"
            raise FeatureError(f"{name} = {value!r} was refused: {text_of(error)}", advice) from error
        except gentl.GenericException as error:
            raise CameraLost(f"writing {name}: {text_of(error)}", "Check the cable and power") from error

    def _node(self, name: str) -> Any:
        try:
            return self._map.get_node(name)
        except genapi.GenericException as error:
            raise FeatureError(f"the camera has no feature {name}") from error
