# SPDX-License-Identifier: Apache-2.0
"""What whoever holds the station's key can do, and mostly the log with it: chain, seals and receipts are good again."""

from __future__ import annotations

import json
from typing import Any

from tests.assets.attacks.bundle import Pieces
from tests.assets.attacks.history import (
    LINE_BOOT,
    NEW_KEY,
    ORIGIN,
    ROOT_KEY,
    STATION_KEY,
    THIEF_KEY,
    Changes,
    History,
    Json,
    permit,
    root_statement,
    rotation,
    spell,
)
from tests.assets.attacks.table import POLICY, attack, changed, lying, lying_document

BIG = 2**53


def respelled(kind: str, number: int, old: bytes, new: bytes) -> bytes:
    """Bytes of one record are others, and its hash is that of these bytes."""

    def spelled(of: str, at: int, data: bytes) -> bytes:
        if (of, at) != (kind, number):
            return data
        assert old in data
        return data.replace(old, new, 1)

    return changed(spelled=spelled)


# --- form


@attack("FORMAT-01")
def blank_in_a_record() -> bytes:
    """A record was written with a blank."""
    return respelled("gap", 0, b'{"boot"', b'{ "boot"')


@attack("FORMAT-01")
def duplicate_key_sealed() -> bytes:
    """A record was sealed with a key that stands there twice."""
    return respelled("part", 2, b'"verdict":"FAIL","views"', b'"verdict":"FAIL","verdict":"PASS","views"')


@attack("FORMAT-02")
def float_for_an_integer() -> bytes:
    """A count is written as 2.0."""
    return respelled("gap", 0, b'"count":2', b'"count":2.0')


@attack("FORMAT-01")
def exponent() -> bytes:
    """A count is written as 2e0, another spelling of a number."""
    return respelled("gap", 0, b'"count":2', b'"count":2e0')


@attack("FORMAT-02")
def not_a_number() -> bytes:
    """A count is NaN, which JSON does not have."""
    return respelled("gap", 0, b'"count":2', b'"count":NaN')


@attack("FORMAT-01")
def endless_number() -> bytes:
    """A count has five thousand digits."""
    return respelled("gap", 0, b'"count":2', b'"count":' + b"9" * 5000)


@attack("FORMAT-02")
def number_beyond_2_to_53() -> bytes:
    """A count is 2^53, which other readers would round."""
    return lying("gap", 0, first_plc_count=BIG)


@attack("FORMAT-02")
def true_for_one() -> bytes:
    """A count is `true`, which compares equal to 1 in some languages."""
    return lying("gap", 0, first_plc_count=True)


@attack("FORMAT-01")
def decomposed_letter() -> bytes:
    """A reason is spelled with a combining accent: it looks the same and is another text."""
    return lying("gap", 0, reason="pru\u0308fen")


@attack("FORMAT-01")
def lone_surrogate() -> bytes:
    """A reason holds half of a character."""
    return respelled("gap", 0, b"line process restarted", b"\\ud800")


@attack("FORMAT-01")
def not_utf_8() -> bytes:
    """A reason is in Latin-1."""
    return respelled("gap", 0, b"line process", b"pr\xfcfen")


@attack("FORMAT-01")
def escaped_letter() -> bytes:
    """A letter is written as an escape."""
    return respelled("gap", 0, b"line process", b"\\u006cine process")


@attack("FORMAT-01")
def deep_nesting() -> bytes:
    """A record is nested twenty thousand deep, to break readers."""
    return respelled("gap", 0, b'"count":2', b'"count":' + b"[" * 20_000 + b"]" * 20_000)


@attack("FORMAT-02")
def field_more() -> bytes:
    """A record has a field that nobody knows."""
    return lying("part", 1, approved=True)


@attack("FORMAT-02")
def field_less() -> bytes:
    """A part has no key."""
    return changed(record=lambda kind, number, fields: fields.pop("salt") if (kind, number) == ("gap", 0) else None)


