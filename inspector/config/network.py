# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the station tells others: api, MQTT, OPC UA."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from inspector.config.base import Settings


class ApiSettings(Settings):
    """`[api]`.

    Attributes:
        host: Nothing listens off loopback unless this says so.
        port: TCP port; 0 takes a free one and publishes it in the run folder.
        preview_hz: Live pictures per second.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 0
    preview_hz: Annotated[int, Field(ge=1, le=30)] = 5


class MqttSettings(Settings):
    """`[mqtt]`: messages for dashboards and plant systems; nothing leaves the machine unless this is enabled.

    Attributes:
        enabled: Whether the station publishes.
        host: The broker; its certificate has to carry this name.
        port: TCP port of the broker.
        tls: Encrypts, and checks the broker's certificate and name; off only for a broker on this machine or a
            network that nobody else reaches.
        ca_file: Certificates (PEM) that the broker's has to lead to; empty takes those of the system.
        certificate_file: The station's own certificate (PEM), if the broker asks for one; with `key_file`.
        key_file: Its private key (PEM, not encrypted); readable by nobody but the owner.
        user: User name at the broker; empty connects without.
        password_file: File with the password; readable by nobody but the owner.
        client_id: Client identifier, unique at the broker; empty takes "inspector-" and the station's name.
        prefix: First levels of every topic, such as "acme/site1/area2".
        keepalive_s: A broker that is silent for longer is taken for gone.
        in_flight: Messages that may wait for the broker's confirmation.
        counts_every_s: Period of the message with the counts.
        reconnect_at_most_s: Longest wait between two attempts to reach the broker.
    """

    enabled: bool = False
    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8_883
    tls: bool = True
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    user: Annotated[str, Field(max_length=200)] = ""
    password_file: str = ""
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = ""
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$", max_length=200)] = "inspector"
    keepalive_s: Annotated[int, Field(ge=5, le=3_600)] = 30
    in_flight: Annotated[int, Field(ge=1, le=1_000)] = 100
    counts_every_s: Annotated[int, Field(ge=1, le=86_400)] = 10
    reconnect_at_most_s: Annotated[int, Field(ge=1, le=3_600)] = 60


class OpcuaSettings(Settings):
    """`[opcua]`: an OPC UA server for plant systems; it listens only if this is enabled.

    Attributes:
        enabled: Whether the station serves OPC UA.
        host: IPv4 address to listen on; nothing listens off loopback unless this says so.
        port: TCP port; 0 takes a free one and publishes it in the run folder.
        anonymous_read: A client with a trusted certificate may read without a user; methods need one all the same.
        results: Results that are kept for reading and for the methods.
        sessions: Connections and sessions at most.
        subscriptions: Subscriptions at most, of all sessions together.
    """

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 4_840
    anonymous_read: bool = False
    results: Annotated[int, Field(ge=1, le=1_000)] = 100
    sessions: Annotated[int, Field(ge=1, le=100)] = 20
    subscriptions: Annotated[int, Field(ge=1, le=1_000)] = 50
