# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tells people of findings: a webhook, an e-mail, or both."""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field

from inspector.config.base import Settings
from inspector.errors import LedgerUnreachable
from ledger_anchor.monitor.finding import RULES, Finding
from ledger_anchor.passphrase import read_secret
from ledger_anchor.web.fetch import fetch, http_client

WITHIN_S = 20.0
MOST_AT_ONCE = 100


class WebhookSettings(Settings):
    """`[webhook]`.

    Attributes:
        url: Gets a POST with JSON: {"log": ..., "findings": [{"rule", "station", "place", "message"}]}.
        token_file: Sent as "Authorization: Bearer", relative to the folder; empty for none.
        ca_file: Certificates (PEM) that its own has to lead to; empty takes those of the system.
    """

    url: Annotated[str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|\[::1\]|localhost)[:/])")]
    token_file: str = ""
    ca_file: str = ""


class MailSettings(Settings):
    """`[mail]`.

    Attributes:
        host: Mail server.
        port: Its port.
        tls: "starttls", "implicit", or "none" for a server on this machine.
        sender: Address that it comes from.
        to: Addresses that it goes to.
        user: Name at the server; empty for none.
        password_file: Its password, relative to the folder.
        ca_file: Certificates (PEM) that the server's has to lead to; empty takes those of the system.
    """

    host: str
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    tls: Annotated[str, Field(pattern="^(starttls|implicit|none)$")] = "starttls"
    sender: str
    to: Annotated[list[str], Field(min_length=1, max_length=20)]
    user: str = ""
    password_file: str = ""
    ca_file: str = ""


class Channel(Protocol):
    """A way to tell people."""

    def tell(self, log: str, findings: Sequence[Finding]) -> None:
        """Tell of findings.

        Raises:
            LedgerUnreachable: Nobody was told.
        """
        ...


class Webhook:
    """Sends JSON."""

    def __init__(self, settings: WebhookSettings, folder: Path) -> None:
        self._url = settings.url
        self._headers = {"content-type": "application/json"}
        if settings.token_file:
            self._headers["authorization"] = f"Bearer {read_secret(folder / settings.token_file)}"
        self._ca_file = folder / settings.ca_file if settings.ca_file else None

    def tell(self, log: str, findings: Sequence[Finding]) -> None:
        """See `Channel`."""
        body = json.dumps({"log": log, "findings": [one.document() for one in findings]}).encode()
        with http_client(self._ca_file) as http:
            answer = fetch(http, "POST", self._url, body, within_s=WITHIN_S, longest=1 << 20, headers=self._headers)
        if not 200 <= answer.status < 300:
            raise LedgerUnreachable(f"{self._url} answers {answer.status}", "Check the webhook")


class Mail:
    """Sends an e-mail."""

    def __init__(self, settings: MailSettings, folder: Path) -> None:
        self._settings = settings
        self._password = read_secret(folder / settings.password_file) if settings.password_file else ""
        self._context = ssl.create_default_context(cafile=folder / settings.ca_file if settings.ca_file else None)

    def tell(self, log: str, findings: Sequence[Finding]) -> None:
        """See `Channel`."""
        settings = self._settings
        message = EmailMessage()
        message["Subject"] = f"{len(findings)} findings in the log {log}"
        message["From"], message["To"] = settings.sender, ", ".join(settings.to)
        message.set_content("\n".join(_line(one) for one in findings) + "\n")
        try:
            with self._connected() as server:
                if settings.user:
                    server.login(settings.user, self._password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise LedgerUnreachable(f"The mail server {settings.host} did not take it: {error}", "Check it") from error

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.tls == "implicit":
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=WITHIN_S, context=self._context)
        server = smtplib.SMTP(settings.host, settings.port, timeout=WITHIN_S)
        if settings.tls == "starttls":
            server.starttls(context=self._context)
        return server


def _line(finding: Finding) -> str:
    station = f" of {finding.station}" if finding.station else ""
    return f"{finding.rule}{station}, {finding.place}: {finding.message}\n  ({RULES[finding.rule]})"
