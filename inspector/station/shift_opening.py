# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the records say when a shift is opened, and what they tell a station that starts again while one is open."""

from __future__ import annotations

from inspector.child import Child
from inspector.evidence.note import read_checkpoint_file
from inspector.evidence.record import clean_text
from inspector.station.cameras import CameraLink
from inspector.station.keeping import RetentionKeeper
from inspector.station.model import InForce
from inspector.station.people import Person
from inspector.station.ready import ReadyKeeper
from inspector.station.recorder import Recorder
from inspector.station.shift import Shift, ShiftState
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from inspector.store.writer import Appended, RecordWriter

TRACKING = "tracking"
CLOCK = "clock"
TRACKING_TEXTS = {
    "hardware": ("hardware: a trigger controller follows the parts and rejects by default",),
    "station": (
        "station: the line process follows the parts",
        "warning: a program on a computer is not punctual; only for slow lines with a wide reject window",
    ),
}
"""The `state` record of a shift on whose line the plant's controller does not follow the parts."""


class ShiftOpening:
    """Opens a shift in the records, or takes up the one that is open there.

    Used on the main thread of the station only.
    """

    def __init__(
        self,
        child: Child,
        writer: RecordWriter,
        recorder: Recorder,
        rules: InForce,
        ready: ReadyKeeper,
        cameras: dict[str, CameraLink],
        retention: RetentionKeeper,
        documents: DocumentStore,
    ) -> None:
        self._child = child
        self._writer = writer
        self._recorder = recorder
        self._rules = rules
        self._ready = ready
        self._cameras = cameras
        self._retention = retention
        self._documents = documents

    def resumed(self, reader: RecordReader) -> Shift:
        """The shift as the records leave it."""
        position = self._writer.position
        if position.opened is None:
            return Shift(position.shift)
        fields = position.opened.fields
        cameras = fields["cameras"]
        return Shift(
            position.shift,
            ShiftState.OPEN,
            str(fields["lot"]),
            position.opened.t_us,
            opener=reader.staff_id(str(fields["opened_by"])) or "",
            opened_with={str(one["name"]): one for one in cameras} if isinstance(cameras, list) else {},
            other_rules=any(fields[name] != value for name, value in self._rules.rules.record_fields().items()),
        )

    def record(self, lot: str, person: Person, customer: str, line: dict[str, object]) -> tuple[Shift, Appended]:
        """Record `shift-open`.

        Args:
            lot: Lot or order.
            person: Who opens it.
            customer: Whose parts they are; empty: nobody knows.
            line: What the line process has said of itself.

        Returns:
            The shift, and its record.
        """
        opened_with = {
            link.settings.name: link.identity.fields for link in self._cameras.values() if link.identity is not None
        }
        self._keep_documents()
        fields: dict[str, object] = {
            "opened_by": self._writer.commit_operator(person.user).result(),
            "lot": lot.strip(),
            **self._rules.rules.record_fields(),
            "cameras": list(opened_with.values()),
            "line": line,
            "ledger_checkpoint": self._ledger_checkpoint(),
            "prev_seal": self._writer.position.prev_seal,
            **self._retention.record_fields(),
        }
        if customer.strip():
            fields["customer"] = clean_text(customer.strip(), 200)
        appended = self._writer.append("shift-open", fields).result()
        number = self._writer.position.shift
        shift = Shift(number, ShiftState.OPEN, lot.strip(), appended.t_us, opener=person.user, opened_with=opened_with)
        return shift, appended

    def record_circumstances(self) -> None:
        """Who follows the parts, if it is not the plant's controller, and whether times may be off."""
        config = self._child.config
        texts = list(TRACKING_TEXTS.get(config.line.tracking, ()))
        if config.line.backend == "remote-io":
            texts += config.remote_io.warnings()
        if texts:
            self._recorder.state(TRACKING, texts)
        if texts := self._ready.time.texts():
            self._recorder.state(CLOCK, texts)

    def _keep_documents(self) -> None:
        """Keep what the record will name by its hash: model card, recipe, camera settings."""
        self._documents.put(self._rules.package.manifest.document())
        self._documents.put(self._rules.recipe.data)
        for link in self._cameras.values():
            if link.identity is not None:
                self._documents.put(link.identity.settings_text.encode())

    def _ledger_checkpoint(self) -> dict[str, object] | None:
        """The newest checkpoint: the shift cannot have been made up before it existed."""
        settings = self._child.config.ledger
        if settings.kind == "none":
            return None
        checkpoint = read_checkpoint_file(self._child.station / settings.path / "checkpoint")
        if checkpoint is None:
            return None
        return {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
