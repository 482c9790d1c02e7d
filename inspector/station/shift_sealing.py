# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person signs at the end of a shift, and its seal."""

from __future__ import annotations

from inspector.access import Role
from inspector.child import Child
from inspector.errors import CountsDiffer, RoleRefused
from inspector.station.cameras import CameraLink
from inspector.station.counts import CountStatement, IndependentCounts, recorded_since_seal
from inspector.station.ready import ReadyKeeper
from inspector.station.shift import CloseRequest, Shift, reconciliation
from inspector.station.statement import Statement, close_statement
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter

SIGNATURE_METHOD = "staff id as typed, not authenticated"
"""What a `signature` record is worth at a station without users."""
MEANING = "closes the shift; has seen its counts"
EXPLAINING = MEANING + " and explains their differences"
MAY_EXPLAIN = frozenset({Role.TEAM_LEAD, Role.QA})
"""Who may sign for counts that differ; never the person who opened the shift."""


class ShiftSealing:
    """Counts, shows, signs and seals a shift whose belt is empty.

    Used on the main thread of the station only.
    """

    def __init__(
        self,
        child: Child,
        writer: RecordWriter,
        ready: ReadyKeeper,
        cameras: dict[str, CameraLink],
        counts: IndependentCounts,
        reader: RecordReader,
        documents: DocumentStore,
    ) -> None:
        self._child = child
        self._writer = writer
        self._ready = ready
        self._cameras = cameras
        self._counts = counts
        self._reader = reader
        self._documents = documents

    def counted(self, removed_by_hand: int) -> CountStatement:
        """What independent counters say of the parts since the last seal.

        Args:
            removed_by_hand: Parts that people took off the belt.
        """
        return self._counts.statement(
            recorded_since_seal(self._writer.position, self._reader),
            removed_by_hand,
            plant_heard=self._ready.plc_count() is not None,
            cameras_heard=frozenset(link.settings.name for link in self._cameras.values() if link.ready),
        )

    def show(self, shift: Shift, close: CloseRequest) -> Statement:
        """What has happened in the shift, for the person to sign; kept as a document.

        Raises:
            CountsDiffer: The counts differ and nobody has said why.
            RoleRefused: They differ, and this person may not explain it.
        """
        position = self._writer.position
        statement = self._statement(shift, close, position.seq, position.head)
        self._documents.put(statement.data)
        return statement

    def check(self, shift: Shift, close: CloseRequest, shown: Statement) -> None:
        """Look whether what was shown still holds.

        Raises:
            CountsDiffer: The counts have changed since, or as `show`.
            RoleRefused: As `show`.
        """
        if self._statement(shift, close, shown.seq, shown.target).digest != shown.digest:
            raise CountsDiffer("the counts have changed since they were shown", "Look at them again, then sign")

    def seal(self, shift: Shift, close: CloseRequest) -> dict[str, object]:
        """Record the signature, close and seal the shift.

        Returns:
            The answer to who has asked for it.

        Raises:
            InspectorError: It could not be sealed.
        """
        person, shown = close.person, close.shown
        # What was queued before is committed now.
        commitment = self._writer.commit_operator(person.user.strip()).result()
        counted = self._explained(shift, close)
        fields: dict[str, object] = {
            "signer": commitment,
            "meaning": EXPLAINING if counted.differences else MEANING,
            "method": person.method or SIGNATURE_METHOD,
            "target": self._writer.position.head if shown is None else shown.target,
        }
        if shown is not None and person.role is not None:
            fields |= {"role": person.role.value, "statement": shown.digest}
        self._writer.append("signature", fields).result()
        counts = dict(self._writer.position.counts)
        told = reconciliation(counted.infeed, counted.recorded, close.note)
        reconciled = {**told, "independent": counted.fields}
        sealed = self._writer.seal_shift(commitment, reconciled).result()
        self._counts.sealed()
        return {
            "shift": sealed.shift,
            "parts": counts["parts"],
            "counts": counts,
            "seal": sealed.digest,
            "sealed": "sealed" if sealed.signature is not None else "not sealed yet: the signing key is locked",
            "reconciliation": reconciled,
        }

    def _statement(self, shift: Shift, close: CloseRequest, seq: int, head: str) -> Statement:
        counted = self._explained(shift, close)
        return close_statement(
            self._child.config.station.name,
            shift.number,
            shift.lot,
            seq=seq,
            head=head,
            meaning=EXPLAINING if counted.differences else MEANING,
            counts=self._writer.position.counts,
            differences=counted.differences,
            removed_by_hand=close.removed_by_hand,
            note=close.note,
        )

    def _explained(self, shift: Shift, close: CloseRequest) -> CountStatement:
        """The counts; if they differ, somebody who may has to explain it."""
        counted = self.counted(close.removed_by_hand)
        if not counted.differences:
            return counted
        if not close.note:
            advice = "Find out why, then close again with a note that explains it"
            raise CountsDiffer(f"the counts differ: {'; '.join(counted.differences)}", advice)
        person = close.person
        if person.role is not None and (person.role not in MAY_EXPLAIN or person.user == shift.opener):
            advice = "Let a team lead or QA close the shift who has not opened it"
            raise RoleRefused(f"the counts differ: {'; '.join(counted.differences)}", advice)
        return counted