@attack("FORMAT-02")
def unknown_type() -> bytes:
    """A record has a type that nobody knows."""
    return lying("gap", 0, type="gap2")


@attack("FORMAT-02")
def look_alike_verdict() -> bytes:
    """The verdict PASS is spelled with a Greek letter."""
    return lying("part", 2, verdict="\u03a1ASS")


@attack("FORMAT-03")
def record_of_another_station() -> bytes:
    """One record was taken over from another station."""
    return lying("gap", 0, station="line-5")


@attack("CHAIN-01", "record 1")
def history_before_the_first() -> bytes:
    """The first record names one before: the beginning was cut off."""
    return lying("station-start", 0, prev="a" * 64)


@attack("CHAIN-03")
def number_skipped() -> bytes:
    """One record was numbered one too high."""
    return lying("gap", 0, seq=lambda old: old + 1)


@attack("CHAIN-04")
def record_of_the_next_shift() -> bytes:
    """A record says that it belongs to the next shift."""
    return lying("gap", 0, shift=2)


# --- parts


@attack("PART-01")
def outcome_without_part() -> bytes:
    """An outcome names a part that has no record."""
    return lying("outcome", 2, part="a" * 64)


@attack("PART-02")
def two_parts_one_key() -> bytes:
    """Two part records have the key of one trigger: a second, better judgement."""
    key = {"line_boot": LINE_BOOT, "part_seq": 2}

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("part", 2):
            fields["key"] = key

    return changed(record=change, skip=frozenset({("outcome", 2)}))


@attack("PART-03")
def reject_accepted() -> bytes:
    """The line let a FAIL pass."""
    return lying("outcome", 2, commanded="accept", reason="operator said so")


@attack("PART-04")
def two_outcomes() -> bytes:
    """A part has a second outcome."""
    first: list[Json] = []

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("outcome", 1):
            first.append(fields)

    def again(history: History) -> None:
        copy = {name: first[0][name] for name in ("key", "part", "commanded", "confirmed", "reason")}
        history.record("outcome", **copy)

    return changed(record=change, steps={"before close": again})


@attack("PART-07")
def two_gaps_one_key() -> bytes:
    """A gap is counted twice, to make the numbers fit."""

    def again(history: History) -> None:
        key = {"line_boot": LINE_BOOT, "gap_seq": 1}
        history.record("gap", key=key, first_plc_count=70, count=1, source="plc", reason="again")

    return changed(steps={"before close": again})


@attack("PART-08")
def pass_without_image() -> bytes:
    """A part passed, and there is no picture of it."""
    return changed(
        record=lambda kind, number, fields: (
            fields["views"][0].update(image=None) if (kind, number) == ("part", 1) else None
        ),
        skip=frozenset({("image-stored", 1)}),
    )


@attack("PART-08")
def pass_against_the_view() -> bytes:
    """A part passed although its view says FAIL."""
    return changed(
        record=lambda kind, number, fields: (
            fields["views"][0].update(verdict="FAIL") if (kind, number) == ("part", 1) else None
        )
    )


@attack("PART-08")
def pass_with_one_view_less() -> bytes:
    """A part passed without a view of the shift's second camera."""

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("shift-open", 0):
            fields["cameras"] = [*fields["cameras"], {**fields["cameras"][0], "name": "side"}]

    return changed(record=change)


# --- images


@attack("IMAGE-02")
def image_never_stored() -> bytes:
    """A reject has a picture, and nothing says that it was stored or lost."""
    return changed(skip=frozenset({("image-stored", 2)}))


@attack("IMAGE-03")
def image_stored_twice() -> bytes:
    """The picture of a part is stored twice: the second could be of anything."""
    first: list[Json] = []

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("image-stored", 1):
            first.append(fields)

    def again(history: History) -> None:
        names = ("part", "camera", "image_digest", "file_sha256", "size", "codec")
        history.record("image-stored", **{name: first[0][name] for name in names})

    return changed(record=change, steps={"before close": again})


