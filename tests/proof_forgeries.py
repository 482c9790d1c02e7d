# SPDX-License-Identifier: AGPL-3.0-or-later
"""Proofs that must not convince: each with the rules that it breaks, for the verifier in Python and for the page."""

from __future__ import annotations

import json

from inspector.evidence.note import NoteKey
from inspector.evidence.seal import HEAD_PREFIX
from tests.proof_forging import (
    OTHER_KEY,
    OTHER_TSA,
    Forgery,
    back_again,
    bent,
    canonical,
    carrying,
    change_record,
    flip,
    foreign_seal,
    head,
    in_receipt,
    in_record,
    in_seal,
    in_shift,
    last_bit,
    later,
    later_year,
    lying,
    one_part_less,
    only,
    own_key,
    own_key_named_as_the_stations,
    own_log,
    receipts_of_rotation,
    reseal,
    rotation,
    same_key,
    seal_of_shift_two,
    second,
    second_is_a_head,
    second_shift_not_opened,
    signed_with,
    stamp_of_another_seal,
    stamped,
    text,
    thieves_log,
    to_the_forger,
    two_outcomes,
    views,
    without,
)
from tests.proof_station import SERIAL
from tests.unit.evidence_station import ORIGIN

HASHES = 7
"""How many hashes the proof of `SERIAL` has; the table names each of them."""

