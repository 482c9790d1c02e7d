# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the tables of `station.toml` demand of each other."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from inspector.config.document import Config
from inspector.config.ledger import LedgerSettings
from inspector.config.line import MODBUS_BLOCK, ModbusSettings
from inspector.config.network import MqttSettings
from inspector.config.recipes import check_recipes
from inspector.config.sight import CameraSettings
from inspector.config.station import ClockSettings, KeySettings, StopSettings
from inspector.errors import ConfigError

SCAN_MARGIN_MS = 100
"""From the end of a scan's window to the record of its part."""


STATION_WINDOW_MS = 200
"""Shortest reject window for a station that follows the parts itself: a program on a computer is not punctual."""


def check_tables(path: Path, config: Config) -> None:
    """Compare tables with each other.

    Args:
        path: The file, for the error.
        config: What stands in it.

    Raises:
        ConfigError: Two values do not go together.
    """
    if config.line.backend == "plant" and config.plant is None:
        raise ConfigError(f"{path}: line.backend is 'plant' but there is no [plant]", "Add a [plant] table")
    if config.line.heartbeat_lost_ms < 2 * config.line.heartbeat_ms:
        raise ConfigError(f"{path}: line.heartbeat_lost_ms is below twice heartbeat_ms", "Raise it")
    _check_cameras(path, config.cameras)
    check_recipes(path, config)
    _check_scanner(path, config)
    _check_modbus(path, config.modbus)
    if config.line.backend == "remote-io":
        _check_remote_io(path, config)
    if config.line.tracking == "station":
        _check_tracking(path, config)
    else:
        _check_travel(path, config)
    _check_mqtt(path, config.mqtt)
    _check_stops(path, config.stops)
    _check_clock(path, config.clock)
    _check_key(path, config.key)
    _check_ledger(path, config.ledger)


def _check_ledger(path: Path, ledger: LedgerSettings) -> None:
    """A quorum that cannot be met would leave every seal waiting for ever."""
    count = len(ledger.counting)
    if ledger.quorum > count:
        raise ConfigError(f"{path}: ledger.quorum is {ledger.quorum}, and {count} ledgers count", "Lower it")
    if ledger.shared and not count:
        raise ConfigError(f"{path}: none of the ledgers counts", "Set `counts`, or have the embedded log")
    if len(set(ledger.origins)) != len(ledger.origins):
        raise ConfigError(f"{path}: two ledgers have the same name", "Receipts would not say which one gave them")


def _check_cameras(path: Path, cameras: list[CameraSettings]) -> None:
    """Two tables for one name or one device would be one camera that shows a part twice."""
    if len({camera.name for camera in cameras}) != len(cameras):
        raise ConfigError(f"{path}: two cameras have the same name", "Give each table of [[cameras]] its own name")
    devices = [(one.producer, one.serial) for one in cameras if one.producer != "simulator"]
    if len(set(devices)) != len(devices):
        message = f"{path}: two cameras have the same producer and serial"
        raise ConfigError(message, "Give the serial number of each; `inspector doctor` lists them")


def _check_scanner(path: Path, config: Config) -> None:
    """A part waits for its scan, and must be decided in time all the same."""
    scanner = config.scanner
    if scanner is None:
        return
    if scanner.until_ms <= scanner.from_ms:
        raise ConfigError(f"{path}: scanner.until_ms is not after scanner.from_ms", "Raise it")
    wait_ms = scanner.until_ms + max(0, -scanner.from_ms) + SCAN_MARGIN_MS
    if wait_ms >= config.line.decide_by_ms:
        message = f"{path}: a part waits {wait_ms} ms for its scan, line.decide_by_ms is {config.line.decide_by_ms}"
        raise ConfigError(message, "Move the scanner forward, or raise line.decide_by_ms")


def _check_mqtt(path: Path, mqtt: MqttSettings) -> None:
    """Halves of a pair of credentials would be ignored without a word."""
    if bool(mqtt.certificate_file) != bool(mqtt.key_file):
        raise ConfigError(f"{path}: mqtt.certificate_file and mqtt.key_file go together", "Give both or none")
    if mqtt.password_file and not mqtt.user:
        raise ConfigError(f"{path}: mqtt.password_file without mqtt.user", "Give the user name too")
    if not mqtt.tls and (mqtt.ca_file or mqtt.certificate_file):
        raise ConfigError(f"{path}: mqtt has certificates, and mqtt.tls is off", "Turn mqtt.tls on")


def _check_stops(path: Path, stops: StopSettings) -> None:
    """A rule that wants more than its window holds could never stop the line."""
    for name, limit, window in (
        ("rejects", stops.rejects, stops.rejects_window),
        ("late_parts", stops.late_parts, stops.late_window),
    ):
        if limit > window:
            raise ConfigError(f"{path}: stops.{name} ({limit}) is above its window ({window})", f"Lower {name}")


def _check_modbus(path: Path, modbus: ModbusSettings) -> None:
    if modbus.heartbeat_lost_ms < 2 * modbus.heartbeat_ms:
        raise ConfigError(f"{path}: modbus.heartbeat_lost_ms is below twice heartbeat_ms", "Raise it")
    if abs(modbus.plc_address - modbus.station_address) < MODBUS_BLOCK:
        message = f"{path}: modbus.plc_address and station_address are less than {MODBUS_BLOCK} registers apart"
        raise ConfigError(message, "Move one of them")


