# SPDX-License-Identifier: Apache-2.0
"""Challenges, bypasses, log-ins, changes and counts that did not go as the records say; all sealed in good order."""

from __future__ import annotations

import json
from typing import Any

from tests.assets.attacks.bundle import Pieces
from tests.assets.attacks.history import (
    NEW_KEY,
    THIEF_KEY,
    Changes,
    History,
    Json,
    permit,
    sha,
)
from tests.assets.attacks.table import POLICY, attack, changed, lying, lying_document


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


def taken_over(history: History, seal: int = -1, **changes: Any) -> None:
    """Somebody signs for the shift that was closed last, or for another one: `seal` counts as in a list."""
    sealed = history.seals[seal].data
    target = json.loads(sealed)["head"]
    meaning = "takes over the shift before; has read its hand-over"
    signed = {"signer": "4" * 64, "meaning": meaning, "method": "badge+pin", "target": target, "role": "operator"}
    history.record("signature", **{**signed, "takes_over": sha(sealed), **changes})


@attack("HANDOVER-01")
def took_over_another_shift() -> bytes:
    """What somebody signed who took over the first shift stands as the take-over of the second."""
    return changed(steps={"shift 3": lambda history: taken_over(history, 0)})


@attack("HANDOVER-01")
def took_over_what_was_not_the_end() -> bytes:
    """Who took over signed the end of the shift before that, and names the seal of the last one."""
    head = "3" * 64
    return changed(steps={"shift 3": lambda history: taken_over(history, target=head)})


@attack("HANDOVER-01")
def took_over_nothing() -> bytes:
    """The first shift of all was taken over from nobody."""
    nothing = {"takes_over": "0" * 64, "target": "0" * 64}
    fields = {"signer": "4" * 64, "meaning": "takes over", "method": "badge+pin", "role": "operator", **nothing}
    return changed(steps={"before close": lambda history: history.record("signature", **fields)})


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
