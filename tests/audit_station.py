# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station with a history worth asking about: two models, a change within a shift, defects, a challenge, a bypass."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inspector.clock import SimulatedClock
from inspector.evidence.keys import SigningKey
from inspector.store.challenges import export_passed
from inspector.store.documents import DocumentStore
from inspector.store.writer import Appended, RecordWriter
from tests.store_station import CLOSE, LINE_BOOT, make_writer, opening
from tests.unit.evidence_samples import FIELDS, VIEW

KEY = SigningKey.generate()
START_US = 1_800_000_000_000_000
"""2027-01-15T08:00:00Z"""
DAY_MS = 86_400_000
RECIPES = {"disc": hashlib.sha256(b"recipe disc").hexdigest(), "disc-2": hashlib.sha256(b"recipe disc-2").hexdigest()}
MODELS = {"old": "a1" * 32, "new": "b2" * 32}
UNNAMED = "c3" * 32
"""A model that was put in while a shift was open: no shift-open record names it."""


class AuditStation:
    """Writes records through the real writer, on simulated time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = SimulatedClock(start_us=START_US)
        self.writer: RecordWriter = make_writer(path, KEY, clock=self.clock)
        self.number = 0
        self.pictures: dict[str, dict[str, str]] = {}
        self.model, self.recipe, self.camera = "old", "disc", "CAM-1"

    def append(self, kind: str, **fields: Any) -> Appended:
        """One record, a tenth of a second after the one before."""
        self.clock.advance_ms(100)
        return self.writer.append(kind, {**FIELDS[kind], **fields}).result(10)

    def open(self, lot: str, who: str = "anna") -> None:
        """Open a shift with what is set."""
        fields = opening(self.writer)
        person = self.writer.commit_operator(who).result(10)
        model = {**fields["model"], "name": self.model, "digest": MODELS[self.model]}
        recipe = {"name": self.recipe, "digest": RECIPES[self.recipe]}
        cameras = [{**fields["cameras"][0], "serial": self.camera}]
        self.append(
            "shift-open",
            **{**fields, "opened_by": person, "lot": lot, "model": model, "recipe": recipe} | {"cameras": cameras},
        )

    def person(self, name: str) -> str:
        """A fresh commitment."""
        return self.writer.commit_operator(name).result(10)

    def user(self, name: str, action: str, old: str | None, new: str | None, *, by: str | None = "dora") -> None:
        """A change of users."""
        did = None if by is None else self.person(by)
        self.append("user-change", user=self.person(name), action=action, old=old, new=new, by=did, why="as ordered")

    def close(self, who: str = "ben", note: str = "") -> None:
        """Sign and seal the shift."""
        person = self.writer.commit_operator(who).result(10)
        self.append("signature", signer=person, target=self.writer.position.head)
        self.clock.advance_ms(100)
        self.writer.seal_shift(person, {**CLOSE, "note": note}).result(10)

    def part(
        self,
        verdict: str = "PASS",
        found: tuple[str, ...] = (),
        *,
        serial: str | None = None,
        model: str | None = None,
        purpose: str = "production",
        lane: str | None = "",
        image: str | None = "stored",
    ) -> Appended:
        """A part; its outcome, unless `lane` is None; and what became of its picture."""
        self.number += 1
        key = {"line_boot": LINE_BOOT, "part_seq": self.number}
        detections = [{"class": name, "score_ppm": 800_000, "box_16": [0, 0, 160, 160]} for name in found]
        digest = hashlib.sha256(b"pixels %d" % self.number).hexdigest()
        picture = {**VIEW["image"], "digest": digest} if image is not None else None  # type: ignore[dict-item]
        view = {**VIEW, "verdict": verdict, "reason": " ".join(found), "detections": detections, "image": picture}
        part = self.append(
            "part",
            key=key,
            plc_count=self.number,
            verdict=verdict,
            purpose=purpose,
            reason=" ".join(found) or "no finding",
            serial={"text": serial or f"SN-{self.number:04d}", "source": "image"},
            views=[view],
            model_digest=model or MODELS[self.model],
            recipe_digest=RECIPES[self.recipe],
        )
        about = {"part": part.hash, "camera": "top", "image_digest": digest}
        self.pictures[serial or f"SN-{self.number:04d}"] = about
        if image == "stored":
            self.append("image-stored", **about)
        elif image == "lost":
            self.append("image-lost", **about)
        if lane is not None:
            good = verdict in ("PASS", "BYPASSED") and purpose == "production"
            confirmed = lane or ("good" if good else "reject")
            commanded = "accept" if good else "reject"
            self.append("outcome", key=key, part=part.hash, commanded=commanded, confirmed=confirmed)
        return part

    def challenge(self, result: str) -> None:
        """A challenge with one test part."""
        start = self.append("challenge-start")
        test = self.part("FAIL", ("dent",), serial="TEST-1", purpose="challenge")
        listed = None
        if result == "failed":
            made = export_passed(self.path, self.writer.position.seq)
            listed = {"file": made.file, "sha256": made.sha256, "parts": made.parts}
        found = {"part": test.hash, "serial": "TEST-1", "class": "dent", "found": result == "passed", "rejected": True}
        self.append(
            "challenge",
            start=start.hash,
            result=result,
            results=[found],
            missing=[],
            passed_since=listed,
            reason=f"the challenge {result}",
        )

    def bypass(self, parts: int) -> None:
        """A bypass under which so many parts pass."""
        start = self.append("bypass-start", scope="all", parts=parts)
        for _ in range(parts):
            self.part("BYPASSED")
        self.append("bypass-end", start=start.hash, why="stopped")


@contextmanager
def writing(path: Path) -> Iterator[AuditStation]:
    """A station whose writer is closed at the end."""
    station = AuditStation(path)
    try:
        yield station
    finally:
        station.writer.close()


def build(path: Path) -> None:
    """The history that the tests ask about: three days, two lots, two closed shifts and an open one."""
    DocumentStore(path).put(b"recipe disc")
    with writing(path) as station:
        station.append("station-start")
        station.open("L-1")
        station.challenge("passed")
        for number in range(12):
            station.part("FAIL", ("scratch",)) if number % 4 == 3 else station.part(
                found=("dent",) if number == 1 else ()
            )
        station.part("NO_DECISION", image="lost", lane="unknown")
        station.append("state", state="stopped", reasons=["REJECTS_IN_ROW: 3 rejects in a row"])
        station.append("gap", key={"line_boot": LINE_BOOT, "gap_seq": 1}, count=2)
        station.bypass(3)
        station.part()
        station.challenge("passed")
        station.close(note="two parts fell off the belt")

        station.clock.advance_ms(DAY_MS)
        station.model, station.camera = "new", "CAM-2"
        station.user("dora", "added", None, "admin", by=None)
        station.user("carl", "added", None, "operator")
        station.open("L-2", "carl")
        station.append("login", person=station.person("carl"), result="failed")
        left = station.append("login", person=station.person("anna"))
        station.append("logout", login=left.hash)
        station.append("login", person=station.person("carl"))
        why = {"by": station.person("dora"), "why": "too many false rejects"}
        station.append("change", what="threshold", name="classes.scratch.min_score", old="0.5", new="0.6", **why)
        station.append("change", what="setting", name="announced", old=None, new=None, **why)
        station.append("alarm")
        for number in range(6):
            station.part("FAIL", ("scratch", "dent")) if number % 3 == 2 else station.part()
        for _ in range(4):
            station.part(model=UNNAMED)
        station.close()

        station.clock.advance_ms(DAY_MS)
        station.recipe = "disc-2"
        station.user("carl", "role", "operator", "team-lead")
        station.user("emil", "added", None, "operator")
        station.user("emil", "disabled", "operator", "operator")
        station.open("L-1")
        station.part(serial="SN-0002", lane=None)
        station.challenge("failed")
        station.append("image-erased", **station.pictures["SN-0005"])
        scope = {"lot": None, "serial": None, "from_us": None, "to_us": None, "defect": None}
        station.append("hold", name="complaint 7", scope={**scope, "lot": "L-1", "defect": "scratch"})
        station.clock.step_utc_ms(-5_000)
        station.part("FAIL", ("burr",), image=None)
