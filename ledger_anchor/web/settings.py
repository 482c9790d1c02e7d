# SPDX-License-Identifier: AGPL-3.0-or-later
"""`[listen]` of a ledger's servers."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import Field

from inspector.config.base import IpAddress, Settings
from inspector.errors import ConfigError


class ListenSettings(Settings):
    """`[listen]`.

    Attributes:
        host: Address to listen on. Any other than loopback asks for TLS.
        port: TCP port; 0 takes a free one and says which.
        certificate_file: Certificate chain (PEM), relative to the folder of the settings; empty without TLS.
        key_file: Its private key (PEM, not encrypted); readable by nobody but the owner.
        behind_proxy: Another program on this network ends TLS: listen without it off loopback.
        requests_per_minute: So many requests of one address in a minute are answered, reading of files not counted.
    """

    host: IpAddress = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 0
    certificate_file: str = ""
    key_file: str = ""
    behind_proxy: bool = False
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 600


def check_listen(settings: ListenSettings, folder: Path) -> tuple[Path, Path] | None:
    """Files of TLS, or None without it.

    Raises:
        ConfigError: Only one of them is named or one is missing, or it would be open off loopback without TLS.
    """
    names = [settings.certificate_file, settings.key_file]
    if all(names):
        certificate, key = (folder / name for name in names)
        for path in (certificate, key):
            if not path.is_file():
                raise ConfigError(f"{path} of [listen] is not there", "Name a PEM file")
        return certificate, key
    if any(names):
        raise ConfigError("[listen] names only one of certificate_file and key_file", "Name both or none")
    if not ipaddress.ip_address(settings.host).is_loopback and not settings.behind_proxy:
        raise ConfigError(
            f"[listen] would be open on {settings.host} without encryption",
            "Name certificate_file and key_file, or set behind_proxy if another program ends TLS",
        )
    return None
