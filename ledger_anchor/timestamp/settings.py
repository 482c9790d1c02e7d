# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings of a ledger that is a time stamp authority."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from inspector.config.base import Settings

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _tsa_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("name an http or https address without user and fragment")
    return text


class TsaSettings(Settings):
    """A time stamp authority as the ledger of a station.

    Attributes:
        origin: Name of the ledger, as receipts give it.
        url: Address that takes requests (RFC 3161, section 3.4). Plain http will do without a password: tokens are
            signed. Who is in between can keep tokens away, though. Messages name it: no secret belongs in it.
        roots_file: Certificates (PEM) of the authorities that are trusted: what auditors are going to trust.
        certificates_file: Certificates (PEM) that lead to a root, for an authority that does not send them; empty
            without.
        policy: Object identifier of the policy that tokens must have; empty for any.
        heads: Stamp heads of open shifts, too. Authorities may cost money, and the next seal stamps the same records.
        ca_file: Certificates (PEM) that the authority's TLS certificate must lead to; empty: those of the system.
        user: Name for basic authentication, with `password_file`; empty without.
        password_file: Holds the password.
        token_file: Holds a token (`Authorization: Bearer`); empty without.
        timeout_s: A whole answer must be there in this time.
    """

    origin: Annotated[str, Field(min_length=1, max_length=100)]
    url: Annotated[str, Field(max_length=500), AfterValidator(_tsa_url)]
    roots_file: Annotated[str, Field(min_length=1)]
    certificates_file: str = ""
    policy: Annotated[str, Field(pattern=r"^([012](\.(0|[1-9][0-9]{0,18})){1,30})?$")] = ""
    heads: bool = False
    ca_file: str = ""
    user: Annotated[str, Field(pattern=r"^[^:\x00-\x1f]{0,100}$")] = ""
    password_file: str = ""
    token_file: str = ""
    timeout_s: Annotated[int, Field(ge=1, le=300)] = 20

    @model_validator(mode="after")
    def _check_secrets(self) -> TsaSettings:
        if bool(self.user) != bool(self.password_file) or (self.user and self.token_file):
            raise ValueError("name user and password_file, or token_file, or none of them")
        parts = urlsplit(self.url)
        if (self.user or self.token_file) and parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ValueError("a password or token goes over https only")
        return self

    def beside(self, folder: Path) -> TsaSettings:
        """The same with its files taken relative to a folder."""
        names = ("roots_file", "certificates_file", "ca_file", "password_file", "token_file")
        return self.model_copy(
            update={name: str(folder / getattr(self, name)) for name in names if getattr(self, name)}
        )
