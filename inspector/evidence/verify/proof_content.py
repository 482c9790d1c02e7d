# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the records of a proof say, once hashes and signatures hold: whether they belong together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import inner, objects, whole, word
from inspector.evidence.verify.shift_proof import ProvenRecord, ProvenShift

_MAY_PASS = ("PASS", "BYPASSED")


@dataclass(frozen=True, slots=True)
class ProvenPart:
    """One part: the shift it is in, its record, the shift-open before it, its outcome if the proof has it."""

    shift: ProvenShift
    part: ProvenRecord
    opened: ProvenRecord
    outcome: ProvenRecord | None


@dataclass(slots=True)
class ProofContent:
    """What a proof shows.

    Attributes:
        kind: "part" or "lot".
        value: Serial or lot.
        station: Name of the station.
        shifts: By number.
        parts: In the order of their records; filled only where nothing contradicts.
    """

    kind: str
    value: str
    station: str
    shifts: list[ProvenShift] = field(default_factory=list)
    parts: list[ProvenPart] = field(default_factory=list)

    @property
    def simulated(self) -> bool:
        """Whether a seal says that cameras or line were simulated."""
        return any(shift.seal["simulated"] is True for shift in self.shifts)


def check_content(content: ProofContent, report: VerificationReport) -> None:
    """Check what the records say against each other, their seals and the subject; fill `content.parts`."""
    outcomes = _outcomes(content, report)
    keys: set[tuple[str, int]] = set()
    for shift in content.shifts:
        opened: ProvenRecord | None = None
        for record in shift.records:
            if record.fields["type"] == "shift-open":
                opened = record
                _check_opening(content, shift, record, report)
            elif record.fields["type"] == "part":
                report.count("parts")
                _check_part(content, record, opened, keys, report)
                if opened is not None:
                    outcome = outcomes.pop(record.digest, None)
                    _check_outcome(record, outcome, report)
                    content.parts.append(ProvenPart(shift, record, opened, outcome))
        if content.kind == "lot" and opened is not None:
            _check_complete(shift, report)
    for left in outcomes.values():
        report.tamper("PART-01", f"record {left.seq}", "it is the outcome of no part in this proof", left.seq)
    if not content.parts and content.kind == "part":
        report.tamper("PROOF-04", "the proof", f"no record in it is of part {content.value}")
    if content.kind == "lot" and not any(shift.of("shift-open") for shift in content.shifts):
        report.tamper("PROOF-04", "the proof", f"no shift in it is of lot {content.value}")
    _say(content, report)


def _outcomes(content: ProofContent, report: VerificationReport) -> dict[str, ProvenRecord]:
    """Outcome by the hash of its part."""
    found: dict[str, ProvenRecord] = {}
    for shift in content.shifts:
        for record in shift.of("outcome"):
            report.count("outcomes")
            if found.setdefault(word(record.fields, "part"), record) is not record:
                report.tamper("PART-04", f"record {record.seq}", "the part has another outcome", record.seq)
    return found


def _check_opening(content: ProofContent, shift: ProvenShift, opened: ProvenRecord, report: VerificationReport) -> None:
    place, fields = f"record {opened.seq}", opened.fields
    if fields["prev_seal"] != shift.seal["prev_seal"]:
        report.tamper("SEAL-04", place, "it names another seal before it than the seal of its shift", opened.seq)
    sources = [*objects(fields, "cameras"), inner(fields, "line")]
    if any(source["simulated"] for source in sources) and not shift.seal["simulated"]:
        report.tamper("SEAL-07", place, "it names a simulated source, the seal says there is none", opened.seq)
    if content.kind == "lot" and fields["lot"] != content.value:
        report.tamper("PROOF-04", place, f"it opens lot {word(fields, 'lot')}", opened.seq)


