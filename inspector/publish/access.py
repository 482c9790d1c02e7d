# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the station shows the broker and what it asks of it: password, certificates. None of it is ever logged."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from inspector.config import MqttSettings
from inspector.errors import ConfigError
from inspector.private import check_private


@dataclass(frozen=True)
class Access:
    """Credentials, read and checked.

    Attributes:
        password: The password, or None.
        tls: Checks the broker's certificate and name, or None for a connection in clear.
    """

    password: str | None = field(repr=False)
    tls: ssl.SSLContext | None


def read_access(station: Path, settings: MqttSettings) -> Access:
    """Read what the settings name; relative paths are relative to the station directory.

    Raises:
        ConfigError: A file is missing, is no certificate or key, or others can read a secret.
    """
    password = None
    if settings.password_file:
        password = _password(station / settings.password_file)
    return Access(password, _tls(station, settings) if settings.tls else None)


def _password(path: Path) -> str:
    check_private(path)
    try:
        password = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as a password", "Check the file and its owner") from error
    if not password or len(password.encode()) > 1_000:
        raise ConfigError(f"{path} holds no password of 1 to 1000 bytes", "Write the password into its only line")
    return password


def _tls(station: Path, settings: MqttSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(station / settings.ca_file) if settings.ca_file else None)
    except OSError as error:
        raise ConfigError(
            f"{station / settings.ca_file} cannot be used: {error}", "mqtt.ca_file has to be certificates in PEM"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.certificate_file:
        certificate, key = station / settings.certificate_file, station / settings.key_file
        check_private(key)
        try:
            # An encrypted key would ask at a prompt that nobody sees.
            context.load_cert_chain(certificate, key, password=b"")
        except OSError as error:
            raise ConfigError(
                f"{certificate} and {key} cannot be used: {error}", "Both have to be PEM, the key not encrypted"
            ) from error
    return context