@attack("IMAGE-03")
def image_of_another_part() -> bytes:
    """An image-stored record names another part's picture."""
    return lying("image-stored", 2, part="b" * 64)


# --- seals


@attack("SEAL-02", "seal of shift 1")
def other_root() -> bytes:
    """The root in the seal is not that of the records."""
    return lying_document("seal", 1, root="c" * 64)


@attack("SEAL-03", "seal of shift 1")
def other_head() -> bytes:
    """The seal names another last record."""
    return lying_document("seal", 1, head="c" * 64)


@attack("SEAL-03")
def seal_over_fewer() -> bytes:
    """The head of the open shift says that it begins one record later."""
    return lying_document("head", 3, first=lambda old: old + 1)


@attack("SEAL-04")
def other_seal_before() -> bytes:
    """The second seal names another first seal: the middle was exchanged."""
    return lying_document("seal", 2, prev_seal="c" * 64)


@attack("SEAL-04")
def opened_on_another_history() -> bytes:
    """The second shift was opened on another first seal."""
    return lying("shift-open", 1, prev_seal="c" * 64)


@attack("SEAL-05", "seal of shift 1")
def seal_counts_fewer_rejects() -> bytes:
    """The seal counts one FAIL less than the records."""

    def change(kind: str, shift: int, fields: Json) -> None:
        if (kind, shift) == ("seal", 1):
            counts = json.loads(json.dumps(fields["counts"]))
            counts["verdicts"]["FAIL"] -= 1
            fields["counts"] = counts

    return changed(document=change)


@attack("SEAL-05")
def close_counts_fewer_rejects() -> bytes:
    """The shift-close record counts one FAIL less, and the people sign that."""
    return lying("shift-close", 0, counts=lambda old: {**old, "verdicts": {**old["verdicts"], "FAIL": 0}})


@attack("SEAL-07")
def simulation_hidden() -> bytes:
    """The cameras were simulated, and the seal does not say so."""

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("shift-open", 0):
            fields["cameras"] = [{**fields["cameras"][0], "simulated": True}]

    return changed(record=change, document=lambda kind, shift, fields: fields.update(simulated=False))


@attack("TIME-03")
def shift_longer_than_it_was() -> bytes:
    """The seal says that the shift was opened earlier."""
    return lying_document("seal", 1, t_open_us=lambda old: old - 1)


@attack("SEAL-01", "seal of shift 2")
def signature_over_a_head() -> bytes:
    """The seal carries a signature that was made for a head over the same bytes."""

    def change(kind: str, shift: int, signature: bytes) -> bytes:
        return signature if (kind, shift) != ("seal", 2) else NEW_KEY.sign(b"inspector/head/v1\0" + made[-1])

    made: list[bytes] = []

    def document(kind: str, shift: int, fields: Json) -> None:
        made.append(spell(fields))

    return changed(document=document, signature=change)


@attack("KEY-01", "keys/station.pub")
def all_by_another_key() -> bytes:
    """The whole history was rewritten and sealed with a key of the forger's own; only the key file is the old one."""
    return changed(keys=(THIEF_KEY, NEW_KEY))


@attack("LEDGER-01")
def stolen_station_key() -> bytes:
    """A thief of the station's key rewrote the history; the log's receipts are still those of the old one."""
    honest = [json.loads(data)["proof"] for data in History().tell().records if json.loads(data)["type"] == "receipt"]

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("part", 2):
            fields["reason"] = "FAIL, but only a little"

    return changed(record=change, proof=lambda number, proof: honest[number])


@attack("LEDGER-01")
def seal_made_again_later() -> bytes:
    """A seal was made again with an earlier time; the receipt is that of the first."""
    honest = [json.loads(data)["proof"] for data in History().tell().records if json.loads(data)["type"] == "receipt"]

    def document(kind: str, shift: int, fields: Json) -> None:
        if (kind, shift) == ("seal", 2):
            fields["t_us"] -= 3_600_000_000

    return changed(document=document, proof=lambda number, proof: honest[number])


