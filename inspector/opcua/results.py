# SPDX-License-Identifier: AGPL-3.0-or-later
"""From part records to results as OPC 40100-1 has them; the last ones are kept for those who ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from inspector.errors import EvidenceError
from inspector.opcua.types import Typed
from inspector.part import Purpose, Verdict
from inspector.store.read import RecordReader, StoredRecord

FINDINGS_AT_MOST = 100
OPENINGS = 50
BATCH = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

OK, NOT_OK, NOT_DECIDABLE = 1, 2, 3
COMPLETED, ABORTED, FAILED = 1, 3, 4

EVALUATIONS: Mapping[Verdict, tuple[int, int]] = {
    Verdict.PASS: (COMPLETED, OK),
    Verdict.FAIL: (COMPLETED, NOT_OK),
    Verdict.NO_DECISION: (COMPLETED, NOT_DECIDABLE),
    Verdict.LATE: (ABORTED, NOT_DECIDABLE),
    Verdict.ERROR: (FAILED, NOT_DECIDABLE),
    Verdict.BYPASSED: (ABORTED, NOT_DECIDABLE),
    Verdict.MISSING_IMAGE: (FAILED, NOT_DECIDABLE),
    Verdict.UNTRACKED: (FAILED, NOT_DECIDABLE),
}
"""Verdict -> ResultState and ResultEvaluation. Only PASS is OK, and only FAIL is NotOK."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a shift-open record says for the parts that follow it in its shift.

    Attributes:
        seq: Number of the record.
        lot: The lot; OPC 40100-1 calls it the job.
        simulated: Whether a camera or the line is simulated.
        recipe: Digest and name of the recipe.
        configuration: Cameras and digests of their settings, as in "cam1:0123...".
    """

    seq: int
    lot: str
    simulated: bool
    recipe: tuple[str, str]
    configuration: str


@dataclass(frozen=True, slots=True)
class Result:
    """One part.

    Attributes:
        id: Hash of its record, 64 hex digits.
        seq: Number of its record.
        fields: As `RESULT_FIELDS`, plain values.
    """

    id: str
    seq: int
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class News:
    """What the records have brought since the last look.

    Attributes:
        fresh: New results that are kept.
        followed: Kept ones whose outcome is known now.
    """

    fresh: tuple[Result, ...] = ()
    followed: tuple[Result, ...] = ()


def opening_of(record: StoredRecord) -> Opening:
    """Read a shift-open record.

    Raises:
        EvidenceError: It is damaged.
    """
    fields: dict[str, Any] = record.fields
    try:
        cameras = fields["cameras"]
        return Opening(
            record.seq,
            str(fields["lot"]),
            bool(fields["line"]["simulated"]) or any(camera["simulated"] for camera in cameras),
            (str(fields["recipe"]["digest"]), str(fields["recipe"]["name"])),
            ",".join(f"{camera['name']}:{camera['settings_digest']}" for camera in cameras),
        )
    except (KeyError, TypeError) as error:
        raise EvidenceError(f"Record {record.seq} is damaged: {error!r}", "Run `inspector verify`") from error


def result_of(record: StoredRecord, opening: Opening) -> Result:
    """Read a part record.

    Raises:
        EvidenceError: It is damaged.
    """
    fields: dict[str, Any] = record.fields
    try:
        return Result(record.hash, record.seq, _result_fields(record, fields, opening))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EvidenceError(f"Record {record.seq} is damaged: {error!r}", "Run `inspector verify`") from error


def followed(result: Result, outcome: StoredRecord) -> Result:
    """The same with where the part went.

    Raises:
        EvidenceError: The outcome record is damaged.
    """
    try:
        where = {"Commanded": str(outcome.fields["commanded"]), "Confirmed": str(outcome.fields["confirmed"])}
    except KeyError as error:
        raise EvidenceError(f"Record {outcome.seq} is damaged: {error!r}", "Run `inspector verify`") from error
    return replace(
        result, fields={**result.fields, "ResultContent": [Typed("InspectionContent", {**content_of(result), **where})]}
    )


def content_of(result: Result) -> Mapping[str, object]:
    """Its InspectionContent."""
    (content,) = cast("list[Typed]", result.fields["ResultContent"])
    return cast("Mapping[str, object]", content.value)


def _result_fields(record: StoredRecord, fields: dict[str, Any], opening: Opening) -> dict[str, object]:
    verdict, challenge = Verdict(fields["verdict"]), fields["purpose"] == Purpose.CHALLENGE.value
    state, _ = EVALUATIONS[verdict]
    edge = moment(int(fields["t_edge_us"]))
    took_us = int(fields["latency_us"])
    recipe = fields["recipe_digest"] or ""
    return {
        "ResultId": {"Id": record.hash},
        "IsPartial": False,
        "IsSimulated": opening.simulated or challenge,
        "ResultState": state,
        "PartId": {"Id": _part_id(fields)},
        "InternalRecipeId": recipe_id(recipe, opening.recipe[1] if recipe == opening.recipe[0] else ""),
        "InternalConfigurationId": {"Id": opening.configuration},
        "JobId": {"Id": opening.lot},
        "CreationTime": moment(int(fields["t_us"])),
        "ProcessingTimes": {
            "StartTime": edge,
            "EndTime": edge + timedelta(microseconds=took_us),
            "ProcessingDuration": took_us / 1000,
        },
        "ResultContent": [Typed("InspectionContent", _content(record, fields, verdict))],
    }


def _part_id(fields: dict[str, Any]) -> str:
    """The serial, or where there is none the key under which the line journaled the part."""
    if fields["serial"]:
        return str(fields["serial"]["text"])
    return f"{fields['key']['line_boot']}/{fields['key']['part_seq']}"


def _content(record: StoredRecord, fields: dict[str, Any], verdict: Verdict) -> dict[str, object]:
    found = [
        {
            "Camera": str(view["camera"]),
            "Class": str(each["class"]),
            "ScorePpm": int(each["score_ppm"]),
            "Box16": [int(edge) for edge in each["box_16"]],
        }
        for view in fields["views"]
        for each in view["detections"]
    ]
    return {
        "ResultEvaluation": EVALUATIONS[verdict][1],
        "Verdict": verdict.value,
        "Reason": str(fields["reason"]),
        "Commanded": "",
        "Confirmed": "",
        "Purpose": str(fields["purpose"]),
        "LineBoot": str(fields["key"]["line_boot"]),
        "PartSeq": int(fields["key"]["part_seq"]),
        "PlcCount": int(fields["plc_count"]),
        "Shift": record.shift,
        "RecordSeq": record.seq,
        "ModelDigest": str(fields["model_digest"] or ""),
        "Images": [str(view["image"]["digest"]) for view in fields["views"] if view["image"]],
        "Findings": found[:FINDINGS_AT_MOST],
    }


def recipe_id(digest: str, name: str) -> dict[str, object]:
    """A recipe by the digest of its bytes."""
    found: dict[str, object] = {"Id": digest}
    if digest:
        found |= {"Hash": bytes.fromhex(digest), "HashAlgorithm": "SHA-256"}
    if name:
        found["Description"] = name
    return found


def moment(t_us: int) -> datetime:
    """UTC from microseconds since 1970."""
    return EPOCH + timedelta(microseconds=t_us)


class Results:
    """The last results, oldest first, as the records have them.

    Args:
        reader: The records.
        capacity: Results to keep.
        simulated: Whether the settings name a simulated camera or line, for parts outside a shift.
    """

    def __init__(self, reader: RecordReader, capacity: int, simulated: bool) -> None:
        self._reader = reader
        self._outside = Opening(0, "", simulated, ("", ""), "")
        self._capacity = capacity
        self._kept: dict[str, Result] = {}
        self._openings: dict[int, Opening] = {}
        self._seq = max((record.seq for record in reader.latest(1)), default=0)
        for record in reader.latest(OPENINGS, kind="shift-open", before_seq=self._seq + 1):
            self._openings.setdefault(record.shift, opening_of(record))
        for record in reversed(reader.latest(capacity, kind="part", before_seq=self._seq + 1)):
            self._keep(self._with_outcome(record, result_of(record, self._opening(record))))

    def read_on(self) -> News:
        """What the records since the last call say, at most a batch of them.

        Raises:
            EvidenceError: A record is damaged.
            StoreError: The records cannot be read.
        """
        fresh: dict[str, Result] = {}
        known: dict[str, Result] = {}
        for record in self._reader.following(self._seq, BATCH):
            self._seq = record.seq
            if record.kind == "shift-open":
                self._openings[record.shift] = opening_of(record)
                self._openings.pop(record.shift - OPENINGS, None)
            elif record.kind == "part":
                fresh[record.hash] = self._keep(result_of(record, self._opening(record)))
            elif record.kind == "outcome" and (part := self._kept.get(str(record.fields.get("part")))) is not None:
                group = fresh if part.id in fresh else known
                group[part.id] = self._keep(followed(part, record))
        return News(
            tuple(result for result in fresh.values() if result.id in self._kept),
            tuple(result for result in known.values() if result.id in self._kept),
        )

    def _with_outcome(self, record: StoredRecord, result: Result) -> Result:
        key = record.fields["key"]
        outcome = self._reader.outcome(key["line_boot"], key["part_seq"]) if isinstance(key, dict) else None
        return result if outcome is None else followed(result, outcome)

    def _keep(self, result: Result) -> Result:
        self._kept[result.id] = result
        while len(self._kept) > self._capacity:
            del self._kept[next(iter(self._kept))]
        return result

    def __iter__(self) -> Iterator[Result]:
        return iter(self._kept.values())

    def find(self, identity: str) -> Result | None:
        """The kept result with this id."""
        return self._kept.get(identity)

    def matching(self, wanted: Mapping[str, object]) -> list[Result]:
        """Kept results that fit, newest first.

        Args:
            wanted: Field of a result -> the value that it has to have: an identifier's "Id", or a number.
        """
        return [
            result for result in reversed(self._kept.values()) if all(_fits(result, *each) for each in wanted.items())
        ]

    def _opening(self, record: StoredRecord) -> Opening:
        opening = self._openings.get(record.shift, self._outside)
        return opening if opening.seq < record.seq else self._outside


def _fits(result: Result, field: str, value: object) -> bool:
    found = result.fields[field]
    return (found.get("Id") if isinstance(found, Mapping) else found) == value
