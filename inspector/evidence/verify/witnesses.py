# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cosignatures in the receipts of a log: who of the trusted witnesses has seen it, enough of them or not, and when.

A bad cosignature of a known witness no honest log would have handed out: TAMPERED. Those of others count for nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from inspector.errors import EvidenceError
from inspector.evidence.log_policy import LogPolicy
from inspector.evidence.proof import parse_proof
from inspector.evidence.verify.documents import Statement
from inspector.evidence.verify.logs import KnownLog
from inspector.evidence.verify.report import LAST, VerificationReport
from inspector.evidence.verify.times import compare_times, utc_words

_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Sight:
    """When enough witnesses had seen a document.

    Attributes:
        before_us: It existed before: the end of the second that the last of them wrote, microseconds UTC.
        words: Who they are, of how many, and the log, for people.
    """

    before_us: int
    words: str


class WitnessChecker:
    """Checks cosignatures as receipts come.

    Args:
        report: Takes the findings.
        within_s: A seal must have been cosigned within so many seconds of its own time; None for any.

    Attributes:
        sights: By hash of a document: the earliest time by which enough witnesses had seen it.
    """

    def __init__(self, report: VerificationReport, within_s: int | None = None) -> None:
        self._report = report
        self._within_s = within_s
        self._too_few: dict[str, int] = {}
        self.sights: dict[str, Sight] = {}

    def is_seen(self, log: KnownLog, proof: str, digest: str, place: str, order: int) -> bool:
        """Whether the checkpoint of a receipt, whose log's signature is good, counts under the policy of the log.

        Args:
            log: Of the receipt.
            proof: Of the receipt.
            digest: Hash of the document.
            place: Name of the receipt in findings.
            order: Number of its record.
        """
        times_s = self._times(log, parse_proof(proof).checkpoint.encode("utf-8", "surrogatepass"), place, order)
        if times_s is None:
            return False
        if times_s:
            self._report.count("cosignatures", len(times_s))
        if not log.asked.policy.is_met(times_s):
            self._too_few[log.key.name] = self._too_few.get(log.key.name, 0) + 1
            return False
        self._keep(digest, log.asked.policy, times_s, log.key.name)
        return True

    def look(self, log: KnownLog, checkpoint: bytes, place: str) -> None:
        """Say what is wrong with the cosignatures of a checkpoint that is no receipt's and that its log has signed."""
        times_s = self._times(log, checkpoint, place, LAST)
        if times_s is not None and not log.asked.policy.is_met(times_s):
            self._report.skip(f"too few witnesses cosigned the newest checkpoint of the log {log.key.name}")

    def _times(self, log: KnownLog, checkpoint: bytes, place: str, order: int) -> dict[str, int] | None:
        try:
            return log.asked.policy.cosigned(checkpoint)
        except EvidenceError as error:
            message = f"a cosignature of a witness that you trust is not good: {error.message}"
            self._report.tamper("LEDGER-09", place, message, order)
            return None

    def _keep(self, digest: str, policy: LogPolicy, times_s: Mapping[str, int], origin: str) -> None:
        met_s = policy.met_at(times_s)
        if met_s is None:
            return
        before_us = (met_s + 1) * _SECOND_US
        who = sorted(name for name, time_s in times_s.items() if time_s <= met_s)
        words = f"{len(who)} of {len(policy.witnesses)} witnesses that you trust ({', '.join(who)}) in the log {origin}"
        sight = Sight(before_us, words)
        self.sights[digest] = min(sight, self.sights.get(digest, sight))

    def finish(self, seals: Mapping[int, Statement], heads: Collection[Statement]) -> None:
        """After the last receipt: what follows from all of them.

        Args:
            seals: The station's seals by shift.
            heads: Its heads.
        """
        for origin, number in self._too_few.items():
            self._report.skip(f"{number} receipts of the log {origin} count for nothing: too few witnesses cosigned")
        for statement in (*seals.values(), *heads):
            sight = self.sights.get(statement.digest)
            if sight is not None:
                seen = "enough witnesses had seen it"
                compare_times(self._report, "LEDGER-10", statement, sight.before_us, self._within_s, seen)
        last = max((shift for shift, seal in seals.items() if seal.digest in self.sights), default=None)
        if last is not None:
            sight = self.sights[seals[last].digest]
            self._report.say(
                f"the seal of shift {last}, and all that it and the seals before it cover, was seen by {sight.words} "
                f"before {utc_words(sight.before_us)}"
            )

    def last_seen(self, statements: Collection[Statement]) -> int | None:
        """Number of the last record under a seal or head that enough witnesses have seen; None if there is none."""
        return max((one.last for one in statements if one.digest in self.sights), default=None)