PART = "part"
FORGERIES: list[Forgery] = [
    # Records
    Forgery(
        "verdict changed",
        bent(PART, in_record(1, '"v":1,"verdict":"PASS"', '"v":1,"verdict":"FAIL"')),
        ("PROOF-02",),
    ),
    Forgery("serial changed", bent(PART, in_record(1, SERIAL, "SN-000009")), ("PROOF-02",)),
    Forgery("outcome changed", bent(PART, in_record(2, '"commanded":"accept"', '"commanded":"reject"')), ("PROOF-02",)),
    Forgery("model changed", bent(PART, in_record(1, "3" * 64, "4" * 64)), ("PROOF-02",)),
    Forgery(
        "salt changed", bent(PART, lambda d, _: change_record(d["shifts"][0], "part", salt="0" * 32)), ("PROOF-02",)
    ),
    Forgery("lot changed", bent(PART, in_record(0, "L-42", "L-43")), ("PROOF-02",)),
    Forgery("seq moved", bent(PART, lambda d, _: change_record(d["shifts"][0], "part", seq=7)), ("PROOF-02",)),
    Forgery("seq beyond", bent(PART, lambda d, _: change_record(d["shifts"][0], "part", seq=9999)), ("PROOF-03",)),
    Forgery(
        "seq of 2^53 - 1", bent(PART, lambda d, _: change_record(d["shifts"][0], "part", seq=2**53 - 1)), ("PROOF-03",)
    ),
    Forgery("shift of another", bent(PART, lambda d, _: change_record(d["shifts"][0], "part", shift=2)), ("PROOF-03",)),
    Forgery("record not canonical", bent(PART, in_record(1, '"type":"part"', '"type": "part"')), ("FORMAT-01",)),
    Forgery(
        "key twice in record",
        bent(PART, in_record(1, '"type":"part"', '"type":"part","type":"part"')),
        ("FORMAT-01",),
    ),
    Forgery(
        "number with fraction",
        bent(PART, in_record(1, '"plc_count":2', '"plc_count":2.0')),
        ("FORMAT-01", "FORMAT-02"),
    ),
    Forgery(
        "number beyond 2^53",
        bent(PART, in_record(1, '"plc_count":2', '"plc_count":9007199254740993')),
        ("FORMAT-01", "FORMAT-02"),
    ),
    Forgery(
        "record escapes a letter", bent(PART, in_record(1, '"type":"part"', '"type":"p\\u0061rt"')), ("FORMAT-01",)
    ),
    Forgery(
        "unknown field",
        bent(PART, lambda d, _: change_record(d["shifts"][0], "part", zone="x")),
        ("FORMAT-02", "PROOF-02"),
    ),
    Forgery(
        "verdict of no kind",
        bent(PART, lambda d, _: change_record(d["shifts"][0], "part", verdict="GOOD")),
        ("FORMAT-02",),
    ),
    Forgery(
        "record of another station",
        bent(PART, lambda d, _: change_record(d["shifts"][0], "part", station="x")),
        ("FORMAT-03",),
    ),
    Forgery("record twice", bent(PART, in_shift("records", lambda r: [*r, r[-1]])), ("PROOF-03",)),
    Forgery("records not in order", bent(PART, in_shift("records", lambda r: [r[1], r[0], r[2]])), ("PROOF-03",)),
    Forgery("outcome taken out", bent(PART, in_shift("records", lambda r: r[:-1])), ("PROOF-02",)),
    Forgery("record is no JSON", bent(PART, in_shift("records", lambda r: ["{", *r[1:]])), ("FORMAT-01",)),
    # The tree
    *(
        Forgery(
            f"hash {n} changed",
            bent(PART, in_shift("hashes", lambda h, n=n: [*h[:n], flip(h[n], 0), *h[n + 1 :]])),
            ("PROOF-02",),
        )
        for n in range(HASHES)
    ),
    Forgery("hash taken out", bent(PART, in_shift("hashes", lambda h: h[:-1])), ("PROOF-02",)),
    Forgery("hash added", bent(PART, in_shift("hashes", lambda h: [*h, h[0]])), ("PROOF-02",)),
    Forgery("hashes swapped", bent(PART, in_shift("hashes", lambda h: [h[1], h[0], *h[2:]])), ("PROOF-02",)),
    # The seal
    Forgery("root changed", bent(PART, in_seal(root="0" * 64)), ("SEAL-01",)),
    Forgery("time changed", bent(PART, in_seal(t_us=1)), ("SEAL-01",)),
    Forgery("simulated denied", bent(PART, in_seal(simulated=False)), ("SEAL-01",)),
    Forgery("key in seal changed", bent(PART, in_seal(key="0" * 64)), ("SEAL-01",)),
    Forgery("shift in seal changed", bent(PART, in_seal(shift=2)), ("SEAL-01",)),
    Forgery("seal of another station", bent(PART, in_seal(station="x")), ("FORMAT-03",)),
    Forgery("seal not canonical", bent(PART, in_shift("seal", lambda s: s + " ")), ("FORMAT-01",)),
    Forgery(
        "seal key twice", bent(PART, in_shift("seal", lambda s: s.replace('"v":1', '"v":1,"v":1'))), ("FORMAT-01",)
    ),
    Forgery("signature changed", bent(PART, in_shift("signature", lambda s: flip(s, 5))), ("SEAL-01",)),
    Forgery("signature changed at its end", bent(PART, in_shift("signature", lambda s: flip(s, 127))), ("SEAL-01",)),
    Forgery("signature without its prefix", bent(PART, signed_with(b"")), ("SEAL-01",)),
    Forgery("signature with the prefix of heads", bent(PART, signed_with(HEAD_PREFIX)), ("SEAL-01",)),
    Forgery("signature too short", bent(PART, in_shift("signature", lambda s: s[:-2])), ("PROOF-01",)),
    Forgery("a head for a seal", bent(PART, head), ("FORMAT-02",)),
    Forgery("seal of the next shift", bent(PART, seal_of_shift_two), ("PROOF-03",)),
    Forgery("seal of the other station", bent(PART, foreign_seal), ("SEAL-01",)),
    # Keys
    Forgery("key in proof changed", bent(PART, lambda d, _: d.update(station_key="0" * 64)), ("KEY-01",)),
    Forgery("a key of the forger's own", bent(PART, own_key), ("KEY-01",)),
    Forgery("signed by the forger", bent(PART, own_key_named_as_the_stations), ("SEAL-01",)),
    Forgery("proof of the other station", lambda p: canonical(p.foreign), ("KEY-01",)),
    Forgery("good, but the reader expects another key", lambda p: canonical(p.part), ("KEY-01",), {"key": "ab" * 32}),
    # Rotations of the key
    Forgery("rotation left out", rotation(lambda r: []), ("SEAL-01",), {"key": "rotated"}),
    Forgery("rotation twice", rotation(lambda r: [*r, *r]), ("KEY-03",), {"key": "rotated"}),
    Forgery(
        "rotation of another shift",
        rotation(lambda r: [r[0].replace("first-shift 2", "first-shift 1")]),
        ("KEY-02",),
        {"key": "rotated"},
    ),
    Forgery(
        "rotation of another station",
        rotation(lambda r: [r[0].replace("station demo", "station dem0")]),
        ("KEY-02",),
        {"key": "rotated"},
    ),
    Forgery(
        "rotation with one signature",
        rotation(lambda r: [r[0].rstrip("\n").rpartition("\n")[0] + "\n"]),
        ("KEY-02",),
        {"key": "rotated"},
    ),
    Forgery("rotation signed by the new key only", rotation(to_the_forger), ("KEY-02",), {"key": "rotated"}),
    Forgery("rotation from a key that was never in force", rotation(back_again), ("KEY-03",), {"key": "rotated"}),
    Forgery("rotation is no note", rotation(lambda r: ["x"]), ("KEY-02",), {"key": "rotated"}),
    Forgery(
        "later rotation of no form",
        later(lambda t: t.replace("key-rotation/v1", "key-rotation/v2")),
        ("KEY-02",),
        {"key": "rotated"},
    ),
    Forgery(
        "later rotation not signed",
        later(lambda t: t.replace("reason x", "reason y")),
        ("KEY-02",),
        {"key": "rotated"},
    ),
    Forgery("later rotation of another station", later(str, station="line-9"), ("KEY-02",), {"key": "rotated"}),
    Forgery("later rotation before the one before", later(str, first_shift=2), ("KEY-03",), {"key": "rotated"}),
    # The plant root
    Forgery(
        "sealed by a key that was revoked before",
        lambda p: canonical(p.part),
        ("KEY-04",),
        {"root": "plant", "statements": "station 0"},
    ),
    Forgery("the same, and the proof itself says so", carrying(PART, "station 0"), ("KEY-04",), {"root": "plant"}),
    Forgery(
        "of two revocations the reader was given the mild one only",
        carrying(PART, "station 0"),
        ("KEY-04",),
        {"root": "plant", "statements": "station 5"},
    ),
    Forgery(
        "sealed by a revoked key, receipt taken out",
        bent(PART, in_shift("receipts", lambda r: [])),
        ("KEY-04",),
        {"root": "plant", "statements": "station 1"},
        True,
    ),
    Forgery(
        "sealed by a revoked key, shown in a log of the thief's own",
        bent(PART, thieves_log),
        ("KEY-04",),
        {"root": "plant", "statements": "station 1", "log": ""},
        True,
    ),
    Forgery(
        "rotation by a key that was revoked before",
        lambda p: canonical(p.handed_over),
        ("KEY-04",),
        {"key": "rotated", "root": "plant", "statements": "rotated 1"},
    ),
    Forgery(
        "rotation by a revoked key, its receipt taken out",
        receipts_of_rotation(lambda d: d.pop("rotation_receipts")),
        ("KEY-04",),
        {"key": "rotated", "root": "plant", "statements": "rotated 2"},
        True,
    ),
    Forgery(
        "receipt of a seal for a rotation",
        receipts_of_rotation(lambda d: d.update(rotation_receipts=[d["shifts"][0]["receipts"]])),
        ("LEDGER-01",),
        {"key": "rotated"},
    ),
    Forgery(
        "more receipts of rotations than rotations",
        receipts_of_rotation(lambda d: d["rotation_receipts"].append([])),
        ("PROOF-01",),
        {"key": "rotated"},
    ),
    Forgery("statement about another station", carrying(PART, "station 0", station="line-9"), ("KEY-05",)),
    Forgery("statement that is none", bent(PART, lambda d, _: d.update(root_statements=["x"])), ("KEY-05",)),
    Forgery(
        "statement for the reader that a thief signed",
        lambda p: canonical(p.part),
        ("KEY-05",),
        {"root": "plant", "statements": "station 0 thief"},
        True,
    ),
    Forgery(
        "statement for a reader who knows no plant root",
        lambda p: canonical(p.part),
        ("KEY-05",),
        {"statements": "station 0"},
        True,
    ),
    Forgery(
        "certificate by a thief, the reader knows the plant root only",
        carrying(PART, "station certified thief"),
        ("KEY-06",),
        {"key": "", "root": "plant"},
        True,
    ),
    # What it is of
    Forgery("renamed to another serial", bent(PART, lambda d, _: d["of"].update(value="SN-000009")), ("PROOF-04",)),
    Forgery("replayed for another serial", lambda p: canonical(p.part), ("PROOF-05",), {"serial": "SN-000009"}),
    Forgery("look-alike serial", lambda p: canonical(p.part), ("PROOF-05",), {"serial": "SΝ-000002"}),
    Forgery("part given for a lot", lambda p: canonical(p.part), ("PROOF-05",), {"lot": "L-42"}),
    Forgery(
        "a part called a lot", bent(PART, lambda d, _: d.update(of={"kind": "lot", "value": "L-42"})), ("PROOF-06",)
    ),
    Forgery("station renamed", bent(PART, lambda d, _: d.update(station="line-9")), ("FORMAT-03",)),
    # The log
    Forgery("index changed", bent(PART, in_receipt(lambda lines: lines.__setitem__(1, "index 1"))), ("LEDGER-01",)),
    Forgery("log hash added", bent(PART, in_receipt(lambda lines: lines.insert(2, lines[5]))), ("LEDGER-01",)),
    Forgery("checkpoint size", bent(PART, in_receipt(lambda lines: lines.__setitem__(4, "2"))), ("LEDGER-01",)),
    Forgery(
        "checkpoint root", bent(PART, in_receipt(lambda lines: lines.__setitem__(5, "A" * 43 + "="))), ("LEDGER-01",)
    ),
    Forgery(
        "checkpoint origin",
        bent(PART, in_receipt(lambda lines: lines.__setitem__(3, ORIGIN + "x"))),
        ("LEDGER-01",),
        {},
        True,
    ),
    Forgery(
        "checkpoint signature",
        bent(PART, in_receipt(lambda lines: lines.__setitem__(7, lines[7][:-6] + "AAAA" + lines[7][-2:]))),
        ("LEDGER-01",),
    ),
    Forgery(
        "receipt of another seal",
        bent(PART, lambda d, p: d["shifts"][0].update(receipts=p.twice["shifts"][1]["receipts"])),
        ("LEDGER-01",),
    ),
    Forgery(
        "receipts taken out, log expected",
        bent(PART, lambda d, _: d["shifts"][0].update(receipts=[])),
        ("LEDGER-01",),
        {},
        True,
    ),
    Forgery("a log of the forger's own", bent(PART, own_log), ("LEDGER-02",)),
    Forgery(
        "log key damaged", bent(PART, lambda d, _: d.update(log_keys=[d["log_keys"][0][:-1] + "="])), ("PROOF-01",)
    ),
    Forgery(
        "another log expected",
        lambda p: canonical(p.part),
        ("LEDGER-01",),
        {"log": NoteKey("other.example/log", OTHER_KEY.public_key).vkey()},
        True,
    ),
    Forgery(
        "another log expected by fingerprint", lambda p: canonical(p.part), ("LEDGER-01",), {"log": "cd" * 32}, True
    ),
    Forgery(
        "another key in the name of the log",
        bent(PART, lambda d, _: d.update(log_keys=[NoteKey(ORIGIN, OTHER_KEY.public_key).vkey()])),
        ("LEDGER-02",),
    ),
    # A station that lies and signs
    Forgery("accepted without PASS", bent(PART, lying("part", verdict="FAIL")), ("PART-03",)),
    Forgery("passed with a failed view", bent(PART, views(verdict="FAIL")), ("PART-08",)),
    Forgery("passed without an image", bent(PART, views(image=None)), ("PART-08",)),
    Forgery("passed by another camera", bent(PART, views(camera="side")), ("PART-08",)),
    Forgery("passed without views", bent(PART, lying("part", views=[])), ("PART-08",)),
    Forgery("challenge part accepted", bent(PART, lying("part", purpose="challenge")), ("CHALLENGE-04",)),
    Forgery("outcome of another part", bent(PART, lying("outcome", part="0" * 64)), ("PART-01",)),
    Forgery(
        "outcome with another key",
        bent(PART, lying("outcome", key={"line_boot": "0" * 16, "part_seq": 2})),
        ("PART-01",),
    ),
    Forgery("two outcomes of one part", bent("twice", two_outcomes), ("PART-04",)),
    Forgery("shift opened after another seal", bent(PART, lying("shift-open", prev_seal="7" * 64)), ("SEAL-04",)),
    Forgery(
        "simulation not told",
        bent(PART, lambda d, p: reseal(d["shifts"][0], p.station.key, simulated=False)),
        ("SEAL-07",),
    ),
    Forgery("shift-open left out", lambda p: without("shift-open", p, p.part), ("PROOF-04",)),
    Forgery("part left out", lambda p: without("part", p, p.part), ("PART-01",)),
    Forgery("signed record of another station", bent(PART, lying("outcome", station="line-9")), ("FORMAT-03",)),
    Forgery(
        "signed seal of another station",
        bent(PART, lambda d, p: reseal(d["shifts"][0], p.station.key, station="line-9")),
        ("FORMAT-03",),
    ),
    Forgery("signed record of no form", bent(PART, lying("outcome", commanded="stop")), ("FORMAT-02",)),
    Forgery("signed text not in normal form C", bent(PART, lying("outcome", reason="u\u0308")), ("PROOF-01",)),
    Forgery("signed number beyond 2^53", bent(PART, lying("outcome", mono_us=2**53)), ("FORMAT-01", "FORMAT-02")),
    Forgery("signed record of another shift", bent(PART, lying("outcome", shift=2)), ("PROOF-03",)),
    Forgery("signed seal of no form", bent(PART, second(t_us=-1)), ("FORMAT-02",)),
    Forgery("signed head beside a seal", bent(PART, second_is_a_head), ("FORMAT-02",)),
    Forgery("two parts under one key", bent("twice", same_key), ("PART-02",)),
    Forgery("second shift-open left out", second_shift_not_opened, ("PROOF-04",)),
    Forgery("no part at all", only("shift-open", PART), ("PROOF-04",)),
    # Lots
    Forgery("no shift of the lot", only("gap", "lot"), ("PROOF-04",)),
    Forgery("one part of the lot left out", one_part_less, ("PROOF-06",)),
    Forgery("gap of the lot left out", lambda p: without("gap", p, p.lot), ("PROOF-06",)),
    Forgery("lot renamed", bent("lot", lambda d, _: d["of"].update(value="L-43")), ("PROOF-04",)),
    Forgery("another lot expected", lambda p: canonical(p.lot), ("PROOF-05",), {"lot": "L-43"}),
    Forgery("shifts of the lot swapped", bent("lot", lambda d, _: d["shifts"].reverse()), ("PROOF-03",)),
    Forgery("shift of the lot twice", bent("lot", lambda d, _: d["shifts"].append(d["shifts"][1])), ("PROOF-03",)),
    # The file
    Forgery("a blank", text(lambda text: " "), ("PROOF-01",)),
    Forgery("cut off", text(lambda text: text[:-40]), ("PROOF-01",)),
    Forgery("two line ends", text(lambda text: text + "\n\n"), ("PROOF-01",)),
    Forgery("with a byte order mark", text(lambda text: "\ufeff" + text), ("PROOF-01",)),
    Forgery("indented", text(lambda text: json.dumps(json.loads(text), indent=1)), ("PROOF-01",)),
    Forgery("key twice", text(lambda text: text.replace('"v":1}', '"v":1,"v":1}')), ("PROOF-01",)),
    Forgery("a list", text(lambda text: f"[{text}]"), ("PROOF-01",)),
    Forgery("null", text(lambda text: "null"), ("PROOF-01",)),
    Forgery("nested deeply", text(lambda text: "[" * 200_000 + "]" * 200_000), ("PROOF-01",)),
    Forgery("unknown field in the file", bent(PART, lambda d, _: d.update(note="trust me")), ("PROOF-01",)),
    Forgery(
        "prototype", text(lambda text: text.replace('{"log_keys"', '{"__proto__":{"v":1},"log_keys"')), ("PROOF-01",)
    ),
    Forgery("field missing", bent(PART, lambda d, _: d.pop("log_keys")), ("PROOF-01",)),
    Forgery("text for a list", bent(PART, in_shift("records", lambda r: r[0])), ("PROOF-01",)),
    Forgery("no records", bent(PART, in_shift("records", lambda r: [])), ("PROOF-01",)),
    Forgery("no shifts", bent(PART, lambda d, _: d.update(shifts=[])), ("PROOF-01",)),
    Forgery(
        "lone surrogate",
        text(
            lambda text: text.replace(SERIAL + '"},"shifts"', "\\ud800" + '"},"shifts"').replace(
                f'"value":"{SERIAL}"', '"value":"\\ud800"'
            )
        ),
        ("PROOF-01",),
    ),
    Forgery("not in normal form C", bent(PART, lambda d, _: d["of"].update(value="u\u0308")), ("PROOF-01",)),
    Forgery(
        "hash in capitals",
        bent(PART, lambda d, _: d["shifts"][0].update(hashes=[h.upper() for h in d["shifts"][0]["hashes"]])),
        ("PROOF-01",),
    ),
    Forgery("of a newer version", bent(PART, lambda d, _: d.update(v=2)), ("PROOF-01",), {}, True),
]


