# SPDX-License-Identifier: AGPL-3.0-or-later
"""`[ledger]`: where seals are kept outside the station, and which of these places have to hold one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from inspector.config.base import Settings

WEI_PER_GWEI = 1_000_000_000
_MOST_SHARED = 8
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _node_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("name an http or https address without user, query or fragment")
    return text


def _tsa_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("name an http or https address without user and fragment")
    return text


def _address(text: str) -> str:
    return text.lower()


LedgerName = Annotated[str, Field(pattern=r"^[!-~]{1,100}$")]
NodeUrl = Annotated[str, Field(max_length=500), AfterValidator(_node_url)]
Address = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$"), AfterValidator(_address)]
Wei = Annotated[int, Field(ge=0, le=10**18)]


class _WithFiles(Settings):
    """Settings that name files."""

    _files: ClassVar[tuple[str, ...]]

    def beside(self, folder: Path) -> Self:
        """The same with its files taken relative to a folder."""
        return self.model_copy(
            update={name: str(folder / getattr(self, name)) for name in self._files if getattr(self, name)}
        )


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

    @property
    def counts(self) -> bool:
        """Whether its receipts count towards the quorum."""
        return True


class NodeSettings(_WithFiles):
    """How to reach a node of a chain and the contract behind it; what an auditor needs, too.

    Attributes:
        url: JSON-RPC address of the node. No message names more of it than the host.
        chain_id: Number of the chain; a node of another one is refused.
        contract: Address of the contract; another contract at this address is refused.
        ca_file: Certificates (PEM) that the node's has to lead to; empty takes those of the system.
        token_file: File with a token that the node asks for (`Authorization: Bearer`); empty without.
        timeout_s: A whole answer must be there in this time.
        finality: What is final: blocks that the chain calls "finalized", or those with so many "confirmations". On a
            chain whose blocks are final at once, such as QBFT: "confirmations" with 0 or 1.
        confirmations: So many blocks must stand upon one.
    """

    _files: ClassVar[tuple[str, ...]] = ("ca_file", "token_file")

    url: NodeUrl
    chain_id: Annotated[int, Field(ge=1, le=2**53 - 1)]
    contract: Address
    ca_file: str = ""
    token_file: str = ""
    timeout_s: Annotated[int, Field(ge=1, le=300)] = 10
    finality: Literal["finalized", "confirmations"] = "finalized"
    confirmations: Annotated[int, Field(ge=0, le=100_000)] = 12


class EvmSettings(NodeSettings):
    """One of `[[ledger.shared]]` with kind "evm": a contract on an Ethereum-compatible chain. Needs the extra `evm`.

    Attributes:
        kind: "evm".
        origin: Name of the ledger in receipts: ASCII without spaces.
        keystore_file: The account of the station: an encrypted keystore file, relative to the station directory.
        passphrase_file: File with its passphrase; readable by nobody but the owner.
        max_fee_wei: Most that a unit of gas may cost; above it nothing is sent.
        priority_fee_wei: What those who make blocks get of it; 0 where gas is free.
        bump_after_s: A transaction that is in no block after this time is replaced by one that pays more.
        poll_s: The node is asked again for the same document after this time at the earliest.
    """

    _files: ClassVar[tuple[str, ...]] = ("ca_file", "token_file", "keystore_file", "passphrase_file")

    kind: Literal["evm"]
    origin: LedgerName
    keystore_file: Annotated[str, Field(min_length=1)]
    passphrase_file: Annotated[str, Field(min_length=1)]
    max_fee_wei: Wei = 100 * WEI_PER_GWEI
    priority_fee_wei: Wei = WEI_PER_GWEI
    bump_after_s: Annotated[int, Field(ge=1, le=86_400)] = 120
    poll_s: Annotated[float, Field(ge=0, le=3600)] = 1.0

    @property
    def counts(self) -> bool:
        """Whether its receipts count towards the quorum."""
        return True


class TsaSettings(_WithFiles):
    """One of `[[ledger.shared]]` with kind "timestamp": a time stamp authority (RFC 3161). Needs the extra `timestamp`.

    Attributes:
        kind: "timestamp".
        origin: Name of the ledger in receipts: ASCII without spaces.
        url: Address that takes requests (RFC 3161, section 3.4). Plain http will do where nobody logs in: time stamps
            are signed. Messages name it.
        roots_file: Certificates (PEM) of the authorities that are trusted: what auditors are going to trust.
        certificates_file: Certificates (PEM) that lead to a root, for an authority that does not send them; empty
            without.
        policy: Object identifier of the policy that time stamps must have; empty for any.
        heads: Stamp heads of open shifts, too. Authorities may cost money, and the next seal stamps the same records.
        counts: Whether its receipts count towards `ledger.quorum`. A time stamp proves when a seal existed, and not
            that it is the only one of its shift.
        ca_file: Certificates (PEM) that the authority's has to lead to; empty takes those of the system.
        user: Name for basic authentication, with `password_file`; empty without.
        password_file: File with the password.
        token_file: File with a token (`Authorization: Bearer`); empty without.
        timeout_s: A whole answer must be there in this time.
    """

    _files: ClassVar[tuple[str, ...]] = ("roots_file", "certificates_file", "ca_file", "password_file", "token_file")

    kind: Literal["timestamp"]
    origin: LedgerName
    url: Annotated[str, Field(max_length=500), AfterValidator(_tsa_url)]
    roots_file: Annotated[str, Field(min_length=1)]
    certificates_file: str = ""
    policy: Annotated[str, Field(pattern=r"^([012](\.(0|[1-9][0-9]{0,18})){1,30})?$")] = ""
    heads: bool = False
    counts: bool = False
    ca_file: str = ""
    user: Annotated[str, Field(pattern=r"^[^:\x00-\x1f]{0,100}$")] = ""
    password_file: str = ""
    token_file: str = ""
    timeout_s: Annotated[int, Field(ge=1, le=300)] = 20

    @model_validator(mode="after")
    def _check_secrets(self) -> Self:
        if bool(self.user) != bool(self.password_file) or (self.user and self.token_file):
            raise ValueError("name user and password_file, or token_file, or none of them")
        parts = urlsplit(self.url)
        if (self.user or self.token_file) and parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ValueError("a password or token goes over https only")
        return self


SharedSettings = Annotated[SharedLogSettings | EvmSettings | TsaSettings, Field(discriminator="kind")]


class LedgerSettings(Settings):
    """`[ledger]`.

    Attributes:
        kind: "directory" is the embedded transparency log, "none" has none of its own.
        path: Folder of the log, relative to the station directory.
        origin: Name of the log in its checkpoints.
        witnesses: File with the policy (c2sp.org/tlog-policy) and the URLs of witnesses that have to cosign the
            embedded log, relative to the station directory; empty for none.
        witness_ca_file: Certificates (PEM) that theirs have to lead to; empty takes those of the system.
        quorum: So many of the ledgers that count have to hold a seal before it counts as anchored; 0 means all of
            them.
        shared: Ledgers that others run; each gets every seal.
    """

    kind: Literal["directory", "none"] = "directory"
    path: str = "ledger"
    origin: str = "inspector.local/log"
    witnesses: str = ""
    witness_ca_file: str = ""
    quorum: Annotated[int, Field(ge=0, le=_MOST_SHARED + 1)] = 0
    shared: list[SharedSettings] = Field(default_factory=list, max_length=_MOST_SHARED)

    @property
    def origins(self) -> tuple[str, ...]:
        """Names of all ledgers, the embedded one first."""
        return (*self._own, *(shared.origin for shared in self.shared))

    @property
    def counting(self) -> tuple[str, ...]:
        """Names of those that count towards the quorum."""
        return (*self._own, *(shared.origin for shared in self.shared if shared.counts))

    @property
    def needed(self) -> int:
        """How many of those have to hold a seal; with none at all no seal ever counts as anchored."""
        return self.quorum or max(1, len(self.counting))

    @property
    def _own(self) -> tuple[str, ...]:
        return (self.origin,) if self.kind == "directory" else ()
