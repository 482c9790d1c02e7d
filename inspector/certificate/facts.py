# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a certificate says: tables of text, all of it read from a proof that was checked, and from nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from inspector.errors import EvidenceError
from inspector.evidence.verify.proof import ProofPolicy, verify_proof
from inspector.evidence.verify.proof_content import ProofContent, ProvenPart, time_text
from inspector.evidence.verify.schema import Fields, inner, objects, whole, word
from inspector.evidence.verify.shift_proof import ProvenShift

NOT_PROVEN = (
    "This paper proves nothing by itself: whoever can print can print another. The proof file does.",
    "That the parts you hold are the parts with these serials.",
    "That the station was not fooled when it looked: a covered lens, a dummy part. Look at the challenges.",
    "That no other shift or station worked on this lot.",
    "Times are the station's own clock.",
    "Without an independent witness, whoever holds the station's key and the log's key can rewrite both.",
)
_LANES = {"good": "good lane", "reject": "reject lane", "unknown": "no lane"}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, words below it, and a table whose first row is its head; either may be empty.

    Attributes:
        title: Heading.
        words: Paragraphs.
        rows: Cells of the table.
        widths: Share of each column.
    """

    title: str
    words: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    widths: Sequence[int] = ()


@dataclass(slots=True)
class Facts:
    """A certificate, not yet laid out.

    Attributes:
        lot: Name of the lot.
        station: Name of the station.
        simulated: Whether camera or line were simulated.
        sections: In the order of the page.
    """

    lot: str
    station: str
    simulated: bool
    sections: list[Section] = field(default_factory=list)


def certificate_facts(proof: bytes, station_key: bytes, proof_name: str, proof_sha256: str) -> Facts:
    """Check the proof of a lot and read a certificate from it.

    Args:
        proof: The proof.
        station_key: Raw public key that must have signed, 32 bytes.
        proof_name: Name of the file that goes with the certificate.
        proof_sha256: Its hash, 64 hex digits.

    Raises:
        EvidenceError: The proof does not hold, or is not of a lot.
    """
    check = verify_proof(proof, ProofPolicy(station_key=station_key))
    content = check.content
    if check.report.first is not None or content is None:
        raise EvidenceError(f"The proof does not hold: {check.report.first}", "Run `inspector verify`")
    if content.kind != "lot":
        raise EvidenceError("The proof is of a part: there is no certificate of it", "Give the proof away as it is")
    facts = Facts(content.value, content.station, content.simulated)
    facts.sections = [
        _summary(content),
        _shifts(content),
        _sources(content),
        _challenges(content),
        _bypasses(content),
        _reconciliation(content),
        _signatures(content),
        _how_to_check(proof_name, proof_sha256),
        Section("What this does not prove", words=[*NOT_PROVEN, *_warnings(content)]),
        _parts(content),
    ]
    return facts


def _summary(content: ProofContent) -> Section:
    verdicts = Counter(word(one.part.fields, "verdict") for one in content.parts)
    outcomes = Counter(_outcome(one) for one in content.parts)
    gaps = [gap for shift in content.shifts for gap in shift.of("gap")]
    rows = [
        ("", "parts"),
        ("inspected", str(len(content.parts))),
        *((f"verdict {name}", str(number)) for name, number in sorted(verdicts.items())),
        *((name, str(number)) for name, number in sorted(outcomes.items())),
        ("counted but not inspected (gaps)", str(sum(whole(gap.fields, "count") for gap in gaps))),
    ]
    words = ["All parts that the seals of these shifts count are in the proof, and listed at the end."]
    return Section("Parts", words, rows, (5, 1))


def _outcome(one: ProvenPart) -> str:
    if one.outcome is None:
        return "outcome not recorded"
    fields = one.outcome.fields
    done = "let through" if fields["commanded"] == "accept" else "rejected"
    return f"{done}, {_LANES[word(fields, 'confirmed')]}"


def _lot_shifts(content: ProofContent) -> list[ProvenShift]:
    return [shift for shift in content.shifts if shift.of("shift-open")]


def _shifts(content: ProofContent) -> Section:
    rows = [("shift", "opened, closed", "parts", "hash of the seal, and where it is anchored")]
    for shift in content.shifts:
        times = f"{time_text(shift.seal['t_open_us'])}\n{time_text(shift.seal['t_close_us'])}"
        anchors = [f"entry {anchor.index} of log {anchor.origin}" for anchor in shift.anchors] or ["anchored nowhere"]
        parts = sum(one.shift is shift for one in content.parts)
        rows.append((str(shift.shift), times, str(parts), "\n".join([shift.digest, *anchors])))
    return Section("Shifts and seals", rows=rows, widths=(1, 4, 1, 9))


def _sources(content: ProofContent) -> Section:
    rows = [("", "name", "SHA-256")]
    seen: set[tuple[str, str, str]] = set()

    def add(kind: str, name: str, digest: str) -> None:
        if (kind, name, digest) not in seen:
            seen.add((kind, name, digest))
            rows.append((kind, name, digest))

    for shift in _lot_shifts(content):
        for opened in shift.of("shift-open"):
            fields = opened.fields
            add("model", word(inner(fields, "model"), "name"), word(inner(fields, "model"), "digest"))
            add("recipe", word(inner(fields, "recipe"), "name"), word(inner(fields, "recipe"), "digest"))
            for camera in objects(fields, "cameras"):
                add("camera settings", _camera(camera), word(camera, "settings_digest"))
    return Section("Model, recipe, cameras", rows=rows, widths=(3, 5, 11))


def _camera(camera: Fields) -> str:
    simulated = " SIMULATED" if camera["simulated"] else ""
    made = " ".join(word(camera, name) for name in ("vendor", "model"))
    return f"{word(camera, 'name')}: {made}, serial {word(camera, 'serial')}{simulated}"


def _records(content: ProofContent, kind: str) -> Iterable[tuple[ProvenShift, int, Fields]]:
    for shift in content.shifts:
        for record in shift.of(kind):
            yield shift, record.seq, record.fields


def _challenges(content: ProofContent) -> Section:
    title = "Challenges (known bad parts)"
    rows = [("shift", "time", "result", "shown", "rejected", "reason")]
    for shift, _, fields in _records(content, "challenge"):
        numbers = (str(fields["parts_in"]), str(fields["parts_out"]))
        rows.append(
            (str(shift.shift), time_text(fields["t_us"]), word(fields, "result"), *numbers, word(fields, "reason"))
        )
    shown = sum(
        whole(inner(shift.seal, "counts"), "challenge")
        for shift in _lot_shifts(content)
        if "challenge" in inner(shift.seal, "counts")
    )
    words = [f"The seals count {shown} challenge parts in these shifts; they are in no number above."]
    if len(rows) == 1:
        return Section(title, ["No challenge was recorded in these shifts.", *words[: shown and 1]])
    return Section(title, words, rows, (1, 4, 2, 1, 2, 6))


def _bypasses(content: ProofContent) -> Section:
    rows = [("shift", "from", "scope", "parts allowed", "signed by key")]
    for shift, _, fields in _records(content, "bypass-start"):
        cells = (time_text(fields["t_us"]), word(fields, "scope"), str(fields["parts"]), word(fields, "authority"))
        rows.append((str(shift.shift), *cells))
    if len(rows) == 1:
        return Section("Bypasses", ["No bypass was recorded in these shifts."])
    return Section("Bypasses", ["Parts with verdict BYPASSED passed without a verdict."], rows, (1, 4, 2, 2, 8))


def _reconciliation(content: ProofContent) -> Section:
    rows = [("shift", "plant", "records", "difference", "completeness, note")]
    for shift, _, fields in _records(content, "shift-close"):
        reconciliation = inner(fields, "reconciliation")
        plant, records, difference = (
            "not known" if reconciliation[name] is None else str(reconciliation[name])
            for name in ("plc_count", "station", "difference")
        )
        rows.append((str(shift.shift), plant, records, difference, _completeness(reconciliation)))
    return Section("Counts against the plant's", rows=rows, widths=(1, 2, 2, 2, 9))


def _completeness(reconciliation: Fields) -> str:
    independent = reconciliation.get("independent")
    established = independent["established_by"] if isinstance(independent, dict) else []
    by = ", ".join(str(name) for name in established) if isinstance(established, list) else ""
    words = f"independently established by {by}" if by else "not independently established"
    return f"{words}\n{reconciliation['note']}".rstrip("\n")


def _signatures(content: ProofContent) -> Section:
    rows = [("shift", "time", "meaning", "identified by", "person (commitment)")]
    for shift, _, fields in _records(content, "signature"):
        cells = (time_text(fields["t_us"]), word(fields, "meaning"), word(fields, "method"), word(fields, "signer"))
        rows.append((str(shift.shift), *cells))
    words = ["People appear as commitments; the plant can tell the names, as long as it has not erased them."]
    if len(rows) == 1:
        words = ["No person has signed in these shifts. The seals are the station's signatures, not a person's."]
        rows = []
    return Section("Signatures", words, rows, (1, 4, 4, 3, 8))


def _how_to_check(name: str, digest: str) -> Section:
    words = [
        f"The proof is the file {name}, SHA-256 {digest}.",
        "Open the page verify.html, choose this file, and enter the station's key or its fingerprint as you know it"
        " from the contract, the acceptance protocol or the label on the machine - not from here.",
    ]
    return Section("How to check this", words)


def _warnings(content: ProofContent) -> list[str]:
    without = sum(one.outcome is None for one in content.parts)
    return [f"Whether {without} parts were let through: their outcome is not in the proof."] if without else []


def _parts(content: ProofContent) -> Section:
    rows = [("serial", "verdict", "outcome", "inspected", "record")]
    for one in content.parts:
        serial = one.part.fields["serial"]
        text = word(serial, "text") if isinstance(serial, dict) else "(none read)"
        cells = (_outcome(one), time_text(one.part.fields["t_edge_us"]), str(one.part.seq))
        rows.append((text, word(one.part.fields, "verdict"), *cells))
    return Section("All parts", rows=rows, widths=(6, 3, 5, 5, 2))
