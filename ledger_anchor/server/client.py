# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station's side of a served log. It trusts the key and the policy of its settings, not the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from inspector.errors import (
    EvidenceError,
    FormatInvalid,
    LedgerInconsistent,
    LedgerRefused,
    LedgerUnreachable,
)
from inspector.evidence.log_policy import LogPolicy
from inspector.evidence.merkle import leaf_hash, verify_inclusion
from inspector.evidence.note import Checkpoint, NoteKey
from inspector.evidence.proof import parse_proof
from ledger_anchor.ledger import Document, Receipt
from ledger_anchor.log.directory import KIND, Submission
from ledger_anchor.log.reader import LogReader, fetch_url
from ledger_anchor.server.messages import Added, AddRequest, AddResponse, Entry, Problem, Progress
from ledger_anchor.web.fetch import Fetched, fetch

WITHIN_S = 20.0
_LONGEST_ANSWER = 8 << 20

M = TypeVar("M", bound=BaseModel)


class HttpLog:
    """A log behind a URL.

    Args:
        url: Prefix of its endpoints.
        key: Its key.
        policy: Witnesses whose cosignatures a receipt must carry; a quorum of "none" asks for none.
        token: Of this station.
        http: Sends the requests; closed by `close`.
    """

    def __init__(self, url: str, key: NoteKey, policy: LogPolicy, token: str, http: httpx.Client) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._policy = policy
        self._headers = {"authorization": f"Bearer {token}"}
        self._http = http
        self._reader = LogReader(fetch_url(http, url), key)
        self._newest: Checkpoint | None = None
        self._accepted: tuple[str, Checkpoint] | None = None

    @property
    def kind(self) -> str:
        """See `ledger_anchor.ledger.Ledger`."""
        return KIND

    @property
    def origin(self) -> str:
        """See `ledger_anchor.ledger.Ledger`."""
        return self._key.name

    def close(self) -> None:
        """See `ledger_anchor.ledger.Ledger`."""
        self._http.close()

    @property
    def takes_heads(self) -> bool:
        """See `ledger_anchor.ledger.Ledger`."""
        return True

    def head_count(self, station: str) -> int:
        """See `ledger_anchor.ledger.Ledger`."""
        answer = self._ask("GET", "/progress")
        progress = _parsed(Progress, answer)
        if progress.station != station:
            raise LedgerUnreachable(f"The token is that of {progress.station}, not of {station}", "Ask for another")
        return progress.head_count

    def submit(self, document: Document, consistency: Sequence[bytes] = ()) -> Receipt:
        """See `ledger_anchor.ledger.Ledger`."""
        answer = self.submit_all([Submission(document, consistency)])[0]
        if isinstance(answer, Receipt):
            return answer
        raise answer

    def submit_all(self, submissions: Sequence[Submission]) -> list[Receipt | LedgerRefused | FormatInvalid]:
        """Add documents; each is admitted or refused by itself.

        Raises:
            LedgerUnreachable: No usable answer; whether they were added a later call says.
            LedgerInconsistent: An answer proves nothing, or the log is not what it was.
        """
        request = AddRequest(entries=[Entry.of(submission) for submission in submissions])
        answer = self._ask("POST", "/add", request.model_dump_json().encode())
        answers = _parsed(AddResponse, answer).answers
        if len(answers) != len(submissions):
            raise LedgerUnreachable(f"{self._url} answers for {len(answers)} of {len(submissions)} documents")
        return [self._checked(one, submission.document) for one, submission in zip(answers, submissions, strict=True)]

    def check(self, receipt: Receipt) -> None:
        """See `ledger_anchor.ledger.Ledger`."""
        try:
            known = self._policy.accept(parse_proof(receipt.proof).checkpoint.encode("utf-8"), self._key).checkpoint
        except EvidenceError as error:
            raise LedgerInconsistent(
                f"The newest receipt of {self.origin} is not one of it: {error.message}", "Run `inspector verify`"
            ) from error
        newest = self._reader.checkpoint()[1]
        self._reader.check_growth(known, newest)
        self._newest = newest

    def _ask(self, method: str, path: str, body: bytes = b"") -> Fetched:
        answer = fetch(
            self._http,
            method,
            self._url + path,
            body,
            within_s=WITHIN_S,
            longest=_LONGEST_ANSWER,
            headers=self._headers,
        )
        if answer.status == 200:
            return answer
        try:
            problem = Problem.model_validate_json(answer.body)
        except ValidationError:
            raise LedgerUnreachable(f"{self._url}{path} answers {answer.status}", "Ask who runs the log") from None
        # The server's word alone does not stop anchoring for good: what it says of itself is no proof.
        raise LedgerUnreachable(f"The log {self.origin} answers {answer.status}: {problem.message}", problem.advice)

    def _checked(self, answer: Added, document: Document) -> Receipt | LedgerRefused | FormatInvalid:
        if answer.problem is not None:
            kind = FormatInvalid if answer.problem.code == FormatInvalid.code else LedgerRefused
            return kind(answer.problem.message, answer.problem.advice)
        receipt = answer.receipt(self.origin)
        try:
            proof = parse_proof(receipt.proof)
            checkpoint = self._opened(proof.checkpoint)
            verify_inclusion(leaf_hash(document.leaf), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
        except EvidenceError as error:
            raise LedgerInconsistent(
                f"The log {self.origin} gives a receipt that proves nothing: {error.message}",
                "Compare its key and the policy of its witnesses with the settings",
            ) from error
        if (proof.index, receipt.digest) != (answer.index, document.digest):
            raise LedgerInconsistent(f"The log {self.origin} gives the receipt of another document")
        self._grows_to(checkpoint)
        return receipt

    def _opened(self, note: str) -> Checkpoint:
        """A checkpoint of the log with enough cosignatures; the receipts of a batch have the same one, to the byte."""
        if self._accepted is None or self._accepted[0] != note:
            self._accepted = note, self._policy.accept(note.encode("utf-8", "surrogatepass"), self._key).checkpoint
        return self._accepted[1]

    def _grows_to(self, checkpoint: Checkpoint) -> None:
        """A log may show nobody two histories: what it says now extends what it said before."""
        before = self._newest
        if before is None or before == checkpoint:
            self._newest = checkpoint
            return
        old, new = sorted((before, checkpoint), key=lambda one: one.size)
        self._reader.check_growth(old, new)
        self._newest = new


def _parsed(model: type[M], answer: Fetched) -> M:
    try:
        return model.model_validate_json(answer.body)
    except ValidationError as error:
        raise LedgerUnreachable(f"The log answers something else than a {model.__name__}") from error
