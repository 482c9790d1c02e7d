# SPDX-License-Identifier: AGPL-3.0-or-later
"""`[ledger]`: where seals are kept outside the station, and which of these places have to hold one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inspector.config.base import Settings

_MOST_SHARED = 8


class SharedLogSettings(Settings):
    """One of `[[ledger.shared]]` with kind "log": a transparency log that others run.

    Attributes:
        kind: "log".
        url: Prefix of its endpoints, "https://..."; plain http only on loopback.
        key: Its key as a verifier key line, "name+id+key"; the name is that of its receipts.
        witnesses: File with the policy (c2sp.org/tlog-policy) whose quorum has to have cosigned a receipt, relative to
            the station directory; empty asks for none.
        token_file: File with the token of this station, relative to the station directory.
        ca_file: Certificates (PEM) that the log's has to lead to; empty takes those of the system.
    """

    kind: Literal["log"]
    url: Annotated[str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|\[::1\]|localhost)[:/])")]
    key: str
    witnesses: str = ""
    token_file: str
    ca_file: str = ""

    @property
    def origin(self) -> str:
        """Name of the ledger in receipts."""
        return self.key.split("+", 1)[0]


class LedgerSettings(Settings):
    """`[ledger]`.

    Attributes:
        kind: "directory" is the embedded transparency log, "none" has none of its own.
        path: Folder of the log, relative to the station directory.
        origin: Name of the log in its checkpoints.
        witnesses: File with the policy (c2sp.org/tlog-policy) and the URLs of witnesses that have to cosign the
            embedded log, relative to the station directory; empty for none.
        witness_ca_file: Certificates (PEM) that theirs have to lead to; empty takes those of the system.
        quorum: So many of all ledgers have to hold a seal before it counts as anchored; 0 means all of them.
        shared: Ledgers that others run; each gets every seal.
    """

    kind: Literal["directory", "none"] = "directory"
    path: str = "ledger"
    origin: str = "inspector.local/log"
    witnesses: str = ""
    witness_ca_file: str = ""
    quorum: Annotated[int, Field(ge=0, le=_MOST_SHARED + 1)] = 0
    shared: list[SharedLogSettings] = Field(default_factory=list, max_length=_MOST_SHARED)

    @property
    def origins(self) -> tuple[str, ...]:
        """Names of all ledgers."""
        own = (self.origin,) if self.kind == "directory" else ()
        return (*own, *(shared.origin for shared in self.shared))

    @property
    def needed(self) -> int:
        """How many of them have to hold a seal; with none at all no seal ever counts as anchored."""
        return self.quorum or max(1, len(self.origins))
