# SPDX-License-Identifier: AGPL-3.0-or-later
"""Looks at what the OPC UA server needs, for the server itself and for `inspector doctor`; starts nothing."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inspector.config import OpcuaSettings
from inspector.errors import ConfigError
from inspector.opcua.certificates import TRUSTED, Identity, check_identity, listed
from inspector.opcua.users import read_users

SOON = timedelta(days=30)


def examine(station: Path, settings: OpcuaSettings) -> Identity:
    """Check that the server can start.

    Raises:
        ConfigError: asyncua is not installed; certificate, key, address or users cannot be used.
    """
    if importlib.util.find_spec("asyncua") is None:
        raise ConfigError("opcua.enabled is true and asyncua is missing", "Install the station with its extra: [opcua]")
    identity = check_identity(station, settings.host)
    read_users(station)
    return identity


def missing(station: Path, settings: OpcuaSettings, identity: Identity) -> list[str]:
    """What keeps clients out now or soon, in words; empty when nothing does.

    Raises:
        ConfigError: The file of users cannot be used.
    """
    found = []
    if not listed(station, TRUSTED):
        found.append("no client is trusted: `inspector opcua trust`")
    if not read_users(station) and not settings.anonymous_read:
        found.append("nobody can log in: `inspector opcua user add`")
    if identity.until - datetime.now(UTC) < SOON:
        found.append(f"the server's certificate is valid until {identity.until:%Y-%m-%d} only")
    return found
