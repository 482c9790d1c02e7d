# SPDX-License-Identifier: AGPL-3.0-or-later
"""A time stamp authority as a ledger. Each token is checked by what auditors run before it becomes a receipt."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from inspector.config.ledger import TsaSettings
from inspector.errors import (
    ConfigError,
    EvidenceError,
    FormatInvalid,
    LedgerInconsistent,
    LedgerRefused,
    LedgerUnreachable,
)
from inspector.evidence.rotation import RotationDocument
from inspector.evidence.seal import parse_document
from inspector.evidence.timestamp import MAX_STAMP, TimeStamp, check_stamp, check_token, format_stamp
from inspector.evidence.tsa_roots import TsaRoots, not_in, read_certificates
from inspector.evidence.verify.stamps import KIND
from inspector.evidence.verify.times import CLOCK_MAY_DIFFER_US
from ledger_anchor.ledger import Document, Receipt
from ledger_anchor.passphrase import read_secret
from ledger_anchor.timestamp.library import Request, make_request, second_opinion
from ledger_anchor.timestamp.response import read_response
from ledger_anchor.web.fetch import fetch, http_client

log = logging.getLogger(__name__)

_LONGEST_ANSWER = 64_000
_KEPT = 1000


class TsaLedger:
    """Stamps documents; it has no order, and compares nothing.

    What it gave for a document it gives again while it lives; after a restart the authority is asked once more.

    Args:
        settings: With files as they are (`beside`).

    Raises:
        ConfigError: A file is missing or no good.
    """

    def __init__(self, settings: TsaSettings) -> None:
        self._settings = settings
        policies = [settings.policy] if settings.policy else []
        try:
            self._roots = TsaRoots(_certificates(settings.roots_file), policies)
        except FormatInvalid as error:
            raise ConfigError(f"{settings.roots_file}: {error.message}", "Name a PEM file with the root") from error
        self._more = _certificates(settings.certificates_file) if settings.certificates_file else []
        self._headers = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
        self._headers |= _authorization(settings)
        self._receipts: OrderedDict[str, Receipt] = OrderedDict()
        self._http = http_client(Path(settings.ca_file) if settings.ca_file else None)

    @property
    def kind(self) -> str:
        """See `ledger_anchor.ledger.Ledger`."""
        return KIND

    @property
    def origin(self) -> str:
        """See `ledger_anchor.ledger.Ledger`."""
        return self._settings.origin

    @property
    def takes_heads(self) -> bool:
        """See `ledger_anchor.ledger.Ledger`."""
        return self._settings.heads

    def head_count(self, station: str) -> int:
        """0: an authority compares nothing."""
        return 0

    def check(self, receipt: Receipt) -> None:
        """Nothing: an authority keeps nothing that it could lose."""

    def close(self) -> None:
        """See `ledger_anchor.ledger.Ledger`."""
        self._http.close()

    def submit(self, document: Document, consistency: Sequence[bytes] = ()) -> Receipt:
        """Have a document stamped.

        Args:
            document: Seal, head or rotation.
            consistency: Not looked at.

        Raises:
            LedgerRefused: The authority does not stamp it, or it is a head and heads are not stamped.
            FormatInvalid: It is no seal, head or rotation.
            LedgerUnreachable: The authority does not answer, or answers with something else than a time stamp.
            LedgerInconsistent: Its token does not prove that the document existed.
        """
        kept = self._receipts.get(document.digest)
        if kept is not None:
            return kept
        made_us = self._made_us(document)
        request = make_request(document.leaf)
        answer = self._ask(request)
        try:
            token = read_response(answer)
        except FormatInvalid as error:
            message = f"{self._settings.url} answers with something else than a time stamp: {error.message}"
            raise LedgerUnreachable(message, "Check the address; somebody may be in between") from error
        try:
            proof = self._check(answer, token, document, request, made_us)
        except EvidenceError as error:
            raise LedgerInconsistent(
                f"The time stamp of {self._settings.url} is not taken: {error.message}",
                "Check roots_file, certificates_file, policy and the clocks, then ask whoever runs it",
            ) from error
        receipt = Receipt(document.digest, KIND, self.origin, 0, proof)
        self._receipts[document.digest] = receipt
        if len(self._receipts) > _KEPT:
            self._receipts.popitem(last=False)
        return receipt

    def _made_us(self, document: Document) -> int:
        """The document's own time; 0 where it has none."""
        if isinstance(document, RotationDocument):
            return 0
        fields = parse_document(document.data)
        if fields["type"] == "head" and not self.takes_heads:
            raise LedgerRefused(f"{self.origin} does not stamp heads", "Set heads = true to have them stamped")
        made_us = fields["t_us"]
        return made_us if isinstance(made_us, int) else 0

    def _ask(self, request: Request) -> bytes:
        settings = self._settings
        answer = fetch(
            self._http,
            "POST",
            settings.url,
            request.data,
            within_s=settings.timeout_s,
            longest=_LONGEST_ANSWER,
            headers=self._headers,
        )
        if answer.status in (401, 403):
            raise LedgerUnreachable(
                f"{settings.url} lets nobody in like that (HTTP {answer.status})", "Check the password"
            )
        if answer.status != 200:
            raise LedgerUnreachable(f"{settings.url} answers with HTTP {answer.status}", "Check the address")
        return answer.body

    def _check(self, answer: bytes, token: bytes, document: Document, request: Request, made_us: int) -> str:
        """What an auditor is going to check, and the nonce; the `proof` of the receipt.

        Raises:
            EvidenceError: It is no good.
        """
        digest = hashlib.sha256(document.leaf).digest()
        stamp = check_token(token, digest, self._more)
        if stamp.nonce is None or stamp.nonce != request.nonce:
            raise FormatInvalid("It is the answer to another request: its nonce is another one")
        path = self._roots.path(stamp)
        _check_time(stamp, made_us)
        proof = format_stamp(token, not_in(token, path))
        if len(proof) > MAX_STAMP:
            raise FormatInvalid(f"Token and certificates have {len(proof)} characters, a receipt at most {MAX_STAMP}")
        self._roots.path(check_stamp(proof, digest))  # as it will be read, without the certificates of the settings
        if not second_opinion(answer, document.leaf, request.nonce, path):
            log.info("%s: only one program could check this time stamp", self.origin)
        return proof


def _check_time(stamp: TimeStamp, made_us: int) -> None:
    if stamp.before_us + CLOCK_MAY_DIFFER_US < made_us:
        raise FormatInvalid(f"It says {stamp.time:%Y-%m-%dT%H:%M:%SZ}, which is before the document was made")


def _certificates(path: str) -> list[x509.Certificate]:
    try:
        return read_certificates(Path(path).read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError, FormatInvalid) as error:
        raise ConfigError(f"{path} holds no certificates: {error}", "Name a PEM file") from error


def _authorization(settings: TsaSettings) -> dict[str, str]:
    if settings.token_file:
        return {"authorization": f"Bearer {read_secret(Path(settings.token_file))}"}
    if settings.user:
        both = f"{settings.user}:{read_secret(Path(settings.password_file))}"
        return {"authorization": "Basic " + base64.b64encode(both.encode("utf-8")).decode("ascii")}
    return {}