@attack("LEDGER-01")
def receipt_at_another_index() -> bytes:
    """A receipt says another index than its proof."""
    return lying("receipt", 1, index=lambda old: old + 1)


@attack("LEDGER-05")
def log_that_forked() -> bytes:
    """The log shows the station two histories: two roots of the same size."""

    def forked(history: History) -> None:
        history.record("receipt", **History(log=[b"another entry"]).prove(history.heads[0]))

    return changed(steps={"shift 2": forked})


@attack("LEDGER-05")
def checkpoint_of_another_log() -> bytes:
    """A shift was opened on a checkpoint that the log never had."""
    return lying("shift-open", 1, ledger_checkpoint={"origin": "example.com/plant-log", "size": 2, "root": "e" * 64})


# --- challenges


@attack("CHALLENGE-01")
def challenge_without_start() -> bytes:
    """The result of a challenge names no start."""
    return lying("challenge", 0, start="a" * 64)


def _result(**values: Any) -> bytes:
    return lying("challenge", 0, results=lambda old: [{**old[0], **values}])


@attack("CHALLENGE-01")
def challenge_by_a_good_part() -> bytes:
    """The result names a part that is no challenge part."""
    return _result(part="a" * 64)


@attack("CHALLENGE-01")
def challenge_by_another_serial() -> bytes:
    """The result names another serial than its part has."""
    return _result(serial="CH-2")


@attack("CHALLENGE-02")
def challenge_passed_without_finding() -> bytes:
    """The challenge passed although the part was not found."""
    return lying("part", 0, verdict="NO_DECISION", reason="NO_DECISION")


@attack("CHALLENGE-02")
def challenge_of_another_class() -> bytes:
    """The part shows another defect than the registered set says."""

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("part", 0):
            fields["views"][0]["detections"][0]["class"] = "dent"
        elif (kind, number) == ("challenge", 0):
            fields["results"] = [{**fields["results"][0], "class": "dent"}]

    return changed(record=change)


@attack("CHALLENGE-02")
def challenge_shown_too_seldom() -> bytes:
    """The start demands two presentations, one was shown, and it says passed."""
    return lying("challenge-start", 0, presentations=2)


@attack("CHALLENGE-02")
def challenge_not_rejected() -> bytes:
    """The result says rejected, the outcome says that nobody knows."""
    return lying("outcome", 0, confirmed="unknown")


@attack("CHALLENGE-04")
def challenge_part_accepted() -> bytes:
    """A challenge part was let through, as a PASS."""

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("part", 4 + 3):
            fields |= {"verdict": "PASS", "reason": "PASS"}
            fields["views"][0] |= {"verdict": "PASS", "reason": "PASS"}
        elif (kind, number) == ("outcome", 4 + 3):
            fields |= {"commanded": "accept", "confirmed": "reject"}

    return changed(record=change)


# --- bypasses


@attack("BYPASS-01")
def bypassed_without_bypass() -> bytes:
    """A part is BYPASSED, and no bypass runs."""

    def late(history: History) -> None:
        history.part("SN-9", "BYPASSED", image="")

    return changed(steps={"before close": late})


@attack("BYPASS-01")
def bypassed_too_many() -> bytes:
    """Three parts are BYPASSED under a permit for two."""
    return changed(steps={"bypass": lambda history: history.part("SN-9", "BYPASSED", image="")})


@attack("BYPASS-01")
def bypassed_although_judged() -> bytes:
    """A part that camera and model have judged is BYPASSED under a permit for parts without a verdict."""

    def judged(history: History) -> None:
        history.part("SN-9", "BYPASSED")

    return changed(steps={"bypass": judged}, permit=permit(parts="3"), record=_three_parts)