STAMPED: list[Forgery] = [
    Forgery("stamped by an authority that the reader does not know", stamped(OTHER_TSA), ("POLICY-01",), {}, True),
    Forgery("time stamp taken out", bent(PART, in_shift("receipts", lambda r: [])), ("POLICY-01",), {}, True),
    Forgery("time stamp of another seal", stamp_of_another_seal, ("LEDGER-07",)),
    Forgery("time in a time stamp changed", stamped(change=later_year), ("LEDGER-07",)),
    Forgery("last bit of a time stamp changed", stamped(change=last_bit), ("LEDGER-07",)),
    Forgery("stamped later than the reader allows", stamped(after_s=7200), ("LEDGER-08",), {}, True),
    Forgery("stamped before the time that the seal says", stamped(after_s=-600), ("LEDGER-08",), {}, True),
]
"""Forgeries of time stamps, for a reader who asks for them; the page does not read any, and says so."""


def forgery_table(forgeries: list[Forgery] = FORGERIES) -> str:
    """A table of docs/threat-model.md: by the rule that refuses them."""
    by_rule: dict[str, list[str]] = {}
    for forgery in forgeries:
        by_rule.setdefault(forgery.rules[0], []).append(forgery.name)
    rows = [f"| {rule} | {'; '.join(names)} |" for rule, names in sorted(by_rule.items())]
    return "\n".join(["| rule | what was done |", "|---|---|", *rows]) + "\n"