def _check_part(
    content: ProofContent,
    part: ProvenRecord,
    opened: ProvenRecord | None,
    keys: set[tuple[str, int]],
    report: VerificationReport,
) -> None:
    place, fields = f"record {part.seq}", part.fields
    serial = fields["serial"]
    if content.kind == "part" and (not isinstance(serial, dict) or serial["text"] != content.value):
        report.tamper("PROOF-04", place, f"it is not of part {content.value}", part.seq)
    key = (word(inner(fields, "key"), "line_boot"), whole(inner(fields, "key"), "part_seq"))
    if key in keys:
        report.tamper("PART-02", place, "an earlier record has the same key", part.seq)
    keys.add(key)
    if opened is None:
        report.tamper("PROOF-04", place, "the shift-open record before it is not in the proof", part.seq)
    elif fields["verdict"] == "PASS":
        views = objects(fields, "views")
        if any(view["verdict"] != "PASS" or view["image"] is None for view in views):
            report.tamper("PART-08", place, "the part passed, and a view of it has not, or has no image", part.seq)
        cameras = sorted(word(camera, "name") for camera in objects(opened.fields, "cameras"))
        if sorted(word(view, "camera") for view in views) != cameras:
            message = "the part passed without exactly one view of each camera in shift-open"
            report.tamper("PART-08", place, message, part.seq)


def _check_outcome(part: ProvenRecord, outcome: ProvenRecord | None, report: VerificationReport) -> None:
    if outcome is None:
        report.warn("PART-05", f"record {part.seq}", "the proof has no outcome of the part", part.seq)
        return
    place, fields = f"record {outcome.seq}", outcome.fields
    if fields["key"] != part.fields["key"] or outcome.seq <= part.seq:
        report.tamper("PART-01", place, f"its key or place does not fit part record {part.seq}", outcome.seq)
    if fields["commanded"] == "accept" and part.fields["purpose"] == "challenge":
        report.tamper("CHALLENGE-04", place, "a challenge part was accepted", outcome.seq)
    if part.fields["verdict"] in _MAY_PASS:
        return
    said = f"its verdict was {part.fields['verdict']}"
    if fields["commanded"] == "accept":
        report.tamper("PART-03", place, f"the part was accepted, {said}", outcome.seq)
    if fields["confirmed"] == "good":
        report.warn("PART-06", place, f"the part was seen in the good lane, {said}", outcome.seq)


def _check_complete(shift: ProvenShift, report: VerificationReport) -> None:
    """All parts and gaps of a shift are there: as many as its seal counts, by verdict."""
    counts = inner(shift.seal, "counts")
    verdicts = Counter(
        word(record.fields, "verdict") for record in shift.of("part") if record.fields["purpose"] == "production"
    )
    gaps = shift.of("gap")
    here = (verdicts.total(), len(gaps), sum(whole(gap.fields, "count") for gap in gaps))
    sealed = (counts["parts"], counts["gaps"], counts["gap_parts"])
    if here != sealed or any(number != verdicts[name] for name, number in inner(counts, "verdicts").items()):
        message = f"parts, gaps and parts in gaps are {here} in the proof, {sealed} in the seal, or differ by verdict"
        report.tamper("PROOF-06", f"shift {shift.shift}", message, whole(shift.seal, "first"))


def time_text(t_us: object) -> str:
    """Microseconds UTC as people read them."""
    seconds = t_us / 1e6 if isinstance(t_us, int) else 0.0
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{t_us} us after 1970"


def _say(content: ProofContent, report: VerificationReport) -> None:
    if content.simulated:
        report.skip("SIMULATED camera or line: this shows no real part")
    if report.tampered:
        return
    if content.kind == "part":
        for one in content.parts:
            report.say(_part_sentence(content, one))
    else:
        verdicts = Counter(word(one.part.fields, "verdict") for one in content.parts)
        told = ", ".join(f"{number} {name}" for name, number in sorted(verdicts.items()))
        report.say(f"lot {content.value}: {len(content.parts)} parts ({told or 'none'}), all that the seals count")
    for shift in content.shifts:
        for anchor in shift.anchors:
            report.say(f"the seal of shift {shift.shift} is entry {anchor.index} of log {anchor.origin}")


def _part_sentence(content: ProofContent, one: ProvenPart) -> str:
    fields = one.part.fields
    challenge = "challenge part" if fields["purpose"] == "challenge" else "part"
    done = "no outcome is in the proof"
    if one.outcome is not None:
        done = f"commanded {one.outcome.fields['commanded']}, seen in lane {one.outcome.fields['confirmed']}"
    when = time_text(fields["t_edge_us"])
    return (
        f"{challenge} {content.value}: {fields['verdict']} ({word(fields, 'reason')}) at {when}"
        f" on station {content.station}, shift {one.shift.shift}, lot {word(one.opened.fields, 'lot')}; {done}"
    )