def _three_parts(kind: str, number: int, fields: Json) -> None:
    if (kind, number) == ("bypass-start", 0):
        fields["parts"] = 3
    elif kind == "part" and fields["verdict"] == "BYPASSED" and fields["views"]:
        fields["views"][0] |= {"verdict": "PASS", "reason": "PASS"}


@attack("BYPASS-02")
def bypassed_after_the_time() -> bytes:
    """A part was let through after the bypass was over."""

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("bypass-start", 0):
            fields |= {"ends_us": fields["t_us"] + 1, "ends_mono_us": fields["mono_us"] + 1}

    return changed(record=change)


@attack("BYPASS-03")
def permit_of_another_station() -> bytes:
    """The permit is for another station."""
    return changed(permit=permit("line-5"))


@attack("BYPASS-03")
def permit_of_another_day() -> bytes:
    """The permit had run out."""
    return changed(permit=permit(not_before="2026-09-20T14:00:00Z", not_after="2026-09-20T15:00:00Z"))


@attack("BYPASS-03")
def permit_edited() -> bytes:
    """The permit was signed for one part, and says two."""
    return changed(permit=permit(parts="1").replace(b"parts 1\n", b"parts 2\n"))


@attack("BYPASS-04")
def permit_used_twice() -> bytes:
    """A permit was used twice."""

    def again(history: History) -> None:
        start = json.loads(next(data for data in history.records if b'"type":"bypass-start"' in data))
        seq = len(history.records) + 1
        names = ("started_by", "permit", "authority", "nonce", "scope", "parts")
        ends = {"ends_us": start["t_us"] + 60_000_000, "ends_mono_us": seq * 1_000_000 + 1}
        digest = history.record("bypass-start", **{name: start[name] for name in names}, **ends)
        history.record("bypass-end", start=digest, why="stopped", ended_by=None)

    return changed(steps={"before close": again})


@attack("BYPASS-04")
def bypass_without_end() -> bytes:
    """A bypass outlives its shift."""
    return changed(skip=frozenset({("bypass-end", 0)}))


@attack("BYPASS-05", policy={**POLICY, "bypass_authorities": ["b" * 64]})
def permit_by_a_stranger() -> bytes:
    """The permit is signed, by a key that the auditor does not know."""
    return changed()


# --- keys


@attack("KEY-02")
def rotation_not_signed_by_the_old_key() -> bytes:
    """A thief of nothing names a new key: the old one did not sign."""
    return changed(rotation=rotation(STATION_KEY, NEW_KEY, NEW_KEY, THIEF_KEY))


@attack("KEY-02")
def rotation_of_another_station() -> bytes:
    """The statement is that of another station."""
    return changed(rotation=rotation(STATION_KEY, NEW_KEY, station="line-5"))


@attack("KEY-03")
def rotation_in_an_open_shift() -> bytes:
    """The key was rotated while the shift was open."""
    return changed(
        steps={"before close": lambda history: history.rotate()},
        rotation=rotation(STATION_KEY, NEW_KEY, shift=1),
        keys=(STATION_KEY, NEW_KEY),
        skip=frozenset({("key-rotate", 1)}),
    )


@attack("KEY-03")
def old_key_brought_back() -> bytes:
    """After a second rotation the station signs with its first key again, which may be in other hands by now."""
    return changed(steps={"shift 3": lambda history: history.rotate(STATION_KEY)})


@attack("SEAL-01", "seal of shift 2")
def old_key_after_the_rotation() -> bytes:
    """A thief of the old key seals the shift after the rotation."""

    def document(kind: str, shift: int, fields: Json) -> None:
        if (kind, shift) == ("seal", 2):
            made.append(fields)

    def signature(kind: str, shift: int, signature: bytes) -> bytes:
        if (kind, shift) != ("seal", 2):
            return signature
        return STATION_KEY.sign(b"inspector/seal/v1\0" + spell(made[-1]))

    made: list[Json] = []
    return changed(document=document, signature=signature)


