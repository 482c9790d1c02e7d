# SPDX-License-Identifier: AGPL-3.0-or-later
"""One request to somebody else's server: within a time and a size, whatever it answers."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from inspector.errors import ConfigError, LedgerUnreachable


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer.

    Attributes:
        status: HTTP status.
        body: Its bytes.
    """

    status: int
    body: bytes

    def text(self) -> str:
        """The body; what is not UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")


def http_client(ca_file: Path | None = None) -> httpx.Client:
    """A client that trusts the system's certificates, or only those of a file (PEM).

    Raises:
        ConfigError: The file is missing or no certificate.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"{ca_file} holds no certificates: {error}", "Name a PEM file") from error
    return httpx.Client(verify=context, trust_env=False, follow_redirects=False)


def fetch(
    http: httpx.Client,
    method: str,
    url: str,
    body: bytes = b"",
    *,
    within_s: float,
    longest: int,
    headers: dict[str, str] | None = None,
) -> Fetched:
    """Send a request.

    Args:
        http: The client.
        method: GET or POST.
        url: Where to.
        body: What to send.
        within_s: The whole answer must be there in this time.
        longest: Longest answer in bytes.
        headers: More headers.

    Raises:
        LedgerUnreachable: No answer, or a longer or slower one.
    """
    end_s = time.monotonic() + within_s
    data = bytearray()
    try:
        with http.stream(method, url, content=body or None, timeout=within_s, headers=headers) as response:
            for part in response.iter_bytes():
                data += part
                if len(data) > longest:
                    raise LedgerUnreachable(f"{url} answers with more than {longest} bytes")
                if time.monotonic() > end_s:
                    raise LedgerUnreachable(f"{url} has not answered within {within_s:g} s")
            return Fetched(response.status_code, bytes(data))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise LedgerUnreachable(f"{url} does not answer: {error}", "Check the network and the other side") from error
