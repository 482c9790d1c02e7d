# SPDX-License-Identifier: AGPL-3.0-or-later
"""Asks for `inspector doctor` whether the broker lets the station in; publishes nothing."""

from __future__ import annotations

import time
from pathlib import Path

from inspector.config import MqttSettings
from inspector.errors import BrokerAway
from inspector.publish.access import read_access
from inspector.publish.broker import Broker

WITHIN_S = 10.0


def examine_broker(station: Path, settings: MqttSettings, name: str) -> str:
    """Connect under a client identifier of its own, so that a running station is not pushed out.

    Args:
        station: Station directory.
        settings: `[mqtt]`.
        name: The station's name.

    Returns:
        What was found, for people.

    Raises:
        ConfigError: Password or certificates cannot be used.
        PublishError: The broker is away, or refuses us.
    """
    broker = Broker(settings, read_access(station, settings), f"{settings.client_id or f'inspector-{name}'}-doctor")
    until = time.monotonic() + WITHIN_S
    where = f"{settings.host}:{settings.port}"
    if not broker.open(lambda: time.monotonic() > until):
        raise BrokerAway(f"the MQTT broker {where} does not answer", "Check network and [mqtt]")
    broker.close()
    return f"{where} lets us in, {'with TLS' if settings.tls else 'in clear'}"