def _check_travel(path: Path, config: Config) -> None:
    """The moments on a part's way follow each other; a later one before an earlier one could never be met."""
    moments = [("line.decide_by_ms", config.line.decide_by_ms)]
    if config.plant is not None:
        moments.append(("plant.decide_at_ms", config.plant.decide_at_ms))
        moments.append(("plant.confirm_at_ms", config.plant.confirm_at_ms))
        if config.plant.watchdog_ms < 2 * config.line.heartbeat_ms:
            raise ConfigError(f"{path}: plant.watchdog_ms is below twice line.heartbeat_ms", "Raise it")
    moments.append(("line.confirm_by_ms", config.line.confirm_by_ms))
    for (earlier, earlier_ms), (later, later_ms) in pairwise(moments):
        if later_ms <= earlier_ms:
            raise ConfigError(f"{path}: {later} ({later_ms}) is not after {earlier} ({earlier_ms})", f"Raise {later}")


def _check_remote_io(path: Path, config: Config) -> None:
    """Without a controller the station follows the parts, from a map that names every sensor it needs."""
    belt = config.tracking
    if config.line.tracking != "station":
        message = f"{path}: line.backend is 'remote-io', and line.tracking is '{config.line.tracking}'"
        raise ConfigError(message, "Plain inputs and outputs follow no parts: set line.tracking to 'station'")
    wrong = config.remote_io.complaint(
        encoder=belt.encoder_bits > 0, encoder_words=max(1, belt.encoder_bits // 16), good_lane=belt.good_lane_mm > 0
    )
    if wrong:
        raise ConfigError(f"{path}: [remote_io] {wrong}", "See docs/integrator.md")
    if config.remote_io.pass_at_most_ms < belt.window_ms:
        message = f"{path}: remote_io.pass_at_most_ms is below the reject window ({belt.window_ms:.0f} ms)"
        raise ConfigError(message, "Raise it")
    if 2 * config.remote_io.timeout_ms > belt.inputs_lost_ms:
        raise ConfigError(f"{path}: remote_io.timeout_ms is above half of tracking.inputs_lost_ms", "Lower it")


def _check_tracking(path: Path, config: Config) -> None:
    """The station may follow the parts on slow lines only, and only where the places on the belt fit together."""
    line, belt = config.line, config.tracking
    if line.backend == "modbus":
        raise ConfigError(f"{path}: line.tracking is 'station', but a PLC on Modbus tracks its parts", "Use 'plc'")
    if belt.window_ms < STATION_WINDOW_MS:
        message = f"{path}: the reject window is {belt.window_ms:.0f} ms, a station needs {STATION_WINDOW_MS} ms"
        raise ConfigError(message, "Let a PLC or a trigger controller track, or widen the window")
    lanes = [place for place in (belt.good_lane_mm, belt.reject_lane_mm) if place]
    if not belt.reject_lane_mm or min(lanes) - belt.lane_window_mm <= belt.gate_mm:
        raise ConfigError(f"{path}: a lane sensor in [tracking] is not behind the gate", "Correct its place")
    moments = [
        ("line.decide_by_ms", line.decide_by_ms),
        ("the reject window", belt.travel_ms(belt.gate_mm - belt.window_before_mm)),
        ("the last lane sensor", belt.travel_ms(max(lanes) + belt.lane_window_mm)),
        ("line.confirm_by_ms", line.confirm_by_ms),
    ]
    for (earlier, earlier_ms), (later, later_ms) in pairwise(moments):
        if later_ms <= earlier_ms:
            message = f"{path}: {later} ({later_ms:.0f} ms) is not after {earlier} ({earlier_ms:.0f} ms)"
            raise ConfigError(message, "Correct the times of [line] or the places in [tracking]")
    if belt.pitch_mm > belt.speed_mm_s * 60 / belt.max_rate_ppm:
        message = f"{path}: at tracking.max_rate_ppm parts are less than the needed {belt.pitch_mm:.0f} mm apart"
        raise ConfigError(message, "Lower max_rate_ppm, output_hold_ms or the windows")
    if belt.inputs_lost_ms < 2 * belt.scan_ms:
        raise ConfigError(f"{path}: tracking.inputs_lost_ms is below twice scan_ms", "Raise it")
    if belt.output_hold_ms < max(2 * line.heartbeat_ms, belt.stall_ms):
        message = f"{path}: tracking.output_hold_ms is below twice line.heartbeat_ms, or below stall_ms"
        raise ConfigError(message, "Raise it, or lower the other one")
    if not belt.min_length_mm < belt.max_length_mm < belt.gate_mm - belt.window_before_mm - belt.min_gap_mm:
        message = f"{path}: tracking.max_length_mm is not between min_length_mm and the travel to the reject window"
        raise ConfigError(message, "Whether a part is too long has to be known before it gets there")


def _check_key(path: Path, key: KeySettings) -> None:
    """A token has to be named; the names of one for a key in a file would be ignored without a word."""
    named = bool(key.module), bool(key.token)
    if key.backend == "pkcs11" and not all(named):
        raise ConfigError(f"{path}: key.backend is 'pkcs11' without key.module or key.token", "Give both")
    if key.backend == "file" and any(named):
        raise ConfigError(f"{path}: key.module or key.token, and key.backend is 'file'", "Set key.backend to 'pkcs11'")


def _check_clock(path: Path, clock: ClockSettings) -> None:
    if clock.alarm_ms < clock.warn_ms:
        raise ConfigError(f"{path}: clock.alarm_ms is below clock.warn_ms", "Raise it, or lower the other one")
