# SPDX-License-Identifier: AGPL-3.0-or-later
"""Asks for `inspector doctor` whether the plant's I/O is as the settings say. Reads only: no output is written."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inspector.config import Config, ModbusSettings
from inspector.config.remote_io import ENCODER, ModuleSettings, PointSettings, RegisterSettings
from inspector.errors import LineLost, LineRefused
from inspector.line.io_points import Cell, Span, cells_of, counted, spans_of
from inspector.line.io_watchdog import watchdog_complaint, watchdog_time_ms, watchdog_unread
from inspector.line.modbus import ModbusLink, Table
from inspector.line.plc_link import MAP_ADVICE
from inspector.line.register_map import PLC_BLOCK, PlcBit, block_words, plc_image, unpack

OF_THE_QUESTION = (0, 1, 2, 3)
"""Modbus exceptions about what was asked; any other one says that this unit is not there or does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        check: What was looked at.
        fine: Whether the line can work so.
        text: What was found.
        advice: What to do; empty when nothing is to be done.
    """

    check: str
    fine: bool
    text: str
    advice: str = ""


def examine_line(config: Config) -> Iterator[Finding]:
    """Look at the I/O modules, or at the PLC; nothing to see for other backends.

    Args:
        config: `[line]`, `[remote_io]`, `[modbus]`, `[tracking]`.
    """
    if config.line.backend == "remote-io":
        for module in config.remote_io.modules:
            yield from _Module(config, module).findings()
    elif config.line.backend == "modbus":
        yield from _plc(config.modbus)


class _Asked:
    """A connection that is only read; the slowest answer counts."""

    def __init__(self, link: ModbusLink) -> None:
        self._link = link
        self.slowest_ms = 0.0

    def read(self, table: Table, address: int, count: int) -> list[int]:
        began = time.perf_counter()
        values = self._link.read_table(table, address, count)
        self.slowest_ms = max(self.slowest_ms, 1000 * (time.perf_counter() - began))
        return values


class _Module:
    """One I/O module.

    Args:
        config: All settings.
        module: The module.
    """

    def __init__(self, config: Config, module: ModuleSettings) -> None:
        self._settings = config.remote_io
        self._module = module
        self._what = f"I/O module {module.name}"
        self._hold_ms = config.tracking.output_hold_ms
        self._encoder_words = config.tracking.encoder_bits // 16
        self._points = [point for point in self._settings.points if point.module == module.name]
        self._link = ModbusLink(
            module.host, module.port, module.unit_id, self._settings.timeout_ms / 1000, f"the {self._what}"
        )
        self._asked = _Asked(self._link)

    def findings(self) -> list[Finding]:
        """What was found."""
        try:
            self._link.open()
        except LineLost as error:
            return [Finding(self._what, False, error.message, "Check its power, its cable, host and port")]
        try:
            return self._connected()
        except LineLost as error:
            return [Finding(self._what, False, error.message, _silent(self._module.unit_id, "remote_io"))]
        finally:
            self._link.close()

    def _connected(self) -> list[Finding]:
        if not self._points:
            advice = "Map a point to it, or take it out of [remote_io]"
            return [Finding(self._what, False, "takes the connection; no point is mapped to it", advice)]
        rest = [self._read_points()]
        if outputs := self._settings.outputs_of(self._module.name):
            rest.append(self._watchdog(outputs))
        module = self._module
        where = f"{module.host}:{module.port} answers as unit {module.unit_id}"
        limit = f"within {self._asked.slowest_ms:.0f} ms; remote_io.timeout_ms is {self._settings.timeout_ms}"
        return [Finding(self._what, True, f"{where} {limit}"), *rest]

    def _read_points(self) -> Finding:
        check = f"{self._what}, points"
        values: dict[Cell, int] = {}
        refused = []
        for span in spans_of(self._points, self._encoder_words):
            try:
                found = self._asked.read(span.table, span.first, span.count)
            except LineRefused as error:
                _of_the_question(error)
                refused.append(f"{', '.join(self._names(span))}: {error.message}")
                continue
            values |= {(span.module, span.table, span.first + offset): value for offset, value in enumerate(found)}
        if refused:
            return Finding(check, False, "; ".join(refused), "Check kind and address of these points in its manual")
        return Finding(check, True, ", ".join(self._level(point, values) for point in self._points))

    def _names(self, span: Span) -> list[str]:
        return [point.name for point in self._points if point.kind == span.table]

    def _level(self, point: PointSettings, values: Mapping[Cell, int]) -> str:
        words = [values[cell] for cell in cells_of(point, self._encoder_words)]
        if point.name == ENCODER:
            return f"{point.name} {counted(words, self._settings.word_order == 'high-first')}"
        return f"{point.name} {'on' if bool(words[0]) is (point.contact == 'no') else 'off'}"

    def _watchdog(self, outputs: list[PointSettings]) -> Finding:
        check = f"{self._what}, watchdog"
        try:
            complaint = watchdog_complaint(self._module, outputs, self._one, self._hold_ms)
            if complaint is not None:
                return Finding(check, False, complaint.message, complaint.advice)
            return Finding(check, True, self._proof(outputs))
        except LineRefused as error:
            _of_the_question(error)
            advice = "Check the addresses of its watchdog and safe values in its manual"
            return Finding(check, False, error.message, advice)

    def _proof(self, outputs: list[PointSettings]) -> str:
        """What is known of a watchdog that nothing is wrong with, and from whom."""
        watchdog = self._module.watchdog
        read = ["on"] if watchdog.enabled is not None else []
        time_ms = watchdog_time_ms(self._module, self._one)
        read += [f"{time_ms} ms"] if time_ms is not None else []
        safe = [point.name for point in outputs if point.safe is not None]
        read += [f"safe values right for {', '.join(safe)}"] if safe else []
        texts = [f"read from the module: {', '.join(read)}"] if read else []
        if unread := watchdog_unread(self._module, outputs):
            texts.append(f"confirmed by {watchdog.verified_by}: {', '.join(unread)}")
        if watchdog.events is not None:
            texts.append(f"tripped {self._one(watchdog.events)} times")
        return "; ".join(texts)

    def _one(self, cell: RegisterSettings) -> int:
        return self._asked.read(cell.kind, cell.address, 1)[0]


def _plc(settings: ModbusSettings) -> Iterator[Finding]:
    if settings.role == "server":
        yield Finding("PLC", True, 'not asked: with modbus.role = "server" it is the PLC that connects')
        return
    link = ModbusLink(settings.host, settings.port, settings.unit_id, settings.timeout_ms / 1000)
    try:
        link.open()
    except LineLost as error:
        yield Finding("PLC", False, error.message, "Check its power, its cable, modbus.host and modbus.port")
        return
    try:
        yield from _plc_connected(settings, _Asked(link))
    except LineRefused as error:
        yield Finding("PLC", False, error.message, MAP_ADVICE)
    except LineLost as error:
        yield Finding("PLC", False, error.message, _silent(settings.unit_id, "modbus"))
    finally:
        link.close()


def _plc_connected(settings: ModbusSettings, asked: _Asked) -> Iterator[Finding]:
    words = _plc_words(settings, asked)
    where = f"{settings.host}:{settings.port} answers as unit {settings.unit_id}"
    yield Finding("PLC", True, f"{where} within {asked.slowest_ms:.0f} ms; modbus.timeout_ms is {settings.timeout_ms}")
    try:
        image = plc_image(words, settings.word_order == "high-first")
    except ValueError as error:
        yield Finding("PLC, register map", False, f"it serves another one: {error}", MAP_ADVICE)
        return
    signals = [bit.name for bit in PlcBit if bit in image.bits and bit is not PlcBit.HEARTBEAT and bit.name]
    text = f"right; part_counter {image.part_counter}, on: {', '.join(signals) or 'no signal'}"
    yield Finding("PLC, register map", True, text)
    if _beats(settings, asked, image.bits):
        yield Finding("PLC, heartbeat", True, "toggles")
    else:
        text = f"does not toggle within {settings.heartbeat_lost_ms} ms"
        yield Finding("PLC, heartbeat", False, text, "Check that the PLC is in RUN and toggles HEARTBEAT")


def _plc_words(settings: ModbusSettings, asked: _Asked) -> list[int]:
    return asked.read("holding-register", settings.plc_address, block_words(PLC_BLOCK))


def _beats(settings: ModbusSettings, asked: _Asked, before: PlcBit) -> bool:
    until = time.monotonic() + settings.heartbeat_lost_ms / 1000
    while time.monotonic() < until:
        time.sleep(settings.poll_ms / 1000)
        values = unpack(PLC_BLOCK, _plc_words(settings, asked), settings.word_order == "high-first")
        if (values["control"] ^ before) & PlcBit.HEARTBEAT:
            return True
    return False


def _of_the_question(error: LineRefused) -> None:
    """Leave alone a refusal of what was asked; one of the unit itself is that of the whole module."""
    if error.exception not in OF_THE_QUESTION:
        raise error


def _silent(unit_id: int, table: str) -> str:
    return f"It takes the connection: check unit_id ({unit_id}), {table}.timeout_ms, and whether others hold it busy"
