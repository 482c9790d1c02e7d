# SPDX-License-Identifier: AGPL-3.0-or-later
"""All tables of `station.toml`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from inspector.config.base import Name, Settings
from inspector.config.ledger import LedgerSettings
from inspector.config.line import LineSettings, ModbusSettings, PlantSettings, TrackingSettings
from inspector.config.network import ApiSettings, MqttSettings, OpcuaSettings
from inspector.config.recipes import RecipeSettings
from inspector.config.remote_io import RemoteIoSettings
from inspector.config.sight import CameraSettings, DetectorSettings, ScannerSettings
from inspector.config.station import (
    AccessSettings,
    BypassSettings,
    ChallengeSettings,
    ClockSettings,
    ImageSettings,
    KeySettings,
    ManualSettings,
    RecordSettings,
    ReleaseSettings,
    RetentionSettings,
    StationSettings,
    StopSettings,
)


class Config(Settings):
    """All of `station.toml`.

    Attributes:
        recipe: Recipe file, relative to the station directory.
    """

    station: StationSettings
    cameras: Annotated[list[CameraSettings], Field(min_length=1, max_length=8)]
    line: LineSettings = LineSettings()
    tracking: TrackingSettings = TrackingSettings()
    modbus: ModbusSettings = ModbusSettings()
    remote_io: RemoteIoSettings = RemoteIoSettings()
    detector: DetectorSettings
    recipe: str
    recipes: Annotated[dict[Name, RecipeSettings], Field(max_length=100)] = Field(default_factory=dict)
    stops: StopSettings = StopSettings()
    records: RecordSettings = RecordSettings()
    images: ImageSettings = ImageSettings()
    retention: RetentionSettings = RetentionSettings()
    key: KeySettings = KeySettings()
    clock: ClockSettings = ClockSettings()
    challenge: ChallengeSettings = ChallengeSettings()
    bypass: BypassSettings = BypassSettings()
    release: ReleaseSettings = ReleaseSettings()
    manual: ManualSettings = ManualSettings()
    access: AccessSettings = AccessSettings()
    ledger: LedgerSettings = LedgerSettings()
    api: ApiSettings = ApiSettings()
    mqtt: MqttSettings = MqttSettings()
    opcua: OpcuaSettings = OpcuaSettings()
    scanner: ScannerSettings | None = None
    plant: PlantSettings | None = None
