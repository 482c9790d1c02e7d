# SPDX-License-Identifier: AGPL-3.0-or-later
"""One connection to an MQTT broker. The only module that knows paho."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from inspector.config import MqttSettings
from inspector.errors import BrokerAway, BrokerRefused, PublishError
from inspector.publish.access import Access

CONNECT_WITHIN_S = 4.0
BESIDE = 8
"""Room for status and counts beside the messages of records."""


class Broker:
    """A connection that is used until it breaks, and then thrown away.

    Nothing of it survives a break on purpose: what was not confirmed is read from the records again, in order. So the
    session is a clean one, and the library keeps no queue of its own.

    Args:
        settings: `[mqtt]`.
        access: Credentials.
        client_id: Client identifier.
        will: Topic and payload that the broker publishes, retained, when the connection breaks; None for none.
    """

    def __init__(
        self, settings: MqttSettings, access: Access, client_id: str, will: tuple[str, bytes] | None = None
    ) -> None:
        self._settings = settings
        self._where = f"{settings.host}:{settings.port}"
        self._confirmed: set[int] = set()
        self._connected = False
        self._refusal = ""
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True, protocol=paho.MQTTv311
        )
        self._client.connect_timeout = CONNECT_WITHIN_S
        self._client.max_inflight_messages_set(settings.in_flight + BESIDE)
        if access.tls is not None:
            self._client.tls_set_context(access.tls)
        if settings.user:
            self._client.username_pw_set(settings.user, access.password)
        if will is not None:
            self._client.will_set(will[0], will[1], qos=1, retain=True)
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish

    def open(self, stopped: Callable[[], bool]) -> bool:
        """Connect, and wait for the broker's consent.

        Args:
            stopped: Asked a few times a second; True gives up.

        Returns:
            False when `stopped` said so.

        Raises:
            BrokerAway: It does not answer.
            BrokerRefused: It does not let us in, or its certificate is not good.
        """
        # A thread of its own, because looking up a name cannot be interrupted and the station must be able to stop.
        outcome: list[Exception | None] = []
        thread = threading.Thread(target=self._connect, args=(outcome,), name="mqtt-connect", daemon=True)
        thread.start()
        while thread.is_alive():
            if stopped():
                return False
            thread.join(0.1)
        error = outcome[0]
        if error is not None:
            raise self._why(error) from error
        while not self._connected:
            if stopped():
                return False
            self.step(0.1)
        return True

    def step(self, timeout_s: float) -> None:
        """Send and receive for at most this long.

        Raises:
            BrokerAway: The connection is broken.
            BrokerRefused: The broker does not let us in.
        """
        result = self._client.loop(timeout_s)
        if self._refusal:
            raise BrokerRefused(f"the MQTT broker {self._where} refuses us: {self._refusal}", "Check user and password")
        if result != paho.MQTT_ERR_SUCCESS:
            raise self._broken(result)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        """Send with quality of service 1.

        Returns:
            The number under which `take_confirmed` will name it.

        Raises:
            BrokerAway: The connection is broken.
        """
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        if info.rc != paho.MQTT_ERR_SUCCESS:
            raise self._broken(info.rc)
        return info.mid

    def take_confirmed(self) -> set[int]:
        """What the broker has confirmed since the last call."""
        confirmed, self._confirmed = self._confirmed, set()
        return confirmed

    def close(self) -> None:
        """Say goodbye: the broker then drops the last will."""
        self._client.disconnect()
        self._client.loop(0.0)

    def _connect(self, outcome: list[Exception | None]) -> None:
        try:
            self._client.connect(self._settings.host, self._settings.port, self._settings.keepalive_s)
        except (OSError, ValueError) as error:  # ValueError: a name that cannot be one
            outcome.append(error)
        else:
            outcome.append(None)

    def _why(self, error: Exception) -> PublishError:
        if isinstance(error, ssl.SSLError):
            return BrokerRefused(f"no TLS with the MQTT broker {self._where}: {error}", "Check [mqtt] and certificates")
        return BrokerAway(f"the MQTT broker {self._where} cannot be reached: {error}", "Check network and [mqtt]")

    def _broken(self, code: int) -> BrokerAway:
        words = paho.error_string(MQTTErrorCode(code))
        if self._connected:
            return BrokerAway(f"the connection to the MQTT broker {self._where} broke: {words}", "Check the network")
        return BrokerAway(
            f"the MQTT broker {self._where} closed the connection before it answered: {words}",
            "Check user, password, client id and TLS in [mqtt]; some brokers refuse without a word",
        )

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._connected = not reason.is_failure
        self._refusal = str(reason) if reason.is_failure else ""

    def _on_publish(self, _client: Any, _data: Any, number: int, _reason: Any, _properties: Any) -> None:
        self._confirmed.add(number)
