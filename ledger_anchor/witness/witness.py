# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a witness answers (c2sp.org/tlog-witness, `add-checkpoint`), without any network."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from inspector.errors import FormatInvalid, ProofInvalid, SignatureInvalid
from inspector.evidence.cosignature import CosignerKey
from inspector.evidence.keys import DocumentSigner
from inspector.evidence.merkle import EMPTY_ROOT, verify_consistency
from inspector.evidence.note import (
    Checkpoint,
    NoteKey,
    open_checkpoint,
    parse_checkpoint,
    parse_signature_line,
    split_note,
)
from ledger_anchor.witness.request import AddCheckpoint, parse_request
from ledger_anchor.witness.state import Cosigned, WitnessState

log = logging.getLogger(__name__)

TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and type of an HTTP answer."""

    status: int
    body: str
    content_type: str = TEXT


class Witness:
    """Cosigns checkpoints that extend those before.

    Args:
        key: Its public key.
        signer: Signs for it.
        logs: Keys of the logs that it watches; a key's name is the origin.
        state: What it cosigned.
        time_s: Now, in seconds since 1970.
    """

    def __init__(
        self,
        key: CosignerKey,
        signer: DocumentSigner,
        logs: Iterable[NoteKey],
        state: WitnessState,
        time_s: Callable[[], int],
    ) -> None:
        self._key = key
        self._signer = signer
        self._logs = {log_key.name: log_key for log_key in logs}
        self._state = state
        self._time_s = time_s

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer `POST add-checkpoint`.

        Raises:
            StoreError: The state cannot be read or written; nothing was signed.
        """
        try:
            request = parse_request(body)
            origin = parse_checkpoint(split_note(request.note)[0]).origin
        except FormatInvalid as error:
            return Answer(400, f"{error.message}\n")
        log_key = self._logs.get(origin)
        if log_key is None:
            return Answer(404, "this witness does not know the log\n")
        try:
            checkpoint = open_checkpoint(request.note, log_key)
        except (SignatureInvalid, FormatInvalid) as error:
            return Answer(403, f"{error.message}\n")
        if request.old > checkpoint.size:
            return Answer(400, "the old size is larger than that of the checkpoint\n")
        return self._compare(request, checkpoint, log_key)

    def checkpoint(self, origin_hash: str) -> Answer:
        """Answer `GET <origin hash>/checkpoint`.

        Raises:
            StoreError: The state cannot be read.
        """
        for origin in self._logs:
            if hashlib.sha256(origin.encode("utf-8")).hexdigest() == origin_hash:
                newest = self._state.newest(origin)
                if newest is not None:
                    return Answer(200, newest.note)
        return Answer(404, "this witness has cosigned no such log\n")

    def _compare(self, request: AddCheckpoint, checkpoint: Checkpoint, log_key: NoteKey) -> Answer:
        # Looking and writing are one transaction, and it is durable before anybody gets the cosignature: else two
        # requests, or a crash, could have a smaller tree cosigned after a larger one.
        with self._state.updating(checkpoint.origin) as update:
            known = update.before.size if update.before is not None else 0
            if request.old != known:
                return Answer(409, f"{known}\n", SIZE)
            try:
                _check_growth(request, checkpoint, update.before)
            except ProofInvalid as error:
                log.error("%s shows a history that is not the one before: %s", checkpoint.origin, error.message)
                return Answer(422, f"{error.message}\n")
            text, signatures = split_note(request.note)
            line = self._key.cosign(text, self._signer, self._time_s())
            by_log = [one for one in signatures if parse_signature_line(one)[:2] == (log_key.name, log_key.key_id)]
            note = text + "\n" + "".join(f"{one}\n" for one in by_log) + line
            update.after = Cosigned(checkpoint.size, checkpoint.root, note)
        return Answer(200, line)


def _check_growth(request: AddCheckpoint, checkpoint: Checkpoint, before: Cosigned | None) -> None:
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise ProofInvalid("The empty log has another root than the empty tree")
    if request.old == 0:
        if request.proof:
            raise ProofInvalid("A proof from the empty tree has no hashes")
        return
    verify_consistency(request.old, checkpoint.size, before.root if before else b"", checkpoint.root, request.proof)
