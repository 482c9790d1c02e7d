# SPDX-License-Identifier: AGPL-3.0-or-later
"""`[remote_io]` of `station.toml`: the map of sensors and outputs on Modbus TCP I/O modules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from inspector.config.base import Name, Settings

Address = Annotated[int, Field(ge=0, le=65_535)]
BIT_TABLES = ("coil", "discrete-input")
ENCODER, PASS = "encoder", "pass"
OUTPUTS = (PASS, "ready", "heartbeat", "warning")
LONGEST_SPAN = 100
"""Registers or bits of one table that one request reads."""


class RegisterSettings(Settings):
    """One value in a module.

    Attributes:
        kind: Table of the module.
        address: Address in that table, counted from 0.
    """

    kind: Literal["coil", "discrete-input", "holding-register", "input-register"]
    address: Address


class WatchdogSettings(Settings):
    """`[remote_io.modules.watchdog]`: what lets the module's outputs fall when the station is silent.

    Attributes:
        enabled: Where the module says that its watchdog is on.
        enabled_value: What it says there.
        time: Where the module keeps the watchdog's time.
        time_unit_ms: The time counts in this.
        events: Where the module counts how often its watchdog has tripped.
        verified_by: Who has tried the watchdog by hand, and when ("A. Smith, 2026-11-20"), for what the module does
            not let be read. Each shift records it as a warning.
    """

    enabled: RegisterSettings | None = None
    enabled_value: Annotated[int, Field(ge=0, le=65_535)] = 1
    time: RegisterSettings | None = None
    time_unit_ms: Annotated[int, Field(ge=1, le=60_000)] = 1
    events: RegisterSettings | None = None
    verified_by: Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class ModuleSettings(Settings):
    """`[[remote_io.modules]]`.

    Attributes:
        name: Name in the map and in messages.
        host: Its address.
        port: Its TCP port.
        unit_id: Its unit identifier.
        watchdog: Its watchdog; needed where outputs are.
    """

    name: Name
    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 502
    unit_id: Annotated[int, Field(ge=0, le=255)] = 1
    watchdog: WatchdogSettings = WatchdogSettings()


class PointSettings(Settings):
    """`[[remote_io.points]]`: one signal.

    Attributes:
        name: The signal.
        module: Module that it is wired to.
        kind: Table of the module.
        address: Address in that table, counted from 0.
        contact: "no": the signal is there while the input or output is on; "nc": while it is off.
        debounce_ms: The input counts when it has stayed for so long; beside the delays in `[tracking]`.
        safe: Where the module keeps the value to which its watchdog sets the output.
    """

    name: Literal[
        "part",
        "good-lane",
        "reject-lane",
        "encoder",
        "running",
        "estop-ok",
        "bin-full",
        "air-low",
        "pass",
        "ready",
        "heartbeat",
        "warning",
    ]
    module: Name
    kind: Literal["coil", "discrete-input", "holding-register", "input-register"]
    address: Address
    contact: Literal["no", "nc"] = "no"
    debounce_ms: Annotated[float, Field(ge=0, le=1_000, strict=False)] = 0.0
    safe: RegisterSettings | None = None

    @property
    def is_output(self) -> bool:
        """Whether the station writes it."""
        return self.name in OUTPUTS


class RemoteIoSettings(Settings):
    """`[remote_io]`: sensors and outputs on I/O modules; only read when the line's backend is "remote-io".

    Attributes:
        timeout_ms: Longest wait for one answer of a module; then all outputs fall and every connection is made anew.
        pass_at_most_ms: The PASS output is never on for longer at a time: a belt that stands does not hold the gate
            open.
        word_order: Order of the two registers of a 32-bit counter.
        modules: The modules.
        points: The map: which signal is where.
    """

    timeout_ms: Annotated[int, Field(ge=10, le=1_000)] = 50
    pass_at_most_ms: Annotated[int, Field(ge=50, le=10_000)] = 1_000
    word_order: Literal["high-first", "low-first"] = "high-first"
    modules: Annotated[list[ModuleSettings], Field(max_length=4)] = Field(default_factory=list)
    points: Annotated[list[PointSettings], Field(max_length=12)] = Field(default_factory=list)

    def outputs_of(self, module: str) -> list[PointSettings]:
        """The outputs that are wired to a module."""
        return [point for point in self.points if point.is_output and point.module == module]

    def warnings(self) -> list[str]:
        """What a record has to say of watchdogs that only people have verified."""
        return [
            f"warning: the watchdog of the I/O module {module.name} was verified by hand: {module.watchdog.verified_by}"
            for module in self.modules
            if module.watchdog.verified_by and self.outputs_of(module.name)
        ]

    def complaint(self, *, encoder: bool, encoder_words: int, good_lane: bool) -> str | None:
        """What is wrong with the map, or None.

        Args:
            encoder: The belt has an encoder.
            encoder_words: Registers of its counter.
            good_lane: There is a sensor in the good lane.
        """
        needed = {"part", "reject-lane", "pass"}
        needed |= {"good-lane"} if good_lane else set()
        needed |= {ENCODER} if encoder else set()
        names = [point.name for point in self.points]
        if missing := sorted(needed - set(names)):
            return f"has no point {missing[0]!r}"
        if ENCODER in names and not encoder:
            return "has an encoder, and tracking.encoder_bits is 0"
        return next(self._complaints(encoder_words), None)

    def _complaints(self, encoder_words: int) -> Iterator[str]:
        modules = [module.name for module in self.modules]
        for what, listed in (("module", modules), ("point", [point.name for point in self.points])):
            yield from (f"has the {what} {name!r} twice" for name, times in Counter(listed).items() if times > 1)
        for point in self.points:
            if point.module not in modules:
                yield f"names a module {point.module!r} that is not there"
            if point.is_output and point.kind != "coil":
                yield f"has the output {point.name!r} in another table than the coils"
            if point.name == PASS and point.contact != "no":
                yield "lets the PASS output accept while it is off: a broken wire would accept everything"
            if not point.is_output and (point.name == ENCODER) == (point.kind in BIT_TABLES):
                yield f"has {point.name!r} in a table of the wrong kind"
            if not point.is_output and point.safe is not None:
                yield f"gives the input {point.name!r} a safe value"
        yield from self._spans(encoder_words)

    def _spans(self, encoder_words: int) -> Iterator[str]:
        taken: Counter[tuple[str, str, int]] = Counter()
        for point in self.points:
            words = encoder_words if point.name == ENCODER else 1
            taken.update((point.module, point.kind, point.address + word) for word in range(words))
        yield from (
            f"uses {kind} {address} of {module!r} twice" for (module, kind, address), n in taken.items() if n > 1
        )
        for module, kind in {(module, kind) for module, kind, _ in taken}:
            used = [address for one, table, address in taken if (one, table) == (module, kind)]
            if max(used) - min(used) >= LONGEST_SPAN:
                yield f"has points in the {kind}s of {module!r} that are {LONGEST_SPAN} or more apart"