def _revoked(below: int, **changes: Any) -> Json:
    told = root_statement(f"log {ORIGIN}", f"below {below}", "by Kim, QA", "reason stolen", **changes).decode()
    return {**POLICY, "plant_root": ROOT_KEY.public_key.hex(), "root_statements": [told]}


@attack("KEY-04", "seal of shift 1", policy=_revoked(1))
def seal_by_a_revoked_key() -> bytes:
    """The plant root has revoked the first key from entry 1 of the log on; the seal of shift 1 is that entry."""
    return changed()


@attack("KEY-04", exit_code=1, policy=_revoked(9))
def seal_by_a_revoked_key_without_a_receipt() -> bytes:
    """The log has never seen what a revoked key signed: nobody can say that it was there before."""
    return changed(skip=frozenset({("receipt", 0), ("receipt", 1), ("receipt", 2)}))


@attack("KEY-05")
def certificate_by_another_root() -> bytes:
    """A record names the plant root, and the certificate is signed by a thief."""
    forged = root_statement("by Kim, QA", title="certificate", root=THIEF_KEY)
    return changed(steps={"shift 2": lambda history: history.root_says(forged)})


@attack("KEY-05", exit_code=1, policy=_revoked(9, station="line-5"))
def revocation_for_another_station() -> bytes:
    """The auditor was given the revocation of another station's key."""
    return changed()


@attack(
    "KEY-06",
    exit_code=1,
    policy={name: value for name, value in _revoked(9).items() if name not in ("station_key", "root_statements")},
)
def key_that_the_root_never_certified() -> bytes:
    """The auditor knows the plant root only, and it says nothing of the key that signed all of this."""
    return changed()


# --- people and changes


@attack("ACCESS-01")
def logout_of_nobody() -> bytes:
    """A session ended that never began."""
    return changed(steps={"before close": lambda history: history.record("logout", login="1" * 64, why="idle")})


USER_CHANGE: Json = {"user": "1" * 64, "action": "added", "old": None, "new": "admin", "by": None, "why": "first"}


@attack("ACCESS-02")
def signed_as_typed_with_users() -> bytes:
    """At a station with users somebody signed without showing who it is."""

    def sign(history: History) -> None:
        history.record("user-change", **USER_CHANGE, store="2" * 64)
        method = "staff id as typed, not authenticated"
        history.record("signature", signer="1" * 64, meaning="shift closed", method=method, target="3" * 64)

    return changed(steps={"before close": sign})


@attack("ACCESS-03")
def statement_of_another_shift() -> bytes:
    """The person was shown the numbers of another shift than the one that was signed."""

    def sign(history: History) -> None:
        target = "3" * 64
        text = f"inspector/statement/v1\nstation line-4\nshift 9\nrecord 4 {target}\nmeaning shift closed\nparts 1\n"
        fields = {"signer": "1" * 64, "meaning": "shift closed", "method": "password", "target": target}
        history.record("signature", **fields, role="operator", statement=history.document(text.encode()))

    return changed(steps={"before close": sign})


def _setup(history: History, **changes: str) -> None:
    """What the station works with; recipe and model are those of the shifts."""
    opened = json.loads(next(data for data in history.records if b'"type":"shift-open"' in data))
    fields = {name: history.document(name.encode()) for name in ("settings", "program")}
    fields |= {name: opened[name]["digest"] for name in ("recipe", "model")}
    history.record("setup", **{**fields, "users": None, **changes})


@attack("CHANGE-01")
def settings_changed_in_silence() -> bytes:
    """The station worked with other settings from one start to the next, and no record says what was changed."""

    def start(history: History) -> None:
        _setup(history)
        _setup(history, settings=history.document(b"other settings"))

    return changed(steps={"shift 3": start})


