# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings of a station: `station.toml`, read strictly. Unknown keys are refused, defaults are safe."""

from inspector.config.base import Settings, explain, file_digest, read_toml
from inspector.config.document import Config
from inspector.config.ledger import (
    EvmSettings,
    LedgerSettings,
    NodeSettings,
    SharedLogSettings,
    SharedSettings,
    TsaSettings,
)
from inspector.config.line import MODBUS_BLOCK, LineSettings, ModbusSettings, PlantSettings, TrackingSettings
from inspector.config.load import load_config
from inspector.config.network import ApiSettings, MqttSettings, OpcuaSettings
from inspector.config.recipes import MAIN, Product, RecipeSettings, products
from inspector.config.remote_io import (
    ENCODER,
    PASS,
    ModuleSettings,
    PointSettings,
    RegisterSettings,
    RemoteIoSettings,
    WatchdogSettings,
)
from inspector.config.retention import read_retention
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
    RetentionSettings,
    StationSettings,
    StopSettings,
)

__all__ = [
    "ENCODER",
    "MAIN",
    "MODBUS_BLOCK",
    "PASS",
    "AccessSettings",
    "ApiSettings",
    "BypassSettings",
    "CameraSettings",
    "ChallengeSettings",
    "ClockSettings",
    "Config",
    "DetectorSettings",
    "EvmSettings",
    "ImageSettings",
    "KeySettings",
    "LedgerSettings",
    "LineSettings",
    "ManualSettings",
    "ModbusSettings",
    "ModuleSettings",
    "MqttSettings",
    "NodeSettings",
    "OpcuaSettings",
    "PlantSettings",
    "PointSettings",
    "Product",
    "RecipeSettings",
    "RecordSettings",
    "RegisterSettings",
    "RemoteIoSettings",
    "RetentionSettings",
    "ScannerSettings",
    "Settings",
    "SharedLogSettings",
    "SharedSettings",
    "StationSettings",
    "StopSettings",
    "TrackingSettings",
    "TsaSettings",
    "WatchdogSettings",
    "explain",
    "file_digest",
    "load_config",
    "products",
    "read_retention",
    "read_toml",
]
