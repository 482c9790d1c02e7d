# SPDX-License-Identifier: AGPL-3.0-or-later
"""Turns what happened to parts into records, and tells the line once they are durable."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from inspector.clock import Clock
from inspector.errors import InspectorError
from inspector.evidence.record import clean_text
from inspector.ipc import Connections, Message
from inspector.part import PartKey, Purpose, Trigger, Verdict
from inspector.station.defect_class import defect_class
from inspector.station.judge import PartResult, part_fields
from inspector.station.model import InForce
from inspector.store.writer import Appended, RecordWriter

log = logging.getLogger(__name__)


class Recorder:
    """The station's pen. Every method may be called from any thread.

    Args:
        writer: The only writer of the store.
        hub: For the grant, sent from the writer's thread right after the commit, and for what the main thread
            has to know (posted to its inbox).
        clock: Time of deadlines.
        rules: What judges now.
    """

    def __init__(
        self,
        writer: RecordWriter,
        hub: Connections,
        clock: Clock,
        rules: InForce,
    ) -> None:
        self._writer = writer
        self._hub = hub
        self._clock = clock
        self._rules = rules

    def part(self, trigger: Trigger, result: PartResult) -> None:
        """Record the judgement of a part; a PASS is granted after the commit, if it is still in time.

        So is a BYPASSED part, as long as its bypass lasts.

        A challenge part is never granted: it is known to be bad, also when the station did not see that.
        """
        key = [trigger.key.line_boot, trigger.key.part_seq]
        may_pass = result.verdict in (Verdict.PASS, Verdict.BYPASSED) and result.purpose is Purpose.PRODUCTION
        until_ns = trigger.decide_by_ns if result.until_ns is None else min(trigger.decide_by_ns, result.until_ns)
        if trigger.live and not may_pass:
            reject = {"type": "reject", "key": key, "verdict": str(result.verdict)}
            number = defect_class(result, self._rules.recipe, self._rules.package.classes)
            self._hub.send("line", reject | {"defect_class": number})
        fields = part_fields(
            trigger,
            result,
            model_digest=self._rules.package.digest,
            recipe_digest=self._rules.recipe.digest,
            latency_us=(self._clock.monotonic_ns() - trigger.t_edge_ns) // 1000,
        )

        def committed(appended: Appended) -> None:
            now_ns = self._clock.monotonic_ns()
            granted = may_pass and trigger.live and not appended.existing
            if granted and now_ns < until_ns:
                self._hub.send("line", {"type": "grant", "key": key, "decide_by_ns": trigger.decide_by_ns})
            latency_us = (now_ns - trigger.t_edge_ns) // 1000 if trigger.live else None
            self._hub.post(
                {
                    "type": "part-recorded",
                    "trigger": trigger,
                    "result": result,
                    "appended": appended,
                    "latency_us": latency_us,
                }
            )

        self._append("part", fields, committed)

    def outcome(self, key: PartKey, part_hash: str, message: Message) -> None:
        """Record what the line commanded and where the plant saw the part end up."""
        fields = {
            "key": {"line_boot": key.line_boot, "part_seq": key.part_seq},
            "part": part_hash,
            "commanded": str(message["commanded"]),
            "confirmed": str(message["confirmed"]),
            "reason": clean_text(str(message.get("reason", ""))),
        }
        self._append(
            "outcome",
            fields,
            lambda appended: self._hub.post(
                {"type": "outcome-recorded", "key": key, "fields": fields, "existing": appended.existing}
            ),
        )

    def gap(self, message: Message) -> None:
        """Record edges that only another counter has seen."""
        line_boot, gap_seq = message["key"]
        first = message["first_plc_count"]
        fields = {
            "key": {"line_boot": str(line_boot), "gap_seq": int(gap_seq)},
            "first_plc_count": None if first is None else int(first),
            "count": int(message["count"]),
            "source": clean_text(str(message["source"]), 200),
            "reason": clean_text(str(message["reason"])),
        }
        ack = {"type": "ack", "kind": "gap", "key": message["key"]}
        self._append("gap", fields, lambda appended: self._hub.post({"type": "gap-recorded", "ack": ack}))

    def image_stored(self, part: str, camera: str, image_digest: str, file_sha256: str, size: int) -> None:
        """Record that an image is on disk."""
        fields = {
            "part": part,
            "camera": camera,
            "image_digest": image_digest,
            "file_sha256": file_sha256,
            "size": size,
            "codec": "png",
        }
        self._append("image-stored", fields)

    def image_lost(self, part: str, camera: str, image_digest: str, reason: str) -> None:
        """Record that an image could not be kept."""
        fields = {"part": part, "camera": camera, "image_digest": image_digest, "reason": clean_text(reason)}
        self._append("image-lost", fields)

    def state(self, state: str, reasons: list[str]) -> None:
        """Record that Ready was lost or came back, and why."""
        self._append("state", {"state": state, "reasons": [clean_text(reason) for reason in reasons[:32]]})

    def challenge(self, fields: Mapping[str, object]) -> None:
        """Record how a challenge ended."""
        self._append("challenge", fields)

    def alarm(self, fields: Mapping[str, object]) -> None:
        """Record an alarm."""
        self._append("alarm", fields)

    def people(self, kind: str, fields: Mapping[str, object]) -> None:
        """Record a login, logout or change."""
        self._append(kind, fields)

    def bypass_end(self, fields: Mapping[str, object]) -> None:
        """Record that a bypass is over, and why."""
        self._append("bypass-end", fields)

    def _append(
        self, kind: str, fields: Mapping[str, object], committed: Callable[[Appended], None] | None = None
    ) -> None:
        def finished(future: Future[Appended]) -> None:
            error = future.exception()
            if error is None:
                if committed is not None:
                    committed(future.result())
                return
            log.error("a %s record was not written: %s", kind, error)
            self._hub.post({"type": "store-failed", "kind": kind, "error": str(error)})

        try:
            self._writer.append(kind, fields).add_done_callback(finished)
        except InspectorError as error:
            log.error("a %s record was not taken: %s", kind, error)
            self._hub.post({"type": "store-failed", "kind": kind, "error": str(error)})