@attack("CHANGE-02")
def shift_with_another_recipe() -> bytes:
    """A shift was opened with another recipe than the one that the station said it works with."""
    return changed(steps={"shift 3": lambda history: _setup(history, recipe=history.document(b"other recipe"))})


# --- counts


def _independent(**values: Any) -> bytes:
    def inside(old: Json) -> Json:
        return {**old, **{name: value(old[name]) for name, value in values.items()}}

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("shift-close", 0):
            told = fields["reconciliation"]
            fields["reconciliation"] = {**told, "independent": inside(told["independent"])}

    def document(kind: str, shift: int, fields: Json) -> None:
        if (kind, shift) == ("seal", 1):
            fields["independent"] = inside(fields["independent"])

    return changed(record=change, document=document)


@attack("COUNT-01")
def counter_that_says_more() -> bytes:
    """The good lane counted one part more than it says that it did, and no difference is named."""

    def more(counters: list[Json]) -> list[Json]:
        return [{**c, "end": c["end"] + 1} if c["name"] == "good_lane" else c for c in counters]

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("shift-close", 1):
            told = fields["reconciliation"]
            independent = {**told["independent"], "counters": more(told["independent"]["counters"])}
            fields["reconciliation"] = {**told, "independent": independent}

    def document(kind: str, shift: int, fields: Json) -> None:
        if (kind, shift) == ("seal", 2):
            fields["independent"] = {**fields["independent"], "counters": more(fields["independent"]["counters"])}

    return changed(record=change, document=document)


@attack("COUNT-01")
def established_by_nobody() -> bytes:
    """Completeness is said to be established by a camera that did not count."""
    return _independent(established_by=lambda old: [*old, "camera:side"])


@attack("COUNT-02")
def counter_that_jumped() -> bytes:
    """A counter does not go on where the shift before ended: parts in between are in no record."""

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("shift-close", 1):
            told = fields["reconciliation"]
            fields["reconciliation"] = {**told, "independent": jumped(told["independent"])}

    def jumped(old: Json) -> Json:
        moved = [{**c, "start": c["start"] + 5, "end": c["end"] + 5} for c in old["counters"] if c["name"] == "infeed"]
        return {**old, "counters": [*moved, *(c for c in old["counters"] if c["name"] != "infeed")]}

    def document(kind: str, shift: int, fields: Json) -> None:
        if (kind, shift) == ("seal", 2):
            fields["independent"] = jumped(fields["independent"])

    return changed(record=change, document=document)


@attack("COUNT-03")
def seal_with_other_counters() -> bytes:
    """The seal carries other independent counts than the people signed."""
    return lying_document("seal", 2, independent=lambda old: {**old, "removed_by_hand": 3})


@attack("COUNT-04")
def difference_without_words() -> bytes:
    """A part is missing in the lanes, and nobody explained it."""
    difference = [
        {"between": "lanes-records", "number": -1, "words": "one part less in the lanes"},
        {"between": "infeed-lanes", "number": 1, "words": "one part more at the infeed"},
    ]

    def less(old: Json) -> Json:
        counters = [{**c, "end": c["end"] - 1} if c["name"] == "reject_lane" else c for c in old["counters"]]
        return {**old, "counters": counters, "differences": difference, "established_by": ["infeed", "camera:top"]}

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("shift-close", 1):
            told = fields["reconciliation"]
            fields["reconciliation"] = {**told, "independent": less(told["independent"])}

    def document(kind: str, shift: int, fields: Json) -> None:
        if (kind, shift) == ("seal", 2):
            fields["independent"] = less(fields["independent"])

    return changed(record=change, document=document)


@attack("KEY-01", policy={**POLICY, "station_key": THIEF_KEY.public_key.hex()})
def history_of_another_key() -> bytes:
    """A good history; the auditor knows another key, and the bundle has its own."""
    return Pieces.of(History(Changes(keys=(THIEF_KEY, NEW_KEY))).tell()).zip()
