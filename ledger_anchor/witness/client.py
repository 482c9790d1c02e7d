# SPDX-License-Identifier: AGPL-3.0-or-later
"""The log's side of witnesses: asks all of them at once, and waits for none that the others can do without."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from time import monotonic

import httpx

from inspector.errors import EvidenceError, FormatInvalid, LedgerError, LedgerInconsistent, LedgerUnreachable
from inspector.evidence.log_policy import LogPolicy, PolicyWitness
from inspector.evidence.note import decode_decimal, parse_checkpoint, split_note
from ledger_anchor.web.fetch import Fetched, fetch
from ledger_anchor.witness.request import format_request

log = logging.getLogger(__name__)

WITHIN_S = 5.0
GRACE_S = 0.2
"""So long the others are waited for when there are enough: a checkpoint with all cosignatures is worth more."""
_LONGEST_ANSWER = 20_000


class HttpCosigners:
    """The witnesses of a policy that have a URL. Used by one thread.

    Args:
        policy: Who they are and how many of them are enough.
        http: Sends the requests; TLS and its roots are its business.
    """

    def __init__(self, policy: LogPolicy, http: httpx.Client) -> None:
        self._policy = policy
        self._asked = [_Asked(witness, http) for witness in policy.witnesses if witness.url]
        self._pool = ThreadPoolExecutor(max(1, len(self._asked)), thread_name_prefix="witness")

    def close(self) -> None:
        """End its threads, after the requests that are under way."""
        self._pool.shutdown()

    def cosign(self, note: str, consistency: Callable[[int], list[bytes]]) -> str:
        """See `ledger_anchor.log.directory.Cosigners`."""
        size = parse_checkpoint(split_note(note.encode("utf-8"))[0]).size
        free = [asked for asked in self._asked if not asked.busy]
        lines: dict[str, str] = {}
        errors: dict[str, LedgerError] = {
            asked.name: LedgerUnreachable("it has not answered the request before") for asked in self._asked
        }
        pending = {self._submit(asked, note, size, consistency): asked for asked in free}
        end_s = monotonic() + WITHIN_S + 1
        while pending and monotonic() < end_s:
            done, _ = wait(pending, timeout=end_s - monotonic(), return_when=FIRST_COMPLETED)
            for future in done:
                asked = pending.pop(future)
                try:
                    answer = future.result()
                except LedgerError as error:
                    errors[asked.name] = error
                    continue
                if isinstance(answer, str):
                    lines[asked.name] = answer
                else:  # it has seen another size than we thought; once more with the proof from there
                    pending[self._submit(asked, note, size, consistency)] = asked
            if lines and self._policy.is_met(lines):
                end_s = min(end_s, monotonic() + GRACE_S)
        for name in lines:
            errors.pop(name)
        for name, reason in errors.items():
            log.warning("the witness %s did not cosign size %d: %s", name, size, reason)
        if self._policy.is_met(lines):
            return note + "".join(lines.values())
        kind = LedgerInconsistent if any(isinstance(e, LedgerInconsistent) for e in errors.values()) else None
        reasons = "; ".join(f"{name}: {error.message}" for name, error in errors.items())
        raise (kind or LedgerUnreachable)(
            f"Too few witnesses cosigned size {size} for the quorum {self._policy.quorum}: {reasons}",
            "Ask those who run the witnesses",
        )

    def _submit(
        self, asked: _Asked, note: str, size: int, consistency: Callable[[int], list[bytes]]
    ) -> Future[str | int]:
        old = asked.size
        if old > size:
            failed: Future[str | int] = Future()
            failed.set_exception(
                LedgerInconsistent(
                    f"it has seen {old} entries, the log has {size}: the log was put back to an older copy"
                )
            )
            return failed
        proof = consistency(old) if old else []
        return self._pool.submit(asked.add_checkpoint, note, size, format_request(old, proof, note))


class _Asked:
    """One witness, and what it has said."""

    def __init__(self, witness: PolicyWitness, http: httpx.Client) -> None:
        self.name = witness.name
        self.size = 0
        """Of the checkpoint that it cosigned last, as far as is known."""
        self._key = witness.key
        self._policy = LogPolicy(witnesses=(witness,), quorum=witness.name)
        self._url = witness.url.rstrip("/") + "/add-checkpoint"
        self._http = http
        self._running = threading.Lock()
        self._tries = 0

    @property
    def busy(self) -> bool:
        """Whether a request is still under way."""
        return self._running.locked()

    def add_checkpoint(self, note: str, size: int, body: bytes) -> str | int:
        """The signature line, or the size from which the witness wants the proof.

        Raises:
            LedgerUnreachable: No usable answer.
            LedgerInconsistent: The witness has seen another log.
        """
        with self._running:
            answer = fetch(self._http, "POST", self._url, body, within_s=WITHIN_S, longest=_LONGEST_ANSWER)
            if answer.status == 200:
                line = self._own_line(note, answer)
                self.size, self._tries = size, 0
                return line
            if answer.status == 409 and self._tries < 2:
                self._tries += 1
                self.size = self._newest(answer)
                return self.size
            self._tries = 0
            kind = LedgerInconsistent if answer.status == 422 else LedgerUnreachable
            raise kind(f"it answers {answer.status}: {answer.text()[:200]}")

    def _own_line(self, note: str, answer: Fetched) -> str:
        """Of all lines that it returned the one by the key that is known, if it is valid."""
        for line in answer.text().splitlines(keepends=True):
            try:
                if self._policy.cosigned((note + line).encode("utf-8")):
                    return line
            except EvidenceError as error:
                raise LedgerUnreachable(f"it answers with a bad cosignature: {error.message}") from error
        raise LedgerUnreachable("it answers without a cosignature by the key that the policy names")

    def _newest(self, answer: Fetched) -> int:
        try:
            return decode_decimal(answer.text().strip(), "size")
        except FormatInvalid as error:
            raise LedgerUnreachable(f"its answer has no size: {error.message}") from error
