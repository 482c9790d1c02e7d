# SPDX-License-Identifier: AGPL-3.0-or-later
"""Erases images by their rule, and keeps legal holds: the records first, then the files."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping, Sequence

from inspector.child import Child
from inspector.config import read_retention
from inspector.errors import EvidenceError, HoldRefused, InspectorError, RetentionRefused
from inspector.evidence.record import clean_text
from inspector.evidence.retention import Retention
from inspector.ipc import Message
from inspector.store.documents import DocumentStore
from inspector.store.images import ImageStore
from inspector.store.read import RecordReader
from inspector.store.retention import SLACK_US, Decision, Hold, Keeping, holds_in_force
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)

MOST_AT_ONCE = 256
"""Images in one request; each is looked at again before it goes."""
CHUNK = 64
"""Records that are written together; a hold waits for no more than these."""
UNFINISHED = 1_000
"""So many of the newest erasures a start looks at: a file goes before the next image is erased."""
_DIGEST = re.compile("[0-9a-f]{64}")
_SCOPE = ("lot", "serial", "from_us", "to_us", "defect")


class RetentionKeeper:
    """The images that may go, and the holds that forbid it.

    A request is carried out on a thread of its own: inspection does not wait for it. The lock makes the order of the
    chain definite: no erasure comes behind a hold that covers its part.

    Args:
        child: Station directory, settings, time.
        writer: The record writer.
        images: The image files.

    Raises:
        ConfigError: The retention file is broken.
    """

    def __init__(self, child: Child, writer: RecordWriter, images: ImageStore) -> None:
        file = child.config.retention.file
        self.retention: Retention | None = read_retention(child.station / file) if file else None
        self._station = child.station
        self._clock = child.clock
        self._writer = writer
        self._images = images
        self._lock = threading.Lock()
        self._holds = 0  # how often they have changed
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._finished: Message | None = None

    def record_fields(self) -> dict[str, object]:
        """The field of `shift-open` that names the document in force; its bytes are kept before."""
        if self.retention is None:
            return {}
        digest = DocumentStore(self._station).put(self.retention.data)
        return {"retention": {"name": self.retention.name, "digest": digest}}

    # Legal holds

    def hold(self, name: str, scope: Mapping[str, object], operator: str, reason: str) -> dict[str, object]:
        """Begin a legal hold.

        Args:
            name: What people call it.
            scope: `lot`, `serial`, `from_us`, `to_us`, `defect`; what is absent or None does not matter.
            operator: Staff id of who orders it.
            reason: Why.

        Raises:
            HoldRefused: A field is missing or no such field, or a hold of this name is in force.
            StoreError: It cannot be recorded.
        """
        name, operator, reason = name.strip(), operator.strip(), clean_text(reason.strip())
        if not name or not operator or not reason:
            raise HoldRefused("name, operator and reason must be given", "Say who holds what, and why")
        if not scope.keys() <= set(_SCOPE):
            raise HoldRefused(f"a hold knows {', '.join(_SCOPE)} only", "Correct the scope")
        if all(scope.get(field) is None for field in _SCOPE):
            raise HoldRefused("a hold must say what it covers", "Name a lot, a serial, a time or a defect class")
        if any(hold.name == name for hold in self.holds()):
            raise HoldRefused(f"a hold {name!r} is in force", "Choose another name, or end that one")
        fields = {
            "name": clean_text(name, 200),
            "scope": {field: scope.get(field) for field in _SCOPE},
            "by": self._writer.commit_operator(operator).result(),
            "reason": reason,
        }
        with self._lock:
            self._holds += 1
            appended = self._writer.append("hold", fields).result()
        return {"seq": appended.seq, "hold": appended.hash}

    def end_hold(self, name: str, operator: str, reason: str) -> dict[str, object]:
        """End a legal hold.

        Raises:
            HoldRefused: None of this name is in force, or nobody or nothing is named.
            StoreError: It cannot be recorded.
        """
        operator, reason = operator.strip(), clean_text(reason.strip())
        if not operator or not reason:
            raise HoldRefused("operator and reason must be given", "Say who ends it, and why")
        found = next((hold for hold in self.holds() if hold.name == name.strip()), None)
        if found is None:
            raise HoldRefused(f"no hold {name!r} is in force", "`inspector hold list` shows those that are")
        by = self._writer.commit_operator(operator).result()
        appended = self._writer.append("hold-end", {"hold": found.record, "by": by, "reason": reason}).result()
        return {"seq": appended.seq}

    def holds(self) -> list[Hold]:
        """The holds in force, oldest first."""
        with RecordReader(self._station) as reader:
            return holds_in_force(reader)

    def backup_made(self, seq: object, head: str, words: str) -> dict[str, object]:
        """Record that a backup was made.

        Args:
            seq: Newest record in it.
            head: Hash of that record.
            words: What it holds.

        Raises:
            RetentionRefused: It is no backup of these records.
            StoreError: It cannot be recorded.
        """
        with RecordReader(self._station) as reader:
            record = reader.record(seq) if isinstance(seq, int) and 0 <= seq < 2**53 else None
        if record is None or record.hash != head:
            raise RetentionRefused("this is no backup of these records", "Look at the folder of the backup")
        reasons = [clean_text(f"backup up to record {seq}, {head}: {words}")]
        appended = self._writer.append("state", {"state": "backup", "reasons": reasons}).result()
        return {"seq": appended.seq}

    # Erasing

    def started(self) -> None:
        """Remove files whose erasure was recorded when the station stopped."""
        with RecordReader(self._station) as reader:
            keeping = Keeping(reader, DocumentStore(self._station))
            for record in reader.erasures(UNFINISHED):
                digest = str(record.fields["image_digest"])
                if not self._images.path_of(digest).exists() or keeping.decide(digest, 0).images:
                    continue
                log.warning("the file of image %s is removed: record %d has erased it", digest, record.seq)
                if self._images.doom(digest):
                    self._images.remove(digest)

    def begin_erase(self, digests: object, operator: str, reason: str, peer: str, request_id: str) -> None:
        """Erase images, as far as their rule lets them go; `take_finished` then has the answer.

        Raises:
            RetentionRefused: Another request is being carried out, or this is none.
        """
        if self._thread is not None or self._finished is not None:
            raise RetentionRefused("images are being erased already", "Wait until that is done")
        if not isinstance(digests, Sequence) or not 0 < len(digests) <= MOST_AT_ONCE:
            raise RetentionRefused(f"1 to {MOST_AT_ONCE} images can be erased at once", "Ask for fewer")
        wanted = [digest for digest in digests if isinstance(digest, str) and _DIGEST.fullmatch(digest)]
        if len(wanted) != len(digests) or not reason.strip():
            raise RetentionRefused("images have digests of 64 hex digits, and a reason", "Correct the request")
        by = self._writer.commit_operator(operator.strip()).result() if operator.strip() else None
        answer: Message = {"peer": peer, "id": request_id}

        def work() -> None:
            try:
                answer.update(ok=True, result=self._erase(wanted, by, clean_text(reason.strip())))
            except InspectorError as error:
                log.error("images were not erased: %s", error)
                document = {"code": error.code, "message": error.message, "advice": error.advice}
                answer.update(ok=False, error=document)
            except (KeyError, TypeError, ValueError) as error:
                log.error("images were not erased, a record is damaged: %r", error)
                document = {"code": "EVIDENCE", "message": "a record is damaged", "advice": "Run `inspector verify`"}
                answer.update(ok=False, error=document)
            self._finished = answer

        self._thread = threading.Thread(target=work, name="retention", daemon=True)
        self._thread.start()

    def take_finished(self) -> Message | None:
        """The answer to a request that is finished now, once."""
        finished = self._finished
        if finished is not None and self._thread is not None:
            self._thread.join()
            self._thread = self._finished = None
        return finished

    def close(self) -> None:
        """End after the image at hand; its file goes at the next start if it has not by then."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _erase(self, digests: Sequence[str], by: str | None, reason: str) -> dict[str, object]:
        erased, records, size, kept = 0, 0, 0, []
        with RecordReader(self._station) as reader:
            keeping = Keeping(reader, DocumentStore(self._station))
            for digest in digests:
                if self._stop.is_set():
                    break
                if not self._images.doom(digest):
                    kept.append({"image": digest, "why": "a part needs it that is being recorded"})
                    continue
                self._writer.barrier().result()
                try:
                    decision = self._record(keeping, digest, by, reason)
                except InspectorError:
                    self._images.spare(digest)
                    raise
                if decision.kept:
                    self._images.spare(digest)
                    kept.append({"image": digest, "why": decision.kept})
                    continue
                if self._images.remove(digest).result():
                    erased, size = erased + 1, size + decision.size
                records += len(decision.images)
        return {"files": erased, "records": records, "bytes": size, "kept": kept}

    def _record(self, keeping: Keeping, digest: str, by: str | None, reason: str) -> Decision:
        """Write the erasures of all views that share a file; what comes between is looked at again."""
        decision, seen, done = None, -1, 0
        while True:
            with self._lock:
                if decision is None or seen != self._holds:
                    keeping.refresh()
                    decision, seen, done = keeping.decide(digest, self._clock.utc_us() - SLACK_US), self._holds, 0
                if decision.kept:
                    return decision
                chunk = decision.images[done : done + CHUNK]
                if not chunk:
                    return decision
                futures = [
                    self._writer.append(
                        "image-erased",
                        {
                            "part": image.part,
                            "camera": image.camera,
                            "image_digest": digest,
                            "rule": image.rule,
                            "reason": reason,
                            "erased_by": by,
                        },
                    )
                    for image in chunk
                ]
                for future in futures:
                    future.result()
                done += CHUNK


def hold_scope(arguments: Mapping[str, object]) -> dict[str, object]:
    """The scope in the arguments of a command.

    Raises:
        EvidenceError: It is no object.
    """
    scope = arguments.get("scope") or {}
    if not isinstance(scope, Mapping):
        raise EvidenceError("the scope of a hold is an object", "Correct the request")
    return dict(scope)
